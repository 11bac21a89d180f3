//! A loopback HTTP server that serves, and misbehaves, as told.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;

/// What the server does with a path. Counted faults go away, as a server does that was restarted.
#[derive(Clone)]
pub(crate) enum Answer {
    /// The body, whole or from where a `Range` header asks.
    Body(Vec<u8>),
    /// A status without a body.
    Status(u16),
    /// Like `Body`, but the connection breaks after so many bytes of it, so many times.
    Dies { body: Vec<u8>, after: usize, times: usize },
    /// Like `Body`, but after so many bytes nothing comes any more, so many times.
    Stalls { body: Vec<u8>, after: usize, times: usize },
    /// `Body` for those who send this `authorization`, else 401.
    Guarded { body: Vec<u8>, authorization: String },
    /// A redirect.
    Moved(String),
    /// Announces one length and ends cleanly before it.
    Short { body: Vec<u8>, announced: usize },
    /// `Body` without ever honouring `Range`.
    Whole(Vec<u8>),
}

/// A request that was answered.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) path: String,
    pub(crate) headers: HashMap<String, String>,
}

#[derive(Default)]
struct State {
    answers: HashMap<String, Answer>,
    requests: Vec<Request>,
    /// Connections that stall: kept open until the server goes away.
    held: Vec<TcpStream>,
}

/// Dropping it ends no thread at once, but nobody waits for them: each ends with its connection.
pub(crate) struct Server {
    state: Arc<Mutex<State>>,
    port: u16,
    events: Mutex<Receiver<String>>,
}

impl Server {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(Mutex::new(State::default()));
        let (sender, events) = channel();
        let shared = state.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else { return };
                let (state, sender) = (shared.clone(), sender.clone());
                thread::spawn(move || {
                    // A client that was killed breaks its connection: no concern of ours.
                    let _ = serve(stream, &state, &sender);
                });
            }
        });
        Self { state, port, events: Mutex::new(events) }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    pub(crate) fn answer(&self, path: &str, answer: Answer) {
        self.state.lock().unwrap().answers.insert(path.to_string(), answer);
    }

    pub(crate) fn forget(&self, path: &str) {
        self.state.lock().unwrap().answers.remove(path);
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.state.lock().unwrap().requests.clone()
    }

    pub(crate) fn requests_for(&self, path: &str) -> Vec<Request> {
        self.requests().into_iter().filter(|request| request.path == path).collect()
    }

    /// Waits until an answer has stalled or died; gives its path.
    pub(crate) fn wait_for_fault(&self) -> String {
        let patience = std::time::Duration::from_secs(30);
        self.events.lock().unwrap().recv_timeout(patience).expect("the server reaches its fault")
    }
}

fn serve(stream: TcpStream, state: &Mutex<State>, events: &Sender<String>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut stream = stream;
    while let Some(request) = read_request(&mut reader)? {
        let answer = {
            let mut state = state.lock().unwrap();
            state.requests.push(request.clone());
            take_turn(&mut state.answers, &request.path)
        };
        let keep = match answer {
            None => head(&mut stream, 404, 0, &[])?,
            Some(Answer::Status(status)) => head(&mut stream, status, 0, &[])?,
            Some(Answer::Moved(to)) => head(&mut stream, 302, 0, &[format!("location: {to}")])?,
            Some(Answer::Body(body)) => send(&mut stream, &request, &body, None)?,
            Some(Answer::Whole(body)) => {
                head(&mut stream, 200, body.len(), &[])?;
                stream.write_all(&body)?;
                true
            }
            Some(Answer::Guarded { body, authorization }) => {
                if request.headers.get("authorization") == Some(&authorization) {
                    send(&mut stream, &request, &body, None)?
                } else {
                    head(&mut stream, 401, 0, &[])?
                }
            }
            Some(Answer::Short { body, announced }) => {
                head(&mut stream, 200, announced, &[])?;
                stream.write_all(&body)?;
                return Ok(());
            }
            Some(Answer::Dies { body, after, .. }) => {
                send(&mut stream, &request, &body, Some(after))?;
                let _ = events.send(request.path);
                return Ok(());
            }
            Some(Answer::Stalls { body, after, .. }) => {
                send(&mut stream, &request, &body, Some(after))?;
                state.lock().unwrap().held.push(stream.try_clone()?);
                let _ = events.send(request.path);
                return Ok(());
            }
        };
        if !keep {
            return Ok(());
        }
    }
    Ok(())
}

/// The answer for a request; a counted fault that is used up becomes the plain body.
fn take_turn(answers: &mut HashMap<String, Answer>, path: &str) -> Option<Answer> {
    let answer = answers.get_mut(path)?;
    if let Answer::Dies { body, times, .. } | Answer::Stalls { body, times, .. } = answer {
        if *times == 0 {
            let body = std::mem::take(body);
            *answer = Answer::Body(body);
        } else {
            *times -= 1;
        }
    }
    Some(answer.clone())
}

fn read_request(reader: &mut impl BufRead) -> std::io::Result<Option<Request>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let path = line.split(' ').nth(1).unwrap_or("").to_string();
    let mut headers = HashMap::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 || line.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':') {
            headers.insert(name.trim().to_ascii_lowercase(), value.trim().to_string());
        }
    }
    let length = headers.get("content-length").and_then(|value| value.parse().ok()).unwrap_or(0);
    reader.take(length).read_to_end(&mut Vec::new())?;
    Ok(Some(Request { path, headers }))
}

/// Sends a body, or the part of it that was asked for, up to a limit.
fn send(
    stream: &mut TcpStream,
    request: &Request,
    body: &[u8],
    limit: Option<usize>,
) -> std::io::Result<bool> {
    let range = request
        .headers
        .get("range")
        .and_then(|range| range.strip_prefix("bytes=")?.split('-').next()?.parse::<usize>().ok());
    let etag = format!("etag: \"{}\"", body.len());
    let part = match range {
        Some(from) if from < body.len() => {
            let extent = format!("content-range: bytes {from}-{}/{}", body.len() - 1, body.len());
            head(stream, 206, body.len() - from, &[extent, etag])?;
            &body[from..]
        }
        Some(_) => return head(stream, 416, 0, &[format!("content-range: bytes */{}", body.len())]),
        None => {
            head(stream, 200, body.len(), &[etag, "accept-ranges: bytes".to_string()])?;
            body
        }
    };
    let end = limit.map_or(part.len(), |limit| limit.min(part.len()));
    stream.write_all(&part[..end])?;
    stream.flush()?;
    Ok(true)
}

fn head(stream: &mut TcpStream, status: u16, length: usize, headers: &[String]) -> std::io::Result<bool> {
    let mut text = format!("HTTP/1.1 {status} -\r\ncontent-length: {length}\r\n");
    for header in headers {
        text.push_str(&format!("{header}\r\n"));
    }
    text.push_str("\r\n");
    stream.write_all(text.as_bytes())?;
    Ok(true)
}
