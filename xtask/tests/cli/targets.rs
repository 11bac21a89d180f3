//! Targets: what is set up for which, and that it stays so.

use crate::fixture::{Fake, Site, names, usual, wheel};

/// A component of a target, laid where the recipes lay it.
fn part(name: &'static str, member: &str, content: &[u8]) -> Fake {
    let mut fake = wheel(name, &[(member, content)]);
    fake.rule = ["**", "", "plugins/cuda13/"];
    fake
}

const PLUGIN: &str = "jax_plugins/xla_cuda13/xla_cuda_plugin.so";
const CUBLAS: &str = "nvidia/cu13/lib/libcublas.so.13";

/// A lock with what every build needs, and CUDA 13 as far as `Core` goes, with one of what `--minimal` leaves out and the extra.
fn site() -> Site {
    let mut fakes = vec![
        usual("one"),
        part("cuda13-plugin", PLUGIN, b"plugin"),
        part("cuda13-cublas", CUBLAS, b"cublas"),
    ];
    for (name, member) in [
        ("cuda13-cudart", "nvidia/cu13/lib/libcudart.so.13"),
        ("cuda13-nvcc", "nvidia/cu13/bin/ptxas"),
        ("cuda13-nvjitlink", "nvidia/cu13/lib/libnvJitLink.so.13"),
        ("cuda13-nvrtc", "nvidia/cu13/lib/libnvrtc.so.13"),
        ("cuda13-nvvm", "nvidia/cu13/nvvm/libdevice/libdevice.10.bc"),
        ("cuda13-cudnn", "nvidia/cudnn/lib/libcudnn.so.9"),
        ("cuda13-nccl", "nvidia/nccl/lib/libnccl.so.2"),
    ] {
        fakes.push(part(name, member, name.as_bytes()));
    }
    Site::new(&fakes.iter().collect::<Vec<_>>())
}

fn has(site: &Site, path: &str) -> bool {
    site.laid(&format!("plugins/cuda13/{path}")).is_some()
}

#[test]
fn without_a_target_nothing_of_one_is_fetched() {
    let site = site();
    site.run(&["setup"]).succeeds();
    assert!(site.laid("one/readme.txt").is_some() && !has(&site, PLUGIN));
    let asked = |request: &crate::server::Request| request.path.contains("cuda13");
    assert!(!site.server.requests().iter().any(asked), "{:?}", site.server.requests().len());
}

#[test]
fn a_target_stays_until_another_choice() {
    let site = site();
    let said = site.run(&["setup", "--target", "cuda13"]).succeeds();
    assert!(said.contains("for cpu, cuda13"), "{said}");
    assert!(has(&site, PLUGIN) && has(&site, "nvidia/cudnn/lib/libcudnn.so.9"));
    assert!(!has(&site, "nvidia/nccl/lib/libnccl.so.2"), "an extra is asked for");
    let asked = site.server.requests().len();
    assert!(site.run(&["setup"]).succeeds().contains("everything is set up"), "plain setup keeps it");
    site.run(&["setup", "--target", "cpu"]).succeeds();
    assert!(!has(&site, PLUGIN) && site.laid("one/readme.txt").is_some());
    site.run(&["setup", "--target", "cuda13"]).succeeds();
    assert_eq!(site.server.requests().len(), asked, "the store has it");
    site.assert_store_is_whole();
}

#[test]
fn a_lock_that_changes_keeps_the_targets() {
    let site = site();
    site.run(&["setup", "--target", "cuda13", "--minimal"]).succeeds();
    let lock = std::fs::read_to_string(site.checkout().join("third_party.lock")).unwrap();
    site.lock(&lock.replacen("license = \"MIT\"", "license = \"ISC\"", 1));
    site.run(&["setup"]).succeeds();
    assert!(has(&site, PLUGIN) && !has(&site, "nvidia/cudnn/lib/libcudnn.so.9"));
}

#[test]
fn minimal_and_with_choose() {
    let site = site();
    let said = site.run(&["setup", "--target", "cuda13", "--minimal", "--with", "nccl"]).succeeds();
    assert!(said.contains("for cpu, cuda13 (minimal) with nccl"), "{said}");
    assert!(has(&site, "nvidia/nccl/lib/libnccl.so.2") && !has(&site, "nvidia/cudnn/lib/libcudnn.so.9"));
    site.run(&["setup", "--target", "cuda13", "--with", "tensorrt"])
        .fails_with(&["no such extra", "there are: nccl"]);
}

#[test]
fn targets_that_are_not_there_say_why() {
    let site = site();
    site.run(&["setup", "--target", "cuda11"])
        .fails_with(&["no target is called `cuda11`; there are: cpu, cuda12, cuda13, rocm7, tpu"]);
    site.run(&["setup", "--target", "oneapi"]).fails_with(&["target `oneapi` (Intel GPUs) is not there"]);
    site.run(&["setup", "--target", "tpu"]).fails_with(&["target `tpu` needs `tpu-plugin`", "for no host"]);
    site.assert_nothing_was_set_up();
}

/// The kernel resolves `..` after links, so `$ORIGIN/../../nvidia/cu13/lib` works only from real directories.
#[test]
fn a_plugin_sees_the_libraries_of_other_packages_beside_itself() {
    let site = site();
    site.run(&["setup", "--target", "cuda13"]).succeeds();
    let directory = site.checkout().join(".bering/plugins/cuda13/jax_plugins/xla_cuda13");
    let through = directory.join("../../nvidia/cu13/lib/libcublas.so.13");
    assert_eq!(std::fs::read(through).unwrap(), b"cublas");
    assert_eq!(names(&directory), ["xla_cuda_plugin.so"]);
}

#[test]
fn gc_frees_a_target_that_no_checkout_has_any_more() {
    let site = site();
    site.run(&["setup", "--target", "cuda13"]).succeeds();
    site.run(&["store", "gc"]).succeeds();
    assert!(has(&site, PLUGIN), "it is in use");
    site.run(&["setup", "--target", "cpu"]).succeeds();
    site.run(&["store", "gc"]).succeeds();
    assert_eq!(names(&site.store().join("artifacts-v1")).len(), 1);
    site.assert_store_is_whole();
}

#[test]
fn the_table_shows_what_is_locked_and_what_is_missing() {
    let site = site();
    let text = site.run(&["targets"]).succeeds();
    for part in
        ["TARGET", "The machine must bring:", "NVIDIA driver 580", "Not there:", "oneapi", "neuron", "metal"]
    {
        assert!(text.contains(part), "`{part}` is not in:\n{text}");
    }
    site.run(&["targets", "show", "cuda14"]).fails_with(&["no target is called `cuda14`"]);
    site.run(&["targets", "show", "cuda13", "--files"])
        .fails_with(&["is not in the store", "hint: run `cargo xtask setup`"]);
    site.run(&["targets", "verify", "cpu"]).fails_with(&["`cpu` is verified by running it"]);
}
