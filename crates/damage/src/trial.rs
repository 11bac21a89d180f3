//! The loop that tries mutations.

use crate::Random;
use crate::memory::peak;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

/// How long to go on, instead of a number of attempts.
const SECONDS: &str = "BERING_FUZZ_SECONDS";
/// The seed to begin from, which is printed.
const SEED: &str = "BERING_FUZZ_SEED";

/// Longer for one input is a hang.
const PATIENCE: Duration = Duration::from_secs(60);
/// Native parsers have limits of their own, in seconds of a processor, which a busy machine makes many of.
const NATIVE_PATIENCE: Duration = Duration::from_secs(300);

/// A parser that is to be tried, and what it may take.
///
/// ```
/// use bering_damage::Trial;
/// Trial::new("numbers").attempts(100).run(
///     |random| random.text(&["1 2 3"], &[]).into_bytes(),
///     |bytes| {
///         let text = String::from_utf8_lossy(bytes);
///         let _ = text.split(' ').map(str::parse::<i32>).collect::<Result<Vec<_>, _>>();
///     },
/// );
/// ```
#[derive(Clone, Debug)]
pub struct Trial {
    name: &'static str,
    attempts: u64,
    memory: usize,
    native: bool,
}

/// The input that is being tried, and since when.
struct Current {
    bytes: Vec<u8>,
    since: Instant,
}

impl Trial {
    /// A trial of a thousand attempts that may hold 16 MiB beside what each input is.
    pub fn new(name: &'static str) -> Trial {
        Trial { name, attempts: 1000, memory: 16 << 20, native: false }
    }

    /// The attempts to make where no time is asked for.
    pub fn attempts(mut self, attempts: u64) -> Trial {
        self.attempts = attempts;
        self
    }

    /// The bytes that one attempt may hold at once.
    pub fn memory(mut self, bytes: usize) -> Trial {
        self.memory = bytes;
        self
    }

    /// The parser is not Rust's: it may end the process, so every input is on the disk before it is tried. Its memory is not counted.
    pub fn native(mut self) -> Trial {
        self.native = true;
        self
    }

    /// Hands what `make` makes to `read`.
    ///
    /// # Panics
    /// If `read` panics or takes more memory than it may. If it hangs, the process is ended.
    #[allow(clippy::print_stdout)] // How far it came is of interest where time was asked for.
    pub fn run(&self, mut make: impl FnMut(&mut Random) -> Vec<u8>, mut read: impl FnMut(&[u8])) {
        let asked = number(SECONDS).map(Duration::from_secs);
        let seed = number(SEED).unwrap_or_else(|| if asked.is_some() { moment() } else { 1 });
        let begin = Instant::now();
        let current = Arc::new(Mutex::new(Current { bytes: Vec::new(), since: begin }));
        self.watch(&current);
        let mut count = 0;
        while asked.map_or(count < self.attempts, |time| begin.elapsed() < time) {
            // Each attempt has a seed of its own, so that what `read` does with time or files moves no later one.
            let bytes = make(&mut Random::new(seed ^ count.wrapping_mul(0x9e37_79b9)));
            if self.native {
                std::fs::write(self.path(), &bytes).expect("`target/tmp` is writable");
            }
            *current.lock().unwrap_or_else(PoisonError::into_inner) =
                Current { bytes: bytes.clone(), since: Instant::now() };
            let (result, held) = peak(|| catch_unwind(AssertUnwindSafe(|| read(&bytes))));
            let problem = match result {
                Err(_) => "the parser panicked".to_owned(),
                Ok(()) if held > self.memory + bytes.len() => format!("the parser held {held} bytes"),
                Ok(()) => String::new(),
            };
            if !problem.is_empty() {
                std::fs::write(self.path(), &bytes).expect("`target/tmp` is writable");
                let (name, path) = (self.name, self.path());
                panic!(
                    "{name}, attempt {count} of seed {seed}: {problem}; its input is `{}`",
                    path.display()
                );
            }
            count += 1;
        }
        println!("{}: {count} attempts from seed {seed} in {:.1?}", self.name, begin.elapsed());
    }

    /// Ends the process if an input takes too long, and says which. Ends itself with the trial.
    #[allow(clippy::print_stderr)] // There is nobody left to return to.
    fn watch(&self, current: &Arc<Mutex<Current>>) {
        let (current, path, name) = (Arc::downgrade(current), self.path(), self.name);
        let patience = if self.native { NATIVE_PATIENCE } else { PATIENCE };
        std::thread::spawn(move || {
            while let Some(current) = current.upgrade() {
                let state = current.lock().unwrap_or_else(PoisonError::into_inner);
                if state.since.elapsed() > patience {
                    let _ = std::fs::write(&path, &state.bytes);
                    eprintln!("{name}: `{}` has taken more than {patience:?}", path.display());
                    std::process::abort();
                }
                drop(state);
                drop(current);
                std::thread::sleep(Duration::from_millis(500));
            }
        });
    }

    /// Where the input is left that went wrong: in the target directory, which the test program lies in (`target/debug/deps/..`).
    fn path(&self) -> PathBuf {
        let program = std::env::current_exe().unwrap_or_default();
        let target = program.ancestors().nth(3).map_or_else(std::env::temp_dir, |target| target.join("tmp"));
        // Present unless the program was moved; then the write says so.
        let _ = std::fs::create_dir_all(&target);
        target.join(format!("damaged-{}", self.name))
    }
}

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok().filter(|text| !text.is_empty())?;
    Some(text.parse().unwrap_or_else(|_| panic!("`{variable}` must be a number, got `{text}`")))
}

fn moment() -> u64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    now.map_or(1, |now| now.as_nanos() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fails(trial: &Trial, read: impl FnMut(&[u8])) -> String {
        let run = || trial.clone().attempts(50).run(|random| random.bytes(&[b"0123456789"]), read);
        let panic = catch_unwind(AssertUnwindSafe(run)).expect_err("a failure");
        panic.downcast_ref::<String>().expect("a text").clone()
    }

    #[test]
    fn panics_and_memory_are_failures() {
        let cut = |bytes: &[u8]| assert!(bytes.len() >= 8, "too short");
        let text = fails(&Trial::new("cut"), cut);
        assert!(text.starts_with("cut, attempt ") && text.contains("panicked"), "{text}");
        let left = std::fs::read(Trial::new("cut").path()).expect("the input");
        assert!(left.len() < 8, "{left:?}");

        let greedy = |bytes: &[u8]| drop(vec![1u8; bytes.len() << 20]);
        let text = fails(&Trial::new("greedy").memory(1 << 20), greedy);
        assert!(text.contains("the parser held "), "{text}");
    }

    #[test]
    fn as_many_attempts_as_asked_for() {
        let mut count = 0;
        Trial::new("count").attempts(7).run(|random| random.bytes(&[[1u8, 2, 3]]), |_| count += 1);
        assert!(count == 7 || number(SECONDS).is_some());
    }
}
