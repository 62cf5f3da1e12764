//! cuSPARSE: sparse matrices, for programs that call it themselves.

use super::{Call, Table, named, plain_calls};
use cuprous_core::foreign::Own;
use cuprous_core::{Device, Error, Result, own_functions};
use cuprous_cuda_sys::Cusparse;
use cuprous_cuda_sys::search::Loaded;
use std::sync::OnceLock;

pub(super) static TABLE: Table = Table {
    name: "cuSPARSE",
    open: || Cusparse::ready().map(|api| &api.library),
    calls: CALLS,
    own: OWN,
    constants: CONSTANTS,
    status: |code| named(STATUSES, code),
    needs_device: true,
    streams: &[("cusparse", "setStream")],
    places: OnceLock::new(),
};

static OWN: &[Own] = own_functions! {
    spMatSetAttribute(desc: addr, attribute: int, data: int) => set_attribute;
    spSM_solve(handle: addr, opA: int, opB: int, alpha: addr, matA: addr, matB: addr, matC: addr, computeType: int, alg: int,
        spsmDescr: addr, externalBuffer: addr = 0) => solve_triangular;
};

/// What a matrix is like: the library takes the value's address and size, where CuPy takes the value.
fn set_attribute(_: Device, words: &mut [u64]) -> Result<i32> {
    type Function = unsafe extern "C" fn(u64, i32, *const i32, usize) -> i32;
    let value = words[2] as i32;
    // SAFETY: the type is that of the function in NVIDIA's header, and every attribute is an enumeration of 4 bytes.
    // What the descriptor means is the promise of the program.
    unsafe {
        let f: Function = library()?.symbol("cusparseSpMatSetAttribute").map_err(Error::device)?;
        Ok(f(words[0], words[1] as i32, &value, size_of::<i32>()))
    }
}

/// Solves with the buffer that was given for the analysis: CuPy takes one here too, which only another vendor's library needs.
fn solve_triangular(_: Device, words: &mut [u64]) -> Result<i32> {
    type Function = unsafe extern "C" fn(u64, i32, i32, u64, u64, u64, u64, i32, i32, u64) -> i32;
    let [handle, op_a, op_b, alpha, a, b, c, dtype, algorithm, descriptor, _] = *words else { return Ok(i32::MAX) };
    // SAFETY: the type is that of the function in NVIDIA's header; handles and addresses are the promise of the program.
    unsafe {
        let f: Function = library()?.symbol("cusparseSpSM_solve").map_err(Error::device)?;
        Ok(f(handle, op_a as i32, op_b as i32, alpha, a, b, c, dtype as i32, algorithm as i32, descriptor))
    }
}

fn library() -> Result<&'static Loaded> {
    (TABLE.open)().map_err(|e| Error::device(format!("{} is missing: {e}", TABLE.name)))
}

pub(super) static STATUSES: &[(i32, &str)] = &[
    (0, "CUSPARSE_STATUS_SUCCESS"),
    (1, "CUSPARSE_STATUS_NOT_INITIALIZED"),
    (2, "CUSPARSE_STATUS_ALLOC_FAILED"),
    (3, "CUSPARSE_STATUS_INVALID_VALUE"),
    (4, "CUSPARSE_STATUS_ARCH_MISMATCH"),
    (5, "CUSPARSE_STATUS_MAPPING_ERROR"),
    (6, "CUSPARSE_STATUS_EXECUTION_FAILED"),
    (7, "CUSPARSE_STATUS_INTERNAL_ERROR"),
    (8, "CUSPARSE_STATUS_MATRIX_TYPE_NOT_SUPPORTED"),
    (9, "CUSPARSE_STATUS_ZERO_PIVOT"),
    (10, "CUSPARSE_STATUS_NOT_SUPPORTED"),
    (11, "CUSPARSE_STATUS_INSUFFICIENT_RESOURCES"),
];

static CONSTANTS: &[(&str, i64)] = &[
    ("CUSPARSE_ACTION_NUMERIC", 1),
    ("CUSPARSE_ACTION_SYMBOLIC", 0),
    ("CUSPARSE_CSR2CSC_ALG1", 1),
    ("CUSPARSE_DENSETOSPARSE_ALG_DEFAULT", 0),
    ("CUSPARSE_DIAG_TYPE_NON_UNIT", 0),
    ("CUSPARSE_DIAG_TYPE_UNIT", 1),
    ("CUSPARSE_DIRECTION_COLUMN", 1),
    ("CUSPARSE_DIRECTION_ROW", 0),
    ("CUSPARSE_FILL_MODE_LOWER", 0),
    ("CUSPARSE_FILL_MODE_UPPER", 1),
    ("CUSPARSE_FORMAT_COO", 3),
    ("CUSPARSE_FORMAT_CSC", 2),
    ("CUSPARSE_FORMAT_CSR", 1),
    ("CUSPARSE_INDEX_16U", 1),
    ("CUSPARSE_INDEX_32I", 2),
    ("CUSPARSE_INDEX_64I", 3),
    ("CUSPARSE_INDEX_BASE_ONE", 1),
    ("CUSPARSE_INDEX_BASE_ZERO", 0),
    ("CUSPARSE_MATRIX_TYPE_GENERAL", 0),
    ("CUSPARSE_MATRIX_TYPE_HERMITIAN", 2),
    ("CUSPARSE_MATRIX_TYPE_SYMMETRIC", 1),
    ("CUSPARSE_MATRIX_TYPE_TRIANGULAR", 3),
    ("CUSPARSE_OPERATION_CONJUGATE_TRANSPOSE", 2),
    ("CUSPARSE_OPERATION_NON_TRANSPOSE", 0),
    ("CUSPARSE_OPERATION_TRANSPOSE", 1),
    ("CUSPARSE_ORDER_COL", 1),
    ("CUSPARSE_ORDER_ROW", 2),
    ("CUSPARSE_POINTER_MODE_DEVICE", 1),
    ("CUSPARSE_POINTER_MODE_HOST", 0),
    ("CUSPARSE_SOLVE_POLICY_NO_LEVEL", 0),
    ("CUSPARSE_SOLVE_POLICY_USE_LEVEL", 1),
    ("CUSPARSE_SPARSETODENSE_ALG_DEFAULT", 0),
    ("CUSPARSE_SPGEAM_ALG1", 1),
    ("CUSPARSE_SPGEAM_ALG_DEFAULT", 0),
    ("CUSPARSE_SPGEMM_ALG1", 3),
    ("CUSPARSE_SPGEMM_ALG2", 4),
    ("CUSPARSE_SPGEMM_ALG3", 5),
    ("CUSPARSE_SPGEMM_CSR_ALG_DETERMINITIC", 1),
    ("CUSPARSE_SPGEMM_CSR_ALG_NONDETERMINITIC", 2),
    ("CUSPARSE_SPGEMM_DEFAULT", 0),
    ("CUSPARSE_SPMAT_DIAG_TYPE", 1),
    ("CUSPARSE_SPMAT_FILL_MODE", 0),
    ("CUSPARSE_SPSM_ALG_DEFAULT", 0),
];

