"""`cuprous.cuda.texture`: descriptors everywhere, textures and surfaces on GPUs."""

import numpy as np
import pytest

import cuprous as cp
from cuprous.cuda import runtime, texture

HAS_GPU = cp.cuda.is_available()
on_a_gpu = pytest.mark.skipif(not HAS_GPU, reason="textures need a GPU")

READ = r"""
extern "C" __global__ void read(float *out, cudaTextureObject_t image, int width, int height) {
    int x = blockIdx.x * blockDim.x + threadIdx.x, y = blockIdx.y * blockDim.y + threadIdx.y;
    if (x < width && y < height) out[y * width + x] = tex2D<float>(image, x + 0.5f, y + 0.5f);
}
extern "C" __global__ void line(float *out, cudaTextureObject_t values, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) out[i] = tex1Dfetch<float>(values, i);
}
extern "C" __global__ void twice(cudaSurfaceObject_t image, int width, int height) {
    int x = blockIdx.x * blockDim.x + threadIdx.x, y = blockIdx.y * blockDim.y + threadIdx.y;
    if (x >= width || y >= height) return;
    float value;
    surf2Dread(&value, image, x * 4, y);
    surf2Dwrite(value * 2, image, x * 4, y);
}
extern "C" __global__ void between(float *out, cudaTextureObject_t image, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) out[i] = tex2D<float>(image, i + 1.0f, 0.5f);
}
"""


def floats():
    """The descriptor of single floats."""
    return texture.ChannelFormatDescriptor(32, 0, 0, 0, runtime.cudaChannelFormatKindFloat)


def test_descriptors():
    """Descriptors tell what they were made from."""
    channels = texture.ChannelFormatDescriptor(16, 16, 0, 0, runtime.cudaChannelFormatKindSigned)
    assert channels.get_channel_format() == {"x": 16, "y": 16, "z": 0, "w": 0, "f": 0} and channels.ptr
    how = texture.TextureDescriptor(
        (runtime.cudaAddressModeWrap, runtime.cudaAddressModeBorder), runtime.cudaFilterModeLinear, borderColors=(1, 2), normalizedCoords=1
    )
    told = how.get_texture_desc()
    assert told["addressMode"] == (0, 3, 0) and told["filterMode"] == 1 and told["borderColor"] == (1, 2, 0, 0)
    assert (told["normalizedCoords"], told["sRGB"], told["maxAnisotropy"]) == (1, 0, 0)
    x = cp.zeros((8, 64), cp.float32)
    rows = texture.ResourceDescriptor(runtime.cudaResourceTypePitch2D, arr=x, chDesc=floats(), width=64, height=8, pitchInBytes=256)
    told = rows.get_resource_desc()
    assert told["devPtr"] == x.data.ptr and (told["width"], told["height"], told["pitchInBytes"]) == (64, 8, 256)
    line = texture.ResourceDescriptor(runtime.cudaResourceTypeLinear, arr=x, chDesc=floats(), sizeInBytes=2048)
    assert line.get_resource_desc()["sizeInBytes"] == 2048


def test_descriptors_that_make_no_sense():
    """What cannot be described is an error."""
    with pytest.raises(ValueError, match="three"):
        texture.TextureDescriptor((0,) * 4)
    with pytest.raises(ValueError, match="four"):
        texture.TextureDescriptor(borderColors=(0,) * 5)
    with pytest.raises(ValueError, match="cuArr"):
        texture.ResourceDescriptor(runtime.cudaResourceTypeArray)
    with pytest.raises(ValueError, match="chDesc"):
        texture.ResourceDescriptor(runtime.cudaResourceTypeLinear)
    with pytest.raises(ValueError, match="width"):
        texture.CUDAarray(floats(), 0)
    with pytest.raises(ValueError, match="height"):
        texture.CUDAarray(floats(), 5, 0, 5)


@pytest.mark.skipif(HAS_GPU, reason="the CPU answers only where no GPU is")
def test_the_cpu_has_no_textures():
    """The CPU says that it has none."""
    with pytest.raises(runtime.CUDARuntimeError, match="cudaErrorNotSupported"):
        texture.CUDAarray(floats(), 8, 8)
    line = texture.ResourceDescriptor(runtime.cudaResourceTypeLinear, arr=cp.zeros(8, cp.float32), chDesc=floats(), sizeInBytes=32)
    with pytest.raises(runtime.CUDARuntimeError, match="cudaErrorNotSupported"):
        texture.TextureObject(line, texture.TextureDescriptor())


