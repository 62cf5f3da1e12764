//! The contract of a backend: families of work, never ops.

use crate::arena::{DevicePool, DriverPool, MemoryKind, SharedArena};
use crate::device::Graph;
use crate::indexing::{GatherSpec, PlacesSpec, ScatterSpec};
use crate::kernel::{CustomKernel, CustomLaunch, Launch, Module, ModuleSource, Operand, Program};
use crate::linalg::Linalg;
use crate::op::{LoopDef, ReduceRow, ScanRow};
use crate::sorting::{CountSpec, SearchSpec, SelectSpec, SortSpec};
use crate::{Allocation, Buffer, DType, Device, DeviceKind, Error, Event, EventOptions, Queue, QueueOptions, Result, Scalar};
use std::sync::{Arc, OnceLock};

/// A reduction's operands. The element at an index of `shape` is the map's value there.
pub struct ReduceLaunch<'a> {
    /// The shape that is reduced
    pub shape: &'a [usize],
    /// The strides of the array that is reduced, or that it would have if the map's value were stored.
    /// The order of accumulation follows from `shape`, these and `reduced`, so that it is the same fused or not.
    pub strides: &'a [isize],
    /// Which axes are reduced
    pub reduced: &'a [bool],
    /// What the map's steps load, broadcast to `shape`
    pub inputs: &'a [Operand<'a>],
    /// The values of the map's constants
    pub parameters: &'a [Scalar],
    /// Where the results go: over `shape`, with stride 0 along the reduced axes
    pub output: Operand<'a>,
    /// The queue to run on
    pub queue: &'a Queue,
}

/// A scan's operands.
pub struct ScanLaunch<'a> {
    /// The elements
    pub input: Operand<'a>,
    /// Where the results go, of the same shape; may be the input itself
    pub output: Operand<'a>,
    /// The axis along which it runs
    pub axis: usize,
    /// The queue to run on
    pub queue: &'a Queue,
}

/// Which results a fold gives along its axis.
#[derive(Clone, Copy, Debug)]
pub enum FoldExtent<'a> {
    /// One, of all elements
    Whole,
    /// One for each element: of those up to it
    Running,
    /// One for each start: of the elements up to the next start, or of one if that is not greater. All lie inside the axis.
    From(&'a [i64]),
}

/// The operands of a fold: elements of one line taken one after the other by a row of two inputs.
///
/// All have the row's one dtype. `output` has the shape of `input` but for its length along `axis`, which `extent` says.
/// No overlap.
pub struct FoldLaunch<'a> {
    /// The elements; at least one along the axis unless there is an `initial`
    pub input: Operand<'a>,
    /// Where results go
    pub output: Operand<'a>,
    /// Along which axis
    pub axis: usize,
    /// Which results there are
    pub extent: FoldExtent<'a>,
    /// What stands before the first element; needed if there is a mask, and for `Whole` only
    pub initial: Option<Scalar>,
    /// Booleans of the input's shape: which elements count; for `Whole` only
    pub mask: Option<Operand<'a>>,
    /// The queue to run on
    pub queue: &'a Queue,
}

impl FoldLaunch<'_> {
    /// Checks what backends rely on.
    ///
    /// # Errors
    /// `Runtime` if the row or the operands do not fit each other.
    pub fn check(&self, row: &LoopDef) -> Result<()> {
        let (shape, out) = (&self.input.layout.shape, &self.output.layout.shape);
        let n = shape.get(self.axis).copied().unwrap_or(0);
        let wanted = match self.extent {
            FoldExtent::Whole => 1,
            FoldExtent::Running => n,
            FoldExtent::From(starts) => starts.len(),
        };
        let same_but_axis = shape.len() == out.len() && (0..shape.len()).all(|k| out[k] == if k == self.axis { wanted } else { shape[k] });
        let one_dtype = row.ins.len() == 2
            && row.outs.len() == 1
            && row.ins.iter().chain(row.outs).all(|&d| d == self.input.dtype)
            && self.output.dtype == self.input.dtype
            && self.initial.is_none_or(|s| s.dtype() == self.input.dtype);
        let is_whole = matches!(self.extent, FoldExtent::Whole);
        let starts_inside = match self.extent {
            FoldExtent::From(starts) => starts.iter().all(|&s| s >= 0 && (s as usize) < n),
            _ => n > 0 || self.initial.is_some() || out.contains(&0),
        };
        let mask_fits = self.mask.as_ref().is_none_or(|m| m.dtype == DType::Bool && m.layout.shape == *shape && self.initial.is_some());
        let in_memory = self.input.buffer().is_some() && self.output.buffer().is_some();
        if same_but_axis
            && one_dtype
            && starts_inside
            && mask_fits
            && in_memory
            && (is_whole || (self.initial.is_none() && self.mask.is_none()))
        {
            return Ok(());
        }
        Err(Error::runtime(format!("fold of {row:?} over {shape:?} into {out:?} along axis {} got operands that do not fit", self.axis)))
    }
}

