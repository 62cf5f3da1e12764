//! Sorting rows: many on all threads, or one after the other with all threads on each.
//!
//! Real elements are sorted as keys by vectors (`values`, `places`). Complex ones, and rows of 2^32 elements and more with
//! their places, are sorted byte by byte of their keys if they are long, else by comparing. All keep the order of equal
//! elements, so the result is the same however the work is cut.

pub mod count;
mod keyed;
mod lanes;
mod order;
mod places;
mod quick;
pub mod search;
mod values;

use crate::locks;
use crate::memory::Shared;
use crate::threads::Threads;
use cuprous_core::{DType, Error, Operand, Result, SelectSpec, SortSpec, f16, with_dtype};
use order::{Ordered, Placed};
use places::PlacedRows;
use smallvec::SmallVec;
use std::sync::atomic::AtomicBool;

/// Rows of fewer elements than this for each byte of a key are sorted by comparing.
const SHORT: usize = 16;
/// Rows from this length on are shared by all threads, unless there are many.
const LONG: usize = 1 << 16;

/// Runs with `$t` as the type of the elements that have keys; truth values are bytes.
macro_rules! keyed {
    ($dtype:expr, $t:ident => $run:expr, else $rest:expr) => {
        match $dtype {
            DType::Bool | DType::U8 => keyed!(@ $t, u8, $run),
            DType::I8 => keyed!(@ $t, i8, $run),
            DType::U16 => keyed!(@ $t, u16, $run),
            DType::I16 => keyed!(@ $t, i16, $run),
            DType::U32 => keyed!(@ $t, u32, $run),
            DType::I32 => keyed!(@ $t, i32, $run),
            DType::U64 => keyed!(@ $t, u64, $run),
            DType::I64 => keyed!(@ $t, i64, $run),
            DType::F16 => keyed!(@ $t, f16, $run),
            DType::F32 => keyed!(@ $t, f32, $run),
            DType::F64 => keyed!(@ $t, f64, $run),
            DType::C64 | DType::C128 => $rest,
        }
    };
    (@ $t:ident, $type:ty, $run:expr) => {{
        type $t = $type;
        $run
    }};
}

/// Sorts rows.
pub fn run(threads: &Threads, spec: &SortSpec) -> Result<()> {
    spec.check()?;
    let shape = &spec.input.layout.shape;
    let (n_rows, n) = (shape[0], shape[1]);
    if n_rows == 0 || n == 0 {
        return Ok(());
    }
    let outputs: SmallVec<[Operand; 2]> = spec.values.into_iter().chain(spec.places).collect();
    let _held = locks::hold(&outputs, &[spec.input]);
    let rows = Rows {
        n_rows,
        n,
        input: Shared(spec.input.address() as *mut u8),
        values: spec.values.map(|o| Shared(o.address() as *mut u8)),
        places: spec.places.map(|o| Shared(o.address() as *mut u8)),
    };
    if let Some(done) = by_keys(threads, spec, &rows) {
        return done;
    }
    with_dtype!(spec.input.dtype, T => {
        match (rows.places.is_some(), u32::try_from(n)) {
            (false, _) => rows.sort::<T>(threads),
            (true, Ok(_)) => rows.sort::<Placed<T, u32>>(threads),
            (true, Err(_)) => rows.sort::<Placed<T, u64>>(threads),
        }
    })
}

