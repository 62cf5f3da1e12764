//! cuSPARSELt: products of matrices of which every second pair is zero, for programs that call it themselves.
//!
//! Its descriptors are memory of the program, 512 bytes each, which its functions fill.

use super::{Call, Table, calls, named};
use cuprous_cuda_sys::CusparseLt;
use std::ffi::CStr;
use std::sync::OnceLock;

pub(super) static TABLE: Table = Table {
    name: "cuSPARSELt",
    open: || CusparseLt::get().map(|api| &api.library),
    calls: CALLS,
    own: &[],
    constants: CONSTANTS,
    status: message,
    needs_device: true,
    streams: &[],
    places: OnceLock::new(),
};

/// A status by its name, and what the library says of it if it is there.
fn message(code: i32) -> String {
    let name = named(super::cusparse::STATUSES, code);
    let Ok(api) = CusparseLt::get() else { return name };
    // SAFETY: the texts are constants that end in a zero.
    let text = unsafe {
        let text = (api.cusparseLtGetErrorString)(code);
        (!text.is_null()).then(|| CStr::from_ptr(text).to_string_lossy().into_owned())
    };
    text.map_or_else(|| name.clone(), |t| format!("{name}: {t}"))
}

static CONSTANTS: &[(&str, i64)] = &[
    ("CUSPARSELT_DATAPARALLEL", 4),
    ("CUSPARSELT_HEURISTIC", 3),
    ("CUSPARSELT_INVALID_MODE", 0),
    ("CUSPARSELT_MATMUL_ACTIVATION_GELU", 3),
    ("CUSPARSELT_MATMUL_ACTIVATION_GELU_SCALING", 4),
    ("CUSPARSELT_MATMUL_ACTIVATION_RELU", 0),
    ("CUSPARSELT_MATMUL_ACTIVATION_RELU_THRESHOLD", 2),
    ("CUSPARSELT_MATMUL_ACTIVATION_RELU_UPPERBOUND", 1),
    ("CUSPARSELT_MATMUL_ALG_CONFIG_ID", 0),
    ("CUSPARSELT_MATMUL_ALG_CONFIG_MAX_ID", 1),
    ("CUSPARSELT_MATMUL_ALG_DEFAULT", 0),
    ("CUSPARSELT_MATMUL_ALPHA_VECTOR_SCALING", 5),
    ("CUSPARSELT_MATMUL_A_SCALE_MODE", 10),
    ("CUSPARSELT_MATMUL_A_SCALE_POINTER", 15),
    ("CUSPARSELT_MATMUL_BETA_VECTOR_SCALING", 6),
    ("CUSPARSELT_MATMUL_BIAS_POINTER", 8),
    ("CUSPARSELT_MATMUL_BIAS_STRIDE", 7),
    ("CUSPARSELT_MATMUL_B_SCALE_MODE", 11),
    ("CUSPARSELT_MATMUL_B_SCALE_POINTER", 16),
    ("CUSPARSELT_MATMUL_C_SCALE_MODE", 12),
    ("CUSPARSELT_MATMUL_C_SCALE_POINTER", 17),
    ("CUSPARSELT_MATMUL_D_OUT_SCALE_MODE", 14),
    ("CUSPARSELT_MATMUL_D_OUT_SCALE_POINTER", 19),
    ("CUSPARSELT_MATMUL_D_SCALE_MODE", 13),
    ("CUSPARSELT_MATMUL_D_SCALE_POINTER", 18),
    ("CUSPARSELT_MATMUL_MATRIX_SCALE_SCALAR_32F", 1),
    ("CUSPARSELT_MATMUL_MATRIX_SCALE_VEC32_UE4M3", 2),
    ("CUSPARSELT_MATMUL_MATRIX_SCALE_VEC64_UE8M0", 3),
    ("CUSPARSELT_MATMUL_SCALE_NONE", 0),
    ("CUSPARSELT_MATMUL_SEARCH_ITERATIONS", 2),
    ("CUSPARSELT_MATMUL_SPARSE_MAT_POINTER", 9),
    ("CUSPARSELT_MATMUL_SPLIT_K", 3),
    ("CUSPARSELT_MATMUL_SPLIT_K_BUFFERS", 5),
    ("CUSPARSELT_MATMUL_SPLIT_K_MODE", 4),
    ("CUSPARSELT_MAT_BATCH_STRIDE", 1),
    ("CUSPARSELT_MAT_NUM_BATCHES", 0),
    ("CUSPARSELT_PRUNE_SPMMA_STRIP", 1),
    ("CUSPARSELT_PRUNE_SPMMA_TILE", 0),
    ("CUSPARSELT_SPARSITY_50_PERCENT", 0),
    ("CUSPARSELT_SPLITK", 5),
    ("CUSPARSELT_SPLIT_K_MODE_ONE_KERNEL", 1),
    ("CUSPARSELT_SPLIT_K_MODE_TWO_KERNELS", 2),
    ("CUSPARSELT_STREAMK", 6),
    ("CUSPARSE_COMPUTE_16F", 1),
    ("CUSPARSE_COMPUTE_32F", 2),
    ("CUSPARSE_COMPUTE_32I", 0),
];

