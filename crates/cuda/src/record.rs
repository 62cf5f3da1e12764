//! A backend that writes down which kernels a run would need on a GPU, while another backend does the work.
//!
//! A test suite that ran so on the CPU has named every kernel of its run on the GPU, so that those can be
//! compiled ahead.

use crate::codegen::many;
use crate::compile::Source;
use crate::{elementwise, fft, fold, gather, matmul, random, reduce, scan, scatter, sort};
use cuprous_core::arena::{DevicePool, DriverPool, MemoryKind, SharedArena};
use cuprous_core::backend::{CopySpec, DeviceInfo, Fft, FftKind, FftSpec, FoldLaunch, MatmulSpec, MemoryInfo, ReduceLaunch, ScanLaunch};
use cuprous_core::device::{Event, EventOptions, QueueOptions};
use cuprous_core::op::{ReduceRow, ScanRow};
use cuprous_core::sorting::{CountSpec, SearchSpec, SelectSpec, SortSpec};
use cuprous_core::{
    Backend, Buffer, Device, DeviceKind, Error, GatherSpec, Launch, Linalg, LoopDef, Operand, PlacesSpec, Program, Queue, RandomSpec,
    Result, ScatterSpec,
};
use parking_lot::Mutex;
use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A backend whose launches are recorded.
pub struct Recorder {
    inner: Arc<dyn Backend>,
    dir: PathBuf,
    seen: Mutex<HashSet<blake3::Hash>>,
}

impl Recorder {
    /// Records into a folder what `inner` is asked to run.
    ///
    /// # Errors
    /// `Io` if the folder cannot be made.
    pub fn new(inner: Arc<dyn Backend>, dir: PathBuf) -> Result<Recorder> {
        fs::create_dir_all(&dir).map_err(|e| Error::io(format!("cannot make {}: {e}", dir.display())))?;
        Ok(Recorder { inner, dir, seen: Mutex::default() })
    }

    fn note(&self, source: Option<Source>) -> Result<()> {
        let Some(source) = source else { return Ok(()) };
        let hash = blake3::hash(source.text.as_bytes());
        if !self.seen.lock().insert(hash) {
            return Ok(());
        }
        let path = self.dir.join(format!("{}.cu", hash.to_hex()));
        if path.exists() {
            return Ok(());
        }
        // Several processes may record into one folder.
        let own = self.dir.join(format!("{}.{}", hash.to_hex(), std::process::id()));
        fs::write(&own, format!("// {}\n{}", source.entry, source.text))
            .and_then(|()| fs::rename(&own, &path))
            .map_err(|e| Error::io(format!("cannot write {}: {e}", path.display())))
    }
}

/// The kernels that were recorded into a folder.
///
/// # Errors
/// `Io` if the folder or a file cannot be read.
pub fn read(dir: &Path) -> Result<Vec<Source>> {
    let failed = |e: std::io::Error| Error::io(format!("cannot read {}: {e}", dir.display()));
    let mut sources = Vec::new();
    for file in fs::read_dir(dir).map_err(failed)? {
        let path = file.map_err(failed)?.path();
        if path.extension().is_some_and(|e| e == "cu") {
            let text = fs::read_to_string(&path).map_err(failed)?;
            if let Some((entry, text)) = text.strip_prefix("// ").and_then(|t| t.split_once('\n')) {
                sources.push(Source { text: text.into(), entry: entry.into() });
            }
        }
    }
    Ok(sources)
}

