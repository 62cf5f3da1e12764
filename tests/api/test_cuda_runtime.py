"""`cuprous.cuda.runtime` and the modules of libraries beside it: functions by numbers, constants, errors."""

import inspect
import pickle

import numpy as np
import pytest

import cuprous as cp
from cuprous.cuda import runtime

HAS_GPU = cp.cuda.is_available()
on_a_gpu = pytest.mark.skipif(not HAS_GPU, reason="CUDA's libraries need a GPU")
where_the_cpu_answers = pytest.mark.skipif(HAS_GPU, reason="the CPU answers only where no GPU is")

DIRECTIONS = ("memcpyHostToDevice", "memcpyDeviceToHost", "memcpyDeviceToDevice", "memcpyHostToHost", "memcpyDefault")


def host(n, dtype=np.uint8):
    """Numbers on the host that are not all alike."""
    return (np.arange(n) * 37 % 251).astype(dtype)


# Memory


def test_memory_is_given_copied_and_freed():
    """Memory by its address: copied both ways, set, and freed once."""
    source, target = host(1000), np.zeros(1000, np.uint8)
    a, b = runtime.malloc(1000), runtime.malloc(1000)
    try:
        assert isinstance(a, int) and a and a % 256 == 0 and a != b
        assert runtime.memcpy(a, source.ctypes.data, 1000, runtime.memcpyHostToDevice) is None
        runtime.memset(a + 100, 0x107, 50)
        runtime.memcpy(b, a, 1000, runtime.memcpyDeviceToDevice)
        runtime.memcpy(target.ctypes.data, b, 1000, runtime.memcpyDeviceToHost)
    finally:
        runtime.free(a)
        runtime.free(b)
    source[100:150] = 7
    np.testing.assert_array_equal(target, source)


def test_memory_in_the_order_of_a_stream():
    """Copies and fills by a stream's handle come behind what is queued there, ours included."""
    stream, target = cp.cuda.Stream(), np.empty(1000, np.float32)
    with stream:
        x = cp.arange(1000, dtype=cp.float32) * 3
        runtime.memsetAsync(x.data.ptr, 0, 40, stream.ptr)
        y = x + 1
        runtime.memcpyAsync(target.ctypes.data, y.data.ptr, 4000, runtime.memcpyDeviceToHost, stream.ptr)
    runtime.streamSynchronize(stream.ptr)
    expected = np.arange(1000, dtype=np.float32) * 3
    expected[:10] = 0
    np.testing.assert_array_equal(target, expected + 1)


def test_pinned_memory_is_told():
    """Pinned memory is told from other memory of the host and of the device."""
    pinned = cp.cuda.alloc_pinned_memory(100)
    is_pinned = cp.cuda.pinned_memory.is_memory_pinned
    assert is_pinned(pinned.ptr) and is_pinned(pinned.ptr + 99)
    assert not is_pinned(np.zeros(3).ctypes.data) and not is_pinned(cp.zeros(3).data.ptr)


def test_nothing_takes_no_memory():
    """No bytes are the null pointer, which may be freed and copied to."""
    assert runtime.malloc(0) == 0
    assert runtime.free(0) is None
    assert runtime.memcpy(0, 0, 0, runtime.memcpyDefault) is None


def test_rows_are_copied():
    """Rows of another length than the distance between them."""
    source, target = host(12 * 10).reshape(10, 12), np.zeros((10, 7), np.uint8)
    a = runtime.malloc(160)
    try:
        runtime.memset(a, 0, 160)
        runtime.memcpy2D(a, 16, source.ctypes.data, 12, 7, 10, runtime.memcpyHostToDevice)
        runtime.memcpy2D(target.ctypes.data, 7, a, 16, 7, 10, runtime.memcpyDeviceToHost)
    finally:
        runtime.free(a)
    np.testing.assert_array_equal(target, source[:, :7])


