//! The matrix: read strictly, checked as a whole, printed as the JSON that a workflow's `matrix` takes.

use super::steps::Step;
use crate::cross;
use crate::sha256;
use crate::targets::{self, Machines, Selection};
use anyhow::{Context as _, Result, bail};
use bering_build::lock::Lock;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// All jobs, with the machines they are done on.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Matrix {
    version: u32,
    runner: Vec<Runner>,
    job: Vec<Job>,
}

/// A kind of machine.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Runner {
    host: String,
    github: String,
    gitlab: String,
}

/// One job as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Job {
    pub(crate) name: String,
    /// The triple that its results run on.
    pub(crate) host: String,
    /// The triple of the machine it is done on, if another.
    on: Option<String>,
    pub(crate) target: String,
    pub(crate) profile: Profile,
    pub(crate) runs: Vec<Step>,
    #[serde(default)]
    experimental: bool,
}

/// How cargo builds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Profile {
    Dev,
    Release,
}

/// One job with all that a service has to know.
#[derive(Debug, Serialize)]
pub(crate) struct Entry<'a> {
    pub(crate) name: &'a str,
    pub(crate) host: &'a str,
    pub(crate) on: &'a str,
    pub(crate) target: &'a str,
    pub(crate) profile: Profile,
    pub(crate) runs: &'a [Step],
    pub(crate) experimental: bool,
    /// Debian packages that the machine must have for it.
    pub(crate) packages: &'a str,
    /// GitHub's label of the machine.
    pub(crate) runner: &'a str,
    /// GitLab's tag of the machine.
    #[serde(skip)]
    pub(crate) tag: &'a str,
    /// Names the store that the job sets up: another lock entry, host or target is another key.
    pub(crate) cache_key: String,
}

impl Job {
    /// The triple of the machine that the job is done on.
    pub(crate) fn on(&self) -> &str {
        self.on.as_deref().unwrap_or(&self.host)
    }
}

impl Matrix {
    /// Reads the text of `ci/matrix.toml`.
    ///
    /// # Errors
    /// On fields, steps, targets and machines that do not exist, and on names given twice.
    pub(crate) fn parse(text: &str) -> Result<Matrix> {
        let matrix: Matrix =
            toml::from_str(text).with_context(|| format!("`{}` is malformed", super::MATRIX))?;
        matrix.check().with_context(|| format!("`{}` is wrong", super::MATRIX))?;
        Ok(matrix)
    }

    fn check(&self) -> Result<()> {
        if self.version != 1 {
            bail!("version {} is not known, this program reads 1", self.version);
        }
        let mut names = BTreeSet::new();
        for job in &self.job {
            let name = &job.name;
            // The name stands in commands and YAML of the workflows, unquoted.
            let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_');
            if name.is_empty() || !name.chars().all(plain) {
                bail!("job name `{name}` may hold only lower-case letters, digits, `-` and `_`");
            }
            if !names.insert(name) {
                bail!("two jobs are called `{name}`");
            }
            if job.runs.is_empty() {
                bail!("job `{name}` runs nothing");
            }
            self.runner(job)?;
            cross::find(job.on(), &job.host).with_context(|| format!("job `{name}`"))?;
            targets::find(&job.target).with_context(|| format!("job `{name}`"))?;
        }
        Ok(())
    }

    fn runner(&self, job: &Job) -> Result<&Runner> {
        let found = self.runner.iter().find(|runner| runner.host == job.on());
        found.with_context(|| {
            let known: Vec<&str> = self.runner.iter().map(|runner| runner.host.as_str()).collect();
            format!(
                "job `{}` is done on `{}`, but there are runners only for {}",
                job.name,
                job.on(),
                known.join(", ")
            )
        })
    }

    /// The job of a name.
    ///
    /// # Errors
    /// Names the jobs there are.
    pub(crate) fn job(&self, name: &str) -> Result<&Job> {
        self.job.iter().find(|job| job.name == name).with_context(|| {
            let names: Vec<&str> = self.job.iter().map(|job| job.name.as_str()).collect();
            format!("there is no job `{name}` in `{}`; it has: {}", super::MATRIX, names.join(", "))
        })
    }

    /// The jobs as services see them.
    pub(crate) fn entries<'a>(&'a self, lock: &Lock) -> Result<Vec<Entry<'a>>> {
        let entry = |job: &'a Job| {
            let runner = self.runner(job)?;
            Ok(Entry {
                name: &job.name,
                host: &job.host,
                on: job.on(),
                target: &job.target,
                profile: job.profile,
                runs: &job.runs,
                experimental: job.experimental,
                packages: cross::find(job.on(), &job.host)?.map_or("", |cross| cross.package),
                runner: &runner.github,
                tag: &runner.gitlab,
                cache_key: cache_key(job, lock)?,
            })
        };
        self.job.iter().map(entry).collect()
    }

    /// The value of a workflow's `strategy.matrix`, on one line.
    pub(crate) fn json(&self, lock: &Lock) -> Result<String> {
        #[derive(Serialize)]
        struct Include<'a> {
            include: Vec<Entry<'a>>,
        }
        serde_json::to_string(&Include { include: self.entries(lock)? }).context("the matrix is no JSON")
    }
}

