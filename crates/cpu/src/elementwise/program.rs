//! Programs over tiles: what runs for a stretch of elements, with intermediate values in scratch that stays in cache.

use crate::elementwise::copy::{self, Side};
use crate::threads::Scratch;
use cuprous_core::op::InnerLoop;
use cuprous_core::shape::Strides;
use cuprous_core::{DType, Error, Operand, Program, Result, Scalar, Step};
use smallvec::SmallVec;

/// Where a value of a tile lies.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    /// In the memory of an operand of the launch
    Operand(usize),
    /// In scratch, packed
    Slot { slot: usize, item: usize },
    /// One element for all
    Constant(usize),
}

/// What happens to a tile, in order.
enum Action {
    /// Packs an operand's elements into scratch, with the strides that they have there
    Gather { operand: usize, item: usize, packed: SmallVec<[isize; 4]>, to: Place },
    /// Writes the numbers of an index operand
    Index { operand: usize, to: Place },
    /// Runs a row's loop
    Call { cpu: InnerLoop, args: SmallVec<[Place; 4]> },
    /// Copies a value to an output
    Store { from: Place, item: usize, operand: usize },
}

/// One element of a constant, aligned for any loop.
#[derive(Clone, Copy)]
#[repr(C, align(16))]
pub struct Constant([u8; 16]);

impl Constant {
    /// A number as loops read it.
    pub fn new(scalar: &Scalar) -> Constant {
        let mut bytes = [0; 16];
        bytes[..scalar.bytes().len()].copy_from_slice(scalar.bytes());
        Constant(bytes)
    }

    /// Where it lies.
    pub fn as_mut_ptr(&mut self) -> *mut u8 {
        self.0.as_mut_ptr()
    }
}

/// A program made ready for the loop nest of a launch. Operands are its outputs, then its inputs.
pub struct Tiles {
    dims: SmallVec<[usize; 4]>,
    strides: SmallVec<[Strides; 4]>,
    actions: SmallVec<[Action; 4]>,
    constants: SmallVec<[Constant; 2]>,
    roots: SmallVec<[Place; 2]>,
    n_slots: usize,
    item: usize,
}

/// Scratch of one thread for tiles of a fixed capacity.
pub struct Arena {
    scratch: Scratch,
    slot_bytes: usize,
}

/// The operands and parameters of a program.
#[derive(Clone, Copy)]
pub struct Operands<'a> {
    /// Where values go; for the map of a reduction nowhere
    pub outputs: &'a [Operand<'a>],
    /// What is loaded
    pub inputs: &'a [Operand<'a>],
    /// The constants
    pub parameters: &'a [Scalar],
}

impl Operands<'_> {
    /// The address of each operand's first element; an index operand's offset counts as one.
    pub fn bases(&self) -> SmallVec<[usize; 6]> {
        self.outputs.iter().chain(self.inputs).map(Operand::address).collect()
    }
}

/// What the program does before places are given: values are numbers, steps first.
enum Draft {
    Gather { operand: usize, item: usize, value: usize },
    Index { operand: usize, value: usize },
    Call { step: usize, outs: SmallVec<[usize; 2]> },
}