/// A product of matrices in the last two axes; axes before them, equal in all three, count the products.
///
/// All have the same dtype. Integers wrap, products of truths are "and" and their sums "or"; float16 is added in
/// float32. `out` is in C order and overlaps nothing. Where the dtype is inexact, `a` and `b` have along one of the
/// last two axes the stride of one element (or that axis has length 1) and along the other a stride that is a
/// positive multiple of it; else they have any strides.
pub struct MatmulSpec<'a> {
    /// `(..., M, K)`
    pub a: Operand<'a>,
    /// `(..., K, N)`
    pub b: Operand<'a>,
    /// `(..., M, N)`
    pub out: Operand<'a>,
    /// The queue to run on
    pub queue: &'a Queue,
}

/// Which Fourier transform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FftKind {
    /// Of complex numbers, `exp(-2 pi i j k / n)`
    Forward,
    /// Of complex numbers, `exp(+2 pi i j k / n)`
    Inverse,
    /// Of real numbers: along the last of the axes the first `n / 2 + 1` results, whose conjugates the others are
    RealForward,
    /// Its inverse: along the last of the axes `n` real numbers from `n / 2 + 1` complex ones. What is imaginary of the
    /// first of these, and of the last if `n` is even, does not count
    RealInverse,
}

/// A Fourier transform of every line along some axes, in single or double precision.
///
/// Complex axes have the same length in both operands; the halved one is the last of `axes`. Nothing has length 0.
/// The output has memory of its own without gaps, its axes in any order.
pub struct FftSpec<'a> {
    /// Which
    pub kind: FftKind,
    /// At least one, each once. Those of complex transforms may be taken in any order; the halved axis is taken
    /// first by `RealForward` and last by `RealInverse`
    pub axes: &'a [usize],
    /// float32 or float64 for `RealForward`, else complex64 or complex128
    pub input: Operand<'a>,
    /// float32 or float64 for `RealInverse`, else complex64 or complex128
    pub output: Operand<'a>,
    /// By what the results are multiplied: 1 unless [`Fft::scales`]
    pub scale: f64,
    /// Whether nobody needs the input's elements afterwards
    pub may_destroy_input: bool,
    /// The queue to run on
    pub queue: &'a Queue,
}

impl FftSpec<'_> {
    /// Checks what backends rely on.
    ///
    /// # Errors
    /// `Runtime` if the operands do not fit each other.
    pub fn check(&self) -> Result<()> {
        let (from, to) = (&self.input.layout.shape, &self.output.layout.shape);
        let is_known = from.len() == to.len() && self.axes.iter().enumerate().all(|(i, k)| *k < to.len() && !self.axes[..i].contains(k));
        let halved = self.axes.last().copied().filter(|_| matches!(self.kind, FftKind::RealForward | FftKind::RealInverse));
        let length_fits = |k: usize| match (self.kind, halved == Some(k)) {
            (FftKind::RealForward, true) => to[k] == from[k] / 2 + 1,
            (FftKind::RealInverse, true) => from[k] == to[k] / 2 + 1,
            _ => from[k] == to[k],
        };
        let dtypes = match self.kind {
            FftKind::Forward | FftKind::Inverse => [(DType::C64, DType::C64), (DType::C128, DType::C128)],
            FftKind::RealForward => [(DType::F32, DType::C64), (DType::F64, DType::C128)],
            FftKind::RealInverse => [(DType::C64, DType::F32), (DType::C128, DType::F64)],
        };
        let in_memory = self.input.buffer().is_some() && self.output.buffer().is_some();
        if is_known
            && !self.axes.is_empty()
            && !from.contains(&0)
            && !to.contains(&0)
            && (0..to.len()).all(length_fits)
            && dtypes.contains(&(self.input.dtype, self.output.dtype))
            && in_memory
        {
            return Ok(());
        }
        let (kind, axes, a, b) = (self.kind, self.axes, self.input.dtype, self.output.dtype);
        Err(Error::runtime(format!("Fourier transform {kind:?} of {a} {from:?} into {b} {to:?} along axes {axes:?}")))
    }
}

