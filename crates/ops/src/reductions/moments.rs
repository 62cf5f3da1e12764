//! Reductions that count on the way: sums of squared distances from the mean, in one pass, and means without NaN.
//!
//! An accumulator of distances holds a point near the mean of its elements, the sum of their distances from it and that
//! of the squares, in float64. Two alternatives were refused: sums of the elements and of their squares lose all digits
//! where the mean is large; Welford's update divides for each element, and its rounded means lose as many digits as the mean
//! has more than the spread. Here nothing is rounded to the size of the mean, so that even float64 is as exact as in the two
//! passes that NumPy makes.

use crate::loops::{BLOCK, C, Fold};
use cuprous_core::op::{Domain, ReduceLoops, ReduceText, TestSpec};
use cuprous_core::{Element, ReduceDef, ReduceRow, c64, c128, f16};

/// Elements by their distances from a point: a number, or two parts.
#[derive(Clone, Copy)]
struct Moments<const P: usize> {
    at: [f64; P],
    sum: [f64; P],
    square: f64,
    n: f64,
}

/// An element as a point.
trait Point<const P: usize>: Copy {
    fn point(self) -> [f64; P];
    fn is_number(self) -> bool;
}
macro_rules! points {
    ($($t:ty),*) => {$(
        impl Point<1> for $t {
            #[inline(always)]
            fn point(self) -> [f64; 1] { [self as f64] }
            #[inline(always)]
            #[allow(clippy::eq_op)]
            fn is_number(self) -> bool { self == self }
        }
    )*};
}
points!(i8, u8, i16, u16, i32, u32, i64, u64, f32, f64);
impl Point<1> for bool {
    #[inline(always)]
    fn point(self) -> [f64; 1] {
        [self as u8 as f64]
    }
    #[inline(always)]
    fn is_number(self) -> bool {
        true
    }
}
macro_rules! complex_points {
    ($($t:ty),*) => {$(
        impl Point<2> for $t {
            #[inline(always)]
            fn point(self) -> [f64; 2] { [self.re as f64, self.im as f64] }
            #[inline(always)]
            #[allow(clippy::eq_op)]
            fn is_number(self) -> bool { (self.re == self.re) & (self.im == self.im) }
        }
    )*};
}
complex_points!(c64, c128);

impl<const P: usize> Moments<P> {
    const NONE: Moments<P> = Moments { at: [0.0; P], sum: [0.0; P], square: 0.0, n: 0.0 };

    #[inline(always)]
    fn of<X: Point<P>, const SKIP: bool>(x: X) -> Moments<P> {
        if SKIP && !x.is_number() { Moments::NONE } else { Moments { at: x.point(), n: 1.0, ..Moments::NONE } }
    }

    /// As in `moments.cuh`.
    #[inline(always)]
    fn join(mut self, b: Moments<P>) -> Moments<P> {
        if b.n > 1.0 {
            return self.join_many(b);
        }
        if self.n == 16.0 {
            self = self.recentered();
        }
        for p in 0..P {
            self.at[p] = if self.n == 0.0 { b.at[p] } else { self.at[p] };
            let d = if b.n == 0.0 { 0.0 } else { b.at[p] - self.at[p] };
            self.sum[p] += d;
            self.square += d * d;
        }
        self.n += b.n;
        self
    }

    /// With the point moved to the mean: a first element far from the others must not stay it for many. Apart, so that
    /// the loop over neighbours stays short.
    #[cold]
    #[inline(never)]
    fn recentered(mut self) -> Moments<P> {
        for p in 0..P {
            let mid = self.sum[p] / self.n;
            let at = self.at[p] + mid;
            let rest = mid - (at - self.at[p]);
            self.square += rest * rest * self.n - self.sum[p] * mid;
            self.at[p] = at;
            self.sum[p] = rest * self.n;
        }
        self
    }

    fn join_many(mut self, b: Moments<P>) -> Moments<P> {
        if self.n == 0.0 {
            return b;
        }
        let n = self.n + b.n;
        let part = b.n / n;
        let weight = self.n * part;
        let mut square = self.square + b.square;
        for p in 0..P {
            let (mean, other) = (self.sum[p] / self.n, b.sum[p] / b.n);
            let delta = (b.at[p] - self.at[p]) + (other - mean);
            let mid = mean + delta * part;
            let at = self.at[p] + mid;
            // What rounding has taken from the point stays in the sum.
            let rest = mid - (at - self.at[p]);
            square += (delta * delta * weight + rest * rest * n) - (self.sum[p] * mean + b.sum[p] * other);
            self.at[p] = at;
            self.sum[p] = rest * n;
        }
        Moments { square, n, ..self }
    }

