//! Distributions: a directory, a tarball and, if asked for, an image with everything that a built model needs to run
//! elsewhere, with its licences and its bill of materials.
//!
//! The same checkout gives the same bytes, wherever it lies and whenever it is built: paths are mapped away by the build
//! ([`crate::build`]), entries are sorted and owned by root, times are `SOURCE_DATE_EPOCH` or one fixed day. What is made is
//! checked before it gets its name: every library that is needed is there, and no path of this machine stands in what was built.

mod archive;
mod component;
mod contents;
mod crates;
mod libraries;
mod licences;
mod oci;
mod output;
mod sbom;
mod system;
mod tree;

use crate::build::{self, Build, Manner};
use crate::cargo;
use crate::checkout::{self, Checkout};
use crate::cross;
use crate::progress::size;
use crate::sha256;
use crate::store::Store;
use crate::targets::{CPU, Selection};
use anyhow::{Context as _, Result, bail};
use archive::{Archive, Member};
use contents::{Contents, Plan};
use output::{Output, failed};
use std::io::BufWriter;
use std::path::{Path, PathBuf};

/// The time of everything without `SOURCE_DATE_EPOCH`: 1980, the first that every archive format can hold.
pub(crate) const EPOCH: u64 = 315_532_800;
/// Levels above cost several times the time for a few percent.
const ZSTD_LEVEL: i32 = 9;

/// What to make, and how.
#[derive(Debug)]
pub(crate) struct Request<'a> {
    pub(crate) package: &'a str,
    /// The hardware that it is for.
    pub(crate) selection: &'a Selection,
    pub(crate) host: Option<&'a str>,
    /// Where to put it; `distrib` in cargo's target directory without.
    pub(crate) out: Option<&'a Path>,
    /// The model's weights are part of it, if the lock has them.
    pub(crate) weights: bool,
    /// So are files that their vendors do not let everybody pass on.
    pub(crate) restricted: bool,
    pub(crate) image: Option<Image<'a>>,
}

impl Request<'_> {
    /// The hardware in a name: `cpu` is not said beside others, for it is always there.
    fn targets(&self) -> String {
        let names = build::features(self.selection);
        if names.is_empty() { CPU.to_owned() } else { names.join("+") }
    }
}

/// What an image stands on: this machine's runtime, or another image.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Image<'a> {
    OnRuntime,
    OnBase(&'a Path),
}

/// Makes a distribution and gives what was written; `None` if the build failed, which cargo has explained.
pub(crate) fn run(checkout: &Checkout, store: &Store, request: &Request<'_>) -> Result<Option<Vec<PathBuf>>> {
    let host = build::or_here(request.host)?;
    let time = time()?;
    let root = checkout.root();
    let version = cargo::version_of(root, request.package)?;
    let name = format!("{}-{version}-{}-{host}", request.package, request.targets());
    let directory = match request.out {
        Some(out) => out.to_path_buf(),
        None => cargo::target_directory(root)?.join("distrib"),
    };
    // Before minutes of building: can the result be put where it shall go?
    let output = Output::open(&directory, &name)?;
    for made in names(&name, request) {
        output.check_replaceable(&made)?;
    }
    let build = Build {
        root,
        package: request.package,
        selection: request.selection,
        host: request.host,
        manner: Manner::Relocatable,
    };
    let Some(built) = build.run()? else { return Ok(None) };
    let plan = Plan { checkout, store, request, host, name: &name, version: &version };
    let contents = plan.contents(&built)?;
    write(&plan, contents, &output, time).map(Some)
}

/// What a distribution of this name consists of on disk, in the order in which it is published.
fn names(name: &str, request: &Request<'_>) -> Vec<String> {
    let image = request.image.is_some().then(|| format!("{name}.oci"));
    let files = [name.to_owned(), format!("{name}.tar.zst"), format!("{name}.tar.zst.sha256")];
    files.into_iter().chain(image).collect()
}

fn time() -> Result<u64> {
    match std::env::var("SOURCE_DATE_EPOCH") {
        Ok(text) => text
            .parse()
            .with_context(|| format!("SOURCE_DATE_EPOCH must be a number of seconds, got `{text}`")),
        Err(_) => Ok(EPOCH),
    }
}

