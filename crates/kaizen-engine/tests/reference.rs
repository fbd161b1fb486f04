//! docs/reference/adapters.md is the list of adapters as it is.
//!
//! `cargo xtask docs` runs this test with `KAIZEN_DOCS=write`, which writes the page instead of comparing it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use kaizen_engine::trial::adapter::{ADAPTERS, Adapter, BUILD_FILES, RULE};
use std::path::PathBuf;

const HEAD: &str = "# Benchmark formats\n\n<!-- written by `cargo xtask docs` -->\n\n\
    How each `benchmark.format` is read, which files are protected by it, and what no judge of this kind can prevent. Whatever is\n\
    missing, contradictory or malformed is a fault of the run, never a smaller success.\n";

fn section(adapter: &dyn Adapter) -> String {
    let files: Vec<String> = adapter.protected().into_iter().chain(BUILD_FILES).map(|glob| format!("`{glob}`")).collect();
    let rule = if adapter.in_process() { RULE } else { "None: candidate code has no part in the reporting process." };
    format!(
        "\n## `{}`\n\n- **Results**: {}\n- **Not prevented**: {}\n- **What follows**: {rule}\n- **Protected**, beside `benchmark.protect`: {}\n",
        adapter.name(),
        adapter.channel(),
        adapter.unprevented(),
        files.join(", ")
    )
}

#[test]
fn the_reference_page_lists_every_adapter_with_its_limits() {
    let page = HEAD.to_owned() + &ADAPTERS.iter().map(|adapter| section(*adapter)).collect::<String>();
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/adapters.md");
    if std::env::var_os("KAIZEN_DOCS").is_some_and(|wish| wish == "write") {
        std::fs::write(&file, &page).unwrap();
    }
    let written = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(written == page, "docs/reference/adapters.md is not the list: `cargo xtask docs` writes it anew");
}
