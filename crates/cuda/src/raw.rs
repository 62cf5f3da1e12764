//! Kernels of users: those around expressions, and modules of code as it is.

use crate::codegen::user::{self, ReduceForm};
use crate::codegen::{self, Params};
use crate::compile::Kernel;
use crate::compile::module::UserModule;
use crate::driver::Context;
use crate::reduce::{self, Nests};
use cuprous_core::backend::ReduceLaunch;
use cuprous_core::iteration::Iteration;
use cuprous_core::kernel::{CustomArgument, CustomBody, CustomKernel, CustomLaunch, Form, Forms, Module, ModuleSource};
use cuprous_core::shape::{Dims, Strides};
use cuprous_core::{Error, Operand, Program, Result, Step};
use parking_lot::Mutex;
use smallvec::SmallVec;
use std::collections::HashMap;
use std::sync::Arc;

/// Kernels that are remembered by their number; their code stays loaded anyhow
const MAX_REMEMBERED: usize = 4096;

/// What was loaded into a context for users.
#[derive(Default)]
pub(crate) struct Loaded {
    kernels: Mutex<HashMap<Key, Arc<Kernel>>>,
    modules: Mutex<HashMap<blake3::Hash, Arc<UserModule>>>,
}

/// What a kernel's text depends on.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    id: u64,
    forms: Forms,
    n_axes: usize,
    reduce: Option<ReduceForm>,
}

/// Runs a kernel around a user's expressions.
///
/// # Errors
/// `Compile` with log and text; `Memory`, `Device`.
pub fn run(ctx: &Context, kernel: &CustomKernel, launch: &CustomLaunch) -> Result<()> {
    if kernel.params.len() != launch.arguments.len() {
        return Err(Error::runtime(format!("kernel {} with {} arguments", kernel.name, launch.arguments.len())));
    }
    match kernel.body {
        CustomBody::Elementwise { .. } => elementwise(ctx, kernel, launch),
        CustomBody::Reduce { .. } => reduction(ctx, kernel, launch),
    }
}

/// Compiles or loads code; code that was loaded before is shared, its global variables too.
///
/// # Errors
/// `Compile` with log and text; `Device`.
pub fn module(ctx: &Context, source: &ModuleSource) -> Result<Arc<dyn Module>> {
    let hash = blake3::hash(format!("{source:?}").as_bytes());
    if let Some(module) = ctx.user.modules.lock().get(&hash) {
        return Ok(module.clone());
    }
    // Compiled without the lock; of two threads that compile the same the first one's stays.
    let module = Arc::new(ctx.load_module(source)?);
    Ok(ctx.user.modules.lock().entry(hash).or_insert(module).clone())
}

fn load(ctx: &Context, custom: &CustomKernel, key: Key, make: impl FnOnce() -> crate::compile::user::UserSource) -> Result<Arc<Kernel>> {
    if let Some(kernel) = ctx.user.kernels.lock().get(&key) {
        return Ok(kernel.clone());
    }
    let source = make();
    let kernel = ctx.load_user(&source)?;
    let _ = custom.compiled.set(source.text);
    let mut kernels = ctx.user.kernels.lock();
    if kernels.len() >= MAX_REMEMBERED {
        kernels.clear();
    }
    Ok(kernels.entry(key).or_insert(kernel).clone())
}

/// The axes that an element-wise kernel walks, with the strides of the arrays that it walks element by element.
fn nest(kernel: &CustomKernel, launch: &CustomLaunch) -> (Dims, SmallVec<[Strides; 4]>) {
    let walked: SmallVec<[&[isize]; 8]> = walked(kernel, launch).map(|(_, o)| &o.layout.strides[..]).collect();
    if launch.keeps_axes && !launch.shape.is_empty() {
        return (launch.shape.into(), walked.iter().map(|&s| s.into()).collect());
    }
    // In their order, for the expressions may use the index.
    let axes: SmallVec<[usize; 8]> = (0..launch.shape.len()).collect();
    let nest = Iteration::merged(launch.shape, &walked, &axes);
    (nest.shape, nest.strides)
}

