//! cuSOLVER: factors and solutions, for programs that call it themselves.

use super::{Call, Table, named, plain_calls};
use cuprous_cuda_sys::Cusolver;
use std::sync::OnceLock;

pub(super) static TABLE: Table = Table {
    name: "cuSOLVER",
    open: || Cusolver::get().map(|api| &api.library),
    calls: CALLS,
    own: &[],
    constants: CONSTANTS,
    status: |code| named(STATUSES, code),
    needs_device: true,
    streams: &[("cusolverDn", "setStream"), ("cusolverSp", "spSetStream")],
    places: OnceLock::new(),
};

static STATUSES: &[(i32, &str)] = &[
    (0, "CUSOLVER_STATUS_SUCCESS"),
    (1, "CUSOLVER_STATUS_NOT_INITIALIZED"),
    (2, "CUSOLVER_STATUS_ALLOC_FAILED"),
    (3, "CUSOLVER_STATUS_INVALID_VALUE"),
    (4, "CUSOLVER_STATUS_ARCH_MISMATCH"),
    (5, "CUSOLVER_STATUS_MAPPING_ERROR"),
    (6, "CUSOLVER_STATUS_EXECUTION_FAILED"),
    (7, "CUSOLVER_STATUS_INTERNAL_ERROR"),
    (8, "CUSOLVER_STATUS_MATRIX_TYPE_NOT_SUPPORTED"),
    (9, "CUSOLVER_STATUS_NOT_SUPPORTED"),
    (10, "CUSOLVER_STATUS_ZERO_PIVOT"),
    (11, "CUSOLVER_STATUS_INVALID_LICENSE"),
    (12, "CUSOLVER_STATUS_IRS_PARAMS_NOT_INITIALIZED"),
    (13, "CUSOLVER_STATUS_IRS_PARAMS_INVALID"),
    (14, "CUSOLVER_STATUS_IRS_PARAMS_INVALID_PREC"),
    (15, "CUSOLVER_STATUS_IRS_PARAMS_INVALID_REFINE"),
    (16, "CUSOLVER_STATUS_IRS_PARAMS_INVALID_MAXITER"),
    (20, "CUSOLVER_STATUS_IRS_INTERNAL_ERROR"),
    (21, "CUSOLVER_STATUS_IRS_NOT_SUPPORTED"),
    (22, "CUSOLVER_STATUS_IRS_OUT_OF_RANGE"),
    (23, "CUSOLVER_STATUS_IRS_NRHS_NOT_SUPPORTED_FOR_REFINE_GMRES"),
    (25, "CUSOLVER_STATUS_IRS_INFOS_NOT_INITIALIZED"),
    (26, "CUSOLVER_STATUS_IRS_INFOS_NOT_DESTROYED"),
    (30, "CUSOLVER_STATUS_IRS_MATRIX_SINGULAR"),
    (31, "CUSOLVER_STATUS_INVALID_WORKSPACE"),
];

static CONSTANTS: &[(&str, i64)] = &[
    ("CUSOLVER_EIG_MODE_NOVECTOR", 0),
    ("CUSOLVER_EIG_MODE_VECTOR", 1),
    ("CUSOLVER_EIG_TYPE_1", 1),
    ("CUSOLVER_EIG_TYPE_2", 2),
    ("CUSOLVER_EIG_TYPE_3", 3),
];

