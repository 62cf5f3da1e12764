//! `Stream`, `ExternalStream`, `Event`: the order of work.

use super::device_or_current;
use super::graph::Graph;
use crate::detach::compute;
use crate::interop::borrowed;
use cuprous_array::array::{flush, flush_device};
use cuprous_array::engine::place;
use cuprous_core::backend::backend;
use cuprous_core::device::{self, EventOptions, QueueOptions, is_any_captured};
use cuprous_core::{Error, Queue, Result};
use parking_lot::Mutex;
use pyo3::basic::CompareOp;
use pyo3::exceptions::{PyRuntimeError, PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyTuple, PyType};
use std::sync::Arc;
use std::thread::ThreadId;

/// A stream of work, which runs in order.
///
/// What waits on it is launched before an event is recorded or waited for, before it is synchronized, asked or named
/// by its pointer, and when another stream becomes the current one.
#[pyclass(frozen, subclass, weakref, module = "cuprous.cuda", name = "Stream")]
pub struct Stream {
    which: Which,
    /// What each thread goes back to, for each `with` that is open
    entered: Mutex<Vec<(ThreadId, Arc<Queue>)>>,
}

enum Which {
    /// The default stream of the device that is current when it is used
    Null,
    /// The calling thread's own stream of that device
    PerThread,
    This(Arc<Queue>),
}

impl Stream {
    fn new(which: Which) -> Stream {
        Stream { which, entered: Mutex::default() }
    }

    /// The object of a queue.
    pub fn of(queue: Arc<Queue>) -> Stream {
        Stream::new(Which::This(queue))
    }

    /// The queue that it means now, in this thread.
    ///
    /// # Errors
    /// `Device` if there is no current device.
    pub fn queue(&self) -> Result<Arc<Queue>> {
        match &self.which {
            // A per-thread stream is each thread's own, whoever got hold of the object.
            Which::This(queue) if queue.is_of_other_thread() => backend(queue.device.kind)?.thread_queue(queue.device),
            Which::This(queue) => Ok(queue.clone()),
            Which::Null => {
                let device = place::default_device()?;
                backend(device.kind)?.default_queue(device)
            }
            Which::PerThread => {
                let device = place::default_device()?;
                backend(device.kind)?.thread_queue(device)
            }
        }
    }

    /// Does something with the queue once everything that waits on it is launched.
    fn settled<T: Send>(&self, py: Python<'_>, f: impl FnOnce(&Arc<Queue>) -> Result<T> + Send) -> PyResult<T> {
        compute(py, || {
            let queue = self.queue()?;
            flush(&queue)?;
            f(&queue)
        })
    }

    /// Calls a Python function with these arguments once the work queued so far is done.
    fn call(&self, py: Python<'_>, callback: Py<PyAny>, arguments: Py<PyTuple>) -> PyResult<()> {
        let call = move || {
            // At the end of the process nobody is left to be called.
            Python::try_attach(|py| {
                let callback = callback.bind(py);
                if let Err(e) = callback.call1(arguments.bind(py).clone()) {
                    e.write_unraisable(py, Some(callback));
                }
            });
        };
        self.settled(py, |queue| {
            let b = backend(queue.device.kind)?;
            // What another library captures keeps nothing of ours.
            if is_any_captured() && b.is_capturing(queue)? {
                b.call_each_time(queue, Arc::new(call))
            } else {
                b.call_on_host(queue, Box::new(call))
            }
        })
    }
}

/// The queue of this thread on the current device.
///
/// # Errors
/// `Device` if there is no current device.
pub(super) fn current_queue(py: Python<'_>) -> PyResult<Arc<Queue>> {
    compute(py, || place::current_queue(place::default_device()?))
}

#[pymethods]
impl Stream {
    #[new]
    #[pyo3(signature = (null = false, non_blocking = false, ptds = false, priority = None))]
    fn create(py: Python<'_>, null: bool, non_blocking: bool, ptds: bool, priority: Option<i32>) -> PyResult<Stream> {
        match (null, ptds) {
            (true, true) => return Err(PyValueError::new_err("a stream is the null stream or the per-thread one, not both")),
            (true, false) => return Ok(Stream::new(Which::Null)),
            (false, true) => return Ok(Stream::new(Which::PerThread)),
            (false, false) => {}
        }
        let options = QueueOptions { non_blocking, priority: priority.unwrap_or(0) };
        let queue = compute(py, || {
            let device = place::default_device()?;
            backend(device.kind)?.new_queue(device, options)
        })?;
        Ok(Stream::of(queue))
    }

