//! Text to token numbers, by the model's own `tokenizer.json`.
//!
//! The file's padding and truncation are switched off: batches are padded by [`crate::bucket`], and the limit is the model
//! directory's (all-MiniLM-L6-v2's `tokenizer.json` says 128 where sentence-transformers uses 256).

use crate::directory::Directory;
use crate::error::{Error, ErrorKind};
use std::borrow::Cow;
use tokenizers::{TruncationDirection, TruncationParams, TruncationStrategy};

/// A sentence as the encoder takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tokens {
    /// Token numbers, `[CLS]` and `[SEP]` included. Never empty.
    pub ids: Vec<u32>,
    /// Whether the text was longer than the model takes, and was cut.
    pub truncated: bool,
}

/// The tokenizer of a model directory.
pub struct Tokenizer {
    inner: tokenizers::Tokenizer,
    max_seq_length: usize,
    lower_case: bool,
    /// Whether a text may be cut at a space without changing the tokens before it.
    splits_at_spaces: bool,
}

/// Values inside of values in a file: tokenizers nest about eight, and their parser panics from 128 on.
const DEEPEST: usize = 64;

/// How deep JSON nests, without understanding more of it than strings.
fn deepest(text: &[u8]) -> usize {
    let (mut depth, mut deepest, mut quoted, mut escaped) = (0usize, 0, false, false);
    for &byte in text {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'[' | b'{' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

impl Tokenizer {
    /// Does what a first use of tokenizers in a process has to ask the dynamic linker for.
    ///
    /// Hash maps there are seeded by a function that is looked up by name, and the linker answers nobody while it loads a
    /// plugin (see [`bering::ready_thread`]): without this, the tokenizer would wait until it has.
    pub(crate) fn ready() {
        drop(tokenizers::AddedVocabulary::new());
    }

    /// Loads `tokenizer.json` and sets the directory's limits.
    ///
    /// # Errors
    /// If the file cannot be read, or produces token numbers that the model has no embedding for.
    pub fn open(directory: &Directory) -> Result<Tokenizer, Error> {
        let path = directory.transformer.join("tokenizer.json");
        let text =
            std::fs::read(&path).map_err(|source| Error::model(&path, "cannot be read").caused_by(source))?;
        if deepest(&text) > DEEPEST {
            return Err(Error::model(
                &path,
                format!("is not a tokenizer: it nests more than {DEEPEST} values"),
            ));
        }
        // The parser of tokenizers takes parts of the file for JSON once it has seen their type, and panics where they are none.
        serde_json::from_slice::<serde::de::IgnoredAny>(&text)
            .map_err(|source| Error::model(&path, "is not a tokenizer").caused_by(source))?;
        let mut inner = tokenizers::Tokenizer::from_bytes(&text)
            .map_err(|source| Error::model(&path, "is not a tokenizer").caused_by(source))?;
        inner.with_padding(None);
        let truncation = TruncationParams {
            max_length: directory.max_seq_length,
            strategy: TruncationStrategy::LongestFirst,
            stride: 0,
            direction: TruncationDirection::Right,
        };
        inner
            .with_truncation(Some(truncation))
            .map_err(|source| Error::model(&path, "cannot be truncated").caused_by(source))?;
        let vocabulary = inner.get_vocab(true);
        let largest = vocabulary.values().copied().max().unwrap_or(0);
        if largest as usize >= directory.config.vocab_size {
            return Err(Error::model(
                &path,
                format!(
                    "numbers tokens up to {largest}, the model has {} words",
                    directory.config.vocab_size
                ),
            ));
        }
        let splits_at_spaces =
            matches!(inner.get_pre_tokenizer(), Some(tokenizers::PreTokenizerWrapper::BertPreTokenizer(_)));
        Ok(Tokenizer {
            inner,
            max_seq_length: directory.max_seq_length,
            lower_case: directory.do_lower_case,
            splits_at_spaces,
        })
    }

    /// Tokenizes one text, truncating it to the model's limit.
    ///
    /// # Errors
    /// If the tokenizer fails, or finds no token at all and adds none.
    pub fn encode(&self, text: &str) -> Result<Tokens, Error> {
        let failed = |source| Error::new(ErrorKind::Tokenizer, "the tokenizer failed").caused_by(source);
        let (head, cut) = self.head(text);
        let mut encoding = self.encode_whole(head).map_err(failed)?;
        let mut truncated = !encoding.get_overflowing().is_empty();
        if cut && !truncated {
            // The head was all long words: too few tokens to know that nothing of the rest is due.
            encoding = self.encode_whole(text).map_err(failed)?;
            truncated = !encoding.get_overflowing().is_empty();
        }
        if encoding.get_ids().is_empty() {
            return Err(Error::new(
                ErrorKind::Tokenizer,
                "the tokenizer made no token of a text, and adds none by itself",
            ));
        }
        Ok(Tokens { ids: encoding.get_ids().to_vec(), truncated })
    }

    fn encode_whole(&self, text: &str) -> tokenizers::Result<tokenizers::Encoding> {
        let text = if self.lower_case { Cow::Owned(text.to_lowercase()) } else { Cow::Borrowed(text) };
        self.inner.encode_fast(text, true)
    }

    /// The part of a very long text that surely fills the model's limit, and whether there is more.
    ///
    /// Tokenizing a megabyte to keep 256 tokens of it would take a hundred times as long as the embedding.
    fn head<'t>(&self, text: &'t str) -> (&'t str, bool) {
        let enough = self.max_seq_length * 64;
        if !self.splits_at_spaces || text.len() <= enough {
            return (text, false);
        }
        match text.as_bytes()[enough..].iter().position(|&byte| byte == b' ') {
            Some(space) => (&text[..enough + space], true),
            None => (text, false),
        }
    }
}