/// The arrays that a kernel walks element by element, with the number of their parameter.
fn walked<'a>(kernel: &'a CustomKernel, launch: &'a CustomLaunch) -> impl Iterator<Item = (usize, &'a Operand<'a>)> {
    kernel.params.iter().zip(launch.arguments).enumerate().filter_map(|(k, (p, a))| match a {
        CustomArgument::Array(o) if !p.is_raw => Some((k, o)),
        _ => None,
    })
}

fn push_whole(params: &mut Params, argument: &CustomArgument) {
    match argument {
        CustomArgument::Scalar(s) => user::push_scalar(params, *s),
        CustomArgument::Array(o) => user::push_array(params, o.address(), &o.layout.shape, &o.layout.strides),
    }
}

fn elementwise(ctx: &Context, kernel: &CustomKernel, launch: &CustomLaunch) -> Result<()> {
    let (shape, strides) = nest(kernel, launch);
    let mut forms: Forms = launch.arguments.iter().map(Form::whole).collect();
    let mut params = Params::default();
    let n: usize = shape.iter().product();
    params.uint(n);
    shape.iter().for_each(|&n| params.uint(n));
    shape.iter().for_each(|_| params.uint(0));
    let mut next = 0;
    for (k, (param, argument)) in kernel.params.iter().zip(launch.arguments).enumerate() {
        match argument {
            CustomArgument::Array(o) if !param.is_raw => {
                let own = &strides[next];
                next += 1;
                forms[k] = Form::walked(&shape, own, o.dtype.size());
                user::push_array(&mut params, o.address(), &shape, own);
            }
            _ => push_whole(&mut params, argument),
        }
    }
    let key = Key { id: kernel.id, forms: forms.clone(), n_axes: shape.len(), reduce: None };
    let compiled = load(ctx, kernel, key, || user::elementwise(kernel, &forms, shape.len()))?;
    let block = launch.block.max(1);
    // Threads go on with further elements where there are more than blocks can be.
    let grid = n.div_ceil(block).min(i32::MAX as usize);
    codegen::start(&compiled, [grid, 1, 1], [block, 1, 1], &params, launch.queue)
}

fn reduction(ctx: &Context, kernel: &CustomKernel, launch: &CustomLaunch) -> Result<()> {
    let n_outputs = kernel.params.iter().rev().take_while(|p| !p.is_const).count();
    let n_inputs = kernel.params.len() - n_outputs;
    let inputs: SmallVec<[(usize, Operand); 4]> = walked(kernel, launch).filter(|(k, _)| *k < n_inputs).map(|(k, o)| (k, *o)).collect();
    let (Some((_, widest)), Some(CustomArgument::Array(output))) =
        (inputs.iter().max_by_key(|(_, o)| o.dtype.size()), launch.arguments.get(n_inputs))
    else {
        return Err(Error::runtime(format!("kernel {} reduces nothing", kernel.name)));
    };
    let steps = inputs.iter().enumerate().map(|(j, (_, o))| Step::Load { operand: j as u32, dtype: o.dtype }).collect();
    let map = Program { steps, outputs: Default::default() };
    let operands: SmallVec<[Operand; 4]> = inputs.iter().map(|(_, o)| *o).collect();
    let indexed = kernel.is_indexed();
    let reduce_launch = ReduceLaunch {
        shape: launch.shape,
        strides: &widest.layout.strides,
        reduced: launch.reduced,
        inputs: &operands,
        parameters: &[],
        output: *output,
        queue: launch.queue,
    };
    let Some(nests) = Nests::new(&map, widest.dtype.size(), indexed, &reduce_launch) else { return Ok(()) };
    let form = ReduceForm {
        outer: nests.outer,
        n_kept: nests.kept.shape.len(),
        n_reduced: nests.reduced.shape.len(),
        constant: nests.constant,
        lanes: codegen::reduce::lanes(widest.dtype.size(), nests.outer),
    };
    let forms: Forms = launch.arguments.iter().map(Form::whole).collect();
    let key = Key { id: kernel.id, forms: forms.clone(), n_axes: 0, reduce: Some(form) };
    let compiled = load(ctx, kernel, key, || user::reduction(kernel, n_outputs, &forms, &map, form))?;

    let mut params = Params::default();
    for (param, argument) in kernel.params[..n_inputs].iter().zip(launch.arguments) {
        if param.is_raw || matches!(argument, CustomArgument::Scalar(_)) {
            push_whole(&mut params, argument);
        }
    }
    for argument in &launch.arguments[n_inputs + 1..] {
        let CustomArgument::Array(o) = argument else { return Err(Error::runtime("an output is no array")) };
        params.uint(o.address());
    }
    reduce::start(ctx, &compiled, &map, &reduce_launch, &nests, params)
}

