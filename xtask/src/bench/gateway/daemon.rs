//! The daemon that is measured, and the provider behind it.

use super::process::Server;
use crate::bench::room::{Room, answer};
use crate::bench::{Site, target};
use crate::step::cargo;
use std::process::Command;

/// The provider that answers in microseconds.
pub(super) struct Upstream {
    /// Ended with it.
    _server: Server,
    /// Where it listens.
    pub(super) port: u16,
}

/// Builds and starts the provider.
pub(super) fn upstream(site: &Site) -> Result<Upstream, String> {
    cargo(&site.root, &["build", "--release", "-p", "kaizen-server", "--example", "upstream"], "mend what the compiler names")?;
    let server = Server::start(&mut Command::new(target(&site.root).join("release/examples/upstream")), "the provider", |_| true)?;
    let port = server.said.parse().map_err(|_| format!("the provider said '{}' instead of its port", server.said))?;
    Ok(Upstream { _server: server, port })
}

/// `kaizen serve` in a room of its own.
pub(super) struct Daemon {
    /// Its process.
    pub(super) server: Server,
    /// Where it listens.
    pub(super) port: u16,
    /// What a write has to show.
    pub(super) token: String,
}

/// Prepares the room: a configuration with the provider, and a key that may write.
pub(super) fn prepare(room: &Room, upstream: u16) -> Result<String, String> {
    let directory = room.home().join("config");
    let file = directory.join("config.toml");
    let text = format!(
        "[models.providers.mock]\nkind = \"openai\"\nbase_url = \"http://127.0.0.1:{upstream}/v1\"\nmodels = [\"*\"]\n\
         [models.providers.mock.prices.mock]\ninput = 0.1\noutput = 0.4\n"
    );
    let failed = |error: std::io::Error| format!("{}: {error}", file.display());
    std::fs::create_dir_all(&directory).and_then(|()| std::fs::write(&file, text)).map_err(failed)?;
    let said = answer(&mut room.command(&["key", "add", "bench", "--scope", "record", "--json"]), "kaizen key add")?;
    let (_, rest) = said.split_once("\"key\":").ok_or_else(|| format!("no key: {said}"))?;
    rest.split('"').nth(1).map(str::to_string).ok_or_else(|| format!("no key: {said}"))
}

/// Starts the daemon and waits until it listens.
pub(super) fn start(room: &Room, token: &str) -> Result<Daemon, String> {
    let mut command = room.command(&["serve", "--address", "127.0.0.1:0"]);
    let server = Server::start(&mut command, "kaizen serve", |line| line.contains("http://"))?;
    let port = server.said.rsplit(':').next().and_then(|port| port.trim_end_matches('/').parse().ok());
    let port = port.ok_or_else(|| format!("kaizen serve said '{}' instead of its address", server.said))?;
    Ok(Daemon { server, port, token: token.to_string() })
}
