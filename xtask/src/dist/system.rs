//! The C and C++ runtimes of this machine, for an image that has no other system below it.
//!
//! They are found as the compiler finds them, so that the one for another architecture gives that architecture's.

use super::component::{Component, Kind};
use super::libraries::{self, Needs, System};
use crate::elf;
use anyhow::{Context as _, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A library that goes into an image.
#[derive(Debug)]
pub(crate) struct Library {
    /// Its name, which is what programs ask for.
    pub(crate) soname: String,
    pub(crate) path: PathBuf,
}

/// What an image needs of the machine.
#[derive(Debug, Default)]
pub(crate) struct Runtime {
    pub(crate) libraries: Vec<Library>,
    pub(crate) components: Vec<Component>,
    /// The loader's path in the image, as programs name it.
    pub(crate) interpreter: String,
}

/// Finds every library that `needs` names.
///
/// # Errors
/// If one is not there, or is one that only the machine with the device has.
pub(crate) fn runtime(needs: &Needs, compiler: &str) -> Result<Runtime> {
    let interpreter = needs.interpreter.clone().context("the binary names no program loader")?;
    let mut runtime = Runtime { interpreter, ..Runtime::default() };
    let loader = runtime.interpreter.rsplit('/').next().unwrap_or_default().to_owned();
    let mut due: Vec<String> = needs.libraries.iter().cloned().chain([loader]).collect();
    let mut seen = Vec::new();
    while let Some(soname) = due.pop() {
        if seen.contains(&soname) {
            continue;
        }
        seen.push(soname.clone());
        match libraries::system(&soname) {
            // The vendor's container runtime puts it in, or the vendor's own image is the base.
            Some(System::Machine) => continue,
            Some(System::Glibc | System::Gcc | System::Zlib) => {}
            None => bail!("`{soname}` is no library that an image could take from this machine"),
        }
        let path = find(&soname, compiler)?;
        due.extend(elf::dynamic(&path)?.map(|elf| elf.needed).unwrap_or_default());
        runtime.libraries.push(Library { soname, path });
    }
    runtime.libraries.sort_by(|a, b| a.soname.cmp(&b.soname));
    runtime.components = components(&runtime.libraries);
    Ok(runtime)
}

fn find(soname: &str, compiler: &str) -> Result<PathBuf> {
    let output = Command::new(compiler)
        .arg(format!("-print-file-name={soname}"))
        .output()
        .with_context(|| format!("`{compiler}` cannot be run"))?;
    let path = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    // A compiler that does not know the file prints its bare name.
    let found = path.is_absolute().then(|| path.canonicalize().ok()).flatten();
    found.with_context(|| format!("`{compiler}` knows no `{soname}` (asked with `-print-file-name`)"))
}

/// One component a package of the system, or one a library where no package manager is asked.
fn components(libraries: &[Library]) -> Vec<Component> {
    let mut components: Vec<Component> = Vec::new();
    for library in libraries {
        let component = package(&library.path).unwrap_or_else(|| bare(library));
        if !components.iter().any(|known| known.id == component.id) {
            components.push(component);
        }
    }
    components.sort_by(|a, b| a.id.cmp(&b.id));
    components
}

fn license_of(soname: &str) -> &'static str {
    match libraries::system(soname) {
        Some(System::Gcc) => "GPL-3.0-or-later WITH GCC-exception-3.1",
        Some(System::Zlib) => "Zlib",
        _ => "LGPL-2.1-or-later",
    }
}

fn bare(library: &Library) -> Component {
    Component {
        id: format!("system:{}", library.soname),
        kind: Kind::System,
        name: library.soname.clone(),
        version: "of the build machine".to_owned(),
        purl: None,
        license: Some(license_of(&library.soname).to_owned()),
        sha256: None,
        shipped: true,
        texts: Vec::new(),
        source: None,
    }
}

/// The Debian package that a file belongs to.
fn package(path: &Path) -> Option<Component> {
    let ask = |arguments: &[&str]| {
        let output = Command::new("dpkg-query").args(arguments).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    };
    // `/lib` may be a link to `/usr/lib`, and packages know either.
    let text = path.to_str()?;
    let owner = ask(&["-S", text]).or_else(|| ask(&["-S", text.strip_prefix("/usr")?]))?;
    let name = owner.lines().next()?.split_once(": ")?.0.to_owned();
    let facts = ask(&["-W", "-f", "${Package} ${Version} ${Architecture}", &name])?;
    let [package, version, arch]: [&str; 3] = facts.split(' ').collect::<Vec<_>>().try_into().ok()?;
    let soname = path.file_name()?.to_string_lossy().into_owned();
    let soname = soname.split(".so.").next().map(|stem| match stem {
        "libstdc++" | "libgcc_s" => "libgcc_s.so.1",
        "libz" => "libz.so.1",
        _ => "libc.so.6",
    })?;
    let purl = bering_build::purl::Purl {
        kind: "deb".to_owned(),
        namespace: "debian".to_owned(),
        name: package.to_owned(),
        version: version.to_owned(),
        qualifiers: vec![("arch".to_owned(), arch.to_owned())],
    };
    let text = Path::new("/usr/share/doc").join(package).join("copyright");
    Some(Component {
        id: purl.to_string(),
        kind: Kind::System,
        name: package.to_owned(),
        version: version.to_owned(),
        purl: Some(purl.to_string()),
        license: Some(license_of(soname).to_owned()),
        sha256: None,
        shipped: true,
        texts: text.is_file().then_some(text).into_iter().collect(),
        source: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_runtime_is_complete_and_names_its_licences() {
        let own = elf::dynamic(&std::env::current_exe().unwrap()).unwrap().unwrap();
        let needs = Needs {
            libraries: BTreeSet::from(["libc.so.6".to_owned(), "libstdc++.so.6".to_owned()]),
            interpreter: own.interpreter,
            ..Needs::default()
        };
        let runtime = runtime(&needs, "cc").unwrap();
        let names: Vec<&str> = runtime.libraries.iter().map(|library| library.soname.as_str()).collect();
        // What the C++ library needs in turn came along.
        for name in ["libc.so.6", "libgcc_s.so.1", "libm.so.6", "libstdc++.so.6"] {
            assert!(names.contains(&name), "{names:?}");
        }
        assert!(names.iter().any(|name| name.starts_with("ld-linux")), "{names:?}");
        assert!(runtime.components.iter().all(|component| component.license.is_some()));
        let unknown = Needs { libraries: BTreeSet::from(["libx.so".to_owned()]), ..needs };
        assert!(super::runtime(&unknown, "cc").unwrap_err().to_string().contains("libx.so"));
    }
}
