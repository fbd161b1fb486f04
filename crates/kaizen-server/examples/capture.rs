//! Makes the golden captures of telemetry anew: `cargo run -p kaizen-server --example capture`.
//!
//! Real clients with real instrumentations, installed in pinned versions from their registries into the build directory, talk to
//! a local upstream and export to a local socket. Needs Python, Node and the registries; no test runs this.

use kaizen_testkit::venv::with_packages;
use std::path::Path;
use std::process::{Command, ExitCode};

/// Each set of clients of `tests/capture/clients.py` with its packages. Names that were in use at different times need
/// environments of their own.
const SETS: [(&str, &[&str]); 5] = [
    ("genai", &["opentelemetry-instrumentation-genai-openai==1.3b0", "openai==3.54.0", SDK, EXPORTER]),
    (
        "genai-middle",
        &[
            "opentelemetry-instrumentation-openai-v2==2.0b0",
            "openai==1.55.3",
            "httpx<0.28",
            "setuptools<81",
            "opentelemetry-sdk==1.28.2",
            "opentelemetry-exporter-otlp-proto-http==1.28.2",
        ],
    ),
    (
        "openllmetry",
        &[
            "opentelemetry-instrumentation-openai==0.62.4",
            "opentelemetry-instrumentation-anthropic==0.62.4",
            "openai==3.54.0",
            "anthropic==2.12.0",
            SDK,
            EXPORTER,
        ],
    ),
    (
        "openllmetry-first",
        &[
            "opentelemetry-instrumentation-openai==0.30.0",
            "opentelemetry-instrumentation-anthropic==0.30.0",
            "openai==1.55.3",
            "anthropic==0.34.2",
            "httpx<0.28",
            "setuptools<81",
            SDK,
            EXPORTER,
        ],
    ),
    (
        "openinference",
        &[
            "openinference-instrumentation-openai==0.1.66",
            "openinference-instrumentation-anthropic==3.1.0",
            "openai==3.54.0",
            "anthropic==2.12.0",
            SDK,
            EXPORTER,
        ],
    ),
];
const SDK: &str = "opentelemetry-sdk==1.45.2";
const EXPORTER: &str = "opentelemetry-exporter-otlp-proto-http==1.45.2";

fn main() -> ExitCode {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let room = package.join("../../target/capture");
    let golden = package.join("tests/golden");
    let python = SETS.iter().all(|(name, packages)| {
        let environment = with_packages(&room, name, packages);
        ran(Command::new(environment.join("bin/python3")).arg(package.join("tests/capture/clients.py")).arg(name).arg(&golden))
    });
    if python && node(package, &room, &golden) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Node's exporter is the one that writes OTLP JSON.
fn node(package: &Path, room: &Path, golden: &Path) -> bool {
    let source = package.join("tests/capture/node");
    let place = room.join("node");
    let copied = std::fs::create_dir_all(&place).and_then(|()| {
        ["package.json", "client.mjs"].iter().try_for_each(|file| std::fs::copy(source.join(file), place.join(file)).map(drop))
    });
    copied.is_ok()
        && ran(Command::new("npm").args(["install", "--no-audit", "--no-fund", "--silent"]).current_dir(&place))
        && ran(Command::new("node").arg("client.mjs").arg(golden).current_dir(&place))
}

fn ran(command: &mut Command) -> bool {
    match command.status() {
        Ok(status) => status.success(),
        Err(error) => {
            eprintln!("{command:?}: {error}");
            false
        }
    }
}
