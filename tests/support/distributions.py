"""Exact distributions: cumulative probabilities of real numbers and probabilities of counts, with means and variances.

Written with the standard library's functions only; series and continued fractions are summed to about 1e-14.
"""

import math

INF = math.inf


def gamma_below(a, x):
    """The regularized incomplete gamma function P(a, x)."""
    if x <= 0:
        return 0.0
    if x == INF:
        return 1.0
    scale = math.exp(a * math.log(x) - x - math.lgamma(a))
    if x < a + 1:
        term = total = 1 / a
        k = a
        while abs(term) > 1e-16 * abs(total):
            k += 1
            term *= x / k
            total += term
        return scale * total
    # Lentz's method for the continued fraction of Q(a, x).
    b = x + 1 - a
    c, d = 1e300, 1 / b
    h = d
    for k in range(1, 10_000):
        numerator = -k * (k - a)
        b += 2
        d = 1 / (numerator * d + b)
        c = b + numerator / c
        h *= c * d
        if abs(c * d - 1) < 1e-15:
            break
    return 1 - scale * h


def beta_below(a, b, x):
    """The regularized incomplete beta function I_x(a, b)."""
    if x <= 0:
        return 0.0
    if x >= 1:
        return 1.0
    if x > (a + 1) / (a + b + 2):
        return 1 - beta_below(b, a, 1 - x)
    scale = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)) / a
    c, d = 1.0, 1 - (a + b) * x / (a + 1)
    d = 1 / d
    h = d
    for m in range(1, 10_000):
        for numerator in (m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)), -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))):
            d = 1 / (1 + numerator * d)
            c = 1 + numerator / c
            h *= c * d
        if abs(c * d - 1) < 1e-15:
            break
    return scale * h


def normal_below(x):
    """Of mean 0 and variance 1."""
    return 0.5 * math.erfc(-x / math.sqrt(2))


def mixed(mean, below):
    """The sum of `below(k)` over Poisson counts `k` of a mean."""
    weights = [math.exp(k * math.log(mean) - mean - math.lgamma(k + 1)) for k in range(int(mean + 12 * math.sqrt(mean) + 40))]
    return lambda *x: sum(w * below(k, *x) for k, w in enumerate(weights) if w > 1e-18)


def triangular_below(left, mode, right):
    """Rising to the mode and falling from there."""
    width = right - left

    def below(x):
        if x < mode:
            return (x - left) ** 2 / (width * (mode - left))
        return 1 - (right - x) ** 2 / (width * (right - mode)) if x < right else 1.0

    return below


def vonmises_below(mu, kappa):
    """By its Fourier series on one turn from -pi to pi, for a mean within it."""
    terms = []
    i0 = sum((kappa / 2) ** (2 * m) / math.factorial(m) ** 2 for m in range(60))
    for j in range(1, 60):
        i_j = sum((kappa / 2) ** (2 * m + j) / (math.factorial(m) * math.factorial(m + j)) for m in range(40))
        terms.append(i_j / i0 / j)

    def below(x):
        def at(t):
            return t / (2 * math.pi) + sum(c * math.sin((j + 1) * (t - mu)) for j, c in enumerate(terms)) / math.pi

        return at(x) - at(-math.pi)

    return below


def wald_below(mean, scale):
    """The inverse Gauss distribution."""
    def below(x):
        root = math.sqrt(scale / x)
        return normal_below(root * (x / mean - 1)) + math.exp(2 * scale / mean) * normal_below(-root * (x / mean + 1))

    return below


def choose(n, k):
    """The logarithm of a binomial coefficient."""
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def zeta(s):
    """Riemann's zeta function for s > 1, by Euler and Maclaurin."""
    n = 50
    head = sum(k**-s for k in range(1, n))
    return head + n ** (1 - s) / (s - 1) + 0.5 * n**-s + s * n ** (-s - 1) / 12 - s * (s + 1) * (s + 2) * n ** (-s - 3) / 720


EULER = 0.5772156649015329

