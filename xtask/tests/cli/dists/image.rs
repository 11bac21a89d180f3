//! OCI images: what the specification says, and that they run alone.

use super::{Workspace, files_below, host_name, is_there, json};
use crate::fixture::names;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::io::Read;
use std::path::Path;
use std::process::Command;

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The blob that a descriptor names, its digest and size checked.
fn blob(layout: &Path, descriptor: &Value) -> Vec<u8> {
    let digest = descriptor["digest"].as_str().unwrap().strip_prefix("sha256:").unwrap();
    let bytes = std::fs::read(layout.join("blobs/sha256").join(digest)).unwrap();
    assert_eq!(sha256(&bytes), digest);
    assert_eq!(descriptor["size"].as_u64(), Some(bytes.len() as u64));
    bytes
}

/// Checks a layout against the specification and unpacks its layers.
pub(super) fn unpack_image(layout: &Path, to: &Path) -> Value {
    assert_eq!(json(&layout.join("oci-layout"))["imageLayoutVersion"], "1.0.0");
    let index = json(&layout.join("index.json"));
    let entry = &index["manifests"][0];
    assert_eq!(entry["mediaType"], "application/vnd.oci.image.manifest.v1+json");
    let manifest: Value = serde_json::from_slice(&blob(layout, entry)).unwrap();
    assert_eq!(manifest["schemaVersion"], 2);
    assert_eq!(manifest["config"]["mediaType"], "application/vnd.oci.image.config.v1+json");
    let config: Value = serde_json::from_slice(&blob(layout, &manifest["config"])).unwrap();
    assert_eq!((config["os"].as_str(), config["rootfs"]["type"].as_str()), (Some("linux"), Some("layers")));
    assert_eq!(entry["platform"]["architecture"], config["architecture"]);
    let (layers, diffs) =
        (manifest["layers"].as_array().unwrap(), config["rootfs"]["diff_ids"].as_array().unwrap());
    assert_eq!((layers.len(), config["history"].as_array().unwrap().len()), (diffs.len(), diffs.len()));
    for (layer, diff) in layers.iter().zip(diffs) {
        assert_eq!(layer["mediaType"], "application/vnd.oci.image.layer.v1.tar+gzip");
        let mut tar = Vec::new();
        flate2::read::GzDecoder::new(&blob(layout, layer)[..]).read_to_end(&mut tar).unwrap();
        assert_eq!(diff.as_str().unwrap(), format!("sha256:{}", sha256(&tar)));
        tar::Archive::new(&tar[..]).unpack(to).unwrap();
    }
    let referred: BTreeSet<&str> = layers.iter().filter_map(|layer| layer["digest"].as_str()).collect();
    assert_eq!(names(&layout.join("blobs/sha256")).len(), 2 + referred.len(), "no blob is left over");
    config
}

fn tool(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().unwrap();
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn an_image_is_what_the_specification_says_and_runs_alone() {
    let workspace = Workspace::new();
    workspace.dist(&["--oci"]).succeeds();
    let layout = workspace.out().join(format!("{}.oci", host_name()));
    let root = tempfile::tempdir().unwrap();
    let config = unpack_image(&layout, root.path());
    assert_eq!(config["config"]["Entrypoint"][0], "/opt/demo/demo");
    assert_eq!(config["config"]["User"], "65532:65532");
    for path in [
        "lib/libc.so.6",
        "lib64/libgcc_s.so.1",
        "usr/share/sbom/runtime.cdx.json",
        "opt/demo/SHA256SUMS",
        "tmp",
    ] {
        assert!(root.path().join(path).exists(), "{path} in {:?}", files_below(root.path()));
    }
    run_in(root.path());
    // Programs of others judge, where they are installed.
    let image = format!("{}:0.3.0", layout.display());
    if is_there("skopeo") {
        let told = tool("skopeo", &["inspect", &format!("oci:{image}")]);
        assert!(told.contains("\"Os\": \"linux\""), "{told}");
    }
    if is_there("umoci") {
        let bundle = root.path().join("bundle");
        tool("umoci", &["unpack", "--rootless", "--image", &image, &bundle.display().to_string()]);
        run_in(&bundle.join("rootfs"));
    }
}

/// Runs the image's program with nothing but the image, which only root can.
fn run_in(root: &Path) {
    let output = Command::new("/usr/sbin/chroot")
        .args([root, Path::new("/opt/demo/demo")])
        .env_clear()
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    if told.contains("Operation not permitted") {
        return;
    }
    assert!(output.status.success(), "{told}");
    assert_eq!(output.stdout, b"plugin true weights true variables 0\n");
}

#[test]
fn an_image_can_stand_on_another() {
    let workspace = Workspace::new();
    workspace.dist(&["--oci"]).succeeds();
    let name = format!("{}.oci", host_name());
    let base = workspace.target.path().join("base");
    std::fs::rename(workspace.out().join(&name), &base).unwrap();
    let place = base.display().to_string();
    workspace.dist(&["--oci", "--oci-base", &place]).succeeds();
    let root = tempfile::tempdir().unwrap();
    let config = unpack_image(&workspace.out().join(&name), root.path());
    assert_eq!(config["rootfs"]["diff_ids"].as_array().unwrap().len(), 4 + 3);
    run_in(root.path());
    // A base with a flipped byte is no base.
    let blobs = base.join("blobs/sha256");
    let largest = names(&blobs).into_iter().max_by_key(|name| blobs.join(name).metadata().unwrap().len());
    let largest = blobs.join(largest.unwrap());
    let mut bytes = std::fs::read(&largest).unwrap();
    bytes[100] ^= 1;
    std::fs::write(&largest, bytes).unwrap();
    workspace.dist(&["--oci", "--oci-base", &place]).fails_with(&["cannot be the base", "is damaged"]);
    workspace.dist(&["--oci", "--oci-base", "/nonexistent"]).fails_with(&["/nonexistent"]);
}
