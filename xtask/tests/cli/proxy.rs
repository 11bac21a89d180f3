//! A proxy that tunnels with `CONNECT`, and a server that speaks TLS with a certificate of its own authority.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// A proxy that knows one name.
pub(crate) struct Proxy {
    port: u16,
    asked: Arc<Asked>,
}

impl Proxy {
    /// Connects who asks for `name` to a port of this machine.
    pub(crate) fn start(name: &'static str, to: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(Asked::default());
        let shared = asked.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let asked = shared.clone();
                // A client that goes away ends its tunnel.
                thread::spawn(move || tunnel(stream, name, to, &asked));
            }
        });
        Self { port, asked }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The request lines, each with its `proxy-authorization`.
    pub(crate) fn asked(&self) -> Vec<(String, Option<String>)> {
        self.asked.lock().unwrap().clone()
    }
}

/// Request lines, each with its `proxy-authorization`.
type Asked = Mutex<Vec<(String, Option<String>)>>;

fn tunnel(client: TcpStream, name: &str, to: u16, asked: &Asked) -> std::io::Result<()> {
    let mut reader = BufReader::new(client.try_clone()?);
    let mut request = String::new();
    reader.read_line(&mut request)?;
    let mut login = None;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 || line.trim().is_empty() {
            break;
        }
        if let Some((field, value)) = line.split_once(':')
            && field.eq_ignore_ascii_case("proxy-authorization")
        {
            login = Some(value.trim().to_owned());
        }
    }
    asked.lock().unwrap().push((request.trim().to_owned(), login));
    let mut client = client;
    if !request.starts_with(&format!("CONNECT {name}:")) {
        return client.write_all(b"HTTP/1.1 502 unknown name\r\ncontent-length: 0\r\n\r\n");
    }
    let mut server = TcpStream::connect(("127.0.0.1", to))?;
    client.write_all(b"HTTP/1.1 200 connected\r\n\r\n")?;
    let (mut from_server, mut to_client) = (server.try_clone()?, client.try_clone()?);
    thread::spawn(move || std::io::copy(&mut from_server, &mut to_client));
    std::io::copy(&mut reader, &mut server)?;
    Ok(())
}

/// A server of one file over TLS.
pub(crate) struct Tls {
    port: u16,
    authority: String,
}

impl Tls {
    pub(crate) fn serve(name: &'static str, path: &str, body: Vec<u8>) -> Self {
        let (authority, config) = certificates(name);
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let path = path.to_owned();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (config, path, body) = (config.clone(), path.clone(), body.clone());
                // Clients that do not trust the certificate end the connection.
                thread::spawn(move || answer(stream, config, &path, &body));
            }
        });
        Self { port, authority }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// The certificate of the authority, in PEM.
    pub(crate) fn authority(&self) -> &str {
        &self.authority
    }
}

/// An authority's certificate, and a configuration with a certificate of it for `name`.
fn certificates(name: &str) -> (String, Arc<rustls::ServerConfig>) {
    let authority_key = rcgen::KeyPair::generate().unwrap();
    let mut authority = rcgen::CertificateParams::new(Vec::<String>::new()).unwrap();
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let certificate = authority.self_signed(&authority_key).unwrap();
    let issuer = rcgen::Issuer::new(authority, authority_key);
    let key = rcgen::KeyPair::generate().unwrap();
    let own = rcgen::CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![own.der().clone()],
            rustls::pki_types::PrivateKeyDer::Pkcs8(key.serialize_der().into()),
        )
        .unwrap();
    (certificate.pem(), Arc::new(config))
}

fn answer(
    stream: TcpStream,
    config: Arc<rustls::ServerConfig>,
    path: &str,
    body: &[u8],
) -> std::io::Result<()> {
    let connection = rustls::ServerConnection::new(config).map_err(std::io::Error::other)?;
    let mut stream = rustls::StreamOwned::new(connection, stream);
    let mut request = Vec::new();
    let mut byte = [0];
    while !request.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        request.push(byte[0]);
    }
    let found = request.starts_with(format!("GET {path} ").as_bytes());
    let (status, body) = if found { (200, body) } else { (404, &[][..]) };
    let head = format!("HTTP/1.1 {status} -\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
    stream.write_all(head.as_bytes())?;
    stream.write_all(body)?;
    stream.flush()?;
    stream.conn.send_close_notify();
    stream.conn.complete_io(&mut stream.sock).map(|_| ())
}