/// The plans for transforms that a backend keeps for a device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PlanCache {
    /// How many there are
    pub n_plans: usize,
    /// The bytes of their work areas
    pub n_bytes: usize,
    /// How often a plan was there
    pub n_hits: u64,
    /// How often one had to be made
    pub n_misses: u64,
}

/// The Fourier transforms of a backend.
pub trait Fft {
    /// Whether results of a kind are multiplied by another [`FftSpec::scale`] than 1, because that costs nothing there. Else the
    /// caller does so afterwards, as a step that fuses with the next ones.
    fn scales(&self, kind: FftKind) -> bool;

    /// Transforms.
    ///
    /// # Errors
    /// `Memory` or `Device`; `Runtime` for a spec that does not pass its check.
    fn transform(&self, spec: &FftSpec) -> Result<()>;

    /// The plans that are kept for a device: none, unless the backend says otherwise.
    ///
    /// # Errors
    /// `Device`.
    fn plans(&self, _device: Device) -> Result<PlanCache> {
        Ok(PlanCache::default())
    }

    /// Keeps at most so many plans, and at most so many bytes of work areas; `None` is no limit.
    ///
    /// # Errors
    /// `Device`.
    fn limit_plans(&self, _device: Device, _max_plans: Option<usize>, _max_bytes: Option<usize>) -> Result<()> {
        Ok(())
    }

    /// Forgets the plans that are kept.
    ///
    /// # Errors
    /// `Device`.
    fn clear_plans(&self, _device: Device) -> Result<()> {
        Ok(())
    }
}

/// What is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Distribution {
    /// `[0, 1)`: 24 bits for float32, 53 for float64
    Uniform,
    /// Mean 0, variance 1, by Box-Muller
    Normal,
    /// All bits, for unsigned integers of 32 and 64 bits
    Bits,
}

/// Random numbers from Philox 4x32-10, the same on every device.
///
/// Block `b` is Philox of the counter `(b & 0xffffffff, b >> 32, 0, 0)` and the key `(seed & 0xffffffff, seed >> 32)`:
/// four words `w`. Element `i` of 4 bytes comes from block `counter + i / 4`, of 8 bytes from block `counter + i / 2`.
/// Bits: uint32 `w[i % 4]`; uint64 `w[2 * (i % 2)] + 2^32 * w[2 * (i % 2) + 1]`.
/// Uniform: float32 `(w[i % 4] >> 8) * 2^-24`; float64 from `a = w[2 * (i % 2)]`, `b = w[2 * (i % 2) + 1]`:
/// `((a >> 5) * 2^26 + (b >> 6)) * 2^-53`. Normal, by pairs of elements with `u` and `v`:
/// `sqrt(-2 ln u) * cos(2 pi v)` for the even one, `sin` for the odd one, computed in the element's dtype;
/// float32: `u = ((w[p] >> 8) + 1) * 2^-24`, `v = (w[p + 1] >> 8) * 2^-24`, `p = i % 4 & 2`;
/// float64: `u = (53 bits of w[0], w[1] + 1) * 2^-53`, `v = (53 bits of w[2], w[3]) * 2^-53`.
#[derive(Clone, Copy, Debug)]
pub struct RandomSpec {
    /// The key
    pub seed: u64,
    /// The first block
    pub counter: u64,
    /// What is drawn
    pub distribution: Distribution,
}

impl RandomSpec {
    /// How many blocks `n` elements of `dtype` use up.
    pub fn n_blocks(dtype: DType, n: usize) -> u64 {
        (n as u64).div_ceil(16 / dtype.size() as u64)
    }
}

/// A device in words and numbers.
#[derive(Clone, Debug, Default)]
pub struct DeviceInfo {
    /// Its name
    pub name: String,
    /// Its memory in bytes
    pub total_memory: usize,
    /// Memory not in use, in bytes
    pub free_memory: usize,
    /// Compute capability, `(0, 0)` for the CPU
    pub capability: (u32, u32),
    /// Cores or multiprocessors
    pub n_units: usize,
    /// What the backend runs on: versions of drivers and libraries, one a line
    pub details: Vec<String>,
}

