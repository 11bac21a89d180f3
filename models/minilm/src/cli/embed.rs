//! `minilm embed`: sentences in, embeddings out, in the same order and while the input is still being read.

use super::input::Input;
use super::output::{Format, Output};
use super::{ModelArguments, note};
use anyhow::Result;
use indicatif::{ProgressBar, ProgressStyle};
use std::path::PathBuf;

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// File with one sentence a line; `-` is standard input
    #[arg(default_value = "-")]
    file: String,
    /// How embeddings are written
    #[arg(long, value_enum, default_value_t = Format::Jsonl)]
    format: Format,
    /// File to write instead of standard output; it appears when it is complete
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Scale embeddings to unit length, also if the model does not ask for it
    #[arg(long)]
    normalize: bool,
}

impl Arguments {
    pub(super) fn run(&self, model: &ModelArguments) -> Result<()> {
        let input = Input::from(self.file.as_str());
        let mut lines = input.lines()?;
        let embedder = model.open(self.normalize)?;
        let mut output = Output::open(self.format, embedder.dimension(), self.output.as_deref())?;
        let (mut truncated, mut bar) = (0, None);
        while let Some(group) = lines.next_group()? {
            let embeddings = embedder.embed(&group)?;
            truncated += embeddings.truncated();
            for (text, embedding) in group.iter().zip(embeddings.rows()) {
                output.write(text, embedding)?;
            }
            output.flush()?;
            let bytes: usize = group.iter().map(|line| line.len() + 1).sum();
            bar.get_or_insert_with(|| progress(&input)).inc(bytes as u64);
        }
        if let Some(bar) = bar {
            bar.finish_and_clear();
        }
        output.finish()?;
        note(truncated, &embedder)?;
        Ok(())
    }
}

/// A bar on stderr, invisible unless that is a terminal.
///
/// It is made after the first group, so an input of one group, which is over by then, never shows it for long.
fn progress(input: &Input) -> ProgressBar {
    let (bar, template) = match input.size() {
        Some(size) => (ProgressBar::new(size), "{bar:40} {bytes}/{total_bytes} {elapsed} (eta {eta})"),
        None => (ProgressBar::new_spinner(), "{spinner} {bytes} {elapsed}"),
    };
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
