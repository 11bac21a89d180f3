//! Encoders of other shapes, with random weights, against the definition in f64.
//!
//! The definition below is written for clarity and shares nothing with the traced model. The script `make_random_bert.py`
//! beside this file makes the same comparison with transformers, by hand.

mod common;

use bering::weights::{DType, NewTensor, save};
use minilm::{Embedder, Form, Options, Tokens};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::Path;

#[derive(Clone, Copy)]
struct Shape {
    hidden: usize,
    layers: usize,
    heads: usize,
    inner: usize,
    vocabulary: usize,
    positions: usize,
    types: usize,
    activation: &'static str,
    eps: f64,
    pooling: &'static str,
    normalize: bool,
    /// Names as in a checkpoint saved with a head and converted from TensorFlow.
    old_names: bool,
}

const SMALL: Shape = Shape {
    hidden: 48,
    layers: 2,
    heads: 3,
    inner: 80,
    vocabulary: 60,
    positions: 70,
    types: 2,
    activation: "gelu",
    eps: 1e-12,
    pooling: "mean",
    normalize: true,
    old_names: false,
};

#[test]
fn another_shape() {
    check(SMALL);
}

#[test]
fn tanh_gelu_first_token_no_normalisation() {
    check(Shape { activation: "gelu_new", pooling: "cls", normalize: false, eps: 1e-5, ..SMALL });
}

#[test]
fn relu_one_type_one_head_one_layer() {
    check(Shape { activation: "relu", types: 1, heads: 1, layers: 1, hidden: 20, inner: 33, ..SMALL });
}

#[test]
fn wide_heads_deep_stack_silu() {
    check(Shape { activation: "silu", layers: 5, heads: 2, hidden: 64, inner: 256, eps: 1e-6, ..SMALL });
}

#[test]
fn prefixed_and_greek_names() {
    check(Shape { old_names: true, layers: 1, ..SMALL });
}

fn check(shape: Shape) {
    let weights = Weights::random(shape);
    let directory = tempfile::tempdir().unwrap();
    weights.write(directory.path());
    for form in [Form::Plain, Form::Kernels] {
        check_form(&weights, directory.path(), form);
    }
}

fn check_form(weights: &Weights, directory: &Path, form: Form) {
    let shape = weights.shape;
    let embedder = Embedder::open(directory, &Options { form: Some(form), ..Options::default() }).unwrap();
    let mut random = Random(7);
    let sentences: Vec<Tokens> = [1, 3, 16, 17, 40, shape.positions]
        .into_iter()
        .map(|length| Tokens {
            ids: (0..length)
                .map(|_| (random.next().to_bits() >> 20) as u32 % shape.vocabulary as u32)
                .collect(),
            truncated: false,
        })
        .collect();
    let found = embedder.embed_tokens(&sentences).unwrap();
    for (sentence, found) in sentences.iter().zip(found.rows()) {
        let expected = weights.embed(&sentence.ids);
        // Without normalisation values are larger, and so is what rounding does to them.
        let scale = expected.iter().fold(1.0f64, |scale, value| scale.max(value.abs()));
        let expected: Vec<f32> = expected.iter().map(|&value| value as f32).collect();
        common::assert_close(
            found,
            &expected,
            2e-5 * scale,
            &format!("{form:?}, {} tokens", sentence.ids.len()),
        );
    }
}

/// xorshift64*, as numbers from -1 to 1.
struct Random(u64);

impl Random {
    fn next(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }
}

struct Weights {
    shape: Shape,
    tensors: BTreeMap<String, (Vec<usize>, Vec<f32>)>,
}

impl Weights {
    fn random(shape: Shape) -> Weights {
        let mut weights = Weights { shape, tensors: BTreeMap::new() };
        let random = &mut Random(42);
        let Shape { hidden, inner, .. } = shape;
        for (table, rows) in
            [("word", shape.vocabulary), ("position", shape.positions), ("token_type", shape.types)]
        {
            let name = format!("embeddings.{table}_embeddings.weight");
            weights.add(random, name, &[rows, hidden], 0.0, 1.0);
        }
        weights.add_norm(random, "embeddings");
        for layer in 0..shape.layers {
            let path = format!("encoder.layer.{layer}");
            for (name, outputs, inputs) in [
                ("attention.self.query", hidden, hidden),
                ("attention.self.key", hidden, hidden),
                ("attention.self.value", hidden, hidden),
                ("attention.output.dense", hidden, hidden),
                ("intermediate.dense", inner, hidden),
                ("output.dense", hidden, inner),
            ] {
                let spread = 2.0 / (inputs as f64).sqrt();
                weights.add(random, format!("{path}.{name}.weight"), &[outputs, inputs], 0.0, spread);
                weights.add(random, format!("{path}.{name}.bias"), &[outputs], 0.0, 0.2);
            }
            weights.add_norm(random, &format!("{path}.attention.output"));
            weights.add_norm(random, &format!("{path}.output"));
        }
        weights
    }

