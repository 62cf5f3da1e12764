//! Structures of the driver, as its header lays them out.

use crate::Handle;
use std::ffi::c_void;

/// `CUDA_MEMCPY3D`
#[repr(C)]
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)] // the names are the header's
pub struct Copy3d {
    pub source_x_bytes: usize,
    pub source_y: usize,
    pub source_z: usize,
    pub source_lod: usize,
    pub source_type: i32,
    pub source_host: *const c_void,
    pub source_device: u64,
    pub source_array: Handle,
    pub reserved_0: usize,
    pub source_pitch: usize,
    pub source_height: usize,
    pub target_x_bytes: usize,
    pub target_y: usize,
    pub target_z: usize,
    pub target_lod: usize,
    pub target_type: i32,
    pub target_host: *mut c_void,
    pub target_device: u64,
    pub target_array: Handle,
    pub reserved_1: usize,
    pub target_pitch: usize,
    pub target_height: usize,
    pub width_bytes: usize,
    pub height: usize,
    pub depth: usize,
}

/// `CUDA_ARRAY_DESCRIPTOR`
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
#[allow(missing_docs)]
pub struct ArrayDescriptor {
    pub width: usize,
    pub height: usize,
    pub format: i32,
    pub n_channels: u32,
}

/// `CUDA_ARRAY3D_DESCRIPTOR`
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
#[allow(missing_docs)]
pub struct ArrayDescriptor3d {
    pub width: usize,
    pub height: usize,
    pub depth: usize,
    pub format: i32,
    pub n_channels: u32,
    pub flags: u32,
}

/// `CUDA_RESOURCE_DESC`: its union as words of 8 bytes
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
#[allow(missing_docs)]
pub struct ResourceDescriptor {
    pub kind: i32,
    pub words: [u64; 16],
    pub flags: u32,
}

/// `CUDA_TEXTURE_DESC`
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
#[allow(missing_docs)]
pub struct TextureDescriptor {
    pub address_modes: [i32; 3],
    pub filter_mode: i32,
    pub flags: u32,
    pub max_anisotropy: u32,
    pub mipmap_filter_mode: i32,
    pub mipmap_level_bias: f32,
    pub min_mipmap_level_clamp: f32,
    pub max_mipmap_level_clamp: f32,
    pub border_color: [f32; 4],
    pub reserved: [i32; 12],
}

/// `CUmemPoolProps`
#[repr(C)]
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub struct PoolProperties {
    pub allocation: i32,
    pub handles: i32,
    pub location: i32,
    pub location_id: i32,
    pub security: usize,
    pub max_size: usize,
    pub usage: u16,
    pub reserved: [u8; 54],
}

/// `CUipcMemHandle` and `CUipcEventHandle`
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct IpcHandle {
    /// Its bytes
    pub bytes: [u8; 64],
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn structures_are_as_long_as_the_headers() {
        let sizes = [
            size_of::<Copy3d>(),
            size_of::<ArrayDescriptor>(),
            size_of::<ArrayDescriptor3d>(),
            size_of::<ResourceDescriptor>(),
            size_of::<TextureDescriptor>(),
            size_of::<PoolProperties>(),
            size_of::<IpcHandle>(),
        ];
        assert_eq!(sizes, [200, 24, 40, 144, 104, 88, 64]);
    }
}
