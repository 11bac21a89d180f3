//! `minilm search`: the lines of a file that are most similar to a query.

use super::input::Input;
use super::similarity::{cosine, shorten};
use super::{ModelArguments, note};
use anyhow::{Result, bail};
use std::io::{self, Write};

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// What to look for
    query: String,
    /// File with one sentence a line; `-` is standard input
    #[arg(long, value_name = "FILE")]
    corpus: String,
    /// How many lines to print, best first
    #[arg(short, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    k: u32,
}

struct Hit {
    score: f64,
    line: usize,
    text: String,
}

impl Arguments {
    pub(super) fn run(&self, model: &ModelArguments) -> Result<()> {
        let mut lines = Input::from(self.corpus.as_str()).lines()?;
        let embedder = model.open(true)?;
        let query = embedder.embed(&[&self.query])?;
        let mut truncated = query.truncated();
        let Some(query) = query.rows().next() else { bail!("the query has no embedding") };
        let (mut hits, mut line) = (Vec::new(), 0);
        while let Some(group) = lines.next_group()? {
            let embeddings = embedder.embed(&group)?;
            truncated += embeddings.truncated();
            for (text, row) in group.into_iter().zip(embeddings.rows()) {
                line += 1;
                hits.push(Hit { score: cosine(query, row), line, text });
            }
            keep_best(&mut hits, self.k as usize);
        }
        if line == 0 {
            bail!("the corpus `{}` has no lines", self.corpus);
        }
        let mut stdout = io::stdout().lock();
        for Hit { score, line, text } in hits {
            writeln!(stdout, "{score:>7.4}  {line:>6}  {}", shorten(&text))?;
        }
        note(truncated, &embedder)?;
        Ok(())
    }
}

/// Sorts by score, best first and in the order of the corpus among equals, and forgets the rest.
fn keep_best(hits: &mut Vec<Hit>, k: usize) {
    hits.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.line.cmp(&b.line)));
    hits.truncate(k);
}
