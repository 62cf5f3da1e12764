//! The registry of functions: complete, documented, and callable through values.

use cuprous_array::function::{FunctionDef, Kind, Literal, Mode, Value, all_functions};
use cuprous_array::{Array, DType, Device, ErrorKind, Weak, creation, linalg, logic, manipulation, math};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Once};

fn ready() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| cuprous_core::backend::register(Arc::new(cuprous_cpu::CpuBackend::new())));
}

fn find(name: &str) -> &'static FunctionDef {
    all_functions().into_iter().find(|f| f.name == name).unwrap_or_else(|| panic!("{name} is not registered"))
}

/// Calls with the given values, and defaults for the others.
fn call(name: &str, given: &[(&str, Value)]) -> cuprous_array::Result<Value> {
    ready();
    let def = find(name);
    let of = |p: &cuprous_array::function::Param| match given.iter().find(|(n, _)| *n == p.name) {
        Some((_, value)) => value.clone(),
        None => p.default.map_or(Value::None, Value::from),
    };
    let mut values: Vec<Value> = def.params.iter().map(of).collect();
    (def.call)(&mut values)
}

fn array(value: cuprous_array::Result<Value>) -> Array {
    match value {
        Ok(Value::Array(a)) => a,
        other => panic!("expected an array, got {other:?}"),
    }
}

/// Counts `#[function(` in the sources below a folder.
fn marked(folder: &Path) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    let of = |path: &Path| match path.is_dir() {
        true => marked(path),
        false => std::fs::read_to_string(path).unwrap_or_default().lines().filter(|l| l.starts_with("#[function(")).count(),
    };
    entries.flatten().map(|e| of(&e.path())).sum()
}

#[test]
fn the_linker_collects_every_function() {
    let names: BTreeSet<_> = all_functions().iter().map(|f| (f.module, f.name)).collect();
    assert_eq!(names.len(), all_functions().len(), "a name stands twice");
    let bodies: BTreeSet<usize> = all_functions().iter().map(|f| f.call as usize).collect();
    assert_eq!(bodies.len(), marked(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")));
}

#[test]
fn documentation_is_in_the_house_style() {
    for f in all_functions() {
        let name = f.name;
        let headings: Vec<&str> = f.doc.lines().filter_map(|l| l.strip_prefix("# ")).collect();
        let order = ["Parameters", "Returns", "Errors", "Differs from NumPy", "Source", "Examples"];
        let expected: Vec<&str> = order.into_iter().filter(|h| *h != "Differs from NumPy" || headings.contains(h)).collect();
        assert_eq!(headings, expected, "{name}");
        assert!(f.doc.contains("\n>>> "), "{name} has no example");
        let parameters = f.doc.split("# Parameters").nth(1).and_then(|t| t.split("# Returns").next()).unwrap_or_default();
        for p in f.params {
            assert!(parameters.contains(&format!("`{}`", p.name)), "{name} does not say what {} is", p.name);
        }
        assert!(!f.chapter().is_empty() && f.path.contains(f.chapter()), "{name}");
    }
}

#[test]
fn kinds_follow_from_types() {
    let of = |name: &str| find(name).params.iter().map(|p| (p.name, p.kind, p.is_optional, p.mode, p.default)).collect::<Vec<_>>();
    assert_eq!(
        of("zeros"),
        [
            ("shape", Kind::Sizes, false, Mode::Either, None),
            ("dtype", Kind::DType, true, Mode::Either, Some(Literal::None)),
            ("order", Kind::Order, true, Mode::Either, Some(Literal::Str("C"))),
            ("device", Kind::Device, true, Mode::KeywordOnly, Some(Literal::None)),
        ]
    );
    assert_eq!(of("sum")[3], ("out", Kind::Out, true, Mode::Either, Some(Literal::None)));
    assert_eq!(of("where")[0], ("condition", Kind::Input, false, Mode::PositionalOnly, None));
    assert_eq!(of("broadcast_arrays")[0], ("args", Kind::Arrays, false, Mode::Variadic, None));
    assert_eq!(find("amax").call as usize, find("max").call as usize);
    assert_eq!(find("where").chapter(), "logic");
}

#[test]
fn calls_through_values() -> cuprous_array::Result<()> {
    let range = array(call("arange", &[("start", Value::Weak(Weak::Int(6)))]));
    assert_eq!(range.to_vec::<i64>()?, [0, 1, 2, 3, 4, 5]);
    let table = array(call("reshape", &[("a", Value::Array(range.clone())), ("shape", Value::Ints(vec![2, -1]))]));
    let sums = array(call("sum", &[("a", Value::Array(table.clone())), ("axis", Value::Ints(vec![1])), ("keepdims", Value::Bool(true))]));
    assert_eq!((sums.shape(), sums.to_vec::<i64>()?), (&[2, 1][..], vec![3, 12]));

    let out = creation::zeros(&[3], DType::F32, Default::default())?;
    let result = call("sum", &[("a", Value::Array(table.clone())), ("axis", Value::Ints(vec![0])), ("out", Value::Array(out.clone()))])?;
    assert!(result.is_same_array(&Value::Array(out.clone())));
    assert_eq!(out.to_vec::<f32>()?, [3.0, 5.0, 7.0]);

    let same = call("asarray", &[("a", Value::Array(table.clone()))])?;
    assert!(same.is_same_array(&Value::Array(table.clone())));
    let copy = call("array", &[("object", Value::Array(table.clone()))])?;
    assert!(!copy.is_same_array(&Value::Array(table)));

    let wrong = call("swapaxes", &[("a", Value::Array(range)), ("axis1", Value::Float(0.5)), ("axis2", Value::Int(0))]);
    assert_eq!(wrong.map_err(|e| (e.kind(), e.to_string())).err(), Some((ErrorKind::Type, "axis1: expected an axis, got a float".into())));
    let mut few = [Value::None];
    assert_eq!((find("sum").call)(&mut few).map_err(|e| e.kind()).err(), Some(ErrorKind::Runtime));
    Ok(())
}

#[test]
fn rust_calls_them_plainly() -> cuprous_array::Result<()> {
    ready();
    let a = creation::functions::zeros(&[2, 3], None, None, Some(Device::CPU))?;
    assert_eq!(a.dtype(), DType::F64);
    let b = manipulation::functions::expand_dims(&a, cuprous_array::function::Ints(&[0]))?;
    assert_eq!(manipulation::functions::squeeze(&b, None)?.shape(), [2, 3]);
    let c = array(logic::functions::r#where((&a).into(), Some(1.into()), Some(2.5.into())));
    assert_eq!((c.dtype(), c.shape()), (DType::F64, &[2, 3][..]));
    assert_eq!(math::functions::sum(&c, None, None, None, false, Some(1.into()), None)?.item()?.to::<f64>(), 16.0);
    assert_eq!(linalg::functions::dot(&a, &manipulation::functions::transpose(&a, None)?, None)?.shape(), [2, 2]);
    Ok(())
}
