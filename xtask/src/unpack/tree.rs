//! The names in an archive and what its links mean inside it.
//!
//! Debian's LLVM packages show headers twice, once really and once behind a link to a directory; rules may name either.

use super::sink::{Placement, Sink};
use anyhow::{Context as _, Result, bail};
use std::collections::BTreeMap;

/// What a member is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Member {
    File,
    Directory,
    /// The target as written, relative to the link's directory.
    Symlink(String),
    /// The target as a member's name.
    HardLink(String),
}

/// All members by name.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    members: BTreeMap<String, Member>,
}

/// A chain of links longer than this is a loop.
const MAX_HOPS: usize = 40;

impl Tree {
    /// # Errors
    /// If there is a member of that name already (directories may repeat).
    pub(crate) fn insert(&mut self, name: String, member: Member) -> Result<()> {
        match self.members.get(&name) {
            Some(Member::Directory) if member == Member::Directory => {}
            Some(_) => bail!("it has two members named `{name}`"),
            None => {
                self.members.insert(name, member);
            }
        }
        Ok(())
    }

    /// The files that must still be laid because a rule selects a link to them: real name and place.
    pub(crate) fn linked(&self, sink: &Sink<'_>) -> Result<Vec<(String, Placement)>> {
        let mut wanted = Vec::new();
        for (name, member) in &self.members {
            let target = match member {
                Member::File | Member::Directory => continue,
                Member::Symlink(target) => join(parent(name), target),
                Member::HardLink(target) => Some(target.clone()),
            };
            if let Some(placement) = sink.place(name)? {
                let target = target.with_context(|| format!("link `{name}` leaves the archive's tree"))?;
                wanted.push((self.file(name, &target)?, placement));
            } else if let Some(dir) = target.and_then(|target| self.resolve(&target)) {
                self.linked_through(name, &dir, sink, &mut wanted)?;
            }
        }
        Ok(wanted)
    }

    /// Files that a rule names through the link `link` to the directory `dir`. Only rules that spell the link out count:
    /// `lib/**` must not lay a whole tree again because of a `lib/self -> .`.
    fn linked_through(
        &self,
        link: &str,
        dir: &str,
        sink: &Sink<'_>,
        wanted: &mut Vec<(String, Placement)>,
    ) -> Result<()> {
        let through = format!("{link}/");
        if !sink.rules().iter().any(|rule| rule.glob.to_string().starts_with(&through)) {
            return Ok(());
        }
        let inside = format!("{dir}/");
        let below = self.members.range(inside.clone()..).take_while(|(name, _)| name.starts_with(&inside));
        for (name, _) in below.filter(|(_, member)| **member == Member::File) {
            let seen_as = format!("{through}{}", &name[inside.len()..]);
            if let Some(placement) = sink.place(&seen_as)? {
                wanted.push((name.clone(), placement));
            }
        }
        Ok(())
    }

    fn file(&self, link: &str, target: &str) -> Result<String> {
        let real = self
            .resolve(target)
            .with_context(|| format!("link `{link}` points at `{target}`, which is not in the archive"))?;
        match self.members.get(&real) {
            Some(Member::File) => Ok(real),
            _ => bail!("link `{link}` points at `{target}`, which is not a file"),
        }
    }

    /// The real name behind `name`, with every link on the way followed; `None` if it leaves the tree, loops or is not there.
    fn resolve(&self, name: &str) -> Option<String> {
        let mut todo: Vec<String> = name.split('/').rev().map(str::to_owned).collect();
        let mut real = String::new();
        let mut hops = 0;
        while let Some(segment) = todo.pop() {
            match segment.as_str() {
                "" | "." => continue,
                ".." if real.is_empty() => return None,
                ".." => real = parent(&real).to_owned(),
                segment => {
                    let next = if real.is_empty() { segment.to_owned() } else { format!("{real}/{segment}") };
                    match self.members.get(&next) {
                        Some(Member::Symlink(target)) => {
                            hops += 1;
                            if hops > MAX_HOPS || target.starts_with('/') {
                                return None;
                            }
                            todo.extend(target.split('/').rev().map(str::to_owned));
                        }
                        Some(Member::HardLink(target)) => {
                            hops += 1;
                            if hops > MAX_HOPS {
                                return None;
                            }
                            real = target.clone();
                        }
                        // A directory need not be a member of its own to have members in it.
                        _ => real = next,
                    }
                }
            }
        }
        let inside = format!("{real}/");
        let holds = |(name, _): (&String, &Member)| name.starts_with(&inside);
        let exists = self.members.contains_key(&real)
            || self.members.range(inside.clone()..).next().is_some_and(holds);
        exists.then_some(real)
    }
}

fn parent(name: &str) -> &str {
    name.rsplit_once('/').map_or("", |(parent, _)| parent)
}

/// `target` seen from the directory `dir`, without `..`; `None` if it is absolute or climbs out of the tree.
fn join(dir: &str, target: &str) -> Option<String> {
    if target.starts_with('/') {
        return None;
    }
    let mut depth = dir.split('/').filter(|segment| !segment.is_empty()).count();
    for segment in target.split('/') {
        match segment {
            "" | "." => {}
            ".." => depth = depth.checked_sub(1)?,
            _ => depth += 1,
        }
    }
    // The text keeps its `..`: what they mean depends on the links before them, which `resolve` follows.
    Some(format!("{dir}/{target}"))
}
