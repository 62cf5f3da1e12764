//! `A = Q R` by Householder reflectors, in LAPACK's form: `Q = H_1 H_2 ...` with `H = I - tau v v^H`, the diagonal of `R` real.
//!
//! faer's own factors have another form, and skip a reflector where a column vanishes.

use super::{Field, Real, quotient};
use faer::linalg::matmul::matmul;
use faer::prelude::{Reborrow, ReborrowMut};
use faer::{Accum, Mat, MatMut, MatRef, Par};

/// Columns of a panel
const PANEL: usize = 32;
/// Elements below which a plain loop applies a reflector faster than products of matrices
const FEW: usize = 512;

pub fn factor<T: Field>(a: MatMut<'_, T>, tau: &mut [T]) {
    let mut a = a;
    let (m, n) = (a.nrows(), a.ncols());
    let k = m.min(n);
    let mut first = 0;
    while first < k {
        let last = (first + PANEL).min(k);
        for (j, tau) in tau.iter_mut().enumerate().take(last).skip(first) {
            *tau = reflector(a.rb_mut().get_mut(j.., j..j + 1));
            // The rest of the panel, column by column.
            let (done, rest) = a.rb_mut().get_mut(j.., ..last).split_at_col_mut(j + 1);
            reflect(done.rb().get(.., j..j + 1), tau.conjugate(), rest);
        }
        if last < n {
            let (panel, rest) = a.rb_mut().get_mut(first.., ..).split_at_col_mut(last);
            let block = Block::new(panel.rb().get(.., first..), &tau[first..last]);
            block.apply(rest, true);
        }
        first = last;
    }
}

pub fn form_q<T: Field>(q: MatMut<'_, T>, tau: &[T]) {
    let mut q = q;
    let (m, columns, k) = (q.nrows(), q.ncols(), tau.len());
    let unit = |q: &mut MatMut<'_, T>, j: usize| {
        for i in 0..m {
            q[(i, j)] = if i == j { T::one() } else { T::zero() };
        }
    };
    (k..columns).for_each(|j| unit(&mut q, j));
    let mut last = k;
    while last > 0 {
        let first = (last - 1) / PANEL * PANEL;
        let block = Block::new(q.rb().get(first.., first..last), &tau[first..last]);
        (first..last).for_each(|j| unit(&mut q, j));
        block.apply(q.rb_mut().get_mut(first.., first..), false);
        last = first;
    }
}

/// Makes a column `(beta, 0, ...)` by a reflector, whose vector, from its second element on, takes the place of the
/// zeros; its factor is returned.
fn reflector<T: Field>(x: MatMut<'_, T>) -> T {
    let mut x = x;
    let m = x.nrows();
    let norm = |x: &MatMut<'_, T>| {
        // In float64, with a scale where squares would overflow or vanish.
        let parts = |i: usize| (x[(i, 0)].re().to_f64(), x[(i, 0)].im().to_f64());
        let plain: f64 = (1..m).map(parts).map(|(re, im)| re * re + im * im).sum();
        if plain.is_normal() && plain.is_finite() {
            return plain.sqrt();
        }
        let scale = (1..m)
            .map(parts)
            .fold(0.0_f64, |s, (re, im)| if re.is_nan() || im.is_nan() { f64::NAN } else { s.max(re.abs()).max(im.abs()) });
        if scale == 0.0 || !scale.is_finite() {
            return scale;
        }
        scale * (1..m).map(parts).map(|(re, im)| (re / scale).powi(2) + (im / scale).powi(2)).sum::<f64>().sqrt()
    };
    let tail = norm(&x);
    let alpha = x[(0, 0)];
    if tail == 0.0 && alpha.im().to_f64() == 0.0 {
        return T::zero();
    }
    let (re, im) = (alpha.re().to_f64(), alpha.im().to_f64());
    let beta = -re.hypot(im).hypot(tail).copysign(re);
    if beta.abs() < T::Real::SAFE_MIN && beta != 0.0 {
        // Too small to divide by: the column is scaled up, and beta down again.
        let up = T::of_real(1.0 / T::Real::SAFE_MIN);
        (0..m).for_each(|i| x[(i, 0)] *= up);
        let tau = reflector(x.rb_mut());
        x[(0, 0)] = T::of_real(x[(0, 0)].re().to_f64() * T::Real::SAFE_MIN);
        return tau;
    }
    let b = T::Real::of_f64(beta);
    let tau = T::of((b - alpha.re()) / b, -alpha.im() / b);
    let scale = quotient(T::one(), alpha - T::of_real(beta));
    (1..m).for_each(|i| x[(i, 0)] *= scale);
    x[(0, 0)] = T::of_real(beta);
    tau
}

