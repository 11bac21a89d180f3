//! The jobs of a matrix, the files made from it, and builds for machines that this one cannot build for.

use crate::fixture::{Site, usual};

fn matrix(site: &Site, job: &str) {
    std::fs::create_dir_all(site.checkout().join("ci")).unwrap();
    let host = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let text = format!(
        "version = 1\n[[runner]]\nhost = \"{host}\"\ngithub = \"g\"\ngitlab = \"l\"\n[[job]]\nname = \"{job}\"\nhost = \"{host}\"\n\
         target = \"cpu\"\nprofile = \"dev\"\nruns = [\"test\"]\n"
    );
    std::fs::write(site.checkout().join("ci/matrix.toml"), text).unwrap();
}

#[test]
fn stale_and_missing_workflows_are_told_and_made() {
    let site = Site::new(&[&usual("one")]);
    matrix(&site, "first");
    let missing = site.run(&["ci", "check"]);
    assert_eq!(missing.code, Some(1));
    let expected = "error: `.github/workflows/ci.yml` and `.gitlab-ci.yml` are not what `ci/matrix.toml` says\n\
                    hint: run `cargo xtask ci generate` and commit the result\n";
    assert_eq!(missing.text, expected);

    site.run(&["ci", "generate"]).succeeds();
    site.run(&["ci", "check"]).succeeds();
    matrix(&site, "second");
    let stale = site.run(&["ci", "check"]);
    assert_eq!(stale.code, Some(1));
    // GitHub's file asks for the matrix when it runs.
    assert!(stale.text.starts_with("error: `.gitlab-ci.yml` is not what"), "{}", stale.text);
}

#[test]
fn jobs_are_printed_and_unknown_ones_named() {
    let site = Site::new(&[&usual("one")]);
    matrix(&site, "first");
    let dry = site.run(&["ci", "run", "first", "--dry-run"]);
    assert_eq!((dry.code, dry.text.as_str()), (Some(0), "+ cargo xtask test\n"));
    let json: serde_json::Value = serde_json::from_str(&site.run(&["ci", "matrix"]).text).unwrap();
    assert_eq!(json["include"][0]["runs"], serde_json::json!(["test"]));
    let unknown = site.run(&["ci", "run", "third"]);
    assert_eq!(unknown.code, Some(1));
    assert!(
        unknown.text.contains("there is no job `third` in `ci/matrix.toml`; it has: first"),
        "{}",
        unknown.text
    );
}

#[test]
fn a_machine_that_cannot_be_built_for_is_refused_before_anything_is_fetched() {
    let site = Site::new(&[&usual("one")]);
    let stranger = site.run(&["build", "-p", "demo", "--host", "riscv64gc-unknown-linux-gnu"]);
    assert_eq!(stranger.code, Some(1));
    assert!(
        stranger.text.contains("nothing is built for `riscv64gc-unknown-linux-gnu` on "),
        "{}",
        stranger.text
    );

    let (other, package) = match std::env::consts::ARCH {
        "x86_64" => ("aarch64-unknown-linux-gnu", "g++-aarch64-linux-gnu"),
        _ => ("x86_64-unknown-linux-gnu", "g++-x86-64-linux-gnu"),
    };
    for command in ["build", "dist"] {
        let bare = site.run_with(&[command, "-p", "demo", "--host", other], &[("PATH", "/nowhere")]);
        assert_eq!(bare.code, Some(1));
        assert!(
            bare.text.contains(&format!("hint: on Debian, `apt-get install {package}`")),
            "{}",
            bare.text
        );
    }
    site.assert_nothing_was_set_up();
}

#[test]
fn rusts_missing_library_for_another_machine_is_named_with_its_command() {
    use std::os::unix::fs::PermissionsExt as _;
    let (host, gnu) = match std::env::consts::ARCH {
        "x86_64" => ("aarch64-unknown-linux-gnu", "aarch64-linux-gnu"),
        _ => ("x86_64-unknown-linux-gnu", "x86_64-linux-gnu"),
    };
    let tools = tempfile::tempdir().unwrap();
    let gcc = format!("{gnu}-gcc");
    let gxx = format!("{gnu}-g++");
    for (name, script) in [(&*gcc, "exit 0"), (&gxx, "exit 0"), ("rustc", "echo /nonexistent")] {
        let path = tools.path().join(name);
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let site = Site::new(&[&usual("one")]);
    for command in ["build", "dist"] {
        let outcome = site
            .run_with(&[command, "-p", "demo", "--host", host], &[("PATH", tools.path().to_str().unwrap())]);
        outcome.fails_with(&[
            &format!("Rust's standard library for `{host}` is not installed"),
            &format!("hint: run `rustup target add {host}`"),
        ]);
    }
    site.assert_nothing_was_set_up();
}
