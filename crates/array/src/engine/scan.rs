//! Scans along an axis: run at once.

use super::elementwise::{MemoryOrder, fresh_layout};
use super::place;
use crate::array::{Array, Node, allocate, force_node};
use cuprous_core::backend::{ScanLaunch, backend};
use cuprous_core::kernel::Operand;
use cuprous_core::shape::{normalize_axis, tuple};
use cuprous_core::{DType, Result, ScanDef};

/// Scans an array along an axis, or flattened.
///
/// # Errors
/// `Axis` in NumPy's words.
pub fn scan(def: &'static ScanDef, a: &Array, axis: Option<isize>, dtype: Option<DType>) -> Result<Array> {
    let flat;
    let (a, axis) = match axis {
        Some(axis) if a.n_axes() > 0 => (a, normalize_axis(axis, a.n_axes())?),
        _ => {
            // NumPy lets a 0-d array have the axes 0 and -1.
            if let Some(axis) = axis {
                normalize_axis(axis, 1)?;
            }
            flat = a.reshape(&[-1])?;
            (&flat, 0)
        }
    };
    let input = dtype.unwrap_or(a.dtype());
    let row = def.rows.iter().find(|r| r.input == input).unwrap_or_else(|| unreachable!("scans have a row for every dtype"));
    let source = a.clone().cast(input)?;
    let memory = force_node(source.node())?;
    let queue = place::current_queue(a.device())?;
    let layout = fresh_layout(a.shape(), row.output.size(), &[source.layout()], MemoryOrder::Keep);
    let storage = allocate(&queue, a.size() * row.output.size())?;
    if a.size() > 0 {
        let b = backend(queue.device.kind)?;
        memory.before_reading(b, &queue)?;
        b.scan(
            row,
            &ScanLaunch {
                input: Operand::new(&memory.buffer, source.layout(), input)?,
                output: Operand::new(&storage.buffer, &layout, row.output)?,
                axis,
                queue: &queue,
            },
        )?;
        place::after(&queue, || format!("{} of shape {}", def.name, tuple(a.shape())))?;
    }
    let value = Array::from_node(Node::ready(row.output, layout, queue, storage));
    // A narrow integer result is the wide one, wrapped.
    match dtype {
        Some(d) if d != row.output => value.astype(d),
        _ => Ok(value),
    }
}
