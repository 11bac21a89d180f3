//! The machine: Rust, the C++ compiler, the C and C++ libraries, the processor.

use anyhow::{Context as _, Result, bail};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::Report;
use crate::checkout::{Checkout, host};
use crate::recipe::{self, Need};
use crate::registry::programs::{ask, find_program};
use crate::store::prefix::Manifest;
use crate::targets::Selection;

pub(super) fn examine(checkout: &Checkout, report: &mut Report) {
    match host() {
        Ok(host) => report.good("host", format!("{host}, {}", processor())),
        Err(error) => {
            report.missing("host", format!("{error:#}"), "use a machine that the lock has artifacts for")
        }
    }
    rust(checkout, report);
    compiler(report);
    libraries(&selection(checkout), report);
}

/// The targets that the checkout is set up for.
fn selection(checkout: &Checkout) -> Selection {
    Manifest::read(&checkout.link()).map(|manifest| manifest.selection).unwrap_or_default()
}

fn rust(checkout: &Checkout, report: &mut Report) {
    let version = |program: &str| first_line(&ask_in(checkout.root(), program, &["--version"])?);
    match (version("cargo"), version("rustc")) {
        (Some(cargo), Some(rustc)) => report.good("rust", format!("{cargo}; {rustc}")),
        _ => report.missing("rust", "`cargo` or `rustc` does not run", "install Rust with rustup"),
    }
}

/// Rust's tools look for `rust-toolchain.toml` from the directory they run in.
fn ask_in(directory: &Path, program: &str, args: &[&str]) -> Option<String> {
    let output =
        Command::new(program).args(args).current_dir(directory).stdin(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The C++ compiler as the `cc` crate would choose it without a target: `$CXX`, else `c++`.
fn cxx() -> (String, Option<PathBuf>) {
    let name =
        std::env::var("CXX").ok().filter(|name| !name.trim().is_empty()).unwrap_or_else(|| "c++".to_string());
    let path = if name.contains('/') { Some(PathBuf::from(&name)) } else { find_program(&name) };
    (name, path)
}

fn compiler(report: &mut Report) {
    const HINT: &str = "install a C++17 compiler (Debian: `apt-get install g++`) or name one in CXX";
    let (name, path) = cxx();
    let Some(path) = path else {
        return report.missing("C++ compiler", format!("there is no `{name}`"), HINT);
    };
    let version =
        ask(&path, &["--version"]).and_then(|text| first_line(&text)).unwrap_or_else(|| name.clone());
    match builds_cxx17(&path) {
        Ok(()) => report.good("C++ compiler", format!("{version}; C++17 compiles, links and runs")),
        Err(error) => report.missing("C++ compiler", format!("{version}: {error:#}"), HINT),
    }
}

/// Compiles, links and runs a program that needs the language and the library of C++17.
fn builds_cxx17(compiler: &Path) -> Result<()> {
    const PROGRAM: &str = "#include <optional>\n#include <string_view>\n\
        int main() { if constexpr (sizeof(void*) == 8) { std::optional<std::string_view> x{\"8\"}; return x->size() - 1; } \
        return 1; }\n";
    let dir = tempfile::tempdir().context("no temporary directory can be made")?;
    let (source, program) = (dir.path().join("probe.cc"), dir.path().join("probe"));
    std::fs::write(&source, PROGRAM).context("the probe cannot be written")?;
    let output = Command::new(compiler)
        .args(["-std=c++17", "-o"])
        .args([&program, &source])
        .stdin(Stdio::null())
        .output()
        .context("it does not run")?;
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        bail!("it does not build a C++17 program: {}", errors.lines().next().unwrap_or("no message"));
    }
    let status = Command::new(&program).status().context("the program that it built does not start")?;
    if !status.success() {
        bail!("the program that it built fails ({status})");
    }
    Ok(())
}

/// glibc and libstdc++ against what the locked libraries were linked with.
fn libraries(selection: &Selection, report: &mut Report) {
    let needs = recipe::all()
        .filter(|recipe| selection.includes(recipe.name))
        .flat_map(|recipe| recipe.needs.iter().map(move |need| (recipe.name, *need)));
    let (mut glibc_needed, mut glibcxx_needed) = ((0, 0), 0);
    for (_, need) in needs {
        match need {
            Need::Glibc(major, minor) => glibc_needed = glibc_needed.max((major, minor)),
            Need::Glibcxx(version) => glibcxx_needed = glibcxx_needed.max(version),
        }
    }
    const HINT: &str = "use a newer distribution";
    let (major, minor) = glibc_needed;
    match glibc() {
        Some(found) if found >= glibc_needed => {
            report.good("glibc", format!("{}.{} (needed: {major}.{minor})", found.0, found.1));
        }
        Some(found) => {
            report.missing("glibc", format!("{}.{}, needed is {major}.{minor}", found.0, found.1), HINT);
        }
        // musl has another host triple, so this is only a machine without `getconf`.
        None => report.note("glibc", format!("its version cannot be told (needed: {major}.{minor})")),
    }
    match glibcxx() {
        Some(found) if found >= glibcxx_needed => {
            report.good("libstdc++", format!("GLIBCXX_3.4.{found} (needed: 3.4.{glibcxx_needed})"));
        }
        Some(found) => {
            report.missing("libstdc++", format!("GLIBCXX_3.4.{found}, needed is 3.4.{glibcxx_needed}"), HINT);
        }
        // Without a compiler nobody knows where it is; that was said above.
        None => report.note("libstdc++", format!("not found by the compiler (needed: 3.4.{glibcxx_needed})")),
    }
}

fn glibc() -> Option<(u32, u32)> {
    let text = ask(&find_program("getconf")?, &["GNU_LIBC_VERSION"])?;
    let (major, rest) = text.trim().rsplit(' ').next()?.split_once('.')?;
    Some((major.parse().ok()?, rest.split('.').next()?.parse().ok()?))
}

/// The newest symbol version that libstdc++ defines.
fn glibcxx() -> Option<u32> {
    let path = ask(&cxx().1?, &["-print-file-name=libstdc++.so.6"])?;
    newest_glibcxx(&std::fs::read(path.trim()).ok()?)
}

fn newest_glibcxx(library: &[u8]) -> Option<u32> {
    const NAME: &[u8] = b"GLIBCXX_3.4.";
    let versions = library.windows(NAME.len()).enumerate().filter(|(_, window)| *window == NAME);
    versions
        .filter_map(|(at, _)| {
            let digits = library[at + NAME.len()..].iter().take_while(|byte| byte.is_ascii_digit());
            digits.map(|byte| *byte as char).collect::<String>().parse().ok()
        })
        .max()
}

fn processor() -> String {
    let cores = std::thread::available_parallelism().map_or(1, |count| count.get());
    let features = features();
    let features =
        if features.is_empty() { "no vector extensions found".to_string() } else { features.join(" ") };
    format!("{cores} core{}, {features}", if cores == 1 { "" } else { "s" })
}

#[cfg(target_arch = "x86_64")]
fn features() -> Vec<&'static str> {
    let found = [
        ("avx2", std::arch::is_x86_feature_detected!("avx2")),
        ("fma", std::arch::is_x86_feature_detected!("fma")),
        ("avx512f", std::arch::is_x86_feature_detected!("avx512f")),
        ("avx512vnni", std::arch::is_x86_feature_detected!("avx512vnni")),
        ("avx512bf16", std::arch::is_x86_feature_detected!("avx512bf16")),
    ];
    found.into_iter().filter(|(_, has)| *has).map(|(name, _)| name).collect()
}

