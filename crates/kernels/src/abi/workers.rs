//! Sharing a call's work with XLA's own thread pool.
//!
//! Work comes in steps, each cut into pieces. The calling thread and the pool's threads take pieces from one counter until none
//! is left, wait until those under way are done, and go on to the next step together: threads are woken once a call,
//! not once a step. The caller never waits for a task to *start*, only for pieces that are under way, so a pool of one
//! thread, or one that is busy with other calls that wait the same way, cannot deadlock.

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
    steps: Vec<Step>,
    panicked: AtomicBool,
    run: *const (dyn Fn(usize, usize) + Sync),
}

/// How far a step is. On cache lines of its own, as all threads write to the one under way.
#[repr(align(128))]
struct Step {
    pieces: usize,
    next: AtomicUsize,
    done: AtomicUsize,
}

// SAFETY: `run` points to a `Sync` closure, and the counters are atomic.
unsafe impl Send for Shared {}
// SAFETY: as above.
unsafe impl Sync for Shared {}

impl Shared {
    /// Takes part in every step; returns when all are done.
    fn work(&self) {
        for (index, step) in self.steps.iter().enumerate() {
            self.take_pieces(index, step);
            step.wait();
        }
    }

    fn take_pieces(&self, index: usize, step: &Step) {
        // A thread that comes late looks before it takes: it would only push the counter of a step that is long done.
        while step.next.load(Ordering::Relaxed) < step.pieces {
            let piece = step.next.fetch_add(1, Ordering::Relaxed);
            if piece >= step.pieces {
                return;
            }
            // SAFETY: the closure lives until the last step's `done` reaches its `pieces`, which cannot happen before
            // this piece is done, as every thread waits for all pieces of a step before it takes one of the next.
            let run = unsafe { &*self.run };
            if catch_unwind(AssertUnwindSafe(|| run(index, piece))).is_err() {
                self.panicked.store(true, Ordering::Relaxed);
            }
            step.done.fetch_add(1, Ordering::Release);
        }
    }
}

impl Step {
    /// Waits until every piece is done, and so sees what the pieces wrote.
    fn wait(&self) {
        let mut spins = 0_u32;
        while self.done.load(Ordering::Acquire) < self.pieces {
            spins += 1;
            if spins.is_multiple_of(1024) { std::thread::yield_now() } else { std::hint::spin_loop() }
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
        self.for_each_step(&[pieces], &|_, piece| run(piece))
    }

    /// Runs `run(step, piece)` for every `piece < steps[step]`, on this thread and the pool's, one step after another: what
    /// one writes the next may read. Returns when all are done.
    ///
    /// # Errors
    /// When a piece panicked; the others run all the same.
    pub fn for_each_step(&self, steps: &[usize], run: &(dyn Fn(usize, usize) + Sync)) -> Result<(), String> {
        let most = steps.iter().copied().max().unwrap_or(0);
        let helpers = self.threads().min(most).saturating_sub(1);
        // SAFETY: only the lifetime is erased; see `Shared::take_pieces` for why the closure is not used after we return.
        let run: *const (dyn Fn(usize, usize) + Sync) =
            unsafe { std::mem::transmute(std::ptr::from_ref(run)) };
        let step = |&pieces| Step { pieces, next: AtomicUsize::new(0), done: AtomicUsize::new(0) };
        let steps = steps.iter().map(step).collect();
        let shared = Arc::new(Shared { steps, panicked: AtomicBool::new(false), run });
        for _ in 0..helpers {
            self.schedule(Arc::clone(&shared));
        }
        shared.work();
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
