//! Arrays for textures and surfaces, from the runtime's structures to the driver's.

use super::memory::{api, lacks, take};
use cuprous_core::{Device, Result};
use cuprous_cuda_sys::Handle;
use cuprous_cuda_sys::driver::{ArrayDescriptor3d, Copy3d, INVALID_VALUE, ResourceDescriptor, TextureDescriptor};
use std::ffi::c_void;

/// `cudaErrorInvalidChannelDescriptor`
const INVALID_CHANNELS: i32 = 20;

/// `cudaChannelFormatDesc`: the bits of each channel, and what they are.
#[repr(C)]
#[derive(Clone, Copy)]
struct Channels {
    bits: [i32; 4],
    kind: i32,
}

impl Channels {
    /// The driver's number for what a channel holds, and how many there are.
    fn format(self) -> Option<(i32, u32)> {
        let n = self.bits.iter().take_while(|&&b| b > 0).count();
        let same = self.bits[..n].iter().all(|&b| b == self.bits[0]) && self.bits[n..].iter().all(|&b| b == 0);
        // The header's numbers of CUarray_format.
        let format = match (self.kind, self.bits[0]) {
            (0, 8) => 8,
            (0, 16) => 9,
            (0, 32) => 10,
            (1, 8) => 1,
            (1, 16) => 2,
            (1, 32) => 3,
            (2, 16) => 16,
            (2, 32) => 32,
            _ => return None,
        };
        // There are no arrays of three channels.
        (same && matches!(n, 1 | 2 | 4)).then_some((format, n as u32))
    }
}

/// `cudaResourceDesc`, its union as words.
#[repr(C)]
struct Resource {
    kind: i32,
    words: [u64; 16],
    flags: u32,
}

/// `cudaTextureDesc`
#[repr(C)]
struct Texture {
    address_modes: [i32; 3],
    filter_mode: i32,
    read_mode: i32,
    is_srgb: i32,
    border_color: [f32; 4],
    is_normalized: i32,
    max_anisotropy: u32,
    mipmap_filter_mode: i32,
    mipmap_level_bias: f32,
    min_mipmap_level_clamp: f32,
    max_mipmap_level_clamp: f32,
    is_trilinear_off: i32,
    is_seamless_cubemap: i32,
}

/// `cudaMemcpy3DParms`: positions and extents are of elements where arrays take part, else of bytes.
#[repr(C)]
struct Parameters {
    source_array: usize,
    source_place: [usize; 3],
    source: [usize; 4],
    target_array: usize,
    target_place: [usize; 3],
    target: [usize; 4],
    extent: [usize; 3],
    kind: i32,
}

const _: () = assert!(size_of::<Resource>() == 144 && size_of::<Texture>() == 72 && size_of::<Parameters>() == 160);

/// One side of a copy.
#[derive(Clone, Copy, Default)]
pub(super) struct Place {
    array: Handle,
    address: u64,
    pitch: u64,
    height: u64,
    /// The first column in bytes, row and layer
    at: [u64; 3],
    /// Whether the program says that it is the host's memory, which need not be known to the driver
    is_host: bool,
}

impl Place {
    /// Rows in memory.
    pub fn memory(address: u64, pitch: u64, height: u64) -> Place {
        Place { address, pitch, height, ..Place::default() }
    }

    /// The same, of the host if a direction of the runtime's says so: `cudaMemcpyHostTo...` or `...ToHost`.
    pub fn source_of(self, kind: u64) -> Place {
        Place { is_host: matches!(kind, 0 | 1), ..self }
    }

    /// As [`Place::source_of`], for where it goes.
    pub fn target_of(self, kind: u64) -> Place {
        Place { is_host: matches!(kind, 0 | 2), ..self }
    }

    fn array(array: u64, at: [u64; 3]) -> Place {
        Place { array: array as Handle, at, ..Place::default() }
    }

