//! The gateways people use today, from their registries, in front of the same provider.

use super::process::Server;
use crate::bench::python::with_packages;
use crate::bench::room::{Room, answer};
use crate::bench::{Site, target};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Whom the promise about throughput names.
pub(super) const REFERENCE: &str = "TensorZero 2026.6.0";
/// How long a peer may take to listen.
const PATIENCE: Duration = Duration::from_secs(90);

/// A peer that listens.
pub(super) struct Peer {
    pub(super) name: &'static str,
    pub(super) url: String,
    pub(super) model: &'static str,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) server: Server,
}

type Start = fn(&Site, &Room, u16) -> Result<Peer, String>;

/// All of them.
pub(super) const PEERS: &[Start] = &[tensorzero, portkey, litellm];

/// TensorZero's gateway is a part of its Python package; it serves HTTP for a patched client.
const TENSORZERO: &str = r#"
import sys, time, tensorzero
class Client:
    base_url = None
client = Client()
tensorzero.patch_openai_client(client, config_file=sys.argv[1], async_setup=False)
print(client.base_url, flush=True)
time.sleep(86400)
"#;

fn tensorzero(site: &Site, room: &Room, upstream: u16) -> Result<Peer, String> {
    let python = with_packages(&target(&site.root).join("bench-tensorzero"), &["tensorzero==2026.6.0"])?;
    let config = room.path().join("tensorzero.toml");
    let text = format!(
        "[gateway.observability]\nenabled = false\n[models.mock]\nrouting = [\"mock\"]\n[models.mock.providers.mock]\ntype = \"openai\"\n\
         model_name = \"mock\"\napi_base = \"http://127.0.0.1:{upstream}/v1\"\napi_key_location = \"none\"\n"
    );
    std::fs::write(&config, text).map_err(|error| format!("{}: {error}", config.display()))?;
    let mut command = Command::new(python);
    command.args(["-W", "ignore", "-c", TENSORZERO]).arg(&config).stderr(Stdio::null());
    let server = Server::start(&mut command, REFERENCE, |line| line.starts_with("http"))?;
    let url = format!("{}/chat/completions", server.said.trim_end_matches('/'));
    Ok(Peer { name: REFERENCE, url, model: "tensorzero::model_name::mock", headers: Vec::new(), server })
}

fn portkey(site: &Site, _: &Room, upstream: u16) -> Result<Peer, String> {
    let place = target(&site.root).join("bench-portkey");
    let program = place.join("node_modules/.bin/gateway");
    if !program.exists() {
        let mut npm = Command::new("npm");
        npm.args(["install", "--silent", "--no-audit", "--no-fund", "--prefix"]).arg(&place).arg("@portkey-ai/gateway");
        answer(&mut npm, "npm install @portkey-ai/gateway")?;
    }
    let port = free_port()?;
    let mut command = Command::new(program);
    command.args(["--headless", &format!("--port={port}")]).stderr(Stdio::null());
    let server = started(&mut command, "Portkey", port)?;
    let headers = vec![
        ("x-portkey-provider", "openai".to_string()),
        ("x-portkey-custom-host", format!("http://127.0.0.1:{upstream}/v1")),
        ("authorization", "Bearer sk-bench".to_string()),
    ];
    Ok(Peer { name: "Portkey", url: format!("http://127.0.0.1:{port}/v1/chat/completions"), model: "mock", headers, server })
}

fn litellm(site: &Site, room: &Room, upstream: u16) -> Result<Peer, String> {
    let python = with_packages(&target(&site.root).join("bench-litellm"), &["litellm[proxy]==1.106.2"])?;
    let config = room.path().join("litellm.yaml");
    let text = format!(
        "model_list:\n  - model_name: mock\n    litellm_params:\n      model: openai/mock\n      api_base: http://127.0.0.1:{upstream}/v1\n      api_key: sk-bench\n"
    );
    std::fs::write(&config, text).map_err(|error| format!("{}: {error}", config.display()))?;
    let port = free_port()?;
    let mut command = Command::new(python.with_file_name("litellm"));
    command.args(["--port", &port.to_string(), "--host", "127.0.0.1", "--num_workers", "1", "--config"]).arg(&config).stderr(Stdio::null());
    // It refuses to start without a key of its own otherwise; it listens on this machine only.
    command.env("LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY", "true");
    let server = started(&mut command, "LiteLLM", port)?;
    let headers = vec![("authorization", "Bearer sk-bench".to_string())];
    Ok(Peer { name: "LiteLLM 1.106.2", url: format!("http://127.0.0.1:{port}/v1/chat/completions"), model: "mock", headers, server })
}

/// Starts a server that says nothing useful and waits until its port answers.
fn started(command: &mut Command, what: &str, port: u16) -> Result<Server, String> {
    let server = Server::silent(command, what)?;
    let until = Instant::now() + PATIENCE;
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        if Instant::now() > until {
            return Err(format!("{what} does not listen after {} s", PATIENCE.as_secs()));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(server)
}

fn free_port() -> Result<u16, String> {
    let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    free.map(|address| address.port()).map_err(|error| format!("no free port: {error}"))
}
