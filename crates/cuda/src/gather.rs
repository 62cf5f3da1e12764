//! Gather: which kernel, over which loop nest, in words of which size. What scatter shares is here too.

pub mod places;

use crate::codegen::gather::{Address, LANES, source};
use crate::codegen::{self, Params, THREADS, Variant};
use crate::compile::Source;
use crate::driver::Context;
use crate::rehearsal::Rehearsal;
use crate::transfer::faults::Mailbox;
use cuprous_core::indexing::{IndexMode, Indexed};
use cuprous_core::iteration::Iteration;
use cuprous_core::{DType, Error, GatherSpec, Operand, Program, Result};
use smallvec::SmallVec;

/// The sizes of words, in bytes
pub(crate) const WORDS: [usize; 5] = [1, 2, 4, 8, 16];
/// What 32-bit kernels can count and address
const NARROW: usize = i32::MAX as usize;

/// Kernels for one and two indices, over one and two axes: for tests.
pub fn sources_of_gather() -> Vec<Source> {
    let address = |n_axes, n_indices, wide| Address { n_axes, n_indices, wide };
    let mut sources: Vec<Source> = WORDS.map(|unit| source(address(2, 1, false), unit)).into();
    sources.extend([address(1, 1, false), address(3, 2, true), address(1, 0, false)].map(|a| source(a, 4)));
    sources.push(places::source_of());
    sources
}

/// What most programs need: the elements of arrays of one and two axes by none, one or two indices, and the search of masks.
pub fn usual_sources_of_gather() -> Vec<Source> {
    let mut sources = usual_addresses().flat_map(|a| WORDS.map(|unit| source(a, unit))).collect::<Vec<_>>();
    sources.push(places::source_of());
    sources
}

/// The ways to find elements whose kernels the wheel brings.
pub(crate) fn usual_addresses() -> impl Iterator<Item = Address> {
    (1..=2).flat_map(|n_axes| (0..=2).map(move |n_indices| Address { n_axes, n_indices, wide: false }))
}

/// Copies the elements that indices choose.
///
/// # Errors
/// `Compile`, `Memory` or `Device`.
pub fn run(ctx: &Context, spec: &GatherSpec) -> Result<()> {
    spec.check()?;
    let Some(plan) = Plan::of_words(&spec.source, &spec.out, Side::Other)? else { return Ok(()) };
    let variant = Variant::Gather { address: plan.address, unit: plan.unit as u8 };
    let kernel = ctx.programs.get(ctx, &Program::default(), 0, variant, || source(plan.address, plan.unit))?;
    codegen::start(&kernel, plan.grid(), [THREADS, 1, 1], &plan.params(ctx.faults.mailbox()?, &spec.source), spec.queue)
}

/// What a launch would start, if anything. `scratch` gives the address of so many bytes of zeros.
///
/// # Errors
/// `Runtime` if indices choose from an axis without elements.
pub fn rehearse(spec: &GatherSpec, scratch: &mut dyn FnMut(usize) -> usize) -> Result<Option<Rehearsal>> {
    spec.check()?;
    let Some(plan) = Plan::of_words(&spec.source, &spec.out, Side::Other)? else { return Ok(None) };
    let params = plan.params(Mailbox::rehearsed(scratch), &spec.source);
    Ok(Some(Rehearsal::new(source(plan.address, plan.unit), plan.grid(), [THREADS, 1, 1], &params)))
}

/// The kernel that a launch needs, if it needs one.
pub fn source_of(spec: &GatherSpec) -> Option<Source> {
    let plan = Plan::of_words(&spec.source, &spec.out, Side::Other).ok()??;
    Some(source(plan.address, plan.unit))
}

/// Whose strides decide in which order a launch goes through its elements.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// The array's that indices choose from
    Array,
    /// The other operand's
    Other,
}

/// One launch.
pub(crate) struct Plan {
    pub address: Address,
    /// Bytes of a word
    pub unit: usize,
    nest: Iteration,
    /// Where the array begins
    array: usize,
    /// Where the other operand begins
    other: usize,
}

impl Plan {
    /// A plan that moves elements as words of any size, in the order that suits `first`; `None` if there is nothing to move.
    pub fn of_words(array: &Indexed, other: &Operand, first: Side) -> Result<Option<Plan>> {
        let Some(mut plan) = Plan::new(array, Some(other), first)? else { return Ok(None) };
        plan.choose_unit(array);
        Ok(Some(plan))
    }