    fn add(&mut self, random: &mut Random, name: String, dims: &[usize], center: f64, spread: f64) {
        let count = dims.iter().product();
        let values = (0..count).map(|_| (center + spread * random.next()) as f32).collect();
        self.tensors.insert(name, (dims.to_vec(), values));
    }

    fn add_norm(&mut self, random: &mut Random, path: &str) {
        let hidden = self.shape.hidden;
        self.add(random, format!("{path}.LayerNorm.weight"), &[hidden], 1.0, 0.3);
        self.add(random, format!("{path}.LayerNorm.bias"), &[hidden], 0.0, 0.3);
    }

    /// Writes a model directory with a word piece tokenizer of `vocabulary` words.
    fn write(&self, directory: &Path) {
        let shape = self.shape;
        let config = json!({
            "model_type": "bert", "architectures": ["BertModel"], "hidden_size": shape.hidden,
            "num_hidden_layers": shape.layers, "num_attention_heads": shape.heads, "intermediate_size": shape.inner,
            "vocab_size": shape.vocabulary, "max_position_embeddings": shape.positions,
            "type_vocab_size": shape.types, "hidden_act": shape.activation, "layer_norm_eps": shape.eps
        });
        let mut kinds = vec!["Transformer", "Pooling"];
        kinds.extend(shape.normalize.then_some("Normalize"));
        let modules: Vec<_> = kinds
            .iter()
            .map(|kind| {
                let path = if *kind == "Pooling" { "1_Pooling" } else { "" };
                json!({ "path": path, "type": format!("sentence_transformers.models.{kind}") })
            })
            .collect();
        let words: BTreeMap<String, usize> = (0..shape.vocabulary).map(|i| (format!("w{i}"), i)).collect();
        let tokenizer = json!({
            "version": "1.0", "added_tokens": [], "pre_tokenizer": { "type": "BertPreTokenizer" },
            "model": { "type": "WordPiece", "unk_token": "w0", "continuing_subword_prefix": "##",
                "max_input_chars_per_word": 100, "vocab": words }
        });
        let write = |file: &str, value: serde_json::Value| {
            std::fs::create_dir_all(directory.join(file).parent().unwrap()).unwrap();
            std::fs::write(directory.join(file), value.to_string()).unwrap();
        };
        write("config.json", config);
        write("modules.json", modules.into());
        write("1_Pooling/config.json", json!({ "pooling_mode": shape.pooling }));
        write("tokenizer.json", tokenizer);
        let stored: Vec<_> = self
            .tensors
            .iter()
            .map(|(name, (dims, values))| {
                let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
                (self.stored_name(name), dims, bytes)
            })
            .collect();
        let tensors: Vec<_> = stored
            .iter()
            .map(|(name, dims, bytes)| NewTensor { name, dtype: DType::F32, dims, bytes })
            .collect();
        save(directory.join("model.safetensors"), &tensors).unwrap();
    }

    fn stored_name(&self, name: &str) -> String {
        match self.shape.old_names {
            true => format!("bert.{name}")
                .replace("LayerNorm.weight", "LayerNorm.gamma")
                .replace("LayerNorm.bias", "LayerNorm.beta"),
            false => name.into(),
        }
    }

