//! A directory of weights, ready to classify.

use crate::config::Config;
use crate::model::Vit;
use crate::picture::prepare;
use anyhow::{Context as _, Result, ensure};
use bering::prelude::*;
use image::RgbImage;
use std::collections::BTreeSet;
use std::path::Path;

/// A network on a device.
pub struct Classifier {
    config: Config,
    device: Device,
    function: Bound,
}

/// A class and how likely it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Guess {
    /// Its number.
    pub class: usize,
    /// Its name, if the directory says it.
    pub label: Option<String>,
    /// Between 0 and 1.
    pub probability: f32,
}

impl Classifier {
    /// Opens `model.safetensors` and `config.json` of a directory and compiles the network for one image.
    ///
    /// # Errors
    /// If the directory holds no vision transformer in timm's layout, or it cannot be compiled.
    pub fn open(directory: &Path, device: Device) -> Result<Classifier> {
        let weights = SafeTensors::open(directory)?;
        let config = Config::read(directory, &weights)
            .with_context(|| format!("cannot use the model in `{}`", directory.display()))?;
        let size = config.preparation.size;
        let image = Spec::new(DType::F32, [1, config.channels, size, size]);
        let graph = trace("vit", &[image], |params: &Params, images| {
            Vit::new(params, &config).forward(&images[0]).logits.softmax(-1)
        })?;
        check_names(&graph, &weights)?;
        let parameters = Parameters::load(&device, &graph, &weights)?;
        let function = compile(&device, &graph)?.bind(&parameters)?;
        Ok(Classifier { config, device, function })
    }

    /// Sizes and preparation.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The likeliest `count` classes of an image, likeliest first.
    ///
    /// # Errors
    /// If the device fails.
    pub fn classify(&self, image: &RgbImage, count: usize) -> Result<Vec<Guess>> {
        let size = self.config.preparation.size;
        ensure!(image.width() > 0 && image.height() > 0, "the image is empty");
        let numbers = prepare(image, &self.config.preparation);
        let buffer = HostView::of(&numbers, [1, self.config.channels, size, size])?;
        let buffer = self.device.client().buffer(&buffer, &self.device)?;
        let probabilities = self.function.call(&[&buffer])?[0].to_vec::<f32>()?;
        let guess = |(class, &probability): (usize, &f32)| {
            let label = self.config.labels.get(class).cloned();
            Guess { class, label, probability }
        };
        let mut guesses: Vec<Guess> = probabilities.iter().enumerate().map(guess).collect();
        guesses.sort_by(|a, b| b.probability.total_cmp(&a.probability));
        guesses.truncate(count);
        Ok(guesses)
    }
}

/// Names an error lists at most.
const LISTED: usize = 5;

/// Refuses networks with parts that this one does not have: without them it would compute something else.
fn check_names(graph: &Graph, weights: &SafeTensors) -> Result<()> {
    let known: BTreeSet<&str> = graph.inputs().iter().filter_map(|input| input.name.as_deref()).collect();
    let others: Vec<String> =
        weights.names().filter(|name| !known.contains(name)).map(|name| format!("`{name}`")).collect();
    let more = others.len().saturating_sub(LISTED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    ensure!(
        others.is_empty(),
        "`{}` holds {}{more}, which the vision transformers that are known here do not have",
        weights.path().display(),
        others[..others.len().min(LISTED)].join(", ")
    );
    Ok(())
}