#[rustfmt::skip]
static CALLS: &[Call] = plain_calls! {
    ccgels = cusolverDnCCgels(handle: addr, m: int, n: int, nrhs: int, dA: addr, ldda: int, dB: addr, lddb: int, dX: addr,
        lddx: int, dwork: addr, lwork: addr, dInfo: addr, d_info: out_int);
    ccgels_bufferSize = cusolverDnCCgels_bufferSize(handle: addr, m: int, n: int, nrhs: int, dA: addr, ldda: int, dB: addr,
        lddb: int, dX: addr, lddx: int, dwork: addr, lwork_bytes: out_addr);
    ccgesv = cusolverDnCCgesv(handle: addr, n: int, nrhs: int, dA: addr, ldda: int, dipiv: addr, dB: addr, lddb: int, dX: addr,
        lddx: int, dwork: addr, lwork: addr, dInfo: addr, d_info: out_int);
    ccgesv_bufferSize = cusolverDnCCgesv_bufferSize(handle: addr, n: int, nrhs: int, dA: addr, ldda: int, dipiv: addr, dB: addr,
        lddb: int, dX: addr, lddx: int, dwork: addr, lwork_bytes: out_addr);
    ccsrlsvchol = cusolverSpCcsrlsvchol(handle: addr, m: int, nnz: int, descrA: addr, csrVal: addr, csrRowPtr: addr,
        csrColInd: addr, b: addr, tol: float, reorder: int, x: addr, singularity: addr);
    ccsrlsvqr = cusolverSpCcsrlsvqr(handle: addr, m: int, nnz: int, descrA: addr, csrVal: addr, csrRowPtr: addr, csrColInd: addr,
        b: addr, tol: float, reorder: int, x: addr, singularity: addr);
    cgebrd = cusolverDnCgebrd(handle: addr, m: int, n: int, A: addr, lda: int, D: addr, E: addr, tauQ: addr, tauP: addr,
        Work: addr, lwork: int, devInfo: addr);
    cgebrd_bufferSize = cusolverDnCgebrd_bufferSize(handle: addr, m: int, n: int, Lwork: out_int);
    cgeqrf = cusolverDnCgeqrf(handle: addr, m: int, n: int, A: addr, lda: int, tau: addr, work: addr, lwork: int, devInfo: addr);
    cgeqrf_bufferSize = cusolverDnCgeqrf_bufferSize(handle: addr, m: int, n: int, A: addr, lda: int, lwork: out_int);
    cgesvd = cusolverDnCgesvd(handle: addr, jobu: char, jobvt: char, m: int, n: int, A: addr, lda: int, S: addr, U: addr, ldu: int,
        VT: addr, ldvt: int, Work: addr, lwork: int, rwork: addr, devInfo: addr);
    cgesvd_bufferSize = cusolverDnCgesvd_bufferSize(handle: addr, m: int, n: int, lwork: out_int);
    cgesvdaStridedBatched = cusolverDnCgesvdaStridedBatched(handle: addr, jobz: int, rank: int, m: int, n: int, d_A: addr,
        lda: int, strideA: long, d_S: addr, strideS: long, d_U: addr, ldu: int, strideU: long, d_V: addr, ldv: int, strideV: long,
        d_work: addr, lwork: int, d_info: addr, h_R_nrmF: addr, batchSize: int);
    cgesvdaStridedBatched_bufferSize = cusolverDnCgesvdaStridedBatched_bufferSize(handle: addr, jobz: int, rank: int, m: int,
        n: int, d_A: addr, lda: int, strideA: long, d_S: addr, strideS: long, d_U: addr, ldu: int, strideU: long, d_V: addr,
        ldv: int, strideV: long, lwork: out_int, batchSize: int);
    cgesvdj = cusolverDnCgesvdj(handle: addr, jobz: int, econ: int, m: int, n: int, A: addr, lda: int, S: addr, U: addr, ldu: int,
        V: addr, ldv: int, work: addr, lwork: int, info: addr, params: addr);
    cgesvdjBatched = cusolverDnCgesvdjBatched(handle: addr, jobz: int, m: int, n: int, A: addr, lda: int, S: addr, U: addr,
        ldu: int, V: addr, ldv: int, work: addr, lwork: int, info: addr, params: addr, batchSize: int);
    cgesvdjBatched_bufferSize = cusolverDnCgesvdjBatched_bufferSize(handle: addr, jobz: int, m: int, n: int, A: addr, lda: int,
        S: addr, U: addr, ldu: int, V: addr, ldv: int, lwork: out_int, params: addr, batchSize: int);
    cgesvdj_bufferSize = cusolverDnCgesvdj_bufferSize(handle: addr, jobz: int, econ: int, m: int, n: int, A: addr, lda: int,
        S: addr, U: addr, ldu: int, V: addr, ldv: int, lwork: out_int, params: addr);
    cgetrf = cusolverDnCgetrf(handle: addr, m: int, n: int, A: addr, lda: int, work: addr, devIpiv: addr, devInfo: addr);
    cgetrf_bufferSize = cusolverDnCgetrf_bufferSize(handle: addr, m: int, n: int, A: addr, lda: int, Lwork: out_int);
    cgetrs = cusolverDnCgetrs(handle: addr, trans: int, n: int, nrhs: int, A: addr, lda: int, devIpiv: addr, B: addr, ldb: int,
        devInfo: addr);
    cheevd = cusolverDnCheevd(handle: addr, jobz: int, uplo: int, n: int, A: addr, lda: int, W: addr, work: addr, lwork: int,
        info: addr);
    cheevd_bufferSize = cusolverDnCheevd_bufferSize(handle: addr, jobz: int, uplo: int, n: int, A: addr, lda: int, W: addr,
        lwork: out_int);
    cheevj = cusolverDnCheevj(handle: addr, jobz: int, uplo: int, n: int, A: addr, lda: int, W: addr, work: addr, lwork: int,
        info: addr, params: addr);
    cheevjBatched = cusolverDnCheevjBatched(handle: addr, jobz: int, uplo: int, n: int, A: addr, lda: int, W: addr, work: addr,
        lwork: int, info: addr, params: addr, batchSize: int);
    cheevjBatched_bufferSize = cusolverDnCheevjBatched_bufferSize(handle: addr, jobz: int, uplo: int, n: int, A: addr, lda: int,
        W: addr, lwork: out_int, params: addr, batchSize: int);
    cheevj_bufferSize = cusolverDnCheevj_bufferSize(handle: addr, jobz: int, uplo: int, n: int, A: addr, lda: int, W: addr,
        lwork: out_int, params: addr);
    ckgels = cusolverDnCKgels(handle: addr, m: int, n: int, nrhs: int, dA: addr, ldda: int, dB: addr, lddb: int, dX: addr,
        lddx: int, dwork: addr, lwork: addr, dInfo: addr, d_info: out_int);
    ckgels_bufferSize = cusolverDnCKgels_bufferSize(handle: addr, m: int, n: int, nrhs: int, dA: addr, ldda: int, dB: addr,
        lddb: int, dX: addr, lddx: int, dwork: addr, lwork_bytes: out_addr);
    ckgesv = cusolverDnCKgesv(handle: addr, n: int, nrhs: int, dA: addr, ldda: int, dipiv: addr, dB: addr, lddb: int, dX: addr,
        lddx: int, dwork: addr, lwork: addr, dInfo: addr, d_info: out_int);
    ckgesv_bufferSize = cusolverDnCKgesv_bufferSize(handle: addr, n: int, nrhs: int, dA: addr, ldda: int, dipiv: addr, dB: addr,
        lddb: int, dX: addr, lddx: int, dwork: addr, lwork_bytes: out_addr);
    cpotrf = cusolverDnCpotrf(handle: addr, uplo: int, n: int, A: addr, lda: int, work: addr, lwork: int, devInfo: addr);
    cpotrfBatched = cusolverDnCpotrfBatched(handle: addr, uplo: int, n: int, Aarray: addr, lda: int, infoArray: addr, batchSize: int);
    cpotrf_bufferSize = cusolverDnCpotrf_bufferSize(handle: addr, uplo: int, n: int, A: addr, lda: int, Lwork: out_int);
    cpotrs = cusolverDnCpotrs(handle: addr, uplo: int, n: int, nrhs: int, A: addr, lda: int, B: addr, ldb: int, devInfo: addr);
    cpotrsBatched = cusolverDnCpotrsBatched(handle: addr, uplo: int, n: int, nrhs: int, Aarray: addr, lda: int, Barray: addr,
        ldb: int, devInfo: addr, batchSize: int);
    create = cusolverDnCreate(handle: out_addr);
    createGesvdjInfo = cusolverDnCreateGesvdjInfo(info: out_addr);
    createParams = cusolverDnCreateParams(params: out_addr);
    createSyevjInfo = cusolverDnCreateSyevjInfo(info: out_addr);
    csytrf = cusolverDnCsytrf(handle: addr, uplo: int, n: int, A: addr, lda: int, ipiv: addr, work: addr, lwork: int, devInfo: addr);
    csytrf_bufferSize = cusolverDnCsytrf_bufferSize(handle: addr, n: int, A: addr, lda: int, lwork: out_int);
    cungqr = cusolverDnCungqr(handle: addr, m: int, n: int, k: int, A: addr, lda: int, tau: addr, work: addr, lwork: int,
        devInfo: addr);
    cungqr_bufferSize = cusolverDnCungqr_bufferSize(handle: addr, m: int, n: int, k: int, A: addr, lda: int, tau: addr, lwork: out_int);
    cunmqr = cusolverDnCunmqr(handle: addr, side: int, trans: int, m: int, n: int, k: int, A: addr, lda: int, tau: addr, C: addr,
        ldc: int, work: addr, lwork: int, devInfo: addr);
    cunmqr_bufferSize = cusolverDnCunmqr_bufferSize(handle: addr, side: int, trans: int, m: int, n: int, k: int, A: addr, lda: int,
        tau: addr, C: addr, ldc: int, lwork: out_int);
    cygels = cusolverDnCYgels(handle: addr, m: int, n: int, nrhs: int, dA: addr, ldda: int, dB: addr, lddb: int, dX: addr,
        lddx: int, dwork: addr, lwork: addr, dInfo: addr, d_info: out_int);
    cygels_bufferSize = cusolverDnCYgels_bufferSize(handle: addr, m: int, n: int, nrhs: int, dA: addr, ldda: int, dB: addr,
        lddb: int, dX: addr, lddx: int, dwork: addr, lwork_bytes: out_addr);
    cygesv = cusolverDnCYgesv(handle: addr, n: int, nrhs: int, dA: addr, ldda: int, dipiv: addr, dB: addr, lddb: int, dX: addr,
        lddx: int, dwork: addr, lwork: addr, dInfo: addr, d_info: out_int);
    cygesv_bufferSize = cusolverDnCYgesv_bufferSize(handle: addr, n: int, nrhs: int, dA: addr, ldda: int, dipiv: addr, dB: addr,
        lddb: int, dX: addr, lddx: int, dwork: addr, lwork_bytes: out_addr);
    dcsreigvsi = cusolverSpDcsreigvsi(handle: addr, m: int, nnz: int, descrA: addr, csrValA: addr, csrRowPtrA: addr,
        csrColIndA: addr, mu0: double, x0: addr, maxite: int, eps: double, mu: addr, x: addr);
    dcsrlsvchol = cusolverSpDcsrlsvchol(handle: addr, m: int, nnz: int, descrA: addr, csrValA: addr, csrRowPtrA: addr,
        csrColIndA: addr, b: addr, tol: double, reorder: int, x: addr, singularity: addr);
    dcsrlsvqr = cusolverSpDcsrlsvqr(handle: addr, m: int, nnz: int, descrA: addr, csrValA: addr, csrRowPtrA: addr,
        csrColIndA: addr, b: addr, tol: double, reorder: int, x: addr, singularity: addr);
    ddgels = cusolverDnDDgels(handle: addr, m: int, n: int, nrhs: int, dA: addr, ldda: int, dB: addr, lddb: int, dX: addr,
        lddx: int, dwork: addr, lwork: addr, dInfo: addr, d_info: out_int);
    ddgels_bufferSize = cusolverDnDDgels_bufferSize(handle: addr, m: int, n: int, nrhs: int, dA: addr, ldda: int, dB: addr,
        lddb: int, dX: addr, lddx: int, dwork: addr, lwork_bytes: out_addr);
    ddgesv = cusolverDnDDgesv(handle: addr, n: int, nrhs: int, dA: addr, ldda: int, dipiv: addr, dB: addr, lddb: int, dX: addr,
        lddx: int, dwork: addr, lwork: addr, dInfo: addr, d_info: out_int);
    ddgesv_bufferSize = cusolverDnDDgesv_bufferSize(handle: addr, n: int, nrhs: int, dA: addr, ldda: int, dipiv: addr, dB: addr,
        lddb: int, dX: addr, lddx: int, dwork: addr, lwork_bytes: out_addr);
    destroy = cusolverDnDestroy(handle: addr);
    destroyGesvdjInfo = cusolverDnDestroyGesvdjInfo(info: addr);
    destroyParams = cusolverDnDestroyParams(params: addr);
    destroySyevjInfo = cusolverDnDestroySyevjInfo(info: addr);
    dgebrd = cusolverDnDgebrd(handle: addr, m: int, n: int, A: addr, lda: int, D: addr, E: addr, tauQ: addr, tauP: addr,
        Work: addr, lwork: int, devInfo: addr);
    dgebrd_bufferSize = cusolverDnDgebrd_bufferSize(handle: addr, m: int, n: int, Lwork: out_int);
    dgeqrf = cusolverDnDgeqrf(handle: addr, m: int, n: int, A: addr, lda: int, tau: addr, work: addr, lwork: int, devInfo: addr);
    dgeqrf_bufferSize = cusolverDnDgeqrf_bufferSize(handle: addr, m: int, n: int, A: addr, lda: int, lwork: out_int);
    dgesvd = cusolverDnDgesvd(handle: addr, jobu: char, jobvt: char, m: int, n: int, A: addr, lda: int, S: addr, U: addr, ldu: int,
        VT: addr, ldvt: int, Work: addr, lwork: int, rwork: addr, devInfo: addr);
    dgesvd_bufferSize = cusolverDnDgesvd_bufferSize(handle: addr, m: int, n: int, lwork: out_int);
    dgesvdaStridedBatched = cusolverDnDgesvdaStridedBatched(handle: addr, jobz: int, rank: int, m: int, n: int, d_A: addr,
        lda: int, strideA: long, d_S: addr, strideS: long, d_U: addr, ldu: int, strideU: long, d_V: addr, ldv: int, strideV: long,
        d_work: addr, lwork: int, d_info: addr, h_R_nrmF: addr, batchSize: int);
    dgesvdaStridedBatched_bufferSize = cusolverDnDgesvdaStridedBatched_bufferSize(handle: addr, jobz: int, rank: int, m: int,
        n: int, d_A: addr, lda: int, strideA: long, d_S: addr, strideS: long, d_U: addr, ldu: int, strideU: long, d_V: addr,
        ldv: int, strideV: long, lwork: out_int, batchSize: int);
    dgesvdj = cusolverDnDgesvdj(handle: addr, jobz: int, econ: int, m: int, n: int, A: addr, lda: int, S: addr, U: addr, ldu: int,
        V: addr, ldv: int, work: addr, lwork: int, info: addr, params: addr);
    dgesvdjBatched = cusolverDnDgesvdjBatched(handle: addr, jobz: int, m: int, n: int, A: addr, lda: int, S: addr, U: addr,
        ldu: int, V: addr, ldv: int, work: addr, lwork: int, info: addr, params: addr, batchSize: int);
    dgesvdjBatched_bufferSize = cusolverDnDgesvdjBatched_bufferSize(handle: addr, jobz: int, m: int, n: int, A: addr, lda: int,
        S: addr, U: addr, ldu: int, V: addr, ldv: int, lwork: out_int, params: addr, batchSize: int);
    dgesvdj_bufferSize = cusolverDnDgesvdj_bufferSize(handle: addr, jobz: int, econ: int, m: int, n: int, A: addr, lda: int,
        S: addr, U: addr, ldu: int, V: addr, ldv: int, lwork: out_int, params: addr);
    dgetrf = cusolverDnDgetrf(handle: addr, m: int, n: int, A: addr, lda: int, work: addr, devIpiv: addr, devInfo: addr);
    dgetrf_bufferSize = cusolverDnDgetrf_bufferSize(handle: addr, m: int, n: int, A: addr, lda: int, Lwork: out_int);
    dgetrs = cusolverDnDgetrs(handle: addr, trans: int, n: int, nrhs: int, A: addr, lda: int, devIpiv: addr, B: addr, ldb: int,
        devInfo: addr);
    dhgels = cusolverDnDHgels(handle: addr, m: int, n: int, nrhs: int, dA: addr, ldda: int, dB: addr, lddb: int, dX: addr,
        lddx: int, dwork: addr, lwork: addr, dInfo: addr, d_info: out_int);
    dhgels_bufferSize = cusolverDnDHgels_bufferSize(handle: addr, m: int, n: int, nrhs: int, dA: addr, ldda: int, dB: addr,
        lddb: int, dX: addr, lddx: int, dwork: addr, lwork_bytes: out_addr);
    dhgesv = cusolverDnDHgesv(handle: addr, n: int, nrhs: int, dA: addr, ldda: int, dipiv: addr, dB: addr, lddb: int, dX: addr,
        lddx: int, dwork: addr, lwork: addr, dInfo: addr, d_info: out_int);
    dhgesv_bufferSize = cusolverDnDHgesv_bufferSize(handle: addr, n: int, nrhs: int, dA: addr, ldda: int, dipiv: addr, dB: addr,
        lddb: int, dX: addr, lddx: int, dwork: addr, lwork_bytes: out_addr);
    dorgqr = cusolverDnDorgqr(handle: addr, m: int, n: int, k: int, A: addr, lda: int, tau: addr, work: addr, lwork: int,
        devInfo: addr);
    dorgqr_bufferSize = cusolverDnDorgqr_bufferSize(handle: addr, m: int, n: int, k: int, A: addr, lda: int, tau: addr, lwork: out_int);
    dormqr = cusolverDnDormqr(handle: addr, side: int, trans: int, m: int, n: int, k: int, A: addr, lda: int, tau: addr, C: addr,
        ldc: int, work: addr, lwork: int, devInfo: addr);
    dormqr_bufferSize = cusolverDnDormqr_bufferSize(handle: addr, side: int, trans: int, m: int, n: int, k: int, A: addr, lda: int,
        tau: addr, C: addr, ldc: int, lwork: out_int);
    dpotrf = cusolverDnDpotrf(handle: addr, uplo: int, n: int, A: addr, lda: int, work: addr, lwork: int, devInfo: addr);
    dpotrfBatched = cusolverDnDpotrfBatched(handle: addr, uplo: int, n: int, Aarray: addr, lda: int, infoArray: addr, batchSize: int);
    dpotrf_bufferSize = cusolverDnDpotrf_bufferSize(handle: addr, uplo: int, n: int, A: addr, lda: int, Lwork: out_int);
    dpotrs = cusolverDnDpotrs(handle: addr, uplo: int, n: int, nrhs: int, A: addr, lda: int, B: addr, ldb: int, devInfo: addr);
    dpotrsBatched = cusolverDnDpotrsBatched(handle: addr, uplo: int, n: int, nrhs: int, Aarray: addr, lda: int, Barray: addr,
        ldb: int, devInfo: addr, batchSize: int);
    dsgels = cusolverDnDSgels(handle: addr, m: int, n: int, nrhs: int, dA: addr, ldda: int, dB: addr, lddb: int, dX: addr,
        lddx: int, dwork: addr, lwork: addr, dInfo: addr, d_info: out_int);
    dsgels_bufferSize = cusolverDnDSgels_bufferSize(handle: addr, m: int, n: int, nrhs: int, dA: addr, ldda: int, dB: addr,
        lddb: int, dX: addr, lddx: int, dwork: addr, lwork_bytes: out_addr);
    dsgesv = cusolverDnDSgesv(handle: addr, n: int, nrhs: int, dA: addr, ldda: int, dipiv: addr, dB: addr, lddb: int, dX: addr,
        lddx: int, dwork: addr, lwork: addr, dInfo: addr, d_info: out_int);
    dsgesv_bufferSize = cusolverDnDSgesv_bufferSize(handle: addr, n: int, nrhs: int, dA: addr, ldda: int, dipiv: addr, dB: addr,
        lddb: int, dX: addr, lddx: int, dwork: addr, lwork_bytes: out_addr);
    dsyevd = cusolverDnDsyevd(handle: addr, jobz: int, uplo: int, n: int, A: addr, lda: int, W: addr, work: addr, lwork: int,
        info: addr);
    dsyevd_bufferSize = cusolverDnDsyevd_bufferSize(handle: addr, jobz: int, uplo: int, n: int, A: addr, lda: int, W: addr,
        lwork: out_int);
    dsyevj = cusolverDnDsyevj(handle: addr, jobz: int, uplo: int, n: int, A: addr, lda: int, W: addr, work: addr, lwork: int,
        info: addr, params: addr);
    dsyevjBatched = cusolverDnDsyevjBatched(handle: addr, jobz: int, uplo: int, n: int, A: addr, lda: int, W: addr, work: addr,
        lwork: int, info: addr, params: addr, batchSize: int);
    dsyevjBatched_bufferSize = cusolverDnDsyevjBatched_bufferSize(handle: addr, jobz: int, uplo: int, n: int, A: addr, lda: int,
        W: addr, lwork: out_int, params: addr, batchSize: int);
    dsyevj_bufferSize = cusolverDnDsyevj_bufferSize(handle: addr, jobz: int, uplo: int, n: int, A: addr, lda: int, W: addr,
        lwork: out_int, params: addr);
    dsytrf = cusolverDnDsytrf(handle: addr, uplo: int, n: int, A: addr, lda: int, ipiv: addr, work: addr, lwork: int, devInfo: addr);
    dsytrf_bufferSize = cusolverDnDsytrf_bufferSize(handle: addr, n: int, A: addr, lda: int, lwork: out_int);
    dxgels = cusolverDnDXgels(handle: addr, m: int, n: int, nrhs: int, dA: addr, ldda: int, dB: addr, lddb: int, dX: addr,
        lddx: int, dwork: addr, lwork: addr, dInfo: addr, d_info: out_int);
    dxgels_bufferSize = cusolverDnDXgels_bufferSize(handle: addr, m: int, n: int, nrhs: int, dA: addr, ldda: int, dB: addr,
        lddb: int, dX: addr, lddx: int, dwork: addr, lwork_bytes: out_addr);
    dxgesv = cusolverDnDXgesv(handle: addr, n: int, nrhs: int, dA: addr, ldda: int, dipiv: addr, dB: addr, lddb: int, dX: addr,
        lddx: int, dwork: addr, lwork: addr, dInfo: addr, d_info: out_int);
    dxgesv_bufferSize = cusolverDnDXgesv_bufferSize(handle: addr, n: int, nrhs: int, dA: addr, ldda: int, dipiv: addr, dB: addr,
        lddb: int, dX: addr, lddx: int, dwork: addr, lwork_bytes: out_addr);
    getProperty = cusolverGetProperty(r#type: int, value: out_int);
    getStream = cusolverDnGetStream(handle: addr, streamId: out_addr);
    scsreigvsi = cusolverSpScsreigvsi(handle: addr, m: int, nnz: int, descrA: addr, csrValA: addr, csrRowPtrA: addr,
        csrColIndA: addr, mu0: float, x0: addr, maxite: int, eps: float, mu: addr, x: addr);
    scsrlsvchol = cusolverSpScsrlsvchol(handle: addr, m: int, nnz: int, descrA: addr, csrValA: addr, csrRowPtrA: addr,
        csrColIndA: addr, b: addr, tol: float, reorder: int, x: addr, singularity: addr);
    scsrlsvqr = cusolverSpScsrlsvqr(handle: addr, m: int, nnz: int, descrA: addr, csrValA: addr, csrRowPtrA: addr,
        csrColIndA: addr, b: addr, tol: float, reorder: int, x: addr, singularity: addr);
    setStream = cusolverDnSetStream(handle: addr, stream: addr);
    sgebrd = cusolverDnSgebrd(handle: addr, m: int, n: int, A: addr, lda: int, D: addr, E: addr, tauQ: addr, tauP: addr,
        Work: addr, lwork: int, devInfo: addr);
    sgebrd_bufferSize = cusolverDnSgebrd_bufferSize(handle: addr, m: int, n: int, Lwork: out_int);
    sgeqrf = cusolverDnSgeqrf(handle: addr, m: int, n: int, A: addr, lda: int, tau: addr, work: addr, lwork: int, devInfo: addr);
    sgeqrf_bufferSize = cusolverDnSgeqrf_bufferSize(handle: addr, m: int, n: int, A: addr, lda: int, lwork: out_int);
    sgesvd = cusolverDnSgesvd(handle: addr, jobu: char, jobvt: char, m: int, n: int, A: addr, lda: int, S: addr, U: addr, ldu: int,
        VT: addr, ldvt: int, Work: addr, lwork: int, rwork: addr, devInfo: addr);
    sgesvd_bufferSize = cusolverDnSgesvd_bufferSize(handle: addr, m: int, n: int, lwork: out_int);
    sgesvdaStridedBatched = cusolverDnSgesvdaStridedBatched(handle: addr, jobz: int, rank: int, m: int, n: int, d_A: addr,
        lda: int, strideA: long, d_S: addr, strideS: long, d_U: addr, ldu: int, strideU: long, d_V: addr, ldv: int, strideV: long,
        d_work: addr, lwork: int, d_info: addr, h_R_nrmF: addr, batchSize: int);
    sgesvdaStridedBatched_bufferSize = cusolverDnSgesvdaStridedBatched_bufferSize(handle: addr, jobz: int, rank: int, m: int,
        n: int, d_A: addr, lda: int, strideA: long, d_S: addr, strideS: long, d_U: addr, ldu: int, strideU: long, d_V: addr,
        ldv: int, strideV: long, lwork: out_int, batchSize: int);
    sgesvdj = cusolverDnSgesvdj(handle: addr, jobz: int, econ: int, m: int, n: int, A: addr, lda: int, S: addr, U: addr, ldu: int,
        V: addr, ldv: int, work: addr, lwork: int, info: addr, params: addr);
    sgesvdjBatched = cusolverDnSgesvdjBatched(handle: addr, jobz: int, m: int, n: int, A: addr, lda: int, S: addr, U: addr,
        ldu: int, V: addr, ldv: int, work: addr, lwork: int, info: addr, params: addr, batchSize: int);
    sgesvdjBatched_bufferSize = cusolverDnSgesvdjBatched_bufferSize(handle: addr, jobz: int, m: int, n: int, A: addr, lda: int,
        S: addr, U: addr, ldu: int, V: addr, ldv: int, lwork: out_int, params: addr, batchSize: int);
    sgesvdj_bufferSize = cusolverDnSgesvdj_bufferSize(handle: addr, jobz: int, econ: int, m: int, n: int, A: addr, lda: int,
        S: addr, U: addr, ldu: int, V: addr, ldv: int, lwork: out_int, params: addr);
    sgetrf = cusolverDnSgetrf(handle: addr, m: int, n: int, A: addr, lda: int, work: addr, devIpiv: addr, devInfo: addr);
    sgetrf_bufferSize = cusolverDnSgetrf_bufferSize(handle: addr, m: int, n: int, A: addr, lda: int, Lwork: out_int);
    sgetrs = cusolverDnSgetrs(handle: addr, trans: int, n: int, nrhs: int, A: addr, lda: int, devIpiv: addr, B: addr, ldb: int,
        devInfo: addr);
    shgels = cusolverDnSHgels(handle: addr, m: int, n: int, nrhs: int, dA: addr, ldda: int, dB: addr, lddb: int, dX: addr,
        lddx: int, dwork: addr, lwork: addr, dInfo: addr, d_info: out_int);
    shgels_bufferSize = cusolverDnSHgels_bufferSize(handle: addr, m: int, n: int, nrhs: int, dA: addr, ldda: int, dB: addr,
        lddb: int, dX: addr, lddx: int, dwork: addr, lwork_bytes: out_addr);
    shgesv = cusolverDnSHgesv(handle: addr, n: int, nrhs: int, dA: addr, ldda: int, dipiv: addr, dB: addr, lddb: int, dX: addr,
        lddx: int, dwork: addr, lwork: addr, dInfo: addr, d_info: out_int);
    shgesv_bufferSize = cusolverDnSHgesv_bufferSize(handle: addr, n: int, nrhs: int, dA: addr, ldda: int, dipiv: addr, dB: addr,
        lddb: int, dX: addr, lddx: int, dwork: addr, lwork_bytes: out_addr);
    sorgqr = cusolverDnSorgqr(handle: addr, m: int, n: int, k: int, A: addr, lda: int, tau: addr, work: addr, lwork: int,
        devInfo: addr);
    sorgqr_bufferSize = cusolverDnSorgqr_bufferSize(handle: addr, m: int, n: int, k: int, A: addr, lda: int, tau: addr, lwork: out_int);
    sormqr = cusolverDnSormqr(handle: addr, side: int, trans: int, m: int, n: int, k: int, A: addr, lda: int, tau: addr, C: addr,
        ldc: int, work: addr, lwork: int, devInfo: addr);
    sormqr_bufferSize = cusolverDnSormqr_bufferSize(handle: addr, side: int, trans: int, m: int, n: int, k: int, A: addr, lda: int,
        tau: addr, C: addr, ldc: int, lwork: out_int);
    spCreate = cusolverSpCreate(handle: out_addr);
    spDestroy = cusolverSpDestroy(handle: addr);
    spGetStream = cusolverSpGetStream(handle: addr, streamId: out_addr);
    spSetStream = cusolverSpSetStream(handle: addr, stream: addr);
    spotrf = cusolverDnSpotrf(handle: addr, uplo: int, n: int, A: addr, lda: int, work: addr, lwork: int, devInfo: addr);
    spotrfBatched = cusolverDnSpotrfBatched(handle: addr, uplo: int, n: int, Aarray: addr, lda: int, infoArray: addr, batchSize: int);
    spotrf_bufferSize = cusolverDnSpotrf_bufferSize(handle: addr, uplo: int, n: int, A: addr, lda: int, Lwork: out_int);
    spotrs = cusolverDnSpotrs(handle: addr, uplo: int, n: int, nrhs: int, A: addr, lda: int, B: addr, ldb: int, devInfo: addr);
    spotrsBatched = cusolverDnSpotrsBatched(handle: addr, uplo: int, n: int, nrhs: int, Aarray: addr, lda: int, Barray: addr,
        ldb: int, devInfo: addr, batchSize: int);
    ssgels = cusolverDnSSgels(handle: addr, m: int, n: int, nrhs: int, dA: addr, ldda: int, dB: addr, lddb: int, dX: addr,
        lddx: int, dwork: addr, lwork: addr, dInfo: addr, d_info: out_int);
    ssgels_bufferSize = cusolverDnSSgels_bufferSize(handle: addr, m: int, n: int, nrhs: int, dA: addr, ldda: int, dB: addr,
        lddb: int, dX: addr, lddx: int, dwork: addr, lwork_bytes: out_addr);
    ssgesv = cusolverDnSSgesv(handle: addr, n: int, nrhs: int, dA: addr, ldda: int, dipiv: addr, dB: addr, lddb: int, dX: addr,
        lddx: int, dwork: addr, lwork: addr, dInfo: addr, d_info: out_int);
    ssgesv_bufferSize = cusolverDnSSgesv_bufferSize(handle: addr, n: int, nrhs: int, dA: addr, ldda: int, dipiv: addr, dB: addr,
        lddb: int, dX: addr, lddx: int, dwork: addr, lwork_bytes: out_addr);
    ssyevd = cusolverDnSsyevd(handle: addr, jobz: int, uplo: int, n: int, A: addr, lda: int, W: addr, work: addr, lwork: int,
        info: addr);
    ssyevd_bufferSize = cusolverDnSsyevd_bufferSize(handle: addr, jobz: int, uplo: int, n: int, A: addr, lda: int, W: addr,
        lwork: out_int);
    ssyevj = cusolverDnSsyevj(handle: addr, jobz: int, uplo: int, n: int, A: addr, lda: int, W: addr, work: addr, lwork: int,
        info: addr, params: addr);
    ssyevjBatched = cusolverDnSsyevjBatched(handle: addr, jobz: int, uplo: int, n: int, A: addr, lda: int, W: addr, work: addr,
        lwork: int, info: addr, params: addr, batchSize: int);
    ssyevjBatched_bufferSize = cusolverDnSsyevjBatched_bufferSize(handle: addr, jobz: int, uplo: int, n: int, A: addr, lda: int,
        W: addr, lwork: out_int, params: addr, batchSize: int);
    ssyevj_bufferSize = cusolverDnSsyevj_bufferSize(handle: addr, jobz: int, uplo: int, n: int, A: addr, lda: int, W: addr,
        lwork: out_int, params: addr);
    ssytrf = cusolverDnSsytrf(handle: addr, uplo: int, n: int, A: addr, lda: int, ipiv: addr, work: addr, lwork: int, devInfo: addr);
    ssytrf_bufferSize = cusolverDnSsytrf_bufferSize(handle: addr, n: int, A: addr, lda: int, lwork: out_int);
    sxgels = cusolverDnSXgels(handle: addr, m: int, n: int, nrhs: int, dA: addr, ldda: int, dB: addr, lddb: int, dX: addr,
        lddx: int, dwork: addr, lwork: addr, dInfo: addr, d_info: out_int);
    sxgels_bufferSize = cusolverDnSXgels_bufferSize(handle: addr, m: int, n: int, nrhs: int, dA: addr, ldda: int, dB: addr,
        lddb: int, dX: addr, lddx: int, dwork: addr, lwork_bytes: out_addr);
    sxgesv = cusolverDnSXgesv(handle: addr, n: int, nrhs: int, dA: addr, ldda: int, dipiv: addr, dB: addr, lddb: int, dX: addr,
        lddx: int, dwork: addr, lwork: addr, dInfo: addr, d_info: out_int);
    sxgesv_bufferSize = cusolverDnSXgesv_bufferSize(handle: addr, n: int, nrhs: int, dA: addr, ldda: int, dipiv: addr, dB: addr,
        lddb: int, dX: addr, lddx: int, dwork: addr, lwork_bytes: out_addr);
    xgesvdjGetResidual = cusolverDnXgesvdjGetResidual(handle: addr, info: addr, residual: out_double);
    xgesvdjGetSweeps = cusolverDnXgesvdjGetSweeps(handle: addr, info: addr, executed_sweeps: out_int);
    xgesvdjSetMaxSweeps = cusolverDnXgesvdjSetMaxSweeps(info: addr, max_sweeps: int);
    xgesvdjSetSortEig = cusolverDnXgesvdjSetSortEig(info: addr, sort_svd: int);
    xgesvdjSetTolerance = cusolverDnXgesvdjSetTolerance(info: addr, tolerance: double);
    xsyevd = cusolverDnXsyevd(handle: addr, params: addr, jobz: int, uplo: int, n: long, dataTypeA: int, A: addr, lda: long,
        dataTypeW: int, W: addr, computeType: int, bufferOnDevice: addr, workspaceInBytesOnDevice: addr, bufferOnHost: addr,
        workspaceInBytesOnHost: addr, info: addr);
    xsyevjGetResidual = cusolverDnXsyevjGetResidual(handle: addr, info: addr, residual: out_double);
    xsyevjGetSweeps = cusolverDnXsyevjGetSweeps(handle: addr, info: addr, executed_sweeps: out_int);
    xsyevjSetMaxSweeps = cusolverDnXsyevjSetMaxSweeps(info: addr, max_sweeps: int);
    xsyevjSetSortEig = cusolverDnXsyevjSetSortEig(info: addr, sort_eig: int);
    xsyevjSetTolerance = cusolverDnXsyevjSetTolerance(info: addr, tolerance: double);
    zcgels = cusolverDnZCgels(handle: addr, m: int, n: int, nrhs: int, dA: addr, ldda: int, dB: addr, lddb: int, dX: addr,
        lddx: int, dwork: addr, lwork: addr, dInfo: addr, d_info: out_int);
    zcgels_bufferSize = cusolverDnZCgels_bufferSize(handle: addr, m: int, n: int, nrhs: int, dA: addr, ldda: int, dB: addr,
        lddb: int, dX: addr, lddx: int, dwork: addr, lwork_bytes: out_addr);
    zcgesv = cusolverDnZCgesv(handle: addr, n: int, nrhs: int, dA: addr, ldda: int, dipiv: addr, dB: addr, lddb: int, dX: addr,
        lddx: int, dwork: addr, lwork: addr, dInfo: addr, d_info: out_int);
    zcgesv_bufferSize = cusolverDnZCgesv_bufferSize(handle: addr, n: int, nrhs: int, dA: addr, ldda: int, dipiv: addr, dB: addr,
        lddb: int, dX: addr, lddx: int, dwork: addr, lwork_bytes: out_addr);
    zcsrlsvchol = cusolverSpZcsrlsvchol(handle: addr, m: int, nnz: int, descrA: addr, csrVal: addr, csrRowPtr: addr,
        csrColInd: addr, b: addr, tol: double, reorder: int, x: addr, singularity: addr);
    zcsrlsvqr = cusolverSpZcsrlsvqr(handle: addr, m: int, nnz: int, descrA: addr, csrVal: addr, csrRowPtr: addr, csrColInd: addr,
        b: addr, tol: double, reorder: int, x: addr, singularity: addr);
    zgebrd = cusolverDnZgebrd(handle: addr, m: int, n: int, A: addr, lda: int, D: addr, E: addr, tauQ: addr, tauP: addr,
        Work: addr, lwork: int, devInfo: addr);
    zgebrd_bufferSize = cusolverDnZgebrd_bufferSize(handle: addr, m: int, n: int, Lwork: out_int);
    zgeqrf = cusolverDnZgeqrf(handle: addr, m: int, n: int, A: addr, lda: int, tau: addr, work: addr, lwork: int, devInfo: addr);
    zgeqrf_bufferSize = cusolverDnZgeqrf_bufferSize(handle: addr, m: int, n: int, A: addr, lda: int, lwork: out_int);
    zgesvd = cusolverDnZgesvd(handle: addr, jobu: char, jobvt: char, m: int, n: int, A: addr, lda: int, S: addr, U: addr, ldu: int,
        VT: addr, ldvt: int, Work: addr, lwork: int, rwork: addr, devInfo: addr);
    zgesvd_bufferSize = cusolverDnZgesvd_bufferSize(handle: addr, m: int, n: int, lwork: out_int);
    zgesvdaStridedBatched = cusolverDnZgesvdaStridedBatched(handle: addr, jobz: int, rank: int, m: int, n: int, d_A: addr,
        lda: int, strideA: long, d_S: addr, strideS: long, d_U: addr, ldu: int, strideU: long, d_V: addr, ldv: int, strideV: long,
        d_work: addr, lwork: int, d_info: addr, h_R_nrmF: addr, batchSize: int);
    zgesvdaStridedBatched_bufferSize = cusolverDnZgesvdaStridedBatched_bufferSize(handle: addr, jobz: int, rank: int, m: int,
        n: int, d_A: addr, lda: int, strideA: long, d_S: addr, strideS: long, d_U: addr, ldu: int, strideU: long, d_V: addr,
        ldv: int, strideV: long, lwork: out_int, batchSize: int);
    zgesvdj = cusolverDnZgesvdj(handle: addr, jobz: int, econ: int, m: int, n: int, A: addr, lda: int, S: addr, U: addr, ldu: int,
        V: addr, ldv: int, work: addr, lwork: int, info: addr, params: addr);
    zgesvdjBatched = cusolverDnZgesvdjBatched(handle: addr, jobz: int, m: int, n: int, A: addr, lda: int, S: addr, U: addr,
        ldu: int, V: addr, ldv: int, work: addr, lwork: int, info: addr, params: addr, batchSize: int);
    zgesvdjBatched_bufferSize = cusolverDnZgesvdjBatched_bufferSize(handle: addr, jobz: int, m: int, n: int, A: addr, lda: int,
        S: addr, U: addr, ldu: int, V: addr, ldv: int, lwork: out_int, params: addr, batchSize: int);
    zgesvdj_bufferSize = cusolverDnZgesvdj_bufferSize(handle: addr, jobz: int, econ: int, m: int, n: int, A: addr, lda: int,
        S: addr, U: addr, ldu: int, V: addr, ldv: int, lwork: out_int, params: addr);
    zgetrf = cusolverDnZgetrf(handle: addr, m: int, n: int, A: addr, lda: int, work: addr, devIpiv: addr, devInfo: addr);
    zgetrf_bufferSize = cusolverDnZgetrf_bufferSize(handle: addr, m: int, n: int, A: addr, lda: int, Lwork: out_int);
    zgetrs = cusolverDnZgetrs(handle: addr, trans: int, n: int, nrhs: int, A: addr, lda: int, devIpiv: addr, B: addr, ldb: int,
        devInfo: addr);
    zheevd = cusolverDnZheevd(handle: addr, jobz: int, uplo: int, n: int, A: addr, lda: int, W: addr, work: addr, lwork: int,
        info: addr);
    zheevd_bufferSize = cusolverDnZheevd_bufferSize(handle: addr, jobz: int, uplo: int, n: int, A: addr, lda: int, W: addr,
        lwork: out_int);
    zheevj = cusolverDnZheevj(handle: addr, jobz: int, uplo: int, n: int, A: addr, lda: int, W: addr, work: addr, lwork: int,
        info: addr, params: addr);
    zheevjBatched = cusolverDnZheevjBatched(handle: addr, jobz: int, uplo: int, n: int, A: addr, lda: int, W: addr, work: addr,
        lwork: int, info: addr, params: addr, batchSize: int);
    zheevjBatched_bufferSize = cusolverDnZheevjBatched_bufferSize(handle: addr, jobz: int, uplo: int, n: int, A: addr, lda: int,
        W: addr, lwork: out_int, params: addr, batchSize: int);
    zheevj_bufferSize = cusolverDnZheevj_bufferSize(handle: addr, jobz: int, uplo: int, n: int, A: addr, lda: int, W: addr,
        lwork: out_int, params: addr);
    zkgels = cusolverDnZKgels(handle: addr, m: int, n: int, nrhs: int, dA: addr, ldda: int, dB: addr, lddb: int, dX: addr,
        lddx: int, dwork: addr, lwork: addr, dInfo: addr, d_info: out_int);
    zkgels_bufferSize = cusolverDnZKgels_bufferSize(handle: addr, m: int, n: int, nrhs: int, dA: addr, ldda: int, dB: addr,
        lddb: int, dX: addr, lddx: int, dwork: addr, lwork_bytes: out_addr);
    zkgesv = cusolverDnZKgesv(handle: addr, n: int, nrhs: int, dA: addr, ldda: int, dipiv: addr, dB: addr, lddb: int, dX: addr,
        lddx: int, dwork: addr, lwork: addr, dInfo: addr, d_info: out_int);
    zkgesv_bufferSize = cusolverDnZKgesv_bufferSize(handle: addr, n: int, nrhs: int, dA: addr, ldda: int, dipiv: addr, dB: addr,
        lddb: int, dX: addr, lddx: int, dwork: addr, lwork_bytes: out_addr);
    zpotrf = cusolverDnZpotrf(handle: addr, uplo: int, n: int, A: addr, lda: int, work: addr, lwork: int, devInfo: addr);
    zpotrfBatched = cusolverDnZpotrfBatched(handle: addr, uplo: int, n: int, Aarray: addr, lda: int, infoArray: addr, batchSize: int);
    zpotrf_bufferSize = cusolverDnZpotrf_bufferSize(handle: addr, uplo: int, n: int, A: addr, lda: int, Lwork: out_int);
    zpotrs = cusolverDnZpotrs(handle: addr, uplo: int, n: int, nrhs: int, A: addr, lda: int, B: addr, ldb: int, devInfo: addr);
    zpotrsBatched = cusolverDnZpotrsBatched(handle: addr, uplo: int, n: int, nrhs: int, Aarray: addr, lda: int, Barray: addr,
        ldb: int, devInfo: addr, batchSize: int);
    zsytrf = cusolverDnZsytrf(handle: addr, uplo: int, n: int, A: addr, lda: int, ipiv: addr, work: addr, lwork: int, devInfo: addr);
    zsytrf_bufferSize = cusolverDnZsytrf_bufferSize(handle: addr, n: int, A: addr, lda: int, lwork: out_int);
    zungqr = cusolverDnZungqr(handle: addr, m: int, n: int, k: int, A: addr, lda: int, tau: addr, work: addr, lwork: int,
        devInfo: addr);
    zungqr_bufferSize = cusolverDnZungqr_bufferSize(handle: addr, m: int, n: int, k: int, A: addr, lda: int, tau: addr, lwork: out_int);
    zunmqr = cusolverDnZunmqr(handle: addr, side: int, trans: int, m: int, n: int, k: int, A: addr, lda: int, tau: addr, C: addr,
        ldc: int, work: addr, lwork: int, devInfo: addr);
    zunmqr_bufferSize = cusolverDnZunmqr_bufferSize(handle: addr, side: int, trans: int, m: int, n: int, k: int, A: addr, lda: int,
        tau: addr, C: addr, ldc: int, lwork: out_int);
    zygels = cusolverDnZYgels(handle: addr, m: int, n: int, nrhs: int, dA: addr, ldda: int, dB: addr, lddb: int, dX: addr,
        lddx: int, dwork: addr, lwork: addr, dInfo: addr, d_info: out_int);
    zygels_bufferSize = cusolverDnZYgels_bufferSize(handle: addr, m: int, n: int, nrhs: int, dA: addr, ldda: int, dB: addr,
        lddb: int, dX: addr, lddx: int, dwork: addr, lwork_bytes: out_addr);
    zygesv = cusolverDnZYgesv(handle: addr, n: int, nrhs: int, dA: addr, ldda: int, dipiv: addr, dB: addr, lddb: int, dX: addr,
        lddx: int, dwork: addr, lwork: addr, dInfo: addr, d_info: out_int);
    zygesv_bufferSize = cusolverDnZYgesv_bufferSize(handle: addr, n: int, nrhs: int, dA: addr, ldda: int, dipiv: addr, dB: addr,
        lddb: int, dX: addr, lddx: int, dwork: addr, lwork_bytes: out_addr);
    zzgels = cusolverDnZZgels(handle: addr, m: int, n: int, nrhs: int, dA: addr, ldda: int, dB: addr, lddb: int, dX: addr,
        lddx: int, dwork: addr, lwork: addr, dInfo: addr, d_info: out_int);
    zzgels_bufferSize = cusolverDnZZgels_bufferSize(handle: addr, m: int, n: int, nrhs: int, dA: addr, ldda: int, dB: addr,
        lddb: int, dX: addr, lddx: int, dwork: addr, lwork_bytes: out_addr);
    zzgesv = cusolverDnZZgesv(handle: addr, n: int, nrhs: int, dA: addr, ldda: int, dipiv: addr, dB: addr, lddb: int, dX: addr,
        lddx: int, dwork: addr, lwork: addr, dInfo: addr, d_info: out_int);
    zzgesv_bufferSize = cusolverDnZZgesv_bufferSize(handle: addr, n: int, nrhs: int, dA: addr, ldda: int, dipiv: addr, dB: addr,
        lddb: int, dX: addr, lddx: int, dwork: addr, lwork_bytes: out_addr);
    xgeev = cusolverDnXgeev(handle: addr, params: addr, jobvl: int, jobvr: int, n: long, dataTypeA: int, A: addr, lda: long, dataTypeW: int,
        W: addr, dataTypeVL: int, VL: addr, ldvl: long, dataTypeVR: int, VR: addr, ldvr: long, computeType: int, bufferOnDevice: addr,
        workspaceInBytesOnDevice: addr, bufferOnHost: addr, workspaceInBytesOnHost: addr, info: addr);
    xgeev_bufferSize = cusolverDnXgeev_bufferSize(handle: addr, params: addr, jobvl: int, jobvr: int, n: long, dataTypeA: int, A: addr,
        lda: long, dataTypeW: int, W: addr, dataTypeVL: int, VL: addr, ldvl: long, dataTypeVR: int, VR: addr, ldvr: long,
        computeType: int, workspaceInBytesOnDevice: out_addr, workspaceInBytesOnHost: out_addr);
    xsyevd_bufferSize = cusolverDnXsyevd_bufferSize(handle: addr, params: addr, jobz: int, uplo: int, n: long, dataTypeA: int, A: addr,
        lda: long, dataTypeW: int, W: addr, computeType: int, workspaceInBytesOnDevice: out_addr, workspaceInBytesOnHost: out_addr);
    cormqr = cusolverDnCunmqr(handle: addr, side: int, trans: int, m: int, n: int, k: int, A: addr, lda: int, tau: addr, C: addr,
        ldc: int, work: addr, lwork: int, devInfo: addr);
    zormqr = cusolverDnZunmqr(handle: addr, side: int, trans: int, m: int, n: int, k: int, A: addr, lda: int, tau: addr, C: addr,
        ldc: int, work: addr, lwork: int, devInfo: addr);
};
