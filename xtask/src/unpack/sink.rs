//! Where members are laid: the checks and limits that hold for every format.

use super::{bind, edit, trim};
use crate::sha256::Hasher;
use crate::store::durable;
use crate::store::index::Entry;
use anyhow::{Context as _, Result, anyhow, bail};
use bering_build::lock::Unpack;
use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};

/// How much an archive may contain.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Bytes of one member.
    pub(crate) member: u64,
    /// Bytes of all members that are decompressed.
    pub(crate) total: u64,
    /// Members, laid or not.
    pub(crate) members: usize,
}

/// The most that a real archive of ours unpacks to is 17 times its size (static libraries in xz).
const MAX_RATIO: u64 = 40;
/// Lets a tiny archive hold a file of zeros without looking like a bomb.
const SLACK: u64 = 16 << 20;

impl Limits {
    pub(crate) fn for_archive(size: u64) -> Self {
        let total = (size.saturating_mul(MAX_RATIO).saturating_add(SLACK)).min(64 << 30);
        Self { member: total.min(16 << 30), total, members: 500_000 }
    }
}

/// Collects what is laid under one directory.
pub(crate) struct Sink<'a> {
    rules: &'a [Unpack],
    /// How many members each rule has taken.
    hits: Vec<usize>,
    root: &'a Path,
    limits: Limits,
    unpacked: u64,
    members: usize,
    placed: HashSet<String>,
    entries: Vec<Entry>,
    /// Entries that [`Sink::finish`] completes: trimmed files, which are bound together.
    trimmed: Vec<Entry>,
}

/// A decision to lay a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Placement {
    rule: usize,
    path: String,
}

impl<'a> Sink<'a> {
    pub(crate) fn new(rules: &'a [Unpack], root: &'a Path, limits: Limits) -> Self {
        Self {
            rules,
            hits: vec![0; rules.len()],
            root,
            limits,
            unpacked: 0,
            members: 0,
            placed: HashSet::new(),
            entries: Vec::new(),
            trimmed: Vec::new(),
        }
    }

    pub(crate) fn limits(&self) -> Limits {
        self.limits
    }

    pub(crate) fn rules(&self) -> &'a [Unpack] {
        self.rules
    }

    /// Counts a member and gives its name in normal form: relative, no `.` segments.
    pub(crate) fn admit(&mut self, raw: &[u8]) -> Result<String> {
        self.members += 1;
        if self.members > self.limits.members {
            bail!("it has more than {} members", self.limits.members);
        }
        clean_name(raw)
    }

    /// Where the first matching rule lays a member.
    pub(crate) fn place(&self, name: &str) -> Result<Option<Placement>> {
        for (rule, unpack) in self.rules.iter().enumerate() {
            if let Some(path) = unpack.place(name).map_err(|text| anyhow!(text))? {
                clean_name(path.as_bytes())?;
                return Ok(Some(Placement { rule, path }));
            }
        }
        Ok(None)
    }

    /// Lays one file. `declared` is the size that the archive gives it.
    pub(crate) fn lay(
        &mut self,
        name: &str,
        to: &Placement,
        declared: u64,
        reader: &mut dyn Read,
    ) -> Result<()> {
        let left = self.limits.member.min(self.limits.total.saturating_sub(self.unpacked));
        if declared > left {
            bail!(
                "member `{name}` claims {declared} bytes, more than the {left} that this archive may still hold"
            );
        }
        if !self.placed.insert(to.path.to_lowercase()) {
            // Lower case, so that a lock does not mean one thing on Linux and another on macOS.
            bail!("two members are laid at `{}`", to.path);
        }
        let rule = &self.rules[to.rule];
        let path = self.root.join(&to.path);
        let (file, hasher, size) = write(&path, reader, declared, name)?;
        self.unpacked += size;
        self.hits[to.rule] += 1;
        let (sha256, size) = match &rule.edit {
            Some(edit) => rewrite(&path, edit, name)?,
            None => (hasher.finish(), size),
        };
        let entry = Entry { path: to.path.clone(), sha256, size, executable: rule.executable };
        if rule.trim {
            trim_file(&path, name)?;
            self.trimmed.push(entry);
            return Ok(());
        }
        durable::seal(&file, rule.executable).map_err(|error| durable::failed(error, &path))?;
        self.entries.push(entry);
        Ok(())
    }

    /// What was laid.
    ///
    /// # Errors
    /// If a rule took nothing: the lock asks for what is not there.
    pub(crate) fn finish(mut self) -> Result<Vec<Entry>> {
        if let Some(rule) = self.hits.iter().position(|hits| *hits == 0) {
            bail!("it has no member that matches `{}`", self.rules[rule].glob);
        }
        let paths: Vec<PathBuf> = self.trimmed.iter().map(|entry| self.root.join(&entry.path)).collect();
        bind::bind_together(&paths)?;
        for (mut entry, path) in self.trimmed.into_iter().zip(paths) {
            let failed = |error| durable::failed(error, &path);
            let mut file = File::open(&path).map_err(failed)?;
            let mut hasher = Hasher::default();
            crate::sha256::feed(&mut hasher, &mut file).map_err(failed)?;
            entry.sha256 = hasher.finish();
            entry.size = file.metadata().map_err(failed)?.len();
            durable::seal(&file, entry.executable).map_err(failed)?;
            self.entries.push(entry);
        }
        Ok(self.entries)
    }
}