    fn get<'w>(&'w self, name: &str) -> impl Fn(usize) -> f64 + use<'w> {
        let values = &self.tensors[name].1;
        move |i| f64::from(values[i])
    }

    /// `x W^T + b` for one row.
    fn linear(&self, path: &str, x: &[f64]) -> Vec<f64> {
        let (weight, bias) = (self.get(&format!("{path}.weight")), self.get(&format!("{path}.bias")));
        let outputs = self.tensors[&format!("{path}.bias")].1.len();
        let row =
            |o: usize| x.iter().enumerate().map(|(i, value)| value * weight(o * x.len() + i)).sum::<f64>();
        (0..outputs).map(|o| row(o) + bias(o)).collect()
    }

    fn norm(&self, path: &str, x: &[f64]) -> Vec<f64> {
        let (weight, bias) = (self.get(&format!("{path}.weight")), self.get(&format!("{path}.bias")));
        let mean = x.iter().sum::<f64>() / x.len() as f64;
        let variance = x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / x.len() as f64;
        let scaled =
            |(i, x): (usize, &f64)| (x - mean) / (variance + self.shape.eps).sqrt() * weight(i) + bias(i);
        x.iter().enumerate().map(scaled).collect()
    }

    /// The whole model for one sentence.
    fn embed(&self, ids: &[u32]) -> Vec<f64> {
        let hidden = self.shape.hidden;
        let (words, positions, types) = (
            self.get("embeddings.word_embeddings.weight"),
            self.get("embeddings.position_embeddings.weight"),
            self.get("embeddings.token_type_embeddings.weight"),
        );
        let embed = |(t, &id): (usize, &u32)| -> Vec<f64> {
            let row = |h| words(id as usize * hidden + h) + positions(t * hidden + h) + types(h);
            self.norm("embeddings.LayerNorm", &(0..hidden).map(row).collect::<Vec<_>>())
        };
        let mut states: Vec<Vec<f64>> = ids.iter().enumerate().map(embed).collect();
        for layer in 0..self.shape.layers {
            states = self.layer(&format!("encoder.layer.{layer}"), &states);
        }
        let mut pooled: Vec<f64> = match self.shape.pooling {
            "cls" => states[0].clone(),
            _ => {
                (0..hidden).map(|h| states.iter().map(|s| s[h]).sum::<f64>() / states.len() as f64).collect()
            }
        };
        if self.shape.normalize {
            let length = pooled.iter().map(|x| x * x).sum::<f64>().sqrt();
            pooled.iter_mut().for_each(|x| *x /= length);
        }
        pooled
    }

    fn layer(&self, path: &str, states: &[Vec<f64>]) -> Vec<Vec<f64>> {
        let project = |name: &str| -> Vec<Vec<f64>> {
            states.iter().map(|x| self.linear(&format!("{path}.{name}"), x)).collect()
        };
        let (queries, keys, values) =
            (project("attention.self.query"), project("attention.self.key"), project("attention.self.value"));
        let width = self.shape.hidden / self.shape.heads;
        let attend = |query: &Vec<f64>| -> Vec<f64> {
            (0..self.shape.heads)
                .flat_map(|head| {
                    let span = head * width..(head + 1) * width;
                    let score = |key: &Vec<f64>| -> f64 {
                        span.clone().map(|i| query[i] * key[i]).sum::<f64>() / (width as f64).sqrt()
                    };
                    let weights: Vec<f64> = keys.iter().map(|key| score(key).exp()).collect();
                    let total: f64 = weights.iter().sum();
                    let mix =
                        |i: usize| weights.iter().zip(&values).map(|(w, v)| w * v[i]).sum::<f64>() / total;
                    span.clone().map(mix).collect::<Vec<_>>()
                })
                .collect()
        };
        let add = |a: &[f64], b: &[f64]| -> Vec<f64> { a.iter().zip(b).map(|(a, b)| a + b).collect() };
        states
            .iter()
            .zip(&queries)
            .map(|(state, query)| {
                let attended = self.linear(&format!("{path}.attention.output.dense"), &attend(query));
                let state = self.norm(&format!("{path}.attention.output.LayerNorm"), &add(&attended, state));
                let inner = self.linear(&format!("{path}.intermediate.dense"), &state);
                let inner: Vec<f64> = inner.into_iter().map(|x| activate(self.shape.activation, x)).collect();
                let output = self.linear(&format!("{path}.output.dense"), &inner);
                self.norm(&format!("{path}.output.LayerNorm"), &add(&output, &state))
            })
            .collect()
    }
}

fn activate(name: &str, x: f64) -> f64 {
    match name {
        "gelu" => x * 0.5 * (1.0 + erf(x / 2.0f64.sqrt())),
        "gelu_new" => {
            x * 0.5 * (1.0 + ((2.0 / std::f64::consts::PI).sqrt() * (x + 0.044715 * x.powi(3))).tanh())
        }
        "relu" => x.max(0.0),
        "silu" => x / (1.0 + (-x).exp()),
        other => panic!("no activation `{other}`"),
    }
}

/// The error function by its Maclaurin series; good to 1e-9 where it is not 1 to that precision.
fn erf(x: f64) -> f64 {
    if x.abs() > 4.5 {
        return x.signum();
    }
    let (mut term, mut sum) = (x, x);
    for n in 1..120 {
        term *= -x * x / f64::from(n);
        sum += term / f64::from(2 * n + 1);
    }
    sum * 2.0 / std::f64::consts::PI.sqrt()
}
