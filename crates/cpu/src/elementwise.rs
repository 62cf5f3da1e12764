//! Element-wise programs: tiles in the order that suits the outputs, shared by all threads.

pub mod copy;
pub mod program;

use crate::locks;
use crate::threads::Threads;
use copy::Side;
use cuprous_core::Step;
use cuprous_core::iteration::Iteration;
use cuprous_core::shape::Strides;
use cuprous_core::{Launch, Program, Result};
use program::{Operands, Tiles};
use smallvec::SmallVec;

/// Elements up to which one row is run without tiles
const SINGLE: usize = 4096;
/// Rows shorter than this are taken together, those that are not packed through scratch.
const SHORT_ROW: usize = 64;
/// How many elements of a row to take before going on to the next one, where rows share the cache lines
/// that an input's elements lie in (a transposed input).
const TRANSPOSED_LEN: usize = 256;

/// Runs a program for each element of a shape.
pub fn run(threads: &Threads, program: &Program, launch: &Launch) -> Result<()> {
    launch.check()?;
    if single(program, launch)? {
        return Ok(());
    }
    let strides: SmallVec<[&[isize]; 6]> = launch.outputs.iter().chain(launch.inputs).map(|o| &o.layout.strides[..]).collect();
    let nest = Iteration::sorted(launch.shape, &strides);
    let operands = Operands { outputs: launch.outputs, inputs: launch.inputs, parameters: launch.parameters };
    if nest.shape[0] == 0 || launch.outputs.is_empty() {
        return Ok(());
    }
    let last = nest.shape.len() - 1;
    if last == 0 || nest.shape[last] < SHORT_ROW { flat(threads, program, operands, nest) } else { rows(threads, program, operands, nest) }
}

/// Few elements through one row, whose operands are one loop each: the row's loop runs on them as they lie, without
/// tiles, whose making would cost more than the work. Whether it did.
fn single(program: &Program, launch: &Launch) -> Result<bool> {
    let n: usize = launch.shape.iter().product();
    let ([output], Some((last, before))) = (launch.outputs, program.steps.split_last()) else { return Ok(false) };
    let Step::Apply { row, args, .. } = last else { return copied(program, launch, n) };
    let is_last = program.outputs[..] == [before.len() as u32];
    if n == 0
        || n > SINGLE
        || row.outs.len() != 1
        || !is_last
        || before.iter().any(|s| matches!(s, Step::Apply { .. } | Step::Index { .. }))
    {
        return Ok(false);
    }
    program::check(program, &Operands { outputs: launch.outputs, inputs: launch.inputs, parameters: launch.parameters })?;
    let mut pointers: SmallVec<[*mut u8; 4]> = SmallVec::new();
    let mut strides: SmallVec<[isize; 4]> = SmallVec::new();
    let mut constants: SmallVec<[program::Constant; 2]> = SmallVec::with_capacity(before.len());
    for &arg in args {
        match &before[arg as usize] {
            Step::Load { operand, .. } => {
                let input = &launch.inputs[*operand as usize];
                let Some(stride) = only_stride(input) else { return Ok(false) };
                pointers.push(input.address() as *mut u8);
                strides.push(stride);
            }
            Step::Constant { parameter, .. } => {
                // Reserved above: earlier constants stay where they are.
                constants.push(program::Constant::new(&launch.parameters[*parameter as usize]));
                pointers.push(constants.last_mut().map_or(std::ptr::null_mut(), |c| c.as_mut_ptr()));
                strides.push(0);
            }
            _ => return Ok(false),
        }
    }
    match only_stride(output) {
        Some(stride) if stride != 0 || n == 1 => strides.push(stride),
        _ => return Ok(false),
    }
    pointers.push(output.address() as *mut u8);
    let _held = locks::hold(launch.outputs, launch.inputs);
    // SAFETY: `check` saw that numbers and dtypes of arguments are the row's; `Operand` checked every element and
    // `Launch` the shapes; the strides reach the same elements in the same order; the buffers' locks are held, and only
    // equal elements overlap (the contract of `Launch`). Constants outlive the call.
    unsafe { (row.cpu)(pointers.as_ptr(), strides.as_ptr(), n) };
    Ok(true)
}

/// As [`single`], of elements or a number that are only written somewhere else.
fn copied(program: &Program, launch: &Launch, n: usize) -> Result<bool> {
    let ([step], [0], [output]) = (&program.steps[..], &program.outputs[..], launch.outputs) else { return Ok(false) };
    if n == 0 || n > SINGLE {
        return Ok(false);
    }
    let Some(stride) = only_stride(output).filter(|&s| s != 0 || n == 1) else { return Ok(false) };
    program::check(program, &Operands { outputs: launch.outputs, inputs: launch.inputs, parameters: launch.parameters })?;
    let mut constant;
    let (base, source_stride) = match step {
        Step::Constant { parameter, .. } => {
            constant = program::Constant::new(&launch.parameters[*parameter as usize]);
            (constant.as_mut_ptr() as usize, 0)
        }
        Step::Load { operand, .. } => {
            let input = &launch.inputs[*operand as usize];
            let Some(stride) = only_stride(input) else { return Ok(false) };
            (input.address(), stride)
        }
        _ => return Ok(false),
    };
    let _held = locks::hold(launch.outputs, launch.inputs);
    let (source, target) = (Side { base, strides: &[source_stride] }, Side { base: output.address(), strides: &[stride] });
    // SAFETY: as in `single`.
    unsafe { copy::range(output.dtype.size(), &[n], source, target, 0, n) };
    Ok(true)
}

