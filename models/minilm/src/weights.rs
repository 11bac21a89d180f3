//! The checkpoint's tensors as the layers take them.
//!
//! All of this is host work that needs no device, so it runs while the plugin is being loaded.

use crate::error::{Error, ErrorKind};
use crate::layers::Form;
use crate::sentence::SentenceEncoder;
use bering::kernels;
use bering::weights::{DType, SafeTensors, TensorView};
use bering::{Fill, HostParameters, Result};
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
    let mut made: Vec<(String, Vec<usize>, Fill<'_>)> = Vec::new();
    for input in graph.inputs() {
        let Some(name) = input.name.as_deref() else { continue };
        let dims = input.spec.dims();
        let (path, leaf) = name.rsplit_once('.').unwrap_or(("", name));
        let sources = |leaf: &str| -> Result<Vec<TensorView<'_>>> {
            let paths = sources(path);
            Ok(paths
                .iter()
                .map(|path| file.get(&stored_name(&format!("{path}.{leaf}"))))
                .collect::<Result<_, _>>()?)
        };
        let fill: Fill<'_> = if leaf == "packed" {
            let (weights, inputs) = (sources("weight")?, dims[1]);
            Box::new(move |packed| {
                let rows = weights.iter().flat_map(|weight| values(weight.bytes).chunks_exact(inputs));
                kernels::pack_rows(rows, inputs, packed);
            })
        } else if path.ends_with(JOINT) {
            let parts = sources(leaf)?;
            Box::new(move |joint| {
                let parts = parts.iter().flat_map(|part| floats(part.bytes));
                joint.iter_mut().zip(parts).for_each(|(to, from)| *to = from);
            })
        } else {
            parameters.insert(name, &file.get(&stored_name(name))?)?;
            continue;
        };
        made.push((name.to_owned(), dims.to_vec(), fill));
    }
    parameters.make(made)?;
    Ok(parameters)
}

/// The last part of the path of what is made of attention's three projections.
const JOINT: &str = "qkv";

/// The checkpoint's layers that `path` is made of, one after another.
fn sources(path: &str) -> Vec<String> {
    match path.strip_suffix(JOINT) {
        Some(parent) => ["query", "key", "value"].map(|name| format!("{parent}{name}")).into(),
        None => vec![path.to_owned()],
    }
}

/// The f32 of a tensor, as bytes: they need not be aligned.
fn values(bytes: &[u8]) -> &[[u8; 4]] {
    bytes.as_chunks().0
}

fn floats(bytes: &[u8]) -> impl Iterator<Item = f32> {
    values(bytes).iter().map(|value| f32::from_le_bytes(*value))
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
