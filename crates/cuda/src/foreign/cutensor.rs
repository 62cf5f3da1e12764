//! cuTENSOR: contractions, reductions and element-wise operations of tensors, for programs that call it themselves;
//! with cuTENSORMg, for tensors that lie on several GPUs.

use super::{Call, Table, calls, named, plain_calls};
use cuprous_core::foreign::{Function, Library, Own};
use cuprous_core::{Device, Error, Result, own_functions};
use cuprous_cuda_sys::{Cutensor, CutensorMg};
use std::sync::OnceLock;

pub(super) static TABLE: Table = Table {
    name: "cuTENSOR",
    open: || Cutensor::ready().map(|api| &api.library),
    calls: CALLS,
    own: &[],
    constants: CONSTANTS,
    status: |code| named(STATUSES, code),
    needs_device: true,
    streams: &[],
    places: OnceLock::new(),
};

pub(super) static SEVERAL: Table = Table {
    name: "cuTENSORMg",
    open: || CutensorMg::ready().map(|api| &api.library),
    calls: CALLS_OF_SEVERAL,
    own: &[],
    constants: &[],
    status: |code| named(STATUSES, code),
    needs_device: true,
    streams: &[],
    places: OnceLock::new(),
};

/// What needs no device.
static ANYWHERE: Table = Table {
    name: "cuTENSOR",
    open: || Cutensor::ready().map(|api| &api.library),
    calls: &[],
    own: OWN,
    constants: &[],
    status: |code| named(STATUSES, code),
    needs_device: false,
    streams: &[],
    places: OnceLock::new(),
};

/// Both libraries as the one module that programs see.
pub(super) struct Both;

pub(super) static LIBRARY: Both = Both;

static TABLES: [&Table; 3] = [&TABLE, &SEVERAL, &ANYWHERE];

/// In which precision is computed, as numbers, and the variables of the library that say so.
static PRECISIONS: &[(u64, &str)] = &[
    (1, "CUTENSOR_COMPUTE_DESC_16F"),
    (4, "CUTENSOR_COMPUTE_DESC_32F"),
    (16, "CUTENSOR_COMPUTE_DESC_64F"),
    (1024, "CUTENSOR_COMPUTE_DESC_16BF"),
    (4096, "CUTENSOR_COMPUTE_DESC_TF32"),
    (8192, "CUTENSOR_COMPUTE_DESC_3XTF32"),
];

/// What the library takes for a number of [`PRECISIONS`].
fn precision(number: u64) -> Result<u64> {
    let (_, name) = PRECISIONS.iter().find(|(n, _)| *n == number).ok_or_else(|| {
        let names = PRECISIONS.iter().map(|(n, name)| format!("{n} ({})", name.trim_start_matches("CUTENSOR_")));
        Error::value(format!("descCompute must be one of {}, not {number}", names.collect::<Vec<_>>().join(", ")))
    })?;
    // SAFETY: a variable's address is a pointer, and what it points to is one itself; the library stays loaded.
    unsafe { api()?.library.symbol::<*const usize>(name).map(|variable| *variable as u64) }.map_err(Error::device)
}

impl Library for Both {
    fn functions(&self) -> Vec<Function> {
        TABLES.iter().flat_map(|t| t.functions()).collect()
    }

    fn constants(&self) -> &'static [(&'static str, i64)] {
        CONSTANTS
    }

    fn call(&self, name: &str, device: Device, words: &mut [u64]) -> Result<i32> {
        let table = TABLES.into_iter().find(|t| t.places().by_name.contains_key(name)).unwrap_or(&TABLE);
        let described = CALLS.iter().find(|c| c.function.name == name);
        if let Some(at) = described.and_then(|c| c.function.parameters.iter().position(|p| p.name == "descCompute"))
            && let Some(word) = words.get_mut(at)
        {
            *word = precision(*word)?;
        }
        table.call(name, device, words)
    }

    fn status(&self, code: i32) -> String {
        (TABLE.status)(code)
    }
}

static STATUSES: &[(i32, &str)] = &[
    (0, "CUTENSOR_STATUS_SUCCESS"),
    (1, "CUTENSOR_STATUS_NOT_INITIALIZED"),
    (3, "CUTENSOR_STATUS_ALLOC_FAILED"),
    (7, "CUTENSOR_STATUS_INVALID_VALUE"),
    (8, "CUTENSOR_STATUS_ARCH_MISMATCH"),
    (11, "CUTENSOR_STATUS_MAPPING_ERROR"),
    (13, "CUTENSOR_STATUS_EXECUTION_FAILED"),
    (14, "CUTENSOR_STATUS_INTERNAL_ERROR"),
    (15, "CUTENSOR_STATUS_NOT_SUPPORTED"),
    (16, "CUTENSOR_STATUS_LICENSE_ERROR"),
    (17, "CUTENSOR_STATUS_CUBLAS_ERROR"),
    (18, "CUTENSOR_STATUS_CUDA_ERROR"),
    (19, "CUTENSOR_STATUS_INSUFFICIENT_WORKSPACE"),
    (20, "CUTENSOR_STATUS_INSUFFICIENT_DRIVER"),
    (21, "CUTENSOR_STATUS_IO_ERROR"),
];

