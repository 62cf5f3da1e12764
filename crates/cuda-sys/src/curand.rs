//! cuRAND: random numbers, for programs that call it themselves.

use crate::search::Spec;

static SPEC: Spec = Spec {
    stem: "curand",
    // The same version comes with CUDA 12 and 13.
    majors: || vec![10],
    depends: &[],
    mend: "`pip install nvidia-curand` installs it (`nvidia-curand-cu12` for a driver of CUDA 12)",
};

api! {
    /// The functions of cuRAND that are always there; the others are found by their names.
    Curand of SPEC;
    required {
        curandGetVersion(version: *mut i32) -> i32;
    }
    optional {}
}
