//! The tables of ops as Python data, for the tests and for what is generated.

use crate::ufunc;
use cuprous_array::function::{FunctionDef, Param, all_functions};
use cuprous_core::op::{Domain, TestSpec};
use cuprous_core::{DType, ReduceRow, ScanRow};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

/// The tables of ops, and the registered functions.
#[pyfunction]
pub fn registry(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let ufuncs = cuprous_ops::all_ufuncs().map(|def| {
        let row = PyDict::new(py);
        row.set_item("name", def.name)?;
        row.set_item("args", PyList::new(py, def.args)?)?;
        row.set_item("n_outs", def.n_outs)?;
        row.set_item("loops", ufunc::loops(def.loops))?;
        row.set_item("identity", ufunc::identity(py, def)?)?;
        row.set_item("aliases", PyList::new(py, def.aliases)?)?;
        row.set_item("public", def.is_public)?;
        row.set_item("doc", def.doc.lines().map(str::trim).collect::<Vec<_>>().join("\n").trim())?;
        with_test(row, &def.test)
    });
    let reductions = cuprous_ops::all_reductions().map(|def| {
        let row = PyDict::new(py);
        row.set_item("name", def.name)?;
        row.set_item("rows", def.rows.iter().map(|r: &ReduceRow| pair(r.input, r.output)).collect::<Vec<_>>())?;
        row.set_item("identity", def.identity)?;
        with_test(row, &def.test)
    });
    let scans = cuprous_ops::all_scans().map(|def| {
        let row = PyDict::new(py);
        row.set_item("name", def.name)?;
        row.set_item("rows", def.rows.iter().map(|r: &ScanRow| pair(r.input, r.output)).collect::<Vec<_>>())?;
        with_test(row, &def.test)
    });
    let tables = PyDict::new(py);
    tables.set_item("ufuncs", ufuncs.collect::<PyResult<Vec<_>>>()?)?;
    tables.set_item("reductions", reductions.collect::<PyResult<Vec<_>>>()?)?;
    tables.set_item("scans", scans.collect::<PyResult<Vec<_>>>()?)?;
    tables.set_item("functions", all_functions().into_iter().map(|def| function(py, def)).collect::<PyResult<Vec<_>>>()?)?;
    Ok(tables)
}

/// A function with its parameters, and with those that it has as a method, if it is one.
fn function<'py>(py: Python<'py>, def: &'static FunctionDef) -> PyResult<Bound<'py, PyDict>> {
    let row = PyDict::new(py);
    row.set_item("name", def.name)?;
    row.set_item("module", def.module)?;
    row.set_item("chapter", def.chapter())?;
    row.set_item("signature", def.signature)?;
    row.set_item("doc", def.doc)?;
    row.set_item("returns", (def.returns)())?;
    row.set_item("params", params(py, def.params)?)?;
    row.set_item("method", def.method.as_ref().map(|m| params(py, m.params)).transpose()?)?;
    Ok(row)
}

fn params<'py>(py: Python<'py>, params: &[Param]) -> PyResult<Vec<Bound<'py, PyDict>>> {
    let one = |p: &Param| {
        let row = PyDict::new(py);
        row.set_item("name", p.name)?;
        row.set_item("kind", format!("{:?}", p.kind))?;
        row.set_item("optional", p.is_optional)?;
        row.set_item("mode", format!("{:?}", p.mode))?;
        row.set_item("default", p.default.is_some())?;
        Ok(row)
    };
    params.iter().map(one).collect()
}

fn pair(input: DType, output: DType) -> (char, char) {
    (input.char(), output.char())
}

fn with_test<'py>(row: Bound<'py, PyDict>, test: &TestSpec) -> PyResult<Bound<'py, PyDict>> {
    let word = |d: &Domain| match d {
        Domain::Any => "any",
        Domain::Moderate => "moderate",
        Domain::Positive => "positive",
        Domain::SmallInt => "small_int",
    };
    row.set_item("reference", test.reference)?;
    row.set_item("domain", test.domain.iter().map(word).collect::<Vec<_>>())?;
    row.set_item("ulp", test.ulp)?;
    Ok(row)
}
