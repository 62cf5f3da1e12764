//! What `x.flags` is.

use super::{NdArray, repeats_elements};
use pyo3::exceptions::{PyAttributeError, PyKeyError, PyValueError};
use pyo3::prelude::*;
use std::sync::atomic::Ordering;

/// How the elements of an array lie, and whether they may be assigned.
#[pyclass(frozen, module = "cuprous", name = "flagsobj")]
pub struct Flags {
    source: Py<NdArray>,
}

impl Flags {
    fn of(&self, name: &str) -> Option<bool> {
        let array = self.source.get();
        let (c, f) = array.look(|a| (a.is_c_contiguous(), a.is_f_contiguous()));
        let writeable = !array.is_read_only();
        Some(match name {
            "C" | "C_CONTIGUOUS" | "CONTIGUOUS" => c,
            "F" | "F_CONTIGUOUS" | "FORTRAN" => f,
            "O" | "OWNDATA" => array.base.is_none(),
            "W" | "WRITEABLE" => writeable,
            // An array never lies unaligned, so these follow from the others.
            "A" | "ALIGNED" => true,
            "X" | "WRITEBACKIFCOPY" => false,
            "B" | "BEHAVED" => writeable,
            "CA" | "CARRAY" => c && writeable,
            // As NumPy counts: whatever is not in C order.
            "FA" | "FARRAY" => !c,
            "FNC" => f && !c,
            "FORC" => f || c,
            _ => return None,
        })
    }

    fn get(&self, name: &str) -> bool {
        self.of(name).unwrap_or_default()
    }
}

macro_rules! attributes {
    ($($name:ident $key:literal),*) => {
        #[pymethods]
        impl Flags {$(
            #[getter]
            fn $name(&self) -> bool {
                self.get($key)
            }
        )*}
    };
}
attributes!(
    c_contiguous "C", f_contiguous "F", contiguous "C", fortran "F", owndata "O", aligned "A", writebackifcopy "X",
    behaved "B", carray "CA", farray "FA", fnc "FNC", forc "FORC"
);

#[pymethods]
impl Flags {
    /// Whether elements may be assigned.
    #[getter]
    fn writeable(&self) -> bool {
        self.get("W")
    }

    #[setter]
    fn set_writeable(&self, py: Python<'_>, value: bool) -> PyResult<()> {
        self.source.get().set_writeable(py, value)
    }

    /// The flags as one number, with NumPy's bits.
    #[getter]
    fn num(&self) -> u32 {
        let bit = |name: &str, value: u32| if self.get(name) { value } else { 0 };
        bit("C", 1) | bit("F", 2) | bit("O", 4) | bit("A", 0x100) | bit("W", 0x400)
    }

    fn __getitem__(&self, name: &Bound<'_, PyAny>) -> PyResult<bool> {
        name.extract::<String>().ok().and_then(|n| self.of(&n)).ok_or_else(|| PyKeyError::new_err("Unknown flag"))
    }

    fn __setitem__(&self, py: Python<'_>, name: &str, value: bool) -> PyResult<()> {
        match name {
            "W" | "WRITEABLE" => self.source.get().set_writeable(py, value),
            "X" | "WRITEBACKIFCOPY" | "A" | "ALIGNED" => self.source.get().setflags(
                py,
                None,
                (name.starts_with('A')).then_some(value),
                (name.starts_with('X') || name == "WRITEBACKIFCOPY").then_some(value),
            ),
            _ if self.of(name).is_some() => Err(PyAttributeError::new_err(format!("flag {name} cannot be set"))),
            _ => Err(PyKeyError::new_err("Unknown flag")),
        }
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<Flags>().is_ok_and(|o| o.get().num() == self.num())
    }

    fn __repr__(&self) -> String {
        let names = ["C_CONTIGUOUS", "F_CONTIGUOUS", "OWNDATA", "WRITEABLE", "ALIGNED", "WRITEBACKIFCOPY"];
        names.iter().map(|name| format!("  {name} : {}\n", if self.get(name) { "True" } else { "False" })).collect()
    }
}

impl NdArray {
    /// Lets elements be assigned or not.
    ///
    /// # Errors
    /// `ValueError` in NumPy's words for an array over memory that must not be written.
    fn set_writeable(&self, py: Python<'_>, value: bool) -> PyResult<()> {
        if value && self.is_read_only() {
            let base = self.base.as_ref().and_then(|b| b.bind(py).cast::<NdArray>().ok());
            if self.is_locked || base.is_some_and(|b| b.get().is_read_only()) || self.look(repeats_elements) {
                return Err(PyValueError::new_err("cannot set WRITEABLE flag to True of this array"));
            }
        }
        self.read_only.store(!value, Ordering::Relaxed);
        Ok(())
    }
}

#[pymethods]
impl NdArray {
    /// How the elements lie, and whether they may be assigned.
    #[getter]
    fn flags(slf: &Bound<'_, Self>) -> Flags {
        Flags { source: slf.clone().unbind() }
    }

    /// Sets flags: whether elements may be assigned.
    #[pyo3(signature = (write = None, align = None, uic = None))]
    fn setflags(&self, py: Python<'_>, write: Option<bool>, align: Option<bool>, uic: Option<bool>) -> PyResult<()> {
        // Arrays are always aligned: there is nothing to note.
        let _ = align;
        if uic == Some(true) {
            return Err(PyValueError::new_err("cannot set WRITEBACKIFCOPY flag to True"));
        }
        write.map_or(Ok(()), |value| self.set_writeable(py, value))
    }
}
