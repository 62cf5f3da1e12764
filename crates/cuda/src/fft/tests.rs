//! The calls of which transforms are made, by a machine on the host that reads plans as cuFFT does.

use super::*;
use cuprous_core::DType::{C128, F64};
use cuprous_core::layout::Order;
use cuprous_core::{Device, c128};

fn buffer(n: usize) -> Buffer {
    // SAFETY: nobody reads or writes it.
    unsafe { Buffer::new(Device::CPU, 4096, n, Box::new(())) }
}

fn operand<'a>(buffer: &'a Buffer, layout: &'a Layout, dtype: DType) -> Operand<'a> {
    Operand::new(buffer, layout, dtype).unwrap_or_else(|e| panic!("{e}"))
}

#[test]
fn copies_compile() {
    if crate::compile::compiler().is_err() {
        // Without NVRTC there is nothing to ask.
        return;
    }
    for source in sources_of_fft() {
        if let Err(e) = crate::compile::check(&source, 90) {
            panic!("{}:\n{e}\n{}", source.entry, source.text);
        }
    }
}

/// cuFFT's reading of a plan, by plain sums on the host.
struct Host;

impl Machine for Host {
    fn allocate(&self, n_bytes: usize) -> Result<Buffer> {
        let words = vec![f64::NAN; 2 * n_bytes.div_ceil(16)].into_boxed_slice();
        let address = Box::leak(words).as_mut_ptr() as usize;
        // SAFETY: the words are never freed.
        Ok(unsafe { Buffer::new(Device::CPU, address, n_bytes, Box::new(())) })
    }

    fn copy(&self, from: &Operand, to: &Operand) -> Result<()> {
        for flat in 0..to.layout.size() {
            let bytes = at(from.address(), place(from.layout, flat)) as *const u8;
            // SAFETY: an element of each operand, which `Operand::new` checked.
            unsafe { bytes.copy_to(at(to.address(), place(to.layout, flat)) as *mut u8, to.dtype.size()) };
        }
        Ok(())
    }

    fn halve(&self, halves: &Halves, from: usize, to: usize) -> Result<()> {
        assert!(halves.is_double);
        let (m, scale) = (halves.n / 2, halves.scale);
        for line in 0..halves.n_lines {
            // SAFETY: the lines lie in operands and buffers of the test.
            let x: Vec<c128> = (0..=m).map(|k| unsafe { *(from as *const c128).add(line * (m + 1) + k) }).collect();
            let only_real = |x: c128| c128::new(x.re, 0.0);
            let n_made = if halves.n.is_multiple_of(2) { m } else { m + 1 };
            for k in 0..n_made {
                let z = match k {
                    _ if halves.n % 2 == 1 => {
                        if k == 0 {
                            only_real(x[0])
                        } else {
                            x[k]
                        }
                    }
                    0 => c128::new(x[0].re + x[m].re, x[0].re - x[m].re),
                    _ => {
                        let (even, odd) = (x[k] + x[m - k].conj(), x[k] - x[m - k].conj());
                        even + odd * c128::from_polar(1.0, std::f64::consts::PI * k as f64 / m as f64) * c128::new(0.0, 1.0)
                    }
                };
                // SAFETY: as above.
                unsafe { *(to as *mut c128).add(line * n_made + k) = z * scale };
            }
        }
        Ok(())
    }

    fn execute(&self, key: &Key, from: usize, to: usize) -> Result<()> {
        assert!(key.is_double && from.is_multiple_of(16) && to.is_multiple_of(16));
        let n: Vec<usize> = key.n.iter().map(|&n| n as usize).collect();
        let (total, last) = (n.iter().product::<usize>(), n[n.len() - 1]);
        let sign = if matches!(key.kind, FftKind::Forward | FftKind::RealForward) { -1.0 } else { 1.0 };
        // Where an element of a line is, by its index: counted in the elements of the side.
        let offset = |e: &Embed, batch: usize, index: &[usize]| {
            let inner = index.iter().zip(&e.extents).fold(0, |sum, (&i, &extent)| sum * extent + i as i64);
            (batch as i64 * e.dist + inner * e.stride) as usize
        };
        let index_of = |mut flat: usize| -> Vec<usize> {
            let mut index = vec![0; n.len()];
            for (i, &n) in index.iter_mut().zip(&n).rev() {
                (*i, flat) = (flat % n, flat / n);
            }
            index
        };
        for batch in 0..key.n_batches as usize {
            let line: Vec<c128> = (0..total)
                .map(|flat| {
                    let mut index = index_of(flat);
                    let mirrored = key.kind == FftKind::RealInverse && index[n.len() - 1] > last / 2;
                    if mirrored {
                        index[0] = last - index[0];
                    }
                    let k = offset(&key.input, batch, &index);
                    // SAFETY: elements of the operands of the test, by the layouts under test.
                    let x = unsafe {
                        if key.kind == FftKind::RealForward {
                            c128::new(*(from as *const f64).add(k), 0.0)
                        } else {
                            *(from as *const c128).add(k)
                        }
                    };
                    let is_real = index[0] == 0 || 2 * index[0] == last;
                    assert!(key.kind != FftKind::RealInverse || (n.len() == 1 && (!is_real || x.im == 0.0)));
                    if mirrored { x.conj() } else { x }
                })
                .collect();
            for flat in 0..total {
                let index = index_of(flat);
                if key.kind == FftKind::RealForward && index[n.len() - 1] > last / 2 {
                    continue;
                }
                let sum: c128 = (0..total)
                    .map(|j| {
                        let turn: f64 = index_of(j).iter().zip(&index).zip(&n).map(|((&a, &b), &n)| (a * b % n) as f64 / n as f64).sum();
                        line[j] * c128::from_polar(1.0, sign * std::f64::consts::TAU * turn)
                    })
                    .sum();
                let k = offset(&key.output, batch, &index);
                // SAFETY: as above.
                unsafe {
                    if key.kind == FftKind::RealInverse {
                        *(to as *mut f64).add(k) = sum.re;
                    } else {
                        *(to as *mut c128).add(k) = sum;
                    }
                }
            }
        }
        Ok(())
    }
}

