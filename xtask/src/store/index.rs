//! The list of an artifact's files: one line a file, `sha256 size mode path`, sorted by path.

use anyhow::{Context as _, Result};
use bering_build::lock::Sha256;
use std::fmt::Write as _;
use std::path::Path;

/// The name of the list in an artifact's directory. It is written last: an artifact with it is whole.
pub(crate) const FILES: &str = "files";

/// One file that was laid out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Entry {
    pub(crate) path: String,
    pub(crate) sha256: Sha256,
    pub(crate) size: u64,
    pub(crate) executable: bool,
}

pub(crate) fn to_text(entries: &[Entry]) -> String {
    let mut sorted: Vec<_> = entries.iter().collect();
    sorted.sort();
    sorted.into_iter().fold(String::new(), |mut text, entry| {
        let mode = if entry.executable { 'x' } else { '-' };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{} {} {mode} {}", entry.sha256, entry.size, entry.path);
        text
    })
}

pub(crate) fn read(artifact_dir: &Path) -> Result<Vec<Entry>> {
    let path = artifact_dir.join(FILES);
    let text =
        std::fs::read_to_string(&path).with_context(|| format!("`{}` cannot be read", path.display()))?;
    from_text(&text).with_context(|| {
        format!("`{}` is damaged\nhint: run `cargo xtask store verify --repair`", path.display())
    })
}

fn from_text(text: &str) -> Result<Vec<Entry>> {
    let parse = |line: &str| -> Option<Entry> {
        let mut fields = line.splitn(4, ' ');
        let sha256 = fields.next()?.parse().ok()?;
        let size = fields.next()?.parse().ok()?;
        let executable = match fields.next()? {
            "x" => true,
            "-" => false,
            _ => return None,
        };
        Some(Entry { sha256, size, executable, path: fields.next()?.to_owned() })
    };
    let entry = |(number, line)| parse(line).with_context(|| format!("line {} is malformed", number + 1));
    text.lines().enumerate().map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_survives_a_round_trip_and_is_sorted() {
        let entry = |path: &str| Entry {
            path: path.into(),
            sha256: Sha256([7; 32]),
            size: 3,
            executable: path.starts_with("bin"),
        };
        let entries = vec![entry("lib/b c.so"), entry("bin/a")];
        let read = from_text(&to_text(&entries)).unwrap();
        assert_eq!(read, [entry("bin/a"), entry("lib/b c.so")]);
    }

    #[test]
    fn damage_names_the_line() {
        let good =
            to_text(&[Entry { path: "a".into(), sha256: Sha256([0; 32]), size: 1, executable: false }]);
        assert!(from_text(&format!("{good}nonsense\n")).unwrap_err().to_string().contains("line 2"));
    }
}