#[rustfmt::skip]
static CALLS: &[Call] = calls! {
    init(handle: addr) = cusparseLtInit(handle);
    destroy(handle: addr) = cusparseLtDestroy(handle);
    getVersion(handle: addr, version: out_int) = cusparseLtGetVersion(handle, version);
    denseDescriptorInit(handle: addr, matDescr: addr, rows: long, cols: long, ld: long, alignment: uint, valueType: int, order: int)
        = cusparseLtDenseDescriptorInit(handle, matDescr, rows, cols, ld, alignment, valueType, order);
    structuredDescriptorInit(handle: addr, matDescr: addr, rows: long, cols: long, ld: long, alignment: uint, valueType: int, order: int,
        sparsity: int) = cusparseLtStructuredDescriptorInit(handle, matDescr, rows, cols, ld, alignment, valueType, order, sparsity);
    matDescriptorDestroy(matDescr: addr) = cusparseLtMatDescriptorDestroy(matDescr);
    matDescSetAttribute(handle: addr, matDescr: addr, matAttribute: int, data: addr, dataSize: addr)
        = cusparseLtMatDescSetAttribute(handle, matDescr, matAttribute, data, dataSize);
    matDescGetAttribute(handle: addr, matDescr: addr, matAttribute: int, data: addr, dataSize: addr)
        = cusparseLtMatDescGetAttribute(handle, matDescr, matAttribute, data, dataSize);
    matmulDescriptorInit(handle: addr, matMulDescr: addr, opA: int, opB: int, matA: addr, matB: addr, matC: addr, matD: addr,
        computeType: int) = cusparseLtMatmulDescriptorInit(handle, matMulDescr, opA, opB, matA, matB, matC, matD, computeType);
    matmulDescSetAttribute(handle: addr, matmulDescr: addr, matmulAttribute: int, data: addr, dataSize: addr)
        = cusparseLtMatmulDescSetAttribute(handle, matmulDescr, matmulAttribute, data, dataSize);
    matmulDescGetAttribute(handle: addr, matmulDescr: addr, matmulAttribute: int, data: addr, dataSize: addr)
        = cusparseLtMatmulDescGetAttribute(handle, matmulDescr, matmulAttribute, data, dataSize);
    matmulAlgSelectionInit(handle: addr, algSelection: addr, matmulDescr: addr, alg: int)
        = cusparseLtMatmulAlgSelectionInit(handle, algSelection, matmulDescr, alg);
    matmulAlgSelectionDestroy(algSelection: addr) = cusparseLtMatmulAlgSelectionDestroy(algSelection);
    matmulAlgSetAttribute(handle: addr, algSelection: addr, attribute: int, data: addr, dataSize: addr)
        = cusparseLtMatmulAlgSetAttribute(handle, algSelection, attribute, data, dataSize);
    matmulAlgGetAttribute(handle: addr, algSelection: addr, attribute: int, data: addr, dataSize: addr)
        = cusparseLtMatmulAlgGetAttribute(handle, algSelection, attribute, data, dataSize);
    matmulGetWorkspace(handle: addr, plan: addr, workspaceSize: out_addr) = cusparseLtMatmulGetWorkspace(handle, plan, workspaceSize);
    matmulPlanInit(handle: addr, plan: addr, matmulDescr: addr, algSelection: addr)
        = cusparseLtMatmulPlanInit(handle, plan, matmulDescr, algSelection);
    matmulPlanDestroy(plan: addr) = cusparseLtMatmulPlanDestroy(plan);
    matmul(handle: addr, plan: addr, alpha: addr, d_A: addr, d_B: addr, beta: addr, d_C: addr, d_D: addr, workspace: addr, streams: streams)
        = cusparseLtMatmul(handle, plan, alpha, d_A, d_B, beta, d_C, d_D, workspace, streams, 1i32);
    matmulSearch(handle: addr, plan: addr, alpha: addr, d_A: addr, d_B: addr, beta: addr, d_C: addr, d_D: addr, workspace: addr,
        streams: streams) = cusparseLtMatmulSearch(handle, plan, alpha, d_A, d_B, beta, d_C, d_D, workspace, streams, 1i32);
    spMMAPrune(handle: addr, matmulDescr: addr, d_in: addr, d_out: addr, pruneAlg: int, stream: stream)
        = cusparseLtSpMMAPrune(handle, matmulDescr, d_in, d_out, pruneAlg, stream);
    spMMAPruneCheck(handle: addr, matmulDescr: addr, d_in: addr, d_valid: addr, stream: stream)
        = cusparseLtSpMMAPruneCheck(handle, matmulDescr, d_in, d_valid, stream);
    spMMAPrune2(handle: addr, sparseMatDescr: addr, isSparseA: int, op: int, d_in: addr, d_out: addr, pruneAlg: int, stream: stream)
        = cusparseLtSpMMAPrune2(handle, sparseMatDescr, isSparseA, op, d_in, d_out, pruneAlg, stream);
    spMMAPruneCheck2(handle: addr, sparseMatDescr: addr, isSparseA: int, op: int, d_in: addr, d_valid: addr, stream: stream)
        = cusparseLtSpMMAPruneCheck2(handle, sparseMatDescr, isSparseA, op, d_in, d_valid, stream);
    spMMACompressedSize(handle: addr, plan: addr, compressedSize: out_addr, compressBufferSize: out_addr)
        = cusparseLtSpMMACompressedSize(handle, plan, compressedSize, compressBufferSize);
    spMMACompress(handle: addr, plan: addr, d_dense: addr, d_compressed: addr, d_compressed_buffer: addr, stream: stream)
        = cusparseLtSpMMACompress(handle, plan, d_dense, d_compressed, d_compressed_buffer, stream);
    spMMACompressedSize2(handle: addr, sparseMatDescr: addr, compressedSize: out_addr, compressBufferSize: out_addr)
        = cusparseLtSpMMACompressedSize2(handle, sparseMatDescr, compressedSize, compressBufferSize);
    spMMACompress2(handle: addr, sparseMatDescr: addr, isSparseA: int, op: int, d_dense: addr, d_compressed: addr,
        d_compressed_buffer: addr, stream: stream)
        = cusparseLtSpMMACompress2(handle, sparseMatDescr, isSparseA, op, d_dense, d_compressed, d_compressed_buffer, stream);
};
