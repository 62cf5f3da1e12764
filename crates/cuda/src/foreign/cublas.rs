//! cuBLAS: products of matrices and vectors, for programs that call it themselves.

use super::{Call, Table, named, plain_calls};
use cuprous_cuda_sys::Cublas;
use std::sync::OnceLock;

pub(super) static TABLE: Table = Table {
    name: "cuBLAS",
    open: || Cublas::get().map(|api| &api.library),
    calls: CALLS,
    own: &[],
    constants: CONSTANTS,
    status: |code| named(STATUSES, code),
    needs_device: true,
    streams: &[("cublas", "setStream")],
    places: OnceLock::new(),
};

static STATUSES: &[(i32, &str)] = &[
    (0, "CUBLAS_STATUS_SUCCESS"),
    (1, "CUBLAS_STATUS_NOT_INITIALIZED"),
    (3, "CUBLAS_STATUS_ALLOC_FAILED"),
    (7, "CUBLAS_STATUS_INVALID_VALUE"),
    (8, "CUBLAS_STATUS_ARCH_MISMATCH"),
    (11, "CUBLAS_STATUS_MAPPING_ERROR"),
    (13, "CUBLAS_STATUS_EXECUTION_FAILED"),
    (14, "CUBLAS_STATUS_INTERNAL_ERROR"),
    (15, "CUBLAS_STATUS_NOT_SUPPORTED"),
    (16, "CUBLAS_STATUS_LICENSE_ERROR"),
];

static CONSTANTS: &[(&str, i64)] = &[
    ("CUBLAS_COMPUTE_16F", 64),
    ("CUBLAS_COMPUTE_16F_PEDANTIC", 65),
    ("CUBLAS_COMPUTE_32F", 68),
    ("CUBLAS_COMPUTE_32F_FAST_16BF", 75),
    ("CUBLAS_COMPUTE_32F_FAST_16F", 74),
    ("CUBLAS_COMPUTE_32F_FAST_TF32", 77),
    ("CUBLAS_COMPUTE_32F_PEDANTIC", 69),
    ("CUBLAS_COMPUTE_32I", 72),
    ("CUBLAS_COMPUTE_32I_PEDANTIC", 73),
    ("CUBLAS_COMPUTE_64F", 70),
    ("CUBLAS_COMPUTE_64F_PEDANTIC", 71),
    ("CUBLAS_DEFAULT_MATH", 0),
    ("CUBLAS_DIAG_NON_UNIT", 0),
    ("CUBLAS_DIAG_UNIT", 1),
    ("CUBLAS_FILL_MODE_LOWER", 0),
    ("CUBLAS_FILL_MODE_UPPER", 1),
    ("CUBLAS_GEMM_DEFAULT", -1),
    ("CUBLAS_GEMM_DEFAULT_TENSOR_OP", 99),
    ("CUBLAS_GEMM_DFALT", -1),
    ("CUBLAS_GEMM_DFALT_TENSOR_OP", 99),
    ("CUBLAS_OP_C", 2),
    ("CUBLAS_OP_N", 0),
    ("CUBLAS_OP_T", 1),
    ("CUBLAS_POINTER_MODE_DEVICE", 1),
    ("CUBLAS_POINTER_MODE_HOST", 0),
    ("CUBLAS_SIDE_LEFT", 0),
    ("CUBLAS_SIDE_RIGHT", 1),
    ("CUBLAS_TENSOR_OP_MATH", 1),
];