/// The one stride with which all elements of an operand are reached in C order, if there is one.
fn only_stride(operand: &cuprous_core::Operand) -> Option<isize> {
    let (layout, item) = (operand.layout, operand.dtype.size());
    match &layout.strides[..] {
        [] => Some(0),
        [stride] => Some(*stride),
        _ if layout.is_c_contiguous(item) => Some(item as isize),
        all if all.iter().all(|&s| s == 0) => Some(0),
        _ => None,
    }
}

/// Tiles are stretches of the whole nest in C order.
fn flat(threads: &Threads, program: &Program, operands: Operands, nest: Iteration) -> Result<()> {
    let n = nest.size();
    let row = nest.shape[nest.shape.len() - 1];
    let is_single = nest.shape.len() == 1;
    let tiles = Tiles::new(program, operands, &nest.shape, nest.strides)?;
    let bases = operands.bases();
    let n_steps = n.saturating_mul(tiles.n_actions());
    let n_pieces = threads.n_pieces(n_steps);
    let most = n.div_ceil(n_pieces).next_multiple_of(64);
    // Whole rows, so that copies into scratch go in blocks.
    let len = if is_single { tiles.good_len().min(most) } else { (tiles.good_len().min(4096) / row).max(1) * row };
    let n_tiles = n.div_ceil(len);
    let per_piece = n_tiles.div_ceil(n_pieces);
    let _held = locks::hold(operands.outputs, operands.inputs);
    threads.for_each(
        n_tiles.div_ceil(per_piece),
        n_steps,
        || tiles.arena(len.min(n)),
        |arena, piece| {
            for tile in piece * per_piece..((piece + 1) * per_piece).min(n_tiles) {
                let start = tile * len;
                // SAFETY: `Operand` checked every element, `Launch` that the shapes agree; tiles are disjoint, the
                // buffers' locks are held, and the arena was made for `len` elements.
                unsafe { tiles.run(arena, &bases, start, len.min(n - start)) };
            }
        },
    );
    Ok(())
}

/// One loop around the rows: its extent and what each operand moves by.
struct Loop {
    n: usize,
    steps: SmallVec<[isize; 6]>,
}

/// Tiles are parts of rows.
fn rows(threads: &Threads, program: &Program, operands: Operands, nest: Iteration) -> Result<()> {
    let last = nest.shape.len() - 1;
    let n = nest.shape[last];
    let inner: SmallVec<[Strides; 4]> = nest.strides.iter().map(|s| SmallVec::from_slice(&s[last..])).collect();
    let tiles = Tiles::new(program, operands, &nest.shape[last..], inner)?;
    let shared_axis = transposed_axis(&nest, operands);
    let len = tiles.good_len().min(if shared_axis.is_some() { TRANSPOSED_LEN } else { 1 << 14 }).min(n);

    // The loops, outermost first: over axes, then over the parts of a row; an axis along which an input's
    // elements are neighbours goes innermost.
    let around = |k: usize| Loop { n: nest.shape[k], steps: nest.strides.iter().map(|s| s[k]).collect() };
    let mut loops: SmallVec<[Loop; 4]> = (0..last).filter(|&k| Some(k) != shared_axis).map(around).collect();
    let part = loops.len();
    loops.push(Loop { n: n.div_ceil(len), steps: SmallVec::from_elem(0, nest.strides.len()) });
    loops.extend(shared_axis.map(around));

    let n_tiles: usize = loops.iter().map(|l| l.n).product();
    let n_steps = nest.size().saturating_mul(tiles.n_actions());
    let n_pieces = threads.n_pieces(n_steps);
    let per_piece = n_tiles.div_ceil(n_pieces);
    let bases = operands.bases();
    let _held = locks::hold(operands.outputs, operands.inputs);
    threads.for_each(
        n_tiles.div_ceil(per_piece),
        n_steps,
        || tiles.arena(len),
        |arena, piece| {
            let first = piece * per_piece;
            let mut index: SmallVec<[usize; 8]> = SmallVec::from_elem(0, loops.len());
            let mut here = bases.clone();
            let mut rest = first;
            for (at, l) in index.iter_mut().zip(&loops).rev() {
                (rest, *at) = (rest / l.n, rest % l.n);
                here.iter_mut().zip(&l.steps).for_each(|(p, &s)| *p = p.wrapping_add((*at as isize).wrapping_mul(s) as usize));
            }
            for _ in first..(first + per_piece).min(n_tiles) {
                let start = index[part] * len;
                // SAFETY: as in `flat`; `here` is the row of the index, which stays inside the nest.
                unsafe { tiles.run(arena, &here, start, len.min(n - start)) };
                for (at, l) in index.iter_mut().zip(&loops).rev() {
                    *at += 1;
                    let back = if *at == l.n { l.n as isize - 1 } else { -1 };
                    here.iter_mut().zip(&l.steps).for_each(|(p, &s)| *p = p.wrapping_sub(back.wrapping_mul(s) as usize));
                    if *at < l.n {
                        break;
                    }
                    *at = 0;
                }
            }
        },
    );
    Ok(())
}

/// The axis along which some input's elements share cache lines, if along the rows they do not.
fn transposed_axis(nest: &Iteration, operands: Operands) -> Option<usize> {
    let last = nest.shape.len() - 1;
    let inputs = nest.strides.iter().skip(operands.outputs.len()).zip(operands.inputs);
    inputs
        .filter(|(s, o)| o.buffer().is_some() && s[last].unsigned_abs() >= 64)
        .find_map(|(s, _)| (0..last).filter(|&k| s[k] != 0 && s[k].unsigned_abs() < 64).min_by_key(|&k| s[k].unsigned_abs()))
}