static OWN: &[Own] = own_functions! {
    get_version(version: out_addr) => version;
    get_cudart_version(version: out_addr) => runtime_version;
};

fn api() -> Result<&'static Cutensor> {
    Cutensor::ready().map_err(|e| Error::device(format!("cuTENSOR is missing: {e}")))
}

fn version(_: Device, words: &mut [u64]) -> Result<i32> {
    // SAFETY: it takes nothing and gives a number.
    words[0] = unsafe { (api()?.cutensorGetVersion)() } as u64;
    Ok(0)
}

fn runtime_version(_: Device, words: &mut [u64]) -> Result<i32> {
    // SAFETY: as above.
    words[0] = unsafe { (api()?.cutensorGetCudartVersion)() } as u64;
    Ok(0)
}

static CONSTANTS: &[(&str, i64)] = &[
    ("ALGO_DEFAULT", -1),
    ("ALGO_DEFAULT_PATIENT", -6),
    ("ALGO_GETT", -4),
    ("ALGO_TGETT", -3),
    ("ALGO_TTGT", -2),
    ("COMPUTE_16BF", 1024),
    ("COMPUTE_16F", 1),
    ("COMPUTE_32F", 4),
    ("COMPUTE_32I", 512),
    ("COMPUTE_32U", 128),
    ("COMPUTE_3XTF32", 8192),
    ("COMPUTE_64F", 16),
    ("COMPUTE_8I", 256),
    ("COMPUTE_8U", 64),
    ("COMPUTE_DESC_16BF", 1024),
    ("COMPUTE_DESC_16F", 1),
    ("COMPUTE_DESC_32F", 4),
    ("COMPUTE_DESC_3xTF32", 8192),
    ("COMPUTE_DESC_64F", 16),
    ("COMPUTE_DESC_TF32", 4096),
    ("COMPUTE_TF32", 4096),
    ("CUTENSORMG_ALGO_DEFAULT", -1),
    ("CUTENSOR_MG_DEVICE_HOST", -1),
    ("CUTENSOR_MG_DEVICE_HOST_PINNED", -2),
    ("C_16BF", 15),
    ("C_16F", 6),
    ("C_16I", 21),
    ("C_16U", 23),
    ("C_32F", 4),
    ("C_32I", 11),
    ("C_32U", 13),
    ("C_4I", 17),
    ("C_4U", 19),
    ("C_64F", 5),
    ("C_64I", 25),
    ("C_64U", 27),
    ("C_8I", 7),
    ("C_8U", 9),
    ("C_MIN_16F", 2),
    ("C_MIN_32F", 8),
    ("C_MIN_64F", 32),
    ("C_MIN_TF32", 4096),
    ("JIT_MODE_ALL", 2),
    ("JIT_MODE_DEFAULT", 1),
    ("JIT_MODE_NONE", 0),
    ("OP_ABS", 24),
    ("OP_ACOS", 32),
    ("OP_ACOSH", 35),
    ("OP_ADD", 3),
    ("OP_ASIN", 31),
    ("OP_ASINH", 34),
    ("OP_ATAN", 33),
    ("OP_ATANH", 36),
    ("OP_CEIL", 37),
    ("OP_CONJ", 9),
    ("OP_COS", 27),
    ("OP_COSH", 30),
    ("OP_EXP", 22),
    ("OP_FLOOR", 38),
    ("OP_IDENTITY", 1),
    ("OP_LOG", 23),
    ("OP_MAX", 6),
    ("OP_MIN", 7),
    ("OP_MUL", 5),
    ("OP_NEG", 25),
    ("OP_RCP", 10),
    ("OP_RELU", 8),
    ("OP_SIGMOID", 11),
    ("OP_SIN", 26),
    ("OP_SINH", 29),
    ("OP_SQRT", 2),
    ("OP_TAN", 28),
    ("OP_TANH", 12),
    ("PLAN_REQUIRED_WORKSPACE", 0),
    ("R_16BF", 14),
    ("R_16F", 2),
    ("R_16I", 20),
    ("R_16U", 22),
    ("R_32F", 0),
    ("R_32I", 10),
    ("R_32U", 12),
    ("R_4I", 16),
    ("R_4U", 18),
    ("R_64F", 1),
    ("R_64I", 24),
    ("R_64U", 26),
    ("R_8I", 3),
    ("R_8U", 8),
    ("R_MIN_16BF", 1024),
    ("R_MIN_16F", 1),
    ("R_MIN_32F", 4),
    ("R_MIN_32I", 512),
    ("R_MIN_32U", 128),
    ("R_MIN_64F", 16),
    ("R_MIN_8I", 256),
    ("R_MIN_8U", 64),
    ("R_MIN_TF32", 2048),
    ("STATUS_ALLOC_FAILED", 3),
    ("STATUS_ARCH_MISMATCH", 8),
    ("STATUS_CUBLAS_ERROR", 17),
    ("STATUS_CUDA_ERROR", 18),
    ("STATUS_EXECUTION_FAILED", 13),
    ("STATUS_INSUFFICIENT_DRIVER", 20),
    ("STATUS_INSUFFICIENT_WORKSPACE", 19),
    ("STATUS_INTERNAL_ERROR", 14),
    ("STATUS_INVALID_VALUE", 7),
    ("STATUS_IO_ERROR", 21),
    ("STATUS_LICENSE_ERROR", 16),
    ("STATUS_MAPPING_ERROR", 11),
    ("STATUS_NOT_INITIALIZED", 1),
    ("STATUS_NOT_SUPPORTED", 15),
    ("STATUS_SUCCESS", 0),
    ("WORKSPACE_MAX", 3),
    ("WORKSPACE_MIN", 1),
    ("WORKSPACE_RECOMMENDED", 2),
];

