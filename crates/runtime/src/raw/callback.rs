//! Running Rust code from a plugin's callback, on a thread that belongs to the plugin.
//!
//! Two rules hold there: a panic must not unwind into C, and a client must not be destroyed, because a client joins its
//! threads and would wait for the very one that runs the callback. [`guarded`] enforces the first and marks the thread,
//! so that [`ClientHandle`](super::ClientHandle) can obey the second.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

thread_local! {
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

/// Runs `body`, swallowing a panic (its message has been printed by the panic hook by then).
pub(super) fn guarded(body: impl FnOnce()) {
    DEPTH.set(DEPTH.get() + 1);
    if let Err(payload) = catch_unwind(AssertUnwindSafe(body)) {
        // Dropping the payload may run user code that panics again.
        std::mem::forget(payload);
    }
    DEPTH.set(DEPTH.get() - 1);
}

/// Whether this thread is inside a plugin's callback.
pub(super) fn active() -> bool {
    DEPTH.get() > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_ends_here_and_the_mark_goes() {
        guarded(|| {
            assert!(active());
            std::panic::resume_unwind(Box::new("thrown by a callback"));
        });
        assert!(!active());
    }
}