#[rustfmt::skip]
static CALLS: &[Call] = plain_calls! {
    cbsric02 = cusparseCbsric02(handle: addr, dirA: int, mb: int, nnzb: int, descrA: addr, bsrSortedVal: addr,
        bsrSortedRowPtr: addr, bsrSortedColInd: addr, blockDim: int, info: addr, policy: int, pBuffer: addr);
    cbsric02_analysis = cusparseCbsric02_analysis(handle: addr, dirA: int, mb: int, nnzb: int, descrA: addr, bsrSortedVal: addr,
        bsrSortedRowPtr: addr, bsrSortedColInd: addr, blockDim: int, info: addr, policy: int, pInputBuffer: addr);
    cbsric02_bufferSize = cusparseCbsric02_bufferSize(handle: addr, dirA: int, mb: int, nnzb: int, descrA: addr,
        bsrSortedVal: addr, bsrSortedRowPtr: addr, bsrSortedColInd: addr, blockDim: int, info: addr, pBufferSizeInBytes: out_int);
    cbsrilu02 = cusparseCbsrilu02(handle: addr, dirA: int, mb: int, nnzb: int, descrA: addr, bsrSortedVal: addr,
        bsrSortedRowPtr: addr, bsrSortedColInd: addr, blockDim: int, info: addr, policy: int, pBuffer: addr);
    cbsrilu02_analysis = cusparseCbsrilu02_analysis(handle: addr, dirA: int, mb: int, nnzb: int, descrA: addr, bsrSortedVal: addr,
        bsrSortedRowPtr: addr, bsrSortedColInd: addr, blockDim: int, info: addr, policy: int, pBuffer: addr);
    cbsrilu02_bufferSize = cusparseCbsrilu02_bufferSize(handle: addr, dirA: int, mb: int, nnzb: int, descrA: addr,
        bsrSortedVal: addr, bsrSortedRowPtr: addr, bsrSortedColInd: addr, blockDim: int, info: addr, pBufferSizeInBytes: out_int);
    cbsrilu02_numericBoost = cusparseCbsrilu02_numericBoost(handle: addr, info: addr, enable_boost: int, tol: addr, boost_val: addr);
    ccsrgeam2 = cusparseCcsrgeam2(handle: addr, m: int, n: int, alpha: addr, descrA: addr, nnzA: int, csrValA: addr,
        csrRowPtrA: addr, csrColIndA: addr, beta: addr, descrB: addr, nnzB: int, csrValB: addr, csrRowPtrB: addr, csrColIndB: addr,
        descrC: addr, csrValC: addr, csrRowPtrC: addr, csrColIndC: addr, buffer: addr);
    ccsrgeam2_bufferSizeExt = cusparseCcsrgeam2_bufferSizeExt(handle: addr, m: int, n: int, alpha: addr, descrA: addr, nnzA: int,
        csrValA: addr, csrRowPtrA: addr, csrColIndA: addr, beta: addr, descrB: addr, nnzB: int, csrValB: addr, csrRowPtrB: addr,
        csrColIndB: addr, descrC: addr, csrValC: addr, csrRowPtrC: addr, csrColIndC: addr, pBufferSizeInBytes: out_addr);
    ccsric02 = cusparseCcsric02(handle: addr, m: int, nnz: int, descrA: addr, csrSortedValA_valM: addr, csrSortedRowPtrA: addr,
        csrSortedColIndA: addr, info: addr, policy: int, pBuffer: addr);
    ccsric02_analysis = cusparseCcsric02_analysis(handle: addr, m: int, nnz: int, descrA: addr, csrSortedValA: addr,
        csrSortedRowPtrA: addr, csrSortedColIndA: addr, info: addr, policy: int, pBuffer: addr);
    ccsric02_bufferSize = cusparseCcsric02_bufferSize(handle: addr, m: int, nnz: int, descrA: addr, csrSortedValA: addr,
        csrSortedRowPtrA: addr, csrSortedColIndA: addr, info: addr, pBufferSizeInBytes: out_int);
    ccsrilu02 = cusparseCcsrilu02(handle: addr, m: int, nnz: int, descrA: addr, csrSortedValA_valM: addr, csrSortedRowPtrA: addr,
        csrSortedColIndA: addr, info: addr, policy: int, pBuffer: addr);
    ccsrilu02_analysis = cusparseCcsrilu02_analysis(handle: addr, m: int, nnz: int, descrA: addr, csrSortedValA: addr,
        csrSortedRowPtrA: addr, csrSortedColIndA: addr, info: addr, policy: int, pBuffer: addr);
    ccsrilu02_bufferSize = cusparseCcsrilu02_bufferSize(handle: addr, m: int, nnz: int, descrA: addr, csrSortedValA: addr,
        csrSortedRowPtrA: addr, csrSortedColIndA: addr, info: addr, pBufferSizeInBytes: out_int);
    ccsrilu02_numericBoost = cusparseCcsrilu02_numericBoost(handle: addr, info: addr, enable_boost: int, tol: addr, boost_val: addr);
    cgpsvInterleavedBatch = cusparseCgpsvInterleavedBatch(handle: addr, algo: int, m: int, ds: addr, dl: addr, d: addr, du: addr,
        dw: addr, x: addr, batchCount: int, pBuffer: addr);
    cgpsvInterleavedBatch_bufferSizeExt = cusparseCgpsvInterleavedBatch_bufferSizeExt(handle: addr, algo: int, m: int, ds: addr,
        dl: addr, d: addr, du: addr, dw: addr, x: addr, batchCount: int, pBufferSizeInBytes: out_addr);
    cgtsv2 = cusparseCgtsv2(handle: addr, m: int, n: int, dl: addr, d: addr, du: addr, B: addr, ldb: int, pBuffer: addr);
    cgtsv2StridedBatch = cusparseCgtsv2StridedBatch(handle: addr, m: int, dl: addr, d: addr, du: addr, x: addr, batchCount: int,
        batchStride: int, pBuffer: addr);
    cgtsv2StridedBatch_bufferSizeExt = cusparseCgtsv2StridedBatch_bufferSizeExt(handle: addr, m: int, dl: addr, d: addr, du: addr,
        x: addr, batchCount: int, batchStride: int, bufferSizeInBytes: out_addr);
    cgtsv2_bufferSizeExt = cusparseCgtsv2_bufferSizeExt(handle: addr, m: int, n: int, dl: addr, d: addr, du: addr, B: addr,
        ldb: int, bufferSizeInBytes: out_addr);
    cgtsv2_nopivot = cusparseCgtsv2_nopivot(handle: addr, m: int, n: int, dl: addr, d: addr, du: addr, B: addr, ldb: int,
        pBuffer: addr);
    cgtsv2_nopivot_bufferSizeExt = cusparseCgtsv2_nopivot_bufferSizeExt(handle: addr, m: int, n: int, dl: addr, d: addr, du: addr,
        B: addr, ldb: int, bufferSizeInBytes: out_addr);
    cgtsvInterleavedBatch = cusparseCgtsvInterleavedBatch(handle: addr, algo: int, m: int, dl: addr, d: addr, du: addr, x: addr,
        batchCount: int, pBuffer: addr);
    cgtsvInterleavedBatch_bufferSizeExt = cusparseCgtsvInterleavedBatch_bufferSizeExt(handle: addr, algo: int, m: int, dl: addr,
        d: addr, du: addr, x: addr, batchCount: int, pBufferSizeInBytes: out_addr);
    cnnz = cusparseCnnz(handle: addr, dirA: int, m: int, n: int, descrA: addr, A: addr, lda: int, nnzPerRowColumn: addr,
        nnzTotalDevHostPtr: addr);
    cooGet = cusparseCooGet(desc: addr, rows: out_long, cols: out_long, nnz: out_long, cooRowInd: out_addr, cooColInd: out_addr,
        cooValues: out_addr, idxType: out_int, idxBase: out_int, valueType: out_int);
    create = cusparseCreate(handle: out_addr);
    createBsric02Info = cusparseCreateBsric02Info(info: out_addr);
    createBsrilu02Info = cusparseCreateBsrilu02Info(info: out_addr);
    createCoo = cusparseCreateCoo(spMatDescr: out_addr, rows: long, cols: long, nnz: long, cooRowInd: addr, cooColInd: addr,
        cooValues: addr, cooIdxType: int, idxBase: int, valueType: int);
    createCsc = cusparseCreateCsc(spMatDescr: out_addr, rows: long, cols: long, nnz: long, cscColOffsets: addr, cscRowInd: addr,
        cscValues: addr, cscColOffsetsType: int, cscRowIndType: int, idxBase: int, valueType: int);
    createCsr = cusparseCreateCsr(spMatDescr: out_addr, rows: long, cols: long, nnz: long, csrRowOffsets: addr, csrColind: addr,
        csrValues: addr, csrRowOffsetsType: int, csrColIndType: int, idxBase: int, valueType: int);
    createCsric02Info = cusparseCreateCsric02Info(info: out_addr);
    createCsrilu02Info = cusparseCreateCsrilu02Info(info: out_addr);
    createDnMat = cusparseCreateDnMat(dnMatDescr: out_addr, rows: long, cols: long, ld: long, values: addr, valueType: int, order: int);
    createDnVec = cusparseCreateDnVec(dnVecDescr: out_addr, size: long, values: addr, valueType: int);
    createIdentityPermutation = cusparseCreateIdentityPermutation(handle: addr, n: int, p: addr);
    createMatDescr = cusparseCreateMatDescr(descrA: out_addr);
    createSpVec = cusparseCreateSpVec(spVecDescr: out_addr, size: long, nnz: long, indices: addr, values: addr, idxType: int,
        idxBase: int, valueType: int);
    csr2cscEx2 = cusparseCsr2cscEx2(handle: addr, m: int, n: int, nnz: int, csrVal: addr, csrRowPtr: addr, csrColInd: addr,
        cscVal: addr, cscColPtr: addr, cscRowInd: addr, valType: int, copyValues: int, idxBase: int, alg: int, buffer: addr);
    csr2cscEx2_bufferSize = cusparseCsr2cscEx2_bufferSize(handle: addr, m: int, n: int, nnz: int, csrVal: addr, csrRowPtr: addr,
        csrColInd: addr, cscVal: addr, cscColPtr: addr, cscRowInd: addr, valType: int, copyValues: int, idxBase: int, alg: int,
        bufferSize: out_addr);
    csrGet = cusparseCsrGet(desc: addr, rows: out_long, cols: out_long, nnz: out_long, csrRowOffsets: out_addr,
        csrColInd: out_addr, csrValues: out_addr, csrRowOffsetsType: out_int, csrColIndType: out_int, idxBase: out_int,
        valueType: out_int);
    csrSetPointers = cusparseCsrSetPointers(desc: addr, csrRowOffsets: addr, csrColInd: addr, csrValues: addr);
    dbsric02 = cusparseDbsric02(handle: addr, dirA: int, mb: int, nnzb: int, descrA: addr, bsrSortedVal: addr,
        bsrSortedRowPtr: addr, bsrSortedColInd: addr, blockDim: int, info: addr, policy: int, pBuffer: addr);
    dbsric02_analysis = cusparseDbsric02_analysis(handle: addr, dirA: int, mb: int, nnzb: int, descrA: addr, bsrSortedVal: addr,
        bsrSortedRowPtr: addr, bsrSortedColInd: addr, blockDim: int, info: addr, policy: int, pInputBuffer: addr);
    dbsric02_bufferSize = cusparseDbsric02_bufferSize(handle: addr, dirA: int, mb: int, nnzb: int, descrA: addr,
        bsrSortedVal: addr, bsrSortedRowPtr: addr, bsrSortedColInd: addr, blockDim: int, info: addr, pBufferSizeInBytes: out_int);
    dbsrilu02 = cusparseDbsrilu02(handle: addr, dirA: int, mb: int, nnzb: int, descrA: addr, bsrSortedVal: addr,
        bsrSortedRowPtr: addr, bsrSortedColInd: addr, blockDim: int, info: addr, policy: int, pBuffer: addr);
    dbsrilu02_analysis = cusparseDbsrilu02_analysis(handle: addr, dirA: int, mb: int, nnzb: int, descrA: addr, bsrSortedVal: addr,
        bsrSortedRowPtr: addr, bsrSortedColInd: addr, blockDim: int, info: addr, policy: int, pBuffer: addr);
    dbsrilu02_bufferSize = cusparseDbsrilu02_bufferSize(handle: addr, dirA: int, mb: int, nnzb: int, descrA: addr,
        bsrSortedVal: addr, bsrSortedRowPtr: addr, bsrSortedColInd: addr, blockDim: int, info: addr, pBufferSizeInBytes: out_int);
    dbsrilu02_numericBoost = cusparseDbsrilu02_numericBoost(handle: addr, info: addr, enable_boost: int, tol: addr, boost_val: addr);
    dcsr2csr_compress = cusparseDcsr2csr_compress(handle: addr, m: int, n: int, descrA: addr, inVal: addr, inColInd: addr,
        inRowPtr: addr, inNnz: int, nnzPerRow: addr, outVal: addr, outColInd: addr, outRowPtr: addr, tol: double);
    dcsrgeam2 = cusparseDcsrgeam2(handle: addr, m: int, n: int, alpha: addr, descrA: addr, nnzA: int, csrValA: addr,
        csrRowPtrA: addr, csrColIndA: addr, beta: addr, descrB: addr, nnzB: int, csrValB: addr, csrRowPtrB: addr, csrColIndB: addr,
        descrC: addr, csrValC: addr, csrRowPtrC: addr, csrColIndC: addr, buffer: addr);
    dcsrgeam2_bufferSizeExt = cusparseDcsrgeam2_bufferSizeExt(handle: addr, m: int, n: int, alpha: addr, descrA: addr, nnzA: int,
        csrValA: addr, csrRowPtrA: addr, csrColIndA: addr, beta: addr, descrB: addr, nnzB: int, csrValB: addr, csrRowPtrB: addr,
        csrColIndB: addr, descrC: addr, csrValC: addr, csrRowPtrC: addr, csrColIndC: addr, pBufferSizeInBytes: out_addr);
    dcsric02 = cusparseDcsric02(handle: addr, m: int, nnz: int, descrA: addr, csrSortedValA_valM: addr, csrSortedRowPtrA: addr,
        csrSortedColIndA: addr, info: addr, policy: int, pBuffer: addr);
    dcsric02_analysis = cusparseDcsric02_analysis(handle: addr, m: int, nnz: int, descrA: addr, csrSortedValA: addr,
        csrSortedRowPtrA: addr, csrSortedColIndA: addr, info: addr, policy: int, pBuffer: addr);
    dcsric02_bufferSize = cusparseDcsric02_bufferSize(handle: addr, m: int, nnz: int, descrA: addr, csrSortedValA: addr,
        csrSortedRowPtrA: addr, csrSortedColIndA: addr, info: addr, pBufferSizeInBytes: out_int);
    dcsrilu02 = cusparseDcsrilu02(handle: addr, m: int, nnz: int, descrA: addr, csrSortedValA_valM: addr, csrSortedRowPtrA: addr,
        csrSortedColIndA: addr, info: addr, policy: int, pBuffer: addr);
    dcsrilu02_analysis = cusparseDcsrilu02_analysis(handle: addr, m: int, nnz: int, descrA: addr, csrSortedValA: addr,
        csrSortedRowPtrA: addr, csrSortedColIndA: addr, info: addr, policy: int, pBuffer: addr);
    dcsrilu02_bufferSize = cusparseDcsrilu02_bufferSize(handle: addr, m: int, nnz: int, descrA: addr, csrSortedValA: addr,
        csrSortedRowPtrA: addr, csrSortedColIndA: addr, info: addr, pBufferSizeInBytes: out_int);
    dcsrilu02_numericBoost = cusparseDcsrilu02_numericBoost(handle: addr, info: addr, enable_boost: int, tol: addr, boost_val: addr);
    denseToSparse_analysis = cusparseDenseToSparse_analysis(handle: addr, matA: addr, matB: addr, alg: int, buffer: addr);
    denseToSparse_bufferSize = cusparseDenseToSparse_bufferSize(handle: addr, matA: addr, matB: addr, alg: int, bufferSize: out_addr);
    denseToSparse_convert = cusparseDenseToSparse_convert(handle: addr, matA: addr, matB: addr, alg: int, buffer: addr);
    destroy = cusparseDestroy(handle: addr);
    destroyBsric02Info = cusparseDestroyBsric02Info(info: addr);
    destroyBsrilu02Info = cusparseDestroyBsrilu02Info(info: addr);
    destroyCsric02Info = cusparseDestroyCsric02Info(info: addr);
    destroyCsrilu02Info = cusparseDestroyCsrilu02Info(info: addr);
    destroyDnMat = cusparseDestroyDnMat(desc: addr);
    destroyDnVec = cusparseDestroyDnVec(desc: addr);
    destroyMatDescr = cusparseDestroyMatDescr(descr: addr);
    destroySpMat = cusparseDestroySpMat(desc: addr);
    destroySpVec = cusparseDestroySpVec(desc: addr);
    dgpsvInterleavedBatch = cusparseDgpsvInterleavedBatch(handle: addr, algo: int, m: int, ds: addr, dl: addr, d: addr, du: addr,
        dw: addr, x: addr, batchCount: int, pBuffer: addr);
    dgpsvInterleavedBatch_bufferSizeExt = cusparseDgpsvInterleavedBatch_bufferSizeExt(handle: addr, algo: int, m: int, ds: addr,
        dl: addr, d: addr, du: addr, dw: addr, x: addr, batchCount: int, pBufferSizeInBytes: out_addr);
    dgtsv2 = cusparseDgtsv2(handle: addr, m: int, n: int, dl: addr, d: addr, du: addr, B: addr, ldb: int, pBuffer: addr);
    dgtsv2StridedBatch = cusparseDgtsv2StridedBatch(handle: addr, m: int, dl: addr, d: addr, du: addr, x: addr, batchCount: int,
        batchStride: int, pBuffer: addr);
    dgtsv2StridedBatch_bufferSizeExt = cusparseDgtsv2StridedBatch_bufferSizeExt(handle: addr, m: int, dl: addr, d: addr, du: addr,
        x: addr, batchCount: int, batchStride: int, bufferSizeInBytes: out_addr);
    dgtsv2_bufferSizeExt = cusparseDgtsv2_bufferSizeExt(handle: addr, m: int, n: int, dl: addr, d: addr, du: addr, B: addr,
        ldb: int, bufferSizeInBytes: out_addr);
    dgtsv2_nopivot = cusparseDgtsv2_nopivot(handle: addr, m: int, n: int, dl: addr, d: addr, du: addr, B: addr, ldb: int,
        pBuffer: addr);
    dgtsv2_nopivot_bufferSizeExt = cusparseDgtsv2_nopivot_bufferSizeExt(handle: addr, m: int, n: int, dl: addr, d: addr, du: addr,
        B: addr, ldb: int, bufferSizeInBytes: out_addr);
    dgtsvInterleavedBatch = cusparseDgtsvInterleavedBatch(handle: addr, algo: int, m: int, dl: addr, d: addr, du: addr, x: addr,
        batchCount: int, pBuffer: addr);
    dgtsvInterleavedBatch_bufferSizeExt = cusparseDgtsvInterleavedBatch_bufferSizeExt(handle: addr, algo: int, m: int, dl: addr,
        d: addr, du: addr, x: addr, batchCount: int, pBufferSizeInBytes: out_addr);
    dnMatGet = cusparseDnMatGet(desc: addr, rows: out_long, cols: out_long, ld: out_long, values: out_addr, r#type: out_int,
        order: out_int);
    dnMatGetStridedBatch = cusparseDnMatGetStridedBatch(desc: addr, batchCount: out_int, batchStride: out_long);
    dnMatGetValues = cusparseDnMatGetValues(desc: addr, values: out_addr);
    dnMatSetStridedBatch = cusparseDnMatSetStridedBatch(desc: addr, batchCount: int, batchStride: long);
    dnMatSetValues = cusparseDnMatSetValues(desc: addr, values: addr);
    dnVecGet = cusparseDnVecGet(desc: addr, size: out_long, values: out_addr, valueType: out_int);
    dnVecGetValues = cusparseDnVecGetValues(desc: addr, values: out_addr);
    dnVecSetValues = cusparseDnVecSetValues(desc: addr, values: addr);
    dnnz = cusparseDnnz(handle: addr, dirA: int, m: int, n: int, descrA: addr, A: addr, lda: int, nnzPerRowColumn: addr,
        nnzTotalDevHostPtr: addr);
    dnnz_compress = cusparseDnnz_compress(handle: addr, m: int, descr: addr, values: addr, rowPtr: addr, nnzPerRow: addr,
        nnzC: out_int, tol: double);
    gather = cusparseGather(handle: addr, vecY: addr, vecX: addr);
    getStream = cusparseGetStream(handle: addr, streamId: out_addr);
    getVersion = cusparseGetVersion(handle: addr, version: out_int);
    sbsric02 = cusparseSbsric02(handle: addr, dirA: int, mb: int, nnzb: int, descrA: addr, bsrSortedVal: addr,
        bsrSortedRowPtr: addr, bsrSortedColInd: addr, blockDim: int, info: addr, policy: int, pBuffer: addr);
    sbsric02_analysis = cusparseSbsric02_analysis(handle: addr, dirA: int, mb: int, nnzb: int, descrA: addr, bsrSortedVal: addr,
        bsrSortedRowPtr: addr, bsrSortedColInd: addr, blockDim: int, info: addr, policy: int, pInputBuffer: addr);
    sbsric02_bufferSize = cusparseSbsric02_bufferSize(handle: addr, dirA: int, mb: int, nnzb: int, descrA: addr,
        bsrSortedVal: addr, bsrSortedRowPtr: addr, bsrSortedColInd: addr, blockDim: int, info: addr, pBufferSizeInBytes: out_int);
    sbsrilu02 = cusparseSbsrilu02(handle: addr, dirA: int, mb: int, nnzb: int, descrA: addr, bsrSortedVal: addr,
        bsrSortedRowPtr: addr, bsrSortedColInd: addr, blockDim: int, info: addr, policy: int, pBuffer: addr);
    sbsrilu02_analysis = cusparseSbsrilu02_analysis(handle: addr, dirA: int, mb: int, nnzb: int, descrA: addr, bsrSortedVal: addr,
        bsrSortedRowPtr: addr, bsrSortedColInd: addr, blockDim: int, info: addr, policy: int, pBuffer: addr);
    sbsrilu02_bufferSize = cusparseSbsrilu02_bufferSize(handle: addr, dirA: int, mb: int, nnzb: int, descrA: addr,
        bsrSortedVal: addr, bsrSortedRowPtr: addr, bsrSortedColInd: addr, blockDim: int, info: addr, pBufferSizeInBytes: out_int);
    sbsrilu02_numericBoost = cusparseSbsrilu02_numericBoost(handle: addr, info: addr, enable_boost: int, tol: addr, boost_val: addr);
    scsr2csr_compress = cusparseScsr2csr_compress(handle: addr, m: int, n: int, descrA: addr, inVal: addr, inColInd: addr,
        inRowPtr: addr, inNnz: int, nnzPerRow: addr, outVal: addr, outColInd: addr, outRowPtr: addr, tol: float);
    scsrgeam2 = cusparseScsrgeam2(handle: addr, m: int, n: int, alpha: addr, descrA: addr, nnzA: int, csrValA: addr,
        csrRowPtrA: addr, csrColIndA: addr, beta: addr, descrB: addr, nnzB: int, csrValB: addr, csrRowPtrB: addr, csrColIndB: addr,
        descrC: addr, csrValC: addr, csrRowPtrC: addr, csrColIndC: addr, buffer: addr);
    scsrgeam2_bufferSizeExt = cusparseScsrgeam2_bufferSizeExt(handle: addr, m: int, n: int, alpha: addr, descrA: addr, nnzA: int,
        csrValA: addr, csrRowPtrA: addr, csrColIndA: addr, beta: addr, descrB: addr, nnzB: int, csrValB: addr, csrRowPtrB: addr,
        csrColIndB: addr, descrC: addr, csrValC: addr, csrRowPtrC: addr, csrColIndC: addr, pBufferSizeInBytes: out_addr);
    scsric02 = cusparseScsric02(handle: addr, m: int, nnz: int, descrA: addr, csrSortedValA_valM: addr, csrSortedRowPtrA: addr,
        csrSortedColIndA: addr, info: addr, policy: int, pBuffer: addr);
    scsric02_analysis = cusparseScsric02_analysis(handle: addr, m: int, nnz: int, descrA: addr, csrSortedValA: addr,
        csrSortedRowPtrA: addr, csrSortedColIndA: addr, info: addr, policy: int, pBuffer: addr);
    scsric02_bufferSize = cusparseScsric02_bufferSize(handle: addr, m: int, nnz: int, descrA: addr, csrSortedValA: addr,
        csrSortedRowPtrA: addr, csrSortedColIndA: addr, info: addr, pBufferSizeInBytes: out_int);
    scsrilu02 = cusparseScsrilu02(handle: addr, m: int, nnz: int, descrA: addr, csrSortedValA_valM: addr, csrSortedRowPtrA: addr,
        csrSortedColIndA: addr, info: addr, policy: int, pBuffer: addr);
    scsrilu02_analysis = cusparseScsrilu02_analysis(handle: addr, m: int, nnz: int, descrA: addr, csrSortedValA: addr,
        csrSortedRowPtrA: addr, csrSortedColIndA: addr, info: addr, policy: int, pBuffer: addr);
    scsrilu02_bufferSize = cusparseScsrilu02_bufferSize(handle: addr, m: int, nnz: int, descrA: addr, csrSortedValA: addr,
        csrSortedRowPtrA: addr, csrSortedColIndA: addr, info: addr, pBufferSizeInBytes: out_int);
    scsrilu02_numericBoost = cusparseScsrilu02_numericBoost(handle: addr, info: addr, enable_boost: int, tol: addr, boost_val: addr);
    setMatDiagType = cusparseSetMatDiagType(descrA: addr, diagType: int);
    setMatFillMode = cusparseSetMatFillMode(descrA: addr, fillMode: int);
    setMatIndexBase = cusparseSetMatIndexBase(descr: addr, base: int);
    setMatType = cusparseSetMatType(descr: addr, typ: int);
    setPointerMode = cusparseSetPointerMode(handle: addr, mode: int);
    setStream = cusparseSetStream(handle: addr, stream: addr);
    sgpsvInterleavedBatch = cusparseSgpsvInterleavedBatch(handle: addr, algo: int, m: int, ds: addr, dl: addr, d: addr, du: addr,
        dw: addr, x: addr, batchCount: int, pBuffer: addr);
    sgpsvInterleavedBatch_bufferSizeExt = cusparseSgpsvInterleavedBatch_bufferSizeExt(handle: addr, algo: int, m: int, ds: addr,
        dl: addr, d: addr, du: addr, dw: addr, x: addr, batchCount: int, pBufferSizeInBytes: out_addr);
    sgtsv2 = cusparseSgtsv2(handle: addr, m: int, n: int, dl: addr, d: addr, du: addr, B: addr, ldb: int, pBuffer: addr);
    sgtsv2StridedBatch = cusparseSgtsv2StridedBatch(handle: addr, m: int, dl: addr, d: addr, du: addr, x: addr, batchCount: int,
        batchStride: int, pBuffer: addr);
    sgtsv2StridedBatch_bufferSizeExt = cusparseSgtsv2StridedBatch_bufferSizeExt(handle: addr, m: int, dl: addr, d: addr, du: addr,
        x: addr, batchCount: int, batchStride: int, bufferSizeInBytes: out_addr);
    sgtsv2_bufferSizeExt = cusparseSgtsv2_bufferSizeExt(handle: addr, m: int, n: int, dl: addr, d: addr, du: addr, B: addr,
        ldb: int, bufferSizeInBytes: out_addr);
    sgtsv2_nopivot = cusparseSgtsv2_nopivot(handle: addr, m: int, n: int, dl: addr, d: addr, du: addr, B: addr, ldb: int,
        pBuffer: addr);
    sgtsv2_nopivot_bufferSizeExt = cusparseSgtsv2_nopivot_bufferSizeExt(handle: addr, m: int, n: int, dl: addr, d: addr, du: addr,
        B: addr, ldb: int, bufferSizeInBytes: out_addr);
    sgtsvInterleavedBatch = cusparseSgtsvInterleavedBatch(handle: addr, algo: int, m: int, dl: addr, d: addr, du: addr, x: addr,
        batchCount: int, pBuffer: addr);
    sgtsvInterleavedBatch_bufferSizeExt = cusparseSgtsvInterleavedBatch_bufferSizeExt(handle: addr, algo: int, m: int, dl: addr,
        d: addr, du: addr, x: addr, batchCount: int, pBufferSizeInBytes: out_addr);
    snnz = cusparseSnnz(handle: addr, dirA: int, m: int, n: int, descrA: addr, A: addr, lda: int, nnzPerRowColumn: addr,
        nnzTotalDevHostPtr: addr);
    snnz_compress = cusparseSnnz_compress(handle: addr, m: int, descr: addr, values: addr, rowPtr: addr, nnzPerRow: addr,
        nnzC: out_int, tol: float);
    spGEAM = cusparseSpGEAM(handle: addr, opA: int, opB: int, alpha: addr, matA: addr, beta: addr, matB: addr, matC: addr,
        computeType: int, alg: int, spgeamDescr: addr, externalBuffer: addr);
    spGEAM_bufferSize = cusparseSpGEAM_bufferSize(handle: addr, opA: int, opB: int, alpha: addr, matA: addr, beta: addr,
        matB: addr, matC: addr, computeType: int, alg: int, spgeamDescr: addr, bufferSize: out_addr);
    spGEAM_createDescr = cusparseSpGEAM_createDescr(descr: out_addr);
    spGEAM_destroyDescr = cusparseSpGEAM_destroyDescr(descr: addr);
    spGEAM_nnz = cusparseSpGEAM_nnz(handle: addr, opA: int, opB: int, alpha: addr, matA: addr, beta: addr, matB: addr, matC: addr,
        computeType: int, alg: int, spgeamDescr: addr, externalBuffer: addr);
    spGEMM_compute = cusparseSpGEMM_compute(handle: addr, opA: int, opB: int, alpha: addr, matA: addr, matB: addr, beta: addr,
        matC: addr, computeType: int, alg: int, spgemmDescr: addr, bufferSize: addr, externalBuffer2: addr);
    spGEMM_copy = cusparseSpGEMM_copy(handle: addr, opA: int, opB: int, alpha: addr, matA: addr, matB: addr, beta: addr,
        matC: addr, computeType: int, alg: int, spgemmDescr: addr);
    spGEMM_createDescr = cusparseSpGEMM_createDescr(descr: out_addr);
    spGEMM_destroyDescr = cusparseSpGEMM_destroyDescr(descr: addr);
    spGEMM_workEstimation = cusparseSpGEMM_workEstimation(handle: addr, opA: int, opB: int, alpha: addr, matA: addr, matB: addr,
        beta: addr, matC: addr, computeType: int, alg: int, spgemmDescr: addr, bufferSize: addr, externalBuffer1: addr);
    spMM = cusparseSpMM(handle: addr, opA: int, opB: int, alpha: addr, matA: addr, matB: addr, beta: addr, matC: addr,
        computeType: int, alg: int, externalBuffer: addr);
    spMM_bufferSize = cusparseSpMM_bufferSize(handle: addr, opA: int, opB: int, alpha: addr, matA: addr, matB: addr, beta: addr,
        matC: addr, computeType: int, alg: int, bufferSize: out_addr);
    spMV = cusparseSpMV(handle: addr, opA: int, alpha: addr, matA: addr, vecX: addr, beta: addr, vecY: addr, computeType: int,
        alg: int, externalBuffer: addr);
    spMV_bufferSize = cusparseSpMV_bufferSize(handle: addr, opA: int, alpha: addr, matA: addr, vecX: addr, beta: addr, vecY: addr,
        computeType: int, alg: int, bufferSize: out_addr);
    spMatGetFormat = cusparseSpMatGetFormat(desc: addr, format: out_int);
    spMatGetIndexBase = cusparseSpMatGetIndexBase(desc: addr, idxBase: out_int);
    spMatGetSize = cusparseSpMatGetSize(desc: addr, rows: addr, cols: addr, nnz: addr);
    spMatGetStridedBatch = cusparseSpMatGetStridedBatch(desc: addr, batchCount: out_int);
    spMatGetValues = cusparseSpMatGetValues(desc: addr, values: out_addr);
    spMatSetValues = cusparseSpMatSetValues(desc: addr, values: addr);
    spSM_analysis = cusparseSpSM_analysis(handle: addr, opA: int, opB: int, alpha: addr, matA: addr, matB: addr, matC: addr,
        computeType: int, alg: int, spsmDescr: addr, externalBuffer: addr);
    spSM_bufferSize = cusparseSpSM_bufferSize(handle: addr, opA: int, opB: int, alpha: addr, matA: addr, matB: addr, matC: addr,
        computeType: int, alg: int, spsmDescr: addr, bufferSize: out_addr);
    spSM_createDescr = cusparseSpSM_createDescr(descr: out_addr);
    spSM_destroyDescr = cusparseSpSM_destroyDescr(descr: addr);
    spVV = cusparseSpVV(handle: addr, opX: int, vecX: addr, vecY: addr, result: addr, computeType: int, externalBuffer: addr);
    spVV_bufferSize = cusparseSpVV_bufferSize(handle: addr, opX: int, vecX: addr, vecY: addr, result: addr, computeType: int,
        bufferSize: out_addr);
    spVecGet = cusparseSpVecGet(desc: addr, size: out_long, nnz: out_long, indices: out_addr, values: out_addr, idxType: out_int,
        idxBase: out_int, valueType: out_int);
    spVecGetIndexBase = cusparseSpVecGetIndexBase(desc: addr, idxBase: out_int);
    spVecGetValues = cusparseSpVecGetValues(desc: addr, values: out_addr);
    spVecSetValues = cusparseSpVecSetValues(desc: addr, values: addr);
    sparseToDense = cusparseSparseToDense(handle: addr, matA: addr, matB: addr, alg: int, buffer: addr);
    sparseToDense_bufferSize = cusparseSparseToDense_bufferSize(handle: addr, matA: addr, matB: addr, alg: int, bufferSize: out_addr);
    xbsric02_zeroPivot = cusparseXbsric02_zeroPivot(handle: addr, info: addr, position: addr);
    xbsrilu02_zeroPivot = cusparseXbsrilu02_zeroPivot(handle: addr, info: addr, position: addr);
    xcoo2csr = cusparseXcoo2csr(handle: addr, cooRowInd: addr, nnz: int, m: int, csrRowPtr: addr, idxBase: int);
    xcoosortByColumn = cusparseXcoosortByColumn(handle: addr, m: int, n: int, nnz: int, cooRows: addr, cooCols: addr, P: addr,
        pBuffer: addr);
    xcoosortByRow = cusparseXcoosortByRow(handle: addr, m: int, n: int, nnz: int, cooRows: addr, cooCols: addr, P: addr, pBuffer: addr);
    xcoosort_bufferSizeExt = cusparseXcoosort_bufferSizeExt(handle: addr, m: int, n: int, nnz: int, cooRows: addr, cooCols: addr,
        pBufferSizeInBytes: out_addr);
    xcscsort = cusparseXcscsort(handle: addr, m: int, n: int, nnz: int, descrA: addr, cscColPtr: addr, cscRowInd: addr, P: addr,
        pBuffer: addr);
    xcscsort_bufferSizeExt = cusparseXcscsort_bufferSizeExt(handle: addr, m: int, n: int, nnz: int, cscColPtr: addr,
        cscRowInd: addr, pBufferSizeInBytes: out_addr);
    xcsr2coo = cusparseXcsr2coo(handle: addr, csrRowPtr: addr, nnz: int, m: int, cooRowInd: addr, idxBase: int);
    xcsrgeam2Nnz = cusparseXcsrgeam2Nnz(handle: addr, m: int, n: int, descrA: addr, nnzA: int, csrRowPtrA: addr, csrColIndA: addr,
        descrB: addr, nnzB: int, csrRowPtrB: addr, csrColIndB: addr, descrC: addr, csrRowPtrC: addr, nnzTotalDevHostPtr: addr,
        workspace: addr);
    xcsric02_zeroPivot = cusparseXcsric02_zeroPivot(handle: addr, info: addr, position: addr);
    xcsrilu02_zeroPivot = cusparseXcsrilu02_zeroPivot(handle: addr, info: addr, position: addr);
    xcsrsort = cusparseXcsrsort(handle: addr, m: int, n: int, nnz: int, descrA: addr, csrRowPtr: addr, csrColInd: addr, P: addr,
        pBuffer: addr);
    xcsrsort_bufferSizeExt = cusparseXcsrsort_bufferSizeExt(handle: addr, m: int, n: int, nnz: int, csrRowPtr: addr,
        csrColInd: addr, pBufferSizeInBytes: out_addr);
    zbsric02 = cusparseZbsric02(handle: addr, dirA: int, mb: int, nnzb: int, descrA: addr, bsrSortedVal: addr,
        bsrSortedRowPtr: addr, bsrSortedColInd: addr, blockDim: int, info: addr, policy: int, pBuffer: addr);
    zbsric02_analysis = cusparseZbsric02_analysis(handle: addr, dirA: int, mb: int, nnzb: int, descrA: addr, bsrSortedVal: addr,
        bsrSortedRowPtr: addr, bsrSortedColInd: addr, blockDim: int, info: addr, policy: int, pInputBuffer: addr);
    zbsric02_bufferSize = cusparseZbsric02_bufferSize(handle: addr, dirA: int, mb: int, nnzb: int, descrA: addr,
        bsrSortedVal: addr, bsrSortedRowPtr: addr, bsrSortedColInd: addr, blockDim: int, info: addr, pBufferSizeInBytes: out_int);
    zbsrilu02 = cusparseZbsrilu02(handle: addr, dirA: int, mb: int, nnzb: int, descrA: addr, bsrSortedVal: addr,
        bsrSortedRowPtr: addr, bsrSortedColInd: addr, blockDim: int, info: addr, policy: int, pBuffer: addr);
    zbsrilu02_analysis = cusparseZbsrilu02_analysis(handle: addr, dirA: int, mb: int, nnzb: int, descrA: addr, bsrSortedVal: addr,
        bsrSortedRowPtr: addr, bsrSortedColInd: addr, blockDim: int, info: addr, policy: int, pBuffer: addr);
    zbsrilu02_bufferSize = cusparseZbsrilu02_bufferSize(handle: addr, dirA: int, mb: int, nnzb: int, descrA: addr,
        bsrSortedVal: addr, bsrSortedRowPtr: addr, bsrSortedColInd: addr, blockDim: int, info: addr, pBufferSizeInBytes: out_int);
    zbsrilu02_numericBoost = cusparseZbsrilu02_numericBoost(handle: addr, info: addr, enable_boost: int, tol: addr, boost_val: addr);
    zcsrgeam2 = cusparseZcsrgeam2(handle: addr, m: int, n: int, alpha: addr, descrA: addr, nnzA: int, csrValA: addr,
        csrRowPtrA: addr, csrColIndA: addr, beta: addr, descrB: addr, nnzB: int, csrValB: addr, csrRowPtrB: addr, csrColIndB: addr,
        descrC: addr, csrValC: addr, csrRowPtrC: addr, csrColIndC: addr, buffer: addr);
    zcsrgeam2_bufferSizeExt = cusparseZcsrgeam2_bufferSizeExt(handle: addr, m: int, n: int, alpha: addr, descrA: addr, nnzA: int,
        csrValA: addr, csrRowPtrA: addr, csrColIndA: addr, beta: addr, descrB: addr, nnzB: int, csrValB: addr, csrRowPtrB: addr,
        csrColIndB: addr, descrC: addr, csrValC: addr, csrRowPtrC: addr, csrColIndC: addr, pBufferSizeInBytes: out_addr);
    zcsric02 = cusparseZcsric02(handle: addr, m: int, nnz: int, descrA: addr, csrSortedValA_valM: addr, csrSortedRowPtrA: addr,
        csrSortedColIndA: addr, info: addr, policy: int, pBuffer: addr);
    zcsric02_analysis = cusparseZcsric02_analysis(handle: addr, m: int, nnz: int, descrA: addr, csrSortedValA: addr,
        csrSortedRowPtrA: addr, csrSortedColIndA: addr, info: addr, policy: int, pBuffer: addr);
    zcsric02_bufferSize = cusparseZcsric02_bufferSize(handle: addr, m: int, nnz: int, descrA: addr, csrSortedValA: addr,
        csrSortedRowPtrA: addr, csrSortedColIndA: addr, info: addr, pBufferSizeInBytes: out_int);
    zcsrilu02 = cusparseZcsrilu02(handle: addr, m: int, nnz: int, descrA: addr, csrSortedValA_valM: addr, csrSortedRowPtrA: addr,
        csrSortedColIndA: addr, info: addr, policy: int, pBuffer: addr);
    zcsrilu02_analysis = cusparseZcsrilu02_analysis(handle: addr, m: int, nnz: int, descrA: addr, csrSortedValA: addr,
        csrSortedRowPtrA: addr, csrSortedColIndA: addr, info: addr, policy: int, pBuffer: addr);
    zcsrilu02_bufferSize = cusparseZcsrilu02_bufferSize(handle: addr, m: int, nnz: int, descrA: addr, csrSortedValA: addr,
        csrSortedRowPtrA: addr, csrSortedColIndA: addr, info: addr, pBufferSizeInBytes: out_int);
    zcsrilu02_numericBoost = cusparseZcsrilu02_numericBoost(handle: addr, info: addr, enable_boost: int, tol: addr, boost_val: addr);
    zgpsvInterleavedBatch = cusparseZgpsvInterleavedBatch(handle: addr, algo: int, m: int, ds: addr, dl: addr, d: addr, du: addr,
        dw: addr, x: addr, batchCount: int, pBuffer: addr);
    zgpsvInterleavedBatch_bufferSizeExt = cusparseZgpsvInterleavedBatch_bufferSizeExt(handle: addr, algo: int, m: int, ds: addr,
        dl: addr, d: addr, du: addr, dw: addr, x: addr, batchCount: int, pBufferSizeInBytes: out_addr);
    zgtsv2 = cusparseZgtsv2(handle: addr, m: int, n: int, dl: addr, d: addr, du: addr, B: addr, ldb: int, pBuffer: addr);
    zgtsv2StridedBatch = cusparseZgtsv2StridedBatch(handle: addr, m: int, dl: addr, d: addr, du: addr, x: addr, batchCount: int,
        batchStride: int, pBuffer: addr);
    zgtsv2StridedBatch_bufferSizeExt = cusparseZgtsv2StridedBatch_bufferSizeExt(handle: addr, m: int, dl: addr, d: addr, du: addr,
        x: addr, batchCount: int, batchStride: int, bufferSizeInBytes: out_addr);
    zgtsv2_bufferSizeExt = cusparseZgtsv2_bufferSizeExt(handle: addr, m: int, n: int, dl: addr, d: addr, du: addr, B: addr,
        ldb: int, bufferSizeInBytes: out_addr);
    zgtsv2_nopivot = cusparseZgtsv2_nopivot(handle: addr, m: int, n: int, dl: addr, d: addr, du: addr, B: addr, ldb: int,
        pBuffer: addr);
    zgtsv2_nopivot_bufferSizeExt = cusparseZgtsv2_nopivot_bufferSizeExt(handle: addr, m: int, n: int, dl: addr, d: addr, du: addr,
        B: addr, ldb: int, bufferSizeInBytes: out_addr);
    zgtsvInterleavedBatch = cusparseZgtsvInterleavedBatch(handle: addr, algo: int, m: int, dl: addr, d: addr, du: addr, x: addr,
        batchCount: int, pBuffer: addr);
    zgtsvInterleavedBatch_bufferSizeExt = cusparseZgtsvInterleavedBatch_bufferSizeExt(handle: addr, algo: int, m: int, dl: addr,
        d: addr, du: addr, x: addr, batchCount: int, pBufferSizeInBytes: out_addr);
    znnz = cusparseZnnz(handle: addr, dirA: int, m: int, n: int, descrA: addr, A: addr, lda: int, nnzPerRowColumn: addr,
        nnzTotalDevHostPtr: addr);
};
