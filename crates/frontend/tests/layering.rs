//! Habits of this crate that the compiler does not check.

use std::fs;
use std::path::{Path, PathBuf};

/// Every source file of the crate with its text.
fn sources() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut directories = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                directories.push(path);
            } else {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    assert!(found.len() > 20, "the sources are somewhere else now");
    found
}

#[test]
fn only_lowering_sees_mlir() {
    let sees = |text: &str| text.contains("melior::") || text.contains("use melior");
    let (lowering, others): (Vec<_>, Vec<_>) = sources()
        .into_iter()
        .partition(|(path, _)| path.components().any(|part| part.as_os_str() == "lower"));
    assert!(lowering.iter().any(|(_, text)| sees(text)));
    for (path, text) in others {
        assert!(!sees(&text), "{} uses MLIR outside of `lower`", path.display());
    }
}

#[test]
fn passes_match_operations_without_a_wildcard() {
    for (path, text) in sources() {
        // A wildcard arm as deep as an arm of operations is in the same match, and a new operation would slip through it.
        let mut arms: Vec<usize> = Vec::new();
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            let arm = line.trim_start();
            let depth = line.len() - arm.len();
            arms.retain(|&open| open <= depth);
            if arm.starts_with("Op::") || arm.starts_with("| Op::") {
                arms.push(depth);
            }
            let slips = arm.starts_with("_ =>") && arms.contains(&depth);
            assert!(!slips, "{}: a wildcard arm among operations: `{arm}`", path.display());
        }
    }
}
