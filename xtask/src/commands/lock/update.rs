//! `cargo xtask lock update`: look components up again and write what changed.

use anyhow::{Context as _, Result, bail};
use bering_build::lock::{ANY_HOST, Artifact, Checked, Lock};
use std::io::Write as _;
use std::process::ExitCode;

use crate::checkout::{Checkout, host, parse_lock};
use crate::fetch::http::Client;
use crate::inspect::{Facts, facts, plugin_version};
use crate::progress::size;
use crate::recipe::{self, Recipe};
use crate::registry::{Options, Registries};
use crate::resolve::Resolver;
use crate::store::Store;
use crate::{setup, unpack};

/// The major version of the PJRT C API that `crates/runtime` is written for.
const PJRT_MAJOR: &str = "0";

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
    /// Show what would change and leave the lock alone
    #[arg(long)]
    dry_run: bool,
    /// Do not download and unpack what is new for this machine to see what it needs
    #[arg(long)]
    no_inspect: bool,
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
    let mut new = updated(&old, &arguments)?;
    let found = match arguments.no_inspect {
        true => String::new(),
        false => inspection(&checkout, &old, &mut new, &arguments)?,
    };
    print!("{}{found}", differences(&old, &new));
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
        !recipe::all().any(|recipe| recipe.name == artifact.name && chosen(recipe)) && !arguments.all
    });
    for recipe in recipe::all().filter(|recipe| chosen(recipe)) {
        for host in recipe.hosts() {
            eprintln!("looking up `{}` for {host}", recipe.package_for(host).unwrap_or(recipe.name));
            let mut artifact = resolver.resolve(recipe, host, arguments.version.as_deref())?;
            artifact.checked = checked(old, &artifact, arguments.tested)?;
            remember(old, &mut artifact);
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

/// What was found inside the same file before is still there.
fn remember(old: &Lock, artifact: &mut Artifact) {
    let same = old.artifacts.iter().find(|known| {
        known.host == artifact.host && known.sha256 == artifact.sha256 && known.unpack == artifact.unpack
    });
    if let Some(known) = same {
        (artifact.pjrt, artifact.unpacked) = (known.pjrt.clone(), known.unpacked);
    }
}

/// What this machine's new artifacts need, beside what the old ones did. They are unpacked for it, so that no entry gets
/// into the lock whose rules do not fit its archive; what was found goes into the entries.
fn inspection(checkout: &Checkout, old: &Lock, new: &mut Lock, arguments: &Arguments) -> Result<String> {
    let here = host()?;
    let is_new = |artifact: &&Artifact| {
        let same = |known: &Artifact| known.sha256 == artifact.sha256 && known.unpack == artifact.unpack;
        !old.for_host(here).any(same)
    };
    let unseen = |artifact: &&Artifact| {
        let silent = artifact.pjrt.is_none() && recipe::is_plugin(&artifact.name);
        (artifact.unpacked.is_none() || silent) && (arguments.all || arguments.names.contains(&artifact.name))
    };
    let due: Vec<&Artifact> =
        new.for_host(here).filter(|artifact| is_new(artifact) || unseen(artifact)).collect();
    if due.is_empty() {
        return Ok(String::new());
    }
    for artifact in &due {
        unpack::check(artifact).with_context(|| format!("`{}`", artifact.purl))?;
    }
    let store = Store::from_environment()?;
    store.prepare()?;
    let _guard = store.guard_shared()?;
    let options = setup::Options { index_url: arguments.index_url.clone(), ..setup::Options::default() };
    setup::obtain(&store, "setting up", &due, &options, &|fetcher, artifact, task| {
        fetcher.install(artifact, task)
    })?;
    let mut text = String::new();
    let mut found = Vec::new();
    for artifact in due {
        let before = old.for_host(here).find(|known| known.name == artifact.name);
        let mut before_facts = before.map(|known| facts(&store, known)).transpose()?.flatten();
        if let (Some(facts), Some(known)) = (&mut before_facts, before) {
            facts.pjrt = facts.pjrt.take().or(known.pjrt.clone());
        }
        let mut after = facts(&store, artifact)?.context("an artifact is not where it was just put")?;
        if let Some(plugin) = &after.plugin {
            match plugin_version(checkout.root(), here, plugin) {
                Ok(version) => after.pjrt = Some(version),
                Err(error) => {
                    text.push_str(&format!("note: `{}` tells no version: {error:#}\n", artifact.name))
                }
            }
        }
        refuse_other_major(artifact, &after)?;
        text.push_str(&contents(&artifact.name, before_facts.as_ref(), &after));
        found.push((artifact.sha256, after));
    }
    for artifact in &mut new.artifacts {
        let here = artifact.host == ANY_HOST || artifact.host == here;
        let Some((_, facts)) = found.iter().find(|(hash, _)| here && *hash == artifact.sha256) else {
            continue;
        };
        artifact.pjrt = facts.pjrt.clone();
        artifact.unpacked = Some(facts.unpacked);
        if artifact.checked == Checked::Locked {
            artifact.checked = Checked::Inspected;
        }
    }
    Ok(text)
}

/// Plugins of one major version of PJRT work with a runtime of the same; the runtime is built from XLA's headers, so a
/// component with these decides which.
pub(super) fn refuse_other_major(artifact: &Artifact, facts: &Facts) -> Result<()> {
    let major = |version: &str| version.split('.').next().map(str::to_owned);
    match facts.pjrt.as_deref().and_then(major) {
        Some(found) if found != PJRT_MAJOR => bail!(
            "`{}` speaks PJRT {}, and this project major version {PJRT_MAJOR}; nothing was written\nhint: lock an older release \
             (`--version`), or port the runtime first",
            artifact.purl,
            facts.pjrt.as_deref().unwrap_or_default()
        ),
        _ => Ok(()),
    }
}

/// The facts that changed, or all of them if nobody has the old ones.
fn contents(name: &str, before: Option<&Facts>, after: &Facts) -> String {
    let old = if before.is_some() { "" } else { " (the old one is not in the store to compare)" };
    let mut text = format!("contents {name}{old}\n");
    let mut field = |name: &str, old: Option<String>, new: String| match old {
        Some(old) if old != new => text.push_str(&format!("    {name:<8} {old} -> {new}\n")),
        Some(_) => {}
        None => text.push_str(&format!("    {name:<8} {new}\n")),
    };
    let needed = |facts: &Facts| match facts.needed.is_empty() {
        true => "nothing".to_string(),
        false => facts.needed.iter().map(String::as_str).collect::<Vec<_>>().join(" "),
    };
    field("needs", before.map(needed), needed(after));
    field("unpacked", before.map(|facts| size(facts.unpacked)), size(after.unpacked));
    let pjrt = |facts: &Facts| facts.pjrt.clone().unwrap_or_else(|| "none".to_string());
    if after.pjrt.is_some() || before.is_some_and(|facts| facts.pjrt.is_some()) {
        field("PJRT", before.map(pjrt), pjrt(after));
    }
    if let Some(before) = before.filter(|before| before.exports != after.exports) {
        let list = |of: &Facts, without: &Facts| {
            let names: Vec<&str> = of.exports.difference(&without.exports).map(String::as_str).collect();
            if names.is_empty() { "none".to_string() } else { names.join(" ") }
        };
        text.push_str(&format!(
            "    exports  gone: {}\n             new: {}\n",
            list(before, after),
            list(after, before)
        ));
    }
    text
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
                size(artifact.size),
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
    field("size", size(old.size), size(new.size));
    field("sha256", old.sha256.to_string(), new.sha256.to_string());
    field("licence", old.license.clone(), new.license.clone());
    field("checked", old.checked.as_str().to_string(), new.checked.as_str().to_string());
    if old.unpack != new.unpack {
        text.push_str("    the unpack rules changed with the recipe\n");
    }
    text
}

/// A reader sees the old lock or the new one, never half of either.
pub(super) fn write_whole(path: &std::path::Path, text: &str) -> Result<()> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plugin_of_another_major_version_is_refused() {
        let lock = Lock::parse(include_str!("../../../../third_party.lock")).unwrap();
        let plugin = lock.artifacts.iter().find(|artifact| artifact.name == "cuda13-plugin").unwrap();
        let speaking = |version: &str| Facts { pjrt: Some(version.to_string()), ..Facts::default() };
        assert!(refuse_other_major(plugin, &speaking("0.200")).is_ok());
        assert!(refuse_other_major(plugin, &Facts::default()).is_ok());
        let error = refuse_other_major(plugin, &speaking("1.0")).unwrap_err().to_string();
        assert!(error.contains("speaks PJRT 1.0, and this project major version 0"), "{error}");
    }

    #[test]
    fn contents_show_old_and_new() {
        let facts = |needed: &[&str], pjrt: Option<&str>| Facts {
            needed: needed.iter().map(|name| name.to_string()).collect(),
            pjrt: pjrt.map(str::to_string),
            unpacked: 1000,
            ..Facts::default()
        };
        let (old, new) =
            (facts(&["libc.so.6"], Some("0.90")), facts(&["libc.so.6", "libz.so.1"], Some("0.115")));
        let text = contents("xla-cpu", Some(&old), &new);
        assert!(text.contains("needs    libc.so.6 -> libc.so.6 libz.so.1\n"), "{text}");
        assert!(text.contains("PJRT     0.90 -> 0.115\n") && !text.contains("unpacked"), "{text}");
        let exporting = |names: &[&str]| Facts {
            exports: names.iter().map(|name| name.to_string()).collect(),
            ..Facts::default()
        };
        let (old, new) = (exporting(&["GetPjrtApi", "Old"]), exporting(&["GetPjrtApi", "New"]));
        let text = contents("cuda13-plugin", Some(&old), &new);
        assert!(text.ends_with("    exports  gone: Old\n             new: New\n"), "{text}");
        let text = contents("ninja", None, &facts(&[], None));
        assert!(
            text.contains("not in the store") && text.contains("needs    nothing") && !text.contains("PJRT"),
            "{text}"
        );
    }
}
