//! Sharing a call's work with XLA's own thread pool.
//!
//! The calling thread and the pool's threads take pieces from one counter until none is left. The caller never waits for
//! a task to *start*, only for pieces that are under way, so a pool of one thread, or one that is busy with other
//! calls that wait the same way, cannot deadlock.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use bering_pjrt_sys as sys;
use sys::Versioned;

/// The threads one call may use.
#[derive(Clone, Copy)]
pub struct Workers<'a> {
    frame: &'a sys::XLA_FFI_CallFrame,
}

/// Work that outlives the call only as an empty shell: after the last piece nobody touches `run` any more.
struct Shared {
    next: AtomicUsize,
    done: AtomicUsize,
    pieces: usize,
    panicked: AtomicBool,
    run: *const (dyn Fn(usize) + Sync),
}

// SAFETY: `run` points to a `Sync` closure, and the counters are atomic.
unsafe impl Send for Shared {}
// SAFETY: as above.
unsafe impl Sync for Shared {}

impl Shared {
    fn work(&self) {
        loop {
            let piece = self.next.fetch_add(1, Ordering::Relaxed);
            if piece >= self.pieces {
                return;
            }
            // SAFETY: the closure lives until `done` reaches `pieces`, which cannot happen before this piece is done.
            let run = unsafe { &*self.run };
            if catch_unwind(AssertUnwindSafe(|| run(piece))).is_err() {
                self.panicked.store(true, Ordering::Relaxed);
            }
            self.done.fetch_add(1, Ordering::Release);
        }
    }
}

impl<'a> Workers<'a> {
    pub(super) fn new(frame: &'a sys::XLA_FFI_CallFrame) -> Self {
        Self { frame }
    }

    /// How many threads the pool has; 1 if there is none.
    pub fn threads(&self) -> usize {
        let mut threads = 0_i64;
        let mut args = sys::XLA_FFI_ThreadPool_NumThreads_Args::versioned();
        args.ctx = self.frame.ctx;
        args.num_threads = &raw mut threads;
        // SAFETY: the table and the context are XLA's and valid during the call; an error is destroyed below.
        unsafe {
            let Some(count) = (*self.frame.api).XLA_FFI_ThreadPool_NumThreads else { return 1 };
            let error = count(&raw mut args);
            if !error.is_null() {
                self.drop_error(error);
                return 1;
            }
        }
        usize::try_from(threads).unwrap_or(1).max(1)
    }

    /// Runs `run(piece)` for every `piece < pieces`, on this thread and the pool's; returns when all are done.
    ///
    /// # Errors
    /// When a piece panicked.
    pub fn for_each(&self, pieces: usize, run: &(dyn Fn(usize) + Sync)) -> Result<(), String> {
        let helpers = self.threads().min(pieces).saturating_sub(1);
        // SAFETY: only the lifetime is erased; see `Shared::work` for why the closure is not used after we return.
        let run: *const (dyn Fn(usize) + Sync) = unsafe { std::mem::transmute(std::ptr::from_ref(run)) };
        let shared = Arc::new(Shared {
            next: AtomicUsize::new(0),
            done: AtomicUsize::new(0),
            pieces,
            panicked: AtomicBool::new(false),
            run,
        });
        for _ in 0..helpers {
            self.schedule(Arc::clone(&shared));
        }
        shared.work();
        let mut spins = 0_u32;
        while shared.done.load(Ordering::Acquire) < pieces {
            spins += 1;
            if spins.is_multiple_of(1024) { std::thread::yield_now() } else { std::hint::spin_loop() }
        }
        if shared.panicked.load(Ordering::Relaxed) {
            Err("a piece of the work panicked".to_owned())
        } else {
            Ok(())
        }
    }

    fn schedule(&self, shared: Arc<Shared>) {
        let data = Arc::into_raw(shared);
        let mut args = sys::XLA_FFI_ThreadPool_Schedule_Args::versioned();
        args.ctx = self.frame.ctx;
        args.task = Some(task);
        args.data = data.cast_mut().cast();
        // SAFETY: the table and the context are XLA's; the pool calls `task` once with `data`, unless there is an error.
        unsafe {
            let error = match (*self.frame.api).XLA_FFI_ThreadPool_Schedule {
                Some(schedule) => schedule(&raw mut args),
                None => return drop(Arc::from_raw(data)),
            };
            if !error.is_null() {
                // No pool: the calling thread does it all.
                drop(Arc::from_raw(data));
                self.drop_error(error);
            }
        }
    }

    /// # Safety
    /// `error` comes from the table and is not used again.
    unsafe fn drop_error(&self, error: *mut sys::XLA_FFI_Error) {
        let mut args = sys::XLA_FFI_Error_Destroy_Args::versioned();
        args.error = error;
        // SAFETY: granted by the caller.
        unsafe {
            if let Some(destroy) = (*self.frame.api).XLA_FFI_Error_Destroy {
                destroy(&raw mut args);
            }
        }
    }
}

/// # Safety
/// `data` is an `Arc<Shared>` given up by `schedule`.
unsafe extern "C" fn task(data: *mut std::ffi::c_void) {
    // SAFETY: granted by the caller.
    let shared = unsafe { Arc::from_raw(data.cast_const().cast::<Shared>()) };
    shared.work();
}