    /// The sum of the squared distances from the mean.
    fn squared_distances(self) -> f64 {
        if self.n == 0.0 {
            return 0.0;
        }
        let square = (0..P).fold(self.square, |rest, p| rest - self.sum[p] * (self.sum[p] / self.n));
        if square < 0.0 { 0.0 } else { square }
    }

    /// A block in two passes over a copy in the nearest cache: from its first element to its mean, then from there.
    #[inline(always)]
    fn block<X: Point<P>, const SKIP: bool>(n: usize, at: impl Fn(usize) -> X) -> Moments<P> {
        let mut values = [[0.0; BLOCK]; P];
        let mut len = 0;
        for i in 0..n.min(BLOCK) {
            let x = at(i);
            let point = x.point();
            let k = if SKIP { len % BLOCK } else { i };
            for p in 0..P {
                values[p][k] = point[p];
            }
            len += (!SKIP || x.is_number()) as usize;
        }
        let mut all = Moments { n: len as f64, ..Moments::NONE };
        if len == 0 {
            return all;
        }
        for (p, line) in values.iter().enumerate() {
            let line = &line[..len.min(BLOCK)];
            let mean = line[0] + distances(line, line[0]).0 / all.n;
            let (sum, square) = distances(line, mean);
            all.at[p] = mean;
            all.sum[p] = sum;
            all.square += square;
        }
        all
    }
}

/// The sums of the distances from a point and of their squares.
#[inline(always)]
fn distances(line: &[f64], from: f64) -> (f64, f64) {
    const LANES: usize = 16;
    let (mut sums, mut squares) = ([0.0; LANES], [0.0; LANES]);
    let (whole, rest) = line.as_chunks::<LANES>();
    for chunk in whole {
        for k in 0..LANES {
            let d = chunk[k] - from;
            sums[k] += d;
            squares[k] += d * d;
        }
    }
    for (k, x) in rest.iter().enumerate() {
        let d = x - from;
        sums[k] += d;
        squares[k] += d * d;
    }
    let mut width = LANES / 2;
    while width > 0 {
        for k in 0..width {
            sums[k] += sums[k + width];
            squares[k] += squares[k + width];
        }
        width /= 2;
    }
    (sums[0], squares[0])
}

/// A sum and how many elements it has.
#[derive(Clone, Copy)]
struct Counted<S> {
    sum: S,
    n: u64,
}

/// What `Counted` adds up.
trait Sum: Copy {
    const ZERO: Self;
    fn plus(self, b: Self) -> Self;
    fn over(self, n: u64) -> Self;
    fn is_a_number(self) -> bool;
}
macro_rules! sums {
    ($($t:ty),*) => {$(
        impl Sum for $t {
            const ZERO: $t = 0.0;
            #[inline(always)]
            fn plus(self, b: $t) -> $t { self + b }
            #[inline(always)]
            fn over(self, n: u64) -> $t { self / n as $t }
            #[inline(always)]
            #[allow(clippy::eq_op)]
            fn is_a_number(self) -> bool { self == self }
        }
    )*};
}
sums!(f32, f64);
macro_rules! complex_sums {
    ($($t:ty: $real:ty),*) => {$(
        impl Sum for $t {
            const ZERO: $t = <$t>::new(0.0, 0.0);
            #[inline(always)]
            fn plus(self, b: $t) -> $t { self + b }
            #[inline(always)]
            fn over(self, n: u64) -> $t { <$t>::new(self.re / n as $real, self.im / n as $real) }
            #[inline(always)]
            #[allow(clippy::eq_op)]
            fn is_a_number(self) -> bool { (self.re == self.re) & (self.im == self.im) }
        }
    )*};
}
complex_sums!(c64: f32, c128: f64);

impl<S: Sum> Counted<S> {
    #[inline(always)]
    fn of(x: S) -> Counted<S> {
        if x.is_a_number() { Counted { sum: x, n: 1 } } else { Counted { sum: S::ZERO, n: 0 } }
    }

    #[inline(always)]
    fn join(self, b: Counted<S>) -> Counted<S> {
        Counted { sum: self.sum.plus(b.sum), n: self.n + b.n }
    }

