//! Values that a fork must not inherit.

use std::sync::atomic::{AtomicPtr, Ordering};

/// A value that each process makes for itself: what a fork inherits may be locked for ever, or be threads
/// that do not exist in the child. The parent's value is left alone there.
pub struct PerProcess<T> {
    current: AtomicPtr<(u32, T)>,
}

impl<T: Send + Sync> PerProcess<T> {
    /// Nothing yet.
    pub const fn new() -> PerProcess<T> {
        PerProcess { current: AtomicPtr::new(std::ptr::null_mut()) }
    }

    /// This process's value, made if there is none. Takes no lock.
    pub fn get(&self, make: impl FnOnce() -> T) -> &T {
        let pid = std::process::id();
        let found = self.current.load(Ordering::Acquire);
        // SAFETY: a non-null pointer came from `Box::into_raw` below, and nothing but our drop frees it.
        if let Some((owner, value)) = unsafe { found.as_ref() }
            && *owner == pid
        {
            return value;
        }
        let fresh = Box::into_raw(Box::new((pid, make())));
        match self.current.compare_exchange(found, fresh, Ordering::AcqRel, Ordering::Acquire) {
            // SAFETY: `fresh` is ours, just published, and lives until our drop.
            Ok(_) => unsafe { &(*fresh).1 },
            Err(other) => {
                // SAFETY: `fresh` was not published, so that this is its only pointer.
                drop(unsafe { Box::from_raw(fresh) });
                // SAFETY: whoever won published a value of this process, which lives until our drop.
                unsafe { &(*other).1 }
            }
        }
    }

    /// This process's value, if it was made.
    pub fn existing(&self) -> Option<&T> {
        // SAFETY: a non-null pointer came from `Box::into_raw` in `get`, and nothing but our drop frees it.
        let found = unsafe { self.current.load(Ordering::Acquire).as_ref() };
        found.filter(|(owner, _)| *owner == std::process::id()).map(|(_, value)| value)
    }
}

impl<T> Drop for PerProcess<T> {
    fn drop(&mut self) {
        let found = *self.current.get_mut();
        // SAFETY: as in `get`; `&mut self` excludes other users.
        if unsafe { found.as_ref() }.is_some_and(|(owner, _)| *owner == std::process::id()) {
            // SAFETY: it came from `Box::into_raw` and is freed once, here.
            drop(unsafe { Box::from_raw(found) });
        }
    }
}
