//! `minilm similarity`: the cosine of every pair of sentences, as a table.

use super::{ModelArguments, note};
use anyhow::Result;
use std::io::{self, Write};

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Sentences to compare, two or more
    #[arg(required = true, num_args = 2.., value_name = "SENTENCE")]
    sentences: Vec<String>,
}

/// Characters of a sentence that a table shows.
const SHOWN: usize = 48;

impl Arguments {
    pub(super) fn run(&self, model: &ModelArguments) -> Result<()> {
        let embedder = model.open(true)?;
        let embeddings = embedder.embed(&self.sentences)?;
        let rows: Vec<&[f32]> = embeddings.rows().collect();
        io::stdout().lock().write_all(table(&self.sentences, &rows).as_bytes())?;
        note(embeddings.truncated(), &embedder)?;
        Ok(())
    }
}

/// One row a sentence: its number, its beginning, and its cosine with every sentence. `rows` have unit length.
fn table(sentences: &[String], rows: &[&[f32]]) -> String {
    let labels: Vec<String> = sentences.iter().map(|sentence| shorten(sentence)).collect();
    let width = labels.iter().map(|label| label.chars().count()).max().unwrap_or(0);
    let mut text = format!("{:>3}  {:width$}", "", "");
    (1..=rows.len()).for_each(|column| text += &format!("  {column:>7}"));
    text.push('\n');
    for (i, (label, row)) in labels.iter().zip(rows).enumerate() {
        text += &format!("{:>3}  {label:width$}", i + 1);
        rows.iter().for_each(|other| text += &format!("  {:>7.4}", cosine(row, other)));
        text.push('\n');
    }
    text
}

/// The cosine of two vectors of unit length, free of the `-0.0000` that rounding makes.
pub(super) fn cosine(a: &[f32], b: &[f32]) -> f64 {
    let dot: f64 = a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum();
    if dot.abs() < 5e-5 { 0.0 } else { dot }
}

/// The beginning of a sentence, on one line.
pub(super) fn shorten(sentence: &str) -> String {
    let clean = |c: char| if c.is_control() { ' ' } else { c };
    if sentence.chars().count() <= SHOWN {
        return sentence.chars().map(clean).collect();
    }
    sentence.chars().take(SHOWN - 1).map(clean).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_line_up() {
        let sentences = ["a".to_string(), "é\tlonger".to_string()];
        let text = table(&sentences, &[&[1.0, 0.0], &[0.6, 0.8]]);
        let expect = "                     1        2\n  \
                      1  a          1.0000   0.6000\n  \
                      2  é longer   0.6000   1.0000\n";
        assert_eq!(text, expect);
    }

    #[test]
    fn long_sentences_are_shortened() {
        assert_eq!(shorten(&"x".repeat(48)), "x".repeat(48));
        assert_eq!(shorten(&"ü".repeat(49)).chars().count(), 48);
    }
}
