//! Rows that draw random numbers from the block and the seed of a generator: what needs rejection, or more than
//! one number of a stream.
//!
//! Each element has a stream of its own, named by its block, so that its value depends on nothing else: not on
//! threads, tiles or devices. The text for CUDA stands beside the Rust code and follows it line by line; integers and
//! uniform numbers are the same in every bit, other results as near as the devices' logarithms and powers.

pub mod choosing;
pub mod continuous;
pub mod discrete;
pub mod poisson;
pub mod stream;

use cuprous_core::LoopDef;

/// The device functions of all these rows.
pub const CUDA_SAMPLING: &str = concat!(
    include_str!("stream.cuh"),
    include_str!("poisson.cuh"),
    include_str!("discrete.cuh"),
    include_str!("continuous.cuh"),
    include_str!("choosing.cuh"),
    include_str!("rows.cuh")
);

macro_rules! sampling_rows {
    ($( $(#[$doc:meta])+ $id:ident $name:literal ($($x:ident : $t:ty),+) -> $r:ty, by $many:expr => $cuda:literal; )+) => {
        $(
            $(#[$doc])+
            pub static $id: LoopDef = draw_row!($name ($($x: $t),+) -> $r, by $many => $cuda);
        )+
        /// All rows that draw.
        pub static ALL: &[&LoopDef] = &[$(&$id),+];
    };
}

/// A function of slices from one of a stream and the parameters of an element.
macro_rules! each {
    ($f:path, ($($x:ident : $t:ty),+) -> $r:ty) => {
        |block: &[i64], seed: &[i64], $($x: &[$t],)+ out: &mut [$r]| {
            stream::for_each_stream(block, seed, |i, s| out[i] = $f(s, $($x[i]),+));
        }
    };
}

sampling_rows! {
    /// Gamma of a shape and of scale 1.
    STANDARD_GAMMA "standard_gamma" (block: i64, seed: i64, shape: f64) -> f64, by continuous::gammas
    => "cup_draw_gamma(in0, in1, in2)";
    /// The logarithm of gamma of a shape and of scale 1.
    LOG_GAMMA "log_gamma" (block: i64, seed: i64, shape: f64) -> f64, by each!(continuous::log_gamma, (shape: f64) -> f64)
    => "cup_draw_log_gamma(in0, in1, in2)";
    /// Beta of two shapes.
    BETA "beta" (block: i64, seed: i64, a: f64, b: f64) -> f64, by each!(continuous::beta, (a: f64, b: f64) -> f64)
    => "cup_draw_beta(in0, in1, in2, in3)";
    /// Noncentral chi-square of degrees of freedom and noncentrality.
    NONCENTRAL_CHISQUARE "noncentral_chisquare" (block: i64, seed: i64, df: f64, nonc: f64) -> f64, by each!(continuous::noncentral_chisquare, (df: f64, nonc: f64) -> f64)
    => "cup_draw_noncentral_chisquare(in0, in1, in2, in3)";
    /// Von Mises of a mean and a concentration.
    VONMISES "vonmises" (block: i64, seed: i64, mu: f64, kappa: f64) -> f64, by each!(continuous::vonmises, (mu: f64, kappa: f64) -> f64)
    => "cup_draw_vonmises(in0, in1, in2, in3)";
    /// Inverse Gauss of a mean and a scale.
    WALD "wald" (block: i64, seed: i64, mean: f64, scale: f64) -> f64, by each!(continuous::wald, (mean: f64, scale: f64) -> f64)
    => "cup_draw_wald(in0, in1, in2, in3)";
    /// Poisson of a mean and the exponential of its negative, which is one for many elements.
    POISSON "poisson" (block: i64, seed: i64, mean: f64, none: f64) -> i64, by poisson::poissons
    => "cup_draw_poisson(in0, in1, in2, in3)";
    /// Successes of so many trials of a probability.
    BINOMIAL "binomial" (block: i64, seed: i64, n: i64, p: f64) -> i64, by each!(discrete::binomial, (n: i64, p: f64) -> i64)
    => "cup_draw_binomial(in0, in1, in2, in3)";
    /// Failures before so many successes of a probability.
    NEGATIVE_BINOMIAL "negative_binomial" (block: i64, seed: i64, n: f64, p: f64) -> i64, by each!(discrete::negative_binomial, (n: f64, p: f64) -> i64)
    => "cup_draw_negative_binomial(in0, in1, in2, in3)";
    /// The trial of the first success.
    GEOMETRIC "geometric" (block: i64, seed: i64, p: f64) -> i64, by each!(discrete::geometric, (p: f64) -> i64)
    => "cup_draw_geometric(in0, in1, in2)";
    /// Good ones in a sample of good and bad ones.
    HYPERGEOMETRIC "hypergeometric" (block: i64, seed: i64, good: i64, bad: i64, sample: i64) -> i64, by each!(discrete::hypergeometric, (good: i64, bad: i64, sample: i64) -> i64)
    => "cup_draw_hypergeometric(in0, in1, in2, in3, in4)";
    /// Logarithmic series of a probability.
    LOGSERIES "logseries" (block: i64, seed: i64, p: f64) -> i64, by each!(discrete::logseries, (p: f64) -> i64)
    => "cup_draw_logseries(in0, in1, in2)";
    /// Zipf of an exponent.
    ZIPF "zipf" (block: i64, seed: i64, a: f64) -> i64, by each!(discrete::zipf, (a: f64) -> i64)
    => "cup_draw_zipf(in0, in1, in2)";
    /// The element that a permutation, named by its block, puts at a place.
    PERMUTED "permuted" (block: i64, seed: i64, place: i64, n: i64) -> i64, by choosing::permuted
    => "cup_draw_permuted(in0, in1, in2, in3)";
    /// The same of a long permutation, whose keys are known.
    PERMUTED_LONG "permuted" (k0: i64, k1: i64, place: i64, n: i64) -> i64, by choosing::permuted_long
    => "cup_permuted_long(in0, in1, in2, in3)";
    /// An integer below a bound, from a word and its number.
    BELOW_32 "below" (word: u32, index: i64, seed: i64, bound: u32) -> u32, by choosing::below_32
    => "cup_below_32(in0, in1, in2, in3)";
    /// An integer below a bound, from two words and the number of their pair.
    BELOW_64 "below" (word: u64, index: i64, seed: i64, bound: u64) -> u64, by choosing::below_64
    => "cup_below_64(in0, in1, in2, in3)";
}