    /// The driver's sort of memory: an array, or whatever an address of the one address space is.
    fn sort(&self) -> i32 {
        match (self.array, self.is_host) {
            (0, true) => 1,
            (0, false) => 4,
            _ => 3,
        }
    }
}

/// Copies rows of `extent`: bytes of a row, rows and layers. Without a stream it is done when the call returns.
pub(super) fn copy(device: Device, source: &Place, target: &Place, extent: [u64; 3], stream: Option<u64>) -> Result<i32> {
    if extent.contains(&0) {
        return Ok(0);
    }
    let api = api(device)?;
    let f = api.cuMemcpy3DAsync_v2.ok_or_else(|| lacks("cuMemcpy3DAsync"))?;
    let copy = Copy3d {
        source_x_bytes: source.at[0] as usize,
        source_y: source.at[1] as usize,
        source_z: source.at[2] as usize,
        source_lod: 0,
        source_type: source.sort(),
        source_host: source.address as *const c_void,
        source_device: source.address,
        source_array: source.array,
        reserved_0: 0,
        source_pitch: source.pitch as usize,
        source_height: source.height as usize,
        target_x_bytes: target.at[0] as usize,
        target_y: target.at[1] as usize,
        target_z: target.at[2] as usize,
        target_lod: 0,
        target_type: target.sort(),
        target_host: target.address as *mut c_void,
        target_device: target.address,
        target_array: target.array,
        reserved_1: 0,
        target_pitch: target.pitch as usize,
        target_height: target.height as usize,
        width_bytes: extent[0] as usize,
        height: extent[1] as usize,
        depth: extent[2] as usize,
    };
    // SAFETY: the structure lives during the call; that both places are as large as it says is the program's promise.
    unsafe {
        let code = f(&copy, stream.unwrap_or(0) as Handle);
        Ok(if code == 0 && stream.is_none() { (api.cuStreamSynchronize)(0) } else { code })
    }
}

pub(super) fn to_array(device: Device, words: &mut [u64]) -> Result<i32> {
    let &mut [array, column, row, source, pitch, width, height, kind] = take(words)?;
    copy(device, &Place::memory(source, pitch, height).source_of(kind), &Place::array(array, [column, row, 0]), [width, height, 1], None)
}

pub(super) fn to_array_async(device: Device, words: &mut [u64]) -> Result<i32> {
    let &mut [array, column, row, source, pitch, width, height, kind, stream] = take(words)?;
    copy(
        device,
        &Place::memory(source, pitch, height).source_of(kind),
        &Place::array(array, [column, row, 0]),
        [width, height, 1],
        Some(stream),
    )
}

pub(super) fn from_array(device: Device, words: &mut [u64]) -> Result<i32> {
    let &mut [target, pitch, array, column, row, width, height, kind] = take(words)?;
    copy(device, &Place::array(array, [column, row, 0]), &Place::memory(target, pitch, height).target_of(kind), [width, height, 1], None)
}

pub(super) fn from_array_async(device: Device, words: &mut [u64]) -> Result<i32> {
    let &mut [target, pitch, array, column, row, width, height, kind, stream] = take(words)?;
    copy(
        device,
        &Place::array(array, [column, row, 0]),
        &Place::memory(target, pitch, height).target_of(kind),
        [width, height, 1],
        Some(stream),
    )
}

/// The bytes of an element of an array.
fn element(device: Device, array: usize) -> Result<Result<u64, i32>> {
    let f = api(device)?.cuArray3DGetDescriptor_v2.ok_or_else(|| lacks("cuArray3DGetDescriptor"))?;
    let mut found = ArrayDescriptor3d::default();
    // SAFETY: the structure is a valid place; the driver knows which handles are arrays.
    let code = unsafe { f(&mut found, array) };
    let bytes = match found.format {
        1 | 8 => 1,
        2 | 9 | 16 => 2,
        _ => 4,
    };
    Ok(if code == 0 { Ok(bytes * u64::from(found.n_channels)) } else { Err(code) })
}

