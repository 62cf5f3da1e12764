//! cuTENSOR: contractions, reductions and element-wise operations of tensors, for programs that call it themselves.

use crate::Handle;
use crate::search::{Spec, keep, toolkit_majors};

static SPEC: Spec = Spec { stem: "cutensor", majors: || vec![2], depends: &[], mend: MEND };
static SPEC_MG: Spec = Spec { stem: "cutensorMg", majors: || vec![2], depends: &["cutensor"], mend: MEND };

/// What multiplies matrices for it, whose versions are those of CUDA.
static BESIDE: Spec = Spec { stem: "cublasLt", majors: toolkit_majors, depends: &[], mend: "" };

const MEND: &str = "`pip install cutensor-cu13` installs it (`cutensor-cu12` for a driver of CUDA 12)";

api! {
    /// The functions of cuTENSOR that give no status; the others are found by their names.
    Cutensor of SPEC;
    required {
        cutensorGetVersion() -> usize;
        cutensorGetCudartVersion() -> usize;
    }
    optional {}
}

api! {
    /// cuTENSORMg, for tensors that lie on several GPUs; its other functions are found by their names.
    CutensorMg of SPEC_MG;
    required {
        cutensorMgDestroy(handle: Handle) -> i32;
    }
    optional {}
}

impl Cutensor {
    /// The library, with what it needs.
    ///
    /// # Errors
    /// As [`Cutensor::get`].
    pub fn ready() -> Result<&'static Cutensor, String> {
        if Cutensor::loaded().is_none() {
            keep(&BESIDE);
        }
        Cutensor::get()
    }
}

impl CutensorMg {
    /// The library, with what it needs.
    ///
    /// # Errors
    /// As [`CutensorMg::get`].
    pub fn ready() -> Result<&'static CutensorMg, String> {
        if CutensorMg::loaded().is_none() {
            keep(&BESIDE);
        }
        CutensorMg::get()
    }
}
