"""The main job: one NumPy program on whatever device is there, checked against NumPy and timed beside it.

    cargo xtask demo [-- --scale 0.1] [--parts 1,2,3,4]

1. adds two vectors of 50,000,000 float32, with and without the transfers
2. multiplies square matrices of 1000 and more, in float32 and float64
3. computes (x*2 + y*3) / (x + y + 1), fused into one pass and, in a second process, not fused
4. groups scikit-learn's handwritten digits with k-means: one function for both modules

Every result is compared with NumPy's; the program fails if one is outside its stated tolerance.
"""

import argparse
import contextlib
import hashlib
import json
import os
import statistics
import subprocess
import sys
import threading
import time

import numpy as np

FULL_SIZE = 50_000_000
# The most that parts 1 and 3 hold at once at full size: operands, NumPy's temporaries, copies on the device
# (which is the same memory when the device is the CPU), and those of the second process.
BYTES_ON_HOST = 3_600_000_000
BYTES_ON_GPU = 1_600_000_000
SECONDS_PER_CASE = 0.6


def main():
    """Runs the parts that were asked for; the exit status says whether every result was right."""
    options = parse_options()
    if options.unfused_worker is not None:
        return unfused_worker(options.unfused_worker)
    with working("importing cuprous"):
        import cuprous as cp
    device = str(cp.zeros(1).device)
    print(f"cuprous {getattr(cp, '__version__', '')} on {device} (devices: {', '.join(map(str, cp.devices()))}); NumPy {np.__version__}")
    scale = affordable_scale(cp, device, options.scale)
    job = Job(cp, device, max(1000, int(FULL_SIZE * scale)))
    parts = {"1": job.add, "2": job.matmul, "3": job.chain, "4": job.kmeans}
    for part in options.parts.split(","):
        parts[part]()
    print()
    if job.failures:
        print(f"WRONG: {', '.join(job.failures)}")
        return 1
    print("Every result agrees with NumPy.")
    return 0