    /// A plan that leaves elements whole.
    pub fn new(array: &Indexed, other: Option<&Operand>, first: Side) -> Result<Option<Plan>> {
        let shape = &array.base.layout.shape;
        if shape.contains(&0) {
            return Ok(None);
        }
        if array.is_empty_axis() && matches!(array.mode, IndexMode::Wrap | IndexMode::Clip) {
            return Err(Error::runtime("indices into an axis without elements"));
        }
        let none: SmallVec<[isize; 8]> = SmallVec::from_elem(0, shape.len());
        let mut strides: SmallVec<[&[isize]; 6]> = SmallVec::from_slice(&[&array.base.layout.strides[..]]);
        strides.push(other.map_or(&none[..], |o| &o.layout.strides));
        strides.extend(array.indices.iter().map(|i| &i.values.layout.strides[..]));
        // What is written matters most.
        if first == Side::Other {
            strides.swap(0, 1);
        }
        let mut nest = Iteration::sorted(shape, &strides);
        if first == Side::Other {
            nest.strides.swap(0, 1);
        }
        let unit = array.base.dtype.size();
        let mut plan = Plan {
            address: Address { n_axes: 0, n_indices: array.indices.len() as u8, wide: false },
            unit,
            nest,
            array: array.base.address(),
            other: other.map_or(0, Operand::address),
        };
        plan.settle();
        Ok(Some(plan))
    }

    /// Takes words as large as addresses and strides allow: larger than elements along slices, smaller where elements
    /// are not aligned.
    fn choose_unit(&mut self, array: &Indexed) {
        let item = self.unit;
        let last = self.nest.shape.len() - 1;
        let is_slice = self.nest.strides[2..].iter().all(|s| s[last] == 0);
        let is_dense = is_slice && self.nest.strides[..2].iter().all(|s| s[last] == item as isize);
        let mut bits = self.array | self.other;
        array.indices.iter().for_each(|i| bits |= i.stride.unsigned_abs());
        for s in &self.nest.strides[..2] {
            s[..last].iter().for_each(|s| bits |= s.unsigned_abs());
        }
        if is_dense {
            bits |= self.nest.shape[last] * item;
        } else {
            bits |= item | self.nest.strides[0][last].unsigned_abs() | self.nest.strides[1][last].unsigned_abs();
        }
        let unit = 1_usize << bits.trailing_zeros().min(4);
        if is_dense {
            self.nest.shape[last] = self.nest.shape[last] * item / unit;
            self.nest.strides[..2].iter_mut().for_each(|s| s[last] = unit as isize);
        } else if unit < item {
            self.nest.shape.push(item / unit);
            self.nest.strides.iter_mut().enumerate().for_each(|(k, s)| s.push(if k < 2 { unit as isize } else { 0 }));
        }
        if self.nest.shape.len() > 1 && self.nest.shape.last() == Some(&1) {
            self.nest.shape.pop();
            self.nest.strides.iter_mut().for_each(|s| s.truncate(s.len() - 1));
        }
        self.unit = unit;
        self.settle();
    }

    /// Finds the variant.
    fn settle(&mut self) {
        let reach = |s: &[isize]| {
            self.nest.shape.iter().zip(s).map(|(&n, &s)| (n - 1).saturating_mul(s.unsigned_abs())).fold(0usize, usize::saturating_add)
        };
        // The last threads count beyond the end before they stop.
        self.address.wide = self.nest.size() > NARROW - THREADS * LANES || self.nest.strides[1..].iter().any(|s| reach(s) > NARROW);
        self.address.n_axes = self.nest.shape.len() as u8;
    }

    /// Whether all elements lie at multiples of their size, or of that of their parts.
    pub fn is_aligned(&self, array: &Indexed, part: usize) -> bool {
        let mut bits = self.array;
        array.indices.iter().for_each(|i| bits |= i.stride.unsigned_abs());
        self.nest.strides[0].iter().for_each(|s| bits |= s.unsigned_abs());
        bits.is_multiple_of(part)
    }

    /// The blocks.
    pub fn grid(&self) -> [usize; 3] {
        [self.nest.size().div_ceil(THREADS * LANES), 1, 1]
    }

    /// The parameter.
    pub fn params(&self, mailbox: Mailbox, array: &Indexed) -> Params {
        let mut params = Params::default();
        params.uint(self.array);
        params.uint(self.other);
        params.uint(mailbox.fault);
        params.uint(mailbox.lock);
        params.uint(self.nest.size());
        params.uint(match array.mode {
            IndexMode::Raise => 0,
            IndexMode::Wrap => 1,
            IndexMode::Clip => 2,
            IndexMode::Skip => 3,
        });
        params.uint(array.is_empty_axis().into());
        let k = array.indices.len();
        let mut each = |f: &dyn Fn(usize) -> i64| {
            (0..k).for_each(|i| params.int(f(i)));
            if k == 0 {
                params.int(0);
            }
        };
        each(&|i| array.indices[i].values.address() as i64);
        each(&|i| array.indices[i].len as i64);
        each(&|i| array.indices[i].stride as i64);
        each(&|i| i64::from(array.indices[i].values.dtype == DType::I32));
        each(&|i| array.indices[i].axis as i64);
        for s in &self.nest.strides {
            s.iter().for_each(|&s| params.int(s as i64));
        }
        if k == 0 {
            self.nest.shape.iter().for_each(|_| params.int(0));
        }
        self.nest.shape.iter().for_each(|&n| params.divisor(n));
        params
    }
}