/// Sorts rows of real elements; none of other rows.
fn by_keys(threads: &Threads, spec: &SortSpec, rows: &Rows) -> Option<Result<()>> {
    let shape = [rows.n_rows, rows.n];
    if let Some(places) = rows.places {
        let rows = PlacedRows { shape, input: rows.input, values: rows.values, places, wanted: spec.kth };
        u32::try_from(shape[1]).ok()?;
        // SAFETY: `SortSpec` checked that all are packed and aligned, and the locks are held.
        return unsafe {
            match spec.input.dtype {
                DType::Bool | DType::U8 => Some(places::narrow::<u8>(threads, &rows)),
                DType::I8 => Some(places::narrow::<i8>(threads, &rows)),
                DType::U16 => Some(places::narrow::<u16>(threads, &rows)),
                DType::I16 => Some(places::narrow::<i16>(threads, &rows)),
                DType::U32 => Some(places::narrow::<u32>(threads, &rows)),
                DType::I32 => Some(places::narrow::<i32>(threads, &rows)),
                DType::F16 => Some(places::narrow::<f16>(threads, &rows)),
                DType::F32 => Some(places::narrow::<f32>(threads, &rows)),
                DType::U64 => Some(places::wide::<u64>(threads, &rows)),
                DType::I64 => Some(places::wide::<i64>(threads, &rows)),
                DType::F64 => Some(places::wide::<f64>(threads, &rows)),
                DType::C64 | DType::C128 => None,
            }
        };
    }
    let values = rows.values?;
    // SAFETY: as above.
    keyed!(spec.input.dtype, T => Some(unsafe { values::rows::<T>(threads, shape, rows.input, values, spec.kth) }), else None)
}

/// Finds elements by their places in sorted rows.
pub fn select(threads: &Threads, spec: &SelectSpec) -> Result<()> {
    spec.check()?;
    let shape = &spec.input.layout.shape;
    let (n_rows, n, n_ranks) = (shape[0], shape[1], spec.ranks.len());
    if n_rows == 0 || n_ranks == 0 {
        return Ok(());
    }
    let _held = locks::hold(&[spec.values], &[spec.input]);
    let output = Shared(spec.values.address() as *mut u8);
    let input = Shared(spec.input.address() as *mut u8);
    // SAFETY: `SelectSpec` checked that both are packed and aligned and that ranks lie inside the rows; the locks are held.
    let done = keyed!(spec.input.dtype, T => Some({
        // SAFETY: as above.
        unsafe { values::select::<T>(threads, [n_rows, n], input, output, spec.ranks) }
    }), else None);
    if let Some(done) = done {
        return done;
    }
    with_dtype!(spec.input.dtype, T => {
        let sorted = room::<T>(n_rows * n)?;
        let values = Shared(sorted.as_ptr() as *mut u8);
        Rows { n_rows, n, input, values: Some(values), places: None }.sort::<T>(threads)?;
        let item = size_of::<T>();
        for row in 0..n_rows {
            for (k, &rank) in spec.ranks.iter().enumerate() {
                // SAFETY: the check says that ranks lie inside the rows, all of which were sorted into the room.
                unsafe { values.at((row * n + rank) * item).copy_to_nonoverlapping(output.at((row * n_ranks + k) * item), item) };
            }
        }
    });
    Ok(())
}

/// What is sorted, by its addresses. `SortSpec` checked that all are packed, and the locks are held.
struct Rows {
    n_rows: usize,
    n: usize,
    input: Shared,
    values: Option<Shared>,
    places: Option<Shared>,
}

/// What is moved when rows are sorted: elements, with their places if these are wanted.
trait Item: Ordered {
    /// The item of an element.
    ///
    /// # Safety
    /// At `from` there must be an element of the right type.
    unsafe fn read(from: *const u8, place: usize) -> Self;

    /// Writes the element, and its place.
    ///
    /// # Safety
    /// The addresses must be valid for that, and nobody else's.
    unsafe fn write(self, value: Option<*mut u8>, place: Option<*mut u8>);

    /// Bytes of an element.
    const ELEMENT: usize;
}

macro_rules! items {
    ($($t:ty),*) => {$(
        impl Item for $t {
            const ELEMENT: usize = size_of::<$t>();
            #[inline(always)]
            unsafe fn read(from: *const u8, _: usize) -> $t {
                // SAFETY: the caller's.
                unsafe { from.cast::<$t>().read_unaligned() }
            }
            #[inline(always)]
            unsafe fn write(self, value: Option<*mut u8>, _: Option<*mut u8>) {
                if let Some(to) = value {
                    // SAFETY: the caller's.
                    unsafe { to.cast::<$t>().write_unaligned(self) };
                }
            }
        }
    )*};
}
items!(bool, u8, u16, u32, u64, i8, i16, i32, i64, cuprous_core::f16, f32, f64, cuprous_core::c64, cuprous_core::c128);