/// Writes everything beside its final place, then gives it its names.
fn write(plan: &Plan<'_>, mut contents: Contents, output: &Output, time: u64) -> Result<Vec<PathBuf>> {
    let work = output.work();
    let directory = work.join(plan.name);
    contents.tree.write(&directory)?;
    check_private_paths(plan.checkout.root(), &contents, &directory)?;

    let tarball = format!("{}.tar.zst", plan.name);
    eprintln!("packing `{tarball}`");
    pack(&contents, plan.name, &directory, &work.join(&tarball), time)?;
    let (hash, bytes) = sha256::of_file(&work.join(&tarball))?;
    let sum = work.join(format!("{tarball}.sha256"));
    std::fs::write(&sum, format!("{hash}  {tarball}\n")).map_err(|error| failed(error, &sum))?;
    if let Some(image) = plan.request.image {
        eprintln!("packing `{}.oci`", plan.name);
        write_image(plan, &contents, image, &directory, &work, time)?;
    }

    let places = names(plan.name, plan.request).into_iter().map(|name| output.publish(&name));
    let places = places.collect::<Result<Vec<_>>>()?;
    eprintln!("`{tarball}` has {}; on the machine that runs it there must be", size(bytes));
    contents.needs.lines().iter().for_each(|line| eprintln!("  {line}"));
    Ok(places)
}

fn write_image(
    plan: &Plan<'_>,
    contents: &Contents,
    image: Image<'_>,
    directory: &Path,
    work: &Path,
    time: u64,
) -> Result<()> {
    let runtime;
    let below = match image {
        Image::OnBase(base) => oci::Below::Base(base),
        Image::OnRuntime => {
            let cross = cross::find(checkout::host()?, plan.host)?;
            let compiler = cross.map_or_else(|| "cc".to_owned(), |cross| cross.compiler());
            runtime = system::runtime(&contents.needs, &compiler)?;
            oci::Below::Runtime(&runtime)
        }
    };
    let image = oci::Image {
        package: plan.request.package,
        version: plan.version,
        host: plan.host,
        tree: &contents.tree,
        written: directory,
        below,
        license: &contents.license,
        time,
    };
    oci::write(&image, &work.join(format!("{}.oci", plan.name)))
}

/// Packs the written directory. Everything lies below one directory of the distribution's name.
fn pack(contents: &Contents, name: &str, directory: &Path, place: &Path, time: u64) -> Result<()> {
    let mut archive = Archive::default();
    for (path, file) in contents.tree.iter() {
        let from = directory.join(path);
        archive.insert(format!("{name}/{path}"), Member::File { from, executable: file.executable });
    }
    let file = std::fs::File::create_new(place).map_err(|error| failed(error, place))?;
    let written = |error| failed(error, place);
    let mut zstd = zstd::stream::write::Encoder::new(BufWriter::new(file), ZSTD_LEVEL).map_err(written)?;
    zstd.include_checksum(true).map_err(written)?;
    // Any number of workers gives the same bytes, but none at all gives others.
    let workers = std::thread::available_parallelism().map_or(1, |count| count.get() as u32);
    zstd.multithread(workers).map_err(written)?;
    let zstd = archive.write(zstd, place, time)?;
    let file =
        zstd.finish().map_err(written)?.into_inner().map_err(|error| failed(error.into_error(), place))?;
    file.sync_all().map_err(written)
}

/// No path of this machine may stand in what was built here: it would tell where that was, and differ from place to place.
fn check_private_paths(root: &Path, contents: &Contents, directory: &Path) -> Result<()> {
    let private = build::private_paths(root)?;
    for (path, _) in contents.tree.iter().filter(|(_, file)| file.built) {
        let place = directory.join(path);
        let bytes = std::fs::read(&place).with_context(|| format!("`{}` cannot be read", place.display()))?;
        let stands = |private: &&PathBuf| {
            let text = private.as_os_str().as_encoded_bytes();
            bytes.windows(text.len()).any(|window| window == text)
        };
        if let Some(found) = private.iter().find(stands) {
            bail!(
                "`{path}` has the path `{}` of this machine in it\nhint: something compiles a path in (`env!`, a build \
                 script's output, a compiler flag); it cannot be found elsewhere, and makes builds differ",
                found.display()
            );
        }
    }
    Ok(())
}