def test_memory_of_the_host():
    """Pinned and managed memory are the host's too."""
    pinned, managed = runtime.hostAlloc(64, runtime.hostAllocDefault), runtime.mallocManaged(64)
    try:
        runtime.memset(managed, 5, 64)
        runtime.memcpy(pinned, managed, 64, runtime.memcpyDefault)
        runtime.deviceSynchronize()
        assert bytes((np.ctypeslib.ctypes.c_ubyte * 64).from_address(pinned)) == b"\5" * 64
        assert runtime.pointerGetAttributes(pinned).type == runtime.memoryTypeHost
        assert runtime.pointerGetMemoryType(managed) == runtime.memoryTypeManaged
    finally:
        runtime.freeHost(pinned)
        runtime.free(managed)


def test_addresses_are_known():
    """What an address is: of which device and sort."""
    a, ordinary = runtime.malloc(100), np.zeros(100)
    try:
        found = runtime.pointerGetAttributes(a + 99)
        assert (found.device, found.type) == (runtime.getDevice(), runtime.memoryTypeDevice)
        assert cp.cuda.device.from_pointer(a).id == runtime.getDevice()
    finally:
        runtime.free(a)
    found = runtime.pointerGetAttributes(ordinary.ctypes.data)
    assert (found.device, found.type, found.hostPointer) == (-2, runtime.memoryTypeUnregistered, ordinary.ctypes.data)


# Streams and events


def test_streams_by_their_handles():
    """A stream that was made by its handle serves as an external one, and ends."""
    handle = runtime.streamCreateWithFlags(runtime.streamNonBlocking)
    plain = runtime.streamCreate()
    assert handle not in (0, 1, 2, plain)
    assert (runtime.streamGetFlags(handle), runtime.streamGetFlags(plain)) == (runtime.streamNonBlocking, runtime.streamDefault)
    assert isinstance(runtime.streamGetPriority(plain), int)
    assert runtime.streamIsCapturing(plain) is False
    called = []
    with cp.cuda.ExternalStream(handle) as stream:
        x = cp.arange(10) * 2
        runtime.launchHostFunc(handle, called.append, "host")
        runtime.streamAddCallback(handle, lambda *args: called.append(args), 5)
    runtime.streamSynchronize(handle)
    assert called == ["host", (handle, 0, 5)]
    np.testing.assert_array_equal(x.get(stream), np.arange(10) * 2)
    del x, stream
    assert runtime.streamDestroy(handle) is None and runtime.streamDestroy(plain) is None


def test_events_by_their_handles():
    """Events are recorded, waited for, asked and timed."""
    a, b, silent = runtime.eventCreate(), runtime.eventCreate(), runtime.eventCreateWithFlags(runtime.eventDisableTiming)
    stream = cp.cuda.Stream()
    runtime.eventRecord(a, stream.ptr)
    with stream:
        x = cp.sin(cp.ones(100_000))
    runtime.eventRecord(b, stream.ptr)
    runtime.streamWaitEvent(0, b)
    runtime.eventSynchronize(b)
    assert runtime.eventQuery(b) == 0 and 0 <= runtime.eventElapsedTime(a, b) < 60_000
    runtime.eventRecord(silent, stream.ptr)
    runtime.eventSynchronize(silent)
    with pytest.raises(runtime.CUDARuntimeError, match="cudaErrorInvalidResourceHandle"):
        runtime.eventElapsedTime(a, silent)
    for event in (a, b, silent):
        assert runtime.eventDestroy(event) is None
    assert float(x[0]) == pytest.approx(np.sin(1))


# Devices, profilers


def test_peers():
    """No device is its own peer, and one that is not there is an error."""
    here = runtime.getDevice()
    assert runtime.deviceCanAccessPeer(here, here) == 0
    with pytest.raises(runtime.CUDARuntimeError, match="cudaErrorInvalidDevice"):
        runtime.deviceCanAccessPeer(here, 77)


@on_a_gpu
def test_limits():
    """Limits are read and set."""
    before = runtime.deviceGetLimit(runtime.cudaLimitPrintfFifoSize)
    assert before > 0
    runtime.deviceSetLimit(runtime.cudaLimitPrintfFifoSize, before)
    assert runtime.deviceGetLimit(runtime.cudaLimitPrintfFifoSize) == before


