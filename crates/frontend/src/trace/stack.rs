//! The traces that are being made on a thread, the innermost last, and the names of scopes.

use super::Trace;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

thread_local! {
    static CURRENT: RefCell<Vec<Rc<Trace>>> = const { RefCell::new(Vec::new()) };
    /// The trace of tensors that belong to none.
    static DETACHED: Rc<Trace> = {
        let trace = Trace::new("", None);
        trace.state.borrow_mut().open = false;
        Rc::new(trace)
    };
}

/// The trace of tensors that belong to none: it only ever yields placeholders.
pub(crate) fn detached() -> Rc<Trace> {
    DETACHED.with(Rc::clone)
}

/// The innermost trace being made on this thread.
pub(crate) fn current() -> Option<Rc<Trace>> {
    CURRENT.with(|stack| stack.borrow().last().cloned())
}

/// The current trace, or one that only ever yields placeholders.
pub(crate) fn current_or_none() -> Rc<Trace> {
    current().unwrap_or_else(detached)
}

/// Keeps a trace on the thread's stack; drops it also when the closure unwinds.
pub(super) struct Entered;

impl Entered {
    pub(super) fn new(trace: Rc<Trace>) -> Entered {
        CURRENT.with(|stack| stack.borrow_mut().push(trace));
        Entered
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        CURRENT.with(|stack| stack.borrow_mut().pop());
    }
}

/// Restores the scope that was there before.
pub(crate) struct Scoped {
    trace: Rc<Trace>,
    outer: Option<Arc<str>>,
}

impl Scoped {
    pub(super) fn new(trace: Rc<Trace>, name: &str) -> Scoped {
        let mut state = trace.state.borrow_mut();
        let inner = match &state.scope {
            Some(outer) => format!("{outer}/{name}").into(),
            None => name.into(),
        };
        let outer = state.scope.replace(inner);
        drop(state);
        Scoped { trace, outer }
    }
}

impl Drop for Scoped {
    fn drop(&mut self) {
        self.trace.state.borrow_mut().scope = self.outer.take();
    }
}