/// `bering-HOST-TARGET-HASH`: the hash is that of the lock's entries which the job sets up, and of nothing else, so that
/// an update of one target leaves the caches of the others alone.
fn cache_key(job: &Job, lock: &Lock) -> Result<String> {
    let selection = Selection::of(targets::find(&job.target)?);
    let mut artifacts = targets::artifacts(lock, Machines::one(job.on()), &selection)?;
    if job.on() != job.host {
        // A build for another machine sets up both: macros and build scripts run here.
        let machines = Machines { here: job.on(), host: &job.host };
        artifacts.extend(targets::artifacts(lock, machines, &selection)?);
    }
    let subset = Lock { artifacts: artifacts.into_iter().cloned().collect() };
    let hash = sha256::of(subset.to_string().as_bytes()).to_string();
    Ok(format!("bering-{}-{}-{}", job.host, job.target, &hash[..16]))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUNNER: &str =
        "version = 1\n[[runner]]\nhost = \"x86_64-unknown-linux-gnu\"\ngithub = \"g\"\ngitlab = \"l\"\n";

    fn job(name: &str, host: &str, target: &str, runs: &str) -> String {
        format!(
            "[[job]]\nname = \"{name}\"\nhost = \"{host}\"\ntarget = \"{target}\"\nprofile = \"dev\"\nruns = [{runs}]\n"
        )
    }

    #[track_caller]
    fn refused(jobs: &str, expect: &str) {
        let error = Matrix::parse(&format!("{RUNNER}{jobs}")).unwrap_err();
        let text = format!("{error:#}");
        assert!(text.contains(expect), "{text}");
    }

    #[test]
    fn mistakes_in_the_matrix_are_named() {
        let x86 = "x86_64-unknown-linux-gnu";
        let good = job("a", x86, "cpu", "\"test\"");
        refused(&format!("{good}{good}"), "two jobs are called `a`");
        refused(
            &job("a", "riscv64", "cpu", "\"test\""),
            "job `a` is done on `riscv64`, but there are runners only for x86_64",
        );
        refused(&job("a", x86, "cuda99", "\"test\""), "job `a`: no target is called `cuda99`");
        refused(&job("a", x86, "cpu", "\"tset\""), "unknown variant `tset`");
        refused(&job("a", x86, "cpu", ""), "job `a` runs nothing");
        refused(&job("a; rm", x86, "cpu", "\"test\""), "job name `a; rm` may hold only");
        refused(&format!("{good}fish = 1\n"), "unknown field `fish`");
        let old = Matrix::parse(&good.replace("[[job]]", "version = 2\nrunner = []\n[[job]]")).unwrap_err();
        assert!(format!("{old:#}").contains("version 2 is not known"), "{old:#}");
    }

    #[test]
    fn another_lock_entry_of_the_job_is_another_key_and_no_other_entry_is() {
        let text = format!("{RUNNER}{}", job("a", "x86_64-unknown-linux-gnu", "cpu", "\"test\""));
        let matrix = Matrix::parse(&text).unwrap();
        let key = |lock: &Lock| matrix.entries(lock).unwrap()[0].cache_key.clone();
        let entry = |name: &str, host: &str, hash: char| {
            let hash = hash.to_string().repeat(64);
            format!(
                "[[artifact]]\nname = \"{name}\"\nhost = \"{host}\"\npurl = \"pkg:pypi/{name}@1\"\nfile = \"f.whl\"\nsize = 1\n\
                 sha256 = \"{hash}\"\nlicense = \"MIT\"\nchecked = \"locked\"\n\
                 [[artifact.unpack]]\nglob = \"**\"\nstrip = \"\"\nto = \"{name}/\"\n"
            )
        };
        let lock = |here: char, arm: char| {
            let (here, arm) = (
                entry("ninja", "x86_64-unknown-linux-gnu", here),
                entry("ninja", "aarch64-unknown-linux-gnu", arm),
            );
            Lock::parse(&format!("version = 1\n{arm}{here}")).unwrap()
        };
        let before = key(&lock('a', 'a'));
        assert!(before.starts_with("bering-x86_64-unknown-linux-gnu-cpu-"), "{before}");
        assert_eq!(before, key(&lock('a', 'b')));
        assert_ne!(before, key(&lock('b', 'a')));
    }
}
