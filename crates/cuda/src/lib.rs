//! The CUDA backend: generated kernels, NVRTC, cuBLAS, a stream-ordered pool. It names no op.
//!
//! Nothing happens until a device is asked for; without driver or GPU there are simply no devices.

use cuprous_core::arena::{DevicePool, DriverPool, MemoryKind, SharedArena};
use cuprous_core::backend::{CopySpec, DeviceInfo, Fft, FftKind, FftSpec, FoldLaunch, MemoryInfo, PlanCache};
use cuprous_core::device::{Event, EventOptions, Graph, QueueOptions};
use cuprous_core::foreign::Library;
use cuprous_core::kernel::{CustomKernel, CustomLaunch, Module, ModuleSource};
use cuprous_core::op::{ReduceRow, ScanRow};
use cuprous_core::sorting::{CountSpec, SearchSpec, SelectSpec, SortSpec};
use cuprous_core::{
    Allocation, Backend, Buffer, Device, DeviceKind, GatherSpec, Launch, Linalg, LoopDef, MatmulSpec, Operand, PlacesSpec, Program, Queue,
    RandomSpec, ReduceLaunch, Result, ScanLaunch, ScatterSpec,
};
use std::sync::Arc;

pub mod capture;
pub mod codegen;
pub mod cold;
pub mod compile;
pub mod driver;
pub mod elementwise;
pub mod fft;
pub mod fold;
mod foreign;
pub mod gather;
pub mod launch;
pub mod linalg;
pub mod many;
pub mod matmul;
pub mod memory;
pub mod queue;
pub mod random;
pub mod raw;
pub mod record;
pub mod reduce;
pub mod rehearsal;
pub mod scan;
pub mod scatter;
pub mod sort;
pub mod transfer;
pub mod watch;

#[cfg(test)]
mod gpu_tests;

pub use cuprous_cuda_sys::search::{add_search_dir, package_dirs};
pub use driver::{Context, context};

/// The backend of NVIDIA GPUs.
#[derive(Clone, Copy, Debug, Default)]
pub struct CudaBackend;

impl CudaBackend {
    /// The backend. It starts no driver; that waits for the first question about devices.
    pub fn new() -> CudaBackend {
        CudaBackend
    }
}

/// The libraries that the backend uses, one a line: version and file, or what is missing and how to get it.
pub fn libraries() -> Vec<String> {
    let line = |name: &str, found: Result<String>| format!("{name} {}", found.unwrap_or_else(|e| format!("is missing: {e}")));
    vec![
        driver_line(),
        line("NVRTC", compile::compiler()),
        line("cuBLAS", matmul::library()),
        line("cuFFT", fft::library()),
        line("cuSOLVER", linalg::library()),
    ]
}

fn driver_line() -> String {
    match cuprous_cuda_sys::Driver::get() {
        Err(e) => format!("driver is missing: {e}"),
        Ok(api) => {
            let version = cuprous_cuda_sys::driver::version().unwrap_or(0);
            format!("driver for CUDA {}.{} ({})", version / 1000, version % 1000 / 10, api.library.path)
        }
    }
}

impl Backend for CudaBackend {
    fn kind(&self) -> DeviceKind {
        DeviceKind::Cuda
    }

    fn n_devices(&self) -> usize {
        driver::n_devices()
    }

    fn describe(&self, device: Device) -> Result<DeviceInfo> {
        let ctx = context(device)?;
        let mut details = vec![driver_line()];
        // Only what is in use: describing a device loads nothing.
        if cuprous_cuda_sys::Nvrtc::loaded().is_some() {
            details.push(format!("NVRTC {}", compile::compiler()?));
        }
        if cuprous_cuda_sys::Cublas::loaded().is_some() {
            details.push(format!("cuBLAS {}", matmul::library()?));
        }
        if cuprous_cuda_sys::Cusolver::loaded().is_some() {
            details.push(format!("cuSOLVER {}", linalg::library()?));
        }
        if cuprous_cuda_sys::Cufft::loaded().is_some() {
            details.push(format!("cuFFT {}", fft::library()?));
        }
        Ok(DeviceInfo {
            name: ctx.name.clone(),
            total_memory: ctx.total_memory,
            free_memory: ctx.free_memory()?,
            capability: (ctx.arch / 10, ctx.arch % 10),
            n_units: ctx.n_units as usize,
            details,
        })
    }

    fn default_queue(&self, device: Device) -> Result<Arc<Queue>> {
        Ok(context(device)?.default_queue.clone())
    }

    fn new_queue(&self, device: Device, options: QueueOptions) -> Result<Arc<Queue>> {
        queue::create(context(device)?, options)
    }

    fn external_queue(&self, device: Device, handle: u64) -> Result<Arc<Queue>> {
        queue::external(context(device)?, handle)
    }

    fn thread_queue(&self, device: Device) -> Result<Arc<Queue>> {
        queue::of_thread(context(device)?)
    }

