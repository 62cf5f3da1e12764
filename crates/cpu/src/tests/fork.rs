//! A forked child works on threads of its own.

use crate::threads::Threads;
use std::sync::atomic::{AtomicUsize, Ordering};

#[cfg(unix)]
#[test]
fn a_forked_child_has_its_own_pool() {
    let threads = Threads::new(3);
    let sum = |t: &Threads| {
        let total = AtomicUsize::new(0);
        t.for_each(
            100,
            usize::MAX,
            || (),
            |(), k| {
                total.fetch_add(k, Ordering::Relaxed);
            },
        );
        total.into_inner()
    };
    assert_eq!(sum(&threads), 4950);
    // SAFETY: the child runs only our own code, which takes no inherited lock, and leaves by `_exit`.
    let pid = unsafe { libc::fork() };
    if pid == 0 {
        let code = if sum(&threads) == 4950 { 0 } else { 1 };
        // SAFETY: ends the child without the parent's destructors.
        unsafe { libc::_exit(code) };
    }
    let mut status = 0;
    // SAFETY: `status` is ours and `pid` is our child.
    unsafe { libc::waitpid(pid, &mut status, 0) };
    assert_eq!(status, 0);
    assert_eq!(sum(&threads), 4950);
}
