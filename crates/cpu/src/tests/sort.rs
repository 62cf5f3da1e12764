//! Sorts, searches and counts give the same with any number of threads.

use super::testing::{Dice, array, buffer, bytes_of, c_order, on, queue, read, whole};
use crate::sort;
use cuprous_core::layout::Order;
use cuprous_core::sorting::SelectSpec;
use cuprous_core::sorting::Side;
use cuprous_core::{CountSpec, DType, Element, Layout, SearchSpec, SortSpec, c64, f16};
use std::cmp::Ordering;

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
        kth: None,
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

/// What a sort gives: values, places or both, of all or of some places.
fn outputs<T: Element>(n_threads: usize, x: &[T], n: usize, wanted: [bool; 2], kth: Option<&[usize]>) -> (Vec<T>, Vec<i64>) {
    let (input, values, places) = (array(x), buffer(size_of_val(x)), buffer(8 * x.len()));
    let (layout, wide) = (c_order(&[x.len() / n, n], size_of::<T>()), c_order(&[x.len() / n, n], 8));
    let queue = queue();
    let spec = SortSpec {
        input: whole(&input, &layout, T::DTYPE),
        values: wanted[0].then(|| whole(&values, &layout, T::DTYPE)),
        places: wanted[1].then(|| whole(&places, &wide, DType::I64)),
        kth,
        queue: &queue,
    };
    sort::run(&on(n_threads), &spec).unwrap_or_else(|e| panic!("{e}"));
    assert!(bytes_of(&read::<T>(&input, x.len())) == bytes_of(x), "the input changed");
    (if wanted[0] { read(&values, x.len()) } else { Vec::new() }, if wanted[1] { read(&places, x.len()) } else { Vec::new() })
}

fn selected<T: Element>(n_threads: usize, x: &[T], n: usize, ranks: &[usize]) -> Vec<T> {
    let n_rows = x.len() / n;
    let (input, values) = (array(x), buffer(n_rows * ranks.len() * size_of::<T>()));
    let (from, to) = (c_order(&[n_rows, n], size_of::<T>()), c_order(&[n_rows, ranks.len()], size_of::<T>()));
    let queue = queue();
    let spec = SelectSpec { input: whole(&input, &from, T::DTYPE), ranks, values: whole(&values, &to, T::DTYPE), queue: &queue };
    sort::select(&on(n_threads), &spec).unwrap_or_else(|e| panic!("{e}"));
    read(&values, n_rows * ranks.len())
}

/// Rows of several lengths and kinds: spread, few different ones, rising, falling, equal, and one far from the others.
fn rows<T: Element>(dice: &mut Dice, n: usize, kind: usize, make: &impl Fn(u64) -> T) -> Vec<T> {
    let mut wide = || (dice.below(1 << 31) as u64) << 33 ^ (dice.below(1 << 31) as u64) << 11 ^ dice.below(1 << 31) as u64;
    let number = |k: usize| match kind {
        0 => wide(),
        1 => wide() % 5,
        2 => k as u64,
        3 => (n - k) as u64,
        4 => 7,
        _ => {
            if k == n / 2 {
                u64::MAX
            } else {
                wide() % 1000
            }
        }
    };
    (0..n).map(number).map(make).collect()
}

fn any_row<T: Element>(make: impl Fn(u64) -> T, compare: impl Fn(&T, &T) -> Ordering) {
    let mut dice = Dice(size_of::<T>() as u64);
    for n in [1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 33, 64, 100, 127, 128, 129, 255, 256, 257, 300, 1000, 4097, 70_001, 140_000] {
        for kind in 0..6 {
            let n_rows = if n < 300 { 1 + dice.below(5) } else { 1 };
            let x: Vec<T> = (0..n_rows).flat_map(|_| rows(&mut dice, n, kind, &make)).collect();
            let mut want_places: Vec<i64> = Vec::new();
            for row in x.chunks(n) {
                let mut places: Vec<i64> = (0..n as i64).collect();
                places.sort_by(|&a, &b| compare(&row[a as usize], &row[b as usize]));
                want_places.extend(places);
            }
            let want: Vec<T> = want_places.iter().enumerate().map(|(k, &p)| x[k / n * n + p as usize]).collect();
            let mut ranks: Vec<usize> = (0..1 + dice.below(3)).map(|_| dice.below(n)).collect();
            ranks.sort_unstable();
            ranks.dedup();
            let mut parted = None;
            for n_threads in [1, 3] {
                let what = format!("{} rows of {n}, kind {kind}, {n_threads} threads", T::DTYPE);
                let values = outputs(n_threads, &x, n, [true, false], None).0;
                assert!(bytes_of(&values) == bytes_of(&want), "values of {what}");
                assert!(outputs(n_threads, &x, n, [false, true], None).1 == want_places, "places of {what}");
                let (values, places) = outputs(n_threads, &x, n, [true, true], None);
                assert!(bytes_of(&values) == bytes_of(&want) && places == want_places, "both of {what}");

                let found = selected(n_threads, &x, n, &ranks);
                let equal = |a: &T, b: &T| compare(a, b) == Ordering::Equal;
                assert!(
                    found.iter().enumerate().all(|(k, f)| equal(f, &want[k / ranks.len() * n + ranks[k % ranks.len()]])),
                    "select of {what}"
                );

                let values = outputs(n_threads, &x, n, [true, false], Some(&ranks)).0;
                for (row, sorted) in values.chunks(n).zip(want.chunks(n)) {
                    for &rank in &ranks {
                        assert!(equal(&row[rank], &sorted[rank]), "{rank} of {what}");
                        assert!(row[..rank].iter().all(|v| compare(v, &row[rank]).is_le()), "{rank} of {what}");
                        assert!(row[rank..].iter().all(|v| compare(v, &row[rank]).is_ge()), "{rank} of {what}");
                    }
                    // Nothing is lost: every bit pattern is still there as often.
                    let patterns = |row: &[T]| {
                        let mut all: Vec<Vec<u8>> = row.iter().map(|v| bytes_of(std::slice::from_ref(v)).to_vec()).collect();
                        all.sort_unstable();
                        all
                    };
                    assert!(n > 5000 || patterns(row) == patterns(sorted), "elements of {what}");
                }
                let (values, places) = outputs(n_threads, &x, n, [true, true], Some(&ranks));
                let same =
                    values.iter().zip(&places).enumerate().all(|(k, (v, &p))| bytes_of(&[*v]) == bytes_of(&[x[k / n * n + p as usize]]));
                assert!(same, "parted places of {what}");
                assert!(ranks.iter().all(|&r| equal(&values[r], &want[r])), "parted places of {what}");
                // What is not wanted does not depend on threads either.
                let raw = (bytes_of(&values).to_vec(), places);
                assert!(*parted.get_or_insert_with(|| raw.clone()) == raw, "{what}");
            }
        }
    }
}

