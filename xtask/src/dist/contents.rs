//! What goes into a distribution: the binary, plugins and their libraries, the model, licences, the bill of materials.

use super::component::{self, Component, Kind};
use super::crates::{self, Crates};
use super::libraries::{self, Needs};
use super::tree::{File, Part, Tree};
use super::{Request, licences, sbom};
use crate::build::{self, Built};
use crate::checkout::{self, Checkout};
use crate::recipe::terms;
use crate::store::{Store, artifact, index};
use crate::targets::{self, Machines};
use anyhow::{Context as _, Result, bail};
use bering_build::lock::{Artifact, Lock};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::Command;

/// The package that builds the CPU plugin, and its file in the script's output.
const CPU_PLUGIN: (&str, &str) = ("bering-pjrt-cpu", "lib/libpjrt_cpu.so");
/// Where a binary looks for plugins beside itself.
const PLUGINS: &str = "lib";
/// Where the prefix has the licence texts of components.
const LICENSES: &str = "licenses";

/// What is known once the name is.
pub(crate) struct Plan<'a> {
    pub(crate) checkout: &'a Checkout,
    pub(crate) store: &'a Store,
    pub(crate) request: &'a Request<'a>,
    pub(crate) host: &'a str,
    pub(crate) name: &'a str,
    pub(crate) version: &'a str,
}

/// All files, and what was found out on the way.
pub(crate) struct Contents {
    pub(crate) tree: Tree,
    pub(crate) needs: Needs,
    /// The licence of the package itself.
    pub(crate) license: String,
}

/// The components of the lock of which something is shipped.
type Shipped = BTreeSet<String>;

