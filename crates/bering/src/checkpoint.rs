//! Trees of tensors on disk: parameters, optimizer states, whatever training goes on from.
//!
//! A checkpoint is one safetensors file. A tensor's name is its path in the tree in the spelling of other frameworks
//! (`0.layers.3.weight` for `.0.layers[3].weight`), so a tree of parameters saved alone is what they call a state dict. What is loaded has
//! the bits of what was saved.

use crate::array::{ToTensor as _, Values as _};
use crate::convert;
use crate::error::{Error, ErrorKind, Result};
use bering_frontend::{Tensor, Tree, tree};
use bering_runtime::{Device, HostView};
use bering_weights::{NewTensor, SafeTensors, save_with};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Names an error lists at most.
const LISTED: usize = 5;

/// Writes a tree of tensors on a device, with metadata for whoever reads it, such as the step.
///
/// The file is written beside `path` and renamed over it, so that there is always a whole one.
///
/// # Errors
/// If a tensor holds no elements or has a type that the format lacks, two tensors have one name, or the file cannot be written.
///
/// ```
/// use bering::checkpoint::{self, Checkpoint};
/// use bering::prelude::*;
/// # let directory = std::env::temp_dir().join(format!("bering-doc-{}", std::process::id()));
/// # std::fs::create_dir_all(&directory)?;
/// # let path = directory.join("checkpoint.safetensors");
/// let device = device("cpu")?;
/// let tree = (device.tensor(&[1.0f32, 2.0], [2])?, vec![device.scalar(7)?]);
/// checkpoint::save(&path, &tree, &[("step", "100")])?;
///
/// let checkpoint = Checkpoint::open(&path)?;
/// assert_eq!(checkpoint.metadata()["step"], "100");
/// assert_eq!(checkpoint.names().collect::<Vec<_>>(), ["0", "1.0"]);
/// let (x, list) = checkpoint.restore(&device, &tree)?;
/// assert_eq!((x.to_vec::<f32>()?, list[0].item::<i32>()?), (vec![1.0, 2.0], 7));
/// # std::fs::remove_dir_all(directory)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn save(path: impl AsRef<Path>, tree: &impl Tree, metadata: &[(&str, &str)]) -> Result<()> {
    let names = names(tree);
    let mut stored = Vec::with_capacity(names.len());
    for (tensor, name) in tree::leaves(tree).iter().zip(&names) {
        let dtype = convert::to_weights(tensor.dtype()).ok_or_else(|| {
            let message = format!("`{name}` is {}, which safetensors files have no type for", tensor.spec());
            Error::new(ErrorKind::Mismatch, message)
        })?;
        stored.push((dtype, tensor.dims().to_vec(), tensor.buffer()?.to_bytes()?));
    }
    let tensor = |(name, (dtype, dims, bytes))| NewTensor { name, dtype, dims, bytes };
    let parts = stored.iter().map(|(dtype, dims, bytes)| (*dtype, dims.as_slice(), bytes.as_slice()));
    let tensors: Vec<NewTensor<'_>> = names.iter().map(String::as_str).zip(parts).map(tensor).collect();
    let text = |&(key, value): &(&str, &str)| (key.to_owned(), value.to_owned());
    Ok(save_with(path, &tensors, &metadata.iter().map(text).collect())?)
}

/// What the leaves of a tree are called in files: paths with dots alone.
fn names(tree: &impl Tree) -> Vec<String> {
    let dotted = |name: String| {
        let name = name.replace(['[', ']', '"'], ".");
        let parts: Vec<&str> = name.split('.').filter(|part| !part.is_empty()).collect();
        if parts.is_empty() { "value".to_owned() } else { parts.join(".") }
    };
    tree::names(tree).into_iter().map(dotted).collect()
}

/// A checkpoint that was opened and checked as a file; its tensors are still on disk.
pub struct Checkpoint {
    weights: SafeTensors,
}

impl Checkpoint {
    /// Opens a checkpoint.
    ///
    /// # Errors
    /// If there is none, or it is damaged.
    pub fn open(path: impl AsRef<Path>) -> Result<Checkpoint> {
        // Not mapped: training writes its next checkpoint over this one.
        Ok(Checkpoint { weights: SafeTensors::read(path)? })
    }

    /// What was saved beside the tensors.
    pub fn metadata(&self) -> &BTreeMap<String, String> {
        self.weights.metadata()
    }

    /// The names of all tensors, sorted.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.weights.names()
    }

    /// The tree of a structure and types with the tensors of this checkpoint, on a device. `like` may hold values, which are
    /// left alone, or only types.
    ///
    /// # Errors
    /// If tensors are missing, there are others, or one has another type than `like` has.
    pub fn restore<T: Tree>(&self, device: &Device, like: &T) -> Result<T::Owned> {
        let (leaves, names) = (tree::leaves(like), names(like));
        self.check_names(&names)?;
        let load = |(leaf, name): (&Tensor, &String)| self.tensor(device, leaf, name);
        let loaded = leaves.iter().zip(&names).map(load).collect::<Result<Vec<Tensor>>>()?;
        let mut loaded = loaded.into_iter();
        Ok(tree::map(like, |leaf| loaded.next().unwrap_or(leaf)))
    }

    fn tensor(&self, device: &Device, like: &Tensor, name: &str) -> Result<Tensor> {
        let view = self.weights.get(name)?;
        let dtype = convert::from_weights(view.dtype).filter(|&dtype| dtype == like.dtype());
        let dtype = dtype.filter(|_| view.dims == like.dims()).and_then(convert::to_runtime);
        let dtype = dtype.ok_or_else(|| {
            let (found, path) = (format!("{}{:?}", view.dtype, view.dims), view.file.display());
            let message = format!("tensor `{name}` is {found} in `{path}`, the tree has {}", like.spec());
            Error::new(ErrorKind::Mismatch, message)
        })?;
        device.client().buffer(&HostView::from_bytes(dtype, view.dims, view.bytes)?, device)?.to_tensor()
    }

    /// Refuses a checkpoint of another tree.
    fn check_names(&self, wanted: &[String]) -> Result<()> {
        let path = self.weights.path().display();
        let list = |names: &[&str]| {
            let shown: Vec<String> = names.iter().take(LISTED).map(|name| format!("`{name}`")).collect();
            let more = names.len().saturating_sub(LISTED);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            format!("{}{more}", shown.join(", "))
        };
        let missing: Vec<&str> =
            wanted.iter().map(String::as_str).filter(|name| !self.weights.contains(name)).collect();
        if !missing.is_empty() {
            let message = format!("`{path}` lacks {} of the tree", list(&missing));
            return Err(Error::new(ErrorKind::Mismatch, message));
        }
        let known: BTreeSet<&str> = wanted.iter().map(String::as_str).collect();
        let others: Vec<&str> = self.weights.names().filter(|name| !known.contains(name)).collect();
        if others.is_empty() {
            return Ok(());
        }
        let message = format!("`{path}` holds {}, which the tree has no place for", list(&others));
        Err(Error::new(ErrorKind::Mismatch, message))
    }
}