/// A place as wide as rows need it.
trait Place: Copy + Send + Sync {
    fn from_usize(place: usize) -> Self;
    fn to_i64(self) -> i64;
}
impl Place for u32 {
    #[inline(always)]
    fn from_usize(place: usize) -> u32 {
        place as u32
    }
    #[inline(always)]
    fn to_i64(self) -> i64 {
        self.into()
    }
}
impl Place for u64 {
    #[inline(always)]
    fn from_usize(place: usize) -> u64 {
        place as u64
    }
    #[inline(always)]
    fn to_i64(self) -> i64 {
        self as i64
    }
}

impl<E: Item, P: Place> Item for Placed<E, P> {
    const ELEMENT: usize = E::ELEMENT;
    #[inline(always)]
    unsafe fn read(from: *const u8, place: usize) -> Placed<E, P> {
        // SAFETY: passed on.
        Placed { element: unsafe { E::read(from, place) }, place: P::from_usize(place) }
    }
    #[inline(always)]
    unsafe fn write(self, value: Option<*mut u8>, place: Option<*mut u8>) {
        // SAFETY: passed on; places are int64.
        unsafe {
            self.element.write(value, None);
            if let Some(to) = place {
                to.cast::<i64>().write_unaligned(self.place.to_i64());
            }
        }
    }
}

impl Rows {
    fn sort<T: Item>(&self, threads: &Threads) -> Result<()> {
        // What a byte-wise sort costs beside touching each element once.
        let n_steps = self.n_rows.saturating_mul(self.n).saturating_mul(T::PASSES);
        if self.n >= LONG && self.n_rows < 4 * threads.n() {
            let (mut a, mut b) = (room::<T>(self.n)?, room::<T>(self.n)?);
            let (mut from, mut to) = (Items(a.as_mut_ptr()), Items(b.as_mut_ptr()));
            for row in 0..self.n_rows {
                self.each_piece(threads, self.n, n_steps, |_, first, end| {
                    // SAFETY: pieces have elements of their own, and there is room for `n`.
                    (first..end).for_each(|k| unsafe { from.at(k).write(self.read(row, k)) });
                });
                by_bytes(threads, &mut from, &mut to, self.n);
                self.each_piece(threads, self.n, n_steps, |_, first, end| {
                    // SAFETY: as above; all were written.
                    (first..end).for_each(|k| unsafe { self.write(from.at(k).read(), row, k) });
                });
            }
            return Ok(());
        }
        let per_piece = self.n_rows.div_ceil(threads.n_pieces(n_steps));
        let failed = parking_lot::Mutex::new(None);
        threads.for_each(self.n_rows.div_ceil(per_piece), n_steps, Vec::new, |spare: &mut Vec<T>, piece| {
            if let Err(e) = self.piece(spare, piece * per_piece, ((piece + 1) * per_piece).min(self.n_rows)) {
                *failed.lock() = Some(e);
            }
        });
        failed.into_inner().map_or(Ok(()), Err)
    }

    /// Sorts whole rows on one thread.
    fn piece<T: Item>(&self, items: &mut Vec<T>, first: usize, end: usize) -> Result<()> {
        let one = Threads::new(1);
        let mut other = if self.n < SHORT * T::PASSES { Vec::new() } else { room::<T>(self.n)? };
        if items.capacity() < self.n {
            *items = room(self.n)?;
        }
        for row in first..end {
            items.clear();
            // SAFETY: the row has as many elements.
            items.extend((0..self.n).map(|k| unsafe { self.read::<T>(row, k) }));
            let mut from = Items(items.as_mut_ptr());
            if self.n < SHORT * T::PASSES {
                if T::IS_EXACT {
                    items.sort_unstable_by_key(|x| x.key());
                } else {
                    items.sort_by_key(|x| x.key());
                }
            } else {
                by_bytes(&one, &mut from, &mut Items(other.as_mut_ptr()), self.n);
            }
            // SAFETY: all were written; rows belong to one thread each.
            (0..self.n).for_each(|k| unsafe { self.write(from.at(k).read(), row, k) });
        }
        Ok(())
    }

    /// # Safety
    /// The element must be one of the input's.
    #[inline(always)]
    unsafe fn read<T: Item>(&self, row: usize, k: usize) -> T {
        // SAFETY: the caller's.
        unsafe { T::read(self.input.at((row * self.n + k) * T::ELEMENT), k) }
    }

