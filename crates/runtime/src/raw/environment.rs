//! Quietens the XLA libraries through the one channel that they read at load: the environment.
//!
//! The libraries behind the CPU plugin print a banner from a static constructor, during `dlopen`, unless
//! `TF_ENABLE_ONEDNN_OPTS=0` is set by then. Changing the environment is only sound while no other thread can read it
//! (C code reads it without a lock), and by the time somebody loads a plugin there may be many. So it happens before
//! `main`: the loader runs this constructor on the process's only thread. Where that is not so (the crate was linked
//! into a library that a threaded program opened) nothing is changed, and the price is one line on stderr.
//!
//! A value that is already set stays; child processes inherit the variable.

const NAME: &str = "TF_ENABLE_ONEDNN_OPTS";

#[cfg(target_os = "linux")]
#[used]
// SAFETY: `.init_array` holds pointers to functions of this type, which the loader calls once, before `main`.
#[unsafe(link_section = ".init_array")]
static BEFORE_MAIN: extern "C" fn() = before_main;

#[cfg(target_os = "linux")]
extern "C" fn before_main() {
    if std::env::var_os(NAME).is_some() || !single_threaded() {
        return;
    }
    // SAFETY: this is the only thread of the process (checked above), so nobody reads the environment meanwhile.
    unsafe { std::env::set_var(NAME, "0") };
}

/// Whether the process has one thread, as the kernel says.
#[cfg(target_os = "linux")]
fn single_threaded() -> bool {
    std::fs::read_dir("/proc/self/task").is_ok_and(|tasks| tasks.take(2).count() == 1)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #[test]
    fn the_constructor_ran() {
        assert!(std::env::var_os(super::NAME).is_some());
    }

    #[test]
    fn threads_are_noticed() {
        // The test harness runs this on a thread of its own.
        assert!(!super::single_threaded());
    }
}
