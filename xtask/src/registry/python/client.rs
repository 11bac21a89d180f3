//! The default index of a Python package client, asked of the client itself: the project names no registry.

use anyhow::{Context, Result, bail};
use std::io::Read;

use super::super::programs::{ask, find_program};
use super::config::Stated;

/// The ways to call pip, the commonest first.
const PIPS: [&[&str]; 4] = [&["pip"], &["pip3"], &["python3", "-m", "pip"], &["python", "-m", "pip"]];

/// What an installed pip or uv is set to, or states as its default; `None` if there is neither.
pub(crate) fn of_installed_client() -> Option<Stated> {
    PIPS.iter().find_map(|pip| of_pip(pip)).or_else(of_uv)
}

fn of_pip(call: &[&str]) -> Option<Stated> {
    let program = find_program(call[0])?;
    let run = |args: &[&str]| ask(&program, &[&call[1..], args].concat());
    let name = call.join(" ");
    // The help text hides credentials, so a configured value is asked for first. It fails when the value is unset.
    if let Some(value) = run(&["config", "get", "global.index-url"])
        && let Some(stated) = Stated::new(&value, format!("`{name} config`"))
    {
        return Some(stated);
    }
    let help = run(&["download", "--help"])?;
    Stated::new(&default_in_help(&help, "--index-url")?, format!("the default of `{name}`"))
}

fn of_uv() -> Option<Stated> {
    let help = ask(&find_program("uv")?, &["pip", "install", "--help"])?;
    Stated::new(&default_in_help(&help, "--default-index")?, "the default of `uv`")
}

/// The URL in an option's help: what follows `default` first after the option's own mention.
fn default_in_help(help: &str, option: &str) -> Option<String> {
    let text = &help[help.find(&format!("{option} "))?..];
    let text = &text[text.find("default")? + "default".len()..];
    // A help text may break its lines between the word and the URL, not inside it.
    let start = text.find("http")?;
    if text[..start].contains("  --") {
        return None;
    }
    let url = &text[start..];
    let end = url
        .find(|c: char| c.is_whitespace() || matches!(c, ')' | '>' | ']' | ',' | '"'))
        .unwrap_or(url.len());
    Some(url[..end].trim_end_matches('.').to_string())
}

/// The default index as it stands in the text of Debian's package of pip: for machines that have apt and no Python.
///
/// The package is a wheel inside a tar inside an ar. Nothing of it is run or kept.
pub(crate) fn of_debian_package(deb: &[u8]) -> Result<Stated> {
    let mut found = None;
    for_each_deb_member(deb, |path, reader| {
        let name = path.rsplit('/').next().unwrap_or("");
        if found.is_none() && name.starts_with("pip-") && name.ends_with(".whl") {
            let mut wheel = Vec::new();
            reader
                .take(MAX_WHEEL)
                .read_to_end(&mut wheel)
                .with_context(|| format!("cannot unpack `{path}`"))?;
            found = Some(default_in_wheel(wheel)?);
        }
        Ok(())
    })?;
    let Some(url) = found else { bail!("there is no pip wheel inside the package") };
    Stated::new(&url, "the default of Debian's `python3-pip-whl`")
        .context("the default index in pip is empty")
}

/// pip's wheel is 2 MB; anything much larger is not it.
const MAX_WHEEL: u64 = 64 << 20;
const MAX_SOURCE: u64 = 1 << 20;

/// Calls `visit` for each regular file of a deb's data archive.
fn for_each_deb_member(deb: &[u8], mut visit: impl FnMut(&str, &mut dyn Read) -> Result<()>) -> Result<()> {
    let mut outer = ar::Archive::new(deb);
    while let Some(entry) = outer.next_entry() {
        let mut entry = entry.context("not a Debian package")?;
        let name = String::from_utf8_lossy(entry.header().identifier()).into_owned();
        let data: Box<dyn Read> = match name.trim_end_matches('/') {
            "data.tar.xz" => Box::new(lzma_rust2::XzReader::new(&mut entry, true)),
            "data.tar.gz" => Box::new(flate2::read::GzDecoder::new(&mut entry)),
            "data.tar.zst" => Box::new(zstd::stream::read::Decoder::new(&mut entry)?),
            "data.tar" => Box::new(&mut entry),
            _ => continue,
        };
        for member in tar::Archive::new(data).entries()? {
            let mut member = member.context("broken data archive")?;
            if member.header().entry_type().is_file() {
                let path = member.path()?.to_string_lossy().into_owned();
                visit(&path, &mut member)?;
            }
        }
        return Ok(());
    }
    bail!("not a Debian package: it has no data archive")
}

