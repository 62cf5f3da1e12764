//! Residuals of each decomposition, beyond the sizes at which algorithms change.

use super::*;

/// A matrix column by column, of numbers without a pattern.
fn sample(m: usize, n: usize) -> Vec<c128> {
    let mut state = 88172645463325252_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1_u64 << 53) as f64 - 0.5
    };
    (0..m * n).map(|_| c128::new(next(), next())).collect()
}

fn times(a: &[c128], b: &[c128], [m, k, n]: [usize; 3]) -> Vec<c128> {
    let entry = |at: usize| (0..k).map(|l| a[l * m + at % m] * b[at / m * k + l]).sum();
    (0..m * n).map(entry).collect()
}

fn adjoint(a: &[c128], [m, n]: [usize; 2]) -> Vec<c128> {
    (0..m * n).map(|at| a[at / n + (at % n) * m].conj()).collect()
}

fn distance(a: &[c128], b: &[c128]) -> f64 {
    a.iter().zip(b).map(|(x, y)| (x - y).norm()).fold(0.0, f64::max)
}

fn identity(n: usize) -> Vec<c128> {
    (0..n * n).map(|at| c128::new(f64::from(u8::from(at % n == at / n)), 0.0)).collect()
}

#[test]
fn qr_multiplies_to_the_matrix() {
    for (m, n) in [(1, 1), (5, 3), (3, 5), (70, 70), (100, 67), (40, 90)] {
        let a = sample(m, n);
        let k = m.min(n);
        let (mut f, mut tau) = (a.clone(), vec![c128::new(0.0, 0.0); k]);
        let mut q = vec![c128::new(7.0, 0.0); m * m];
        // SAFETY: vectors of our own of these sizes.
        unsafe {
            qr(DType::C128, f.as_mut_ptr() as usize, [m, n], tau.as_mut_ptr() as usize);
            q[..m * k].copy_from_slice(&f[..m * k]);
            form_q(DType::C128, q.as_mut_ptr() as usize, [m, m], tau.as_mut_ptr() as usize, k);
        }
        let r: Vec<c128> = (0..m * n).map(|at| if at % m <= at / m { f[at] } else { c128::new(0.0, 0.0) }).collect();
        assert!((0..k).all(|j| r[j * m + j].im == 0.0));
        assert!(distance(&times(&q, &r, [m, m, n]), &a) < 1e-13);
        assert!(distance(&times(&adjoint(&q, [m, m]), &q, [m, m, m]), &identity(m)) < 1e-13);
    }
}

#[test]
fn lu_solves_both_ways() {
    for n in [1, 2, 17, 90] {
        let (a, x) = (sample(n, n), sample(n, 3));
        let (mut f, mut pivots) = (a.clone(), vec![0_i32; n]);
        let transposed: Vec<c128> = adjoint(&a, [n, n]).iter().map(|z| z.conj()).collect();
        let square = Square { dtype: DType::C128, address: f.as_mut_ptr() as usize, n };
        // SAFETY: vectors of our own of these sizes.
        assert_eq!(unsafe { lu(square, pivots.as_mut_ptr() as usize, &mut Workspace::default()) }, 0);
        for (is_transposed, a) in [(false, &a), (true, &transposed)] {
            let mut b = times(a, &x, [n, n, 3]);
            // SAFETY: as above.
            unsafe { lu_solve(square, pivots.as_mut_ptr() as usize, is_transposed, b.as_mut_ptr() as usize, 3) };
            assert!(distance(&b, &x) < 1e-10, "{n} {is_transposed}");
        }
    }
}

#[test]
fn a_vanishing_pivot_is_told() {
    let mut a = [1.0_f64, 2.0, 2.0, 4.0];
    let mut pivots = [0; 2];
    let square = Square { dtype: DType::F64, address: a.as_mut_ptr() as usize, n: 2 };
    // SAFETY: arrays of our own.
    assert_eq!(unsafe { lu(square, pivots.as_mut_ptr() as usize, &mut Workspace::default()) }, 2);
    assert_eq!(pivots, [2, 2]);
}

