//! cuSPARSE: sparse matrices, for programs that call it themselves.

use crate::search::{Spec, keep, toolkit_majors};

static SPEC: Spec = Spec {
    stem: "cusparse",
    // The same version comes with CUDA 12 and 13.
    majors: || vec![12],
    depends: &[],
    mend: "`pip install nvidia-cusparse` installs it (`nvidia-cusparse-cu12` for a driver of CUDA 12)",
};

/// What links its kernels as they are needed, whose versions are those of CUDA.
static BESIDE: Spec = Spec { stem: "nvJitLink", majors: toolkit_majors, depends: &[], mend: "" };

api! {
    /// The functions of cuSPARSE that are always there; the others are found by their names.
    Cusparse of SPEC;
    required {
        cusparseGetProperty(which: i32, value: *mut i32) -> i32;
    }
    optional {}
}

impl Cusparse {
    /// The library, with what it needs.
    ///
    /// # Errors
    /// As [`Cusparse::get`].
    pub fn ready() -> Result<&'static Cusparse, String> {
        if Cusparse::loaded().is_none() {
            keep(&BESIDE);
        }
        Cusparse::get()
    }
}