fn at(address: usize, offset: isize) -> usize {
    address.wrapping_add_signed(offset)
}

/// The byte offset from the first element to one counted in C order.
fn place(layout: &Layout, mut flat: usize) -> isize {
    let mut offset = 0;
    for (&n, &s) in layout.shape.iter().zip(&layout.strides).rev() {
        offset += (flat % n) as isize * s;
        flat /= n;
    }
    offset
}

fn values(o: &Operand) -> Vec<c128> {
    (0..o.layout.size())
        .map(|flat| {
            let p = at(o.address(), place(o.layout, flat));
            // SAFETY: an element of the operand.
            unsafe { if o.dtype == F64 { c128::new(*(p as *const f64), 0.0) } else { *(p as *const c128) } }
        })
        .collect()
}

/// One axis at a time by plain sums; of real results the whole line of the halved axis is made of its half.
fn wanted(kind: FftKind, axes: &[usize], shape: &[usize], out_shape: &[usize], mut x: Vec<c128>) -> Vec<c128> {
    let mut shape = shape.to_vec();
    let halved = axes[axes.len() - 1];
    let order: Vec<usize> = if kind == FftKind::RealInverse { axes.to_vec() } else { axes.iter().rev().copied().collect() };
    let sign = if matches!(kind, FftKind::Forward | FftKind::RealForward) { -1.0 } else { 1.0 };
    for axis in order {
        let mut next = shape.clone();
        next[axis] = out_shape[axis];
        let (m, n) = (shape[axis], shape[axis].max(out_shape[axis]));
        let inner: usize = shape[axis + 1..].iter().product();
        let mut y = vec![c128::new(0.0, 0.0); next.iter().product()];
        for (flat, y) in y.iter_mut().enumerate() {
            let (low, k, high) = (flat % inner, flat / inner % next[axis], flat / inner / next[axis]);
            *y = (0..n)
                .map(|j| {
                    let of = |j: usize| x[(high * m + j) * inner + low];
                    let value = match (kind, axis == halved) {
                        (FftKind::RealInverse, true) if j == 0 || 2 * j == n => c128::new(of(j).re, 0.0),
                        (FftKind::RealInverse, true) if j >= m => of(n - j).conj(),
                        _ => of(j),
                    };
                    value * c128::from_polar(1.0, sign * std::f64::consts::TAU * (j * k % n) as f64 / n as f64)
                })
                .sum();
        }
        (x, shape) = (y, next);
    }
    x
}