    /// A block in lanes, sums and counts apart so that both are vectors.
    #[inline(always)]
    fn block(n: usize, at: impl Fn(usize) -> S) -> Counted<S> {
        const LANES: usize = 32;
        let (mut sums, mut counts) = ([S::ZERO; LANES], [0u32; LANES]);
        let add = |k: usize, x: S, sums: &mut [S; LANES], counts: &mut [u32; LANES]| {
            let counts_too = x.is_a_number();
            sums[k] = sums[k].plus(if counts_too { x } else { S::ZERO });
            counts[k] += counts_too as u32;
        };
        let whole = n / LANES * LANES;
        for i in (0..whole).step_by(LANES) {
            for k in 0..LANES {
                add(k, at(i + k), &mut sums, &mut counts);
            }
        }
        for i in whole..n {
            add(i - whole, at(i), &mut sums, &mut counts);
        }
        let mut width = LANES / 2;
        while width > 0 {
            for k in 0..width {
                sums[k] = sums[k].plus(sums[k + width]);
            }
            width /= 2;
        }
        Counted { sum: sums[0], n: counts.iter().map(|&n| n as u64).sum() }
    }
}

/// A reduction whose accumulator has a way of its own to take a block.
macro_rules! counting {
    (
        $(#[$doc:meta])+
        $id:ident $name:literal of $ufunc:literal, reference $reference:literal, ulp $ulp:literal, prelude $prelude:expr, {
            $( [$($t:ident)+] as $acc:ty [$cacc:literal] -> $out:ident, neutral $neutral:expr, lift $lift:expr, block $block:expr,
               join $join:expr, finish $finish:expr, cuda $cuda:tt; )+
        }
    ) => {
        $(#[$doc])+
        pub static $id: ReduceDef = ReduceDef {
            name: $name,
            ufunc: $ufunc,
            rows: &[$($({
                type T = $t;
                type Out = counting!(@out $t $out);
                struct Row;
                impl Fold for Row {
                    type In = T;
                    type Acc = $acc;
                    type Out = Out;
                    #[inline(always)]
                    fn neutral() -> $acc { $neutral }
                    #[inline(always)]
                    fn lift(x: C<T>, _: i64) -> $acc { $lift(x) }
                    #[inline(always)]
                    fn combine(a: $acc, b: $acc) -> $acc { $join(a, b) }
                    #[inline(always)]
                    fn finish(a: $acc, _: u64) -> C<Out> { $finish(a) }
                    #[inline(always)]
                    fn block(n: usize, at: impl Fn(usize) -> C<T>) -> Option<$acc> { Some($block(n, at)) }
                }
                ReduceRow {
                    op: $name,
                    input: <T as Element>::DTYPE,
                    output: <Out as Element>::DTYPE,
                    indexed: false,
                    cpu: ReduceLoops {
                        size: size_of::<$acc>(),
                        start: crate::loops::fold_start::<Row>,
                        fold_run: crate::loops::fold_run::<Row>,
                        fold_lanes: crate::loops::fold_lanes::<Row>,
                        fold_rows: Some(crate::loops::fold_rows::<Row>),
                        combine: crate::loops::fold_combine::<Row>,
                        finish: crate::loops::fold_finish::<Row>,
                        is_final: None,
                    },
                    cuda: counting!(@cuda $cacc, $prelude, $cuda),
                }
            }),+),+],
            identity: Some(0),
            test: TestSpec { reference: $reference, domain: &[Domain::Moderate], ulp: $ulp },
        };
    };
    (@out $t:ident same) => { $t };
    (@out $t:ident $out:ident) => { $out };
    (@cuda $acc:literal, $prelude:expr, ($neutral:literal, $lift:literal, $combine:literal, $finish:literal)) => {
        ReduceText { acc: $acc, neutral: $neutral, lift: $lift, combine: $combine, brief: "", finish: $finish, prelude: $prelude }
    };
}

const CUDA_MOMENTS: &str = include_str!("moments.cuh");

counting! {
    /// The sum of the squared distances of the elements from their mean, in float64.
    SQUARED_DISTANCES "squared_distances" of "add", reference "numpy.var", ulp 8, prelude CUDA_MOMENTS, {
        [bool i8 u8 i16 u16 i32 u32 i64 u64 f16 f32 f64] as Moments<1> ["moments<1>"] -> f64, neutral Moments::NONE,
            lift Moments::of::<_, false>, block Moments::block::<_, false>, join Moments::join, finish Moments::squared_distances,
            cuda ("make_moments(0.0, false)", "make_moments((double)in0, true)", "join_moments(a, b)", "squared_distances(a)");
        [c64 c128] as Moments<2> ["moments<2>"] -> f64, neutral Moments::NONE,
            lift Moments::of::<_, false>, block Moments::block::<_, false>, join Moments::join, finish Moments::squared_distances,
            cuda ("make_moments(0.0, 0.0, false)", "make_moments((double)in0.re, (double)in0.im, true)", "join_moments(a, b)", "squared_distances(a)");
    }
}

counting! {
    /// The same of the elements that are numbers, and as imaginary part how many these are.
    NAN_SQUARED_DISTANCES "nan_squared_distances" of "add", reference "numpy.nanvar", ulp 8, prelude CUDA_MOMENTS, {
        [f16 f32 f64] as Moments<1> ["moments<1>"] -> c128, neutral Moments::NONE,
            lift Moments::of::<_, true>, block Moments::block::<_, true>, join Moments::join, finish |a: Moments<1>| c128::new(a.squared_distances(), a.n),
            cuda ("make_moments(0.0, false)", "make_moments((double)in0, in0 == in0)", "join_moments(a, b)", "c128(squared_distances(a), (double)a.n)");
        [c64 c128] as Moments<2> ["moments<2>"] -> c128, neutral Moments::NONE,
            lift Moments::of::<_, true>, block Moments::block::<_, true>, join Moments::join, finish |a: Moments<2>| c128::new(a.squared_distances(), a.n),
            cuda ("make_moments(0.0, 0.0, false)", "make_moments((double)in0.re, (double)in0.im, in0.re == in0.re && in0.im == in0.im)", "join_moments(a, b)", "c128(squared_distances(a), (double)a.n)");
    }
}

const CUDA_COUNTED: &str = r#"
template <class T> struct counted { T sum; long long n; };
template <class T> __device__ __forceinline__ counted<T> make_counted(T x, bool counts, T zero) {
    counted<T> a;
    a.sum = counts ? x : zero;
    a.n = counts ? 1 : 0;
    return a;
}
template <class T> __device__ __forceinline__ counted<T> join_counted(counted<T> a, const counted<T>& b) {
    a.sum = a.sum + b.sum;
    a.n += b.n;
    return a;
}
"#;

counting! {
    /// The arithmetic mean of the elements that are numbers; of float16 accumulated in float32.
    NAN_MEAN "nanmean" of "add", reference "numpy.nanmean", ulp 8, prelude CUDA_COUNTED, {
        [f16 f32] as Counted<f32> ["counted<float>"] -> same, neutral Counted { sum: 0.0, n: 0 },
            lift Counted::of, block Counted::block, join Counted::join, finish |a: Counted<f32>| a.sum.over(a.n),
            cuda ("make_counted(0.0f, false, 0.0f)", "make_counted((float)in0, in0 == in0, 0.0f)", "join_counted(a, b)", "a.sum / (float)a.n");
        [f64] as Counted<f64> ["counted<double>"] -> f64, neutral Counted { sum: 0.0, n: 0 },
            lift Counted::of, block Counted::block, join Counted::join, finish |a: Counted<f64>| a.sum.over(a.n),
            cuda ("make_counted(0.0, false, 0.0)", "make_counted(in0, in0 == in0, 0.0)", "join_counted(a, b)", "a.sum / (double)a.n");
        [c64] as Counted<c64> ["counted<c64>"] -> c64, neutral Counted { sum: c64::new(0.0, 0.0), n: 0 },
            lift Counted::of, block Counted::block, join Counted::join, finish |a: Counted<c64>| a.sum.over(a.n),
            cuda ("make_counted(c64(0.0f, 0.0f), false, c64(0.0f, 0.0f))", "make_counted(in0, in0.re == in0.re && in0.im == in0.im, c64(0.0f, 0.0f))",
                "join_counted(a, b)", "c64(a.sum.re / (float)a.n, a.sum.im / (float)a.n)");
        [c128] as Counted<c128> ["counted<c128>"] -> c128, neutral Counted { sum: c128::new(0.0, 0.0), n: 0 },
            lift Counted::of, block Counted::block, join Counted::join, finish |a: Counted<c128>| a.sum.over(a.n),
            cuda ("make_counted(c128(0.0, 0.0), false, c128(0.0, 0.0))", "make_counted(in0, in0.re == in0.re && in0.im == in0.im, c128(0.0, 0.0))",
                "join_counted(a, b)", "c128(a.sum.re / (double)a.n, a.sum.im / (double)a.n)");
    }
}
