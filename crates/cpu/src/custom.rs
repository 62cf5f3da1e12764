//! Kernels that users wrote in CUDA C++, compiled by the host's C++ compiler: those around expressions, and code as it is.
//!
//! A user's code runs in the process: what it writes out of bounds nobody can take back.

mod compiler;
mod disk;
mod exports;
mod faults;
mod library;
mod module;
mod stacks;
#[cfg(test)]
mod tests;
mod text;

use crate::locks;
use crate::threads::{Scratch, Threads};
use compiler::Source;
use cuprous_core::iteration::Iteration;
use cuprous_core::kernel::{CustomArgument, CustomBody, CustomKernel, CustomLaunch, Form, Forms, Module, ModuleSource, PackedArguments};
use cuprous_core::{Error, Operand, Result};
use library::{Blocks, Kernel, Library};
use parking_lot::Mutex;
use smallvec::SmallVec;
use std::collections::HashMap;
use std::sync::Arc;
use text::ReduceForm;

/// Kernels that are remembered by their number; their code stays loaded anyhow
const MAX_REMEMBERED: usize = 4096;
/// Elements that a reduction of few results folds at once
const CHUNK: usize = 1 << 15;
/// Results that are enough work to share without cutting their reductions
const MANY_RESULTS: usize = 64;
/// What a value of a reduction takes at most
const VALUE_BYTES: usize = 64;

/// What was loaded for users.
#[derive(Default)]
pub struct Loaded {
    kernels: Mutex<HashMap<Key, Arc<Kernel>>>,
    modules: Mutex<HashMap<blake3::Hash, Arc<module::HostModule>>>,
}

/// What a kernel's text depends on.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    id: u64,
    forms: Forms,
    n_axes: usize,
    reduce: Option<ReduceForm>,
}

impl Source {
    /// The library, from the disk cache or compiled.
    ///
    /// # Errors
    /// `Compile` with the log and the text; `Device` without a compiler.
    fn load(&self) -> Result<Library> {
        let compiler = compiler::find()?;
        if std::env::var("CUPROUS_LOG").is_ok_and(|v| v.split(',').any(|w| w.trim() == "source")) {
            eprintln!("cuprous: kernel {} of a user, with {}\n{}", self.name, self.options.join(" "), self.text);
        }
        disk::open(&self.hash(&compiler), |dir| self.compile(&compiler, dir), Library::open)
    }
}

/// Runs a kernel around a user's expressions.
///
/// # Errors
/// `Compile` with log and text; `Memory`, `Device`.
pub fn run(loaded: &Loaded, threads: &Threads, kernel: &CustomKernel, launch: &CustomLaunch) -> Result<()> {
    if kernel.params.len() != launch.arguments.len() {
        return Err(Error::runtime(format!("kernel {} with {} arguments", kernel.name, launch.arguments.len())));
    }
    let arrays = |is_const: bool| {
        let of = kernel.params.iter().zip(launch.arguments).filter(move |(p, _)| p.is_const == is_const);
        of.filter_map(|(_, a)| if let CustomArgument::Array(o) = a { Some(*o) } else { None }).collect::<Vec<Operand>>()
    };
    let (outputs, inputs) = (arrays(false), arrays(true));
    match kernel.body {
        CustomBody::Elementwise { .. } => elementwise(loaded, threads, kernel, launch, &outputs, &inputs),
        CustomBody::Reduce { .. } => reduction(loaded, threads, kernel, launch, &outputs, &inputs),
    }
}

/// Compiles code; code that was loaded before is shared, its global variables too.
///
/// # Errors
/// `Compile` with log and text; `Device` without a compiler; `Unsupported` for machine code.
pub fn module(loaded: &Loaded, threads: &Arc<Threads>, source: &ModuleSource) -> Result<Arc<dyn Module>> {
    let hash = blake3::hash(format!("{source:?}").as_bytes());
    if let Some(module) = loaded.modules.lock().get(&hash) {
        return Ok(module.clone());
    }
    // Compiled without the lock; of two threads that compile the same the first one's stays.
    let module = Arc::new(module::HostModule::new(source, threads.clone())?);
    Ok(loaded.modules.lock().entry(hash).or_insert(module).clone())
}

