//! `cargo xtask lock update`: look components up again and write what changed.

use anyhow::{Context as _, Result, bail};
use bering_build::lock::{ANY_HOST, Artifact, Checked, Lock};
use std::io::Write as _;
use std::process::ExitCode;

use super::readable;
use crate::checkout::{Checkout, host, parse_lock};
use crate::fetch::http::Client;
use crate::recipe::{self, RECIPES, Recipe};
use crate::registry::{Options, Registries};
use crate::resolve::Resolver;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The components to look up, e.g. `mlir`
    #[arg(required_unless_present = "all")]
    names: Vec<String>,
    /// All components; makes the lock from nothing if there is none
    #[arg(long, conflicts_with = "names")]
    all: bool,
    /// Lock this version instead of the newest that the recipe allows
    #[arg(long, conflicts_with = "all")]
    version: Option<String>,
    /// Mark this machine's entries as run: say so only after `cargo xtask test` has passed with them
    #[arg(long)]
    tested: bool,
    /// A Python package index to ask instead of the configured one
    #[arg(long, value_name = "URL")]
    index_url: Option<String>,
    /// Show what would change and write nothing
    #[arg(long)]
    dry_run: bool,
}

pub(crate) fn main(arguments: Arguments) -> Result<ExitCode> {
    let checkout = Checkout::find()?;
    let path = checkout.lock_path();
    let old_text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error).with_context(|| format!("`{}` cannot be read", path.display())),
    };
    let old = if old_text.is_empty() { Lock::default() } else { parse_lock(&old_text)? };
    let new = updated(&old, &arguments)?;
    print!("{}", differences(&old, &new));
    let new_text = new.to_string();
    if new_text == old_text {
        println!("`{}` is up to date", bering_build::LOCK_FILE);
    } else if arguments.dry_run {
        println!("nothing was written (`--dry-run`)");
    } else {
        write_whole(&path, &new_text).with_context(|| format!("`{}` cannot be written", path.display()))?;
        println!("wrote `{}`; review the diff, then run `cargo xtask test`", bering_build::LOCK_FILE);
    }
    Ok(ExitCode::SUCCESS)
}

/// The lock with the named components looked up again.
fn updated(old: &Lock, arguments: &Arguments) -> Result<Lock> {
    let known = recipe::names();
    for name in &arguments.names {
        if !known.contains(&name.as_str()) {
            bail!("no component is called `{name}`; there are: {}", known.join(", "));
        }
    }
    let chosen = |recipe: &Recipe| {
        let named = |name: &String| name == recipe.name || Some(name.as_str()) == recipe.released_with;
        arguments.all || arguments.names.iter().any(named)
    };
    let client = Client::new()?;
    let registries = Registries::of_machine(&Options { index_url: arguments.index_url.clone() }, &client);
    let resolver = Resolver { registries: &registries, client: &client };
    // What no recipe stands for any more goes only when the whole lock is made anew.
    let mut artifacts: Vec<Artifact> = old.artifacts.clone();
    artifacts.retain(|artifact| {
        !RECIPES.iter().any(|recipe| recipe.name == artifact.name && chosen(recipe)) && !arguments.all
    });
    for recipe in RECIPES.iter().filter(|recipe| chosen(recipe)) {
        for host in recipe.hosts() {
            eprintln!("looking up `{}` for {host}", recipe.package_for(host).unwrap_or(recipe.name));
            let mut artifact = resolver.resolve(recipe, host, arguments.version.as_deref())?;
            artifact.checked = checked(old, &artifact, arguments.tested)?;
            artifacts.push(artifact);
        }
    }
    let mut lock = Lock { artifacts };
    lock.sort();
    Ok(lock)
}

/// An entry keeps its mark as long as it is the same file; another file has been run by nobody, unless the user says so.
fn checked(old: &Lock, artifact: &Artifact, tested: bool) -> Result<Checked> {
    let same =
        old.artifacts.iter().find(|known| known.host == artifact.host && known.sha256 == artifact.sha256);
    let ours = artifact.host == ANY_HOST || artifact.host == host()?;
    Ok(if tested && ours { Checked::Run } else { same.map_or(Checked::Locked, |known| known.checked) })
}

/// One paragraph for each entry that is not what it was.
fn differences(old: &Lock, new: &Lock) -> String {
    let key = |artifact: &Artifact| {
        (artifact.name.clone(), artifact.host.clone(), artifact.purl.kind.clone(), artifact.purl.name.clone())
    };
    let mut text = String::new();
    for artifact in &new.artifacts {
        match old.artifacts.iter().find(|known| key(known) == key(artifact)) {
            None => text.push_str(&format!(
                "new      {} ({}): {}, {}, sha256:{}\n",
                artifact.name,
                artifact.host,
                artifact.purl,
                readable(artifact.size),
                artifact.sha256
            )),
            Some(known) if known != artifact => text.push_str(&change(known, artifact)),
            Some(_) => {}
        }
    }
    for artifact in &old.artifacts {
        if !new.artifacts.iter().any(|known| key(known) == key(artifact)) {
            text.push_str(&format!("removed  {} ({}): {}\n", artifact.name, artifact.host, artifact.purl));
        }
    }
    text
}

fn change(old: &Artifact, new: &Artifact) -> String {
    let mut text = format!("changed  {} ({}): {}\n", new.name, new.host, new.purl.name);
    let mut field = |name: &str, old: String, new: String| {
        if old != new {
            text.push_str(&format!("    {name:<8} {old} -> {new}\n"));
        }
    };
    field("version", old.purl.version.clone(), new.purl.version.clone());
    field("file", old.file.clone(), new.file.clone());
    field("size", readable(old.size), readable(new.size));
    field("sha256", old.sha256.to_string(), new.sha256.to_string());
    field("licence", old.license.clone(), new.license.clone());
    field("checked", old.checked.as_str().to_string(), new.checked.as_str().to_string());
    if old.unpack != new.unpack {
        text.push_str("    the unpack rules changed with the recipe\n");
    }
    text
}

/// A reader sees the old lock or the new one, never half of either.
fn write_whole(path: &std::path::Path, text: &str) -> Result<()> {
    let directory = path.parent().context("the lock has no directory")?;
    let mut file = tempfile::Builder::new().prefix(".third_party.lock.").tempfile_in(directory)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // Temporary files are private; the lock is an ordinary file of the checkout.
        file.as_file().set_permissions(std::fs::Permissions::from_mode(0o644))?;
    }
    file.persist(path)?;
    Ok(())
}