def parse_options():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scale", type=float, help="size of the vectors, 1 being 50,000,000; by default as much of it as memory allows")
    parser.add_argument("--parts", default="1,2,3,4", help="which parts to run, such as 1,3")
    parser.add_argument("--unfused-worker", type=int, metavar="N", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if not set(options.parts.split(",")) <= set("1234"):
        parser.error("--parts takes some of 1,2,3,4")
    if options.scale is not None and not 0 < options.scale <= 100:
        parser.error("--scale takes a number above 0, at most 100")
    return options


class Job:
    """The four parts, and which of their checks failed."""

    def __init__(self, cp, device, n):
        self.cp, self.device, self.n = cp, device, n
        self.is_gpu = device.startswith("cuda")
        self.sync = cp.cuda.Stream.null.synchronize
        self.failures = []

    def add(self):
        """Part 1: with and without transfers."""
        cp, n = self.cp, self.n
        print(f"\n1. a + b, {n:,} float32 each")
        a, b = vectors(n)
        with working("adding on NumPy"):
            numpy_seconds = median_seconds(lambda: a + b)
        with working("moving the vectors to the device"):
            da, db = cp.asarray(a), cp.asarray(b)
            self.sync()
        with working("adding on cuprous"):
            first = self.seconds_once(lambda: da + db)
            seconds = median_seconds(lambda: da + db, self.sync)
        with working("adding on cuprous with transfers"):
            with_transfers = median_seconds(lambda: cp.asnumpy(cp.asarray(a) + cp.asarray(b)), self.sync)
        moved = 3 * n * 4 / 1e9
        row("NumPy", numpy_seconds, f"{moved / numpy_seconds:8.1f} GB/s")
        row("cuprous, first call", first)
        row("cuprous", seconds, f"{moved / seconds:8.1f} GB/s", numpy_seconds / seconds)
        row("cuprous with transfers", with_transfers, "", numpy_seconds / with_transfers)
        # IEEE addition has one right answer.
        self.check("a + b", np.array_equal(cp.asnumpy(da + db), a + b), "equal in every bit")

    def matmul(self):
        """Part 2: square matrices. The larger ones only where NumPy's turn does not take minutes."""
        cp = self.cp
        print("\n2. a @ b, square matrices")
        rng = np.random.default_rng(2)
        for size in (1000, 2000, 4000) if self.is_gpu else (1000, 2000):
            for dtype in (np.float32, np.float64):
                name = f"{np.dtype(dtype).name} {size}"
                a, b = rng.random((size, size), dtype=dtype), rng.random((size, size), dtype=dtype)
                da, db = cp.asarray(a), cp.asarray(b)
                with working(f"multiplying {name} on NumPy"):
                    expected = a @ b
                    numpy_seconds = median_seconds(lambda: a @ b)
                with working(f"multiplying {name} on cuprous"):
                    self.seconds_once(lambda: da @ db)
                    seconds = median_seconds(lambda: da @ db, self.sync)
                gflop = 2 * size**3 / 1e9
                row(f"NumPy   {name}", numpy_seconds, f"{gflop / numpy_seconds:8.1f} GFLOP/s")
                row(f"cuprous {name}", seconds, f"{gflop / seconds:8.1f} GFLOP/s", numpy_seconds / seconds)
                # A sum of K products is off by at most K * eps * sum(|a| |b|) in any order; here nothing is negative,
                # so that sum is the result itself. Two such results differ by at most twice that.
                bound = 2 * size * np.finfo(dtype).eps
                error = float(np.max(np.abs(cp.asnumpy(da @ db) - expected) / expected))
                self.check(f"a @ b {name}", error <= bound, f"largest relative difference {error:.1e}, bound {bound:.1e}")

    def chain(self):
        """Part 3: six operations, one pass or six."""
        cp, n = self.cp, self.n
        print(f"\n3. (x*2 + y*3) / (x + y + 1), {n:,} float32 each")
        x, y = vectors(n)
        with working("computing on NumPy"):
            numpy_seconds = median_seconds(lambda: expression(x, y))
        dx, dy = cp.asarray(x), cp.asarray(y)
        with working("computing on cuprous"):
            first = self.seconds_once(lambda: expression(dx, dy))
            seconds = median_seconds(lambda: expression(dx, dy), self.sync)
        result = cp.asnumpy(expression(dx, dy))
        # Each operation rounds once, fused or not, so the whole has one right answer as well.
        self.check("the expression", np.array_equal(result, expression(x, y)), "equal in every bit")
        fused_digest = digest(result)
        del result, x, y, dx, dy
        with working("computing without fusion, in a second process"):
            unfused = run_unfused(n)
        row("NumPy", numpy_seconds)
        row("cuprous, first call", first)
        row("cuprous", seconds, "", numpy_seconds / seconds)
        row("cuprous, CUPROUS_FUSION=off", unfused["seconds"], "", numpy_seconds / unfused["seconds"])
        print(f"  fusion makes it {unfused['seconds'] / seconds:.1f} times as fast")
        self.check("fused and unfused", unfused["digest"] == fused_digest, "the same bits")

    def kmeans(self):
        """Part 4: the same function on both modules."""
        cp = self.cp
        images, digits = load_digits()
        print(f"\n4. k-means, 10 groups of {images.shape[0]} images of {images.shape[1]} pixels, float64")
        with working("grouping on NumPy"):
            expected = kmeans(np, images, 10)
            numpy_seconds = median_seconds(lambda: kmeans(np, images, 10))
        with working("grouping on cuprous"):
            first = self.seconds_once(lambda: kmeans(cp, images, 10))
            labels, centers, inertia, n_rounds = kmeans(cp, images, 10)
            seconds = median_seconds(lambda: kmeans(cp, images, 10), self.sync)
        row("NumPy", numpy_seconds, f"{expected[3]} rounds")
        row("cuprous, first call", first)
        row("cuprous", seconds, f"{n_rounds} rounds", numpy_seconds / seconds)
        labels, inertia = cp.asnumpy(labels), float(cp.asnumpy(inertia))
        if digits is not None:
            right = sum(np.bincount(digits[labels == group]).max() for group in range(10) if np.any(labels == group))
            print(f"  {right / len(digits):.0%} of the images are in a group that is mostly their digit")
        # The sums of the two modules run in different orders, which moves a center by some 1e-15 of its size; no image
        # lies so close to the middle between two centers, so every one must be in the same group.
        self.check("the groups", np.array_equal(labels, expected[0]), "every image in the same group")
        error = abs(inertia - float(expected[2])) / float(expected[2])
        self.check("the inertia", error <= 1e-12, f"{inertia:.1f}, relative difference {error:.1e}, bound 1.0e-12")

    def seconds_once(self, compute):
        """The time of one call, with whatever it has to prepare."""
        begin = time.perf_counter()
        result = compute()
        self.sync()
        seconds = time.perf_counter() - begin
        del result
        return seconds

    def check(self, what, is_right, how):
        """Says whether a result is right, and remembers if not."""
        print(f"  {'right' if is_right else 'WRONG'}: {what}, {how}")
        if not is_right:
            self.failures.append(what)


def expression(x, y):
    """What part 3 computes, on any module's arrays."""
    return (x * 2 + y * 3) / (x + y + 1)


def kmeans(xp, images, n_groups, most_rounds=100):
    """Lloyd's algorithm, written once for any module with NumPy's names.

    `images` is a host array of shape (N, P). Gives the group of each image, the centers, the sum of squared distances
    (inertia), and how many rounds it took until no image changed its group.
    """
    images = xp.asarray(images)
    # Images far apart in the file as first centers: no random numbers, so every module starts alike.
    centers = images[:: images.shape[0] // n_groups][:n_groups]
    groups = xp.arange(n_groups)
    labels = xp.zeros(images.shape[0], dtype=groups.dtype)
    for n_rounds in range(1, most_rounds + 1):
        distances = ((images[:, np.newaxis, :] - centers[np.newaxis, :, :]) ** 2).sum(axis=2)
        previous, labels = labels, distances.argmin(axis=1)
        if n_rounds > 1 and not bool((labels != previous).any()):
            break
        is_member = xp.where(labels[:, np.newaxis] == groups, 1.0, 0.0)
        sizes = is_member.sum(axis=0)[:, np.newaxis]
        # An empty group keeps its center.
        centers = xp.where(sizes > 0, xp.matmul(is_member.T, images) / xp.where(sizes > 0, sizes, 1.0), centers)
    return labels, centers, distances.min(axis=1).sum(), n_rounds


def load_digits():
    """The images and what they show; made-up groups of points where scikit-learn is missing."""
    try:
        with working("loading the digits of scikit-learn"):
            from sklearn.datasets import load_digits as load

            data = load()
        return data.data, data.target
    except ImportError:
        print("\nscikit-learn is not installed (`pip install scikit-learn`): points around ten centers stand in for its digits")
        rng = np.random.default_rng(4)
        middle = rng.random((10, 64)) * 16
        return middle[np.arange(1797) % 10] + rng.standard_normal((1797, 64)) * 2, None


def vectors(n):
    """Two vectors of float32 in [0, 1), the same in every process."""
    rng = np.random.default_rng(1)
    return rng.random(n, dtype=np.float32), rng.random(n, dtype=np.float32)


def digest(array):
    """A fingerprint of an array's bits."""
    return hashlib.blake2b(np.ascontiguousarray(array).data, digest_size=16).hexdigest()


def unfused_worker(n):
    """The second process of part 3: prints its time and the fingerprint of its result."""
    import cuprous as cp

    sync = cp.cuda.Stream.null.synchronize
    x, y = (cp.asarray(v) for v in vectors(n))
    expression(x, y)
    sync()
    seconds = median_seconds(lambda: expression(x, y), sync)
    print(json.dumps({"seconds": seconds, "digest": digest(cp.asnumpy(expression(x, y)))}))
    return 0


def run_unfused(n):
    """Runs part 3 with laziness off: it is fixed when cuprous is imported, hence the process."""
    command = [sys.executable, os.path.abspath(__file__), "--unfused-worker", str(n)]
    done = subprocess.run(command, env={**os.environ, "CUPROUS_FUSION": "off"}, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"the process without fusion ended with {done.returncode}:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def median_seconds(compute, sync=lambda: None, most=15):
    """The median time of a call, the device idle before and after; the result is held until then."""
    times, begin = [], time.perf_counter()
    while len(times) < 3 or (len(times) < most and time.perf_counter() - begin < SECONDS_PER_CASE):
        sync()
        start = time.perf_counter()
        result = compute()
        sync()
        times.append(time.perf_counter() - start)
        del result
    return statistics.median(times)


def row(what, seconds, more="", ratio=None):
    """One line of a table of times."""
    times = "" if ratio is None else f"   {ratio:.2f} times NumPy's speed"
    print(f"  {what:28} {seconds * 1e3:10.3f} ms   {more:16}{times}".rstrip(), flush=True)


@contextlib.contextmanager
def working(what):
    """Says what is going on once it has gone on for a second, and again now and then."""
    done = threading.Event()

    def tell():
        wait, begin = 1.0, time.perf_counter()
        while not done.wait(wait):
            print(f"  ... {what} ({time.perf_counter() - begin:.0f} s)", flush=True)
            wait = min(wait * 2, 30.0)

    teller = threading.Thread(target=tell, daemon=True)
    teller.start()
    try:
        yield
    finally:
        done.set()
        teller.join()


def affordable_scale(cp, device, asked):
    """How much of the full size fits into memory; says so if that is less than asked for."""
    scale = 1.0 if asked is None else asked
    limits = [("memory", host_memory(), BYTES_ON_HOST)]
    if device.startswith("cuda"):
        limits.append(("memory of the GPU", gpu_memory(cp), BYTES_ON_GPU))
    for name, free, needed in limits:
        if free is not None and scale * needed > 0.8 * free:
            smaller = 0.8 * free / needed
            if asked is not None:
                print(f"{free / 1e9:.1f} GB of {name} is free; --scale {asked:g} may need {scale * needed / 1e9:.1f} GB")
            else:
                fitting = int(FULL_SIZE * smaller)
                print(f"{free / 1e9:.1f} GB of {name} is free: vectors scaled down from {FULL_SIZE:,} to {fitting:,} elements")
                scale = smaller
    return scale


def host_memory():
    """Bytes that the operating system can still give; `None` where it does not say."""
    limits = []
    with contextlib.suppress(OSError, ValueError, IndexError), open("/proc/meminfo", encoding="ascii") as lines:
        limits += [int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")]
    # A container may get less than the machine has; files that the system keeps in memory make room when asked.
    with contextlib.suppress(OSError, ValueError):
        group = "/sys/fs/cgroup/memory"
        most, used, parts = (text_of(f"{group}.{name}") for name in ("max", "current", "stat"))
        kept = sum(int(line.split()[1]) for line in parts.splitlines() if line.startswith("inactive_file "))
        limits.append(int(most) - int(used) + kept)
    return min(limits, default=None)


def text_of(path):
    """The text of a small file."""
    with open(path, encoding="ascii") as file:
        return file.read()


def gpu_memory(cp):
    """Free bytes of the GPU; `None` where cuprous does not say."""
    try:
        return cp.cuda.runtime.memGetInfo()[0]
    except AttributeError:
        return None


if __name__ == "__main__":
    sys.exit(main())
