//! The contract of a backend: families of work, never ops.

use crate::kernel::{Launch, Operand, Program};
use crate::op::{ReduceRow, ScanRow};
use crate::{Buffer, DType, Device, DeviceKind, Error, Queue, Result, Scalar};
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

/// A product of matrices in the last two axes; axes before them, equal in all three, count the products.
///
/// Along one of the last two axes `a` and `b` have the stride of one element (or that axis has length 1) and
/// along the other a stride that is a positive multiple of it; `out` is in C order. All have the same inexact
/// dtype; no overlap.
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

/// What is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Distribution {
    /// `[0, 1)`: 24 bits for float32, 53 for float64
    Uniform,
    /// Mean 0, variance 1, by Box-Muller
    Normal,
}

/// Random numbers from Philox 4x32-10, the same on every device.
///
/// Block `b` is Philox of the counter `(b & 0xffffffff, b >> 32, 0, 0)` and the key `(seed & 0xffffffff, seed >> 32)`:
/// four words `w`. Element `i` of float32 comes from block `counter + i / 4`, of float64 from block `counter + i / 2`.
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
        let per_block = if dtype == DType::F32 { 4 } else { 2 };
        (n as u64).div_ceil(per_block)
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

    /// A device in words and numbers.
    fn describe(&self, device: Device) -> Result<DeviceInfo>;

    /// The queue that work runs on unless told otherwise; always the same one for a device.
    fn default_queue(&self, device: Device) -> Result<Arc<Queue>>;

    /// A new queue, which runs beside the others.
    fn new_queue(&self, device: Device, non_blocking: bool) -> Result<Arc<Queue>>;

    /// Memory for work on `queue`, uninitialized, aligned to 64 bytes or more; of length 0 without allocating.
    fn allocate(&self, queue: &Queue, n_bytes: usize) -> Result<Buffer>;

    /// Gives unused memory back to the system.
    fn trim(&self, device: Device) -> Result<()>;

    /// What the pool holds.
    fn memory(&self, device: Device) -> Result<MemoryInfo>;

    /// Limits the pool, 0 for no limit.
    fn set_memory_limit(&self, device: Device, n_bytes: usize) -> Result<()>;

    /// Copies from the host; `source` has been read when it returns.
    fn upload(&self, queue: &Queue, source: &[u8], target: &Buffer, offset: usize) -> Result<()>;

    /// Copies to the host, after the work queued before; complete when it returns.
    fn download(&self, queue: &Queue, source: &Buffer, offset: usize, target: &mut [u8]) -> Result<()>;

    /// Waits until everything queued is done.
    fn synchronize(&self, queue: &Queue) -> Result<()>;

    /// Makes later work on `waiter` start after the work queued so far on `on`.
    fn wait(&self, waiter: &Queue, on: &Queue) -> Result<()>;

    /// Elements below which computing at once is cheaper than remembering to.
    fn eager_below(&self) -> usize;

    /// Runs a program for each element of a shape.
    fn elementwise(&self, program: &Program, launch: &Launch) -> Result<()>;

    /// Reduces a program's value along axes; over no elements it writes the neutral result.
    fn reduce(&self, map: &Program, row: &'static ReduceRow, launch: &ReduceLaunch) -> Result<()>;

    /// Scans along an axis.
    fn scan(&self, row: &'static ScanRow, launch: &ScanLaunch) -> Result<()>;

    /// Multiplies matrices.
    fn matmul(&self, spec: &MatmulSpec) -> Result<()>;

    /// Fills a packed operand of float32 or float64 with random numbers.
    fn random(&self, spec: &RandomSpec, out: &Operand, queue: &Queue) -> Result<()>;
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

/// All devices, GPUs first.
pub fn devices() -> Vec<Device> {
    let of = |kind: DeviceKind| {
        let n = backend(kind).map_or(0, |b| b.n_devices());
        (0..n).map(move |k| Device { kind, ordinal: k as u16 })
    };
    of(DeviceKind::Cuda).chain(of(DeviceKind::Cpu)).collect()
}