#[rustfmt::skip]
static CALLS: &[Call] = plain_calls! {
    create = cutensorCreate(handle: out_addr);
    destroy = cutensorDestroy(handle: addr);
    createTensorDescriptor = cutensorCreateTensorDescriptor(handle: addr, desc: out_addr, numModes: uint, extent: addr, stride: addr,
        dataType: int, alignmentRequirement: uint);
    destroyTensorDescriptor = cutensorDestroyTensorDescriptor(desc: addr);
    createPlanPreference = cutensorCreatePlanPreference(handle: addr, pref: out_addr, algo: int, jitMode: int);
    destroyPlanPreference = cutensorDestroyPlanPreference(pref: addr);
    estimateWorkspaceSize = cutensorEstimateWorkspaceSize(handle: addr, desc: addr, planPref: addr, workspacePref: int,
        workspaceSizeEstimate: out_addr);
    createPlan = cutensorCreatePlan(handle: addr, plan: out_addr, desc: addr, pref: addr, workspaceSizeLimit: addr);
    planGetAttribute = cutensorPlanGetAttribute(handle: addr, plan: addr, attr: int, buf: addr, sizeInBytes: addr);
    destroyPlan = cutensorDestroyPlan(plan: addr);
    createElementwiseTrinary = cutensorCreateElementwiseTrinary(handle: addr, desc: out_addr, descA: addr, modeA: addr, opA: int,
        descB: addr, modeB: addr, opB: int, descC: addr, modeC: addr, opC: int, descD: addr, modeD: addr, opAB: int, opABC: int,
        descCompute: addr);
    elementwiseTrinaryExecute = cutensorElementwiseTrinaryExecute(handle: addr, plan: addr, alpha: addr, A: addr, beta: addr, B: addr,
        gamma: addr, C: addr, D: addr, stream: stream);
    createElementwiseBinary = cutensorCreateElementwiseBinary(handle: addr, desc: out_addr, descA: addr, modeA: addr, opA: int,
        descC: addr, modeC: addr, opC: int, descD: addr, modeD: addr, opAB: int, descCompute: addr);
    elementwiseBinaryExecute = cutensorElementwiseBinaryExecute(handle: addr, plan: addr, alpha: addr, A: addr, gamma: addr, C: addr,
        D: addr, stream: stream);
    createPermutation = cutensorCreatePermutation(handle: addr, desc: out_addr, descA: addr, modeA: addr, opA: int, descB: addr,
        modeB: addr, descCompute: addr);
    permute = cutensorPermute(handle: addr, plan: addr, alpha: addr, A: addr, B: addr, stream: stream);
    createContraction = cutensorCreateContraction(handle: addr, desc: out_addr, descA: addr, modeA: addr, opA: int, descB: addr,
        modeB: addr, opB: int, descC: addr, modeC: addr, opC: int, descD: addr, modeD: addr, descCompute: addr);
    contract = cutensorContract(handle: addr, plan: addr, alpha: addr, A: addr, B: addr, beta: addr, C: addr, D: addr, workspace: addr,
        workspaceSize: addr, stream: stream);
    createReduction = cutensorCreateReduction(handle: addr, desc: out_addr, descA: addr, modeA: addr, opA: int, descC: addr,
        modeC: addr, opC: int, descD: addr, modeD: addr, opReduce: int, descCompute: addr);
    reduce = cutensorReduce(handle: addr, plan: addr, alpha: addr, A: addr, beta: addr, C: addr, D: addr, workspace: addr,
        workspaceSize: addr, stream: stream);
    destroyOperationDescriptor = cutensorDestroyOperationDescriptor(desc: addr);
};

