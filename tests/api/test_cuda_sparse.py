"""cuSPARSE and cuSPARSELt by their descriptors, on a GPU, where they are installed."""

import numpy as np
import pytest

import cuprous as cp
from cuprous.cuda import cusparse, cusparselt, runtime

on_a_gpu = pytest.mark.skipif(not cp.cuda.is_available(), reason="CUDA's libraries need a GPU")


@on_a_gpu
@pytest.mark.parametrize("unit", [False, True])
def test_triangular_solve(unit):
    """A lower triangular sparse matrix, with attributes that say so, is solved for three right sides."""
    n, handle = 50, cp.cuda.device.get_cusparse_handle()
    dense = np.tril(np.random.default_rng(1).uniform(-1, 1, (n, n))) * (np.arange(n)[:, None] % 3 == np.arange(n) % 3) + 4 * np.eye(n)
    rows, columns = np.nonzero(dense)
    offsets = cp.asarray(np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=n))]).astype(np.int32))
    indices, values = cp.asarray(columns.astype(np.int32)), cp.asarray(dense[rows, columns])
    b = np.random.default_rng(2).normal(size=(n, 3))
    # In the order of columns, as LAPACK has them.
    B, X, one = cp.asarray(b.T.copy()), cp.zeros((3, n)), np.ones(1)
    index, base, double = cusparse.CUSPARSE_INDEX_32I, cusparse.CUSPARSE_INDEX_BASE_ZERO, runtime.CUDA_R_64F
    a = cusparse.createCsr(n, n, len(rows), offsets.data.ptr, indices.data.ptr, values.data.ptr, index, index, base, double)
    cusparse.spMatSetAttribute(a, cusparse.CUSPARSE_SPMAT_FILL_MODE, cusparse.CUSPARSE_FILL_MODE_LOWER)
    kind = cusparse.CUSPARSE_DIAG_TYPE_UNIT if unit else cusparse.CUSPARSE_DIAG_TYPE_NON_UNIT
    cusparse.spMatSetAttribute(a, cusparse.CUSPARSE_SPMAT_DIAG_TYPE, kind)
    rhs, solution = (cusparse.createDnMat(n, 3, n, m.data.ptr, double, cusparse.CUSPARSE_ORDER_COL) for m in (B, X))
    state = cusparse.spSM_createDescr()
    none = cusparse.CUSPARSE_OPERATION_NON_TRANSPOSE
    shared = (handle, none, none, one.ctypes.data, a, rhs, solution, double, cusparse.CUSPARSE_SPSM_ALG_DEFAULT, state)
    buffer = cp.empty(cusparse.spSM_bufferSize(*shared), cp.int8)
    cusparse.spSM_analysis(*shared, buffer.data.ptr)
    cusparse.spSM_solve(*shared, buffer.data.ptr)
    wanted = dense - np.diag(np.diag(dense)) + np.eye(n) if unit else dense
    np.testing.assert_allclose(wanted @ X.get().T, b, rtol=1e-9, atol=1e-9)
    with pytest.raises(cusparse.CuSparseError, match="CUSPARSE_STATUS_"):
        cusparse.spMatSetAttribute(a, 99, 0)
    cusparse.spSM_destroyDescr(state)
    cusparse.destroyDnMat(rhs)
    cusparse.destroyDnMat(solution)
    cusparse.destroySpMat(a)


def test_descriptors_are_aligned():
    """What the library fills lies at addresses that it takes, each its own."""
    kinds = (cusparselt.Handle, cusparselt.MatDescriptor, cusparselt.MatmulDescriptor, cusparselt.MatmulAlgSelection, cusparselt.MatmulPlan)
    made = [kind() for kind in kinds for _ in range(3)]
    assert all(m.ptr % 16 == 0 for m in made) and len({m.ptr for m in made}) == len(made)


def test_statuses_have_names():
    """Statuses are those of cuSPARSE."""
    assert cusparselt.getErrorName(3) == "CUSPARSE_STATUS_INVALID_VALUE" and cusparselt.getErrorString(3)
    with pytest.raises(cusparse.CuSparseError, match="CUSPARSE_STATUS_NOT_INITIALIZED"):
        cusparselt.check_status(1)


def ready():
    """A handle that is initialized; skips where the library is not installed."""
    handle = cusparselt.Handle()
    try:
        cusparselt.init(handle)
    except runtime.CUDARuntimeError as e:
        if "is missing" not in str(e):
            raise
        pytest.skip("cuSPARSELt is not installed")
    return handle