impl Tiles {
    /// Makes `program` ready for tiles of the nest `dims` with each operand's strides there.
    ///
    /// # Errors
    /// `Runtime` if the program does not fit its operands.
    pub fn new(program: &Program, operands: Operands, dims: &[usize], strides: SmallVec<[Strides; 4]>) -> Result<Tiles> {
        check(program, &operands)?;
        let n_outs = operands.outputs.len();
        let n_steps = program.steps.len();
        let linear = |operand: usize| copy::is_linear(dims, &strides[operand]);

        let mut needed: SmallVec<[bool; 16]> = SmallVec::from_elem(false, n_steps);
        program.outputs.iter().for_each(|&r| needed[r as usize] = true);
        for k in (0..n_steps).rev() {
            if let (true, Step::Apply { args, .. }) = (needed[k], &program.steps[k]) {
                args.iter().for_each(|&a| needed[a as usize] = true);
            }
        }

        // Values beyond the steps are outputs of rows that nobody wants.
        let mut items: SmallVec<[usize; 16]> = program.steps.iter().map(|s| s.dtype().size()).collect();
        let mut places: SmallVec<[Option<Place>; 16]> = SmallVec::from_elem(None, n_steps);
        let mut constants = SmallVec::new();
        let mut drafts: SmallVec<[Draft; 8]> = SmallVec::new();
        let mut made: SmallVec<[bool; 16]> = SmallVec::from_elem(false, n_steps);
        for k in 0..n_steps {
            if !needed[k] || made[k] {
                continue;
            }
            match &program.steps[k] {
                Step::Constant { parameter, .. } => {
                    places[k] = Some(Place::Constant(constants.len()));
                    constants.push(Constant::new(&operands.parameters[*parameter as usize]));
                }
                Step::Load { operand, .. } => {
                    let input = *operand as usize;
                    // A value that is only stored is copied from where it lies, unless a store before might change it.
                    let only_stored = !program.steps.iter().any(|s| matches!(s, Step::Apply { args, .. } if args.contains(&(k as u32))));
                    let is_root = program.outputs.contains(&(k as u32));
                    let endangered = is_root
                        && operands
                            .outputs
                            .iter()
                            .zip(&program.outputs)
                            .any(|(out, &r)| r != k as u32 && overlaps(out, &operands.inputs[input]));
                    let step = strides[n_outs + input][dims.len() - 1];
                    // Each element on a cache line of its own: packing them once beats loops that step through them.
                    let is_far = n_outs > 0 && step.unsigned_abs() >= 64;
                    let reads_in_place = if only_stored { n_outs > 0 || linear(n_outs + input) } else { linear(n_outs + input) && !is_far };
                    if reads_in_place && !endangered {
                        places[k] = Some(Place::Operand(n_outs + input));
                    } else {
                        drafts.push(Draft::Gather { operand: n_outs + input, item: items[k], value: k });
                    }
                }
                Step::Index { operand } => drafts.push(Draft::Index { operand: n_outs + *operand as usize, value: k }),
                Step::Apply { row, args, .. } => {
                    let mut outs = SmallVec::new();
                    for o in 0..row.outs.len() {
                        let same = |j: &usize| {
                            needed[*j]
                                && !made[*j]
                                && matches!(&program.steps[*j], Step::Apply { row: r, args: a, output } if std::ptr::eq(*r, *row) && a == args && *output as usize == o)
                        };
                        let value = (k..n_steps).find(same).unwrap_or_else(|| {
                            items.push(row.outs[o].size());
                            places.push(None);
                            items.len() - 1
                        });
                        if value < n_steps {
                            made[value] = true;
                        }
                        outs.push(value);
                    }
                    drafts.push(Draft::Call { step: k, outs });
                }
            }
        }

        // Values that go straight to their output.
        for (o, (&root, out)) in program.outputs.iter().zip(operands.outputs).enumerate() {
            let root = root as usize;
            if places[root].is_some() || !linear(o) {
                continue;
            }
            let maker = drafts.iter().position(|d| match d {
                Draft::Gather { .. } => false,
                Draft::Index { value, .. } => *value == root,
                Draft::Call { outs, .. } => outs.contains(&root),
            });
            let Some(maker) = maker else { continue };
            // An output that is also an input may only be written once nothing reads the input any more.
            let read_later = drafts[maker + 1..].iter().any(|d| match d {
                Draft::Gather { operand, .. } => overlaps(out, &operands.inputs[operand - n_outs]),
                Draft::Index { .. } => false,
                Draft::Call { step, .. } => args_of(program, *step).iter().any(|&a| match places[a as usize] {
                    Some(Place::Operand(p)) if p >= n_outs => overlaps(out, &operands.inputs[p - n_outs]),
                    _ => false,
                }),
            });
            if !read_later {
                places[root] = Some(Place::Operand(o));
            }
        }

        // Scratch, reused as soon as the last reader has run.
        let mut last_use: SmallVec<[usize; 16]> = SmallVec::from_elem(0, items.len());
        for (at, draft) in drafts.iter().enumerate() {
            if let Draft::Call { step, .. } = draft {
                args_of(program, *step).iter().for_each(|&a| last_use[a as usize] = at);
            }
        }
        program.outputs.iter().for_each(|&r| last_use[r as usize] = usize::MAX);
        let (mut n_slots, mut idle): (usize, SmallVec<[usize; 8]>) = (0, SmallVec::new());
        let mut busy: SmallVec<[(usize, usize); 8]> = SmallVec::new();
        let mut actions = SmallVec::new();
        for (at, draft) in drafts.iter().enumerate() {
            let mut place = |value: usize| {
                *places[value].get_or_insert_with(|| {
                    let slot = idle.pop().unwrap_or_else(|| {
                        n_slots += 1;
                        n_slots - 1
                    });
                    busy.push((last_use[value].max(at), slot));
                    Place::Slot { slot, item: items[value] }
                })
            };
            actions.push(match draft {
                Draft::Gather { operand, item, value } => {
                    Action::Gather { operand: *operand, item: *item, packed: copy::packed(dims, *item), to: place(*value) }
                }
                Draft::Index { operand, value } => Action::Index { operand: *operand, to: place(*value) },
                Draft::Call { step, outs } => {
                    let Step::Apply { row, args, .. } = &program.steps[*step] else { continue };
                    let args = args.iter().map(|&a| a as usize).chain(outs.iter().copied()).map(&mut place).collect();
                    Action::Call { cpu: row.cpu, args }
                }
            });
            busy.retain(|&mut (until, slot)| {
                if until <= at {
                    idle.push(slot);
                }
                until > at
            });
        }

        let roots: SmallVec<[Place; 2]> = program.outputs.iter().filter_map(|&r| places[r as usize]).collect();
        for (o, (&from, &root)) in roots.iter().zip(&program.outputs).enumerate().take(n_outs) {
            if from != Place::Operand(o) {
                actions.push(Action::Store { from, item: items[root as usize], operand: o });
            }
        }
        let item = items.iter().copied().max().unwrap_or(1);
        Ok(Tiles { dims: dims.into(), strides, actions, constants, roots, n_slots, item })
    }

