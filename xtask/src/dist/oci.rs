//! An OCI image layout (image specification 1.1) of a distribution, written without a daemon.
//!
//! Each part of the distribution is a layer, what changes seldom first, so that a new program moves a few megabytes. Without a
//! base the lowest layer is the machine's C and C++ runtime: the image needs nothing below it. With one (another layout) its
//! layers are taken over unread, and the runtime is the base's.

use super::archive::{Archive, Member};
use super::output::failed;
use super::system::Runtime;
use super::tree::{Part, Tree};
use crate::sha256::Hasher;
use anyhow::{Context as _, Result, anyhow, bail};
use serde_json::{Value, json};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// What makes a directory an image layout.
pub(crate) const LAYOUT_FILE: &str = "oci-layout";
/// Users of images expect programs of others here.
const INSTALL: &str = "opt";
/// A number that no system gives to a person; nothing in the image needs a name for it.
const USER: &str = "65532:65532";

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// What to make an image of.
pub(crate) struct Image<'a> {
    /// The package, which is also the binary's name.
    pub(crate) package: &'a str,
    pub(crate) version: &'a str,
    /// The triple of the machine that it runs on.
    pub(crate) host: &'a str,
    pub(crate) tree: &'a Tree,
    /// Where the tree was written.
    pub(crate) written: &'a Path,
    pub(crate) below: Below<'a>,
    pub(crate) license: &'a str,
    pub(crate) time: u64,
}

