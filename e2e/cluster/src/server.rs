//! A small server for admission webhooks, in the test's own process.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

use anyhow::Context;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::Value;

use crate::certificates::Identity;

/// What answers: to a path and a body, with a body.
pub type Handler = Arc<dyn Fn(&str, &Value) -> Value + Send + Sync>;

/// Listens on loopback until the test's process ends, and returns the port.
///
/// # Errors
/// When the identity can't be read, or there is no port.
pub fn listen(identity: &Identity, handler: Handler) -> anyhow::Result<u16> {
    let certificate = CertificateDer::from_pem_slice(identity.certificate.as_bytes()).context("certificate")?;
    let key = PrivateKeyDer::from_pem_slice(identity.key.as_bytes()).context("key")?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)?;
    let config = Arc::new(config);
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let port = listener.local_addr()?.port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (config, handler) = (config.clone(), handler.clone());
            // A connection that breaks is opened again by the other side.
            std::thread::spawn(move || converse(stream, config, &handler));
        }
    });
    Ok(port)
}

/// Answers the requests of one connection, one after the other, until the other side has no more.
fn converse(stream: TcpStream, config: Arc<ServerConfig>, handler: &Handler) -> anyhow::Result<()> {
    let connection = ServerConnection::new(config)?;
    let mut stream = BufReader::new(StreamOwned::new(connection, stream));
    loop {
        let mut first = String::new();
        if stream.read_line(&mut first)? == 0 {
            return Ok(());
        }
        let mut length = 0;
        loop {
            let mut line = String::new();
            stream.read_line(&mut line)?;
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse()?;
            }
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body)?;
        let path = first.split_whitespace().nth(1).unwrap_or_default().split('?').next().unwrap_or_default();
        let answer = handler(path, &serde_json::from_slice(&body)?).to_string();
        let head =
            format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n", answer.len());
        let stream = stream.get_mut();
        stream.write_all(head.as_bytes())?;
        stream.write_all(answer.as_bytes())?;
        stream.flush()?;
    }
}