    fn new_event(&self, device: Device, options: EventOptions) -> Result<Box<dyn Event>> {
        queue::event(device, options)
    }

    fn call_on_host(&self, queue: &Queue, f: Box<dyn FnOnce() + Send>) -> Result<()> {
        queue::call_on_host(context(queue.device)?, queue, f)
    }

    fn begin_capture(&self, queue: &Queue, mode: i32) -> Result<()> {
        capture::begin(context(queue.device)?, queue, mode)
    }

    fn end_capture(&self, queue: &Queue) -> Result<Box<dyn Graph>> {
        let captured = capture::end(context(queue.device)?, queue)?;
        Ok(Box::new(capture::instantiate(Arc::new(captured))?))
    }

    fn is_capturing(&self, queue: &Queue) -> Result<bool> {
        capture::is_capturing(context(queue.device)?, queue)
    }

    fn keep(&self, queue: &Queue, memory: Arc<dyn Allocation>) {
        if let Ok(ctx) = context(queue.device) {
            capture::keep(ctx, queue, memory);
        }
    }

    fn call_each_time(&self, queue: &Queue, f: Arc<dyn Fn() + Send + Sync>) -> Result<()> {
        capture::call_each_time(context(queue.device)?, queue, f)
    }

    fn library(&self, module: &str) -> Option<&'static dyn Library> {
        foreign::library(module)
    }

    fn attribute(&self, device: Device, number: i32) -> Result<Option<i64>> {
        context(device)?.attribute(number)
    }

    fn versions(&self) -> Result<(u32, u32)> {
        let driver = cuprous_cuda_sys::driver::version().unwrap_or(0);
        // What stands for the run-time library is the compiler, which is of the same release.
        Ok((driver, compile::release().unwrap_or(driver)))
    }

    fn device_of(&self, address: usize) -> Result<Option<Device>> {
        driver::device_of(address)
    }

    fn allocate(&self, queue: &Queue, n_bytes: usize) -> Result<Buffer> {
        memory::allocate(context(queue.device)?, queue, n_bytes)
    }

    fn trim(&self, device: Device) -> Result<()> {
        context(device)?.pool.trim()
    }

    fn trim_queue(&self, queue: &Queue) -> Result<()> {
        context(queue.device)?.pool.trim_queue(memory::key_of(queue))
    }

    fn allocate_raw(&self, queue: &Queue, kind: MemoryKind, n_bytes: usize) -> Result<Buffer> {
        memory::raw::allocate(context(queue.device)?, queue, kind, n_bytes)
    }

    fn new_pool(&self, device: Device, below: SharedArena) -> Result<Arc<dyn DevicePool>> {
        Ok(memory::raw::new_pool(context(device)?, below))
    }

    fn driver_pool(&self, device: Device, pool: DriverPool) -> Result<MemoryInfo> {
        memory::raw::driver_pool(context(device)?, pool)
    }

    fn trim_driver_pool(&self, device: Device, pool: DriverPool) -> Result<()> {
        memory::raw::trim_driver_pool(context(device)?, pool)
    }

    fn prefetch(&self, queue: &Queue, memory: &Buffer, target: Device) -> Result<()> {
        memory::raw::prefetch(context(queue.device)?, queue, memory, target)
    }

    fn advise(&self, memory: &Buffer, advice: i32, device: Device) -> Result<()> {
        memory::raw::advise(context(memory.device())?, memory, advice, device)
    }

    fn allocate_pinned(&self, n_bytes: usize, flags: u32) -> Result<Buffer> {
        memory::allocate_pinned(context(Device::cuda(0))?, n_bytes, flags)
    }

    fn fold(&self, row: &'static LoopDef, launch: &FoldLaunch) -> Result<()> {
        fold::run(context(launch.queue.device)?, row, launch)
    }

    fn n_free_pinned(&self) -> usize {
        memory::n_free_pinned()
    }

    fn trim_pinned(&self) -> Result<()> {
        memory::trim_pinned(context(Device::cuda(0))?)
    }

    fn memory(&self, device: Device) -> Result<MemoryInfo> {
        Ok(context(device)?.pool.info())
    }

    fn set_memory_limit(&self, device: Device, n_bytes: usize) -> Result<()> {
        context(device)?.pool.set_limit(n_bytes);
        Ok(())
    }

    fn upload(&self, queue: &Queue, source: &[u8], target: &Buffer, offset: usize) -> Result<()> {
        transfer::upload(context(queue.device)?, queue, source, target, offset)
    }

    fn download(&self, queue: &Queue, source: &Buffer, offset: usize, target: &mut [u8]) -> Result<()> {
        let ctx = context(queue.device)?;
        transfer::download(ctx, queue, source, offset, target)?;
        ctx.faults.raise(queue.handle)
    }

    fn synchronize(&self, queue: &Queue) -> Result<()> {
        let ctx = context(queue.device)?;
        capture::refuse(ctx, queue, "wait for the stream")?;
        queue::synchronize(ctx, queue)?;
        compile::background::settle_urgent();
        ctx.faults.raise(queue.handle)
    }

    fn copy(&self, queue: &Queue, spec: &CopySpec) -> Result<()> {
        transfer::copy(context(queue.device)?, queue, spec)
    }

    fn fill(&self, queue: &Queue, target: &Buffer, offset: usize, n_bytes: usize, value: u8) -> Result<()> {
        transfer::fill(context(queue.device)?, queue, target, offset, n_bytes, value)
    }

    fn synchronize_device(&self, device: Device) -> Result<()> {
        let ctx = context(device)?;
        ctx.synchronize()?;
        compile::background::settle_urgent();
        ctx.faults.raise(ctx.default_queue.handle)
    }

    fn is_idle(&self, queue: &Queue) -> Result<bool> {
        let ctx = context(queue.device)?;
        capture::refuse(ctx, queue, "ask whether the stream is done")?;
        queue::is_idle(ctx, queue)
    }

    fn wait(&self, waiter: &Queue, on: &Queue) -> Result<()> {
        queue::wait(waiter, on)
    }

    /// A launch costs less than computing on the host and copying there and back: nothing is too small.
    fn eager_below(&self) -> usize {
        0
    }

    fn elementwise(&self, program: &Program, launch: &Launch) -> Result<()> {
        elementwise::run(context(launch.queue.device)?, program, launch)
    }

    fn elementwise_many(&self, program: &Program, launches: &[Launch]) -> Result<()> {
        let Some(first) = launches.first() else { return Ok(()) };
        many::run(context(first.queue.device)?, program, launches)
    }

    fn shares_launches_below(&self) -> usize {
        many::MAX_ELEMENTS
    }

    fn watch(&self, queue: &Arc<Queue>, start: fn(&Queue)) {
        watch::note(queue, start);
    }

    fn end(&self) {
        watch::end();
        compile::background::end();
    }

    fn reduce(&self, map: &Program, row: &'static ReduceRow, launch: &ReduceLaunch) -> Result<()> {
        reduce::run(context(launch.queue.device)?, map, row, launch)
    }

    fn scan(&self, row: &'static ScanRow, launch: &ScanLaunch) -> Result<()> {
        scan::run(context(launch.queue.device)?, row, launch)
    }

    fn gather(&self, spec: &GatherSpec) -> Result<()> {
        gather::run(context(spec.queue.device)?, spec)
    }

    fn places(&self, spec: &PlacesSpec) -> Result<()> {
        gather::places::run(context(spec.queue.device)?, spec)
    }

    fn scatter(&self, spec: &ScatterSpec) -> Result<()> {
        scatter::run(context(spec.queue.device)?, spec)
    }

    fn sort(&self, spec: &SortSpec) -> Result<()> {
        sort::run(context(spec.queue.device)?, spec)
    }

    fn select(&self, spec: &SelectSpec) -> Result<()> {
        sort::select::run(context(spec.queue.device)?, spec)
    }

    fn search(&self, spec: &SearchSpec) -> Result<()> {
        sort::search(context(spec.queue.device)?, spec)
    }

    fn count(&self, spec: &CountSpec) -> Result<()> {
        sort::count(context(spec.queue.device)?, spec)
    }

    fn matmul(&self, spec: &MatmulSpec) -> Result<()> {
        matmul::matmul(context(spec.queue.device)?, spec)
    }

    fn reduces_thin_products(&self) -> bool {
        true
    }

    fn custom(&self, kernel: &CustomKernel, launch: &CustomLaunch) -> Result<()> {
        raw::run(context(launch.queue.device)?, kernel, launch)
    }

    fn module(&self, source: &ModuleSource, device: Device) -> Result<Arc<dyn Module>> {
        raw::module(context(device)?, source)
    }

    fn linalg(&self) -> &dyn Linalg {
        self
    }

    fn fft(&self) -> &dyn Fft {
        self
    }

    fn random(&self, spec: &RandomSpec, out: &Operand, queue: &Queue) -> Result<()> {
        random::run(context(queue.device)?, spec, out, queue)
    }
}

impl Fft for CudaBackend {
    /// cuFFT cannot, and a kernel of its own would not fuse; transforms to real numbers have one anyway.
    fn scales(&self, kind: FftKind) -> bool {
        kind == FftKind::RealInverse
    }

    fn transform(&self, spec: &FftSpec) -> Result<()> {
        fft::run(context(spec.queue.device)?, spec)
    }

    fn plans(&self, device: Device) -> Result<PlanCache> {
        Ok(fft::held(context(device)?))
    }

    fn limit_plans(&self, device: Device, max_plans: Option<usize>, max_bytes: Option<usize>) -> Result<()> {
        fft::limit(context(device)?, max_plans, max_bytes)
    }

    fn clear_plans(&self, device: Device) -> Result<()> {
        fft::clear(context(device)?)
    }
}