# Name and parameters: cumulative probability, mean and variance (None where there is none, or where squares are too wild).
REALS = [
    ("random", (), lambda x: x, 1 / 2, 1 / 12),
    ("uniform", (-1, 3), lambda x: (x + 1) / 4, 1, 16 / 12),
    ("ascending_uniform", (-1, 3), lambda x: (x + 1) / 4, 1, 16 / 12),
    ("standard_normal", (), normal_below, 0, 1),
    ("normal", (1, 2), lambda x: normal_below((x - 1) / 2), 1, 4),
    ("lognormal", (0.5, 0.5), lambda x: normal_below((math.log(x) - 0.5) / 0.5), math.exp(0.625), (math.exp(0.25) - 1) * math.exp(1.25)),
    ("standard_exponential", (), lambda x: -math.expm1(-x), 1, 1),
    ("exponential", (2,), lambda x: -math.expm1(-x / 2), 2, 4),
    *(("standard_gamma", (a,), lambda x, a=a: gamma_below(a, x), a, a) for a in (0.3, 0.999, 1, 1.5, 2, 100)),
    ("gamma", (3, 2), lambda x: gamma_below(3, x / 2), 6, 12),
    *(("beta", (a, b), lambda x, a=a, b=b: beta_below(a, b, x), a / (a + b), a * b / ((a + b) ** 2 * (a + b + 1))) for a, b in ((0.5, 2), (3, 4))),
    ("chisquare", (3,), lambda x: gamma_below(1.5, x / 2), 3, 6),
    ("chisquare", (1,), lambda x: gamma_below(0.5, x / 2), 1, 2),
    *(("noncentral_chisquare", (df, n), mixed(n / 2, lambda k, x, df=df: gamma_below(df / 2 + k, x / 2)), df + n, 2 * (df + 2 * n))
      for df, n in ((3, 2), (0.5, 2), (0.5, 40))),
    ("f", (5, 12), lambda x: beta_below(2.5, 6, 5 * x / (5 * x + 12)), 12 / 10, 2 * 144 * 15 / (5 * 100 * 8)),
    ("noncentral_f", (5, 30, 2), mixed(1, lambda k, x: beta_below(2.5 + k, 15, 5 * x / (5 * x + 30))), 30 * 7 / (5 * 28),
     2 * (30 / 5) ** 2 * (7**2 + 9 * 28) / (28**2 * 26)),
    ("standard_t", (8,), lambda x: 0.5 + math.copysign(0.5, x) * (1 - beta_below(4, 0.5, 8 / (8 + x * x))), 0, 8 / 6),
    ("standard_t", (1,), lambda x: 0.5 + math.atan(x) / math.pi, None, None),
    ("standard_cauchy", (), lambda x: 0.5 + math.atan(x) / math.pi, None, None),
    ("laplace", (1, 2), lambda x: 0.5 * math.exp((x - 1) / 2) if x < 1 else 1 - 0.5 * math.exp((1 - x) / 2), 1, 8),
    ("logistic", (1, 2), lambda x: 1 / (1 + math.exp((1 - x) / 2)), 1, 4 * math.pi**2 / 3),
    ("gumbel", (1, 2), lambda x: math.exp(-math.exp((1 - x) / 2)), 1 + 2 * EULER, 4 * math.pi**2 / 6),
    ("pareto", (9,), lambda x: 1 - (1 + x) ** -9.0, 1 / 8, 9 / (64 * 7)),
    ("power", (3,), lambda x: x**3, 3 / 4, 3 / (16 * 5)),
    ("power", (0.1,), lambda x: x**0.1, 0.1 / 1.1, 0.1 / (1.1**2 * 2.1)),
    ("weibull", (2,), lambda x: -math.expm1(-x * x), math.gamma(1.5), 1 - math.gamma(1.5) ** 2),
    ("rayleigh", (2,), lambda x: -math.expm1(-x * x / 8), 2 * math.sqrt(math.pi / 2), (4 - math.pi) / 2 * 4),
    ("triangular", (0, 1, 3), triangular_below(0, 1, 3), 4 / 3, (1 + 9 - 3) / 18),
    ("triangular", (-3, 1, 1), triangular_below(-3, 1, 1), -1 / 3, 16 / 18),
    ("vonmises", (1, 2), vonmises_below(1, 2), None, None),
    ("vonmises", (0, 0.25), vonmises_below(0, 0.25), 0, None),
    ("wald", (1, 2), wald_below(1, 2), 1, 1 / 2),
]

# Name and parameters: probability of a count, the first count, mean and variance.
COUNTS = [
    *(("poisson", (m,), lambda k, m=m: math.exp(k * math.log(m) - m - math.lgamma(k + 1)), 0, m, m) for m in (0.1, 4.0, 9.9, 10, 33.3, 300)),
    *(("binomial", (n, p), lambda k, n=n, p=p: math.exp(choose(n, k) + k * math.log(p) + (n - k) * math.log1p(-p)) if k <= n else 0, 0, n * p, n * p * (1 - p))
      for n, p in ((20, 0.3), (1000, 0.005), (100, 0.7))),
    ("negative_binomial", (5, 0.4), lambda k: math.exp(choose(k + 4, k) + 5 * math.log(0.4) + k * math.log(0.6)), 0, 7.5, 7.5 / 0.4),
    ("negative_binomial", (0.5, 0.5),
     lambda k: math.exp(math.lgamma(k + 0.5) - math.lgamma(0.5) - math.lgamma(k + 1) + (0.5 + k) * math.log(0.5)), 0, 0.5, 1),
    *(("geometric", (p,), lambda k, p=p: p * (1 - p) ** (k - 1), 1, 1 / p, (1 - p) / p**2) for p in (0.2, 0.9)),
    *(("hypergeometric", (g, b, n), lambda k, g=g, b=b, n=n: math.exp(choose(g, k) + choose(b, n - k) - choose(g + b, n)) if max(0, n - b) <= k <= min(g, n) else 0,
       0, n * g / (g + b), n * g * b * (g + b - n) / ((g + b) ** 2 * (g + b - 1))) for g, b, n in ((30, 20, 9), (300, 200, 100), (20, 30, 45))),
    ("logseries", (0.8,), lambda k: -(0.8**k) / (k * math.log(0.2)), 1, -0.8 / (math.log(0.2) * 0.2),
     -0.8 * (0.8 + math.log(0.2)) / (0.04 * math.log(0.2) ** 2)),
    ("zipf", (4,), lambda k: k**-4 / zeta(4), 1, zeta(3) / zeta(4), None),
    ("zipf", (1.5,), lambda k: k**-1.5 / zeta(1.5), 1, None, None),
]
