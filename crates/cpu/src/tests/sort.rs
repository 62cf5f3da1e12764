//! Sorts, searches and counts give the same with any number of threads.

use super::testing::{array, buffer, on, queue, read, whole};
use crate::sort;
use cuprous_core::layout::Order;
use cuprous_core::sorting::Side;
use cuprous_core::{CountSpec, DType, Element, Layout, SearchSpec, SortSpec};

/// Numbers that look random and repeat.
fn numbers(n: usize) -> impl Iterator<Item = u64> {
    let mut state = 12345_u64;
    (0..n).map(move |_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state >> 33
    })
}

fn sorted<T: Element>(n_threads: usize, x: &[T], n: usize) -> (Vec<T>, Vec<i64>) {
    let (input, values, places) = (array(x), buffer(size_of_val(x)), buffer(8 * x.len()));
    let shape = [x.len() / n, n];
    let layout = Layout::contiguous(&shape, size_of::<T>(), Order::C);
    let wide = Layout::contiguous(&shape, 8, Order::C);
    let queue = queue();
    let spec = SortSpec {
        input: whole(&input, &layout, T::DTYPE),
        values: Some(whole(&values, &layout, T::DTYPE)),
        places: Some(whole(&places, &wide, DType::I64)),
        queue: &queue,
    };
    sort::run(&on(n_threads), &spec).unwrap_or_else(|e| panic!("{e}"));
    (read(&values, x.len()), read(&places, x.len()))
}

#[test]
fn sorts_do_not_depend_on_threads() {
    let special = [f32::NAN, -f32::NAN, f32::INFINITY, 0.0, -0.0];
    for (n_rows, n) in [(1, 200_000), (2, 70_000), (9, 600), (300, 7), (40, 100)] {
        let x: Vec<f32> =
            numbers(n_rows * n).map(|k| if k % 10 == 0 { special[k as usize / 10 % 5] } else { (k % 1000) as f32 - 500.0 }).collect();
        let mut want: Vec<i64> = Vec::new();
        for row in x.chunks(n) {
            let mut places: Vec<i64> = (0..n as i64).collect();
            let at = |k: i64| row[k as usize];
            places
                .sort_by(|&a, &b| at(a).is_nan().cmp(&at(b).is_nan()).then(at(a).partial_cmp(&at(b)).unwrap_or(std::cmp::Ordering::Equal)));
            want.extend(places);
        }
        for n_threads in [1, 2, 5] {
            let (values, places) = sorted(n_threads, &x, n);
            assert!(places == want, "{n_rows} rows of {n} on {n_threads} threads");
            let moved = values.iter().zip(&places).enumerate();
            assert!({ moved }.all(|(k, (v, &p))| v.to_bits() == x[k / n * n + p as usize].to_bits()));
        }
        let y: Vec<i64> = numbers(n_rows * n).map(|k| (k as i64 - (1 << 30)) << (k % 20)).collect();
        let mut want = y.clone();
        want.chunks_mut(n).for_each(<[i64]>::sort_unstable);
        for n_threads in [1, 2, 5] {
            assert!(sorted(n_threads, &y, n).0 == want, "{n_rows} rows of {n} on {n_threads} threads");
        }
    }
}

#[test]
fn searches_and_counts_do_not_depend_on_threads() {
    let mut table: Vec<i64> = numbers(1000).map(|k| k as i64 % 300).collect();
    table.sort_unstable();
    let wanted: Vec<i64> = numbers(100_000).map(|k| k as i64 % 320 - 10).collect();
    let (a, b, out) = (array(&table), array(&wanted), buffer(8 * wanted.len()));
    let (short, long) = (Layout::contiguous(&[1000], 8, Order::C), Layout::contiguous(&[wanted.len()], 8, Order::C));
    let queue = queue();
    for n_threads in [1, 2, 5] {
        for side in [Side::Left, Side::Right] {
            let spec = SearchSpec {
                sorted: whole(&a, &short, DType::I64),
                values: whole(&b, &long, DType::I64),
                out: whole(&out, &long, DType::I64),
                side,
                queue: &queue,
            };
            sort::search::run(&on(n_threads), &spec).unwrap_or_else(|e| panic!("{e}"));
            let found: Vec<i64> = read(&out, wanted.len());
            assert!(
                found
                    .iter()
                    .zip(&wanted)
                    .all(|(&f, &w)| f as usize == table.partition_point(|&x| x < w || (side == Side::Right && x == w)))
            );
        }
        for n_bins in [1, 300, 5000] {
            let (counts, bins) = (buffer(8 * n_bins), Layout::contiguous(&[n_bins], 8, Order::C));
            let spec = CountSpec { numbers: whole(&b, &long, DType::I64), out: whole(&counts, &bins, DType::I64), queue: &queue };
            sort::count::run(&on(n_threads), &spec).unwrap_or_else(|e| panic!("{e}"));
            let found: Vec<i64> = read(&counts, n_bins);
            assert!(found.iter().enumerate().all(|(k, &c)| c as usize == wanted.iter().filter(|&&w| w == k as i64).count()));
        }
    }
}