    /// The default stream of the current device.
    #[classattr]
    fn null() -> Stream {
        Stream::new(Which::Null)
    }

    /// The calling thread's own default stream of the current device.
    #[classattr]
    fn ptds() -> Stream {
        Stream::new(Which::PerThread)
    }

    /// The stream of another library's object, which it tells by `__cuda_stream__`.
    #[classmethod]
    fn from_external(cls: &Bound<'_, PyType>, obj: &Bound<'_, PyAny>) -> PyResult<Stream> {
        let py = cls.py();
        let told = match obj.getattr_opt(intern!(py, "__cuda_stream__"))? {
            Some(told) => told.call0()?,
            None => return Err(PyTypeError::new_err(format!("{} has no __cuda_stream__", obj.get_type().name()?))),
        };
        let (version, handle): (i64, u64) = told.extract()?;
        if version != 0 {
            return Err(PyValueError::new_err(format!("version {version} of the __cuda_stream__ protocol is not known")));
        }
        external(py, handle, -1)
    }

    /// Computes what waits on the stream and waits for it.
    fn synchronize(&self, py: Python<'_>) -> PyResult<()> {
        compute(py, || {
            place::before_synchronizing()?;
            let queue = self.queue()?;
            let flushed = flush(&queue);
            backend(queue.device.kind)?.synchronize(&queue)?;
            borrowed::give_back();
            flushed
        })
    }

    /// Whether all its work is done.
    #[getter]
    fn done(&self, py: Python<'_>) -> PyResult<bool> {
        self.settled(py, |queue| backend(queue.device.kind)?.is_idle(queue))
    }

    /// Sets an event behind the work queued so far, a new one if none is given, and returns it.
    #[pyo3(signature = (event = None))]
    fn record<'py>(&self, py: Python<'py>, event: Option<Bound<'py, Event>>) -> PyResult<Bound<'py, Event>> {
        let event = match event {
            Some(event) => event,
            None => {
                let made = self.settled(py, |queue| backend(queue.device.kind)?.new_event(queue.device, EventOptions::default()))?;
                Bound::new(py, Event { event: made })?
            }
        };
        let inner = &event.get().event;
        self.settled(py, |queue| inner.record(queue))?;
        Ok(event)
    }

    /// Makes later work of the stream start after an event.
    fn wait_event(&self, py: Python<'_>, event: &Bound<'_, Event>) -> PyResult<()> {
        let event = &event.get().event;
        self.settled(py, |queue| event.hold(queue))
    }

    /// Calls `callback(stream, status, arg)` once the work queued so far is done.
    fn add_callback(slf: &Bound<'_, Self>, callback: Py<PyAny>, arg: Py<PyAny>) -> PyResult<()> {
        let arguments = (slf, 0, arg).into_pyobject(slf.py())?.unbind();
        slf.get().call(slf.py(), callback, arguments)
    }

    /// Calls `callback(arg)` once the work queued so far is done.
    fn launch_host_func(&self, py: Python<'_>, callback: Py<PyAny>, arg: Py<PyAny>) -> PyResult<()> {
        let arguments = (arg,).into_pyobject(py)?.unbind();
        self.call(py, callback, arguments)
    }

