//! A value that is being made on another thread.

use crate::error::{Error, ErrorKind};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, mpsc};
use std::thread::{self, JoinHandle};

/// A value in the making; whoever needs it first waits for it.
pub(crate) struct Loading<T> {
    value: OnceLock<Result<T, Arc<Error>>>,
    thread: Mutex<Option<JoinHandle<Result<T, Error>>>>,
}

impl<T: Send + 'static> Loading<T> {
    /// Starts making the value.
    pub(crate) fn start(make: impl FnOnce() -> Result<T, Error> + Send + 'static) -> Loading<T> {
        Loading { value: OnceLock::new(), thread: Mutex::new(Some(thread::spawn(make))) }
    }

    /// Starts making the value on a thread that traces, and waits until a plugin may be opened beside it
    /// (see [`bering::ready_thread`]).
    pub(crate) fn start_ready(make: impl FnOnce() -> Result<T, Error> + Send + 'static) -> Loading<T> {
        let (ready, wait) = mpsc::channel();
        let loading = Loading::start(move || {
            bering::ready_thread();
            // Nobody waits any more only if the process is about to end.
            let _ = ready.send(());
            make()
        });
        let _ = wait.recv();
        loading
    }

    /// The value, waiting for it if need be. A failure is told again to everyone who asks.
    pub(crate) fn get(&self) -> Result<&T, Error> {
        let value = self.value.get_or_init(|| {
            let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
            let panicked =
                || Error::new(ErrorKind::Execution, "a thread that was loading the model panicked");
            match thread.map(JoinHandle::join) {
                Some(Ok(result)) => result.map_err(Arc::new),
                Some(Err(_)) | None => Err(Arc::new(panicked())),
            }
        });
        value.as_ref().map_err(Error::shared)
    }
}

/// Waits for the thread: a process that ended while a plugin is being loaded would run the destructors of libraries whose
/// constructors still run.
impl<T> Drop for Loading<T> {
    fn drop(&mut self) {
        let thread = self.thread.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        // What became of the value is of no interest any more.
        let _ = thread.map(JoinHandle::join);
    }
}
