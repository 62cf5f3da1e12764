//! Plans of cuFFT: kept, without work areas, which come from the pool for each call.

use crate::driver::Context;
use crate::memory;
use cuprous_core::backend::{FftKind, PlanCache};
use cuprous_core::{Error, ErrorKind, Queue, Result};
use cuprous_cuda_sys::cufft::{ALLOC_FAILED, Plan, constants as c, name_of};
use cuprous_cuda_sys::{Cufft, Handle};
use parking_lot::Mutex;
use smallvec::SmallVec;

/// The most plans that are kept, unless a program says otherwise. Each holds tables on the device.
const MAX_PLANS: usize = 64;
/// The most axes that cuFFT transforms in one call.
pub(super) const MAX_RANK: usize = 3;

/// The plans of a device.
#[derive(Default)]
pub(crate) struct Plans {
    cache: Mutex<Cache>,
}

struct Cache {
    /// The latest used last
    kept: Vec<Kept>,
    max_plans: usize,
    max_bytes: usize,
    n_hits: u64,
    n_misses: u64,
}

impl Default for Cache {
    fn default() -> Cache {
        Cache { kept: Vec::new(), max_plans: MAX_PLANS, max_bytes: usize::MAX, n_hits: 0, n_misses: 0 }
    }
}

impl Cache {
    fn n_bytes(&self) -> usize {
        self.kept.iter().map(|k| k.work_size).sum()
    }

    /// Forgets the oldest plans until the limits hold. The context must be current.
    fn trim(&mut self, ctx: &Context, api: &Cufft) -> Result<()> {
        let mut is_settled = false;
        while self.kept.len() > self.max_plans || self.n_bytes() > self.max_bytes {
            if !is_settled {
                // Their tables may still be read.
                ctx.synchronize()?;
                is_settled = true;
            }
            let oldest = self.kept.remove(0);
            // SAFETY: the plan was made by cuFFT, is not on the list any more, and its work is done.
            unsafe { (api.cufftDestroy)(oldest.plan) };
        }
        Ok(())
    }
}

/// What is kept for a device.
pub(crate) fn held(ctx: &Context) -> PlanCache {
    let cache = ctx.ffts.cache.lock();
    PlanCache { n_plans: cache.kept.len(), n_bytes: cache.n_bytes(), n_hits: cache.n_hits, n_misses: cache.n_misses }
}

/// Keeps no more than this from now on.
///
/// # Errors
/// `Device`.
pub(crate) fn limit(ctx: &Context, max_plans: Option<usize>, max_bytes: Option<usize>) -> Result<()> {
    let mut cache = ctx.ffts.cache.lock();
    (cache.max_plans, cache.max_bytes) = (max_plans.unwrap_or(usize::MAX), max_bytes.unwrap_or(usize::MAX));
    if cache.kept.is_empty() {
        return Ok(());
    }
    let _entered = ctx.enter()?;
    cache.trim(ctx, Cufft::get().map_err(Error::device)?)
}

/// Forgets all plans and how often they were used.
///
/// # Errors
/// `Device`.
pub(crate) fn clear(ctx: &Context) -> Result<()> {
    let mut cache = ctx.ffts.cache.lock();
    (cache.n_hits, cache.n_misses) = (0, 0);
    if cache.kept.is_empty() {
        return Ok(());
    }
    let _entered = ctx.enter()?;
    let limit = std::mem::replace(&mut cache.max_plans, 0);
    let cleared = cache.trim(ctx, Cufft::get().map_err(Error::device)?);
    cache.max_plans = limit;
    cleared
}

struct Kept {
    key: Key,
    plan: Plan,
    work_size: usize,
}

/// How one operand lies, counted in its elements: extents of the lines' axes, strides within lines and between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Embed {
    pub extents: SmallVec<[i64; MAX_RANK]>,
    pub stride: i64,
    pub dist: i64,
}

/// What a plan is made for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key {
    pub kind: FftKind,
    pub is_double: bool,
    pub n: SmallVec<[i64; MAX_RANK]>,
    pub input: Embed,
    pub output: Embed,
    pub n_batches: i64,
}

/// cuFFT's version and file, loading it if need be.
///
/// # Errors
/// `Device`, naming how to get it.
pub fn library() -> Result<String> {
    let api = Cufft::get().map_err(Error::device)?;
    let mut parts = [0; 3];
    if let Some(property) = api.cufftGetProperty {
        for (k, part) in parts.iter_mut().enumerate() {
            // SAFETY: the number goes to a valid address.
            unsafe { property(k as i32, part) };
        }
    }
    Ok(format!("{}.{}.{} ({})", parts[0], parts[1], parts[2], api.library.path))
}

