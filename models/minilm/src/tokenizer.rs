//! Text to token numbers, by the model's own `tokenizer.json`.
//!
//! The file's padding and truncation are switched off: batches are padded by [`crate::bucket`], and the limit is the model
//! directory's (all-MiniLM-L6-v2's `tokenizer.json` says 128 where sentence-transformers uses 256).

use crate::directory::Directory;
use crate::error::{Error, ErrorKind};
use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
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
    /// How many tokens the model has embeddings for.
    words: usize,
    lower_case: bool,
    /// Whether a text may be cut at a space without changing the tokens before it.
    splits_at_spaces: bool,
}

/// What `tokenizer.json` says.
///
/// The parser of tokenizers takes parts of a file for JSON once it has seen the type they are of, and panics where they are none; so
/// the whole is parsed as JSON first, which costs milliseconds beside a plugin being loaded. What gets past that is caught.
fn parse(path: &Path, text: &[u8]) -> Result<tokenizers::Tokenizer, Error> {
    let error = || Error::model(path, "is not a tokenizer");
    drop(serde_json::from_slice::<serde_json::Value>(text).map_err(|source| error().caused_by(source))?);
    match catch_unwind(|| tokenizers::Tokenizer::from_bytes(text)) {
        Ok(parsed) => parsed.map_err(|source| error().caused_by(source)),
        Err(_) => Err(error()),
    }
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
        let mut inner = parse(&path, &text)?;
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
            words: directory.config.vocab_size,
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
        self.check(encoding.get_ids())?;
        Ok(Tokens { ids: encoding.get_ids().to_vec(), truncated })
    }

    /// Refuses what a template may add to a text: the text again, or tokens that the vocabulary does not list.
    fn check(&self, ids: &[u32]) -> Result<(), Error> {
        let limit = self.max_seq_length;
        let message = match ids.iter().find(|&&id| id as usize >= self.words) {
            Some(id) => format!("the tokenizer made token {id}, the model has {} words", self.words),
            None if ids.len() > limit => {
                format!("the tokenizer made {} tokens of a text cut to {limit}", ids.len())
            }
            None => return Ok(()),
        };
        Err(Error::new(ErrorKind::Tokenizer, message))
    }

    fn encode_whole(&self, text: &str) -> tokenizers::Result<tokenizers::Encoding> {
        let text = if self.lower_case { Cow::Owned(text.to_lowercase()) } else { Cow::Borrowed(text) };
        // Tokenizers that contradict themselves in ways that their parser does not look for panic here.
        let encoded = catch_unwind(AssertUnwindSafe(|| self.inner.encode_fast(text, true)));
        encoded.unwrap_or_else(|_| Err("`tokenizer.json` contradicts itself".into()))
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