fn load(loaded: &Loaded, key: Key, kernel: &CustomKernel, text: impl FnOnce() -> String) -> Result<Arc<Kernel>> {
    if let Some(kernel) = loaded.kernels.lock().get(&key) {
        return Ok(kernel.clone());
    }
    let source = Source { text: text(), name: kernel.name.clone(), options: kernel.options.clone(), expressions: Vec::new() };
    let found = source.load()?.kernel(&kernel.name);
    let made = Arc::new(found.ok_or_else(|| Error::compile(format!("the text around kernel {} hides it:\n{}", kernel.name, source.text)))?);
    let _ = kernel.compiled.set(source.text);
    let mut kernels = loaded.kernels.lock();
    if kernels.len() >= MAX_REMEMBERED {
        kernels.clear();
    }
    Ok(kernels.entry(key).or_insert(made).clone())
}

/// Words of a structure of 64-bit fields.
fn push_fields(packed: &mut PackedArguments, fields: impl IntoIterator<Item = i64>) {
    let bytes: Vec<u8> = fields.into_iter().flat_map(i64::to_ne_bytes).collect();
    packed.push(&bytes);
}

/// An array as `CArray` has it.
fn push_array(packed: &mut PackedArguments, o: &Operand, shape: &[usize], strides: &[isize]) {
    let size: usize = shape.iter().product();
    let head = [o.address() as i64, size as i64];
    let (shape, strides): (SmallVec<[i64; 8]>, SmallVec<[i64; 8]>) = if shape.is_empty() {
        ([1].into_iter().collect(), [0].into_iter().collect())
    } else {
        (shape.iter().map(|&n| n as i64).collect(), strides.iter().map(|&s| s as i64).collect())
    };
    push_fields(packed, head.into_iter().chain(shape).chain(strides));
}

/// An argument that the expressions see whole.
fn push_whole(packed: &mut PackedArguments, argument: &CustomArgument) {
    match argument {
        CustomArgument::Scalar(s) => packed.push(s.bytes()),
        CustomArgument::Array(o) => push_array(packed, o, &o.layout.shape, &o.layout.strides),
    }
}

fn elementwise(
    loaded: &Loaded,
    threads: &Threads,
    kernel: &CustomKernel,
    launch: &CustomLaunch,
    outputs: &[Operand],
    inputs: &[Operand],
) -> Result<()> {
    let is_walked = |k: usize| !kernel.params[k].is_raw && matches!(launch.arguments[k], CustomArgument::Array(_));
    let strides: SmallVec<[&[isize]; 8]> = (launch.arguments.iter().enumerate())
        .filter_map(|(k, a)| if let (true, CustomArgument::Array(o)) = (is_walked(k), a) { Some(&o.layout.strides[..]) } else { None })
        .collect();
    let nest = if launch.keeps_axes && !launch.shape.is_empty() {
        Iteration { shape: launch.shape.into(), strides: strides.iter().map(|&s| s.into()).collect() }
    } else {
        // In their order, for the expressions may use the index.
        let axes: SmallVec<[usize; 8]> = (0..launch.shape.len()).collect();
        Iteration::merged(launch.shape, &strides, &axes)
    };
    let (shape, n) = (&nest.shape, nest.size());
    let mut forms = Forms::new();
    let mut packed = PackedArguments::default();
    push_fields(&mut packed, [n as i64].into_iter().chain(shape.iter().map(|&n| n as i64)).chain(shape.iter().map(|_| 0)));
    let mut next = 0;
    for (k, argument) in launch.arguments.iter().enumerate() {
        match argument {
            CustomArgument::Array(o) if is_walked(k) => {
                let own = &nest.strides[next];
                next += 1;
                forms.push(Form::walked(shape, own, o.dtype.size()));
                push_array(&mut packed, o, shape, own);
            }
            _ => {
                forms.push(Form::whole(argument));
                push_whole(&mut packed, argument);
            }
        }
    }
    let key = Key { id: kernel.id, forms: forms.clone(), n_axes: shape.len(), reduce: None };
    let compiled = load(loaded, key, kernel, || text::elementwise(kernel, &forms, shape.len()))?;
    // A user's function may be long: less of it than of ours is worth a thread.
    let n_steps = n.saturating_mul(8);
    let blocks = if text::wants_threads(kernel) {
        let block = launch.block.clamp(1, 1024);
        let grid = n.div_ceil(block).min(i32::MAX as usize);
        Blocks { grid: [grid as u32, 1, 1], block: [block as u32, 1, 1], at_once: false, n_steps }
    } else {
        Blocks { grid: [threads.n_pieces(n_steps).min(n).max(1) as u32, 1, 1], block: [1; 3], at_once: false, n_steps }
    };
    let _held = locks::hold(outputs, inputs);
    compiled.run(threads, &blocks, &packed.words, &packed.starts)
}

