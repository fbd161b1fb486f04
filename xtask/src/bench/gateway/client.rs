//! As much HTTP as a measurement needs: one request, and its answer read to its end.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// Nothing that is measured takes longer.
const PATIENCE: Duration = Duration::from_secs(30);

/// An answer.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: String,
    /// From the first to the last byte of it.
    pub(super) spread: Duration,
}

/// Sends a request; the connection is new and stays open.
pub(super) fn send(port: u16, path: &str, headers: &str, body: &str) -> Result<TcpStream, String> {
    let failed = |error: std::io::Error| format!("port {port}: {error}");
    let mut stream = TcpStream::connect(("127.0.0.1", port)).map_err(failed)?;
    stream.set_read_timeout(Some(PATIENCE)).and_then(|()| stream.set_nodelay(true)).map_err(failed)?;
    let length = body.len();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n{headers}\r\n"
    );
    stream.write_all(format!("{head}{body}").as_bytes()).map_err(failed)?;
    Ok(stream)
}

/// Sends a request and reads the answer until the server ends the connection.
pub(super) fn ask(port: u16, path: &str, headers: &str, body: &str) -> Result<Answer, String> {
    let mut stream = send(port, path, &format!("connection: close\r\n{headers}"), body)?;
    let failed = |error: std::io::Error| format!("{path}: {error}");
    let mut bytes = vec![0; 64 * 1024];
    let mut all = Vec::new();
    let (mut first, mut last) = (None, Instant::now());
    loop {
        let count = stream.read(&mut bytes).map_err(failed)?;
        if count == 0 {
            break;
        }
        last = Instant::now();
        first.get_or_insert(last);
        all.extend_from_slice(bytes.get(..count).unwrap_or_default());
    }
    let text = String::from_utf8_lossy(&all);
    let (head, body) = text.split_once("\r\n\r\n").ok_or_else(|| format!("{path}: no answer"))?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or_else(|| format!("{path}: {head}"))?;
    Ok(Answer { status, body: body.to_string(), spread: first.map_or(Duration::ZERO, |first| last - first) })
}

/// The whole number behind `"name":` in a JSON text.
pub(super) fn number(text: &str, name: &str) -> Option<u64> {
    let (_, rest) = text.split_once(&format!("\"{name}\":"))?;
    let digits: String = rest.trim_start().chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}
