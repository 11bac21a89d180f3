//! Damaged model directories: the tokenizer and the small files around it. What is accepted must also be usable.

use bering_damage::{Random, Trial, json};
use minilm::{Config, Directory, Tokenizer};
use serde_json::{Value, json};
use std::path::Path;

const SENTENCES: [&str; 5] =
    ["the cat sat", "", "Ünïcödé 漢字 \u{0}\u{ffff}", "the the the the the the the the the the", " \n "];

/// One tokenizer of every kind of model, with what goes around them in real files.
fn tokenizers() -> Vec<String> {
    let words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "the", "cat", "##s", "sat", "t", "h", "e", "th", "▁the"];
    let vocabulary: Value =
        words.iter().enumerate().map(|(i, word)| ((*word).to_owned(), json!(i))).collect();
    let special = |id: usize| json!({ "id": id, "content": words[id], "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true });
    let piece = |name: &str, id: usize| json!({ "id": name, "ids": [id], "tokens": [name] });
    let whole = |model: Value, pre_tokenizer: Value| {
        json!({
            "version": "1.0",
            "truncation": { "max_length": 128, "strategy": "LongestFirst", "stride": 0, "direction": "Right" },
            "padding": { "strategy": "BatchLongest", "direction": "Right", "pad_id": 0, "pad_type_id": 0, "pad_token": "[PAD]" },
            "added_tokens": [special(0), special(1), special(2), special(3)],
            "normalizer": { "type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": true },
            "pre_tokenizer": pre_tokenizer,
            "post_processor": {
                "type": "TemplateProcessing",
                "single": [{ "SpecialToken": { "id": "[CLS]", "type_id": 0 } }, { "Sequence": { "id": "A", "type_id": 0 } }, { "SpecialToken": { "id": "[SEP]", "type_id": 0 } }],
                "pair": [{ "Sequence": { "id": "A", "type_id": 0 } }, { "Sequence": { "id": "B", "type_id": 1 } }],
                "special_tokens": { "[CLS]": piece("[CLS]", 2), "[SEP]": piece("[SEP]", 3) }
            },
            "decoder": { "type": "WordPiece", "prefix": "##", "cleanup": true },
            "model": model
        })
        .to_string()
    };
    let scores: Vec<(&str, f64)> = words.iter().map(|word| (*word, -1.5)).collect();
    vec![
        whole(
            json!({ "type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100, "vocab": vocabulary }),
            json!({ "type": "BertPreTokenizer" }),
        ),
        whole(
            json!({ "type": "BPE", "dropout": null, "unk_token": "[UNK]", "continuing_subword_prefix": "", "end_of_word_suffix": "", "fuse_unk": false, "vocab": vocabulary, "merges": ["t h"] }),
            json!({ "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true }),
        ),
        whole(
            json!({ "type": "Unigram", "unk_id": 1, "vocab": scores, "byte_fallback": false }),
            json!({ "type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true }),
        ),
        whole(
            json!({ "type": "WordLevel", "vocab": vocabulary, "unk_token": "[UNK]" }),
            json!({ "type": "Split", "pattern": { "Regex": "\\s+" }, "behavior": "Removed", "invert": false }),
        ),
    ]
}

fn config() -> Value {
    json!({
        "architectures": ["BertModel"], "model_type": "bert", "hidden_act": "gelu", "hidden_size": 48, "intermediate_size": 80,
        "layer_norm_eps": 1e-12, "max_position_embeddings": 64, "num_attention_heads": 3, "num_hidden_layers": 2,
        "pad_token_id": 0, "position_embedding_type": "absolute", "type_vocab_size": 2, "vocab_size": 13
    })
}

fn write(directory: &Path, file: &str, content: impl AsRef<[u8]>) {
    let path = directory.join(file);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, content).unwrap();
}

/// The small files of a directory and what is good for each.
fn small_files() -> Vec<(&'static str, String)> {
    let module = |kind: &str, path: &str| json!({ "idx": 0, "name": "0", "path": path, "type": format!("sentence_transformers.models.{kind}") });
    vec![
        ("config.json", config().to_string()),
        (
            "modules.json",
            json!([
                module("Transformer", ""),
                module("Pooling", "1_Pooling"),
                module("Normalize", "2_Normalize")
            ])
            .to_string(),
        ),
        (
            "1_Pooling/config.json",
            json!({ "pooling_mode_mean_tokens": true, "pooling_mode_cls_token": false }).to_string(),
        ),
        ("sentence_bert_config.json", json!({ "max_seq_length": 32, "do_lower_case": false }).to_string()),
        ("tokenizer_config.json", json!({ "model_max_length": 1e30 }).to_string()),
    ]
}

fn damaged(random: &mut Random, good: &[String]) -> Vec<u8> {
    match random.below(3) {
        0 => random.bytes(good),
        _ => json::damaged(random, good).into_bytes(),
    }
}

#[test]
fn tokenizer_files() {
    let directory = tempfile::tempdir().unwrap();
    small_files().iter().for_each(|(file, content)| write(directory.path(), file, content));
    let read = Directory::read(directory.path()).unwrap();
    let good = tokenizers();
    let encode = |tokenizer: &Tokenizer| {
        for sentence in SENTENCES {
            if let Ok(tokens) = tokenizer.encode(sentence) {
                assert!(!tokens.ids.is_empty() && tokens.ids.len() <= read.max_seq_length);
                assert!(tokens.ids.iter().all(|&id| (id as usize) < read.config.vocab_size), "{tokens:?}");
            }
        }
    };
    for file in &good {
        write(directory.path(), "tokenizer.json", file);
        encode(&Tokenizer::open(&read).unwrap());
    }
    Trial::new("tokenizer").attempts(400).memory(64 << 20).run(
        |random| damaged(random, &good),
        |bytes| {
            write(directory.path(), "tokenizer.json", bytes);
            if let Ok(tokenizer) = Tokenizer::open(&read) {
                encode(&tokenizer);
            }
        },
    );
}

#[test]
fn configurations() {
    let directory = tempfile::tempdir().unwrap();
    let files = small_files();
    let contents: Vec<String> = files.iter().map(|(_, content)| content.clone()).collect();
    // The first byte says which file it is.
    let make = |random: &mut Random| {
        let at = random.below(files.len());
        [vec![at as u8], damaged(random, &contents[at..=at])].concat()
    };
    Trial::new("configurations").attempts(2000).run(make, |bytes| {
        files.iter().for_each(|(file, content)| write(directory.path(), file, content));
        write(directory.path(), files[usize::from(bytes[0])].0, &bytes[1..]);
        if let Ok(read) = Directory::read(directory.path()) {
            let Config { hidden_size, num_attention_heads, .. } = read.config;
            assert_eq!(read.config.head_size() * num_attention_heads, hidden_size);
            assert!(read.transformer.starts_with(directory.path()), "{:?}", read.transformer);
            assert!(read.max_seq_length >= 3);
        }
    });
}

/// Templates that put a text in twice, or a token that no vocabulary lists, are found when they do.
#[test]
fn templates_cannot_add_what_the_model_does_not_take() {
    let directory = tempfile::tempdir().unwrap();
    small_files().iter().for_each(|(file, content)| write(directory.path(), file, content));
    let read = Directory::read(directory.path()).unwrap();
    let good = &tokenizers()[0];
    let refused = |from: &str, to: &str, text: &str| {
        assert!(good.contains(from), "`{from}` is not in {good}");
        write(directory.path(), "tokenizer.json", good.replace(from, to));
        let tokenizer = Tokenizer::open(&read).unwrap();
        let error = tokenizer.encode(&"cat ".repeat(40)).unwrap_err().to_string();
        assert!(error.contains(text), "{error}");
    };
    let sentence = r#"{"Sequence":{"id":"A","type_id":0}},{"SpecialToken""#;
    let twice = r#"{"Sequence":{"id":"A","type_id":0}},{"Sequence":{"id":"A","type_id":0}},{"SpecialToken""#;
    refused(sentence, twice, "tokens of a text cut to 32");
    refused(r#""ids":[3]"#, r#""ids":[13]"#, "made token 13, the model has 13 words");
}
