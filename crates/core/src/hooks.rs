//! Who wants to hear of memory that is taken and given back: hooks of one thread, told by the pools.

use crate::{Device, Result};
use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What happens to memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A pool asks the system
    BeforeAlloc,
    /// It got what it asked for
    AfterAlloc,
    /// Somebody asks a pool
    BeforeMalloc,
    /// He got it, or nothing: then the address is 0
    AfterMalloc,
    /// A block goes back to its pool
    BeforeFree,
    /// It went
    AfterFree,
}

/// A piece of memory that a hook hears of.
#[derive(Clone, Copy, Debug)]
pub struct Piece {
    /// Where it lies
    pub device: Device,
    /// The bytes that were asked for
    pub size: usize,
    /// The bytes that the pool takes for them
    pub rounded: usize,
    /// Where it begins; 0 while that is not known
    pub address: usize,
}

/// Hears of memory.
pub trait Hook: Send + Sync {
    /// Called without any lock. An error before memory is taken keeps it from being taken.
    fn notice(&self, step: Step, piece: &Piece) -> Result<()>;
}

/// Hooks of all threads: while there are none, a pool's question costs one load.
static N_HOOKS: AtomicUsize = AtomicUsize::new(0);

struct Hooks(RefCell<Vec<Arc<dyn Hook>>>);

impl Drop for Hooks {
    fn drop(&mut self) {
        N_HOOKS.fetch_sub(self.0.get_mut().len(), Ordering::Relaxed);
    }
}

thread_local! {
    static HOOKS: Hooks = const { Hooks(RefCell::new(Vec::new())) };
    /// What a hook does itself is not told
    static TELLING: Cell<bool> = const { Cell::new(false) };
}

/// Whether hooks of this thread are to be told.
#[inline]
pub fn are_here() -> bool {
    N_HOOKS.load(Ordering::Relaxed) != 0 && of_this_thread()
}

#[cold]
fn of_this_thread() -> bool {
    !TELLING.get() && HOOKS.try_with(|h| !h.0.borrow().is_empty()).unwrap_or(false)
}

/// Adds a hook to this thread's.
pub fn add(hook: Arc<dyn Hook>) {
    N_HOOKS.fetch_add(1, Ordering::Relaxed);
    HOOKS.with(|h| h.0.borrow_mut().push(hook));
}

/// Removes a hook from this thread's; whether it was one.
pub fn remove(hook: &Arc<dyn Hook>) -> bool {
    let at = |hooks: &Hooks| {
        let mut hooks = hooks.0.borrow_mut();
        let k = hooks.iter().position(|h| Arc::as_ptr(h).cast::<()>() == Arc::as_ptr(hook).cast::<()>())?;
        Some(hooks.remove(k))
    };
    let removed = HOOKS.with(at);
    N_HOOKS.fetch_sub(usize::from(removed.is_some()), Ordering::Relaxed);
    removed.is_some()
}

/// Tells this thread's hooks, in the order in which they were added.
///
/// # Errors
/// That of the first hook that fails; the others are told all the same.
#[cold]
pub fn tell(step: Step, piece: &Piece) -> Result<()> {
    struct Guard;
    impl Drop for Guard {
        fn drop(&mut self) {
            TELLING.set(false);
        }
    }
    if TELLING.replace(true) {
        return Ok(());
    }
    let _guard = Guard;
    let hooks = HOOKS.try_with(|h| h.0.borrow().clone()).unwrap_or_default();
    let results: Vec<Result<()>> = hooks.iter().map(|hook| hook.notice(step, piece)).collect();
    results.into_iter().collect()
}

/// Takes memory between the two tellings of it. `address_of` says where the result lies; it goes by `give_back` if a hook
/// fails afterwards.
///
/// # Errors
/// Those of the hooks and of the taking.
#[cold]
pub fn around<T>(
    before: Step,
    after: Step,
    mut piece: Piece,
    take: impl FnOnce() -> Result<T>,
    address_of: impl FnOnce(&T) -> usize,
    give_back: impl FnOnce(&T),
) -> Result<T> {
    tell(before, &piece)?;
    let taken = take();
    piece.address = taken.as_ref().map_or(0, address_of);
    let told = tell(after, &piece);
    let taken = taken?;
    match told {
        Ok(()) => Ok(taken),
        Err(e) => {
            give_back(&taken);
            Err(e)
        }
    }
}

/// Gives memory back between the two tellings of it, whatever the hooks say: who drops memory cannot be told of errors.
#[cold]
pub fn around_free(piece: &Piece, free: impl FnOnce()) {
    let _ = tell(Step::BeforeFree, piece);
    free();
    let _ = tell(Step::AfterFree, piece);
}