    /// How many rows and copies run for each element: a measure of the work.
    pub fn n_actions(&self) -> usize {
        self.actions.len().max(1)
    }

    /// How many elements a tile should have: as many as keep the scratch in the nearer caches.
    pub fn good_len(&self) -> usize {
        match self.n_slots * self.item {
            // Without scratch only the pieces that threads take matter.
            0 => 1 << 16,
            bytes => ((128 << 10) / bytes).clamp(512, 4096) & !63,
        }
    }

    /// Scratch for tiles of at most `len` elements.
    pub fn arena(&self, len: usize) -> Arena {
        let slot_bytes = (len * self.item).next_multiple_of(64);
        Arena { scratch: Scratch::new(slot_bytes * self.n_slots), slot_bytes }
    }

    /// Where elements from `start` on of a value lie, with their stride.
    #[inline]
    fn locate(&self, place: Place, arena: &mut Arena, bases: &[usize], start: usize) -> (*mut u8, isize) {
        match place {
            Place::Operand(k) => {
                let stride = self.strides[k][self.dims.len() - 1];
                (bases[k].wrapping_add((start as isize).wrapping_mul(stride) as usize) as *mut u8, stride)
            }
            Place::Slot { slot, item } => (arena.scratch.as_mut_ptr().wrapping_add(slot * arena.slot_bytes), item as isize),
            Place::Constant(k) => (std::ptr::from_ref(&self.constants[k]).cast::<u8>().cast_mut(), 0),
        }
    }

    /// Where the value of the first output lies after [`Tiles::run`]: its address and stride.
    #[inline]
    pub fn root(&self, arena: &mut Arena, bases: &[usize], start: usize) -> (*const u8, isize) {
        let (p, stride) = self.locate(self.roots[0], arena, bases, start);
        (p.cast_const(), stride)
    }

    /// Whether the first output's value is read where an input holds it.
    pub fn is_direct(&self) -> bool {
        self.actions.is_empty()
    }

    /// Runs the program for elements `start..start + len` of the nest, in C order.
    ///
    /// # Safety
    /// `bases` must hold the address of each operand's element at index 0 of the nest, these elements must be
    /// valid and held by nobody else, and the arena must be this program's with room for `len` elements.
    pub unsafe fn run(&self, arena: &mut Arena, bases: &[usize], start: usize, len: usize) {
        for action in &self.actions {
            match action {
                Action::Call { cpu, args } => {
                    let mut pointers: SmallVec<[*mut u8; 8]> = SmallVec::new();
                    let mut strides: SmallVec<[isize; 8]> = SmallVec::new();
                    for &place in args {
                        let (p, s) = self.locate(place, arena, bases, start);
                        pointers.push(p);
                        strides.push(s);
                    }
                    // SAFETY: `check` saw that numbers and dtypes of arguments are the row's. Operands' elements are
                    // the caller's, slots have room, and only equal elements overlap (the contract of `Launch`).
                    unsafe { cpu(pointers.as_ptr(), strides.as_ptr(), len) };
                }
                Action::Gather { operand, item, packed, to } => {
                    let (to, _) = self.locate(*to, arena, bases, start);
                    let target = Side { base: (to as usize).wrapping_sub(start.wrapping_mul(*item)), strides: packed };
                    // SAFETY: the caller's elements, to a slot with room for `len` of them.
                    unsafe {
                        copy::range(*item, &self.dims, Side { base: bases[*operand], strides: &self.strides[*operand] }, target, start, len)
                    };
                }
                Action::Index { operand, to } => {
                    let (to, stride) = self.locate(*to, arena, bases, start);
                    // SAFETY: the target is a slot or an output with room for `len` int64.
                    unsafe { index(&self.dims, bases[*operand], &self.strides[*operand], start, len, to, stride) };
                }
                Action::Store { from, item, operand } => {
                    let target = Side { base: bases[*operand], strides: &self.strides[*operand] };
                    let packed: Strides;
                    let source = match *from {
                        Place::Operand(k) => Side { base: bases[k], strides: &self.strides[k] },
                        _ => {
                            let (p, stride) = self.locate(*from, arena, bases, start);
                            packed = if stride == 0 { SmallVec::from_elem(0, self.dims.len()) } else { copy::packed(&self.dims, *item) };
                            Side { base: (p as usize).wrapping_sub((start as isize).wrapping_mul(stride) as usize), strides: &packed }
                        }
                    };
                    // SAFETY: both sides hold the caller's elements or `len` ones in a slot.
                    unsafe { copy::range(*item, &self.dims, source, target, start, len) };
                }
            }
        }
    }
}