@on_a_gpu
def test_pools_of_the_driver():
    """Memory in the order of a stream, from the driver's pools."""
    pool = runtime.deviceGetDefaultMemPool(runtime.getDevice())
    assert pool == runtime.deviceGetMemPool(runtime.getDevice())
    own = runtime.memPoolCreate(
        runtime.MemPoolProps(runtime.cudaMemAllocationTypePinned, runtime.cudaMemHandleTypeNone, runtime.cudaMemLocationTypeDevice, 0)
    )
    stream = cp.cuda.Stream()
    runtime.memPoolSetAttribute(own, runtime.cudaMemPoolAttrReleaseThreshold, 1 << 30)
    assert runtime.memPoolGetAttribute(own, runtime.cudaMemPoolAttrReleaseThreshold) == 1 << 30
    a = runtime.mallocFromPoolAsync(1000, own, stream.ptr)
    assert runtime.memPoolGetAttribute(own, runtime.cudaMemPoolAttrUsedMemCurrent) >= 1000
    runtime.freeAsync(a, stream.ptr)
    runtime.freeAsync(runtime.mallocAsync(10, stream.ptr), stream.ptr)
    stream.synchronize()
    runtime.memPoolTrimTo(own, 0)
    runtime.memPoolDestroy(own)


def test_profiler():
    """A profiler is told where to look, whether there is one or not."""
    assert cp.cuda.profiler.start() is None and cp.cuda.profiler.stop() is None
    with cp.cuda.profile():
        assert int(cp.arange(3).sum()) == 3


@pytest.mark.skipif(runtime.getDeviceCount() < 2, reason="needs two GPUs")
def test_two_devices():
    """Arrays know their device, are not mixed, and are copied between devices by their addresses."""
    with cp.cuda.Device(0):
        x = cp.arange(1000, dtype=cp.float32)
    with cp.cuda.Device(1):
        y = cp.zeros(1000, cp.float32)
        y.data.ptr
    with pytest.raises(RuntimeError, match="cuda:1"):
        (x + y).get()
    cp.cuda.Device(1).synchronize()
    with cp.cuda.Device(0):
        runtime.memcpyPeer(y.data.ptr, 1, x.data.ptr, 0, x.nbytes)
    np.testing.assert_array_equal(y.get(), np.arange(1000, dtype=np.float32))
    if runtime.deviceCanAccessPeer(0, 1):
        with cp.cuda.Device(0):
            try:
                runtime.deviceEnablePeerAccess(1)
            except runtime.CUDARuntimeError as e:
                assert e.status == 704  # cudaErrorPeerAccessAlreadyEnabled
            runtime.deviceDisablePeerAccess(1)
            with pytest.raises(runtime.CUDARuntimeError, match="cudaErrorPeerAccessNotEnabled"):
                runtime.deviceDisablePeerAccess(1)


# Errors and arguments


def test_errors_have_names_and_numbers():
    """An error has the runtime's name for it and its number."""
    x = runtime.malloc(8)
    try:
        with pytest.raises(runtime.CUDARuntimeError, match="^cudaErrorInvalidMemcpyDirection: ") as caught:
            runtime.memcpy(x, x, 8, 77)
    finally:
        runtime.free(x)
    assert caught.value.status == 21
    with pytest.raises(runtime.CUDARuntimeError, match="^cudaErrorIllegalAddress: ") as caught:
        runtime.check_status(700)
    assert caught.value.status == 700
    for e in (runtime.CUDARuntimeError(700), pickle.loads(pickle.dumps(runtime.CUDARuntimeError(700))), pickle.loads(pickle.dumps(caught.value))):
        assert (type(e), str(e), e.status) == (runtime.CUDARuntimeError, str(caught.value), 700)
    assert str(runtime.CUDARuntimeError("in words")) == "in words"


def test_memory_that_is_not_there():
    """More than there is raises the runtime's own error, and what follows works."""
    with pytest.raises(runtime.CUDARuntimeError, match="cudaErrorMemoryAllocation") as caught:
        runtime.malloc(1 << 60)
    assert caught.value.status == 2
    assert int(cp.ones(3).sum()) == 3


