//! Quietens plugins through the one channel that they read at load: the environment.
//!
//! The libraries behind the CPU plugin print a banner from a static constructor, during `dlopen`, unless
//! `TF_ENABLE_ONEDNN_OPTS=0` is set by then. XLA's own logs go to stderr unless `TF_CPP_MIN_LOG_LEVEL` says otherwise.
//! libtpu asks the cloud's metadata server when it is loaded, for minutes on a machine that is in no such cloud, unless
//! `TPU_SKIP_MDS_QUERY` is set. Changing the environment is only sound while no other thread can read it
//! (C code reads it without a lock), and by the time somebody loads a plugin there may be many. So it happens before
//! `main`: the loader runs this constructor on the process's only thread. Where that is not so (the crate was linked
//! into a library that a threaded program opened) nothing is changed, and the price is some lines on stderr.
//!
//! A value that is already set stays; child processes inherit the variables.

const QUIET: [(&str, &str); 2] = [("TF_ENABLE_ONEDNN_OPTS", "0"), ("TF_CPP_MIN_LOG_LEVEL", "3")];
/// For machines without a TPU.
const NO_CLOUD: (&str, &str) = ("TPU_SKIP_MDS_QUERY", "1");

#[cfg(target_os = "linux")]
#[used]
// SAFETY: `.init_array` holds pointers to functions of this type, which the loader calls once, before `main`.
#[unsafe(link_section = ".init_array")]
static BEFORE_MAIN: extern "C" fn() = before_main;

#[cfg(target_os = "linux")]
extern "C" fn before_main() {
    if !single_threaded() {
        return;
    }
    let tpu = crate::machine::has_tpu(std::path::Path::new("/"));
    for (name, value) in QUIET.iter().chain((!tpu).then_some(&NO_CLOUD)) {
        if std::env::var_os(name).is_none() {
            // SAFETY: this is the only thread of the process (checked above), so nobody reads the environment meanwhile.
            unsafe { std::env::set_var(name, value) };
        }
    }
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
        for (name, _) in super::QUIET {
            assert!(std::env::var_os(name).is_some(), "{name}");
        }
    }

    #[test]
    fn threads_are_noticed() {
        // The test harness runs this on a thread of its own.
        assert!(!super::single_threaded());
    }
}