#[cfg(test)]
mod tests {
    use super::*;
    use cuprous_core::kernel::CustomParam;
    use cuprous_core::layout::Order;
    use cuprous_core::{DType, Device, Layout, Queue};

    fn kernel(params: &[(DType, bool)]) -> CustomKernel {
        let param = |&(dtype, is_raw): &(DType, bool)| CustomParam { name: "x".into(), dtype, is_raw, is_const: true };
        CustomKernel {
            id: 0,
            name: "f".into(),
            params: params.iter().map(param).collect(),
            types: Vec::new(),
            preamble: String::new(),
            options: Vec::new(),
            body: CustomBody::Elementwise { operation: String::new(), before: String::new(), after: String::new() },
            compiled: Default::default(),
        }
    }

    fn queue() -> Queue {
        Queue::new(Device::cuda(0), 0, None)
    }

    #[test]
    fn axes_keep_their_order_and_become_one_where_they_can() {
        let packed = Layout::contiguous(&[2, 3, 4], 8, Order::C);
        let fortran = Layout::contiguous(&[2, 3, 4], 8, Order::F);
        let row = Layout { shape: packed.shape.clone(), strides: [0, 0, 8].into_iter().collect(), offset: 0 };
        let raw = Layout::contiguous(&[9, 9], 8, Order::C);
        // Operands without memory are of dtype int64.
        let operand = |l| CustomArgument::Array(Operand::index(l));
        let k = kernel(&[(DType::I64, false), (DType::I64, false), (DType::I64, true)]);
        let nest_of = |a, b, keeps_axes| {
            let arguments = [operand(a), operand(b), operand(&raw)];
            let queue = queue();
            let launch = CustomLaunch { shape: &[2, 3, 4], arguments: &arguments, reduced: &[], keeps_axes, block: 128, queue: &queue };
            let (shape, strides) = nest(&k, &launch);
            (shape.to_vec(), strides.iter().map(|s| s.to_vec()).collect::<Vec<_>>())
        };
        assert_eq!(nest_of(&packed, &packed, false), (vec![24], vec![vec![8], vec![8]]));
        assert_eq!(nest_of(&packed, &packed, true), (vec![2, 3, 4], vec![vec![96, 32, 8], vec![96, 32, 8]]));
        assert_eq!(nest_of(&packed, &row, false), (vec![6, 4], vec![vec![32, 8], vec![0, 8]]));
        assert_eq!(nest_of(&fortran, &fortran, false), (vec![2, 3, 4], vec![vec![8, 16, 48], vec![8, 16, 48]]));
        assert_eq!(Form::whole(&operand(&raw)), Form::Array { n_axes: 2, dense: true });
        assert_eq!(Form::whole(&operand(&fortran)), Form::Array { n_axes: 3, dense: false });
    }

    #[test]
    fn dense_is_packed_in_c_order() {}
}
