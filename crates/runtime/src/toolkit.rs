//! The vendor's tools and libraries beside a plugin: what XLA for NVIDIA GPUs takes from the CUDA toolkit.
//!
//! XLA links programs with libdevice and may run ptxas. Left alone it asks `PATH` before it looks beside the plugin, so that
//! another CUDA on the machine would get into the result. It is told where the toolkit lies that the plugin was set up with.

use std::fs;
use std::path::{Path, PathBuf};

use crate::options::CompileOptions;
use crate::plugin::Plugin;

/// The field of XLA's `DebugOptions`.
const OPTION: &str = "xla_gpu_cuda_data_dir";
/// Where NVIDIA's packages have ptxas and libdevice, seen from the plugin's directory: CUDA 13, CUDA 12.
const PLACES: [&str; 2] = ["../../nvidia/cu13", "../../nvidia/cuda_nvcc"];
/// Where all of NVIDIA's packages are, and how deep: `cu13/lib/libcublas.so.13`, `cudnn/lib/libcudnn.so.9`.
const VENDOR: &str = "../../nvidia";
const DEPTH: usize = 3;

/// The options with the toolkit in them, unless they or `XLA_FLAGS` name one or the plugin has none beside it.
pub(crate) fn prepare(plugin: Plugin, options: &CompileOptions) -> CompileOptions {
    let named = std::env::var("XLA_FLAGS").is_ok_and(|flags| flags.contains(OPTION));
    match directory(plugin.path()).and_then(|path| path.into_os_string().into_string().ok()) {
        Some(path) if !named && !options.has(OPTION) => options.clone().set(OPTION, path),
        _ => options.clone(),
    }
}

/// The toolkit's directory, if there is one beside the plugin.
pub(crate) fn directory(plugin: &Path) -> Option<PathBuf> {
    let beside = plugin.parent()?;
    let has_libdevice = |place: &PathBuf| place.join("nvvm/libdevice/libdevice.10.bc").is_file();
    PLACES.iter().map(|place| beside.join(place)).find(has_libdevice)
}

/// What a compilation takes from the toolkit: part of what a cached executable depends on.
pub(crate) fn files(plugin: &Path) -> Vec<PathBuf> {
    let Some(root) = directory(plugin) else { return Vec::new() };
    let tools = ["bin/ptxas", "nvvm/libdevice/libdevice.10.bc"].map(|tool| root.join(tool));
    tools.into_iter().filter(|tool| tool.is_file()).collect()
}

/// The shared libraries of the vendor's other packages (cuBLAS, cuDNN, nvJitLink, ...), in the order of their paths: code
/// that is compiled, algorithms that are chosen for it and plans that are kept with it are theirs.
pub(crate) fn libraries(plugin: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    if let Some(beside) = plugin.parent() {
        collect(&beside.join(VENDOR), DEPTH, &mut found);
    }
    found.sort();
    found
}

fn collect(directory: &Path, depth: usize, found: &mut Vec<PathBuf>) {
    let Ok(listing) = fs::read_dir(directory) else { return };
    for entry in listing.flatten() {
        let path = entry.path();
        // What is a directory is one itself; files may be links into a store.
        match entry.file_type() {
            Ok(kind) if kind.is_dir() && depth > 0 => collect(&path, depth - 1, found),
            Ok(_) if entry.file_name().to_string_lossy().contains(".so") => found.push(path),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_toolkit_lies_where_the_packages_put_it() {
        let root = tempfile::tempdir().expect("a directory for temporary files");
        let plugin = root.path().join("jax_plugins/xla_cuda13/xla_cuda_plugin.so");
        fs::create_dir_all(plugin.parent().expect("a directory")).expect("writable");
        assert_eq!(directory(&plugin), None);
        for (place, marker) in [("nvidia/cuda_nvcc", "cuda_nvcc"), ("nvidia/cu13", "cu13")] {
            let libdevice = root.path().join(place).join("nvvm/libdevice");
            fs::create_dir_all(&libdevice).expect("writable");
            fs::write(libdevice.join("libdevice.10.bc"), "bitcode").expect("writable");
            let found = directory(&plugin).expect("it is there now");
            assert!(found.ends_with(marker), "{}", found.display());
        }
        assert_eq!(files(&plugin).len(), 1, "there is no ptxas");
    }

    #[test]
    fn the_libraries_of_all_packages_are_found_and_nothing_else() {
        let root = tempfile::tempdir().expect("a directory for temporary files");
        let plugin = root.path().join("jax_plugins/xla_cuda13/xla_cuda_plugin.so");
        fs::create_dir_all(plugin.parent().expect("a directory")).expect("writable");
        assert_eq!(libraries(&plugin), Vec::<PathBuf>::new());
        for file in ["cudnn/lib/libcudnn.so.9", "cu13/lib/libcublas.so.13", "cu13/bin/ptxas", "cudnn/LICENSE"]
        {
            let file = root.path().join("nvidia").join(file);
            fs::create_dir_all(file.parent().expect("a directory")).expect("writable");
            fs::write(file, "bytes").expect("writable");
        }
        let names: Vec<_> =
            libraries(&plugin).iter().map(|path| path.file_name().map(ToOwned::to_owned)).collect();
        assert_eq!(names, ["libcublas.so.13", "libcudnn.so.9"].map(|name| Some(name.into())));
    }
}
