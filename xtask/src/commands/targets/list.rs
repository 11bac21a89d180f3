//! The table of all targets.

use bering_build::lock::{Artifact, Checked, Lock};

use crate::columns;
use crate::progress::size;
use crate::targets::{self, ABSENT, Selection, TARGETS, Target};

pub(super) fn print(lock: &Lock, only: Option<&str>) {
    let mut rows = vec![
        ["TARGET", "HOST", "PLUGIN FROM", "VERSION", "PJRT", "DOWNLOAD", "ON DISK", "LICENCE", "STATE"]
            .map(str::to_owned),
    ];
    for target in TARGETS {
        let hosts = lock.hosts().into_iter().filter(|host| only.is_none_or(|only| only == *host));
        rows.extend(hosts.filter_map(|host| row(lock, host, target)));
    }
    print!("{}", columns::table(&rows));
    println!(
        "\nDOWNLOAD and ON DISK: the default set of the target alone; the CPU's is what every build needs, with its tools."
    );
    println!("\nThe machine must bring:");
    for target in TARGETS {
        println!("  {:<8} {}; run so far: {}", target.name, target.machine.join(", "), target.seen);
    }
    println!("\nNot there:");
    for absent in ABSENT {
        println!("  {:<8} {}: {}", absent.name, absent.title, absent.why);
    }
}

fn row(lock: &Lock, host: &str, target: &'static Target) -> Option<[String; 9]> {
    let selection = Selection::of(target);
    let artifacts: Vec<&Artifact> = match target.is_cpu() {
        true => lock.for_host(host).filter(|artifact| selection.includes(&artifact.name)).collect(),
        false => targets::of(lock, host, target, &selection).collect(),
    };
    let plugin = artifacts.iter().find(|artifact| artifact.name == plugin_component(target))?;
    let mut licenses: Vec<&str> = artifacts.iter().map(|artifact| artifact.license.as_str()).collect();
    if target.is_cpu() {
        licenses = vec![&plugin.license];
    }
    licenses.sort_unstable();
    licenses.dedup();
    Some([
        target.name.to_owned(),
        host.to_owned(),
        plugin.purl.name.clone(),
        plugin.purl.version.clone(),
        plugin.pjrt.clone().unwrap_or_else(|| "?".to_owned()),
        size(artifacts.iter().map(|artifact| artifact.size).sum()),
        super::show::on_disk(&artifacts),
        licenses.join(", "),
        state(&artifacts).to_owned(),
    ])
}

/// The component that holds the plugin; the CPU's is built from this one.
fn plugin_component(target: &Target) -> &'static str {
    target.parts.first().map_or("xla-cpu", |part| part.component)
}

/// The least that was done with any of them.
fn state(artifacts: &[&Artifact]) -> &'static str {
    let rank = |checked: Checked| match checked {
        Checked::Locked => 0,
        Checked::Inspected => 1,
        Checked::Run => 2,
    };
    let least = artifacts.iter().map(|artifact| artifact.checked).min_by_key(|checked| rank(*checked));
    least.map_or("", Checked::as_str)
}