@on_a_gpu
@pytest.mark.parametrize("shape", [(7,), (5, 9), (3, 5, 9)], ids=str)
@pytest.mark.parametrize("n_channels", [1, 2, 4])
def test_arrays_are_copied(shape, n_channels):
    """Elements go to a CUDA array and come back, from and to both kinds of memory."""
    channels = texture.ChannelFormatDescriptor(*[32] * n_channels, *[0] * (4 - n_channels), runtime.cudaChannelFormatKindFloat)
    sizes = shape[::-1] + (0,) * (3 - len(shape))
    array = texture.CUDAarray(channels, *sizes)
    assert array.ndim == len(shape) and array.ptr
    values = np.random.default_rng(1).random((*shape[:-1], shape[-1] * n_channels), np.float32)
    array.copy_from(cp.asarray(values))
    back = np.zeros_like(values)
    array.copy_to(back)
    np.testing.assert_array_equal(back, values)
    array.copy_from(values + 1)
    ours, stream = cp.zeros(values.shape, cp.float32), cp.cuda.Stream()
    array.copy_to(ours, stream)
    stream.synchronize()
    np.testing.assert_array_equal(ours.get(), values + 1)
    with pytest.raises(ValueError, match="shape"):
        array.copy_from(values[..., :-1])
    with pytest.raises(ValueError, match="bits"):
        array.copy_from(values.astype(np.float64))


@on_a_gpu
def test_textures_in_kernels():
    """A kernel reads an array, rows and a line as textures."""
    values = np.random.default_rng(2).random((40, 64), np.float32)
    module, plain = cp.RawModule(code=READ), texture.TextureDescriptor((runtime.cudaAddressModeClamp,) * 2)
    array = texture.CUDAarray(floats(), 64, 40)
    array.copy_from(values)
    x = cp.asarray(values)
    resources = [
        texture.ResourceDescriptor(runtime.cudaResourceTypeArray, array),
        texture.ResourceDescriptor(runtime.cudaResourceTypePitch2D, arr=x, chDesc=floats(), width=64, height=40, pitchInBytes=256),
    ]
    for resource in resources:
        image, out = texture.TextureObject(resource, plain), cp.zeros((40, 64), cp.float32)
        assert image.ptr == int(image) and image.ResDesc is resource
        module.get_function("read")((4, 3), (16, 16), (out, image, 64, 40))
        np.testing.assert_array_equal(out.get(), values)
    line = texture.ResourceDescriptor(runtime.cudaResourceTypeLinear, arr=x, chDesc=floats(), sizeInBytes=x.nbytes)
    fetched, out = texture.TextureObject(line, plain), cp.zeros(40 * 64, cp.float32)
    module.get_function("line")((10,), (256,), (out, fetched, 40 * 64))
    np.testing.assert_array_equal(out.get(), values.ravel())


@on_a_gpu
def test_textures_interpolate():
    """Half way between two elements is their mean."""
    values = np.arange(8, dtype=np.float32).reshape(1, 8) ** 2
    array = texture.CUDAarray(floats(), 8, 1)
    array.copy_from(values)
    how = texture.TextureDescriptor((runtime.cudaAddressModeClamp,) * 2, runtime.cudaFilterModeLinear)
    image = texture.TextureObject(texture.ResourceDescriptor(runtime.cudaResourceTypeArray, array), how)
    out = cp.zeros(7, cp.float32)
    cp.RawModule(code=READ).get_function("between")((1,), (32,), (out, image, 7))
    # The fraction has 8 bits, of which a half is one: the mean is exact.
    np.testing.assert_array_equal(out.get(), (values[0, 1:] + values[0, :-1]) / 2)


@on_a_gpu
def test_surfaces_in_kernels():
    """A kernel writes a surface."""
    values = np.random.default_rng(3).random((30, 50), np.float32)
    array = texture.CUDAarray(floats(), 50, 30, flags=runtime.cudaArraySurfaceLoadStore)
    array.copy_from(values)
    surface = texture.SurfaceObject(texture.ResourceDescriptor(runtime.cudaResourceTypeArray, array))
    cp.RawModule(code=READ).get_function("twice")((4, 2), (16, 16), (surface, 50, 30))
    back = np.zeros_like(values)
    runtime.deviceSynchronize()
    array.copy_to(back)
    np.testing.assert_array_equal(back, values * 2)