fn reduction(
    loaded: &Loaded,
    threads: &Threads,
    kernel: &CustomKernel,
    launch: &CustomLaunch,
    outputs: &[Operand],
    inputs: &[Operand],
) -> Result<()> {
    let n_outputs = kernel.params.iter().rev().take_while(|p| !p.is_const).count();
    let n_inputs = kernel.params.len() - n_outputs;
    let is_walked = |k: usize| k >= n_inputs || !kernel.params[k].is_raw && matches!(launch.arguments[k], CustomArgument::Array(_));
    let walked: Vec<&Operand> = (launch.arguments.iter().enumerate())
        .filter_map(|(k, a)| if let (true, CustomArgument::Array(o)) = (is_walked(k), a) { Some(o) } else { None })
        .collect();
    let axes_of = |which: bool| -> Vec<usize> { (0..launch.shape.len()).filter(|&k| launch.reduced[k] == which).collect() };
    let along = |axes: &[usize], in_order: bool| {
        let shape: Vec<usize> = axes.iter().map(|&k| launch.shape[k]).collect();
        let strides: Vec<Vec<isize>> = walked.iter().map(|o| axes.iter().map(|&k| o.layout.strides[k]).collect()).collect();
        let strides: Vec<&[isize]> = strides.iter().map(|s| &s[..]).collect();
        let all: Vec<usize> = (0..axes.len()).collect();
        if in_order { Iteration::merged(&shape, &strides, &all) } else { Iteration::sorted(&shape, &strides) }
    };
    let (kept, reduced) = (along(&axes_of(false), true), along(&axes_of(true), kernel.is_indexed()));
    let (n_kept, n_reduced) = (kept.size(), reduced.size());
    if n_kept == 0 {
        return Ok(());
    }
    let form = ReduceForm { n_kept: kept.shape.len(), n_reduced: reduced.shape.len() };
    let forms: Forms = launch.arguments.iter().map(Form::whole).collect();
    let key = Key { id: kernel.id, forms: forms.clone(), n_axes: 0, reduce: Some(form) };
    let compiled = load(loaded, key, kernel, || text::reduction(kernel, n_outputs, &forms, form))?;

    // Whether a reduction is cut follows from the shape alone.
    let chunks = if n_kept < MANY_RESULTS { n_reduced.div_ceil(CHUNK).max(1) } else { 1 };
    let mut partial = Scratch::new(if chunks > 1 { n_kept * chunks * VALUE_BYTES } else { 0 });
    let partial = partial.as_mut_ptr() as i64;
    let n_steps = n_kept.saturating_mul(n_reduced).saturating_mul(4);
    let _held = locks::hold(outputs, inputs);
    for phase in if chunks > 1 { 1..3 } else { 0..1 } {
        let mut packed = PackedArguments::default();
        let head = [n_kept as i64, n_reduced as i64, chunks as i64, CHUNK as i64, phase, partial];
        push_fields(&mut packed, head.into_iter().chain(kept.shape.iter().chain(&reduced.shape).map(|&n| n as i64)));
        let mut next = 0;
        for (k, argument) in launch.arguments.iter().enumerate() {
            match argument {
                CustomArgument::Array(o) if is_walked(k) => {
                    let strides = kept.strides[next].iter().chain(&reduced.strides[next]).map(|&s| s as i64);
                    push_fields(&mut packed, [o.address() as i64].into_iter().chain(strides));
                    next += 1;
                }
                _ => push_whole(&mut packed, argument),
            }
        }
        let (items, n_steps) = match phase {
            1 => (n_kept * chunks, n_steps),
            2 => (n_kept, n_kept * chunks),
            _ => (n_kept, n_steps),
        };
        let blocks = Blocks { grid: [threads.n_pieces(n_steps).min(items).max(1) as u32, 1, 1], block: [1; 3], at_once: false, n_steps };
        compiled.run(threads, &blocks, &packed.words, &packed.starts)?;
    }
    Ok(())
}