impl Plan<'_> {
    pub(crate) fn contents(&self, built: &Built) -> Result<Contents> {
        let package = self.request.package;
        let features = build::features(self.request.selection);
        let crates = crates::collect(self.checkout.root(), package, self.host, &features, &built.packages)?;
        let lock = self.checkout.lock()?;
        let machines = Machines { here: checkout::host()?, host: self.host };
        let artifacts = targets::artifacts(&lock, machines, self.request.selection)?;

        let mut tree = Tree::default();
        tree.insert(package, File::built(&built.binary, Part::Program))?;
        let mut shipped = Shipped::new();
        self.insert_cpu_plugin(&mut tree, built, &artifacts, &mut shipped)?;
        self.insert_plugins(&mut tree, &lock, &mut shipped)?;
        if self.request.weights {
            self.insert_weights(&mut tree, &artifacts, &mut shipped)?;
        }
        if crates.all.values().any(|found| found.linked && found.name == "mlir-sys") {
            shipped.extend(self.owners_below("mlir/lib/", &artifacts)?);
        }
        let needs = libraries::needs(&tree)?;
        let components = self.components(&crates, &artifacts, &shipped)?;
        self.check_terms(&components)?;
        licences::insert(&mut tree, &components)?;
        let root = components.iter().find(|component| component.id == root_id(&crates));
        let license = root.and_then(|root| root.license.clone()).unwrap_or_default();
        let edges = edges(&crates, &components);
        let sbom = sbom::document(&root_id(&crates), &components, &edges, &self.properties(&needs));
        tree.insert(sbom::FILE, File::text(sbom, Part::Program))?;
        tree.insert("README.txt", File::text(self.readme(&tree, &needs), Part::Program))?;
        Ok(Contents { tree, needs, license })
    }

    /// The plugin that cargo built, with the libraries that it finds beside itself.
    fn insert_cpu_plugin(
        &self,
        tree: &mut Tree,
        built: &Built,
        artifacts: &[&Artifact],
        shipped: &mut Shipped,
    ) -> Result<()> {
        let plugin = built.out_dirs.get(CPU_PLUGIN.0).map(|out| out.join(CPU_PLUGIN.1));
        if let Some(plugin) = plugin.filter(|plugin| plugin.is_file()) {
            libraries::insert_with_needed(tree, PLUGINS, &plugin, true)?;
            shipped.extend(self.owners_below("xla/lib/", artifacts)?);
        }
        Ok(())
    }

    /// The prebuilt plugins, with their vendors' libraries in the vendors' own layout.
    fn insert_plugins(&self, tree: &mut Tree, lock: &Lock, shipped: &mut Shipped) -> Result<()> {
        let selection = self.request.selection;
        for target in selection.targets() {
            for file in targets::files(self.store, lock, self.host, target, selection)? {
                shipped.insert(file.component.clone());
                // Licences have a place of their own, for all parts.
                if !file.path.starts_with(&format!("{LICENSES}/")) {
                    let executable = file.executable || file.path.contains(".so");
                    let place = format!("{PLUGINS}/{}/{}", target.name, file.path);
                    tree.insert(place, File { executable, ..File::of(file.source, Part::Libraries) })?;
                }
            }
        }
        Ok(())
    }

    /// The model directory of the package's name, where the lock has one.
    fn insert_weights(&self, tree: &mut Tree, artifacts: &[&Artifact], shipped: &mut Shipped) -> Result<()> {
        let below = format!("models/{}/", self.request.package);
        for name in self.owners_below(&below, artifacts)? {
            let artifact = artifacts.iter().find(|artifact| artifact.name == name);
            for (path, from) in artifact.map(|artifact| self.files(artifact)).transpose()?.unwrap_or_default()
            {
                if path.starts_with(&below) {
                    tree.insert(path, File::of(from, Part::Model))?;
                }
            }
            shipped.insert(name);
        }
        Ok(())
    }

    /// The components that lay something below a directory of the prefix.
    fn owners_below(&self, below: &str, artifacts: &[&Artifact]) -> Result<Vec<String>> {
        let mut owners = Vec::new();
        for artifact in artifacts {
            // Rules tell without looking into the store; only what may be there is looked at.
            let may = |to: &str| to.starts_with(below) || below.starts_with(to);
            if artifact.unpack.iter().any(|rule| may(&rule.to))
                && self.files(artifact)?.iter().any(|(path, _)| path.starts_with(below))
            {
                owners.push(artifact.name.clone());
            }
        }
        Ok(owners)
    }

    /// The files of an artifact: their paths in the prefix, and where they are.
    fn files(&self, artifact: &Artifact) -> Result<Vec<(String, PathBuf)>> {
        let directory = self.store.artifact(&artifact::key(artifact));
        let entries = index::read(&directory).with_context(|| {
            format!("`{}` is not in the store\nhint: run `cargo xtask setup`", artifact.purl)
        })?;
        let place = |path: String| (path.clone(), directory.join(artifact::TREE).join(path));
        Ok(entries.into_iter().map(|entry| place(entry.path)).collect())
    }

    fn components(
        &self,
        crates: &Crates,
        artifacts: &[&Artifact],
        shipped: &Shipped,
    ) -> Result<Vec<Component>> {
        let mut components = component::of_crates(crates, &self.checkout.root().join("LICENSE"));
        components.extend(rust_library());
        for artifact in artifacts {
            let ships = shipped.contains(&artifact.name);
            // A target keeps its own licences apart: `plugins/<target>/licenses/<component>/`.
            let below = format!("{LICENSES}/{}/", artifact.name);
            let files = if ships { self.files(artifact)? } else { Vec::new() };
            let texts =
                files.into_iter().filter(|(path, _)| format!("/{path}").contains(&format!("/{below}")));
            components.push(component::of_artifact(artifact, ships, texts.map(|(_, from)| from).collect()));
        }
        components.sort_by(|a, b| (a.kind, &a.id).cmp(&(b.kind, &b.id)));
        Ok(components)
    }

    /// Refuses to pass on what may not be, unless asked to.
    fn check_terms(&self, components: &[Component]) -> Result<()> {
        let mut lines = String::new();
        for component in
            components.iter().filter(|component| component.shipped && component.kind != Kind::Crate)
        {
            if let Some(why) = terms::restriction(component.license.as_deref().unwrap_or_default()) {
                // Writing to a string cannot fail.
                let _ = write!(lines, "\n  `{}` {}: {why}", component.name, component.version);
            }
        }
        if lines.is_empty() || self.request.restricted {
            return Ok(());
        }
        bail!(
            "the distribution would pass on files whose licences do not simply allow it{lines}\nhint: read the terms; if you may, \
             add `--include-restricted`"
        )
    }

    fn properties(&self, needs: &Needs) -> Vec<(String, String)> {
        let mut properties = vec![
            ("bering:target".to_owned(), self.request.targets()),
            ("bering:host".to_owned(), self.host.to_owned()),
        ];
        properties.extend(
            needs
                .versions
                .iter()
                .map(|(kind, number)| ("bering:needs".to_owned(), format!("{kind}_{number}"))),
        );
        properties
    }

    fn readme(&self, tree: &Tree, needs: &Needs) -> String {
        let package = self.request.package;
        let model = match tree.iter().any(|(_, file)| file.part == Part::Model) {
            true => "The model's weights are in `models/`; `--model DIR` names others.",
            false => "The model's weights are not included; `--model DIR` says where they are.",
        };
        let mut lines = needs.lines();
        for target in self.request.selection.targets() {
            lines.extend(target.machine.iter().map(|need| format!("for `{}`: {need}", target.name)));
        }
        let needs: String = lines.iter().map(|line| format!("  * {line}\n")).collect();
        format!(
            "{name}\n\n\
             Run `./{package} --help`. The directory may lie anywhere and be moved; what belongs together is found relative to\n\
             the binary. {model}\n\n\
             The machine must bring\n{needs}\n\
             `sha256sum -c {sums}` checks the files. `{sbom}` lists what they are made of, `licenses/` has the licences.\n",
            name = self.name,
            sums = super::tree::SUMS,
            sbom = sbom::FILE,
        )
    }
}