impl Backend for Recorder {
    fn kind(&self) -> DeviceKind {
        self.inner.kind()
    }
    fn n_devices(&self) -> usize {
        self.inner.n_devices()
    }
    fn describe(&self, device: Device) -> Result<DeviceInfo> {
        self.inner.describe(device)
    }
    fn default_queue(&self, device: Device) -> Result<Arc<Queue>> {
        self.inner.default_queue(device)
    }
    fn new_queue(&self, device: Device, options: QueueOptions) -> Result<Arc<Queue>> {
        self.inner.new_queue(device, options)
    }
    fn external_queue(&self, device: Device, handle: u64) -> Result<Arc<Queue>> {
        self.inner.external_queue(device, handle)
    }
    fn thread_queue(&self, device: Device) -> Result<Arc<Queue>> {
        self.inner.thread_queue(device)
    }
    fn new_event(&self, device: Device, options: EventOptions) -> Result<Box<dyn Event>> {
        self.inner.new_event(device, options)
    }
    fn library(&self, module: &str) -> Option<&'static dyn cuprous_core::foreign::Library> {
        self.inner.library(module)
    }

    fn call_on_host(&self, queue: &Queue, f: Box<dyn FnOnce() + Send>) -> Result<()> {
        self.inner.call_on_host(queue, f)
    }
    fn attribute(&self, device: Device, number: i32) -> Result<Option<i64>> {
        self.inner.attribute(device, number)
    }
    fn versions(&self) -> Result<(u32, u32)> {
        self.inner.versions()
    }
    fn device_of(&self, address: usize) -> Result<Option<Device>> {
        self.inner.device_of(address)
    }
    fn trim_queue(&self, queue: &Queue) -> Result<()> {
        self.inner.trim_queue(queue)
    }
    fn allocate_raw(&self, queue: &Queue, kind: MemoryKind, n_bytes: usize) -> Result<Buffer> {
        self.inner.allocate_raw(queue, kind, n_bytes)
    }
    fn new_pool(&self, device: Device, below: SharedArena) -> Result<Arc<dyn DevicePool>> {
        self.inner.new_pool(device, below)
    }
    fn driver_pool(&self, device: Device, pool: DriverPool) -> Result<MemoryInfo> {
        self.inner.driver_pool(device, pool)
    }
    fn trim_driver_pool(&self, device: Device, pool: DriverPool) -> Result<()> {
        self.inner.trim_driver_pool(device, pool)
    }
    fn prefetch(&self, queue: &Queue, memory: &Buffer, target: Device) -> Result<()> {
        self.inner.prefetch(queue, memory, target)
    }
    fn advise(&self, memory: &Buffer, advice: i32, device: Device) -> Result<()> {
        self.inner.advise(memory, advice, device)
    }
    fn allocate_pinned(&self, n_bytes: usize, flags: u32) -> Result<Buffer> {
        self.inner.allocate_pinned(n_bytes, flags)
    }
    fn n_free_pinned(&self) -> usize {
        self.inner.n_free_pinned()
    }
    fn trim_pinned(&self) -> Result<()> {
        self.inner.trim_pinned()
    }
    fn copy(&self, queue: &Queue, spec: &CopySpec) -> Result<()> {
        self.inner.copy(queue, spec)
    }
    fn fill(&self, queue: &Queue, target: &Buffer, offset: usize, n_bytes: usize, value: u8) -> Result<()> {
        self.inner.fill(queue, target, offset, n_bytes, value)
    }
    fn synchronize_device(&self, device: Device) -> Result<()> {
        self.inner.synchronize_device(device)
    }
    fn is_idle(&self, queue: &Queue) -> Result<bool> {
        self.inner.is_idle(queue)
    }
    fn allocate(&self, queue: &Queue, n_bytes: usize) -> Result<Buffer> {
        self.inner.allocate(queue, n_bytes)
    }
    fn trim(&self, device: Device) -> Result<()> {
        self.inner.trim(device)
    }
    fn memory(&self, device: Device) -> Result<MemoryInfo> {
        self.inner.memory(device)
    }
    fn set_memory_limit(&self, device: Device, n_bytes: usize) -> Result<()> {
        self.inner.set_memory_limit(device, n_bytes)
    }
    fn upload(&self, queue: &Queue, source: &[u8], target: &Buffer, offset: usize) -> Result<()> {
        self.inner.upload(queue, source, target, offset)
    }
    fn download(&self, queue: &Queue, source: &Buffer, offset: usize, target: &mut [u8]) -> Result<()> {
        self.inner.download(queue, source, offset, target)
    }
    fn synchronize(&self, queue: &Queue) -> Result<()> {
        self.inner.synchronize(queue)
    }
    fn wait(&self, waiter: &Queue, on: &Queue) -> Result<()> {
        self.inner.wait(waiter, on)
    }
    /// None, as on a GPU: the same programs fuse.
    fn eager_below(&self) -> usize {
        0
    }
    fn elementwise(&self, program: &Program, launch: &Launch) -> Result<()> {
        self.note(elementwise::source_of(program, launch)?)?;
        self.inner.elementwise(program, launch)
    }
    fn elementwise_many(&self, program: &Program, launches: &[Launch]) -> Result<()> {
        if launches.len() > 1 && many::capacity(program) > 1 {
            self.note(Some(many::source(program)))?;
        }
        launches.iter().try_for_each(|launch| self.elementwise(program, launch))
    }
    fn watch(&self, queue: &Arc<Queue>, start: fn(&Queue)) {
        self.inner.watch(queue, start);
    }
    fn shares_launches_below(&self) -> usize {
        self.inner.shares_launches_below()
    }
    fn reduce(&self, map: &Program, row: &'static ReduceRow, launch: &ReduceLaunch) -> Result<()> {
        self.note(reduce::source_of(map, row, launch)?)?;
        self.inner.reduce(map, row, launch)
    }
    fn scan(&self, row: &'static ScanRow, launch: &ScanLaunch) -> Result<()> {
        self.note(scan::source_of(row, launch))?;
        self.inner.scan(row, launch)
    }
    fn gather(&self, spec: &GatherSpec) -> Result<()> {
        self.note(gather::source_of(spec))?;
        self.inner.gather(spec)
    }
    fn places(&self, spec: &PlacesSpec) -> Result<()> {
        self.note(Some(gather::places::source_of()))?;
        self.inner.places(spec)
    }
    fn scatter(&self, spec: &ScatterSpec) -> Result<()> {
        self.note(scatter::source_of(spec))?;
        self.inner.scatter(spec)
    }
    fn fold(&self, row: &'static LoopDef, launch: &FoldLaunch) -> Result<()> {
        self.note(fold::source_of(row, launch))?;
        self.inner.fold(row, launch)
    }
    fn sort(&self, spec: &SortSpec) -> Result<()> {
        for source in sort::sources_of(spec) {
            self.note(Some(source))?;
        }
        self.inner.sort(spec)
    }
    fn select(&self, spec: &SelectSpec) -> Result<()> {
        for source in sort::select::sources_of(spec) {
            self.note(Some(source))?;
        }
        self.inner.select(spec)
    }
    fn search(&self, spec: &SearchSpec) -> Result<()> {
        self.note(sort::source_of_search(spec))?;
        self.inner.search(spec)
    }
    fn count(&self, spec: &CountSpec) -> Result<()> {
        self.note(sort::source_of_count(spec))?;
        self.inner.count(spec)
    }
    fn matmul(&self, spec: &MatmulSpec) -> Result<()> {
        self.note(matmul::source_of(spec))?;
        self.inner.matmul(spec)
    }
    /// They are, as on a GPU: the same reductions run.
    fn reduces_thin_products(&self) -> bool {
        true
    }
    fn linalg(&self) -> &dyn Linalg {
        self.inner.linalg()
    }
    fn fft(&self) -> &dyn Fft {
        self
    }
    fn random(&self, spec: &RandomSpec, out: &Operand, queue: &Queue) -> Result<()> {
        for source in random::sources_of_random() {
            self.note(Some(source))?;
        }
        self.inner.random(spec, out, queue)
    }
}

impl Fft for Recorder {
    /// As on a GPU: the same steps follow.
    fn scales(&self, kind: FftKind) -> bool {
        kind == FftKind::RealInverse
    }
    fn transform(&self, spec: &FftSpec) -> Result<()> {
        self.note(fft::source_of(spec))?;
        self.inner.fft().transform(spec)
    }
}
