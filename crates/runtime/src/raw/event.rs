//! Events: completion of asynchronous work, awaited by blocking or told by a callback.

use std::ffi::c_void;
use std::ptr::NonNull;
use std::sync::Arc;

use bering_pjrt_sys::{self as sys, Versioned};

use super::api::call;
use super::{ClientHandle, callback};
use crate::error::Result;

/// An owned `PJRT_Event`.
pub(crate) struct RawEvent {
    ptr: NonNull<sys::PJRT_Event>,
    client: Arc<ClientHandle>,
}

// SAFETY: an event is a future of the plugin: waiting, asking and registering callbacks are meant for any thread
// (pjrt_c_api.h: it is set by the plugin's threads while callers wait on theirs).
unsafe impl Send for RawEvent {}
// SAFETY: as above; `Await`, `IsReady` and `Error` do not change what the caller can observe of the event.
unsafe impl Sync for RawEvent {}

/// Told the outcome once the event is ready.
type Callback = Box<dyn FnOnce(Result<()>) + Send>;

/// What a registered callback needs. Both the registration and the callback hold it, so that the event is destroyed
/// after both are through: the callback may run, and end, while the registering call is still on the stack.
struct Registration {
    event: RawEvent,
    callback: std::sync::Mutex<Option<Callback>>,
}

impl RawEvent {
    /// # Safety
    /// `ptr` is an event of `client`'s plugin, handed over by it.
    pub(super) unsafe fn new(client: &Arc<ClientHandle>, ptr: NonNull<sys::PJRT_Event>) -> RawEvent {
        RawEvent { ptr, client: client.clone() }
    }

    /// Whether the work is done, successfully or not.
    pub(crate) fn is_ready(&self) -> Result<bool> {
        let mut args = sys::PJRT_Event_IsReady_Args::versioned();
        args.event = self.ptr.as_ptr();
        // SAFETY: the event is live: `self` owns it.
        unsafe { call!(self.client.api, PJRT_Event_IsReady, &mut args)? };
        Ok(args.is_ready)
    }

    /// Blocks until the work is done; its outcome.
    pub(crate) fn wait(&self) -> Result<()> {
        let mut args = sys::PJRT_Event_Await_Args::versioned();
        args.event = self.ptr.as_ptr();
        // SAFETY: the event is live: `self` owns it.
        unsafe { call!(self.client.api, PJRT_Event_Await, &mut args) }
    }

    /// Calls `callback` with the outcome, on this thread (if the work is done) or on one of the plugin's.
    pub(crate) fn on_ready(self, callback: Callback) {
        let api = self.client.api;
        let registration = Arc::new(Registration { event: self, callback: Some(callback).into() });
        let mut args = sys::PJRT_Event_OnReady_Args::versioned();
        args.event = registration.event.ptr.as_ptr();
        args.callback = Some(on_ready);
        args.user_arg = Arc::into_raw(registration.clone()).cast_mut().cast();
        // SAFETY: the event is live, and stays so until both `registration` here and the one behind `user_arg` are
        // gone; the plugin calls `on_ready` once.
        let registered = unsafe { call!(api, PJRT_Event_OnReady, &mut args) };
        if let Err(error) = registered {
            // The plugin refused, so its callback never comes: nobody else takes the count back.
            // SAFETY: `user_arg` came from `into_raw` above and is given back once.
            drop(unsafe { Arc::from_raw(args.user_arg.cast::<Registration>()) });
            registration.complete(Err(error));
        }
    }
}

impl Registration {
    fn complete(&self, outcome: Result<()>) {
        let callback = self.callback.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).take();
        if let Some(callback) = callback {
            callback(outcome);
        }
    }
}

/// What the plugin calls.
unsafe extern "C" fn on_ready(error: *mut sys::PJRT_Error, user_arg: *mut c_void) {
    callback::guarded(|| {
        // SAFETY: `user_arg` is the pointer from `into_raw` in `RawEvent::on_ready`, given back once by the plugin.
        let registration = unsafe { Arc::from_raw(user_arg.cast::<Registration>()) };
        let outcome = registration.event.client.api.check(error);
        registration.complete(outcome);
    });
}

impl Drop for RawEvent {
    fn drop(&mut self) {
        let mut args = sys::PJRT_Event_Destroy_Args::versioned();
        args.event = self.ptr.as_ptr();
        // SAFETY: the event is live and not used afterwards. The header lets a caller free an event at any time; the
        // work it stands for goes on.
        let _ = unsafe { call!(self.client.api, PJRT_Event_Destroy, &mut args) };
    }
}
