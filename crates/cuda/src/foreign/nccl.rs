//! NCCL: what Python's communicators are made of.

use super::{Call, Table, plain_calls};
use cuprous_core::foreign::Own;
use cuprous_core::{Device, Error, Result, own_functions};
use cuprous_cuda_sys::nccl::UniqueId;
use cuprous_cuda_sys::{Handle, Nccl};
use std::ffi::CStr;
use std::sync::OnceLock;

pub(super) static TABLE: Table = Table {
    name: "NCCL",
    open: || Nccl::get().map(|api| &api.library),
    calls: CALLS,
    own: OWN,
    constants: &[],
    status: in_words,
    needs_device: true,
    streams: &[],
    places: OnceLock::new(),
};

/// The names that CuPy gives NCCL's results.
static RESULTS: &[(i32, &str)] = &[
    (1, "NCCL_ERROR_UNHANDLED_CUDA_ERROR"),
    (2, "NCCL_ERROR_SYSTEM_ERROR"),
    (3, "NCCL_ERROR_INTERNAL_ERROR"),
    (4, "NCCL_ERROR_INVALID_ARGUMENT"),
    (5, "NCCL_ERROR_INVALID_USAGE"),
    (6, "NCCL_ERROR_REMOTE_ERROR"),
    (7, "NCCL_IN_PROGRESS"),
];

fn in_words(code: i32) -> String {
    let name = super::named(RESULTS, code);
    let Ok(api) = Nccl::get() else { return name };
    // SAFETY: the texts are constants that end in a zero.
    let text = unsafe {
        let text = (api.ncclGetErrorString)(code);
        (!text.is_null()).then(|| CStr::from_ptr(text).to_string_lossy().into_owned())
    };
    text.map_or_else(|| name.clone(), |t| format!("{name}: {t}"))
}

#[rustfmt::skip]
static CALLS: &[Call] = plain_calls! {
    get_version = ncclGetVersion(version: out_int);
    groupStart = ncclGroupStart();
    groupEnd = ncclGroupEnd();
    _uniqueId = ncclGetUniqueId(id: addr);
    _commInitAll = ncclCommInitAll(comms: addr, ndev: int, devices: addr);
    _commSplit = ncclCommSplit(comm: addr, color: int, key: int, newcomm: out_addr, config: addr);
    _commDestroy = ncclCommDestroy(comm: addr);
    _commAbort = ncclCommAbort(comm: addr);
    _commCount = ncclCommCount(comm: addr, count: out_int);
    _commCuDevice = ncclCommCuDevice(comm: addr, device: out_int);
    _commUserRank = ncclCommUserRank(comm: addr, rank: out_int);
    _commGetAsyncError = ncclCommGetAsyncError(comm: addr, error: out_int);
    _allReduce = ncclAllReduce(sendbuf: addr, recvbuf: addr, count: addr, datatype: int, op: int, comm: addr, stream: addr);
    _reduce = ncclReduce(sendbuf: addr, recvbuf: addr, count: addr, datatype: int, op: int, root: int, comm: addr, stream: addr);
    _broadcast = ncclBroadcast(sendbuff: addr, recvbuff: addr, count: addr, datatype: int, root: int, comm: addr, stream: addr);
    _bcast = ncclBcast(buff: addr, count: addr, datatype: int, root: int, comm: addr, stream: addr);
    _reduceScatter = ncclReduceScatter(sendbuf: addr, recvbuf: addr, recvcount: addr, datatype: int, op: int, comm: addr, stream: addr);
    _allGather = ncclAllGather(sendbuf: addr, recvbuf: addr, count: addr, datatype: int, comm: addr, stream: addr);
    _send = ncclSend(sendbuf: addr, count: addr, datatype: int, peer: int, comm: addr, stream: addr);
    _recv = ncclRecv(recvbuf: addr, count: addr, datatype: int, peer: int, comm: addr, stream: addr);
};

static OWN: &[Own] = own_functions! {
    _commInitRank(comm: out_addr, ndev: int, id: addr, rank: int) => join;
};

/// Joins a communicator. Its identifier is passed by value, which no table says.
fn join(_: Device, words: &mut [u64]) -> Result<i32> {
    let [comm, n_ranks, id, rank] = words else { return Err(Error::runtime("a communicator has four words")) };
    let api = Nccl::get().map_err(Error::device)?;
    let mut made: Handle = 0;
    // SAFETY: Python hands over the address of 128 bytes; the handle goes to a valid address.
    let status = unsafe { (api.ncclCommInitRank)(&mut made, *n_ranks as i32, *(*id as *const UniqueId), *rank as i32) };
    *comm = made as u64;
    Ok(status)
}
