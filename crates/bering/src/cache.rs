//! The on-disk compile cache, on by default.
//!
//! It is `compile` in `$BERING_CACHE`, else in `bering` in the XDG cache directory; without any such place, or with
//! `BERING_COMPILE_CACHE=off`, everything is compiled. A directory that cannot be written is no error.

use bering_runtime::{Client, CompileCache, CompileOptions, Executable, Plugin, Program};
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::OnceLock;

/// Compiles by way of the cache, if there is one.
pub(crate) fn compile(
    client: &Client,
    program: Program<'_>,
    options: &CompileOptions,
) -> bering_runtime::Result<Executable> {
    match cache() {
        Some(cache) => cache.compile(client, program, options),
        None => client.compile(program, options),
    }
}

/// A program's text by way of the cache, if there is one.
pub(crate) fn text(plugin: &Plugin, program: Program<'_>) -> bering_runtime::Result<String> {
    let make = || plugin.program_text(&program);
    match cache() {
        Some(cache) => cache.text(plugin, &program, make),
        None => make(),
    }
}

fn cache() -> Option<&'static CompileCache> {
    static CACHE: OnceLock<Option<CompileCache>> = OnceLock::new();
    CACHE.get_or_init(|| directory(|name| std::env::var_os(name)).map(CompileCache::new)).as_ref()
}

/// The cache's directory, from the environment.
fn directory(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let path = |name: &str| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if variable("BERING_COMPILE_CACHE").is_some_and(|value| value == "off" || value == "0") {
        return None;
    }
    // A relative XDG path is to be ignored, by that specification.
    let xdg = || path("XDG_CACHE_HOME").filter(|path| path.is_absolute());
    let home = || path("HOME").map(|home| home.join(".cache"));
    let root = path("BERING_CACHE").or_else(|| Some(xdg().or_else(home)?.join("bering")))?;
    Some(root.join("compile"))
}

#[cfg(test)]
mod tests {
    use super::directory;

    fn of(variables: &[(&str, &str)]) -> Option<String> {
        let found =
            |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into());
        directory(found).map(|path| path.display().to_string())
    }

    #[test]
    fn places() {
        let home = ("HOME", "/home/u");
        assert_eq!(of(&[home]).unwrap(), "/home/u/.cache/bering/compile");
        assert_eq!(of(&[home, ("XDG_CACHE_HOME", "/x")]).unwrap(), "/x/bering/compile");
        assert_eq!(of(&[home, ("XDG_CACHE_HOME", "x")]).unwrap(), "/home/u/.cache/bering/compile");
        assert_eq!(of(&[home, ("BERING_CACHE", "/b")]).unwrap(), "/b/compile");
        assert_eq!(of(&[home, ("BERING_CACHE", "")]).unwrap(), "/home/u/.cache/bering/compile");
        assert_eq!(of(&[home, ("BERING_COMPILE_CACHE", "off")]), None);
        assert_eq!(of(&[]), None);
    }
}