@where_the_cpu_answers
def test_what_the_cpu_has_not():
    """What has no meaning on the CPU says so."""
    for call in (lambda: runtime.deviceGetLimit(0), lambda: runtime.mallocArray(0, 1, 1), lambda: runtime.graphLaunch(1, 0)):
        with pytest.raises(runtime.CUDARuntimeError, match="^cudaErrorNotSupported: the CPU") as caught:
            call()
        assert caught.value.status == 801
    a = runtime.malloc(8)
    runtime.free(a)
    with pytest.raises(runtime.CUDARuntimeError, match="cudaErrorInvalidValue"):
        runtime.free(a)


def test_arguments():
    """Arguments by place or by name; wrong ones are named."""
    a = runtime.malloc(size=16)
    runtime.memset(ptr=a, size=np.int64(16), value=True)
    runtime.free(ptr=a)
    for call in (
        lambda: runtime.malloc(), lambda: runtime.malloc(1, 2), lambda: runtime.malloc(8, size=8), lambda: runtime.malloc(bytes=8),
        lambda: runtime.malloc("8"), lambda: runtime.malloc(1.5),
    ):
        with pytest.raises(TypeError, match="malloc"):
            call()
    with pytest.raises(OverflowError):
        runtime.malloc(1 << 64)
    with pytest.raises(OverflowError):
        runtime.memset(0, 1 << 32, 0)
    assert str(inspect.signature(runtime.mallocManaged)) == "(size, flags=1)"
    assert runtime.malloc.__name__ == "malloc" and runtime.malloc.__doc__


def test_constants():
    """Constants of the runtime are numbers with CUDA's values."""
    assert [getattr(runtime, name) for name in DIRECTIONS] == [1, 2, 3, 0, 4]
    assert (runtime.cudaMemAttachGlobal, runtime.cudaLimitMallocHeapSize, runtime.CUDA_C_32F) == (1, 2, 4)
    assert (runtime.cudaResourceTypePitch2D, runtime.cudaArraySurfaceLoadStore, runtime.cudaAddressModeBorder) == (3, 2, 3)


# The libraries

LIBRARIES = {
    "cublas": "CUBLASError", "cufft": "CuFFTError", "curand": "CURANDError", "cusolver": "CUSOLVERError", "cusparse": "CuSparseError",
    "cusparselt": "CuSparseError", "cutensor": "CuTensorError", "driver": "CUDADriverError", "nccl": "NcclError", "nvrtc": "NVRTCError",
}


@pytest.mark.parametrize("name", LIBRARIES)
def test_libraries_have_errors_of_their_own(name):
    """The exception of a library is made from a status, is a RuntimeError and can be pickled."""
    module = getattr(cp.cuda, name)
    error = getattr(module, LIBRARIES[name])
    assert module.check_status(0) is None
    with pytest.raises(error) as caught:
        module.check_status(3)
    assert isinstance(caught.value, RuntimeError) and caught.value.status == 3 and str(caught.value)
    again = pickle.loads(pickle.dumps(caught.value))
    assert type(again) is error and again.status == 3
    assert all(hasattr(module, n) for n in module.__all__)


@where_the_cpu_answers
@pytest.mark.parametrize("name", ["cublas", "cufft", "curand", "cusolver", "cusparse", "cusparselt", "cutensor", "nccl"])
def test_libraries_need_a_gpu(name):
    """Without a GPU a call says what is missing."""
    module = getattr(cp.cuda, name)
    call = next(getattr(module, f) for f in ("create", "createGenerator", "groupStart", "init") if hasattr(module, f))
    with pytest.raises(RuntimeError, match="cuda:0"):
        call(*[0] * len(inspect.signature(call).parameters))


@on_a_gpu
def test_cublas_by_its_handle():
    """A product of matrices through cuBLAS itself."""
    from cuprous.cuda import cublas

    handle = cp.cuda.get_cublas_handle()
    assert cublas.getVersion(handle) > 100_000
    a, b, c = cp.arange(6, dtype=cp.float32).reshape(2, 3), cp.arange(12, dtype=cp.float32).reshape(3, 4), cp.zeros((2, 4), cp.float32)
    one, zero = np.float32(1).reshape(1), np.float32(0).reshape(1)
    # In cuBLAS's order of columns the product is transposed.
    cublas.sgemm(
        handle, cublas.CUBLAS_OP_N, cublas.CUBLAS_OP_N, 4, 2, 3, one.ctypes.data, b.data.ptr, 4, a.data.ptr, 3, zero.ctypes.data,
        c.data.ptr, 4,
    )
    np.testing.assert_array_equal(c.get(), np.arange(6, dtype=np.float32).reshape(2, 3) @ np.arange(12, dtype=np.float32).reshape(3, 4))
    with pytest.raises(cublas.CUBLASError, match="CUBLAS_STATUS_INVALID_VALUE"):
        cublas.sgemm(handle, 0, 0, -1, 2, 3, one.ctypes.data, b.data.ptr, 4, a.data.ptr, 3, zero.ctypes.data, c.data.ptr, 4)


