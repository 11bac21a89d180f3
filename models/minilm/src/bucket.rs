//! Batches of a few fixed shapes from sentences of any length.
//!
//! XLA compiles for one shape. Compiling for every length and batch size met would cost more than the work; padding everything
//! to the longest would multiply the work. So lengths are rounded up to a few bucket sizes, and row counts to powers of two, and
//! a batch holds about [`TOKENS`] tokens, which is what keeps its activations in the processor's cache.

/// Tokens a full batch holds, padding included.
pub const TOKENS: usize = 512;

/// Lengths that batches are padded to. Close together where sentences are, about 1.3 times apart beyond.
const LENGTHS: &[usize] = &[16, 32, 48, 64, 96, 128, 192, 256, 384, 512];

/// One batch: rows that are padded to one length and run together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Indices of the sentences, one a row.
    pub sentences: Vec<usize>,
    /// Rows to run; those beyond `sentences` are padding.
    pub rows: usize,
    /// Tokens a row is padded to.
    pub length: usize,
}

/// The length that a sentence of `tokens` tokens is padded to, at most `max`.
pub fn padded_length(tokens: usize, max: usize) -> usize {
    let bucket = LENGTHS.iter().copied().find(|&length| length >= tokens);
    bucket.unwrap_or_else(|| tokens.next_multiple_of(256)).min(max).max(tokens)
}

/// Rows of a full batch of this length: a power of two, at most `max_rows`.
pub fn full_rows(length: usize, max_rows: Option<usize>) -> usize {
    let rows = (TOKENS / length).max(1);
    let rows = max_rows.map_or(rows, |max| max.clamp(1, rows.max(max)));
    1 << rows.ilog2()
}

/// Distributes sentences of these token counts over batches. Every index occurs exactly once.
///
/// `max` is the longest a row may be, `max_rows` a wish for the rows of a batch (a power of two or rounded down to one).
pub fn plan(tokens: &[usize], max: usize, max_rows: Option<usize>) -> Vec<Batch> {
    let mut order: Vec<usize> = (0..tokens.len()).collect();
    order.sort_by_key(|&sentence| tokens[sentence]);
    let mut batches = Vec::new();
    for group in order.chunk_by(|&a, &b| padded_length(tokens[a], max) == padded_length(tokens[b], max)) {
        let length = padded_length(tokens[group[0]], max);
        let full = full_rows(length, max_rows);
        for sentences in group.chunks(full) {
            let rows = sentences.len().next_power_of_two();
            batches.push(Batch { sentences: sentences.to_vec(), rows, length });
        }
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn lengths(n: usize) -> Vec<usize> {
        (0..n).map(|i| 3 + (i * 7919) % 254).collect()
    }

    #[test]
    fn every_sentence_once_and_in_a_row_that_holds_it() {
        let tokens = lengths(1000);
        let batches = plan(&tokens, 256, None);
        let mut seen: Vec<usize> = batches.iter().flat_map(|batch| batch.sentences.clone()).collect();
        seen.sort_unstable();
        assert_eq!(seen, (0..1000).collect::<Vec<_>>());
        for batch in &batches {
            assert!(batch.rows >= batch.sentences.len() && batch.rows.is_power_of_two());
            assert!(batch.sentences.iter().all(|&sentence| tokens[sentence] <= batch.length));
        }
    }

    #[test]
    fn few_shapes_and_little_padding() {
        let tokens = lengths(10_000);
        let batches = plan(&tokens, 256, None);
        let shapes: BTreeSet<_> = batches.iter().map(|batch| (batch.rows, batch.length)).collect();
        assert!(shapes.len() <= 2 * LENGTHS.len(), "{shapes:?}");
        let padded: usize = batches.iter().map(|batch| batch.rows * batch.length).sum();
        let real: usize = tokens.iter().sum();
        assert!(padded as f64 <= 1.3 * real as f64, "{padded} padded, {real} real tokens");
    }

    #[test]
    fn one_long_sentence_does_not_pad_the_others() {
        let mut tokens = vec![10; 63];
        tokens.push(250);
        let batches = plan(&tokens, 256, None);
        assert_eq!(
            batches.iter().map(|b| (b.rows, b.length)).collect::<Vec<_>>(),
            [(32, 16), (32, 16), (1, 256)]
        );
    }

    #[test]
    fn limits_are_kept() {
        assert_eq!(padded_length(200, 250), 250, "not beyond what the model takes");
        assert_eq!(padded_length(1, 256), 16);
        assert_eq!(padded_length(600, 1024), 768);
        assert_eq!(full_rows(16, None), 32);
        assert_eq!(full_rows(4096, None), 1);
        assert_eq!(full_rows(16, Some(7)), 4, "a wish is rounded down to a power of two");
        assert_eq!(full_rows(16, Some(128)), 128, "a wish may exceed the default");
        assert_eq!(full_rows(16, Some(0)), 1);
        assert!(plan(&[], 256, None).is_empty());
    }
}
