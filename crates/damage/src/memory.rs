//! What a thread asks of the allocator: the one module of this crate with `unsafe` in it.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// The system's allocator, with each thread's bytes counted.
struct Counting;

#[global_allocator]
static COUNTING: Counting = Counting;

thread_local! {
    // No destructors and no lazy values: these are used while a thread begins and ends.
    static LIVE: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

/// Counts what was asked for; what is given counts as held until it is given back.
fn count(bytes: usize, block: *mut u8) -> *mut u8 {
    let live = LIVE.get().saturating_add_unsigned(bytes);
    PEAK.set(PEAK.get().max(live));
    if !block.is_null() {
        LIVE.set(live);
    }
    block
}

fn uncount(bytes: usize) {
    LIVE.set(LIVE.get().saturating_sub_unsigned(bytes));
}

// SAFETY: every call goes to `System` as it came, which keeps `GlobalAlloc`'s contract; counting neither allocates nor panics (its
// sums saturate, and a `Cell` without a destructor is there for the whole of a thread).
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as this function was called.
        count(layout.size(), unsafe { System.alloc(layout) })
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as this function was called.
        count(layout.size(), unsafe { System.alloc_zeroed(layout) })
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        uncount(layout.size());
        // SAFETY: as this function was called.
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as this function was called.
        let new = count(size, unsafe { System.realloc(block, layout, size) });
        if !new.is_null() {
            uncount(layout.size());
        }
        new
    }
}

/// The result of `run`, and the most bytes that this thread held more than before during it.
pub(crate) fn peak<T>(run: impl FnOnce() -> T) -> (T, usize) {
    let before = LIVE.get();
    PEAK.set(before);
    let result = run();
    (result, usize::try_from(PEAK.get() - before).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_held_at_once_counts() {
        let (_, bytes) = peak(|| {
            drop(vec![0u8; 1000]);
            drop(vec![1u8; 3000]);
        });
        assert!((3000..4000).contains(&bytes), "{bytes}");
        // A failed request counts, too: it was asked for.
        let (failed, bytes) = peak(|| Vec::<u8>::new().try_reserve_exact(isize::MAX as usize).is_err());
        assert!(failed && bytes >= isize::MAX as usize / 2, "{bytes}");
    }
}
