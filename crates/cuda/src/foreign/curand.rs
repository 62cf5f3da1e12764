//! cuRAND: random numbers, for programs that call it themselves.

use super::{Call, Table, named, plain_calls};
use cuprous_cuda_sys::Curand;
use std::sync::OnceLock;

pub(super) static TABLE: Table = Table {
    name: "cuRAND",
    open: || Curand::get().map(|api| &api.library),
    calls: CALLS,
    own: &[],
    constants: CONSTANTS,
    status: |code| named(STATUSES, code),
    needs_device: true,
    streams: &[("curandGenerate", "setStream")],
    places: OnceLock::new(),
};

static STATUSES: &[(i32, &str)] = &[
    (0, "CURAND_STATUS_SUCCESS"),
    (100, "CURAND_STATUS_VERSION_MISMATCH"),
    (101, "CURAND_STATUS_NOT_INITIALIZED"),
    (102, "CURAND_STATUS_ALLOCATION_FAILED"),
    (103, "CURAND_STATUS_TYPE_ERROR"),
    (104, "CURAND_STATUS_OUT_OF_RANGE"),
    (105, "CURAND_STATUS_LENGTH_NOT_MULTIPLE"),
    (106, "CURAND_STATUS_DOUBLE_PRECISION_REQUIRED"),
    (201, "CURAND_STATUS_LAUNCH_FAILURE"),
    (202, "CURAND_STATUS_PREEXISTING_FAILURE"),
    (203, "CURAND_STATUS_INITIALIZATION_FAILED"),
    (204, "CURAND_STATUS_ARCH_MISMATCH"),
    (999, "CURAND_STATUS_INTERNAL_ERROR"),
];

static CONSTANTS: &[(&str, i64)] = &[
    ("CURAND_ORDERING_PSEUDO_BEST", 100),
    ("CURAND_ORDERING_PSEUDO_DEFAULT", 101),
    ("CURAND_ORDERING_PSEUDO_SEEDED", 102),
    ("CURAND_ORDERING_QUASI_DEFAULT", 201),
    ("CURAND_RNG_PSEUDO_DEFAULT", 100),
    ("CURAND_RNG_PSEUDO_MRG32K3A", 121),
    ("CURAND_RNG_PSEUDO_MT19937", 142),
    ("CURAND_RNG_PSEUDO_MTGP32", 141),
    ("CURAND_RNG_PSEUDO_PHILOX4_32_10", 161),
    ("CURAND_RNG_PSEUDO_XORWOW", 101),
    ("CURAND_RNG_QUASI_DEFAULT", 200),
    ("CURAND_RNG_QUASI_SCRAMBLED_SOBOL32", 202),
    ("CURAND_RNG_QUASI_SCRAMBLED_SOBOL64", 204),
    ("CURAND_RNG_QUASI_SOBOL32", 201),
    ("CURAND_RNG_QUASI_SOBOL64", 203),
];

#[rustfmt::skip]
static CALLS: &[Call] = plain_calls! {
    createGenerator = curandCreateGenerator(generator: out_addr, rng_type: int);
    destroyGenerator = curandDestroyGenerator(generator: addr);
    generate = curandGenerate(generator: addr, outputPtr: addr, num: addr);
    generateLogNormal = curandGenerateLogNormal(generator: addr, outputPtr: addr, n: addr, mean: float, stddev: float);
    generateLogNormalDouble = curandGenerateLogNormalDouble(generator: addr, outputPtr: addr, n: addr, mean: double, stddev: double);
    generateLongLong = curandGenerateLongLong(generator: addr, outputPtr: addr, num: addr);
    generateNormal = curandGenerateNormal(generator: addr, outputPtr: addr, n: addr, mean: float, stddev: float);
    generateNormalDouble = curandGenerateNormalDouble(generator: addr, outputPtr: addr, n: addr, mean: double, stddev: double);
    generatePoisson = curandGeneratePoisson(generator: addr, outputPtr: addr, n: addr, lam: double);
    generateUniform = curandGenerateUniform(generator: addr, outputPtr: addr, num: addr);
    generateUniformDouble = curandGenerateUniformDouble(generator: addr, outputPtr: addr, num: addr);
    getVersion = curandGetVersion(version: out_int);
    setGeneratorOffset = curandSetGeneratorOffset(generator: addr, offset: addr);
    setGeneratorOrdering = curandSetGeneratorOrdering(generator: addr, order: int);
    setPseudoRandomGeneratorSeed = curandSetPseudoRandomGeneratorSeed(generator: addr, seed: addr);
    setStream = curandSetStream(generator: addr, stream: addr);
};
