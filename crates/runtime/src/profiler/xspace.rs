//! A reader of `XSpace` protos (field numbers of `tsl/profiler/protobuf/xplane.proto`), resolved: names in place of ids.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::proto::{Reader, Value};

/// A plane with at least one event: a host or a device.
#[derive(Clone, Debug, Default)]
pub(super) struct Plane<'a> {
    pub(super) name: Cow<'a, str>,
    pub(super) lines: Vec<Line<'a>>,
}

/// A line of a plane: a thread or a stream.
#[derive(Clone, Debug, Default)]
pub(super) struct Line<'a> {
    pub(super) name: Cow<'a, str>,
    pub(super) events: Vec<Event<'a>>,
}

/// Something that took time.
#[derive(Clone, Debug, Default)]
pub(super) struct Event<'a> {
    pub(super) name: Cow<'a, str>,
    /// Since the epoch of the recording's clock.
    pub(super) start_ps: u128,
    pub(super) duration_ps: u64,
    pub(super) stats: Vec<(Cow<'a, str>, Stat<'a>)>,
}

/// A fact about an event.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Stat<'a> {
    Float(f64),
    Unsigned(u64),
    Signed(i64),
    Text(Cow<'a, str>),
    /// Bytes are only counted: they are programs and the like, no matter for a timeline.
    Bytes(usize),
}

/// The planes of a serialized `XSpace`.
pub(super) fn read(xspace: &[u8]) -> Vec<Plane<'_>> {
    let planes = Reader::new(xspace).filter(|&(field, _)| field == 1);
    planes.map(|(_, plane)| read_plane(plane.message())).filter(|plane| !plane.lines.is_empty()).collect()
}

/// The names that events and their stats refer to by id.
#[derive(Default)]
struct Names<'a> {
    events: HashMap<u64, Cow<'a, str>>,
    stats: HashMap<u64, Cow<'a, str>>,
}

fn read_plane<'a>(plane: Reader<'a>) -> Plane<'a> {
    // The proto does not promise that names come before what refers to them.
    let mut names = Names::default();
    let mut name = Cow::default();
    for (field, value) in plane.clone() {
        match field {
            2 => name = value.text(),
            4 => drop(read_metadata(value).map(|(id, name)| names.events.insert(id, name))),
            5 => drop(read_metadata(value).map(|(id, name)| names.stats.insert(id, name))),
            _ => {}
        }
    }
    let lines = plane.filter(|&(field, _)| field == 3);
    let lines = lines.map(|(_, line)| read_line(line.message(), &names));
    Plane { name, lines: lines.filter(|line| !line.events.is_empty()).collect() }
}

/// An entry of a map from id to metadata: the id, and the metadata's display name or else its name.
fn read_metadata<'a>(entry: Value<'a>) -> Option<(u64, Cow<'a, str>)> {
    let (mut id, mut name, mut display) = (0, Cow::default(), Cow::default());
    for (field, value) in entry.message() {
        match field {
            1 => id = value.int(),
            2 => {
                for (field, value) in value.message() {
                    match field {
                        2 => name = value.text(),
                        4 => display = value.text(),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    let name = if display.is_empty() { name } else { display };
    (!name.is_empty()).then_some((id, name))
}

fn read_line<'a>(line: Reader<'a>, names: &Names<'a>) -> Line<'a> {
    let (mut name, mut display, mut start_ns) = (Cow::default(), Cow::default(), 0u64);
    for (field, value) in line.clone() {
        match field {
            2 => name = value.text(),
            3 => start_ns = value.int(),
            11 => display = value.text(),
            _ => {}
        }
    }
    let events = line.filter(|&(field, _)| field == 4);
    let events = events.map(|(_, event)| read_event(event.message(), start_ns, names)).collect();
    Line { name: if display.is_empty() { name } else { display }, events }
}

fn read_event<'a>(event: Reader<'a>, line_start_ns: u64, names: &Names<'a>) -> Event<'a> {
    let mut read = Event { start_ps: u128::from(line_start_ns) * 1000, ..Event::default() };
    for (field, value) in event {
        match field {
            1 => read.name = names.events.get(&value.int()).cloned().unwrap_or_default(),
            2 => read.start_ps += u128::from(value.int()),
            3 => read.duration_ps = value.int(),
            4 => read.stats.extend(read_stat(value.message(), names)),
            _ => {}
        }
    }
    read
}

fn read_stat<'a>(stat: Reader<'a>, names: &Names<'a>) -> Option<(Cow<'a, str>, Stat<'a>)> {
    let (mut name, mut read) = (None, None);
    for (field, value) in stat {
        match field {
            1 => name = names.stats.get(&value.int()).cloned(),
            2 => read = Some(Stat::Float(f64::from_bits(value.int()))),
            3 => read = Some(Stat::Unsigned(value.int())),
            4 => read = Some(Stat::Signed(value.int() as i64)),
            5 => read = Some(Stat::Text(value.text())),
            6 => read = Some(Stat::Bytes(value.bytes().len())),
            // A reference to a string that is stored as a stat's name.
            7 => read = names.stats.get(&value.int()).cloned().map(Stat::Text),
            _ => {}
        }
    }
    Some((name?, read?))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::proto::Writer;

    fn named(id: i64, name: &str) -> Writer {
        Writer::new().int(1, id).message(2, Writer::new().int(1, id).string(2, name))
    }

    /// One host plane with one thread that ran `dot.1` for 2.5 us, and an empty plane.
    pub(in crate::profiler) fn sample() -> Vec<u8> {
        let stat = Writer::new().int(1, 7).int(4, -3);
        let reference = Writer::new().int(1, 7).int(7, 8);
        let event = Writer::new()
            .int(1, 5)
            .int(2, 1_500_000)
            .int(3, 2_500_000)
            .message(4, stat)
            .message(4, reference);
        let line = Writer::new().int(1, 1).string(2, "worker").int(3, 1000).message(4, event);
        let plane = Writer::new()
            .string(2, "/host:CPU")
            .message(3, line)
            .message(4, named(5, "dot.1"))
            .message(5, named(7, "run"))
            .message(5, named(8, "main"));
        Writer::new().message(1, plane).message(1, Writer::new().string(2, "/host:metadata")).finish()
    }

    #[test]
    fn names_are_resolved_though_they_come_last() {
        let bytes = sample();
        let planes = read(&bytes);
        assert_eq!(planes.len(), 1);
        let event = &planes[0].lines[0].events[0];
        assert_eq!(
            (&*planes[0].name, &*planes[0].lines[0].name, &*event.name),
            ("/host:CPU", "worker", "dot.1")
        );
        assert_eq!((event.start_ps, event.duration_ps), (2_500_000, 2_500_000));
        assert_eq!(event.stats[0], ("run".into(), Stat::Signed(-3)));
        assert_eq!(event.stats[1], ("run".into(), Stat::Text("main".into())));
    }

    #[test]
    fn damage_is_no_panic() {
        let bytes = sample();
        for cut in 0..bytes.len() {
            read(&bytes[..cut]);
        }
    }
}