    /// Makes it this thread's current stream of its device.
    fn r#use(slf: Bound<'_, Self>) -> PyResult<Bound<'_, Self>> {
        let stream = slf.get();
        compute(slf.py(), || place::use_queue(stream.queue()?).map(drop))?;
        Ok(slf)
    }

    /// The stream's handle: 0 for the default one.
    #[getter]
    fn ptr(&self, py: Python<'_>) -> PyResult<u64> {
        self.settled(py, |queue| Ok(queue.handle))
    }

    /// The number of its device.
    #[getter]
    fn device_id(&self, py: Python<'_>) -> PyResult<u16> {
        compute(py, || self.queue().map(|q| q.device.ordinal))
    }

    /// Whether it runs beside the default stream.
    #[getter]
    fn is_non_blocking(&self, py: Python<'_>) -> PyResult<bool> {
        compute(py, || self.queue().map(|q| q.options.non_blocking))
    }

    /// Its priority: lower numbers go first.
    #[getter]
    fn priority(&self, py: Python<'_>) -> PyResult<i32> {
        compute(py, || self.queue().map(|q| q.options.priority))
    }

    /// Begins to capture what is queued on it: it is remembered for a graph and not done. `mode` is one of
    /// ``runtime.streamCaptureMode...``, by default the relaxed one.
    #[pyo3(signature = (mode = None))]
    fn begin_capture(&self, py: Python<'_>, mode: Option<i32>) -> PyResult<()> {
        // cudaStreamCaptureModeRelaxed: our own calls for memory are forbidden by the others.
        let mode = mode.unwrap_or(2);
        self.settled(py, |queue| {
            if queue.handle <= 1 {
                return Err(Error::runtime("cannot capture on the default (legacy) stream"));
            }
            // Values of other queues too: what still waits would be part of the graph as it is now.
            flush_device(queue.device)?;
            backend(queue.device.kind)?.begin_capture(queue, mode)
        })
    }

    /// Ends that, and gives the graph.
    fn end_capture(&self, py: Python<'_>) -> PyResult<Graph> {
        let captured = compute(py, || {
            let queue = self.queue()?;
            // What waits belongs to the graph; the capture ends whether that fails or not.
            let flushed = flush(&queue);
            let captured = backend(queue.device.kind)?.end_capture(&queue);
            flushed.and(captured)
        })?;
        Ok(Graph::of(captured))
    }

    /// Whether its work is being captured into a graph.
    fn is_capturing(&self, py: Python<'_>) -> PyResult<bool> {
        compute(py, || {
            let queue = self.queue()?;
            backend(queue.device.kind)?.is_capturing(&queue)
        })
    }

    /// What other libraries for CUDA ask for: the version of the protocol and the handle.
    fn __cuda_stream__(&self, py: Python<'_>) -> PyResult<(i64, u64)> {
        Ok((0, self.ptr(py)?))
    }

    fn __enter__(slf: Bound<'_, Self>) -> PyResult<Bound<'_, Self>> {
        let stream = slf.get();
        let before = compute(slf.py(), || place::use_queue(stream.queue()?))?;
        stream.entered.lock().push((std::thread::current().id(), before));
        Ok(slf)
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(&self, py: Python<'_>, _exception: &Bound<'_, PyTuple>) -> PyResult<()> {
        let before = {
            let mut entered = self.entered.lock();
            let own = std::thread::current().id();
            entered.iter().rposition(|(thread, _)| *thread == own).map(|k| entered.remove(k).1)
        };
        match before {
            Some(queue) => compute(py, || place::use_queue(queue).map(drop)),
            None => Err(PyRuntimeError::new_err("a stream is left that was not entered")),
        }
    }

    fn __richcmp__(&self, py: Python<'_>, other: &Bound<'_, PyAny>, op: CompareOp) -> PyResult<Py<PyAny>> {
        let Ok(other) = other.cast::<Stream>() else { return Ok(py.NotImplemented()) };
        let other = other.get();
        let (a, b) = compute(py, || Ok((self.queue()?, other.queue()?)))?;
        match op {
            CompareOp::Eq => Ok(((a.device, a.handle) == (b.device, b.handle)).into_pyobject(py)?.to_owned().into_any().unbind()),
            CompareOp::Ne => Ok(((a.device, a.handle) != (b.device, b.handle)).into_pyobject(py)?.to_owned().into_any().unbind()),
            _ => Ok(py.NotImplemented()),
        }
    }

    fn __hash__(&self, py: Python<'_>) -> PyResult<u64> {
        compute(py, || self.queue().map(|q| q.handle))
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let queue = compute(py, || self.queue())?;
        Ok(format!("<Stream {} ({})>", queue.handle, queue.device))
    }
}

/// A stream that another library made and keeps.
#[pyclass(frozen, extends = Stream, module = "cuprous.cuda", name = "ExternalStream")]
pub struct ExternalStream {}

fn external(py: Python<'_>, handle: u64, device_id: i64) -> PyResult<Stream> {
    let device = device_or_current(py, device_id)?;
    compute(py, || backend(device.kind)?.external_queue(device, handle)).map(Stream::of)
}

#[pymethods]
impl ExternalStream {
    #[new]
    #[pyo3(signature = (ptr, device_id = -1))]
    fn create(py: Python<'_>, ptr: u64, device_id: i64) -> PyResult<PyClassInitializer<ExternalStream>> {
        Ok(PyClassInitializer::from(external(py, ptr, device_id)?).add_subclass(ExternalStream {}))
    }
}

/// A mark in the work of a stream.
#[pyclass(frozen, weakref, module = "cuprous.cuda", name = "Event")]
pub struct Event {
    event: Box<dyn device::Event>,
}

#[pymethods]
impl Event {
    #[new]
    #[pyo3(signature = (block = false, disable_timing = false, interprocess = false))]
    fn create(py: Python<'_>, block: bool, disable_timing: bool, interprocess: bool) -> PyResult<Event> {
        if interprocess && !disable_timing {
            return Err(PyValueError::new_err("an event for other processes needs disable_timing=True"));
        }
        let options = EventOptions { blocking: block, disable_timing, interprocess };
        let event = compute(py, || {
            let device = place::default_device()?;
            backend(device.kind)?.new_event(device, options)
        })?;
        Ok(Event { event })
    }

    /// Sets it behind the work that was queued on a stream so far, by default the current one.
    #[pyo3(signature = (stream = None))]
    fn record(slf: Bound<'_, Self>, stream: Option<&Bound<'_, Stream>>) -> PyResult<()> {
        let py = slf.py();
        match stream {
            Some(stream) => stream.get().record(py, Some(slf)).map(drop),
            None => get_current_stream(py, -1)?.record(py, Some(slf)).map(drop),
        }
    }

    /// Waits until the work before it is done.
    fn synchronize(&self, py: Python<'_>) -> PyResult<()> {
        compute(py, || {
            place::before_synchronizing()?;
            self.event.synchronize()
        })
    }

    /// Whether the work before it is done.
    #[getter]
    fn done(&self, py: Python<'_>) -> PyResult<bool> {
        compute(py, || self.event.is_done())
    }

    /// The event's handle.
    #[getter]
    fn ptr(&self) -> u64 {
        self.event.handle()
    }

    fn __richcmp__(&self, py: Python<'_>, other: &Bound<'_, PyAny>, op: CompareOp) -> PyResult<Py<PyAny>> {
        let Ok(other) = other.cast::<Event>() else { return Ok(py.NotImplemented()) };
        let is_same = self.ptr() == other.get().ptr();
        match op {
            CompareOp::Eq => Ok(is_same.into_pyobject(py)?.to_owned().into_any().unbind()),
            CompareOp::Ne => Ok((!is_same).into_pyobject(py)?.to_owned().into_any().unbind()),
            _ => Ok(py.NotImplemented()),
        }
    }

    fn __hash__(&self) -> u64 {
        self.ptr()
    }

    fn __repr__(&self) -> String {
        format!("<Event {:#x}>", self.ptr())
    }
}

/// The stream on which this thread's work on a device runs now, by default the current device.
#[pyfunction]
#[pyo3(signature = (device_id = -1))]
fn get_current_stream(py: Python<'_>, device_id: i64) -> PyResult<Stream> {
    let device = device_or_current(py, device_id)?;
    compute(py, || place::current_queue(device)).map(Stream::of)
}

/// The milliseconds between two events that have passed.
#[pyfunction]
fn get_elapsed_time(py: Python<'_>, start_event: &Bound<'_, Event>, end_event: &Bound<'_, Event>) -> PyResult<f32> {
    let (start, end) = (&start_event.get().event, &end_event.get().event);
    compute(py, || end.milliseconds_since(&**start))
}

/// Adds the classes and functions.
pub(super) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<Stream>()?;
    m.add_class::<ExternalStream>()?;
    m.add_class::<Event>()?;
    m.add_class::<Graph>()?;
    m.add_function(pyo3::wrap_pyfunction!(get_current_stream, m)?)?;
    m.add_function(pyo3::wrap_pyfunction!(get_elapsed_time, m)?)
}