/// What a memory pool holds, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MemoryInfo {
    /// In use by buffers
    pub used: usize,
    /// Taken from the device: in use or kept for reuse
    pub total: usize,
    /// The largest that `total` may become; 0 is no limit
    pub limit: usize,
    /// How many blocks are kept for reuse
    pub n_free: usize,
}

/// Bytes that are copied from one buffer to another.
#[derive(Clone, Copy)]
pub struct CopySpec<'a> {
    /// Whose bytes
    pub source: &'a Buffer,
    /// The first of them
    pub source_offset: usize,
    /// Where they go
    pub target: &'a Buffer,
    /// The first place there
    pub target_offset: usize,
    /// How many
    pub n_bytes: usize,
}

/// One sort of device: a dozen families of work on programs and rows. It never learns an op's name.
///
/// Memory handed in lives until the call returns; a backend whose queue runs on keeps what it needs
/// (a stream-ordered pool does so by order). Everything but `Memory`, `Device` and `Compile` errors was
/// checked before.
pub trait Backend: Send + Sync {
    /// The sort of its devices.
    fn kind(&self) -> DeviceKind;

    /// How many there are: 0 where driver or hardware is missing, never an error.
    fn n_devices(&self) -> usize;

    /// What a heavy step of a program costs, in bytes that could be moved meanwhile: 0 where arithmetic hides behind memory.
    fn bytes_of_heavy_step(&self) -> usize {
        0
    }

    /// A device in words and numbers.
    fn describe(&self, device: Device) -> Result<DeviceInfo>;

    /// The queue that work runs on unless told otherwise; always the same one for a device.
    fn default_queue(&self, device: Device) -> Result<Arc<Queue>>;

    /// A new queue, which runs beside the others.
    fn new_queue(&self, device: Device, options: QueueOptions) -> Result<Arc<Queue>>;

    /// The queue that a handle of somebody else's means; he keeps it as long as it is used.
    fn external_queue(&self, device: Device, handle: u64) -> Result<Arc<Queue>>;

    /// The calling thread's own queue.
    fn thread_queue(&self, device: Device) -> Result<Arc<Queue>>;

    /// A new event, not set yet.
    fn new_event(&self, device: Device, options: EventOptions) -> Result<Box<dyn Event>>;

    /// Calls a function of the host once the work queued so far is done. It must not use the device.
    fn call_on_host(&self, queue: &Queue, f: Box<dyn FnOnce() + Send>) -> Result<()>;

    /// An attribute of a device by CUDA's number for it, if it has it.
    fn attribute(&self, device: Device, number: i32) -> Result<Option<i64>>;

    /// The versions of driver and of run-time library, as CUDA counts: 13000 for 13.0.
    fn versions(&self) -> Result<(u32, u32)>;

    /// Begins to capture the work of a queue, by CUDA's number for how strictly: it is remembered and not done.
    fn begin_capture(&self, _queue: &Queue, _mode: i32) -> Result<()> {
        Err(no_graphs())
    }

    /// Ends that, and gives what was captured.
    fn end_capture(&self, _queue: &Queue) -> Result<Box<dyn Graph>> {
        Err(no_graphs())
    }

    /// Whether the work of a queue is captured now.
    fn is_capturing(&self, _queue: &Queue) -> Result<bool> {
        Ok(false)
    }

    /// Keeps memory that work of a captured queue uses as long as its graph lives.
    fn keep(&self, _queue: &Queue, _memory: Arc<dyn Allocation>) {}

    /// Calls a function of the host whenever the graph that is being captured comes to this place.
    fn call_each_time(&self, _queue: &Queue, _f: Arc<dyn Fn() + Send + Sync>) -> Result<()> {
        Err(no_graphs())
    }