fn by_number<T: PartialOrd>(a: &T, b: &T) -> Ordering {
    let is_nan = |x: &T| x.partial_cmp(x).is_none();
    is_nan(a).cmp(&is_nan(b)).then(a.partial_cmp(b).unwrap_or(Ordering::Equal))
}

#[test]
fn rows_of_any_length_and_integer() {
    any_row(|k| k % 3 == 0, Ord::cmp);
    any_row(|k| k as u8, Ord::cmp);
    any_row(|k| k as i8, Ord::cmp);
    any_row(|k| k as u16, Ord::cmp);
    any_row(|k| k as i16, Ord::cmp);
    any_row(|k| k as u32, Ord::cmp);
    any_row(|k| k as i32, Ord::cmp);
    any_row(|k| k, Ord::cmp);
    any_row(|k| k as i64, Ord::cmp);
}

#[test]
fn rows_of_any_length_and_float() {
    // Random bits have NaN of many kinds, infinities and subnormal numbers; zeros of both signs are added.
    any_row(|k| f16::from_bits(if k % 9 == 0 { (k >> 20) as u16 & 0x8000 } else { k as u16 }), by_number);
    any_row(|k| f32::from_bits(if k % 9 == 0 { (k >> 20) as u32 & 1 << 31 } else { k as u32 }), by_number);
    any_row(|k| f64::from_bits(if k % 9 == 0 { (k << 40) & 1 << 63 } else { k }), by_number);
    any_row(|k| (k % 1000) as f32 - 500.0, by_number);
    any_row(|k| (k >> 11) as f64 * 1e-16, by_number);
}

#[test]
fn rows_of_complex_numbers() {
    let part = |k: u64| [f32::NAN, -0.0, 0.0, 1.0, -2.0, f32::INFINITY][k as usize % 6];
    any_row(
        move |k| c64::new(part(k), part(k / 6)),
        |a, b| {
            let class = |z: &c64| if z.re.is_nan() { 2 } else { u8::from(z.im.is_nan()) };
            class(a).cmp(&class(b)).then(by_number(&a.re, &b.re)).then(by_number(&a.im, &b.im))
        },
    );
}

#[test]
fn searches_of_any_length() {
    let mut dice = Dice(5);
    let queue = queue();
    let make = |k: usize| {
        if k.is_multiple_of(11) {
            f32::NAN
        } else if k.is_multiple_of(7) {
            -0.0
        } else {
            (k % 40) as f32 - 20.0
        }
    };
    for n in [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 100] {
        for n_values in [0, 1, 7, 8, 9, 100, 300] {
            let mut table: Vec<f32> = (0..n).map(|_| make(dice.below(1000))).collect();
            table.sort_by(by_number);
            let wanted: Vec<f32> = (0..n_values).map(|_| make(dice.below(1000))).collect();
            let (a, b) = (array(&table), array(&wanted));
            let (short, long) = (c_order(&[n], 4), c_order(&[n_values], 4));
            for (dtype, item) in [(DType::I64, 8), (DType::Bool, 1)] {
                let (out, layout) = (buffer(item * n_values), c_order(&[n_values], item));
                for side in [Side::Left, Side::Right] {
                    let (sorted, values) = (whole(&a, &short, DType::F32), whole(&b, &long, DType::F32));
                    let spec = SearchSpec { sorted, values, out: whole(&out, &layout, dtype), side, queue: &queue };
                    sort::search::run(&on(2), &spec).unwrap_or_else(|e| panic!("{e}"));
                    let is_before = |x: &f32, w: &f32| by_number(x, w).is_lt() || (side == Side::Right && by_number(x, w).is_eq());
                    if dtype == DType::I64 {
                        let want = wanted.iter().map(|w| table.partition_point(|x| is_before(x, w)) as i64);
                        assert!(read::<i64>(&out, n_values).into_iter().eq(want), "{n} {n_values} {side:?}");
                    } else {
                        let want = wanted.iter().map(|w| table.iter().any(|x| x == w));
                        assert!(read::<bool>(&out, n_values).into_iter().eq(want), "{n} {n_values}");
                    }
                }
            }
        }
    }
}