/// Applies one reflector to columns, with the factor given.
fn reflect<T: Field>(v: MatRef<'_, T>, tau: T, c: MatMut<'_, T>) {
    let mut c = c;
    let m = v.nrows();
    if tau == T::zero() || c.ncols() == 0 {
        return;
    }
    if m * c.ncols() >= FEW {
        let v = v.get(1.., ..);
        let mut w = Mat::<T>::zeros(1, c.ncols());
        matmul(w.as_mut(), Accum::Replace, v.adjoint(), c.rb().get(1.., ..), T::one(), Par::Seq);
        for j in 0..c.ncols() {
            w[(0, j)] = tau * (w[(0, j)] + c[(0, j)]);
            c[(0, j)] -= w[(0, j)];
        }
        matmul(c.rb_mut().get_mut(1.., ..), Accum::Add, v, w.as_ref(), -T::one(), Par::Seq);
        return;
    }
    for j in 0..c.ncols() {
        let mut dot = c[(0, j)];
        for i in 1..m {
            dot += v[(i, 0)].conjugate() * c[(i, j)];
        }
        let step = tau * dot;
        c[(0, j)] -= step;
        for i in 1..m {
            c[(i, j)] -= v[(i, 0)] * step;
        }
    }
}

/// Several reflectors as one: `I - V T V^H`.
struct Block<T: Field> {
    v: Mat<T>,
    t: Mat<T>,
}

impl<T: Field> Block<T> {
    /// From a panel below whose diagonal the vectors are.
    fn new(panel: MatRef<'_, T>, tau: &[T]) -> Block<T> {
        let (m, k) = (panel.nrows(), tau.len());
        let v = Mat::from_fn(m, k, |i, j| match i.cmp(&j) {
            std::cmp::Ordering::Less => T::zero(),
            std::cmp::Ordering::Equal => T::one(),
            std::cmp::Ordering::Greater => panel[(i, j)],
        });
        let mut products = Mat::<T>::zeros(k, k);
        matmul(products.as_mut(), Accum::Replace, v.as_ref().adjoint(), v.as_ref(), T::one(), Par::Seq);
        let mut t = Mat::<T>::zeros(k, k);
        for j in 0..k {
            for i in 0..j {
                let mut sum = T::zero();
                for l in i..j {
                    sum += t[(i, l)] * products[(l, j)];
                }
                t[(i, j)] = -tau[j] * sum;
            }
            t[(j, j)] = tau[j];
        }
        Block { v, t }
    }

    /// Multiplies from the left, by the adjoint if asked.
    fn apply(&self, c: MatMut<'_, T>, adjoint: bool) {
        let (k, n) = (self.t.nrows(), c.ncols());
        let (mut w, mut tw) = (Mat::<T>::zeros(k, n), Mat::<T>::zeros(k, n));
        matmul(w.as_mut(), Accum::Replace, self.v.as_ref().adjoint(), c.rb(), T::one(), Par::Seq);
        if adjoint {
            matmul(tw.as_mut(), Accum::Replace, self.t.as_ref().adjoint(), w.as_ref(), T::one(), Par::Seq);
        } else {
            matmul(tw.as_mut(), Accum::Replace, self.t.as_ref(), w.as_ref(), T::one(), Par::Seq);
        }
        matmul(c, Accum::Add, self.v.as_ref(), tw.as_ref(), -T::one(), Par::Seq);
    }
}