fn copy_by(device: Device, parameters: u64, stream: Option<u64>) -> Result<i32> {
    if parameters == 0 {
        return Ok(INVALID_VALUE);
    }
    // SAFETY: the program hands over the address of such a structure.
    let p = unsafe { (parameters as *const Parameters).read_unaligned() };
    let array = if p.source_array != 0 { p.source_array } else { p.target_array };
    let bytes = match array {
        0 => 1,
        array => match element(device, array)? {
            Ok(bytes) => bytes,
            Err(code) => return Ok(code),
        },
    };
    let place = |array: usize, at: [usize; 3], memory: [usize; 4]| {
        let column = if array == 0 { at[0] as u64 } else { at[0] as u64 * bytes };
        let [address, pitch, _, height] = memory.map(|w| w as u64);
        let (address, pitch, height) = if array == 0 { (address, pitch, height) } else { (0, 0, 0) };
        Place { array, address, pitch, height, at: [column, at[1] as u64, at[2] as u64], is_host: false }
    };
    let extent = [p.extent[0] as u64 * bytes, p.extent[1] as u64, p.extent[2] as u64];
    let kind = p.kind as u64;
    let source = place(p.source_array, p.source_place, p.source).source_of(kind);
    let target = place(p.target_array, p.target_place, p.target).target_of(kind);
    copy(device, &source, &target, extent, stream)
}

pub(super) fn copy_3d(device: Device, words: &mut [u64]) -> Result<i32> {
    let &mut [parameters] = take(words)?;
    copy_by(device, parameters, None)
}

pub(super) fn copy_3d_async(device: Device, words: &mut [u64]) -> Result<i32> {
    let &mut [parameters, stream] = take(words)?;
    copy_by(device, parameters, Some(stream))
}

fn make_array(device: Device, out: &mut u64, channels: u64, shape: [u64; 3], flags: u64) -> Result<i32> {
    if channels == 0 {
        return Ok(INVALID_VALUE);
    }
    // SAFETY: the program hands over the address of such a structure.
    let channels = unsafe { (channels as *const Channels).read_unaligned() };
    let Some((format, n_channels)) = channels.format() else { return Ok(INVALID_CHANNELS) };
    let f = api(device)?.cuArray3DCreate_v2.ok_or_else(|| lacks("cuArray3DCreate"))?;
    let [width, height, depth] = shape.map(|n| n as usize);
    // The flags of runtime and driver are the same bits.
    let descriptor = ArrayDescriptor3d { width, height, depth, format, n_channels, flags: flags as u32 };
    let mut array = 0;
    // SAFETY: the structure lives during the call; the handle goes to a valid address.
    let code = unsafe { f(&mut array, &descriptor) };
    *out = array as u64;
    Ok(code)
}

pub(super) fn new_array(device: Device, words: &mut [u64]) -> Result<i32> {
    let [out, channels, width, height, flags] = take(words)?;
    make_array(device, out, *channels, [*width, *height, 0], *flags)
}

pub(super) fn new_array_3d(device: Device, words: &mut [u64]) -> Result<i32> {
    let [out, channels, width, height, depth, flags] = take(words)?;
    make_array(device, out, *channels, [*width, *height, *depth], *flags)
}

/// The driver's description of what a texture or surface reads; else an error's number.
fn resource(address: u64) -> Result<ResourceDescriptor, i32> {
    if address == 0 {
        return Err(INVALID_VALUE);
    }
    // SAFETY: the program hands over the address of such a structure.
    let given = unsafe { (address as *const Resource).read_unaligned() };
    let mut made = ResourceDescriptor { kind: given.kind, flags: given.flags, ..ResourceDescriptor::default() };
    made.words[0] = given.words[0];
    let (low, high) = (|w: u64| w as u32 as i32, |w: u64| (w >> 32) as u32 as i32);
    match given.kind {
        0 | 1 => {}
        2 | 3 => {
            // Address, five ints of channels, then sizes; the driver has two ints instead of the five.
            let w = &given.words;
            let channels = Channels { bits: [low(w[1]), high(w[1]), low(w[2]), high(w[2])], kind: low(w[3]) };
            let (format, n) = channels.format().ok_or(INVALID_CHANNELS)?;
            made.words[1] = format as u64 | u64::from(n) << 32;
            made.words[2..5].copy_from_slice(&w[4..7]);
        }
        _ => return Err(INVALID_VALUE),
    }
    Ok(made)
}

