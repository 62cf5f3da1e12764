//! cuFFT: Fourier transforms, for programs that call it themselves.

use super::{Call, Table, named, plain_calls};
use cuprous_cuda_sys::Cufft;
use std::sync::OnceLock;

pub(super) static TABLE: Table = Table {
    name: "cuFFT",
    open: || Cufft::get().map(|api| &api.library),
    calls: CALLS,
    own: &[],
    constants: CONSTANTS,
    status: |code| named(STATUSES, code),
    needs_device: true,
    streams: &[],
    places: OnceLock::new(),
};

static STATUSES: &[(i32, &str)] = &[
    (0, "CUFFT_SUCCESS"),
    (1, "CUFFT_INVALID_PLAN"),
    (2, "CUFFT_ALLOC_FAILED"),
    (3, "CUFFT_INVALID_TYPE"),
    (4, "CUFFT_INVALID_VALUE"),
    (5, "CUFFT_INTERNAL_ERROR"),
    (6, "CUFFT_EXEC_FAILED"),
    (7, "CUFFT_SETUP_FAILED"),
    (8, "CUFFT_INVALID_SIZE"),
    (9, "CUFFT_UNALIGNED_DATA"),
    (11, "CUFFT_INVALID_DEVICE"),
    (13, "CUFFT_NO_WORKSPACE"),
    (14, "CUFFT_NOT_IMPLEMENTED"),
    (16, "CUFFT_NOT_SUPPORTED"),
    (17, "CUFFT_MISSING_DEPENDENCY"),
    (18, "CUFFT_NVRTC_FAILURE"),
    (19, "CUFFT_NVJITLINK_FAILURE"),
];

static CONSTANTS: &[(&str, i64)] = &[
    ("CUFFT_C2C", 41),
    ("CUFFT_C2R", 44),
    ("CUFFT_CB_LD_COMPLEX", 0),
    ("CUFFT_CB_LD_COMPLEX_DOUBLE", 1),
    ("CUFFT_CB_LD_REAL", 2),
    ("CUFFT_CB_LD_REAL_DOUBLE", 3),
    ("CUFFT_CB_ST_COMPLEX", 4),
    ("CUFFT_CB_ST_COMPLEX_DOUBLE", 5),
    ("CUFFT_CB_ST_REAL", 6),
    ("CUFFT_CB_ST_REAL_DOUBLE", 7),
    ("CUFFT_D2Z", 106),
    ("CUFFT_R2C", 42),
    ("CUFFT_Z2D", 108),
    ("CUFFT_Z2Z", 105),
    ("CUFFT_FORWARD", -1),
    ("CUFFT_INVERSE", 1),
];

#[rustfmt::skip]
static CALLS: &[Call] = plain_calls! {
    XtExec = cufftXtExec(plan: int, idata: addr, odata: addr, direction: int);
    create = cufftCreate(handle: out_int);
    execC2C = cufftExecC2C(plan: int, idata: addr, odata: addr, direction: int);
    execC2R = cufftExecC2R(plan: int, idata: addr, odata: addr);
    execD2Z = cufftExecD2Z(plan: int, idata: addr, odata: addr);
    execR2C = cufftExecR2C(plan: int, idata: addr, odata: addr);
    execZ2D = cufftExecZ2D(plan: int, idata: addr, odata: addr);
    execZ2Z = cufftExecZ2Z(plan: int, idata: addr, odata: addr, direction: int);
    getVersion = cufftGetVersion(version: out_int);
    setAutoAllocation = cufftSetAutoAllocation(plan: int, autoAllocate: int);
    destroy = cufftDestroy(plan: int);
    setStream = cufftSetStream(plan: int, stream: addr);
    setWorkArea = cufftSetWorkArea(plan: int, workArea: addr);
    makePlanMany = cufftMakePlanMany64(plan: int, rank: int, n: addr, inembed: addr, istride: long, idist: long, onembed: addr,
        ostride: long, odist: long, fft_type: int, batch: long, workSize: out_addr);
};