#[rustfmt::skip]
static CALLS_OF_SEVERAL: &[Call] = calls! {
    createMg(handle: out_addr, numDevices: uint, devices: addr) = cutensorMgCreate(handle, numDevices, devices);
    destroyMg(handle: addr) = cutensorMgDestroy(handle);
    createMgTensorDescriptor(handle: addr, desc: out_addr, numModes: uint, extent: addr, elementStride: addr, blockSize: addr,
        blockStride: addr, deviceCount: addr, numDevices: uint, devices: addr, dataType: int)
        = cutensorMgCreateTensorDescriptor(handle, desc, numModes, extent, elementStride, blockSize, blockStride, deviceCount,
            numDevices, devices, dataType);
    destroyMgTensorDescriptor(desc: addr) = cutensorMgDestroyTensorDescriptor(desc);
    createMgCopyDescriptor(handle: addr, desc: out_addr, descDst: addr, modesDst: addr, descSrc: addr, modesSrc: addr)
        = cutensorMgCreateCopyDescriptor(handle, desc, descDst, modesDst, descSrc, modesSrc);
    destroyMgCopyDescriptor(desc: addr) = cutensorMgDestroyCopyDescriptor(desc);
    getMgCopyWorkspace(handle: addr, desc: addr, workspaceDeviceSize: addr, workspaceHostSize: out_long)
        = cutensorMgCopyGetWorkspace(handle, desc, workspaceDeviceSize, workspaceHostSize);
    createMgCopyPlan(handle: addr, plan: out_addr, desc: addr, workspaceDeviceSize: addr, workspaceHostSize: long)
        = cutensorMgCreateCopyPlan(handle, plan, desc, workspaceDeviceSize, workspaceHostSize);
    destroyMgCopyPlan(plan: addr) = cutensorMgDestroyCopyPlan(plan);
    _copyMg(handle: addr, plan: addr, ptrDst: addr, ptrSrc: addr, workspaceDevice: addr, workspaceHost: addr, _streams: addr)
        = cutensorMgCopy(handle, plan, ptrDst, ptrSrc, workspaceDevice, workspaceHost, _streams);
    createMgContractionDescriptor(handle: addr, desc: out_addr, descA: addr, modesA: addr, descB: addr, modesB: addr, descC: addr,
        modesC: addr, descD: addr, modesD: addr, compute: int)
        = cutensorMgCreateContractionDescriptor(handle, desc, descA, modesA, descB, modesB, descC, modesC, descD, modesD, compute);
    destroyMgContractionDescriptor(desc: addr) = cutensorMgDestroyContractionDescriptor(desc);
    createMgContractionFind(handle: addr, find: out_addr, algo: int) = cutensorMgCreateContractionFind(handle, find, algo);
    destroyMgContractionFind(find: addr) = cutensorMgDestroyContractionFind(find);
    getMgContractionWorkspace(handle: addr, desc: addr, find: addr, preference: int, workspaceDeviceSize: addr,
        workspaceHostSize: out_long)
        = cutensorMgContractionGetWorkspace(handle, desc, find, preference, workspaceDeviceSize, workspaceHostSize);
    createMgContractionPlan(handle: addr, plan: out_addr, desc: addr, find: addr, workspaceDeviceSize: addr, workspaceHostSize: long)
        = cutensorMgCreateContractionPlan(handle, plan, desc, find, workspaceDeviceSize, workspaceHostSize);
    destroyMgContractionPlan(plan: addr) = cutensorMgDestroyContractionPlan(plan);
    _contractMg(handle: addr, plan: addr, alpha: addr, A: addr, B: addr, beta: addr, C: addr, D: addr, workspaceDevice: addr,
        workspaceHost: addr, _streams: addr)
        = cutensorMgContraction(handle, plan, alpha, A, B, beta, C, D, workspaceDevice, workspaceHost, _streams);
};