    /// # Safety
    /// The element must be one of the outputs', and this thread's.
    #[inline(always)]
    unsafe fn write<T: Item>(&self, item: T, row: usize, k: usize) {
        let at = row * self.n + k;
        // SAFETY: the caller's.
        unsafe { item.write(self.values.map(|v| v.at(at * T::ELEMENT)), self.places.map(|p| p.at(8 * at))) };
    }

    /// Calls `f` with the number, the begin and the end of pieces of a row.
    fn each_piece(&self, threads: &Threads, n: usize, n_steps: usize, f: impl Fn(usize, usize, usize) + Sync) {
        let per_piece = n.div_ceil(threads.n_pieces(n_steps)).max(1);
        let start = || ();
        threads.for_each(n.div_ceil(per_piece), n_steps, start, |(), piece| f(piece, piece * per_piece, ((piece + 1) * per_piece).min(n)));
    }
}

/// Items that several threads touch, each its own.
struct Items<T>(*mut T);
// SAFETY: whoever shares it gives each thread its own items.
unsafe impl<T: Send> Send for Items<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for Items<T> {}

impl<T> Items<T> {
    #[inline(always)]
    fn at(&self, k: usize) -> *mut T {
        self.0.wrapping_add(k)
    }
}

/// The error of rows for which a thread found no memory.
fn exhausted(is_exhausted: AtomicBool, n: usize) -> Result<()> {
    if is_exhausted.into_inner() { Err(Error::memory(format!("no memory for {n} elements that are sorted"))) } else { Ok(()) }
}

/// Memory for items, of any content and without any item.
fn room<T>(n: usize) -> Result<Vec<T>> {
    let mut items = Vec::new();
    match items.try_reserve_exact(n) {
        Ok(()) => Ok(items),
        Err(_) => Err(Error::memory(format!("no memory for {n} elements that are sorted"))),
    }
}

/// Sorts `n` items by the bytes of their keys, from the lowest to the highest; the sorted ones are in `from` then.
///
/// Both must have room for `n` items, and `from` have them.
fn by_bytes<T: Ordered>(threads: &Threads, from: &mut Items<T>, to: &mut Items<T>, n: usize) {
    let n_pieces = if threads.n() == 1 { 1 } else { threads.n_pieces(n).min(2 * threads.n()) };
    let per_piece = n.div_ceil(n_pieces);
    let n_pieces = n.div_ceil(per_piece);
    let range = |piece: usize| piece * per_piece..((piece + 1) * per_piece).min(n);
    let mut counts = vec![[0_usize; 256]; n_pieces];
    for pass in 0..T::PASSES {
        let table = Items(counts.as_mut_ptr());
        threads.for_each(
            n_pieces,
            n,
            || (),
            |(), piece| {
                let mut own = [0_usize; 256];
                // SAFETY: the items were written, and nobody writes now.
                range(piece).for_each(|k| own[unsafe { from.at(k).read() }.digit(pass)] += 1);
                // SAFETY: each piece has a row of the table.
                unsafe { table.at(piece).write(own) };
            },
        );
        // SAFETY: there is at least one item, which was written.
        let digit = unsafe { from.at(0).read() }.digit(pass);
        if counts.iter().map(|c| c[digit]).sum::<usize>() == n {
            continue;
        }
        // Where the first item with a digit goes, of the first piece, the second, ...
        let mut next = 0;
        for d in 0..256 {
            for c in &mut counts {
                next += std::mem::replace(&mut c[d], next);
            }
        }
        let table = Items(counts.as_mut_ptr());
        threads.for_each(
            n_pieces,
            n,
            || (),
            |(), piece| {
                // SAFETY: each piece has a row of the table; by the counts each item has a place of its own below `n`.
                unsafe {
                    let mut next = table.at(piece).read();
                    for k in range(piece) {
                        let item = from.at(k).read();
                        let d = item.digit(pass);
                        to.at(next[d]).write(item);
                        next[d] += 1;
                    }
                }
            },
        );
        std::mem::swap(from, to);
    }
}
