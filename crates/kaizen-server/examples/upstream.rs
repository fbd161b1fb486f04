//! A provider that answers in microseconds, for `cargo xtask bench gateway`: what a gateway costs is what it adds to this.
//!
//! Prints its port. The model's name chooses the answer: `idle` streams one piece and then holds the stream open until the client
//! goes away, `slow` streams ten pieces ten milliseconds apart, anything else answers at once, streamed where that was asked for.
//! `GET /count` says how many calls were answered since the start: what a budget must not exceed.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const WHOLE: &str = r#"{"id":"chatcmpl-1","object":"chat.completion","created":1700000000,"model":"mock","choices":[{"index":0,"message":{"role":"assistant","content":"Paris is the capital of France."},"finish_reason":"stop"}],"usage":{"prompt_tokens":14,"completion_tokens":7,"total_tokens":21}}"#;
const USAGE: &str = r#"{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1700000000,"model":"mock","choices":[],"usage":{"prompt_tokens":14,"completion_tokens":7,"total_tokens":21}}"#;
const PACE: Duration = Duration::from_millis(10);

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?.port());
    let count = Arc::new(AtomicU64::new(0));
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        // A client that goes away in the middle is what `idle` waits for.
        tokio::spawn(converse(stream, Arc::clone(&count)));
    }
}

async fn converse(mut stream: TcpStream, count: Arc<AtomicU64>) -> std::io::Result<()> {
    let mut buffer = Vec::with_capacity(4096);
    while let Some(request) = next(&mut stream, &mut buffer).await? {
        if request.starts_with(b"GET /count") {
            whole(&mut stream, &count.load(Ordering::Relaxed).to_string()).await?;
            continue;
        }
        count.fetch_add(1, Ordering::Relaxed);
        let has = |text: &str| request.windows(text.len()).any(|window| window == text.as_bytes());
        match () {
            () if has("\"idle\"") => return idle(&mut stream).await,
            () if has("\"slow\"") => streamed(&mut stream, 10, Some(PACE)).await?,
            () if has("\"stream\":true") || has("\"stream\": true") => streamed(&mut stream, 3, None).await?,
            () => whole(&mut stream, WHOLE).await?,
        }
        if has("connection: close") {
            return Ok(());
        }
    }
    Ok(())
}

/// One request, head and body; `None` where the client ended.
async fn next(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> std::io::Result<Option<Vec<u8>>> {
    loop {
        if let Some(length) = length(buffer) {
            let rest = buffer.split_off(length);
            return Ok(Some(std::mem::replace(buffer, rest)));
        }
        if stream.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    }
}

/// The length of the first request in the buffer, once all of it is there.
fn length(buffer: &[u8]) -> Option<usize> {
    let head = buffer.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let text = String::from_utf8_lossy(&buffer[..head]).to_ascii_lowercase();
    let body = text.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse::<usize>().ok()).unwrap_or(0);
    (buffer.len() >= head + body).then_some(head + body)
}

async fn whole(stream: &mut TcpStream, body: &str) -> std::io::Result<()> {
    let head = format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n", body.len());
    stream.write_all(format!("{head}{body}").as_bytes()).await
}

async fn streamed(stream: &mut TcpStream, pieces: usize, pace: Option<Duration>) -> std::io::Result<()> {
    begin(stream).await?;
    for piece in 0..pieces {
        if let Some(pace) = pace {
            tokio::time::sleep(pace).await;
        }
        event(stream, &delta(piece, piece + 1 == pieces)).await?;
    }
    event(stream, USAGE).await?;
    event(stream, "[DONE]").await?;
    stream.write_all(b"0\r\n\r\n").await
}

async fn idle(stream: &mut TcpStream) -> std::io::Result<()> {
    begin(stream).await?;
    event(stream, &delta(0, false)).await?;
    let mut gone = [0; 1];
    stream.read(&mut gone).await.map(|_| ())
}

async fn begin(stream: &mut TcpStream) -> std::io::Result<()> {
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n").await
}

async fn event(stream: &mut TcpStream, data: &str) -> std::io::Result<()> {
    let text = format!("data: {data}\n\n");
    stream.write_all(format!("{:x}\r\n{text}\r\n", text.len()).as_bytes()).await
}

fn delta(piece: usize, last: bool) -> String {
    let finish = if last { "\"stop\"" } else { "null" };
    format!(
        r#"{{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1700000000,"model":"mock","choices":[{{"index":0,"delta":{{"content":"word{piece} "}},"finish_reason":{finish}}}]}}"#
    )
}
