//! A model directory in the layout of sentence-transformers: which file says what.
//!
//! `modules.json` lists the pipeline (transformer, pooling, perhaps normalisation). A directory without it is a plain
//! transformers checkpoint and gets what sentence-transformers gives it: mean pooling, no normalisation.

use crate::config::Config;
use crate::error::Error;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::path::{Component, Path, PathBuf};

/// How one vector is made of the token vectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pooling {
    /// The mean of the tokens that are not padding.
    Mean,
    /// The vector of the first token.
    Cls,
}

/// What the small files of a model directory say.
#[derive(Clone, Debug)]
pub struct Directory {
    /// The encoder's shape.
    pub config: Config,
    /// How token vectors become one.
    pub pooling: Pooling,
    /// Whether the pipeline ends with a normalisation to unit length.
    pub normalize: bool,
    /// Longest input in tokens, special tokens included; longer ones are truncated.
    pub max_seq_length: usize,
    /// Whether the text is lower-cased before the tokenizer sees it.
    pub do_lower_case: bool,
    /// Where the transformer's files are; usually the directory itself.
    pub transformer: PathBuf,
}

#[derive(Deserialize)]
struct Module {
    path: String,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize, Default)]
struct SentenceBert {
    max_seq_length: Option<usize>,
    #[serde(default)]
    do_lower_case: bool,
}

#[derive(Deserialize)]
struct TokenizerConfig {
    model_max_length: Option<f64>,
}

impl Directory {
    /// Reads the configuration files below `directory`; opens neither the weights nor the tokenizer.
    ///
    /// # Errors
    /// If a file is missing or malformed, or the pipeline has a part that this crate does not implement.
    pub fn read(directory: &Path) -> Result<Directory, Error> {
        if !directory.is_dir() {
            return Err(Error::model(directory, "is not a directory"));
        }
        let pipeline = Pipeline::read(directory)?;
        let transformer = pipeline.transformer;
        let config = Config::read(&transformer.join("config.json"))?;
        let sentence: SentenceBert =
            read_optional(&transformer.join("sentence_bert_config.json"))?.unwrap_or_default();
        let max_seq_length = max_seq_length(&transformer, sentence.max_seq_length, &config)?;
        Ok(Directory {
            config,
            pooling: pipeline.pooling,
            normalize: pipeline.normalize,
            max_seq_length,
            do_lower_case: sentence.do_lower_case,
            transformer,
        })
    }
}

/// The smallest of what the files allow: sentence-transformers' own limit, else the tokenizer's, and never more than there
/// are positions.
fn max_seq_length(transformer: &Path, own: Option<usize>, config: &Config) -> Result<usize, Error> {
    let tokenizer: Option<TokenizerConfig> = read_optional(&transformer.join("tokenizer_config.json"))?;
    // A tokenizer without a limit says 1e30, which is no integer type's.
    let tokenizer = tokenizer.and_then(|config| config.model_max_length).map(|limit| limit as usize);
    let limit = own.or(tokenizer).unwrap_or(usize::MAX).min(config.max_position_embeddings);
    // [CLS], one token, [SEP]
    if limit < 3 {
        let path = transformer.join("sentence_bert_config.json");
        return Err(Error::model(
            &path,
            format!("limits inputs to {limit} tokens, fewer than a sentence has"),
        ));
    }
    Ok(limit)
}

struct Pipeline {
    transformer: PathBuf,
    pooling: Pooling,
    normalize: bool,
}

impl Pipeline {
    fn read(directory: &Path) -> Result<Pipeline, Error> {
        let path = directory.join("modules.json");
        let Some(modules) = read_optional::<Vec<Module>>(&path)? else {
            return Ok(Pipeline {
                transformer: directory.to_owned(),
                pooling: Pooling::Mean,
                normalize: false,
            });
        };
        let kinds: Vec<&str> =
            modules.iter().map(|module| module.kind.rsplit('.').next().unwrap_or_default()).collect();
        let normalize = match kinds[..] {
            ["Transformer", "Pooling"] => false,
            ["Transformer", "Pooling", "Normalize"] => true,
            _ => {
                return Err(Error::model(
                    &path,
                    format!(
                        "lists the pipeline [{}]; implemented is [Transformer, Pooling] with or without a final Normalize",
                        kinds.join(", ")
                    ),
                ));
            }
        };
        let transformer = below(directory, &modules[0].path, &path)?;
        let pooling = read_pooling(&below(directory, &modules[1].path, &path)?.join("config.json"))?;
        Ok(Pipeline { transformer, pooling, normalize })
    }
}

/// `relative` under `directory`, which it must not leave.
fn below(directory: &Path, relative: &str, file: &Path) -> Result<PathBuf, Error> {
    let inside = Path::new(relative)
        .components()
        .all(|component| matches!(component, Component::Normal(_) | Component::CurDir));
    if !inside {
        return Err(Error::model(
            file,
            format!("names the path `{relative}`, which leaves the model directory"),
        ));
    }
    Ok(directory.join(relative))
}

/// Reads a pooling module's file: a flag for each mode in older versions, one word in newer ones.
fn read_pooling(path: &Path) -> Result<Pooling, Error> {
    let fields: serde_json::Map<String, serde_json::Value> = read_json(path)?;
    let mut modes: Vec<&str> = fields
        .iter()
        .filter(|(_, value)| value.as_bool() == Some(true))
        .filter_map(|(key, _)| key.strip_prefix("pooling_mode_"))
        .collect();
    if let Some(mode) = fields.get("pooling_mode").and_then(|mode| mode.as_str()) {
        modes = vec![mode];
    }
    match modes[..] {
        ["mean_tokens" | "mean"] => Ok(Pooling::Mean),
        ["cls_token" | "cls"] => Ok(Pooling::Cls),
        _ => Err(Error::model(
            path,
            format!(
                "asks for the pooling [{}]; implemented is one of: mean_tokens, cls_token",
                modes.join(", ")
            ),
        )),
    }
}

/// Configuration files are a few kilobytes; a bigger one is something else.
const MAX_JSON: u64 = 16 << 20;

/// Reads a JSON file of the model directory.
pub(crate) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, Error> {
    let cannot = |source: std::io::Error| Error::model(path, "cannot be read").caused_by(source);
    let metadata = std::fs::metadata(path).map_err(cannot)?;
    if !metadata.is_file() || metadata.len() > MAX_JSON {
        return Err(Error::model(path, format!("is not a file of at most {MAX_JSON} bytes")));
    }
    let text = std::fs::read(path).map_err(cannot)?;
    serde_json::from_slice(&text)
        .map_err(|source| Error::model(path, "is not what it should be").caused_by(source))
}

/// Like [`read_json`]; an absent file is `None`.
fn read_optional<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, Error> {
    if path.exists() { read_json(path).map(Some) } else { Ok(None) }
}
