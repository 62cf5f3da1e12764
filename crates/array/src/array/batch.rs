//! Many small values at once: those whose programs are equal share launches.

use super::node::Node;
use super::pending;
use super::plan::{self, Gathered};
use cuprous_core::backend::{Backend, backend};
use cuprous_core::kernel::Launch;
use cuprous_core::{Error, Queue, Result};
use smallvec::SmallVec;
use std::sync::{Arc, Weak};

/// Programs that are gathered before they are launched: enough to pay, few enough that other threads need not wait long.
const MAX_PLANS: usize = 256;

/// Values of one queue that are being computed. Claims of equal programs are collected; they are launched before
/// anything else is waited for or computed.
pub(super) struct Batch<'a> {
    queue: &'a Queue,
    backend: &'static dyn Backend,
    small: usize,
    plans: Vec<(Arc<Node>, Gathered)>,
    first_error: Option<Error>,
}

impl<'a> Batch<'a> {
    pub fn new(queue: &'a Queue) -> Result<Batch<'a>> {
        let backend = backend(queue.device.kind)?;
        // A queue of another thread is waited for around each launch.
        let small = if queue.is_of_other_thread() { 0 } else { backend.shares_launches_below() };
        Ok(Batch { queue, backend, small, plans: Vec::new(), first_error: None })
    }

    /// Computes a value as part of the program of what was made from it, now or with others like it.
    pub fn add(&mut self, weak: &Weak<Node>) {
        loop {
            let Some(mut top) = weak.upgrade().filter(|n| n.storage().is_none()) else { return };
            while let Some(next) = top.pending_consumer() {
                top = next;
            }
            if top.layout.size() == 0 || top.layout.size() > self.small || top.queue.id != self.queue.id {
                return self.alone(weak);
            }
            match plan::try_gather(&top) {
                // Computed by now: the value itself, or what holds it was not stored with it.
                Ok(None) if self.plans.is_empty() => return self.alone(weak),
                Ok(None) => self.run(),
                Ok(Some(plan)) => {
                    if self.plans.first().is_some_and(|(_, first)| first.program != plan.program) {
                        self.run();
                    }
                    self.plans.push((top, plan));
                    if self.plans.len() == MAX_PLANS {
                        self.run();
                    }
                    return;
                }
                // What is in the way may be one of ours.
                Err(()) if self.plans.is_empty() => return self.alone(weak),
                Err(()) => self.run(),
            }
        }
    }

    fn alone(&mut self, weak: &Weak<Node>) {
        self.run();
        if let Err(e) = pending::force_with_consumers(weak) {
            self.first_error.get_or_insert(e);
        }
    }

    /// Launches what was collected.
    fn run(&mut self) {
        let plans = std::mem::take(&mut self.plans);
        if plans.is_empty() {
            return;
        }
        match self.launch(&plans) {
            Ok(storages) => plans.into_iter().zip(storages).for_each(|((_, plan), storages)| plan.publish(storages)),
            Err(_) => {
                // One by one each finds its own way out, or its own error.
                let tops: Vec<Weak<Node>> = plans.iter().map(|(top, _)| Arc::downgrade(top)).collect();
                plans.into_iter().for_each(|(_, plan)| plan.release());
                for top in &tops {
                    if let Err(e) = pending::force_with_consumers(top) {
                        self.first_error.get_or_insert(e);
                    }
                }
            }
        }
    }

    fn launch(&self, plans: &[(Arc<Node>, Gathered)]) -> Result<Vec<Vec<Arc<super::Storage>>>> {
        let b = self.backend;
        // What fails half-way is computed again from the operands, which therefore keep their memory.
        let storages = plans.iter().map(|(top, plan)| plan.allocate(b, &top.queue, false)).collect::<Result<Vec<_>>>()?;
        let outputs = plans.iter().zip(&storages).map(|((_, plan), s)| plan.outputs(s)).collect::<Result<Vec<_>>>()?;
        let inputs = plans.iter().map(|(top, plan)| plan.inputs(b, &top.queue)).collect::<Result<Vec<_>>>()?;
        let launches: SmallVec<[Launch; 1]> = plans
            .iter()
            .zip(inputs.iter().zip(&outputs))
            .map(|((top, plan), (inputs, outputs))| {
                plan::log(plan, &top.layout.shape, self.queue);
                Launch { shape: &top.layout.shape, inputs, outputs, parameters: &plan.parameters, queue: self.queue }
            })
            .collect();
        debug_assert!(launches.iter().all(|l| l.check().is_ok()));
        match &launches[..] {
            [one] => b.elementwise(&plans[0].1.program, one)?,
            all => b.elementwise_many(&plans[0].1.program, all)?,
        }
        drop(launches);
        drop(outputs);
        Ok(storages)
    }

    /// Launches what is left; the first error of all.
    pub fn finish(mut self) -> Result<()> {
        self.run();
        self.first_error.take().map_or(Ok(()), Err)
    }
}