@on_a_gpu
def test_handles_work_on_the_current_stream():
    """A handle of the program's own computes on the stream that is current at the call, behind what is queued there."""
    from cuprous.cuda import cublas

    handle, one, zero = cublas.create(), np.ones(1, np.float32), np.zeros(1, np.float32)
    x = np.random.default_rng(5).normal(size=(500, 500)).astype(np.float32)
    for _ in range(3):
        with cp.cuda.Stream(non_blocking=True) as stream:
            a = cp.asarray(x)
            for _ in range(20):
                a = cp.sin(a) + 1
            c = cp.empty((500, 500), cp.float32)
            p = a.data.ptr
            cublas.sgemm(handle, 0, 0, 500, 500, 500, one.ctypes.data, p, 500, p, 500, zero.ctypes.data, c.data.ptr, 500)
            assert cublas.getStream(handle) == stream.ptr
            got, a = (c + 0).get(), a.get()
        np.testing.assert_allclose(got, a.astype(np.float64) @ a.astype(np.float64), rtol=1e-4)
    cublas.destroy(handle)


def skip_if_missing(error):
    """Skips where a library is not installed; any other error is one."""
    if "is missing" not in str(error):
        raise error
    pytest.skip(str(error))


@on_a_gpu
def test_curand_by_its_generator():
    """Random numbers through cuRAND itself, if it is there."""
    from cuprous.cuda import curand

    try:
        generator = curand.createGenerator(curand.CURAND_RNG_PSEUDO_PHILOX4_32_10)
    except runtime.CUDARuntimeError as e:
        skip_if_missing(e)
    curand.setPseudoRandomGeneratorSeed(generator, 7)
    curand.setStream(generator, cp.cuda.get_current_stream().ptr)
    x = cp.zeros(10_000, cp.float32)
    curand.generateNormal(generator, x.data.ptr, 10_000, 5.0, 0.5)
    curand.destroyGenerator(generator)
    # The mean of 10,000 numbers with deviation 0.5 deviates by 0.005; 10 times that happens to nobody.
    assert float(x.mean()) == pytest.approx(5, abs=0.05)


def test_nvrtc_by_its_program():
    """Code is compiled without a GPU, if the compiler is there; what is wrong is in the log."""
    from cuprous.cuda import nvrtc

    try:
        major, _ = nvrtc.getVersion()
    except RuntimeError as e:
        skip_if_missing(e)
    assert major >= 12 and 90 in nvrtc.getSupportedArchs()
    program = nvrtc.createProgram('#include "own.h"\ntemplate<class T> __global__ void f(T *x) { *x = OWN; }', "f.cu", ["#define OWN 5\n"], ["own.h"])
    nvrtc.addNameExpression(program, "f<int>")
    nvrtc.compileProgram(program, ("-arch=sm_90",))
    assert nvrtc.getCUBIN(program)[:4] == b"\x7fELF"
    assert "f" in nvrtc.getLoweredName(program, "f<int>")
    nvrtc.destroyProgram(program)
    program = nvrtc.createProgram("__global__ void f() { nonsense; }", "g.cu", (), ())
    with pytest.raises(nvrtc.NVRTCError, match="NVRTC_ERROR_COMPILATION"):
        nvrtc.compileProgram(program, ())
    assert "nonsense" in nvrtc.getProgramLog(program)
    nvrtc.destroyProgram(program)
    with pytest.raises(ValueError, match="names"):
        nvrtc.createProgram("", "h.cu", ("a",), ())