#[cfg(target_arch = "aarch64")]
fn features() -> Vec<&'static str> {
    let found = [
        ("neon", std::arch::is_aarch64_feature_detected!("neon")),
        ("dotprod", std::arch::is_aarch64_feature_detected!("dotprod")),
        ("bf16", std::arch::is_aarch64_feature_detected!("bf16")),
        ("i8mm", std::arch::is_aarch64_feature_detected!("i8mm")),
        ("sve", std::arch::is_aarch64_feature_detected!("sve")),
    ];
    found.into_iter().filter(|(_, has)| *has).map(|(name, _)| name).collect()
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn features() -> Vec<&'static str> {
    Vec::new()
}

fn first_line(text: &str) -> Option<String> {
    text.lines().next().map(|line| line.trim().to_string()).filter(|line| !line.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_symbol_version_counts_as_a_number() {
        assert_eq!(newest_glibcxx(b"\0GLIBCXX_3.4\0GLIBCXX_3.4.9\0GLIBCXX_3.4.30\0GLIBCXX_3.4.22"), Some(30));
        assert_eq!(newest_glibcxx(b"GLIBC_2.17"), None);
    }

    #[test]
    fn a_compiler_that_fails_is_told_from_one_that_works() {
        let error = builds_cxx17(Path::new("/bin/false")).unwrap_err();
        assert!(error.to_string().contains("does not build a C++17 program"), "{error}");
        assert!(
            builds_cxx17(Path::new("/nonexistent/c++")).unwrap_err().to_string().contains("does not run")
        );
    }
}
