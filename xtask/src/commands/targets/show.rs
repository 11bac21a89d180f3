//! One target: its components, or its files.

use anyhow::Result;
use bering_build::lock::{Artifact, Lock};

use crate::columns;
use crate::progress::size;
use crate::store::Store;
use crate::targets::{self, Selection, Share, Target};

pub(super) fn components(lock: &Lock, host: &str, target: &'static Target) {
    let mut rows = vec![
        ["COMPONENT", "PACKAGE", "VERSION", "DOWNLOAD", "ON DISK", "LICENCE", "STATE", "SET UP"]
            .map(str::to_owned),
    ];
    let all = Selection::all_of(target);
    let artifacts: Vec<&Artifact> = match target.is_cpu() {
        true => lock.for_host(host).filter(|artifact| all.includes(&artifact.name)).collect(),
        false => targets::of(lock, host, target, &all).collect(),
    };
    for artifact in &artifacts {
        let share = targets::owner(&artifact.name).map_or(Share::Core, |(_, part)| part.share);
        rows.push([
            artifact.name.clone(),
            artifact.purl.name.clone(),
            artifact.purl.version.clone(),
            size(artifact.size),
            on_disk(&[artifact]),
            artifact.license.clone(),
            artifact.checked.as_str().to_owned(),
            match share {
                Share::Core => "always".to_owned(),
                Share::Usual => "unless --minimal".to_owned(),
                Share::Extra(name) => format!("--with {name}"),
            },
        ]);
    }
    println!("{} ({}) on {host}", target.name, target.title);
    println!("the machine must bring: {}", target.machine.join(", "));
    println!("run so far: {}", target.seen);
    if !target.is_cpu() {
        println!("plugin: `{}/{}` of the prefix", target.directory(), target.plugin);
        println!("libraries that the machine has: {}", target.system.join(", "));
    }
    println!();
    print!("{}", columns::table(&rows));
}

/// What artifacts take when they are unpacked, as far as somebody has looked.
pub(super) fn on_disk(artifacts: &[&Artifact]) -> String {
    let known: Option<Vec<u64>> = artifacts.iter().map(|artifact| artifact.unpacked).collect();
    known.map_or_else(|| "?".to_owned(), |sizes| size(sizes.iter().sum()))
}

pub(super) fn files(lock: &Lock, host: &str, target: &'static Target) -> Result<()> {
    let selection = Selection::of(target);
    let files = targets::files(&Store::from_environment()?, lock, host, target, &selection)?;
    let mut rows = Vec::new();
    for file in &files {
        let mode = if file.executable { "x" } else { "-" };
        rows.push([
            file.path.clone(),
            mode.to_owned(),
            file.size.to_string(),
            file.component.clone(),
            file.sha256.to_string(),
            file.source.display().to_string(),
        ]);
    }
    print!("{}", columns::table(&rows));
    println!("{} files, {}", files.len(), size(files.iter().map(|file| file.size).sum()));
    Ok(())
}
