//! The CPU backend: families of work over tiles that stay in cache, shared by all cores.

mod custom;
mod elementwise;
mod fft;
mod fold;
mod foreign;
mod gather;
mod linalg;
mod locks;
mod matmul;
mod memory;
mod nest;
mod queue;
mod random;
mod reduce;
mod scan;
mod scatter;
mod sort;
#[cfg(test)]
mod tests;
mod threads;

use cuprous_core::arena::{DevicePool, DriverPool, MemoryKind, SharedArena};
use cuprous_core::backend::{CopySpec, DeviceInfo, Fft, FftKind, FftSpec, FoldLaunch, MemoryInfo};
use cuprous_core::kernel::{CustomKernel, CustomLaunch, Module, ModuleSource};
use cuprous_core::sorting::{CountSpec, SearchSpec, SelectSpec, SortSpec};
use cuprous_core::{
    Backend, Buffer, Device, DeviceKind, Error, GatherSpec, Launch, Linalg, LoopDef, MatmulSpec, Operand, PlacesSpec, Program, Queue,
    RandomSpec, ReduceLaunch, ReduceRow, Result, ScanLaunch, ScanRow, ScatterSpec,
};
use cuprous_core::{Event, EventOptions, QueueOptions};
use std::sync::Arc;
use threads::Threads;

/// The host's cores as a backend: one device, on which every call returns when its work is done.
pub struct CpuBackend {
    threads: Arc<Threads>,
    custom: custom::Loaded,
    memory: memory::Pool,
    queues: queue::Queues,
}

impl CpuBackend {
    /// A backend with as many threads as `CUPROUS_NUM_THREADS` says, else as the process may use.
    pub fn new() -> CpuBackend {
        CpuBackend::on(Threads::from_environment())
    }

    /// A backend with `n` threads, the calling one included. Their number changes no bit but those of matrix products.
    pub fn with_threads(n: usize) -> CpuBackend {
        CpuBackend::on(Threads::new(n))
    }

    fn on(threads: Threads) -> CpuBackend {
        CpuBackend {
            threads: Arc::new(threads),
            custom: custom::Loaded::default(),
            memory: memory::Pool::new(),
            queues: queue::Queues::default(),
        }
    }
}

impl Default for CpuBackend {
    fn default() -> CpuBackend {
        CpuBackend::new()
    }
}

fn known(device: Device) -> Result<()> {
    if device == Device::CPU { Ok(()) } else { Err(Error::device(format!("the CPU backend has no device {device}"))) }
}

impl Backend for CpuBackend {
    fn kind(&self) -> DeviceKind {
        DeviceKind::Cpu
    }

    fn n_devices(&self) -> usize {
        1
    }

    fn bytes_of_heavy_step(&self) -> usize {
        // An exponential of float32 takes 0.3 ns of a thread, in which it could read or write three numbers.
        12
    }

    fn describe(&self, device: Device) -> Result<DeviceInfo> {
        known(device)?;
        let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let name = info.lines().find_map(|l| l.strip_prefix("model name")?.split_once(':')).map(|(_, name)| name.trim());
        Ok(DeviceInfo {
            name: name.unwrap_or(std::env::consts::ARCH).to_owned(),
            total_memory: memory::meminfo("MemTotal").unwrap_or(0),
            free_memory: memory::meminfo("MemAvailable").unwrap_or(0),
            capability: (0, 0),
            n_units: self.threads.n(),
            details: vec![format!("{} threads", self.threads.n())],
        })
    }

    fn default_queue(&self, device: Device) -> Result<Arc<Queue>> {
        known(device)?;
        Ok(self.queues.default_queue())
    }

    fn new_queue(&self, device: Device, options: QueueOptions) -> Result<Arc<Queue>> {
        known(device)?;
        Ok(self.queues.create(options))
    }