@on_a_gpu
def test_product_of_a_pruned_matrix():
    """Prune, check, compress and multiply, with an activation that is an attribute, on a stream of its own."""
    lt, handle, (m, n, k) = cusparselt, ready(), (64, 96, 128)
    assert lt.getVersion(handle) > 0
    r = np.random.default_rng(3)
    a, b = r.uniform(-1, 1, (m, k)).astype(np.float16), r.uniform(-1, 1, (k, n)).astype(np.float16)
    with cp.cuda.Stream():
        A, B, C = cp.asarray(a) * 1, cp.asarray(b), cp.zeros((m, n), cp.float16)
        mat_a, mat_b, mat_c = lt.MatDescriptor(), lt.MatDescriptor(), lt.MatDescriptor()
        half, order = runtime.CUDA_R_16F, cusparse.CUSPARSE_ORDER_ROW
        lt.structuredDescriptorInit(handle, mat_a, m, k, k, 16, half, order, lt.CUSPARSELT_SPARSITY_50_PERCENT)
        lt.denseDescriptorInit(handle, mat_b, k, n, n, 16, half, order)
        lt.denseDescriptorInit(handle, mat_c, m, n, n, 16, half, order)
        product, algorithm, plan = lt.MatmulDescriptor(), lt.MatmulAlgSelection(), lt.MatmulPlan()
        none = cusparse.CUSPARSE_OPERATION_NON_TRANSPOSE
        lt.matmulDescriptorInit(handle, product, none, none, mat_a, mat_b, mat_c, mat_c, lt.CUSPARSE_COMPUTE_32F)
        relu, read = np.ones(1, np.int32), np.zeros(1, np.int32)
        lt.matmulDescSetAttribute(handle, product, lt.CUSPARSELT_MATMUL_ACTIVATION_RELU, relu.ctypes.data, 4)
        lt.matmulDescGetAttribute(handle, product, lt.CUSPARSELT_MATMUL_ACTIVATION_RELU, read.ctypes.data, 4)
        assert read[0] == 1
        lt.matmulAlgSelectionInit(handle, algorithm, product, lt.CUSPARSELT_MATMUL_ALG_DEFAULT)
        lt.matmulPlanInit(handle, plan, product, algorithm)

        # The library writes what is wrong, and nothing where all is well.
        valid = cp.zeros(1, cp.int32)
        lt.spMMAPruneCheck(handle, product, A.data.ptr, valid.data.ptr)
        assert int(valid[0]) != 0
        valid.fill(0)
        lt.spMMAPrune(handle, product, A.data.ptr, A.data.ptr, lt.CUSPARSELT_PRUNE_SPMMA_TILE)
        lt.spMMAPruneCheck(handle, product, A.data.ptr, valid.data.ptr)
        pruned = (A + 0).get()
        assert int(valid[0]) == 0 and (np.count_nonzero(pruned.reshape(m, k // 4, 4), axis=2) <= 2).all()

        size, scratch = lt.spMMACompressedSize(handle, plan)
        compressed, buffer = cp.zeros(size, cp.uint8), cp.zeros(max(scratch, 1), cp.uint8)
        lt.spMMACompress(handle, plan, A.data.ptr, compressed.data.ptr, buffer.data.ptr)
        workspace = cp.zeros(max(lt.matmulGetWorkspace(handle, plan), 1), cp.uint8)
        one, zero = np.ones(1, np.float32), np.zeros(1, np.float32)
        lt.matmul(
            handle, plan, one.ctypes.data, compressed.data.ptr, B.data.ptr, zero.ctypes.data, C.data.ptr, C.data.ptr, workspace.data.ptr
        )
        got = (C + 0).get()
    want = np.maximum(pruned.astype(np.float64) @ b.astype(np.float64), 0)
    # Products of 64 numbers up to 1, rounded to half precision once.
    np.testing.assert_allclose(got, want, rtol=2e-3, atol=2e-3)
    for descriptor in (mat_a, mat_b, mat_c):
        lt.matDescriptorDestroy(descriptor)
    lt.matmulPlanDestroy(plan)
    lt.destroy(handle)


@on_a_gpu
def test_a_handle_of_nothing():
    """A handle that nobody initialized is an error with a name."""
    ready()
    with pytest.raises(cusparse.CuSparseError, match="CUSPARSE_STATUS_"):
        cusparselt.denseDescriptorInit(
            cusparselt.Handle(), cusparselt.MatDescriptor(), 16, 16, 16, 16, runtime.CUDA_R_16F, cusparse.CUSPARSE_ORDER_ROW
        )