    /// The functions that programs know under the name of a module of CUDA's, `"runtime"` for example.
    fn library(&self, _module: &str) -> Option<&'static dyn crate::foreign::Library> {
        None
    }

    /// The device whose memory lies at an address, if this backend knows it.
    fn device_of(&self, address: usize) -> Result<Option<Device>>;

    /// Memory for work on `queue`, uninitialized, aligned to 64 bytes or more; of length 0 without allocating.
    fn allocate(&self, queue: &Queue, n_bytes: usize) -> Result<Buffer>;

    /// Gives unused memory back to the system.
    fn trim(&self, device: Device) -> Result<()>;

    /// Gives the unused memory of one queue back to the system.
    fn trim_queue(&self, queue: &Queue) -> Result<()>;

    /// Memory for work on `queue` that no pool keeps, uninitialized, aligned to 256 bytes or more.
    fn allocate_raw(&self, queue: &Queue, kind: MemoryKind, n_bytes: usize) -> Result<Buffer>;

    /// A pool of its own for a device, over an allocator.
    fn new_pool(&self, device: Device, below: SharedArena) -> Result<Arc<dyn DevicePool>>;

    /// What a pool of the driver's holds on a device; it counts no blocks.
    fn driver_pool(&self, device: Device, pool: DriverPool) -> Result<MemoryInfo>;

    /// Gives the unused memory of a pool of the driver's back to the system.
    fn trim_driver_pool(&self, device: Device, pool: DriverPool) -> Result<()>;

    /// Moves managed memory to a device, in the order of a queue; where all memory is one, nothing has to move.
    fn prefetch(&self, queue: &Queue, memory: &Buffer, target: Device) -> Result<()>;

    /// Tells the driver how managed memory will be used, by CUDA's number for the advice.
    fn advise(&self, memory: &Buffer, advice: i32, device: Device) -> Result<()>;

    /// Memory of the host from which the device copies fastest, uninitialized; its buffer says the CPU. With CUDA's `flags` for
    /// such memory, 0 for none, it is not kept for reuse.
    fn allocate_pinned(&self, n_bytes: usize, flags: u32) -> Result<Buffer>;

    /// How many blocks of such memory are kept for reuse.
    fn n_free_pinned(&self) -> usize;

    /// Gives the unused of them back to the system.
    fn trim_pinned(&self) -> Result<()>;

    /// What the pool holds.
    fn memory(&self, device: Device) -> Result<MemoryInfo>;

    /// Limits the pool, 0 for no limit.
    fn set_memory_limit(&self, device: Device, n_bytes: usize) -> Result<()>;

    /// Copies from the host; `source` has been read when it returns.
    fn upload(&self, queue: &Queue, source: &[u8], target: &Buffer, offset: usize) -> Result<()>;

    /// Copies to the host, after the work queued before; complete when it returns.
    fn download(&self, queue: &Queue, source: &Buffer, offset: usize, target: &mut [u8]) -> Result<()>;

    /// Copies between buffers of this backend; they may overlap if they are one.
    fn copy(&self, queue: &Queue, spec: &CopySpec) -> Result<()>;

    /// Sets bytes to a value.
    fn fill(&self, queue: &Queue, target: &Buffer, offset: usize, n_bytes: usize, value: u8) -> Result<()>;

    /// Waits until everything queued is done.
    fn synchronize(&self, queue: &Queue) -> Result<()>;

    /// Waits until everything on all queues of a device is done.
    fn synchronize_device(&self, device: Device) -> Result<()>;

    /// Whether everything queued is done.
    fn is_idle(&self, queue: &Queue) -> Result<bool>;

    /// Makes later work on `waiter` start after the work queued so far on `on`.
    fn wait(&self, waiter: &Queue, on: &Queue) -> Result<()>;

    /// Elements below which computing at once is cheaper than remembering to.
    fn eager_below(&self) -> usize;

    /// Runs a program for each element of a shape.
    fn elementwise(&self, program: &Program, launch: &Launch) -> Result<()>;

    /// Hears that much work waits for a queue: `start` may be called, from any thread, once the device has nothing to do.
    /// A device that computes with the host's own cores never does.
    fn watch(&self, _queue: &Arc<Queue>, _start: fn(&Queue)) {}

    /// Hears that the process is about to end: what its own threads do in foreign libraries is done when it returns, and
    /// nothing more is begun there.
    fn end(&self) {}

    /// Runs a program for several launches on one queue, none of which writes what another one reads or writes.
    fn elementwise_many(&self, program: &Program, launches: &[Launch]) -> Result<()> {
        launches.iter().try_for_each(|launch| self.elementwise(program, launch))
    }

    /// Elements up to which equal programs are better launched together.
    fn shares_launches_below(&self) -> usize;

    /// Reduces a program's value along axes; over no elements it writes the neutral result.
    fn reduce(&self, map: &Program, row: &'static ReduceRow, launch: &ReduceLaunch) -> Result<()>;

    /// Scans along an axis.
    fn scan(&self, row: &'static ScanRow, launch: &ScanLaunch) -> Result<()>;

    /// Copies the elements that indices choose.
    fn gather(&self, spec: &GatherSpec) -> Result<()>;

    /// Counts true elements, or writes down their places.
    fn places(&self, spec: &PlacesSpec) -> Result<()>;

    /// Writes to the elements that indices choose, or combines values with them.
    fn scatter(&self, spec: &ScatterSpec) -> Result<()>;

    /// Sorts rows, or parts them at given places.
    fn sort(&self, spec: &SortSpec) -> Result<()>;

    /// Finds the elements that a sort would put at given places.
    fn select(&self, spec: &SelectSpec) -> Result<()>;

    /// Finds the places of values among sorted elements, or whether they are there.
    fn search(&self, spec: &SearchSpec) -> Result<()>;

    /// Counts how often numbers occur.
    fn count(&self, spec: &CountSpec) -> Result<()>;

    /// Applies a row to the elements of each line, one after the other.
    fn fold(&self, row: &'static LoopDef, launch: &FoldLaunch) -> Result<()>;

    /// Multiplies matrices.
    fn matmul(&self, spec: &MatmulSpec) -> Result<()>;

    /// Whether products with vectors are better made as reductions, because its tiles would be nearly empty.
    fn reduces_thin_products(&self) -> bool;

    /// Its Fourier transforms.
    fn fft(&self) -> &dyn Fft;

    /// Decompositions of matrices, and what is solved with them.
    fn linalg(&self) -> &dyn Linalg;

    /// Fills a packed operand with random numbers: float32 or float64, or for bits uint32 or uint64.
    fn random(&self, spec: &RandomSpec, out: &Operand, queue: &Queue) -> Result<()>;

    /// Runs a kernel around expressions that a user wrote in CUDA C++. The launch has elements and results.
    fn custom(&self, kernel: &CustomKernel, launch: &CustomLaunch) -> Result<()> {
        Err(no_user_kernels(&kernel.name, launch.queue.device))
    }

    /// Loads code that a user brought.
    fn module(&self, source: &ModuleSource, device: Device) -> Result<Arc<dyn Module>> {
        Err(no_user_kernels(&source.name, device))
    }
}

/// There is nothing to gain on a device that works at the call, and replaying would have to copy each family's operands.
#[cold]
fn no_graphs() -> Error {
    crate::foreign::failure(900, "streams are captured on NVIDIA GPUs only, not on the CPU")
}

#[cold]
fn no_user_kernels(name: &str, device: Device) -> Error {
    Error::unsupported(format!("kernel {name}: CUDA C++ runs on NVIDIA GPUs only so far, not on {device}"))
}

static CPU: OnceLock<Arc<dyn Backend>> = OnceLock::new();
static CUDA: OnceLock<Arc<dyn Backend>> = OnceLock::new();

fn slot(kind: DeviceKind) -> &'static OnceLock<Arc<dyn Backend>> {
    match kind {
        DeviceKind::Cpu => &CPU,
        DeviceKind::Cuda => &CUDA,
    }
}

/// Makes a backend known; the first of each kind stays.
pub fn register(backend: Arc<dyn Backend>) {
    let _ = slot(backend.kind()).set(backend);
}

/// The backend of a kind of device.
///
/// # Errors
/// `Device` if none is registered.
#[inline]
pub fn backend(kind: DeviceKind) -> Result<&'static dyn Backend> {
    match slot(kind).get() {
        Some(b) => Ok(&**b),
        None => Err(Error::device(format!("this build of cuprous has no {} backend", kind.name()))),
    }
}

/// Tells the backends that are there that the process is about to end. Languages that run hooks before the process's own
/// end call it in one: libraries that were loaded late end before ours.
pub fn end() {
    [&CPU, &CUDA].iter().filter_map(|slot| slot.get()).for_each(|b| b.end());
}

/// All devices, GPUs first.
pub fn devices() -> Vec<Device> {
    let of = |kind: DeviceKind| {
        let n = backend(kind).map_or(0, |b| b.n_devices());
        (0..n).map(move |k| Device { kind, ordinal: k as u16 })
    };
    of(DeviceKind::Cuda).chain(of(DeviceKind::Cpu)).collect()
}
