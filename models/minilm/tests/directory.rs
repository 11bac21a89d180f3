//! Model directories: what is read from them, and which are refused with what words.

use minilm::config::Activation;
use minilm::directory::Pooling;
use minilm::{Config, Directory};
use serde_json::{Value, json};
use std::path::Path;
use tempfile::TempDir;

/// all-MiniLM-L6-v2's `config.json`, as far as it matters.
fn config() -> Value {
    json!({
        "architectures": ["BertModel"], "model_type": "bert", "hidden_act": "gelu", "hidden_size": 384,
        "intermediate_size": 1536, "layer_norm_eps": 1e-12, "max_position_embeddings": 512, "num_attention_heads": 12,
        "num_hidden_layers": 6, "pad_token_id": 0, "position_embedding_type": "absolute", "type_vocab_size": 2,
        "vocab_size": 30522
    })
}

fn modules(kinds: &[&str]) -> Value {
    let paths = ["", "1_Pooling", "2_Normalize"];
    kinds
        .iter()
        .zip(paths)
        .map(|(kind, path)| json!({ "idx": 0, "name": "0", "path": path, "type": format!("sentence_transformers.models.{kind}") }))
        .collect()
}

fn pooling(mode: &str) -> Value {
    let mut fields = json!({ "word_embedding_dimension": 384, "pooling_mode_cls_token": false,
        "pooling_mode_mean_tokens": false, "pooling_mode_max_tokens": false });
    fields[mode] = json!(true);
    fields
}

fn write(directory: &Path, file: &str, content: impl AsRef<str>) {
    let path = directory.join(file);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, content.as_ref()).unwrap();
}

/// A complete directory, without weights and tokenizer.
fn directory() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    write(directory.path(), "config.json", config().to_string());
    write(directory.path(), "modules.json", modules(&["Transformer", "Pooling", "Normalize"]).to_string());
    write(directory.path(), "1_Pooling/config.json", pooling("pooling_mode_mean_tokens").to_string());
    write(
        directory.path(),
        "sentence_bert_config.json",
        r#"{"max_seq_length": 256, "do_lower_case": false}"#,
    );
    directory
}

/// `Directory::read` after one file changed must fail, naming that file and saying `text`.
#[track_caller]
fn refuses(file: &str, content: impl AsRef<str>, text: &str) {
    let directory = directory();
    write(directory.path(), file, content);
    let error = Directory::read(directory.path()).unwrap_err();
    let cause = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
    assert!(format!("{error}: {cause}").contains(text), "`{text}` is not in: {error}: {cause}");
    assert!(error.to_string().contains(file), "`{file}` is not named: {error}");
}

#[track_caller]
fn refuses_config(field: &str, value: Value, text: &str) {
    let mut config = config();
    config[field] = value;
    refuses("config.json", config.to_string(), text);
}

#[test]
fn a_sentence_transformers_directory() {
    let directory = directory();
    let read = Directory::read(directory.path()).unwrap();
    assert_eq!((read.pooling, read.normalize, read.max_seq_length), (Pooling::Mean, true, 256));
    assert_eq!(read.config.hidden_act, Activation::Gelu);
    assert_eq!(read.config.head_size(), 32);
}

#[test]
fn a_plain_transformers_checkpoint_gets_the_mean() {
    let directory = tempfile::tempdir().unwrap();
    write(directory.path(), "config.json", config().to_string());
    write(directory.path(), "tokenizer_config.json", r#"{"model_max_length": 1e30}"#);
    let read = Directory::read(directory.path()).unwrap();
    assert_eq!((read.pooling, read.normalize, read.max_seq_length), (Pooling::Mean, false, 512));
    write(directory.path(), "tokenizer_config.json", r#"{"model_max_length": 100}"#);
    assert_eq!(Directory::read(directory.path()).unwrap().max_seq_length, 100);
}

#[test]
fn poolings() {
    let directory = directory();
    write(directory.path(), "1_Pooling/config.json", pooling("pooling_mode_cls_token").to_string());
    assert_eq!(Directory::read(directory.path()).unwrap().pooling, Pooling::Cls);
    write(directory.path(), "1_Pooling/config.json", r#"{"pooling_mode": "mean"}"#);
    assert_eq!(Directory::read(directory.path()).unwrap().pooling, Pooling::Mean);
    let max = pooling("pooling_mode_max_tokens").to_string();
    refuses(
        "1_Pooling/config.json",
        max,
        "pooling [max_tokens]; implemented is one of: mean_tokens, cls_token",
    );
    refuses("1_Pooling/config.json", "{}", "pooling []");
}

#[test]
fn pipelines() {
    let dense = modules(&["Transformer", "Pooling", "Dense"]).to_string();
    refuses("modules.json", dense, "lists the pipeline [Transformer, Pooling, Dense]");
    refuses("modules.json", "[]", "lists the pipeline []");
    refuses("modules.json", "[", "EOF");
    let mut outside = modules(&["Transformer", "Pooling"]);
    outside[1]["path"] = json!("../elsewhere");
    refuses("modules.json", outside.to_string(), "leaves the model directory");
}

#[test]
fn limits() {
    refuses("sentence_bert_config.json", r#"{"max_seq_length": 2}"#, "limits inputs to 2 tokens");
    refuses("sentence_bert_config.json", r#"{"max_seq_length": -1}"#, "invalid value");
    let directory = directory();
    write(directory.path(), "sentence_bert_config.json", r#"{"max_seq_length": 100000}"#);
    let read = Directory::read(directory.path()).unwrap();
    assert_eq!(read.max_seq_length, 512, "there are no more positions than that");
}

#[test]
fn other_models_are_refused() {
    refuses_config("model_type", json!("roberta"), "a model of type `roberta`");
    refuses_config(
        "architectures",
        json!(["BertForTokenClassification"]),
        "architecture `BertForTokenClassification`",
    );
    refuses_config(
        "position_embedding_type",
        json!("relative_key"),
        "position_embedding_type `relative_key`",
    );
    refuses_config("hidden_act", json!("mish"), "hidden_act `mish`; implemented are: gelu");
    refuses_config("is_decoder", json!(true), "a decoder");
    refuses("config.json", r#"{"hidden_size": 384}"#, "missing field");
}

#[test]
fn impossible_sizes_are_refused() {
    refuses_config("num_attention_heads", json!(5), "384 among 5 attention heads");
    refuses_config("num_attention_heads", json!(0), "num_attention_heads 0");
    refuses_config("hidden_size", json!(u64::MAX), "hidden_size 18446744073709551615");
    refuses_config("vocab_size", json!(-3), "invalid value");
    refuses_config("layer_norm_eps", json!(0.0), "layer_norm_eps 0");
    refuses_config("pad_token_id", json!(30522), "pad_token_id 30522");
}

#[test]
fn other_activations() {
    let directory = directory();
    for (name, activation) in [
        ("gelu_new", Activation::GeluTanh),
        ("gelu_pytorch_tanh", Activation::GeluTanh),
        ("relu", Activation::Relu),
    ] {
        let mut config = config();
        config["hidden_act"] = json!(name);
        write(directory.path(), "config.json", config.to_string());
        assert_eq!(Config::read(&directory.path().join("config.json")).unwrap().hidden_act, activation);
    }
}

#[test]
fn missing_files_are_named() {
    let directory = tempfile::tempdir().unwrap();
    let error = Directory::read(directory.path()).unwrap_err();
    assert!(error.to_string().contains("config.json` cannot be read"), "{error}");
    let error = Directory::read(&directory.path().join("absent")).unwrap_err();
    assert!(error.to_string().ends_with("is not a directory"), "{error}");
}