/// What the image stands on.
pub(crate) enum Below<'a> {
    Runtime(&'a Runtime),
    /// A layout with one image of the same architecture.
    Base(&'a Path),
}

/// A blob as documents refer to it.
#[derive(Debug, Clone)]
struct Blob {
    digest: String,
    size: u64,
}

struct Layer {
    blob: Blob,
    media_type: String,
    /// The digest of the tar before compression.
    diff: String,
    comment: String,
}

/// Writes the layout into `root`, which is not there yet.
pub(crate) fn write(image: &Image<'_>, root: &Path) -> Result<()> {
    let blobs = root.join("blobs/sha256");
    std::fs::create_dir_all(&blobs).map_err(|error| failed(error, &blobs))?;
    let layout = Layout { blobs };
    let mut base = json!({});
    let mut layers = Vec::new();
    match image.below {
        Below::Runtime(runtime) => {
            layers.extend(layout.layer(&runtime_archive(runtime), image.time, "C and C++ runtime")?);
        }
        Below::Base(path) => (base, layers) = layout.adopt(path, architecture(image.host)?)?,
    }
    for (part, comment) in
        [(Part::Libraries, "plugin and libraries"), (Part::Model, "model"), (Part::Program, "program")]
    {
        layers.extend(layout.layer(&part_archive(image, part), image.time, comment)?);
    }
    let config = layout.document(&config(image, &base, &layers)?)?;
    let manifest = layout.document(&manifest(image, &config, &layers))?;
    let reference = json!({
        "mediaType": MANIFEST,
        "digest": manifest.digest,
        "size": manifest.size,
        "platform": { "architecture": architecture(image.host)?, "os": "linux" },
        "annotations": { "org.opencontainers.image.ref.name": image.version },
    });
    let index = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": [reference] });
    write_file(&root.join("index.json"), index.to_string().as_bytes())?;
    write_file(&root.join(LAYOUT_FILE), br#"{"imageLayoutVersion":"1.0.0"}"#)
}

/// The runtime where its programs look for it, and what every program may expect of a file system.
fn runtime_archive(runtime: &Runtime) -> Archive {
    let mut archive = Archive::default();
    archive.insert("tmp", Member::Directory { mode: 0o1777 });
    for mounted in ["dev", "proc", "sys"] {
        archive.insert(mounted, Member::Directory { mode: 0o755 });
    }
    // Loaders differ in which of these they look into, and programs name their loader in either of the first two.
    for (link, to) in [("lib", "usr/lib"), ("lib64", "usr/lib"), ("usr/lib64", "lib")] {
        archive.insert(link, Member::Link { to: to.to_owned() });
    }
    for library in &runtime.libraries {
        let from = library.path.clone();
        archive.insert(format!("usr/lib/{}", library.soname), Member::File { from, executable: true });
    }
    let sbom = super::sbom::of_runtime(&runtime.components);
    archive.insert("usr/share/sbom/runtime.cdx.json", Member::Text(sbom));
    for component in &runtime.components {
        for text in &component.texts {
            let place = format!("usr/share/doc/{}/copyright", component.name);
            archive.insert(place, Member::File { from: text.clone(), executable: false });
        }
    }
    archive
}

fn part_archive(image: &Image<'_>, part: Part) -> Archive {
    let mut archive = Archive::default();
    for (path, file) in image.tree.iter().filter(|(_, file)| file.part == part) {
        let from = image.written.join(path);
        let place = format!("{INSTALL}/{}/{path}", image.package);
        archive.insert(place, Member::File { from, executable: file.executable });
    }
    archive
}

fn config(image: &Image<'_>, base: &Value, layers: &[Layer]) -> Result<Value> {
    let created = timestamp(image.time);
    let mut config = base.get("config").cloned().unwrap_or_else(|| json!({}));
    let directory = format!("/{INSTALL}/{}", image.package);
    config["Entrypoint"] = json!([format!("{directory}/{}", image.package)]);
    config["User"] = json!(USER);
    config["WorkingDir"] = json!("/");
    if let Some(fields) = config.as_object_mut() {
        // The base's arguments were for the base's program.
        fields.remove("Cmd");
    }
    let own_history = |layer: &Layer| json!({ "created": created, "created_by": layer.comment });
    let mut history = base.get("history").and_then(Value::as_array).cloned().unwrap_or_default();
    let inherited = base_diffs(base).len();
    history.extend(layers[inherited..].iter().map(own_history));
    Ok(json!({
        "created": created,
        "architecture": architecture(image.host)?,
        "os": "linux",
        "config": config,
        "rootfs": { "type": "layers", "diff_ids": layers.iter().map(|layer| &layer.diff).collect::<Vec<_>>() },
        "history": history,
    }))
}

fn manifest(image: &Image<'_>, config: &Blob, layers: &[Layer]) -> Value {
    let layers: Vec<Value> = layers
        .iter()
        .map(|layer| json!({ "mediaType": layer.media_type, "digest": layer.blob.digest, "size": layer.blob.size }))
        .collect();
    json!({
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": { "mediaType": CONFIG, "digest": config.digest, "size": config.size },
        "layers": layers,
        "annotations": {
            "org.opencontainers.image.title": image.package,
            "org.opencontainers.image.version": image.version,
            "org.opencontainers.image.licenses": image.license,
        },
    })
}

fn base_diffs(base: &Value) -> Vec<String> {
    let diffs = base.pointer("/rootfs/diff_ids").and_then(Value::as_array);
    diffs.into_iter().flatten().filter_map(|diff| diff.as_str().map(str::to_owned)).collect()
}

/// The name that images give to a triple's architecture.
pub(crate) fn architecture(host: &str) -> Result<&'static str> {
    match host.split('-').next() {
        Some("x86_64") if host.contains("linux") => Ok("amd64"),
        Some("aarch64") if host.contains("linux") => Ok("arm64"),
        _ => bail!("images are made for Linux on x86_64 and aarch64, not for `{host}`"),
    }
}

/// Seconds since 1970 as RFC 3339.
fn timestamp(seconds: u64) -> String {
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    // Howard Hinnant's `civil_from_days`, with years that begin in March.
    let shifted = days + 719_468;
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", rest / 3_600, rest / 60 % 60, rest % 60)
}

fn write_file(path: &Path, bytes: &[u8]) -> Result<()> {
    std::fs::write(path, bytes).map_err(|error| failed(error, path))
}

/// The blobs that are being written.
struct Layout {
    blobs: PathBuf,
}

impl Layout {
    fn document(&self, document: &Value) -> Result<Blob> {
        let bytes = document.to_string().into_bytes();
        let hash = crate::sha256::of(&bytes);
        write_file(&self.blobs.join(hash.to_string()), &bytes)?;
        Ok(Blob { digest: format!("sha256:{hash}"), size: bytes.len() as u64 })
    }

    /// Writes a layer; none for an archive without members.
    fn layer(&self, archive: &Archive, time: u64, comment: &str) -> Result<Option<Layer>> {
        if archive.is_empty() {
            return Ok(None);
        }
        let path = self.blobs.join("layer.partial");
        let file = File::create_new(&path).map_err(|error| failed(error, &path))?;
        let compressed = Hashed::new(BufWriter::new(file));
        let gzip = flate2::write::GzEncoder::new(compressed, flate2::Compression::new(6));
        let tar = archive.write(Hashed::new(gzip), &path, time)?;
        let (gzip, diff, _) = tar.finish();
        let compressed = gzip.finish().map_err(|error| failed(error, &path))?;
        let (mut file, digest, size) = compressed.finish();
        file.flush().map_err(|error| failed(error, &path))?;
        std::fs::rename(&path, self.blobs.join(&digest)).map_err(|error| failed(error, &path))?;
        let blob = Blob { digest: format!("sha256:{digest}"), size };
        Ok(Some(Layer {
            blob,
            media_type: LAYER.to_owned(),
            diff: format!("sha256:{diff}"),
            comment: comment.to_owned(),
        }))
    }

    /// Takes over the layers of another layout's image, each checked against its digest, and gives its configuration.
    fn adopt(&self, base: &Path, architecture: &str) -> Result<(Value, Vec<Layer>)> {
        let read = || -> Result<(Value, Vec<Layer>)> {
            let manifest = base_manifest(base, architecture)?;
            let config: Value = serde_json::from_slice(&base_blob(base, &manifest["config"])?)?;
            if config["architecture"] != architecture {
                bail!(
                    "it is for `{}`, not for `{architecture}`",
                    config["architecture"].as_str().unwrap_or("")
                );
            }
            let diffs = base_diffs(&config);
            let described = manifest["layers"].as_array().context("its manifest has no layers")?;
            if diffs.len() != described.len() {
                bail!("it has {} layers and {} of their digests", described.len(), diffs.len());
            }
            let mut layers = Vec::new();
            for (descriptor, diff) in described.iter().zip(diffs) {
                let bytes = base_blob(base, descriptor)?;
                let digest = descriptor["digest"].as_str().unwrap_or_default();
                write_file(&self.blobs.join(digest.trim_start_matches("sha256:")), &bytes)?;
                layers.push(Layer {
                    blob: Blob { digest: digest.to_owned(), size: bytes.len() as u64 },
                    media_type: descriptor["mediaType"].as_str().unwrap_or(LAYER).to_owned(),
                    diff,
                    comment: String::new(),
                });
            }
            Ok((config, layers))
        };
        read().with_context(|| format!("`{}` cannot be the base of an image", base.display()))
    }
}

/// The manifest of the one image of a layout, or of the one for an architecture.
fn base_manifest(base: &Path, architecture: &str) -> Result<Value> {
    let path = base.join("index.json");
    let text = std::fs::read(&path).with_context(|| format!("`{}` cannot be read", path.display()))?;
    let mut document: Value = serde_json::from_slice(&text)?;
    // An index may hold another index, one entry an architecture.
    for _ in 0..4 {
        let Some(entries) = document["manifests"].as_array() else { return Ok(document) };
        let fits = |entry: &&Value| {
            entry.pointer("/platform/architecture").is_none_or(|found| found == architecture)
        };
        let entry =
            entries.iter().find(fits).with_context(|| format!("it has no image for `{architecture}`"))?;
        document = serde_json::from_slice(&base_blob(base, entry)?)?;
    }
    bail!("its indexes do not end")
}

/// The blob that a descriptor names, checked.
fn base_blob(base: &Path, descriptor: &Value) -> Result<Vec<u8>> {
    let digest = descriptor["digest"].as_str().and_then(|digest| digest.strip_prefix("sha256:"));
    let digest: bering_build::lock::Sha256 =
        digest.context("a descriptor has no sha256 digest")?.parse().map_err(|why: String| anyhow!(why))?;
    let path = base.join("blobs/sha256").join(digest.to_string());
    let bytes = std::fs::read(&path).with_context(|| format!("`{}` cannot be read", path.display()))?;
    let computed = crate::sha256::of(&bytes);
    if computed != digest {
        bail!("blob `{digest}` is damaged: it has sha256:{computed}");
    }
    Ok(bytes)
}

/// Counts and hashes what passes through.
struct Hashed<W> {
    inner: W,
    hasher: Hasher,
    count: u64,
}

impl<W> Hashed<W> {
    fn new(inner: W) -> Self {
        Self { inner, hasher: Hasher::default(), count: 0 }
    }

    fn finish(self) -> (W, String, u64) {
        (self.inner, self.hasher.finish().to_string(), self.count)
    }
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let count = self.inner.write(bytes)?;
        self.hasher.update(&bytes[..count]);
        self.count += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_rfc_3339() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (315_532_800, "1980-01-01T00:00:00Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_795_535_999, "2026-11-24T15:59:59Z"),
        ] {
            assert_eq!(timestamp(seconds), text);
        }
    }
}
