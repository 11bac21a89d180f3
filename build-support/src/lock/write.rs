//! The canonical text of a lock. Written by hand, not by a serialiser: the text is reviewed, so its shape is ours.

use super::{Artifact, Lock, Unpack, VERSION};
use std::fmt::{self, Write as _};

const HEADER: &str = "\
# Every prebuilt artifact by identity and hash. Written by `cargo xtask lock`; do not edit by hand.
";

impl fmt::Display for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut sorted = self.clone();
        sorted.sort();
        writeln!(f, "{HEADER}version = {VERSION}")?;
        sorted.artifacts.iter().try_for_each(|artifact| write_artifact(f, artifact))
    }
}

fn write_artifact(f: &mut fmt::Formatter<'_>, artifact: &Artifact) -> fmt::Result {
    write!(f, "\n[[artifact]]\n")?;
    field(f, "name", &artifact.name)?;
    field(f, "host", &artifact.host)?;
    field(f, "purl", &artifact.purl.to_string())?;
    field(f, "file", &artifact.file)?;
    writeln!(f, "size = {}", artifact.size)?;
    field(f, "sha256", &artifact.sha256.to_string())?;
    field(f, "license", &artifact.license)?;
    field(f, "checked", artifact.checked.as_str())?;
    if let Some(pjrt) = &artifact.pjrt {
        field(f, "pjrt", pjrt)?;
    }
    if let Some(unpacked) = artifact.unpacked {
        writeln!(f, "unpacked = {unpacked}")?;
    }
    artifact.unpack.iter().try_for_each(|rule| write_unpack(f, rule))
}

fn write_unpack(f: &mut fmt::Formatter<'_>, rule: &Unpack) -> fmt::Result {
    writeln!(f, "[[artifact.unpack]]")?;
    field(f, "glob", &rule.glob.to_string())?;
    field(f, "strip", &rule.strip)?;
    field(f, "to", &rule.to)?;
    if rule.trim {
        writeln!(f, "trim = true")?;
    }
    if let Some(edit) = &rule.edit {
        field(f, "edit", edit)?;
    }
    if rule.executable {
        writeln!(f, "executable = true")?;
    }
    Ok(())
}

fn field(f: &mut fmt::Formatter<'_>, key: &str, value: &str) -> fmt::Result {
    write!(f, "{key} = \"")?;
    for character in value.chars() {
        match character {
            '"' => f.write_str("\\\"")?,
            '\\' => f.write_str("\\\\")?,
            control if control.is_control() => write!(f, "\\u{:04X}", control as u32)?,
            plain => f.write_char(plain)?,
        }
    }
    writeln!(f, "\"")
}
