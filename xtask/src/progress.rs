//! Progress on stderr: a bar for each artifact on a terminal, plain lines elsewhere.

use indicatif::{DecimalBytes, MultiProgress, ProgressBar, ProgressStyle};
use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

/// Shows what several threads do.
pub(crate) struct Progress {
    bars: Option<MultiProgress>,
}

/// What happens to one artifact.
pub(crate) struct Task<'a> {
    progress: &'a Progress,
    bar: ProgressBar,
    title: String,
    started: Instant,
}

/// `296 MB`, in the units of package indexes.
pub(crate) fn size(bytes: u64) -> String {
    DecimalBytes(bytes).to_string()
}

impl Progress {
    pub(crate) fn new() -> Self {
        let terminal = std::io::stderr().is_terminal();
        Self { bars: terminal.then(MultiProgress::new) }
    }

    /// Says something that stays on the screen.
    pub(crate) fn line(&self, text: &str) {
        match &self.bars {
            // A line that cannot be shown is no reason to stop.
            Some(bars) => drop(bars.println(text)),
            None => eprintln!("{text}"),
        }
    }

    /// Begins with an artifact of `size` bytes.
    pub(crate) fn task(&self, title: String, size: u64) -> Task<'_> {
        let bar = match &self.bars {
            Some(bars) => bars.add(ProgressBar::new(size)),
            None => ProgressBar::hidden(),
        };
        bar.set_style(transfer());
        bar.set_prefix(title.clone());
        bar.enable_steady_tick(Duration::from_millis(200));
        Task { progress: self, bar, title, started: Instant::now() }
    }
}

fn transfer() -> ProgressStyle {
    let template = "{prefix:30!} {bar:24} {decimal_bytes:>10} of {decimal_total_bytes:<10} {decimal_bytes_per_sec:>12} {eta:>4} left  {msg}";
    // The template is a constant; if it were wrong, the default is still a bar.
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("=> ")
}

fn working() -> ProgressStyle {
    ProgressStyle::with_template("{prefix:30!} {spinner} {msg}")
        .unwrap_or_else(|_| ProgressStyle::default_spinner())
}

impl Task<'_> {
    /// The number of bytes that are here.
    pub(crate) fn reach(&self, bytes: u64) {
        self.bar.set_position(bytes);
    }

    /// Says what is being done, while there is no count of bytes.
    pub(crate) fn stage(&self, what: &str) {
        self.bar.set_style(working());
        self.bar.set_message(what.to_owned());
    }

    /// Says what is being transferred.
    pub(crate) fn transfer(&self, what: &str) {
        self.bar.set_style(transfer());
        // The rate is that of the transfer, not of the time since the bar appeared.
        self.bar.reset();
        self.bar.set_message(what.to_owned());
    }

    /// A line that stays, for what the user should know although it went on.
    pub(crate) fn note(&self, text: &str) {
        self.progress.line(&format!("{}: {text}", self.title));
    }

    /// Ends with a line that stays.
    pub(crate) fn done(self, what: &str) {
        let seconds = self.started.elapsed().as_secs_f64();
        self.bar.finish_and_clear();
        self.progress.line(&format!("{:<30} {what} in {seconds:.1} s", self.title));
    }
}

impl Drop for Task<'_> {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