#[rustfmt::skip]
static CALLS: &[Call] = plain_calls! {
    caxpy = cublasCaxpy_v2(handle: addr, n: int, alpha: addr, x: addr, incx: int, y: addr, incy: int);
    cdgmm = cublasCdgmm(handle: addr, mode: int, m: int, n: int, A: addr, lda: int, x: addr, incx: int, C: addr, ldc: int);
    cdotc = cublasCdotc_v2(handle: addr, n: int, x: addr, incx: int, y: addr, incy: int, result: addr);
    cdotu = cublasCdotu_v2(handle: addr, n: int, x: addr, incx: int, y: addr, incy: int, result: addr);
    cgeam = cublasCgeam(handle: addr, transa: int, transb: int, m: int, n: int, alpha: addr, A: addr, lda: int, beta: addr,
        B: addr, ldb: int, C: addr, ldc: int);
    cgemm = cublasCgemm_v2(handle: addr, transa: int, transb: int, m: int, n: int, k: int, alpha: addr, A: addr, lda: int, B: addr,
        ldb: int, beta: addr, C: addr, ldc: int);
    cgemmBatched = cublasCgemmBatched(handle: addr, transa: int, transb: int, m: int, n: int, k: int, alpha: addr, Aarray: addr,
        lda: int, Barray: addr, ldb: int, beta: addr, Carray: addr, ldc: int, batchCount: int);
    cgemmStridedBatched = cublasCgemmStridedBatched(handle: addr, transa: int, transb: int, m: int, n: int, k: int, alpha: addr,
        A: addr, lda: int, strideA: long, B: addr, ldb: int, strideB: long, beta: addr, C: addr, ldc: int, strideC: long,
        batchCount: int);
    cgemv = cublasCgemv_v2(handle: addr, trans: int, m: int, n: int, alpha: addr, A: addr, lda: int, x: addr, incx: int,
        beta: addr, y: addr, incy: int);
    cgerc = cublasCgerc_v2(handle: addr, m: int, n: int, alpha: addr, x: addr, incx: int, y: addr, incy: int, A: addr, lda: int);
    cgeru = cublasCgeru_v2(handle: addr, m: int, n: int, alpha: addr, x: addr, incx: int, y: addr, incy: int, A: addr, lda: int);
    cgetrfBatched = cublasCgetrfBatched(handle: addr, n: int, Aarray: addr, lda: int, PivotArray: addr, infoArray: addr,
        batchSize: int);
    cgetriBatched = cublasCgetriBatched(handle: addr, n: int, Aarray: addr, lda: int, PivotArray: addr, Carray: addr, ldc: int,
        infoArray: addr, batchSize: int);
    cgetrsBatched = cublasCgetrsBatched(handle: addr, trans: int, n: int, nrhs: int, Aarray: addr, lda: int, devIpiv: addr,
        Barray: addr, ldb: int, info: addr, batchSize: int);
    create = cublasCreate_v2(handle: out_addr);
    cscal = cublasCscal_v2(handle: addr, n: int, alpha: addr, x: addr, incx: int);
    csscal = cublasCsscal_v2(handle: addr, n: int, alpha: addr, x: addr, incx: int);
    csyrk = cublasCsyrk_v2(handle: addr, uplo: int, trans: int, n: int, k: int, alpha: addr, A: addr, lda: int, beta: addr,
        C: addr, ldc: int);
    ctrsm = cublasCtrsm_v2(handle: addr, side: int, uplo: int, trans: int, diag: int, m: int, n: int, alpha: addr, Aarray: addr,
        lda: int, Barray: addr, ldb: int);
    ctrsmBatched = cublasCtrsmBatched(handle: addr, side: int, uplo: int, trans: int, diag: int, m: int, n: int, alpha: addr,
        Aarray: addr, lda: int, Barray: addr, ldb: int, batchCount: int);
    dasum = cublasDasum_v2(handle: addr, n: int, x: addr, incx: int, result: addr);
    daxpy = cublasDaxpy_v2(handle: addr, n: int, alpha: addr, x: addr, incx: int, y: addr, incy: int);
    ddgmm = cublasDdgmm(handle: addr, mode: int, m: int, n: int, A: addr, lda: int, x: addr, incx: int, C: addr, ldc: int);
    ddot = cublasDdot_v2(handle: addr, n: int, x: addr, incx: int, y: addr, incy: int, result: addr);
    destroy = cublasDestroy_v2(handle: addr);
    dgeam = cublasDgeam(handle: addr, transa: int, transb: int, m: int, n: int, alpha: addr, A: addr, lda: int, beta: addr,
        B: addr, ldb: int, C: addr, ldc: int);
    dgemm = cublasDgemm_v2(handle: addr, transa: int, transb: int, m: int, n: int, k: int, alpha: addr, A: addr, lda: int, B: addr,
        ldb: int, beta: addr, C: addr, ldc: int);
    dgemmBatched = cublasDgemmBatched(handle: addr, transa: int, transb: int, m: int, n: int, k: int, alpha: addr, Aarray: addr,
        lda: int, Barray: addr, ldb: int, beta: addr, Carray: addr, ldc: int, batchCount: int);
    dgemmStridedBatched = cublasDgemmStridedBatched(handle: addr, transa: int, transb: int, m: int, n: int, k: int, alpha: addr,
        A: addr, lda: int, strideA: long, B: addr, ldb: int, strideB: long, beta: addr, C: addr, ldc: int, strideC: long,
        batchCount: int);
    dgemv = cublasDgemv_v2(handle: addr, trans: int, m: int, n: int, alpha: addr, A: addr, lda: int, x: addr, incx: int,
        beta: addr, y: addr, incy: int);
    dger = cublasDger_v2(handle: addr, m: int, n: int, alpha: addr, x: addr, incx: int, y: addr, incy: int, A: addr, lda: int);
    dgetrfBatched = cublasDgetrfBatched(handle: addr, n: int, Aarray: addr, lda: int, PivotArray: addr, infoArray: addr,
        batchSize: int);
    dgetriBatched = cublasDgetriBatched(handle: addr, n: int, Aarray: addr, lda: int, PivotArray: addr, Carray: addr, ldc: int,
        infoArray: addr, batchSize: int);
    dgetrsBatched = cublasDgetrsBatched(handle: addr, trans: int, n: int, nrhs: int, Aarray: addr, lda: int, devIpiv: addr,
        Barray: addr, ldb: int, info: addr, batchSize: int);
    dnrm2 = cublasDnrm2_v2(handle: addr, n: int, x: addr, incx: int, result: addr);
    dsbmv = cublasDsbmv_v2(handle: addr, uplo: int, n: int, k: int, alpha: addr, A: addr, lda: int, x: addr, incx: int, beta: addr,
        y: addr, incy: int);
    dscal = cublasDscal_v2(handle: addr, n: int, alpha: addr, x: addr, incx: int);
    dsyrk = cublasDsyrk_v2(handle: addr, uplo: int, trans: int, n: int, k: int, alpha: addr, A: addr, lda: int, beta: addr,
        C: addr, ldc: int);
    dtpttr = cublasDtpttr(handle: addr, uplo: int, n: int, AP: addr, A: addr, lda: int);
    dtrsm = cublasDtrsm_v2(handle: addr, side: int, uplo: int, trans: int, diag: int, m: int, n: int, alpha: addr, Aarray: addr,
        lda: int, Barray: addr, ldb: int);
    dtrsmBatched = cublasDtrsmBatched(handle: addr, side: int, uplo: int, trans: int, diag: int, m: int, n: int, alpha: addr,
        Aarray: addr, lda: int, Barray: addr, ldb: int, batchCount: int);
    dtrttp = cublasDtrttp(handle: addr, uplo: int, n: int, A: addr, lda: int, AP: addr);
    dzasum = cublasDzasum_v2(handle: addr, n: int, x: addr, incx: int, result: addr);
    dznrm2 = cublasDznrm2_v2(handle: addr, n: int, x: addr, incx: int, result: addr);
    gemmEx = cublasGemmEx(handle: addr, transa: int, transb: int, m: int, n: int, k: int, alpha: addr, A: addr, Atype: int,
        lda: int, B: addr, Btype: int, ldb: int, beta: addr, C: addr, Ctype: int, ldc: int, computeType: int, algo: int);
    gemmStridedBatchedEx = cublasGemmStridedBatchedEx(handle: addr, transa: int, transb: int, m: int, n: int, k: int, alpha: addr,
        A: addr, Atype: int, lda: int, strideA: long, B: addr, Btype: int, ldb: int, strideB: long, beta: addr, C: addr,
        Ctype: int, ldc: int, strideC: long, batchCount: int, computeType: int, algo: int);
    getMathMode = cublasGetMathMode(handle: addr, mode: out_int);
    getPointerMode = cublasGetPointerMode_v2(handle: addr, mode: out_int);
    getStream = cublasGetStream_v2(handle: addr, streamId: out_addr);
    getVersion = cublasGetVersion_v2(handle: addr, version: out_int);
    icamax = cublasIcamax_v2(handle: addr, n: int, x: addr, incx: int, result: addr);
    icamin = cublasIcamin_v2(handle: addr, n: int, x: addr, incx: int, result: addr);
    idamax = cublasIdamax_v2(handle: addr, n: int, x: addr, incx: int, result: addr);
    idamin = cublasIdamin_v2(handle: addr, n: int, x: addr, incx: int, result: addr);
    isamax = cublasIsamax_v2(handle: addr, n: int, x: addr, incx: int, result: addr);
    isamin = cublasIsamin_v2(handle: addr, n: int, x: addr, incx: int, result: addr);
    izamax = cublasIzamax_v2(handle: addr, n: int, x: addr, incx: int, result: addr);
    izamin = cublasIzamin_v2(handle: addr, n: int, x: addr, incx: int, result: addr);
    sasum = cublasSasum_v2(handle: addr, n: int, x: addr, incx: int, result: addr);
    saxpy = cublasSaxpy_v2(handle: addr, n: int, alpha: addr, x: addr, incx: int, y: addr, incy: int);
    scasum = cublasScasum_v2(handle: addr, n: int, x: addr, incx: int, result: addr);
    scnrm2 = cublasScnrm2_v2(handle: addr, n: int, x: addr, incx: int, result: addr);
    sdgmm = cublasSdgmm(handle: addr, mode: int, m: int, n: int, A: addr, lda: int, x: addr, incx: int, C: addr, ldc: int);
    sdot = cublasSdot_v2(handle: addr, n: int, x: addr, incx: int, y: addr, incy: int, result: addr);
    setMathMode = cublasSetMathMode(handle: addr, mode: int);
    setPointerMode = cublasSetPointerMode_v2(handle: addr, mode: int);
    setStream = cublasSetStream_v2(handle: addr, stream: addr);
    sgeam = cublasSgeam(handle: addr, transa: int, transb: int, m: int, n: int, alpha: addr, A: addr, lda: int, beta: addr,
        B: addr, ldb: int, C: addr, ldc: int);
    sgemm = cublasSgemm_v2(handle: addr, transa: int, transb: int, m: int, n: int, k: int, alpha: addr, A: addr, lda: int, B: addr,
        ldb: int, beta: addr, C: addr, ldc: int);
    sgemmBatched = cublasSgemmBatched(handle: addr, transa: int, transb: int, m: int, n: int, k: int, alpha: addr, Aarray: addr,
        lda: int, Barray: addr, ldb: int, beta: addr, Carray: addr, ldc: int, batchCount: int);
    sgemmEx = cublasSgemmEx(handle: addr, transa: int, transb: int, m: int, n: int, k: int, alpha: addr, A: addr, Atype: int,
        lda: int, B: addr, Btype: int, ldb: int, beta: addr, C: addr, Ctype: int, ldc: int);
    sgemmStridedBatched = cublasSgemmStridedBatched(handle: addr, transa: int, transb: int, m: int, n: int, k: int, alpha: addr,
        A: addr, lda: int, strideA: long, B: addr, ldb: int, strideB: long, beta: addr, C: addr, ldc: int, strideC: long,
        batchCount: int);
    sgemv = cublasSgemv_v2(handle: addr, trans: int, m: int, n: int, alpha: addr, A: addr, lda: int, x: addr, incx: int,
        beta: addr, y: addr, incy: int);
    sger = cublasSger_v2(handle: addr, m: int, n: int, alpha: addr, x: addr, incx: int, y: addr, incy: int, A: addr, lda: int);
    sgetrfBatched = cublasSgetrfBatched(handle: addr, n: int, Aarray: addr, lda: int, PivotArray: addr, infoArray: addr,
        batchSize: int);
    sgetriBatched = cublasSgetriBatched(handle: addr, n: int, Aarray: addr, lda: int, PivotArray: addr, Carray: addr, ldc: int,
        infoArray: addr, batchSize: int);
    sgetrsBatched = cublasSgetrsBatched(handle: addr, trans: int, n: int, nrhs: int, Aarray: addr, lda: int, devIpiv: addr,
        Barray: addr, ldb: int, info: addr, batchSize: int);
    snrm2 = cublasSnrm2_v2(handle: addr, n: int, x: addr, incx: int, result: addr);
    ssbmv = cublasSsbmv_v2(handle: addr, uplo: int, n: int, k: int, alpha: addr, A: addr, lda: int, x: addr, incx: int, beta: addr,
        y: addr, incy: int);
    sscal = cublasSscal_v2(handle: addr, n: int, alpha: addr, x: addr, incx: int);
    ssyrk = cublasSsyrk_v2(handle: addr, uplo: int, trans: int, n: int, k: int, alpha: addr, A: addr, lda: int, beta: addr,
        C: addr, ldc: int);
    stpttr = cublasStpttr(handle: addr, uplo: int, n: int, AP: addr, A: addr, lda: int);
    strsm = cublasStrsm_v2(handle: addr, side: int, uplo: int, trans: int, diag: int, m: int, n: int, alpha: addr, Aarray: addr,
        lda: int, Barray: addr, ldb: int);
    strsmBatched = cublasStrsmBatched(handle: addr, side: int, uplo: int, trans: int, diag: int, m: int, n: int, alpha: addr,
        Aarray: addr, lda: int, Barray: addr, ldb: int, batchCount: int);
    strttp = cublasStrttp(handle: addr, uplo: int, n: int, A: addr, lda: int, AP: addr);
    zaxpy = cublasZaxpy_v2(handle: addr, n: int, alpha: addr, x: addr, incx: int, y: addr, incy: int);
    zdgmm = cublasZdgmm(handle: addr, mode: int, m: int, n: int, A: addr, lda: int, x: addr, incx: int, C: addr, ldc: int);
    zdotc = cublasZdotc_v2(handle: addr, n: int, x: addr, incx: int, y: addr, incy: int, result: addr);
    zdotu = cublasZdotu_v2(handle: addr, n: int, x: addr, incx: int, y: addr, incy: int, result: addr);
    zdscal = cublasZdscal_v2(handle: addr, n: int, alpha: addr, x: addr, incx: int);
    zgeam = cublasZgeam(handle: addr, transa: int, transb: int, m: int, n: int, alpha: addr, A: addr, lda: int, beta: addr,
        B: addr, ldb: int, C: addr, ldc: int);
    zgemm = cublasZgemm_v2(handle: addr, transa: int, transb: int, m: int, n: int, k: int, alpha: addr, A: addr, lda: int, B: addr,
        ldb: int, beta: addr, C: addr, ldc: int);
    zgemmBatched = cublasZgemmBatched(handle: addr, transa: int, transb: int, m: int, n: int, k: int, alpha: addr, Aarray: addr,
        lda: int, Barray: addr, ldb: int, beta: addr, Carray: addr, ldc: int, batchCount: int);
    zgemmStridedBatched = cublasZgemmStridedBatched(handle: addr, transa: int, transb: int, m: int, n: int, k: int, alpha: addr,
        A: addr, lda: int, strideA: long, B: addr, ldb: int, strideB: long, beta: addr, C: addr, ldc: int, strideC: long,
        batchCount: int);
    zgemv = cublasZgemv_v2(handle: addr, trans: int, m: int, n: int, alpha: addr, A: addr, lda: int, x: addr, incx: int,
        beta: addr, y: addr, incy: int);
    zgerc = cublasZgerc_v2(handle: addr, m: int, n: int, alpha: addr, x: addr, incx: int, y: addr, incy: int, A: addr, lda: int);
    zgeru = cublasZgeru_v2(handle: addr, m: int, n: int, alpha: addr, x: addr, incx: int, y: addr, incy: int, A: addr, lda: int);
    zgetrfBatched = cublasZgetrfBatched(handle: addr, n: int, Aarray: addr, lda: int, PivotArray: addr, infoArray: addr,
        batchSize: int);
    zgetriBatched = cublasZgetriBatched(handle: addr, n: int, Aarray: addr, lda: int, PivotArray: addr, Carray: addr, ldc: int,
        infoArray: addr, batchSize: int);
    zgetrsBatched = cublasZgetrsBatched(handle: addr, trans: int, n: int, nrhs: int, Aarray: addr, lda: int, devIpiv: addr,
        Barray: addr, ldb: int, info: addr, batchSize: int);
    zscal = cublasZscal_v2(handle: addr, n: int, alpha: addr, x: addr, incx: int);
    zsyrk = cublasZsyrk_v2(handle: addr, uplo: int, trans: int, n: int, k: int, alpha: addr, A: addr, lda: int, beta: addr,
        C: addr, ldc: int);
    ztrsm = cublasZtrsm_v2(handle: addr, side: int, uplo: int, trans: int, diag: int, m: int, n: int, alpha: addr, Aarray: addr,
        lda: int, Barray: addr, ldb: int);
    ztrsmBatched = cublasZtrsmBatched(handle: addr, side: int, uplo: int, trans: int, diag: int, m: int, n: int, alpha: addr,
        Aarray: addr, lda: int, Barray: addr, ldb: int, batchCount: int);
};
