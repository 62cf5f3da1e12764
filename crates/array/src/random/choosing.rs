//! Permutations and choices.

use super::integers::{Bound, IntegerOptions};
use super::{DrawOptions, Generator, apply_row, at_once};
use crate::array::Array;
use crate::creation::ramp;
use crate::engine::Input;
use crate::function::Places;
use crate::indexing::functions::{take, take_along_axis};
use crate::math;
use crate::sorting::ordering::argsort;
use crate::sorting::searching::searchsorted;
use cuprous_core::indexing::IndexMode;
use cuprous_core::layout::Slice;
use cuprous_core::shape::normalize_axis;
use cuprous_core::{DType, Device, Result, Scalar};
use cuprous_ops::sampling;

/// What is chosen.
pub struct ChoiceOptions<'a> {
    /// How many, in which shape
    pub size: &'a [usize],
    /// Whether an element can be chosen again
    pub replaces: bool,
    /// The probability of each
    pub probabilities: Option<&'a Array>,
    /// Where
    pub device: Option<Device>,
}

impl Generator {
    /// The first `n_taken` places of a permutation of `n` numbers.
    ///
    /// # Errors
    /// `Memory`, `Device`, `Compile`.
    pub fn permutation(&self, n: usize, n_taken: usize, device: Option<Device>) -> Result<Array> {
        let (seed, block) = self.take(1);
        let place = ramp(&[n_taken.min(n)], &[1], 0, device)?;
        let (seed, block, n) = (seed as i64, block as i64, n as i64);
        let scalar = |x: i64| Input::Scalar(Scalar::from(x));
        let order = if n > sampling::choosing::EXCHANGED {
            // One for all elements, so that they are not made for each.
            let [a, b, c, d] = sampling::choosing::keys(block, seed).map(i64::from);
            apply_row(&sampling::PERMUTED_LONG, place.shape(), &[scalar(b << 32 | a), scalar(d << 32 | c), (&place).into(), scalar(n)])?
        } else {
            apply_row(&sampling::PERMUTED, place.shape(), &[scalar(block), scalar(seed), (&place).into(), scalar(n)])?
        };
        at_once(order)
    }

    /// The elements of an array in random order along an axis; lines stay whole.
    ///
    /// # Errors
    /// `Axis` for an axis that is not there; `Memory`.
    pub fn shuffled(&self, a: &Array, axis: isize) -> Result<Array> {
        let axis = normalize_axis(axis, a.n_axes())?;
        let order = self.permutation(a.shape()[axis], a.shape()[axis], Some(a.device()))?;
        take(a, Places { array: &order, is_known: false }, Some(axis as isize), None, IndexMode::Wrap)
    }

    /// The elements of an array in random order, in each line along an axis another one; or all in one.
    ///
    /// # Errors
    /// `Axis` for an axis that is not there; `Memory`.
    pub fn permuted(&self, a: &Array, axis: Option<isize>) -> Result<Array> {
        let Some(axis) = axis else {
            let shape: Vec<isize> = a.shape().iter().map(|&n| n as isize).collect();
            return self.shuffled(&a.reshape(&[-1])?, 0)?.reshape(&shape);
        };
        let axis = normalize_axis(axis, a.n_axes())?;
        let n = a.shape()[axis];
        if a.size() == 0 {
            return a.copy();
        }
        let (seed, first) = self.take((a.size() / n) as u64);
        // Each line has a block of its own.
        let mut line_steps = vec![0; a.n_axes()];
        let mut step = 1;
        for k in (0..a.n_axes()).rev().filter(|&k| k != axis) {
            line_steps[k] = step;
            step *= a.shape()[k] as isize;
        }
        let mut place_steps = vec![0; a.n_axes()];
        place_steps[axis] = 1;
        let block = ramp(a.shape(), &line_steps, first as i64, Some(a.device()))?;
        let place = ramp(a.shape(), &place_steps, 0, Some(a.device()))?;
        let scalar = |x: i64| Input::Scalar(Scalar::from(x));
        let order = apply_row(&sampling::PERMUTED, a.shape(), &[(&block).into(), scalar(seed as i64), (&place).into(), scalar(n as i64)])?;
        take_along_axis(a, &order, Some(axis as isize))
    }

    /// Places among `n`, chosen alike or by probabilities.
    ///
    /// # Errors
    /// `Memory`, `Device`, `Compile`. Whether the choice is possible, the caller has checked.
    pub fn choice(&self, n: usize, options: &ChoiceOptions) -> Result<Array> {
        let n_taken: usize = options.size.iter().product();
        let shape: Vec<isize> = options.size.iter().map(|&n| n as isize).collect();
        match (options.probabilities, options.replaces) {
            (None, true) => {
                let draw = DrawOptions { size: Some(options.size), dtype: Some(DType::I64), device: options.device };
                let integers = IntegerOptions { draw, includes_high: false, name: "choice" };
                // Of nothing nothing is chosen.
                self.integers(&Bound::Number(0), &Bound::Number(n.max(1) as i128), &integers)
            }
            (None, false) => self.permutation(n, n_taken, options.device)?.reshape(&shape),
            (Some(p), true) => {
                let sums = p.cumsum(None, Some(DType::F64))?;
                let total = sums.slice(&[Slice::Range(Some(-1), None, 1)])?;
                let sums = math::divide(&sums, &total)?;
                let draw = DrawOptions { size: Some(&[n_taken]), dtype: None, device: Some(p.device()) };
                let u = self.distribution("random", &[], &draw)?;
                searchsorted(&sums, (&u).into(), "right", None)?.reshape(&shape)
            }
            (Some(p), false) => {
                // Exponential times with the probabilities as rates: the order in which they come is the choice.
                let draw = DrawOptions { size: Some(&[n]), dtype: None, device: Some(p.device()) };
                let times = math::divide(&self.distribution("standard_exponential", &[], &draw)?, p)?;
                argsort(&times, None, None, None, Some(true))?
                    .slice(&[Slice::Range(None, Some(n_taken as isize), 1)])?
                    .copy()?
                    .reshape(&shape)
            }
        }
    }
}
