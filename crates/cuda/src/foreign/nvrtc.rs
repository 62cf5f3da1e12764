//! NVRTC, for programs that call it themselves. It works without a GPU.

use super::{Call, Table, plain_calls};
use cuprous_cuda_sys::Nvrtc;
use std::ffi::CStr;
use std::sync::OnceLock;

pub(super) static TABLE: Table = Table {
    name: "NVRTC",
    open: || Nvrtc::get().map(|api| &api.library),
    calls: CALLS,
    own: &[],
    constants: &[],
    status: in_words,
    needs_device: false,
    streams: &[],
    places: OnceLock::new(),
};

fn in_words(code: i32) -> String {
    let Ok(api) = Nvrtc::get() else { return format!("status {code}") };
    // SAFETY: the texts are constants that end in a zero.
    let text = unsafe {
        let text = (api.nvrtcGetErrorString)(code);
        (!text.is_null()).then(|| CStr::from_ptr(text).to_string_lossy().into_owned())
    };
    text.map_or_else(|| format!("status {code}"), |t| format!("{t} ({code})"))
}

#[rustfmt::skip]
static CALLS: &[Call] = plain_calls! {
    _createProgram = nvrtcCreateProgram(prog: out_addr, src: text, name: text, n: int, headers: addr, include_names: addr);
    _destroyProgram = nvrtcDestroyProgram(prog: addr);
    _compileProgram = nvrtcCompileProgram(prog: addr, n: int, options: addr);
    addNameExpression = nvrtcAddNameExpression(prog: addr, name: text);
    _getCUBINSize = nvrtcGetCUBINSize(prog: addr, size: out_addr);
    _getCUBIN = nvrtcGetCUBIN(prog: addr, bytes: addr);
    _getLTOIRSize = nvrtcGetLTOIRSize(prog: addr, size: out_addr);
    _getLTOIR = nvrtcGetLTOIR(prog: addr, bytes: addr);
    _getPTXSize = nvrtcGetPTXSize(prog: addr, size: out_addr);
    _getPTX = nvrtcGetPTX(prog: addr, bytes: addr);
    _getProgramLogSize = nvrtcGetProgramLogSize(prog: addr, size: out_addr);
    _getProgramLog = nvrtcGetProgramLog(prog: addr, bytes: addr);
    _getLoweredName = nvrtcGetLoweredName(prog: addr, name: text, lowered: out_addr);
    _getNumSupportedArchs = nvrtcGetNumSupportedArchs(n: out_int);
    _getSupportedArchs = nvrtcGetSupportedArchs(archs: addr);
    getVersion = nvrtcVersion(major: out_int, minor: out_int);
};