/// Runs a plan of cuFFT, making it if need be. The context must be current.
pub(super) fn execute(ctx: &Context, queue: &Queue, key: &Key, from: usize, to: usize) -> Result<()> {
    let api = Cufft::get().map_err(Error::device)?;
    // Held through the call, which only queues work: a plan serves one thread at a time.
    let mut cache = ctx.ffts.cache.lock();
    match cache.kept.iter().position(|k| k.key == *key) {
        Some(place) => {
            cache.kept[place..].rotate_left(1);
            cache.n_hits += 1;
        }
        None => {
            let made = match make(api, key) {
                // cuFFT takes memory of its own: what the pool keeps unused may be what it lacks.
                Err(e) if e.kind() == ErrorKind::Memory => {
                    ctx.pool.trim()?;
                    make(api, key)?
                }
                other => other?,
            };
            cache.kept.push(made);
            cache.n_misses += 1;
        }
    }
    let Some(Kept { plan, work_size, .. }) = cache.kept.last() else { return Err(Error::runtime("a plan of cuFFT vanished")) };
    // The pool gives it to later work of this queue only.
    let work = memory::allocate(ctx, queue, *work_size)?;
    let direction = if matches!(key.kind, FftKind::Forward | FftKind::RealForward) { c::FORWARD } else { c::INVERSE };
    // SAFETY: the plan is cuFFT's own and under its lock, the context is current. The elements lie in operands, which
    // were checked and from whose layouts all numbers of the plan come, or in buffers of ours of these layouts. The
    // work area has the size that cuFFT asked for, and lives as long as the work queued here.
    unsafe {
        status((api.cufftSetStream)(*plan, queue.handle as Handle), "cufftSetStream", key)?;
        if *work_size > 0 {
            status((api.cufftSetWorkArea)(*plan, work.address() as u64), "cufftSetWorkArea", key)?;
        }
        status((api.cufftXtExec)(*plan, from as u64, to as u64, direction), "cufftXtExec", key)?;
    }
    cache.trim(ctx, api)
}
/// Makes a plan. The context must be current.
fn make(api: &Cufft, key: &Key) -> Result<Kept> {
    let (real, complex) = if key.is_double { (c::R_64F, c::C_64F) } else { (c::R_32F, c::C_32F) };
    let (in_type, out_type) = match key.kind {
        FftKind::Forward | FftKind::Inverse => (complex, complex),
        FftKind::RealForward => (real, complex),
        FftKind::RealInverse => (complex, real),
    };
    let (mut n, mut input, mut output) = (key.n.clone(), key.input.clone(), key.output.clone());
    let (mut plan, mut work_size) = (0, 0);
    // SAFETY: the plan's number goes to a valid address.
    status(unsafe { (api.cufftCreate)(&mut plan) }, "cufftCreate", key)?;
    // SAFETY: the plan was just made; all three lists have as many elements as the plan has axes, and are only read;
    // the size goes to a valid address.
    let made = unsafe {
        status((api.cufftSetAutoAllocation)(plan, 0), "cufftSetAutoAllocation", key).and_then(|()| {
            let code = (api.cufftXtMakePlanMany)(
                plan,
                n.len() as i32,
                n.as_mut_ptr(),
                input.extents.as_mut_ptr(),
                input.stride,
                input.dist,
                in_type,
                output.extents.as_mut_ptr(),
                output.stride,
                output.dist,
                out_type,
                key.n_batches,
                &mut work_size,
                complex,
            );
            status(code, "cufftXtMakePlanMany", key)
        })
    };
    if let Err(e) = made {
        // SAFETY: the plan is ours and nobody else knows it.
        unsafe { (api.cufftDestroy)(plan) };
        return Err(e);
    }
    Ok(Kept { key: key.clone(), plan, work_size })
}

fn status(code: i32, call: &str, key: &Key) -> Result<()> {
    if code == 0 {
        return Ok(());
    }
    let kind = if code == ALLOC_FAILED { ErrorKind::Memory } else { ErrorKind::Device };
    let (n, precision) = (&key.n[..], if key.is_double { "double" } else { "single" });
    Err(Error::new(
        kind,
        format!(
            "cuFFT: {} (from {call}, {:?} of {} lines of {n:?} elements in {precision} precision)",
            name_of(code),
            key.kind,
            key.n_batches
        ),
    ))
}