#[test]
fn calls_add_up_to_transforms() {
    let queue = Queue::new(Device::CPU, 0, None);
    let shapes = [&[6, 4, 5][..], &[3, 20, 2], &[20, 3, 2], &[4, 7], &[9], &[2, 3, 4, 5], &[18, 2, 17], &[1, 6, 4]];
    let mut n_checked = 0;
    for shape in shapes {
        let n_axes = shape.len();
        let axis_sets: Vec<Vec<usize>> = (1..1_usize << n_axes)
            .map(|bits| (0..n_axes).filter(|k| bits >> k & 1 == 1 && shape[*k] > 1).collect::<Vec<_>>())
            .filter(|axes| !axes.is_empty())
            .flat_map(|axes| [axes.clone(), axes.into_iter().rev().collect()])
            .collect();
        for axes in axis_sets {
            for kind in [FftKind::Forward, FftKind::Inverse, FftKind::RealForward, FftKind::RealInverse] {
                let (mut from, mut to) = (shape.to_vec(), shape.to_vec());
                let half = shape[axes[axes.len() - 1]] / 2 + 1;
                match kind {
                    FftKind::RealForward => to[axes[axes.len() - 1]] = half,
                    FftKind::RealInverse => from[axes[axes.len() - 1]] = half,
                    _ => {}
                }
                let (in_type, out_type) = match kind {
                    FftKind::RealForward => (F64, C128),
                    FftKind::RealInverse => (C128, F64),
                    _ => (C128, C128),
                };
                for variant in 0..5 {
                    let order = if variant == 1 { Order::F } else { Order::C };
                    let mut layout = Layout::contiguous(&from, in_type.size(), order);
                    // Every second element, backwards, and at an odd place.
                    match variant {
                        2 => layout.strides.iter_mut().for_each(|s| *s *= 2),
                        3 => {
                            layout.offset = (layout.shape[0] - 1) * layout.strides[0] as usize;
                            layout.strides[0] *= -1;
                        }
                        4 => layout.offset = 8,
                        _ => {}
                    }
                    let room = 16 + 4 * layout.size() * in_type.size();
                    let memory = Host.allocate(room).unwrap_or_else(|e| panic!("{e}"));
                    for k in 0..room / 8 {
                        // SAFETY: the buffer has so many words.
                        unsafe { *(memory.address() as *mut f64).add(k) = ((k * 37 + k / 5) % 23) as f64 - 11.0 };
                    }
                    let out_layout = Layout::contiguous(&to, out_type.size(), order);
                    let out = Host.allocate(out_layout.size() * out_type.size()).unwrap_or_else(|e| panic!("{e}"));
                    let (input, output) = (operand(&memory, &layout, in_type), operand(&out, &out_layout, out_type));
                    let (before, axes) = (values(&input), &axes[..]);
                    let may_destroy_input = variant == 0 && n_checked % 2 == 0;
                    let spec = FftSpec { kind, axes, input, output, scale: 1.0, may_destroy_input, queue: &queue };
                    spec.check().and_then(|()| transform(&Host, &spec)).unwrap_or_else(|e| panic!("{e}"));
                    assert!(may_destroy_input || values(&input) == before, "{kind:?} {shape:?} {axes:?} {variant}: the input changed");
                    let want = wanted(kind, axes, &from, &to, before);
                    for (k, (got, want)) in values(&output).iter().zip(&want).enumerate() {
                        // Of real results what is imaginary is rounding alone.
                        let error = if out_type == F64 { (got.re - want.re).abs() } else { (got - want).norm() };
                        assert!(error < 1e-9, "{kind:?} {shape:?} {axes:?} {variant} at {k}: {got} for {want}");
                    }
                    n_checked += 1;
                }
            }
        }
    }
    assert!(n_checked > 1000);
}

#[test]
fn orders_of_packed_axes() {
    let c = Layout::contiguous(&[2, 3, 4], 8, Order::C);
    let f = Layout::contiguous(&[2, 3, 4], 8, Order::F);
    assert_eq!(outer_first(&c, None)[..], [0, 1, 2]);
    assert_eq!(outer_first(&f, None)[..], [2, 1, 0]);
    assert_eq!(outer_first(&c, Some(0))[..], [1, 2, 0]);
    assert!(is_packed(&c, &[0, 1, 2], 8) && !is_packed(&c, &[1, 2, 0], 8) && is_packed(&f, &[2, 1, 0], 8));
    let lines = packed(&[2, 3, 4], &[1, 2, 0], DType::C64);
    assert_eq!(lines.strides[..], [8, 64, 16]);
    assert!(is_packed(&lines, &[1, 2, 0], 8));
}

#[test]
fn lines_are_counted_where_they_are() {
    let memory = buffer(1 << 16);
    let c = Layout::contiguous(&[6, 5, 4], 16, Order::C);
    let all = operand(&memory, &c, DType::C128);
    let of = |axis: usize| strided(FftKind::Forward, axis, &outer_first(&c, Some(axis)), &all, &all);
    // The last axis: 30 lines side by side; the first: 20; the middle one: 4 lines, for each of 6.
    assert_eq!(of(2), Some(Strided { batch: (30, [64, 64]), loops: smallvec![] }));
    assert_eq!(of(0), Some(Strided { batch: (20, [16, 16]), loops: smallvec![] }));
    assert_eq!(of(1), Some(Strided { batch: (4, [16, 16]), loops: smallvec![(6, [320, 320])] }));
    // Half of the results of real numbers.
    let (real, half) = (Layout::contiguous(&[6, 8], 8, Order::C), Layout::contiguous(&[6, 5], 16, Order::C));
    let (real, half) = (operand(&memory, &real, DType::F64), operand(&memory, &half, DType::C128));
    let got = strided(FftKind::RealForward, 1, &[0, 1], &real, &half);
    assert_eq!(got, Some(Strided { batch: (6, [64, 80]), loops: smallvec![] }));
    // Backwards or broadcast: not where they are.
    let back = Layout { strides: smallvec![-64, 8], offset: 320, ..real.layout.clone() };
    assert_eq!(strided(FftKind::RealForward, 1, &[0, 1], &operand(&memory, &back, DType::F64), &half), None);
    let same = Layout { strides: smallvec![0, 8], ..real.layout.clone() };
    assert_eq!(strided(FftKind::RealForward, 1, &[0, 1], &operand(&memory, &same, DType::F64), &half), None);
}