@on_a_gpu
def test_driver_by_handles():
    """Contexts are told, and occupancy is asked of a function."""
    from cuprous.cuda import driver

    assert driver.ctxGetCurrent() and driver.ctxGetDevice() == runtime.getDevice()
    assert driver.streamGetCtx(cp.cuda.Stream().ptr) == driver.ctxGetCurrent()
    with pytest.raises(driver.CUDADriverError, match="CUDA_ERROR_INVALID"):
        driver.moduleLoadData(b"no code at all" * 10)


def test_compiling_by_hand():
    """Code and the names in it, or an exception with the compiler's words."""
    from cuprous.cuda import compiler

    try:
        code, names = compiler.compile_using_nvrtc(
            "template<class T> __global__ void f(T *x) { *x = K; }", ("-DK=3",), "90", name_expressions=("f<float>",)
        )
    except RuntimeError as e:
        skip_if_missing(e)
    assert code[:4] == b"\x7fELF" and "f" in names["f<float>"]
    code, names = compiler.compile_using_nvrtc('extern "C" __global__ void f() {}', arch="90", method="ptx")
    assert b".target sm_90" in code and names == {}
    with pytest.raises(cp.CompileError, match="nonsense"):
        compiler.compile_using_nvrtc("nonsense;", arch="90")
    with pytest.raises(ValueError, match="method"):
        compiler.compile_using_nvrtc("", method="dubious")
    assert compiler.is_valid_kernel_name("_f1") and not compiler.is_valid_kernel_name("1f") and not compiler.is_valid_kernel_name("f ")


ADD = 'extern "C" __global__ void add(float *x, int n, float k) { int i = blockIdx.x * blockDim.x + threadIdx.x; if (i < n) x[i] += k; }'


def machine_code(text=ADD):
    """A text for the current device, by NVRTC."""
    from cuprous.cuda import nvrtc

    program = nvrtc.createProgram(text, "add.cu", (), ())
    nvrtc.compileProgram(program, (f"-arch=sm_{cp.cuda.Device().compute_capability}",))
    code = nvrtc.getCUBIN(program)
    nvrtc.destroyProgram(program)
    return code


@on_a_gpu
def test_modules_and_functions():
    """Machine code as a module, its function started with a grid and with a number of threads."""
    module = cp.cuda.Module()
    with pytest.raises(RuntimeError, match="no code"):
        module.get_function("add")
    module.load(machine_code())
    add, x = module.get_function("add"), cp.zeros(1000, cp.float32)
    assert isinstance(add, cp.cuda.Function) and add.module is module
    add((4,), (256,), (x, 1000, np.float32(2)))
    stream = cp.cuda.Stream()
    cp.cuda.Stream.null.synchronize()
    add.linear_launch(1000, (x, 1000, np.float32(0.5)), stream=stream)
    add.linear_launch(0, (x, 1000, np.float32(9)))
    stream.synchronize()
    np.testing.assert_array_equal(x.get(), np.full(1000, 2.5, np.float32))


@on_a_gpu
def test_linking_by_hand():
    """PTX that is linked gives a module's code."""
    from cuprous.cuda import compiler
    from cuprous.cuda.function import LinkState

    ptx, _ = compiler.compile_using_nvrtc(ADD, method="ptx")
    link = LinkState()
    link.add_ptr_data(ptx, "add.ptx")
    module = cp.cuda.Module()
    module.load(link.complete())
    x = cp.zeros(100, cp.float32)
    module.get_function("add")((1,), (128,), (x, 100, np.float32(4)))
    np.testing.assert_array_equal(x.get(), np.full(100, 4, np.float32))
    with pytest.raises(TypeError, match="cannot pickle"):
        pickle.dumps(module.get_function("add"))


@on_a_gpu
def test_functions_whose_blocks_wait_for_each_other():
    """A function is started with all its blocks at once where that is asked for; handles are the driver's."""
    from cuprous.cuda import driver

    code = machine_code(
        """
        __device__ volatile int arrived;
        extern "C" __global__ void meet(int* out) {
            if (threadIdx.x == 0) { atomicAdd((int*)&arrived, 1); while (arrived % gridDim.x != 0) {} out[blockIdx.x] = arrived; }
        }
        """
    )
    module = cp.cuda.Module()
    assert module.ptr == 0
    module.load(code)
    meet, out = module.get_function("meet"), cp.zeros(8, cp.int32)
    meet((8,), (32,), (out,), enable_cooperative_groups=True)
    np.testing.assert_array_equal(out.get(), np.full(8, 8, np.int32))
    assert driver.funcGetAttribute(driver.CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK, meet.ptr) >= 32
    assert driver.moduleGetFunction(module.ptr, "meet")