/// The id of the package itself among the components.
fn root_id(crates: &Crates) -> String {
    crates.all.get(&crates.root).map(|root| component::id_of_crate(&crates.root, root)).unwrap_or_default()
}

/// Who depends on whom, by the components' ids.
fn edges(crates: &Crates, components: &[Component]) -> BTreeMap<String, BTreeSet<String>> {
    let known: BTreeSet<&str> = components.iter().map(|component| component.id.as_str()).collect();
    let id = |key: &String| crates.all.get(key).map(|found| component::id_of_crate(key, found));
    let of = |(key, found): (&String, &crates::Crate)| {
        let on = found.dependencies.iter().filter_map(id).filter(|id| known.contains(id.as_str()));
        Some((id(key)?, on.collect()))
    };
    crates.all.iter().filter_map(of).collect()
}

/// The standard library, which is in every binary.
fn rust_library() -> Option<Component> {
    let ask = |arguments: &[&str]| {
        let output = Command::new("rustc").args(arguments).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let version = ask(&["--version"])?.split(' ').nth(1)?.to_owned();
    let docs = PathBuf::from(ask(&["--print", "sysroot"])?).join("share/doc/rust");
    Some(Component {
        id: format!("pkg:generic/rust-std@{version}"),
        kind: Kind::Crate,
        name: "rust-std".to_owned(),
        version: version.clone(),
        purl: Some(format!("pkg:generic/rust-std@{version}")),
        license: Some("MIT OR Apache-2.0".to_owned()),
        sha256: None,
        shipped: true,
        // The other file is about the compiler and its tools, of which nothing is shipped.
        texts: component::licence_texts(&docs)
            .into_iter()
            .filter(|text| !text.ends_with("COPYRIGHT.html"))
            .collect(),
        source: None,
    })
}