    fn external_queue(&self, device: Device, handle: u64) -> Result<Arc<Queue>> {
        known(device)?;
        Ok(self.queues.external(handle))
    }

    fn thread_queue(&self, device: Device) -> Result<Arc<Queue>> {
        known(device)?;
        Ok(self.queues.thread_queue())
    }

    fn new_event(&self, device: Device, options: EventOptions) -> Result<Box<dyn Event>> {
        known(device)?;
        Ok(Box::new(queue::HostEvent::new(options)))
    }

    fn library(&self, module: &str) -> Option<&'static dyn cuprous_core::foreign::Library> {
        if module == "runtime" { Some(&foreign::RUNTIME) } else { None }
    }

    fn call_on_host(&self, _queue: &Queue, f: Box<dyn FnOnce() + Send>) -> Result<()> {
        f();
        Ok(())
    }

    fn attribute(&self, device: Device, number: i32) -> Result<Option<i64>> {
        known(device)?;
        Ok(queue::attribute(number, self.threads.n()))
    }

    /// The CUDA whose names the host answers to.
    fn versions(&self) -> Result<(u32, u32)> {
        Ok((13_000, 13_000))
    }

    /// Any address may be the host's: nobody has to be asked.
    fn device_of(&self, _address: usize) -> Result<Option<Device>> {
        Ok(None)
    }

    fn allocate(&self, _queue: &Queue, n_bytes: usize) -> Result<Buffer> {
        self.memory.allocate(n_bytes)
    }

    fn trim(&self, device: Device) -> Result<()> {
        known(device)?;
        self.memory.trim();
        Ok(())
    }

    fn trim_queue(&self, queue: &Queue) -> Result<()> {
        self.trim(queue.device)
    }

    fn allocate_raw(&self, _queue: &Queue, kind: MemoryKind, n_bytes: usize) -> Result<Buffer> {
        memory::raw::allocate(kind, n_bytes)
    }

    fn new_pool(&self, device: Device, below: SharedArena) -> Result<Arc<dyn DevicePool>> {
        Ok(memory::raw::new_pool(below, self.default_queue(device)?))
    }

    fn driver_pool(&self, device: Device, _pool: DriverPool) -> Result<MemoryInfo> {
        known(device).map(|()| memory::raw::ordered())
    }

    fn trim_driver_pool(&self, device: Device, _pool: DriverPool) -> Result<()> {
        known(device)
    }

    fn prefetch(&self, _queue: &Queue, _memory: &Buffer, target: Device) -> Result<()> {
        known(target)
    }

    fn advise(&self, _memory: &Buffer, _advice: i32, device: Device) -> Result<()> {
        known(device)
    }

    fn allocate_pinned(&self, n_bytes: usize, _flags: u32) -> Result<Buffer> {
        foreign::pinned(n_bytes)
    }

    fn n_free_pinned(&self) -> usize {
        0
    }

    fn trim_pinned(&self) -> Result<()> {
        Ok(())
    }

    fn memory(&self, device: Device) -> Result<MemoryInfo> {
        known(device)?;
        Ok(self.memory.info())
    }

    fn set_memory_limit(&self, device: Device, n_bytes: usize) -> Result<()> {
        known(device)?;
        self.memory.set_limit(n_bytes);
        Ok(())
    }

    fn upload(&self, _queue: &Queue, source: &[u8], target: &Buffer, offset: usize) -> Result<()> {
        known(target.device())?;
        memory::upload(&self.threads, source, target, offset)
    }

    fn download(&self, _queue: &Queue, source: &Buffer, offset: usize, target: &mut [u8]) -> Result<()> {
        known(source.device())?;
        memory::download(&self.threads, source, offset, target)
    }

    fn copy(&self, _queue: &Queue, spec: &CopySpec) -> Result<()> {
        known(spec.source.device())?;
        known(spec.target.device())?;
        memory::copy_buffers(&self.threads, spec)
    }

    fn fill(&self, _queue: &Queue, target: &Buffer, offset: usize, n_bytes: usize, value: u8) -> Result<()> {
        known(target.device())?;
        memory::fill(target, offset, n_bytes, value)
    }

    fn synchronize(&self, _queue: &Queue) -> Result<()> {
        Ok(())
    }

    fn synchronize_device(&self, device: Device) -> Result<()> {
        known(device)
    }

    fn is_idle(&self, _queue: &Queue) -> Result<bool> {
        Ok(true)
    }

    fn wait(&self, _waiter: &Queue, _on: &Queue) -> Result<()> {
        Ok(())
    }

    fn eager_below(&self) -> usize {
        2048
    }

    /// Starting costs nothing here, but so much work is not worth spreading over threads one by one.
    fn shares_launches_below(&self) -> usize {
        1 << 13
    }

    fn elementwise(&self, program: &Program, launch: &Launch) -> Result<()> {
        elementwise::run(&self.threads, program, launch)
    }

    fn reduce(&self, map: &Program, row: &'static ReduceRow, launch: &ReduceLaunch) -> Result<()> {
        reduce::run(&self.threads, map, row, launch)
    }

    fn scan(&self, row: &'static ScanRow, launch: &ScanLaunch) -> Result<()> {
        scan::run(&self.threads, row, launch)
    }

    fn gather(&self, spec: &GatherSpec) -> Result<()> {
        gather::run(&self.threads, spec)
    }

    fn places(&self, spec: &PlacesSpec) -> Result<()> {
        gather::places::run(&self.threads, spec)
    }

    fn scatter(&self, spec: &ScatterSpec) -> Result<()> {
        scatter::run(&self.threads, spec)
    }

    fn sort(&self, spec: &SortSpec) -> Result<()> {
        sort::run(&self.threads, spec)
    }

    fn select(&self, spec: &SelectSpec) -> Result<()> {
        sort::select(&self.threads, spec)
    }

    fn search(&self, spec: &SearchSpec) -> Result<()> {
        sort::search::run(&self.threads, spec)
    }

    fn count(&self, spec: &CountSpec) -> Result<()> {
        sort::count::run(&self.threads, spec)
    }

    fn fold(&self, row: &'static LoopDef, launch: &FoldLaunch) -> Result<()> {
        fold::run(&self.threads, row, launch)
    }

    fn matmul(&self, spec: &MatmulSpec) -> Result<()> {
        matmul::run(&self.threads, spec)
    }

    fn reduces_thin_products(&self) -> bool {
        false
    }

    fn linalg(&self) -> &dyn Linalg {
        self
    }

    fn fft(&self) -> &dyn Fft {
        self
    }

    fn random(&self, spec: &RandomSpec, out: &Operand, _queue: &Queue) -> Result<()> {
        random::run(&self.threads, spec, out)
    }

    fn custom(&self, kernel: &CustomKernel, launch: &CustomLaunch) -> Result<()> {
        custom::run(&self.custom, &self.threads, kernel, launch)
    }

    fn module(&self, source: &ModuleSource, device: Device) -> Result<Arc<dyn Module>> {
        known(device)?;
        custom::module(&self.custom, &self.threads, source)
    }
}

impl Fft for CpuBackend {
    /// While the lines are in the cache.
    fn scales(&self, _kind: FftKind) -> bool {
        true
    }

    fn transform(&self, spec: &FftSpec) -> Result<()> {
        fft::run(&self.threads, &self.memory, spec)
    }
}

/// Checks that the operands lie in the host's memory and have this shape.
fn check_operands(shape: &[usize], operands: &[Operand]) -> Result<()> {
    for o in operands {
        if o.layout.shape[..] != *shape {
            return Err(Error::runtime(format!("operand of shape {:?} where {shape:?} was expected", o.layout.shape)));
        }
        o.buffer().map_or(Ok(()), |b| known(b.device()))?;
    }
    Ok(())
}
