//! The checkpoint's tensors as the layers take them.
//!
//! All of this is host work that needs no device, so it runs while the plugin is being loaded.

use crate::error::{Error, ErrorKind};
use crate::layers::Form;
use crate::sentence::SentenceEncoder;
use bering::kernels;
use bering::weights::{DType, SafeTensors};
use bering::{HostParameters, Result};
use std::path::Path;

/// A checked checkpoint and the encoder's parameters made of it.
pub(crate) struct Weights {
    file: SafeTensors,
    pub(crate) host: HostParameters,
}

impl Weights {
    pub(crate) fn load(directory: &Path, encoder: &SentenceEncoder) -> Result<Weights, Error> {
        let file = SafeTensors::open(directory)
            .map_err(|source| Error::new(ErrorKind::Weights, "cannot use the weights").caused_by(source))?;
        let host = gather(&file, encoder).map_err(|source| {
            Error::new(ErrorKind::Weights, "the weights do not fit the model").caused_by(source)
        })?;
        Ok(Weights { file, host })
    }

    /// The first tensor with a NaN or infinity in it, and its file.
    pub(crate) fn first_non_finite(&self) -> Option<String> {
        let finite = |bytes: &[u8]| floats(bytes).all(f32::is_finite);
        let culprit = self.file.iter().find(|tensor| tensor.dtype == DType::F32 && !finite(tensor.bytes))?;
        Some(format!("`{}` in `{}`", culprit.name, culprit.file.display()))
    }
}

/// The parameters of the encoder's form. They are those of any shape of input: the smallest graph lists them.
fn gather(file: &SafeTensors, encoder: &SentenceEncoder) -> Result<HostParameters> {
    let stored_name = stored_names(file);
    let plain = SentenceEncoder { form: Form::Plain, ..encoder.clone() }.trace(1, 1)?;
    if encoder.form == Form::Plain {
        return HostParameters::gather_renamed(&plain, file, stored_name);
    }
    // Errors speak of the checkpoint's own tensors, so these are checked first.
    HostParameters::check_renamed(&plain, file, &stored_name)?;
    let graph = encoder.trace(1, 1)?;
    let mut parameters = HostParameters::default();
    for input in graph.inputs() {
        let Some(name) = input.name.as_deref() else { continue };
        let dims = input.spec.dims();
        let (path, leaf) = name.rsplit_once('.').unwrap_or(("", name));
        let joint = path.strip_suffix("qkv");
        if leaf == "packed" {
            let weight = concatenated(file, path, joint, "weight", &stored_name)?;
            parameters.insert_f32(name, dims, &kernels::pack(&weight, dims[1]))?;
        } else if joint.is_some() {
            parameters.insert_f32(name, dims, &concatenated(file, path, joint, leaf, &stored_name)?)?;
        } else {
            parameters.insert(name, &file.get(&stored_name(name))?)?;
        }
    }
    Ok(parameters)
}

/// The values of `path`'s tensor; where `joint` says so, of the three projections of attention one after another.
fn concatenated(
    file: &SafeTensors,
    path: &str,
    joint: Option<&str>,
    leaf: &str,
    stored_name: impl Fn(&str) -> String,
) -> Result<Vec<f32>> {
    let paths: Vec<String> = match joint {
        Some(parent) => ["query", "key", "value"].map(|name| format!("{parent}{name}")).into(),
        None => vec![path.to_owned()],
    };
    let mut values = Vec::new();
    for path in paths {
        values.extend(floats(file.get(&stored_name(&format!("{path}.{leaf}")))?.bytes));
    }
    Ok(values)
}

fn floats(bytes: &[u8]) -> impl Iterator<Item = f32> {
    bytes.chunks_exact(4).map(|value| f32::from_le_bytes([value[0], value[1], value[2], value[3]]))
}

/// What a checkpoint calls a parameter: models saved with a head have the encoder below `bert.`, and
/// those converted from TensorFlow call the parameters of a normalisation `gamma` and `beta`.
fn stored_names(file: &SafeTensors) -> impl Fn(&str) -> String {
    const PROBE: &str = "embeddings.LayerNorm.";
    let has = |name: String| file.contains(&name);
    let prefix = match ["weight", "gamma"].iter().any(|leaf| has(format!("bert.{PROBE}{leaf}"))) {
        true => "bert.",
        false => "",
    };
    let greek = has(format!("{prefix}{PROBE}gamma"));
    move |name| {
        let renamed = match name.rsplit_once("LayerNorm.") {
            Some((layer, "weight")) if greek => format!("{layer}LayerNorm.gamma"),
            Some((layer, "bias")) if greek => format!("{layer}LayerNorm.beta"),
            _ => name.to_owned(),
        };
        format!("{prefix}{renamed}")
    }
}
