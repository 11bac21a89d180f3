//! Planes as a trace in JSON: the "trace event format" of Chrome, which Perfetto opens too.
//!
//! A plane is a process, a line a thread, an event a complete event (`"ph": "X"`) with microseconds since the first one.

use std::io::{self, Write};

use serde_json::{Map, Value, json};

use super::xspace::{Plane, Stat};

/// Writes the trace, one event a line.
pub(super) fn write(planes: &[Plane<'_>], to: &mut dyn Write) -> io::Result<()> {
    let events = planes.iter().flat_map(|plane| &plane.lines).flat_map(|line| &line.events);
    // Times since the machine's start or 1970 would not fit a double with the digits that matter.
    let first = events.map(|event| event.start_ps).min().unwrap_or(0);
    let mut writer = Events { to, any: false };
    writer.to.write_all(b"{\"displayTimeUnit\":\"ns\",\"traceEvents\":[")?;
    for (pid, plane) in (1..).zip(planes) {
        writer
            .write(&json!({"ph": "M", "pid": pid, "name": "process_name", "args": {"name": plane.name}}))?;
        for (tid, line) in (1..).zip(&plane.lines) {
            let args = json!({"name": line.name});
            writer.write(&json!({"ph": "M", "pid": pid, "tid": tid, "name": "thread_name", "args": args}))?;
            for event in &line.events {
                let args: Map<String, Value> =
                    event.stats.iter().map(|(name, stat)| (name.to_string(), stat_value(stat))).collect();
                writer.write(&json!({
                    "ph": "X", "pid": pid, "tid": tid, "name": event.name, "args": args,
                    "ts": microseconds(event.start_ps - first), "dur": microseconds(event.duration_ps.into()),
                }))?;
            }
        }
    }
    writer.to.write_all(b"\n]}\n")
}

struct Events<'a> {
    to: &'a mut dyn Write,
    any: bool,
}

impl Events<'_> {
    fn write(&mut self, event: &Value) -> io::Result<()> {
        self.to.write_all(if self.any { b",\n" } else { b"\n" })?;
        self.any = true;
        serde_json::to_writer(&mut *self.to, event).map_err(io::Error::from)
    }
}

fn microseconds(picoseconds: u128) -> f64 {
    picoseconds as f64 / 1e6
}

fn stat_value(stat: &Stat<'_>) -> Value {
    match stat {
        Stat::Float(number) => json!(number),
        Stat::Unsigned(number) => json!(number),
        Stat::Signed(number) => json!(number),
        Stat::Text(text) => json!(text),
        Stat::Bytes(count) => json!(format!("{count} bytes")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::xspace;
    use super::*;

    #[test]
    fn events_become_complete_events_of_named_threads() {
        let bytes = xspace::tests::sample();
        let mut text = Vec::new();
        write(&xspace::read(&bytes), &mut text).expect("memory is writable");
        let trace: Value = serde_json::from_slice(&text).expect("valid JSON");
        let events = trace["traceEvents"].as_array().expect("a list");
        let kinds: Vec<_> = events.iter().map(|event| event["ph"].as_str().unwrap_or_default()).collect();
        assert_eq!(kinds, ["M", "M", "X"]);
        assert_eq!(events[1]["args"]["name"], "worker");
        assert_eq!(
            (&events[2]["name"], &events[2]["ts"], &events[2]["dur"]),
            (&json!("dot.1"), &json!(0.0), &json!(2.5))
        );
    }

    #[test]
    fn nothing_recorded_is_still_a_trace() {
        let mut text = Vec::new();
        write(&[], &mut text).expect("memory is writable");
        let trace: Value = serde_json::from_slice(&text).expect("valid JSON");
        assert_eq!(trace["traceEvents"], json!([]));
    }
}
