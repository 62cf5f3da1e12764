//! Which allocator gives arrays their memory: one of the thread's scope, else one of the process, else the device's pool.

use cuprous_core::arena::SharedArena;
use parking_lot::RwLock;
use std::cell::RefCell;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many choices differ from the device's pool, in all threads: while there are none, the question costs one load.
static N_CHOSEN: AtomicUsize = AtomicUsize::new(0);
static OF_PROCESS: RwLock<Option<SharedArena>> = RwLock::new(None);

/// Scopes of this thread, innermost last; `None` in one of them is the device's pool.
struct Scopes(RefCell<Vec<Option<SharedArena>>>);

impl Drop for Scopes {
    fn drop(&mut self) {
        N_CHOSEN.fetch_sub(self.0.get_mut().len(), Ordering::Relaxed);
    }
}

thread_local! {
    static SCOPES: Scopes = const { Scopes(RefCell::new(Vec::new())) };
}

/// The allocator that memory asked for now comes from; none is the device's own pool.
#[inline]
pub fn allocator() -> Option<SharedArena> {
    if N_CHOSEN.load(Ordering::Relaxed) == 0 { None } else { chosen() }
}

#[cold]
fn chosen() -> Option<SharedArena> {
    let scoped = SCOPES.try_with(|s| s.0.borrow().last().cloned()).ok().flatten();
    scoped.unwrap_or_else(|| OF_PROCESS.read().clone())
}

/// Takes the memory of all threads' arrays from an allocator from now on, or again from the devices' pools.
pub fn set_allocator(allocator: Option<SharedArena>) {
    let is_some = allocator.is_some();
    // Counted before it can be found, and off after: nobody misses it.
    N_CHOSEN.fetch_add(usize::from(is_some), Ordering::Relaxed);
    let before = std::mem::replace(&mut *OF_PROCESS.write(), allocator);
    N_CHOSEN.fetch_sub(usize::from(before.is_some()), Ordering::Relaxed);
}

/// Takes the memory of this thread's arrays from an allocator until [`leave_scope`].
pub fn enter_scope(allocator: Option<SharedArena>) {
    N_CHOSEN.fetch_add(1, Ordering::Relaxed);
    SCOPES.with(|s| s.0.borrow_mut().push(allocator));
}

/// Ends the innermost scope of this thread, if there is one.
pub fn leave_scope() {
    let left = SCOPES.with(|s| s.0.borrow_mut().pop());
    N_CHOSEN.fetch_sub(usize::from(left.is_some()), Ordering::Relaxed);
}