/// pip keeps the URL in one constant; the help text joins `simple` to it.
fn default_in_wheel(wheel: Vec<u8>) -> Result<String> {
    let mut archive =
        zip::ZipArchive::new(std::io::Cursor::new(wheel)).context("pip's wheel is not a zip archive")?;
    let mut source = String::new();
    let member =
        archive.by_name("pip/_internal/models/index.py").context("pip's wheel has no index model")?;
    member.take(MAX_SOURCE).read_to_string(&mut source).context("pip's index model is not text")?;
    let url = index_constant(&source).context("pip's index model states no default index")?;
    Ok(format!("{}/simple", url.trim_end_matches('/')))
}

/// The first URL that a `PackageIndex(...)` is made with.
fn index_constant(source: &str) -> Option<&str> {
    source.split("PackageIndex(").skip(1).find_map(|call| {
        let literal = call.trim_start().strip_prefix('"')?;
        let url = &literal[..literal.find('"')?];
        url.starts_with("http").then_some(url)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn help_texts_state_the_default() {
        let pip = "  -i, --index-url <url>       Base URL of the Python Package Index (default\n\
                   \x20                             https://index.test/simple). This should point to\n\
                   \x20 --extra-index-url <url>     Extra URLs\n";
        assert_eq!(default_in_help(pip, "--index-url").as_deref(), Some("https://index.test/simple"));
        let uv = "      --default-index <DEFAULT_INDEX>\n\
                  \x20         The default package index (by default: <https://index.test/simple>) [env: X]\n";
        assert_eq!(default_in_help(uv, "--default-index").as_deref(), Some("https://index.test/simple"));
        assert_eq!(default_in_help("  --no-index  Ignore\n", "--index-url"), None);
        let other = "  --index-url <url>  No default\n  --proxy <url>  like http://proxy.test\n";
        assert_eq!(default_in_help(other, "--index-url"), None);
    }

    fn debian_package(index_source: &str) -> Vec<u8> {
        let mut wheel = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        wheel.start_file("pip/_internal/models/index.py", zip::write::SimpleFileOptions::default()).unwrap();
        wheel.write_all(index_source.as_bytes()).unwrap();
        let wheel = wheel.finish().unwrap().into_inner();
        let mut tar =
            tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
        let mut header = tar::Header::new_gnu();
        header.set_size(wheel.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, "./usr/share/python-wheels/pip-23.0.1-py3-none-any.whl", &wheel[..])
            .unwrap();
        let data = tar.into_inner().unwrap().finish().unwrap();
        let mut deb = ar::Builder::new(Vec::new());
        for (name, bytes) in [("debian-binary", &b"2.0\n"[..]), ("data.tar.gz", &data)] {
            deb.append(&ar::Header::new(name.into(), bytes.len() as u64), bytes).unwrap();
        }
        deb.into_inner().unwrap()
    }

    #[test]
    fn the_default_is_read_from_debians_package() {
        let source = "class PackageIndex:\n    pass\n\nPyPI = PackageIndex(\n    \"https://index.test/\", x=\"files.test\")\n";
        let stated = of_debian_package(&debian_package(source)).unwrap();
        assert_eq!(stated.url, "https://index.test/simple");
    }

    #[test]
    fn a_package_without_the_constant_is_an_error() {
        let error = of_debian_package(&debian_package("PyPI = None\n")).unwrap_err();
        assert!(format!("{error:#}").contains("states no default index"), "{error:#}");
        assert!(of_debian_package(b"!<arch>\n").is_err());
        assert!(of_debian_package(b"<html>").is_err());
    }
}
