//! What a macOS library exports.

use anyhow::{Context as _, Result, bail};
use object::macho::MachHeader64;
use object::read::macho::MachOFile;
use object::{Endianness, NameOrOrdinal, Object as _, ReadCache};
use std::collections::BTreeSet;
use std::fs::File;
use std::path::Path;

/// The names that a 64-bit Mach-O library exports, without the underscore that C gives them there.
///
/// # Errors
/// If it is no such library.
pub(crate) fn exports(path: &Path) -> Result<BTreeSet<String>> {
    let file = File::open(path).with_context(|| format!("`{}` cannot be opened", path.display()))?;
    let data = ReadCache::new(file);
    let library = MachOFile::<MachHeader64<Endianness>, _>::parse(&data)
        .with_context(|| format!("`{}` is no 64-bit Mach-O library", path.display()))?;
    let mut names = BTreeSet::new();
    for export in library.exports().context("its exports cannot be read")? {
        let export = export.context("its exports are damaged")?;
        let NameOrOrdinal::Name(name) = export.name() else { continue };
        let name = String::from_utf8_lossy(name).into_owned();
        names.insert(name.strip_prefix('_').map(str::to_owned).unwrap_or(name));
    }
    if names.is_empty() {
        bail!("`{}` exports nothing", path.display());
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    #[test]
    fn other_files_are_refused() {
        let error = super::exports(&std::env::current_exe().unwrap()).unwrap_err().to_string();
        assert!(error.contains("is no 64-bit Mach-O library"), "{error}");
    }
}