def test_what_belongs_to_its_process():
    """Handles mean nothing in another process: what holds one cannot be pickled."""
    from cuprous.cuda import nccl, texture

    classes = (cp.cuda.Module, cp.cuda.Function, nccl.NcclCommunicator, texture.CUDAarray, texture.ResourceDescriptor)
    for thing in [cls.__new__(cls) for cls in classes]:
        with pytest.raises(TypeError, match="cannot pickle a"):
            pickle.dumps(thing)
    how = texture.TextureDescriptor((1, 2, 3), 1, 1, True, (1.5, 2), True, 4)
    assert pickle.loads(pickle.dumps(how)).get_texture_desc() == how.get_texture_desc()


@on_a_gpu
def test_launches_through_the_driver():
    """A kernel loaded, started and unloaded by handles."""
    import ctypes

    from cuprous.cuda import driver

    module = driver.moduleLoadData(machine_code())
    add = driver.moduleGetFunction(module, "add")
    assert driver.funcGetAttribute(driver.CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK, add) >= 256
    assert driver.occupancyMaxActiveBlocksPerMultiprocessor(add, 256, 0) > 0
    grid, block = driver.occupancyMaxPotentialBlockSize(add, 0, 0)
    assert grid > 0 and block > 0
    x = cp.zeros(100, cp.float32)
    values = [ctypes.c_void_p(x.data.ptr), ctypes.c_int(100), ctypes.c_float(3)]
    pointers = (ctypes.c_void_p * 3)(*map(ctypes.addressof, values))
    driver.launchKernel(add, 1, 1, 1, 128, 1, 1, 0, cp.cuda.get_current_stream().ptr, ctypes.addressof(pointers), 0)
    np.testing.assert_array_equal(x.get(), np.full(100, 3, np.float32))
    driver.moduleUnload(module)
    with pytest.raises(driver.CUDADriverError, match="CUDA_ERROR_NOT_FOUND"):
        other = driver.moduleLoadData(machine_code())
        try:
            driver.moduleGetFunction(other, "no such function")
        finally:
            driver.moduleUnload(other)


def test_paths():
    """Where CUDA's tools lie is a path or None."""
    for path in (cp.cuda.get_cuda_path(), cp.cuda.get_nvcc_path()):
        assert path is None or isinstance(path, str)
    assert cp.cuda.get_rocm_path() is None and cp.cuda.get_hipcc_path() is None
    assert cp.cuda.get_local_runtime_version() == runtime.runtimeGetVersion()


def test_flags_of_what_is_not_used():
    """CUB, Thrust and Jitify are not used, and say so."""
    assert not cp.cuda.cub.available and not cp.cuda.thrust.available
    assert cp.cuda.jitify.get_build_version() == "<unknown>"


@on_a_gpu
def test_nccl_with_one_device():
    """A communicator of one member, if NCCL is there."""
    from cuprous.cuda import nccl

    if not nccl.available:
        pytest.skip("NCCL is missing")
    comm = nccl.NcclCommunicator(1, nccl.get_unique_id(), 0)
    assert (comm.size(), comm.rank_id(), comm.device_id()) == (1, 0, runtime.getDevice())
    x, y = cp.arange(100, dtype=cp.float32), cp.zeros(100, cp.float32)
    comm.allReduce(x.data.ptr, y.data.ptr, 100, nccl.NCCL_FLOAT32, nccl.NCCL_SUM, cp.cuda.get_current_stream().ptr)
    comm.check_async_error()
    np.testing.assert_array_equal(y.get(), np.arange(100, dtype=np.float32))
    comm.destroy()


def test_nccl_arguments():
    """Identifiers have 128 bytes."""
    from cuprous.cuda import nccl

    with pytest.raises(ValueError, match="128"):
        nccl.NcclCommunicator(1, b"short", 0)
