//! cuSPARSELt: products of matrices of which every second pair is zero, for programs that call it themselves.

use crate::search::Spec;
use std::ffi::c_char;

static SPEC: Spec = Spec {
    stem: "cusparseLt",
    majors: || vec![0],
    depends: &[],
    mend: "`pip install nvidia-cusparselt-cu13` installs it (`nvidia-cusparselt-cu12` for a driver of CUDA 12)",
};

api! {
    /// The functions of cuSPARSELt that are always there; the others are found by their names.
    CusparseLt of SPEC;
    required {
        cusparseLtGetErrorString(status: i32) -> *const c_char;
    }
    optional {}
}
