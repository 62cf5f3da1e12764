//! Whether arrays have memory in common.

use crate::array::Array;
use crate::function::function;
use cuprous_core::{Error, Result};

/// Whether two arrays have an element in memory that is, at least in part, one.
///
/// # Parameters
/// - `a`, `b`: arrays.
/// - `max_work`: how many candidates are tried before it gives up; -1 tries all, 0 compares the bounds only.
///
/// # Returns
/// A truth value. With `max_work=0` true may also mean that they lie between each other without a common element.
///
/// # Errors
/// - `Runtime`: `max_work` candidates were tried without an answer.
///
/// # Differs from NumPy
/// Giving up raises RuntimeError, of which NumPy's TooHardError is a sort.
///
/// # Source
/// `numpy.shares_memory`
///
/// # Examples
/// ```python
/// >>> a = cp.arange(6)
/// >>> cp.shares_memory(a, a[2:])
/// True
/// >>> cp.shares_memory(a[::2], a[1::2])
/// False
/// ```
#[function(signature = "(a, b, /, max_work=-1)")]
pub fn shares_memory(a: &Array, b: &Array, max_work: Option<i64>) -> Result<bool> {
    meet(a, b, max_work.unwrap_or(-1))?.ok_or_else(|| Error::runtime("Exceeded max_work"))
}

/// Whether two arrays might have memory in common, by default whether its bounds overlap.
///
/// # Parameters
/// - `a`, `b`: arrays.
/// - `max_work`: how many candidates for a common element are tried; 0 compares the bounds only, -1 tries all.
///
/// # Returns
/// A truth value; true may also mean that they lie between each other without a common element.
///
/// # Errors
/// - `Type`: something cannot become an array.
///
/// # Source
/// `numpy.may_share_memory`
///
/// # Examples
/// ```python
/// >>> a = cp.arange(6)
/// >>> cp.may_share_memory(a, a[2:])
/// True
/// ```
#[function(signature = "(a, b, /, max_work=0)")]
pub fn may_share_memory(a: &Array, b: &Array, max_work: Option<i64>) -> Result<bool> {
    meet(a, b, max_work.unwrap_or(0)).map(|known| known.unwrap_or(true))
}

/// Whether two arrays have a byte in common; `None` where that would take more work.
fn meet(a: &Array, b: &Array, max_work: i64) -> Result<Option<bool>> {
    // What waits has no memory yet, and once it has some it is its own.
    if a.is_pending() || b.is_pending() || a.device() != b.device() {
        return Ok(Some(std::sync::Arc::ptr_eq(a.node(), b.node()) && a.size() > 0));
    }
    let bounds = |x: &Array| -> Result<(usize, usize)> {
        let (low, high) = x.layout().extent(x.dtype().size());
        let start = x.force()?.buffer.address();
        Ok((start + low, start + high))
    };
    let ((a_low, a_high), (b_low, b_high)) = (bounds(a)?, bounds(b)?);
    let overlap = a_low < a_high && b_low < b_high && a_low < b_high && b_low < a_high;
    if !overlap || max_work == 0 {
        return Ok(Some(overlap));
    }
    // A byte of `a` lies steps above its lowest one, a byte of `b` steps below its highest one: whether they can be the
    // same is whether steps of both add up to the distance of these ends.
    let mut steps: Vec<Steps> = Vec::new();
    for x in [a, b] {
        let along_axes = x.layout().shape.iter().zip(&x.layout().strides);
        steps.extend(along_axes.map(|(&n, &stride)| Steps { length: stride.unsigned_abs() as i128, most: n as i128 - 1 }));
        steps.push(Steps { length: 1, most: x.dtype().size() as i128 - 1 });
    }
    let distance = (b_high - 1) as i128 - a_low as i128;
    let mut left = if max_work < 0 { u64::MAX } else { max_work as u64 };
    Ok(adds_up(steps, distance, &mut left))
}

/// Steps of one length, of which some number up to the most is taken.
#[derive(Clone, Copy)]
struct Steps {
    length: i128,
    most: i128,
}

/// Whether steps can be taken that add up to a distance; `None` once no work is left.
fn adds_up(mut steps: Vec<Steps>, distance: i128, left: &mut u64) -> Option<bool> {
    steps.retain(|s| s.length > 0 && s.most > 0);
    steps.sort_by_key(|s| std::cmp::Reverse(s.length));
    // Steps of one length are as good as one sort with more of them.
    steps.dedup_by(|later, kept| {
        let is_same = later.length == kept.length;
        kept.most += if is_same { later.most } else { 0 };
        is_same
    });
    // For each tail of the list how far it reaches, and the divisor of whatever it reaches.
    let mut tails = vec![(0, 0)];
    for s in steps.iter().rev() {
        let (reach, divisor) = tails[tails.len() - 1];
        tails.push((reach + s.length * s.most, gcd(divisor, s.length)));
    }
    tails.reverse();
    search(&steps, &tails, distance, left)
}

fn search(steps: &[Steps], tails: &[(i128, i128)], distance: i128, left: &mut u64) -> Option<bool> {
    let (reach, divisor) = tails[0];
    let Some(first) = steps.first() else { return Some(distance == 0) };
    if distance < 0 || distance > reach || distance % divisor != 0 {
        return Some(false);
    }
    // Long steps come first, so that what the shorter ones reach leaves few numbers of them to try.
    let (rest, rest_divisor) = tails[1];
    let mut count = (distance / first.length).min(first.most);
    let fewest = if distance > rest { (distance - rest + first.length - 1) / first.length } else { 0 };
    // Only every so many of them leave a distance that the rest can divide.
    let period = if rest_divisor == 0 { 1 } else { rest_divisor / gcd(first.length, rest_divisor) };
    let mut step = 1;
    while count >= fewest {
        *left = left.checked_sub(1)?;
        let remaining = distance - count * first.length;
        if rest_divisor == 0 || remaining % rest_divisor == 0 {
            step = period;
            if search(&steps[1..], &tails[1..], remaining, left)? {
                return Some(true);
            }
        }
        count -= step;
    }
    Some(false)
}

fn gcd(a: i128, b: i128) -> i128 {
    if b == 0 { a } else { gcd(b, a % b) }
}
