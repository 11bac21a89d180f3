//! The candle peer of `benches/minilm/run.py`.
//!
//! `peer serve MODEL THREADS` answers each line `ROWS TOKENS SECONDS` with sentences a second;
//! `peer first MODEL THREADS SENTENCE` embeds one sentence and prints its beginning.

use candle_core::{DType, Device, Result, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::bert::{BertModel, Config};
use std::io::{BufRead, Write};
use std::time::Instant;

struct Encoder {
    bert: BertModel,
}

impl Encoder {
    fn open(model: &str) -> Result<Encoder> {
        let config = std::fs::read_to_string(format!("{model}/config.json"))?;
        let config: Config = serde_json::from_str(&config).map_err(candle_core::Error::wrap)?;
        let files = [format!("{model}/model.safetensors")];
        // SAFETY: the file is not changed while this runs.
        let weights = unsafe { VarBuilder::from_mmaped_safetensors(&files, DType::F32, &Device::Cpu)? };
        Ok(Encoder { bert: BertModel::load(weights, &config)? })
    }

    fn encode(&self, ids: &Tensor) -> Result<Vec<Vec<f32>>> {
        let hidden = self.bert.forward(ids, &ids.zeros_like()?, None)?;
        let pooled = hidden.mean(1)?;
        pooled.broadcast_div(&pooled.sqr()?.sum_keepdim(1)?.sqrt()?)?.to_vec2()
    }
}

fn batch(rows: usize, tokens: usize) -> Result<Tensor> {
    let id = |row: usize, token: usize| match token {
        0 => 101u32,
        _ if token == tokens - 1 => 102,
        _ => 1000 + ((31 * row + 17 * token) % 20000) as u32,
    };
    let ids: Vec<u32> = (0..rows).flat_map(|row| (0..tokens).map(move |token| id(row, token))).collect();
    Tensor::from_vec(ids, (rows, tokens), &Device::Cpu)
}

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [kind, model, threads, rest @ ..] = &arguments[..] else { return Err("peer serve|first MODEL THREADS ..".into()) };
    rayon::ThreadPoolBuilder::new().num_threads(threads.parse()?).build_global()?;
    let encoder = Encoder::open(model)?;
    if kind == "first" {
        let mut tokenizer =
            tokenizers::Tokenizer::from_file(format!("{model}/tokenizer.json")).map_err(|error| error.to_string())?;
        tokenizer.with_padding(None);
        let encoding = tokenizer.encode(rest[0].as_str(), true).map_err(|error| error.to_string())?;
        let ids = Tensor::new(vec![encoding.get_ids().to_vec()], &Device::Cpu)?;
        println!("{:?}", &encoder.encode(&ids)?[0][..3]);
        return Ok(());
    }
    for line in std::io::stdin().lock().lines() {
        let numbers: Vec<f64> = line?.split_whitespace().map(str::parse).collect::<std::result::Result<_, _>>()?;
        let [rows, tokens, seconds] = numbers[..] else { return Err("expected ROWS TOKENS SECONDS".into()) };
        let ids = batch(rows as usize, tokens as usize)?;
        encoder.encode(&ids)?;
        let (start, mut runs) = (Instant::now(), 0);
        while start.elapsed().as_secs_f64() < seconds {
            encoder.encode(&ids)?;
            runs += 1;
        }
        println!("{}", f64::from(runs) * rows / start.elapsed().as_secs_f64());
        std::io::stdout().flush()?;
    }
    Ok(())
}
