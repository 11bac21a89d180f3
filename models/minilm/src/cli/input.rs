//! Sentences from a file or stdin, one a line, read ahead on a thread of its own.
//!
//! Lines are handed out in groups: as many as are there, but never waiting for more once there is one. So a terminal or a slow pipe
//! is answered line by line, and a file is embedded in large groups that batch well.

use anyhow::{Context, Error, Result, anyhow, bail};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, sync_channel};

/// Lines of a group at most: enough to fill batches of every length.
const GROUP: usize = 1024;
/// Text of a group at most, so that memory stays bounded whatever the lines are.
const GROUP_BYTES: usize = 16 << 20;
/// A longer line is not a sentence; reading it to its end could take all memory.
const MAX_LINE: u64 = 64 << 20;

/// Where sentences come from.
pub(super) enum Input {
    /// Standard input.
    Stdin,
    /// A file.
    File(PathBuf),
}

impl From<&str> for Input {
    fn from(name: &str) -> Input {
        if name == "-" { Input::Stdin } else { Input::File(name.into()) }
    }
}

impl Input {
    fn name(&self) -> String {
        match self {
            Input::Stdin => "standard input".into(),
            Input::File(path) => format!("`{}`", path.display()),
        }
    }

    /// The size of the input in bytes, if it is known beforehand.
    pub(super) fn size(&self) -> Option<u64> {
        match self {
            Input::Stdin => None,
            Input::File(path) => file_size(path),
        }
    }

    /// Starts reading. A file that cannot be opened is reported here, before any model is loaded.
    pub(super) fn lines(&self) -> Result<Lines> {
        let name = self.name();
        let reader: Box<dyn Read + Send> = match self {
            Input::Stdin => Box::new(io::stdin()),
            Input::File(path) => {
                let file = File::open(path).with_context(|| format!("cannot read {name}"))?;
                if file.metadata().is_ok_and(|metadata| metadata.is_dir()) {
                    bail!("cannot read {name}: it is a directory");
                }
                Box::new(file)
            }
        };
        let (sender, receiver) = sync_channel(2 * GROUP);
        std::thread::spawn(move || {
            let mut reader = BufReader::with_capacity(1 << 16, reader);
            for number in 1.. {
                let line = read_line(&mut reader, &name, number).transpose();
                let last = !matches!(line, Some(Ok(_)));
                // A closed channel means that nobody wants the rest.
                if line.is_some_and(|line| sender.send(line).is_err()) || last {
                    break;
                }
            }
        });
        Ok(Lines { receiver, failed: None })
    }
}

fn file_size(path: &Path) -> Option<u64> {
    std::fs::metadata(path).ok().filter(|metadata| metadata.is_file()).map(|metadata| metadata.len())
}

/// Reads one line without its end; `None` at the end of the input.
fn read_line(reader: &mut impl BufRead, name: &str, number: u64) -> Result<Option<String>> {
    let mut line = Vec::new();
    let length = reader
        .take(MAX_LINE + 1)
        .read_until(b'\n', &mut line)
        .with_context(|| format!("cannot read line {number} of {name}"))?;
    if length == 0 {
        return Ok(None);
    }
    if length as u64 > MAX_LINE {
        bail!("line {number} of {name} is longer than {MAX_LINE} bytes");
    }
    if line.ends_with(b"\n") {
        line.pop();
        if line.ends_with(b"\r") {
            line.pop();
        }
    }
    let text = String::from_utf8(line).map_err(|error| {
        let at = error.utf8_error().valid_up_to() + 1;
        anyhow!("line {number} of {name} is not valid UTF-8 (byte {at} of the line)")
    })?;
    Ok(Some(text))
}

/// The lines of an input in groups.
pub(super) struct Lines {
    receiver: Receiver<Result<String>>,
    failed: Option<Error>,
}

impl Lines {
    /// The next lines, at least one, or `None` at the end. An error comes after all lines that precede it.
    pub(super) fn next_group(&mut self) -> Result<Option<Vec<String>>> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        let Ok(first) = self.receiver.recv() else { return Ok(None) };
        let mut group = vec![first?];
        let mut bytes = group[0].len();
        while group.len() < GROUP && bytes < GROUP_BYTES {
            match self.receiver.try_recv() {
                Ok(Ok(line)) => {
                    bytes += line.len();
                    group.push(line);
                }
                Ok(Err(error)) => {
                    self.failed = Some(error);
                    break;
                }
                Err(_) => break,
            }
        }
        Ok(Some(group))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8]) -> (Vec<String>, Option<String>) {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        let mut lines = Input::File(file.path().into()).lines().unwrap();
        let mut all = Vec::new();
        loop {
            match lines.next_group() {
                Ok(Some(group)) => all.extend(group),
                Ok(None) => return (all, None),
                Err(error) => return (all, Some(error.to_string())),
            }
        }
    }

    #[test]
    fn line_ends() {
        assert_eq!(read(b"a\nb\r\n\n c \n").0, ["a", "b", "", " c "]);
        assert_eq!(read(b"a\nlast").0, ["a", "last"]);
        assert_eq!(read(b"lone\r").0, ["lone\r"], "a carriage return alone ends no line");
        assert!(read(b"").0.is_empty());
    }

    #[test]
    fn invalid_utf8_names_the_line_and_keeps_those_before_it() {
        let (lines, error) = read(b"good\nalso good\nb\xffd\nnever seen\n");
        assert_eq!(lines, ["good", "also good"]);
        let error = error.unwrap();
        assert!(
            error.starts_with("line 3 of") && error.ends_with("not valid UTF-8 (byte 2 of the line)"),
            "{error}"
        );
    }

    #[test]
    fn many_lines_keep_their_order() {
        let text: String = (0..10_000).map(|i| format!("{i}\n")).collect();
        let (lines, error) = read(text.as_bytes());
        assert!(error.is_none());
        assert!(lines.iter().enumerate().all(|(i, line)| *line == i.to_string()) && lines.len() == 10_000);
    }
}