fn args_of(program: &Program, step: usize) -> &[u32] {
    match &program.steps[step] {
        Step::Apply { args, .. } => args,
        _ => &[],
    }
}

/// Whether two operands may share bytes.
fn overlaps(a: &Operand, b: &Operand) -> bool {
    let span = |o: &Operand| {
        o.buffer().map(|buffer| {
            let (low, high) = o.layout.extent(o.dtype.size());
            (buffer.address() + low, buffer.address() + high)
        })
    };
    matches!((span(a), span(b)), (Some(a), Some(b)) if a.0 < b.1 && b.0 < a.1)
}

/// Writes the numbers `offset + sum(index * stride)` of elements `start..start + len`.
///
/// # Safety
/// The target must be valid for `len` int64 at its stride.
unsafe fn index(dims: &[usize], offset: usize, strides: &[isize], start: usize, len: usize, to: *mut u8, to_stride: isize) {
    let last = dims.len() - 1;
    let step = strides[last] as i64;
    let mut done = 0;
    while done < len {
        let (mut rest, mut value) = (start + done, offset as i64);
        let n = if last == 0 { len } else { (dims[last] - rest % dims[last]).min(len - done) };
        for k in (0..=last).rev() {
            let at = if k == 0 { rest } else { rest % dims[k] };
            value = value.wrapping_add((at as i64).wrapping_mul(strides[k] as i64));
            rest /= dims[k].max(1);
        }
        let row = to.wrapping_offset((done as isize).wrapping_mul(to_stride));
        if to_stride == 8 {
            for k in 0..n {
                // SAFETY: `done + k < len`.
                unsafe { row.cast::<i64>().add(k).write_unaligned(value.wrapping_add((k as i64).wrapping_mul(step))) };
            }
        } else {
            for k in 0..n {
                let p = row.wrapping_offset((k as isize).wrapping_mul(to_stride)).cast::<i64>();
                // SAFETY: as above.
                unsafe { p.write_unaligned(value.wrapping_add((k as i64).wrapping_mul(step))) };
            }
        }
        done += n;
    }
}

/// Checks what the unsafe code here trusts: indices and dtypes of a program fit its operands and rows.
pub fn check(program: &Program, operands: &Operands) -> Result<()> {
    let broken = |what: &str| Err(Error::runtime(format!("broken program: {what}\n{program:?}")));
    let n_steps = program.steps.len();
    for (k, step) in program.steps.iter().enumerate() {
        let fits = match step {
            Step::Load { operand, dtype } => {
                operands.inputs.get(*operand as usize).is_some_and(|o| o.buffer().is_some() && o.dtype == *dtype)
            }
            Step::Index { operand } => operands.inputs.get(*operand as usize).is_some_and(|o| o.buffer().is_none()),
            Step::Constant { parameter, dtype } => operands.parameters.get(*parameter as usize).is_some_and(|p| p.dtype() == *dtype),
            Step::Apply { row, args, output } => {
                let dtype = |a: u32| program.steps.get(a as usize).map(Step::dtype);
                (*output as usize) < row.outs.len()
                    && args.len() == row.ins.len()
                    && args.iter().zip(row.ins).all(|(&a, &d)| (a as usize) < k && dtype(a) == Some(d))
            }
        };
        if !fits {
            return broken(&format!("step {k}"));
        }
    }
    if program.outputs.is_empty() || program.outputs.iter().any(|&r| r as usize >= n_steps) {
        return broken("outputs");
    }
    let stored = |(o, &r): (&Operand, &u32)| o.buffer().is_some() && o.dtype == program.steps[r as usize].dtype();
    if !operands.outputs.is_empty()
        && (operands.outputs.len() != program.outputs.len() || !operands.outputs.iter().zip(&program.outputs).all(stored))
    {
        return broken("outputs");
    }
    Ok(())
}

/// The dtype of a map's value.
pub fn root_dtype(program: &Program) -> Option<DType> {
    program.steps.get(*program.outputs.first()? as usize).map(Step::dtype)
}
