//! What `x.flags` is.

use super::NdArray;
use pyo3::exceptions::PyKeyError;
use pyo3::prelude::*;

/// How the elements of an array lie.
#[pyclass(frozen, module = "cuprous", name = "flagsobj")]
pub struct Flags {
    /// Whether they lie packed in C order
    #[pyo3(get)]
    c_contiguous: bool,
    /// Whether they lie packed in Fortran order
    #[pyo3(get)]
    f_contiguous: bool,
    /// Whether the array owns its memory
    #[pyo3(get)]
    owndata: bool,
    /// Whether elements may be assigned
    #[pyo3(get)]
    writeable: bool,
}

#[pymethods]
impl Flags {
    #[getter]
    fn aligned(&self) -> bool {
        true
    }

    #[getter]
    fn writebackifcopy(&self) -> bool {
        false
    }

    #[getter]
    fn contiguous(&self) -> bool {
        self.c_contiguous
    }

    #[getter]
    fn fortran(&self) -> bool {
        self.f_contiguous
    }

    #[getter]
    fn fnc(&self) -> bool {
        self.f_contiguous && !self.c_contiguous
    }

    #[getter]
    fn forc(&self) -> bool {
        self.f_contiguous || self.c_contiguous
    }

    fn __getitem__(&self, name: &str) -> PyResult<bool> {
        match name {
            "C" | "C_CONTIGUOUS" | "CONTIGUOUS" => Ok(self.c_contiguous),
            "F" | "F_CONTIGUOUS" | "FORTRAN" => Ok(self.f_contiguous),
            "O" | "OWNDATA" => Ok(self.owndata),
            "W" | "WRITEABLE" => Ok(self.writeable),
            "A" | "ALIGNED" => Ok(true),
            "X" | "WRITEBACKIFCOPY" => Ok(false),
            "FNC" => Ok(self.fnc()),
            "FORC" => Ok(self.forc()),
            _ => Err(PyKeyError::new_err("Unknown flag")),
        }
    }

    fn __repr__(&self) -> String {
        let word = |b: bool| if b { "True" } else { "False" };
        format!(
            "  C_CONTIGUOUS : {}\n  F_CONTIGUOUS : {}\n  OWNDATA : {}\n  WRITEABLE : {}\n  ALIGNED : True\n  WRITEBACKIFCOPY : False\n",
            word(self.c_contiguous),
            word(self.f_contiguous),
            word(self.owndata),
            word(self.writeable)
        )
    }
}

#[pymethods]
impl NdArray {
    /// How the elements lie.
    #[getter]
    fn flags(&self) -> Flags {
        let (owndata, writeable) = (self.base.is_none(), !self.read_only);
        self.look(|a| Flags { c_contiguous: a.is_c_contiguous(), f_contiguous: a.is_f_contiguous(), owndata, writeable })
    }
}