/// Copies `reader` to a new file; an error says whether the archive or the disk is at fault.
fn write(path: &Path, reader: &mut dyn Read, declared: u64, name: &str) -> Result<(File, Hasher, u64)> {
    let create = || -> std::io::Result<File> {
        fs::create_dir_all(path.parent().unwrap_or(path))?;
        File::options().read(true).write(true).create_new(true).open(path)
    };
    let mut file = create().map_err(|error| durable::failed(error, path))?;
    let mut hasher = Hasher::default();
    let mut buffer = vec![0; 1 << 18];
    let mut size = 0;
    loop {
        let count = match reader.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error).with_context(|| format!("member `{name}` is damaged")),
        };
        size += count as u64;
        if size > declared {
            bail!("member `{name}` is longer than the {declared} bytes it claims");
        }
        hasher.update(&buffer[..count]);
        file.write_all(&buffer[..count]).map_err(|error| durable::failed(error, path))?;
    }
    if size < declared {
        bail!("member `{name}` is {size} bytes long, not the {declared} it claims");
    }
    Ok((file, hasher, size))
}

/// Applies a named edit to a file that was just laid.
fn rewrite(path: &Path, edit: &str, name: &str) -> Result<(bering_build::lock::Sha256, u64)> {
    let mut bytes = fs::read(path).map_err(|error| durable::failed(error, path))?;
    let edited = match edit::find(edit)? {
        edit::Edit::Library(apply) => apply(&mut bytes).map(|()| bytes),
        edit::Edit::Text(apply) => {
            let text =
                String::from_utf8(bytes).with_context(|| format!("edit `{edit}`: `{name}` is not text"))?;
            apply(&text).map(String::into_bytes)
        }
    };
    let edited = edited.with_context(|| {
        format!("edit `{edit}` does not fit `{name}`\nhint: the file has changed upstream; adapt or drop the edit in the recipe")
    })?;
    fs::write(path, &edited).map_err(|error| durable::failed(error, path))?;
    Ok((crate::sha256::of(&edited), edited.len() as u64))
}

/// Trims an ELF file that was just laid; other files are left alone.
fn trim_file(path: &Path, name: &str) -> Result<()> {
    let mut file =
        File::options().read(true).write(true).open(path).map_err(|error| durable::failed(error, path))?;
    trim::reduce(&mut file).with_context(|| format!("`{name}` cannot be trimmed")).map(drop)
}

/// A member's name in normal form.
///
/// # Errors
/// If it is absolute, climbs with `..`, or contains what no file name of ours does.
pub(crate) fn clean_name(raw: &[u8]) -> Result<String> {
    let shown = || String::from_utf8_lossy(raw).escape_debug().to_string();
    let text =
        std::str::from_utf8(raw).map_err(|_| anyhow!("member `{}` has a name that is not UTF-8", shown()))?;
    let drive = text.as_bytes().get(1) == Some(&b':');
    if text.starts_with('/') || drive {
        bail!("member `{}` has an absolute path", shown());
    }
    if text.contains('\\') || text.contains(char::is_control) {
        bail!("member `{}` has a name with a backslash or control character", shown());
    }
    let mut clean = PathBuf::new();
    for segment in text.trim_end_matches('/').split('/') {
        match segment {
            "." => {}
            ".." => bail!("member `{}` leaves the archive's tree", shown()),
            "" if text.is_empty() => bail!("a member has an empty name"),
            "" => bail!("member `{}` has an empty path segment", shown()),
            segment => clean.push(segment),
        }
    }
    // Only `.` segments: the root of the tree itself.
    Ok(clean.to_str().unwrap_or_default().to_owned())
}
