//! Values that are computed at once from memory: what is not remembered need not be gathered.

use super::node::{Arg, Expr, Node};
use super::plan;
use super::storage::Storage;
use crate::engine::config;
use cuprous_core::backend::{Backend, backend};
use cuprous_core::kernel::{Launch, Operand, Program, Step};
use cuprous_core::{DType, Layout, Queue, Result, Scalar};
use smallvec::{SmallVec, smallvec};
use std::borrow::Cow;
use std::sync::Arc;

/// Computes a number everywhere, or a row of one result on arguments that are all in memory, into fresh memory; `None`
/// if it is something else.
///
/// # Errors
/// `Memory`, `Compile` or `Device`.
pub(crate) fn compute(queue: &Arc<Queue>, dtype: DType, layout: &Layout, expr: &Expr) -> Result<Option<Arc<Storage>>> {
    let Some(direct) = Direct::of(&layout.shape, expr)? else { return Ok(None) };
    let size = layout.size();
    let fresh = plan::allocate(queue, size * dtype.size())?;
    if size > 0 {
        direct.launch(backend(queue.device.kind)?, queue, &layout.shape, Operand::new(&fresh.buffer, layout, dtype)?)?;
    }
    Ok(Some(fresh))
}

/// What can be launched as it stands: the program is the one that gathering would give, so that both share a kernel.
pub(super) struct Direct<'a> {
    program: Program,
    parameters: SmallVec<[Scalar; 2]>,
    /// What is read
    pub sources: SmallVec<[Source<'a>; 3]>,
}

/// Memory, its elements in the shape of the result, and their dtype.
type Source<'a> = (&'a Arc<Storage>, Cow<'a, Layout>, DType);

impl<'a> Direct<'a> {
    /// That of a value to be written, of a shape that it has; `None` if more than memory stands behind it.
    pub fn of_value(shape: &[usize], value: &'a Node, expr: Option<&'a Expr>) -> Result<Option<Direct<'a>>> {
        let Some(storage) = value.storage() else {
            return expr.map_or(Ok(None), |expr| Direct::of(shape, expr));
        };
        Ok(Some(Direct {
            program: Program { steps: vec![Step::Load { operand: 0, dtype: value.dtype }], outputs: smallvec![0] },
            parameters: SmallVec::new(),
            sources: smallvec![(storage, seen(&value.layout, shape)?, value.dtype)],
        }))
    }

    fn of(shape: &[usize], expr: &'a Expr) -> Result<Option<Direct<'a>>> {
        let (row, args) = match expr {
            Expr::Apply { row, args, output: 0 } if row.outs.len() == 1 => (row, args),
            Expr::Fill(value) => {
                let program = Program { steps: vec![Step::Constant { parameter: 0, dtype: value.dtype() }], outputs: smallvec![0] };
                return Ok(Some(Direct { program, parameters: smallvec![*value], sources: SmallVec::new() }));
            }
            _ => return Ok(None),
        };
        let mut sources: SmallVec<[Source; 3]> = SmallVec::new();
        let mut program = Program { steps: Vec::with_capacity(6), outputs: smallvec![] };
        let mut parameters: SmallVec<[Scalar; 2]> = SmallVec::new();
        let mut steps: SmallVec<[u32; 3]> = SmallVec::new();
        let push = |program: &mut Program, step: Step| match program.steps.iter().position(|s| *s == step) {
            Some(k) => k as u32,
            None => {
                program.steps.push(step);
                program.steps.len() as u32 - 1
            }
        };
        for arg in args {
            steps.push(match arg {
                Arg::Scalar(value) => {
                    parameters.push(*value);
                    push(&mut program, Step::Constant { parameter: parameters.len() as u32 - 1, dtype: value.dtype() })
                }
                Arg::Value(source, cast) => {
                    let Some(storage) = source.storage() else { return Ok(None) };
                    let seen = seen(&source.layout, shape)?;
                    let same = |(s, l, d): &Source| *d == source.dtype && Arc::ptr_eq(s, storage) && *l == seen;
                    let operand = match sources.iter().position(same) {
                        Some(k) => k,
                        None => {
                            sources.push((storage, seen, source.dtype));
                            sources.len() - 1
                        }
                    };
                    let step = push(&mut program, Step::Load { operand: operand as u32, dtype: source.dtype });
                    match cast {
                        None => step,
                        Some(row) => push(&mut program, Step::Apply { row, args: smallvec![step], output: 0 }),
                    }
                }
            });
        }
        program.steps.push(Step::Apply { row, args: steps, output: 0 });
        program.outputs.push(program.steps.len() as u32 - 1);
        Ok(Some(Direct { program, parameters, sources }))
    }

    /// Runs it.
    ///
    /// # Errors
    /// `Memory`, `Compile` or `Device`.
    pub fn launch(&self, b: &dyn Backend, queue: &Arc<Queue>, shape: &[usize], output: Operand) -> Result<()> {
        let inputs: SmallVec<[Operand; 3]> = self.sources.iter().map(|(s, l, d)| Operand::new(&s.buffer, l, *d)).collect::<Result<_>>()?;
        for (storage, ..) in &self.sources {
            storage.before_reading(b, queue)?;
        }
        config::log_plan(|| format!("{} {}\n{:?}", queue.device, cuprous_core::shape::tuple(shape), self.program));
        let launch = Launch { shape, inputs: &inputs, outputs: &[output], parameters: &self.parameters, queue };
        plan::on_queue(queue, || b.elementwise(&self.program, &launch))
    }
}

/// A layout broadcast to a shape.
fn seen<'a>(layout: &'a Layout, shape: &[usize]) -> Result<Cow<'a, Layout>> {
    Ok(if layout.shape[..] == *shape { Cow::Borrowed(layout) } else { Cow::Owned(layout.broadcast_to(shape)?) })
}