#[test]
fn pairs_of_a_real_matrix_hold_real_and_imaginary_part() {
    for n in [2, 5, 40, 120] {
        let a: Vec<f64> = sample(n, n).iter().map(|z| z.re).collect();
        let (mut copy, mut v, mut w) = (a.clone(), vec![0.0; n * n], vec![c128::new(0.0, 0.0); n]);
        let square = Square { dtype: DType::F64, address: copy.as_mut_ptr() as usize, n };
        // SAFETY: vectors of our own of these sizes.
        assert!(unsafe { eig(square, w.as_mut_ptr() as usize, Some(v.as_mut_ptr() as usize), &mut Workspace::default()) });
        let a: Vec<c128> = a.iter().map(|&x| c128::new(x, 0.0)).collect();
        let mut j = 0;
        while j < n {
            let is_pair = w[j].im != 0.0;
            assert!(w[j].im >= 0.0);
            let x: Vec<c128> = (0..n).map(|i| c128::new(v[j * n + i], if is_pair { v[(j + 1) * n + i] } else { 0.0 })).collect();
            let want: Vec<c128> = x.iter().map(|z| z * w[j]).collect();
            assert!(distance(&times(&a, &x, [n, n, 1]), &want) < 1e-11, "{n} {j}");
            let length: f64 = x.iter().map(|z| z.norm_sqr()).sum();
            assert!((length - 1.0).abs() < 1e-13);
            if is_pair {
                assert_eq!(w[j + 1], w[j].conj());
            }
            j += if is_pair { 2 } else { 1 };
        }
    }
}

#[test]
fn hermitian_and_singular_values() {
    for n in [1, 2, 3, 40, 150] {
        let b = sample(n, n);
        let h: Vec<c128> = b.iter().zip(adjoint(&b, [n, n])).map(|(x, y)| x + y).collect();
        for triangle in [Triangle::Lower, Triangle::Upper] {
            let (mut v, mut w) = (h.clone(), vec![0.0; n]);
            // The other triangle is not read.
            (0..n * n)
                .filter(|at| (at % n < at / n) == (triangle == Triangle::Lower) && at % n != at / n)
                .for_each(|at| v[at] = c128::new(f64::NAN, 0.0));
            let square = Square { dtype: DType::C128, address: v.as_mut_ptr() as usize, n };
            // SAFETY: vectors of our own of these sizes.
            assert!(unsafe { eigh(square, triangle, w.as_mut_ptr() as usize, true, &mut Workspace::default()) });
            let scaled: Vec<c128> = (0..n * n).map(|at| v[at] * w[at / n]).collect();
            assert!(distance(&times(&h, &v, [n, n, n]), &scaled) < 1e-12);
            assert!(w.is_sorted());
        }
        for m in [n, n + 1, 3 * n] {
            let a = sample(m, n);
            for u_columns in [n, m] {
                let (mut copy, mut u, mut v, mut s) = (a.clone(), sample(m, u_columns), sample(n, n), vec![0.0; n]);
                let vectors = SingularVectors { u: u.as_mut_ptr() as usize, u_columns, v: v.as_mut_ptr() as usize };
                // SAFETY: as above.
                assert!(unsafe {
                    svd(DType::C128, copy.as_mut_ptr() as usize, [m, n], s.as_mut_ptr() as usize, Some(vectors), &mut Workspace::default())
                });
                let us: Vec<c128> = (0..m * n).map(|at| u[at] * s[at / m]).collect();
                assert!(distance(&times(&us, &adjoint(&v, [n, n]), [m, n, n]), &a) < 1e-12, "{m} {n} {u_columns}");
                assert!(distance(&times(&adjoint(&u, [m, u_columns]), &u, [u_columns, m, u_columns]), &identity(u_columns)) < 1e-13);
            }
        }
    }
}

#[test]
fn cholesky_of_either_triangle() {
    for n in [1, 4, 70] {
        let b = sample(n, n);
        let p: Vec<c128> = times(&b, &adjoint(&b, [n, n]), [n, n, n]).iter().zip(identity(n)).map(|(x, y)| x + y).collect();
        for triangle in [Triangle::Lower, Triangle::Upper] {
            let mut f = p.clone();
            let square = Square { dtype: DType::C128, address: f.as_mut_ptr() as usize, n };
            // SAFETY: a vector of our own.
            assert!(unsafe { cholesky(square, triangle, &mut Workspace::default()) });
            let keeps = |at: usize| if triangle == Triangle::Lower { at % n >= at / n } else { at % n <= at / n };
            let t: Vec<c128> = (0..n * n).map(|at| if keeps(at) { f[at] } else { c128::new(0.0, 0.0) }).collect();
            let back = if triangle == Triangle::Lower {
                times(&t, &adjoint(&t, [n, n]), [n, n, n])
            } else {
                times(&adjoint(&t, [n, n]), &t, [n, n, n])
            };
            assert!(distance(&back, &p) < 1e-12);
        }
        let mut f: Vec<c128> = p.iter().map(|z| -z).collect();
        let square = Square { dtype: DType::C128, address: f.as_mut_ptr() as usize, n };
        // SAFETY: a vector of our own.
        assert!(!unsafe { cholesky(square, Triangle::Lower, &mut Workspace::default()) });
    }
}
