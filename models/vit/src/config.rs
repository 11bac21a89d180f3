//! What a network looks like and how images are prepared for it: from the shapes in a checkpoint, and from timm's `config.json`.

use anyhow::{Context as _, Result, bail, ensure};
use bering::prelude::SafeTensors;
use serde::Deserialize;
use std::path::Path;

/// What becomes of the tokens after the last block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pool {
    /// The class token alone goes on.
    Class,
    /// The mean of all patches' tokens goes on.
    Mean,
}

/// Sizes of a network and how images are prepared for it.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Features of a token.
    pub features: usize,
    /// Transformer blocks.
    pub blocks: usize,
    /// Heads of attention.
    pub heads: usize,
    /// Features between the linear layers of a block.
    pub inner: usize,
    /// Width and height of a patch.
    pub patch: usize,
    /// Colours of an image.
    pub channels: usize,
    /// Tokens that have a position.
    pub positions: usize,
    /// Whether there is a token for the class.
    pub class_token: bool,
    /// Tokens that stand for nothing (Darcet et al., 2023).
    pub registers: usize,
    /// Whether blocks scale what they add.
    pub layer_scale: bool,
    /// What becomes of the tokens.
    pub pool: Pool,
    /// Classes.
    pub classes: usize,
    /// How images are prepared.
    pub preparation: Preparation,
    /// What classes are called, if that is known.
    pub labels: Vec<String>,
}

/// How an image becomes numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Preparation {
    /// Width and height of the image that the network takes.
    pub size: usize,
    /// The part of the resized image that is kept, from its middle.
    pub crop: f64,
    /// What is subtracted from each colour.
    pub mean: [f32; 3],
    /// What each colour is then divided by.
    pub std: [f32; 3],
}

/// The parts of timm's `config.json` that matter here.
#[derive(Default, Deserialize)]
#[serde(default)]
struct File {
    model_args: ModelArguments,
    pretrained_cfg: Pretrained,
    label_names: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ModelArguments {
    num_heads: Option<usize>,
    act_layer: Option<String>,
}

#[derive(Deserialize)]
#[serde(default)]
struct Pretrained {
    mean: [f32; 3],
    std: [f32; 3],
    crop_pct: f64,
    interpolation: String,
    label_names: Vec<String>,
}

impl Default for Pretrained {
    fn default() -> Pretrained {
        // timm's own for these networks.
        let interpolation = "bicubic".to_owned();
        Pretrained { mean: [0.5; 3], std: [0.5; 3], crop_pct: 0.9, interpolation, label_names: Vec::new() }
    }
}

/// The width of a head where nothing else is said; that of all of timm's networks but the largest.
const HEAD_WIDTH: usize = 64;

impl Config {
    /// Reads `config.json` beside a checkpoint, if it is there, and the checkpoint's shapes.
    ///
    /// # Errors
    /// If the file does not parse, or the checkpoint is none of a vision transformer.
    pub fn read(directory: &Path, weights: &SafeTensors) -> Result<Config> {
        let path = directory.join("config.json");
        let file: File = match std::fs::read(&path) {
            Ok(bytes) => {
                serde_json::from_slice(&bytes).with_context(|| format!("cannot use `{}`", path.display()))?
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => File::default(),
            Err(error) => return Err(error).with_context(|| format!("cannot read `{}`", path.display())),
        };
        Config::from_shapes(weights, file)
    }

    fn from_shapes(weights: &SafeTensors, file: File) -> Result<Config> {
        let patches = dims::<4>(weights, "patch_embed.proj.weight")?;
        let [features, channels, patch, width] = patches;
        ensure!(channels == 3, "patches have {channels} colours, images 3");
        ensure!(patch == width && patch > 0, "patches are {patch} x {width}, only squares are known");
        let [_, positions, _] = dims::<3>(weights, "pos_embed")?;
        let [inner, _] = dims::<2>(weights, "blocks.0.mlp.fc1.weight")?;
        let [classes, _] = dims::<2>(weights, "head.weight")?;
        let class_token = weights.contains("cls_token");
        let registers = match weights.contains("reg_token") {
            true => dims::<3>(weights, "reg_token")?[1],
            false => 0,
        };
        let heads = file.model_args.num_heads.unwrap_or(features / HEAD_WIDTH);
        ensure!(
            heads > 0 && features.is_multiple_of(heads),
            "{features} features do not make {heads} heads\nhint: say `\"model_args\": {{\"num_heads\": ..}}` in `config.json`"
        );
        let side = grid(positions, usize::from(class_token))?;
        let Pretrained { mean, std, crop_pct, interpolation, label_names } = file.pretrained_cfg;
        let activation = file.model_args.act_layer.as_deref().unwrap_or("gelu");
        ensure!(activation == "gelu", "the activation is `{activation}`; only `gelu` is known");
        ensure!(
            interpolation == "bicubic",
            "images are resized by `{interpolation}`; only `bicubic` is known"
        );
        ensure!(
            crop_pct > 0.0 && crop_pct <= 1.0 && std.iter().all(|std| *std > 0.0),
            "`crop_pct` must be in 0..1 and every `std` positive, got {crop_pct} and {std:?}"
        );
        let labels = if file.label_names.is_empty() { label_names } else { file.label_names };
        ensure!(
            labels.is_empty() || labels.len() == classes,
            "{} labels for {classes} classes",
            labels.len()
        );
        let pool = if weights.contains("fc_norm.weight") { Pool::Mean } else { Pool::Class };
        ensure!(class_token || pool == Pool::Mean, "there is neither `cls_token` nor `fc_norm.weight`");
        Ok(Config {
            features,
            blocks: (0..).take_while(|i| weights.contains(&format!("blocks.{i}.norm1.weight"))).count(),
            heads,
            inner,
            patch,
            channels,
            positions,
            class_token,
            registers,
            layer_scale: weights.contains("blocks.0.ls1.gamma"),
            pool,
            classes,
            preparation: Preparation { size: side * patch, crop: crop_pct, mean, std },
            labels,
        })
    }
}

/// Patches along a side, for so many positions of which `prefix` may be no patches.
fn grid(positions: usize, prefix: usize) -> Result<usize> {
    for patches in [positions.saturating_sub(prefix), positions] {
        let side = patches.isqrt();
        if side > 0 && side * side == patches {
            return Ok(side);
        }
    }
    bail!("{positions} positions are no square of patches")
}

fn dims<const N: usize>(weights: &SafeTensors, name: &str) -> Result<[usize; N]> {
    let view = weights.get(name).context("this is no vision transformer in timm's layout")?;
    let dims = view.dims;
    dims.try_into().map_err(|_| anyhow::anyhow!("tensor `{name}` must have {N} axes, got {dims:?}"))
}
