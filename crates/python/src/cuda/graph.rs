//! `Graph`: work that was captured from a stream.

use super::stream::{self, Stream};
use crate::detach::compute;
use cuprous_array::array::flush_device;
use cuprous_core::device;
use cuprous_core::{Queue, Result};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyTuple, PyType};
use std::sync::Arc;

/// Work that was captured from a stream and can be launched as often as one likes.
///
/// What it reads and writes lives as long as it; each launch reads its operands as they are then. Made by
/// ``Stream.end_capture``.
#[pyclass(frozen, weakref, module = "cuprous.cuda", name = "Graph")]
pub struct Graph {
    inner: Box<dyn device::Graph>,
}

impl Graph {
    /// The object of a graph.
    pub fn of(inner: Box<dyn device::Graph>) -> Graph {
        Graph { inner }
    }

    fn queue(py: Python<'_>, stream: Option<&Bound<'_, Stream>>) -> PyResult<Arc<Queue>> {
        match stream {
            Some(stream) => {
                let stream = stream.get();
                compute(py, || stream.queue())
            }
            None => stream::current_queue(py),
        }
    }

    /// Does something on a queue with nothing waiting anywhere on its device: what waits may read what the graph writes.
    fn after_all(
        &self,
        py: Python<'_>,
        queue: Arc<Queue>,
        f: impl FnOnce(&dyn device::Graph, &Queue) -> Result<()> + Send,
    ) -> PyResult<()> {
        let inner = &*self.inner;
        compute(py, || {
            flush_device(queue.device)?;
            f(inner, &queue)
        })
    }
}

#[pymethods]
impl Graph {
    #[new]
    #[classmethod]
    #[pyo3(signature = (*_args, **_kwargs))]
    fn create(_cls: &Bound<'_, PyType>, _args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, pyo3::types::PyDict>>) -> PyResult<Graph> {
        Err(PyTypeError::new_err("a graph is made by Stream.begin_capture() and Stream.end_capture()"))
    }

    /// Queues its work on a stream, by default the current one.
    #[pyo3(signature = (stream = None))]
    fn launch(&self, py: Python<'_>, stream: Option<&Bound<'_, Stream>>) -> PyResult<()> {
        let queue = Graph::queue(py, stream)?;
        self.after_all(py, queue, |graph, queue| graph.launch(queue))
    }

    /// Prepares the device, so that the first launch is as fast as the others.
    #[pyo3(signature = (stream = None))]
    fn upload(&self, py: Python<'_>, stream: Option<&Bound<'_, Stream>>) -> PyResult<()> {
        let queue = Graph::queue(py, stream)?;
        self.after_all(py, queue, |graph, queue| graph.upload(queue))
    }

    /// A drawing of it in the language of Graphviz; `flags` are those of ``cudaGraphDebugDotFlags``.
    #[pyo3(signature = (flags = 0))]
    fn debug_dot_str(&self, py: Python<'_>, flags: u32) -> PyResult<String> {
        let directory = py.import("tempfile")?.call_method0("mkdtemp")?.extract::<std::path::PathBuf>()?;
        let path = directory.join("graph.dot");
        let inner = &*self.inner;
        let text = compute(py, || {
            inner.describe(&path.display().to_string(), flags)?;
            std::fs::read_to_string(&path).map_err(|e| cuprous_core::Error::io(e.to_string()))
        });
        // What is left of the drawing is of no use to anybody.
        let _ = std::fs::remove_dir_all(&directory);
        text
    }

    /// The handle of the graph.
    #[getter]
    fn graph(&self) -> u64 {
        self.inner.handles().0
    }

    /// The handle of what is launched.
    #[getter(graphExec)]
    fn exec(&self) -> u64 {
        self.inner.handles().1
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(super::no_pickle("a graph"))
    }

    /// What calls to the host hold is kept by the graph itself.
    #[getter]
    fn host_funcargs<'py>(&self, py: Python<'py>) -> Bound<'py, PyTuple> {
        PyTuple::empty(py)
    }
}
