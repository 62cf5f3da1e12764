//! Element-wise programs: tiles in the order that suits the outputs, shared by all threads.

pub mod copy;
pub mod program;

use crate::locks;
use crate::threads::Threads;
use cuprous_core::iteration::Iteration;
use cuprous_core::shape::Strides;
use cuprous_core::{Launch, Program, Result};
use program::{Operands, Tiles};
use smallvec::SmallVec;

/// Rows shorter than this are taken together, those that are not packed through scratch.
const SHORT_ROW: usize = 64;
/// How many elements of a row to take before going on to the next one, where rows share the cache lines
/// that an input's elements lie in (a transposed input).
const TRANSPOSED_LEN: usize = 256;

/// Runs a program for each element of a shape.
pub fn run(threads: &Threads, program: &Program, launch: &Launch) -> Result<()> {
    launch.check()?;
    let strides: SmallVec<[&[isize]; 6]> = launch.outputs.iter().chain(launch.inputs).map(|o| &o.layout.strides[..]).collect();
    let nest = Iteration::sorted(launch.shape, &strides);
    let operands = Operands { outputs: launch.outputs, inputs: launch.inputs, parameters: launch.parameters };
    if nest.shape[0] == 0 || launch.outputs.is_empty() {
        return Ok(());
    }
    let last = nest.shape.len() - 1;
    if last == 0 || nest.shape[last] < SHORT_ROW { flat(threads, program, operands, nest) } else { rows(threads, program, operands, nest) }
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