pub(super) fn new_texture(device: Device, words: &mut [u64]) -> Result<i32> {
    let [out, described, how] = take(words)?;
    let f = api(device)?.cuTexObjectCreate.ok_or_else(|| lacks("cuTexObjectCreate"))?;
    let resource = match resource(*described) {
        Ok(resource) if *how != 0 => resource,
        Ok(_) => return Ok(INVALID_VALUE),
        Err(code) => return Ok(code),
    };
    // SAFETY: the program hands over the address of such a structure.
    let t = unsafe { (*how as *const Texture).read_unaligned() };
    let flag = |is_set: bool, bit: u32| if is_set { bit } else { 0 };
    let descriptor = TextureDescriptor {
        address_modes: t.address_modes,
        filter_mode: t.filter_mode,
        flags: flag(t.read_mode == 0, 1) | flag(t.is_normalized != 0, 2) | flag(t.is_srgb != 0, 16) | flag(t.is_trilinear_off != 0, 32),
        max_anisotropy: t.max_anisotropy,
        mipmap_filter_mode: t.mipmap_filter_mode,
        mipmap_level_bias: t.mipmap_level_bias,
        min_mipmap_level_clamp: t.min_mipmap_level_clamp,
        max_mipmap_level_clamp: t.max_mipmap_level_clamp,
        border_color: t.border_color,
        reserved: [0; 12],
    };
    // SAFETY: the structures live during the call; the result goes to a valid address.
    Ok(unsafe { f(out, &resource, &descriptor, std::ptr::null()) })
}

pub(super) fn new_surface(device: Device, words: &mut [u64]) -> Result<i32> {
    let [out, described] = take(words)?;
    let f = api(device)?.cuSurfObjectCreate.ok_or_else(|| lacks("cuSurfObjectCreate"))?;
    match resource(*described) {
        // SAFETY: as above.
        Ok(resource) => Ok(unsafe { f(out, &resource) }),
        Err(code) => Ok(code),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_have_formats() {
        let format = |bits: [i32; 4], kind| Channels { bits, kind }.format();
        assert_eq!(format([32, 0, 0, 0], 2), Some((32, 1)));
        assert_eq!(format([8, 8, 8, 8], 1), Some((1, 4)));
        assert_eq!(format([16, 16, 0, 0], 0), Some((9, 2)));
        assert_eq!(format([16, 16, 16, 0], 0), None);
        assert_eq!(format([32, 0, 32, 0], 2), None);
        assert_eq!(format([8, 16, 0, 0], 0), None);
        assert_eq!(format([32, 0, 0, 0], 3), None);
    }

    #[test]
    fn resources_are_translated() {
        let mut given = Resource { kind: 3, words: [0; 16], flags: 0 };
        given.words[..7].copy_from_slice(&[0xabc0, 32, 0, 2, 64, 48, 512]);
        let made = resource(&raw const given as u64);
        let made = made.unwrap_or_else(|code| panic!("{code}"));
        assert_eq!((made.kind, &made.words[..6]), (3, &[0xabc0, 32 | 1 << 32, 64, 48, 512, 0][..]));
        given.kind = 9;
        assert_eq!(resource(&raw const given as u64).err(), Some(INVALID_VALUE));
        assert_eq!(resource(0).err(), Some(INVALID_VALUE));
    }
}
