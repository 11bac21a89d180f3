//! Completion of asynchronous work, for threads that block and for tasks that `await`.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};

use crate::error::{Error, ErrorKind, Result};
use crate::raw::RawEvent;

/// Work that will be done: a transfer, an execution, a buffer becoming ready.
///
/// Dropping an event abandons the news, not the work. As a `Future` it needs no particular executor: the plugin's
/// thread wakes the task.
#[must_use = "an event tells whether the work succeeded"]
pub struct Event {
    state: State,
}

enum State {
    /// Nobody registered yet.
    Raw(RawEvent),
    /// A callback is registered and will fill the slot.
    Registered(Arc<Slot<()>>),
    /// The outcome was handed out.
    Taken,
}

impl Event {
    pub(crate) fn new(raw: RawEvent) -> Event {
        Event { state: State::Raw(raw) }
    }

    /// Whether the work is done, successfully or not.
    pub fn is_ready(&self) -> bool {
        match &self.state {
            // A plugin that cannot say is asked again by whoever waits.
            State::Raw(raw) => raw.is_ready().unwrap_or(false),
            State::Registered(slot) => slot.is_full(),
            State::Taken => true,
        }
    }

    /// Blocks until the work is done.
    ///
    /// # Errors
    /// What made the work fail.
    pub fn wait(self) -> Result<()> {
        match self.state {
            State::Raw(raw) => raw.wait(),
            State::Registered(slot) => slot.wait(),
            State::Taken => Err(taken()),
        }
    }

    /// Calls `callback` with the outcome: on this thread if the work is done, else on one of the plugin's threads.
    ///
    /// The callback must be short and must not block on other work of the same client, whose thread it may hold up. A
    /// panic in it is caught and goes no further.
    pub fn on_ready(self, callback: impl FnOnce(Result<()>) + Send + 'static) {
        match self.state {
            State::Raw(raw) => raw.on_ready(Box::new(callback)),
            State::Registered(slot) => slot.on_full(Box::new(callback)),
            State::Taken => callback(Err(taken())),
        }
    }
}

fn taken() -> Error {
    Error::new(ErrorKind::FailedPrecondition, "the event's outcome was already taken")
}

impl Future for Event {
    type Output = Result<()>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        match std::mem::replace(&mut self.state, State::Taken) {
            State::Raw(raw) => {
                if raw.is_ready().unwrap_or(false) {
                    return Poll::Ready(raw.wait());
                }
                let slot = Arc::new(Slot::default());
                let filled = slot.clone();
                raw.on_ready(Box::new(move |outcome| filled.fill(outcome)));
                self.state = State::Registered(slot);
                self.poll(cx)
            }
            State::Registered(slot) => match slot.poll(cx) {
                Poll::Ready(outcome) => Poll::Ready(outcome),
                Poll::Pending => {
                    self.state = State::Registered(slot);
                    Poll::Pending
                }
            },
            State::Taken => Poll::Ready(Err(taken())),
        }
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event").field("is_ready", &self.is_ready()).finish()
    }
}

/// Where a callback leaves an outcome for the one that waits for it, by blocking, polling or another callback.
pub(crate) struct Slot<T> {
    content: Mutex<Content<T>>,
    filled: Condvar,
}

struct Content<T> {
    outcome: Option<Result<T>>,
    full: bool,
    waker: Option<Waker>,
    callback: Option<Box<dyn FnOnce(Result<T>) + Send>>,
}

impl<T> Default for Slot<T> {
    fn default() -> Slot<T> {
        let content = Content { outcome: None, full: false, waker: None, callback: None };
        Slot { content: Mutex::new(content), filled: Condvar::new() }
    }
}

impl<T> Slot<T> {
    fn lock(&self) -> MutexGuard<'_, Content<T>> {
        // No code of others runs under the lock, so a poisoned one is still consistent.
        self.content.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Leaves the outcome and wakes whoever waits; foreign code runs after the lock is released.
    pub(crate) fn fill(&self, outcome: Result<T>) {
        let mut content = self.lock();
        content.full = true;
        let (waker, callback) = (content.waker.take(), content.callback.take());
        match callback {
            Some(callback) => {
                drop(content);
                callback(outcome);
            }
            None => {
                content.outcome = Some(outcome);
                drop(content);
                self.filled.notify_all();
            }
        }
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    pub(crate) fn is_full(&self) -> bool {
        self.lock().full
    }

    pub(crate) fn wait(&self) -> Result<T> {
        let content = self.lock();
        let mut content = self
            .filled
            .wait_while(content, |content| !content.full)
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        content.outcome.take().unwrap_or_else(|| Err(taken()))
    }

    pub(crate) fn on_full(&self, callback: Box<dyn FnOnce(Result<T>) + Send>) {
        let mut content = self.lock();
        match content.outcome.take() {
            Some(outcome) => {
                drop(content);
                callback(outcome);
            }
            None => content.callback = Some(callback),
        }
    }

    pub(crate) fn poll(&self, cx: &mut Context<'_>) -> Poll<Result<T>> {
        let mut content = self.lock();
        match content.outcome.take() {
            Some(outcome) => Poll::Ready(outcome),
            None => {
                content.waker = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }
}
