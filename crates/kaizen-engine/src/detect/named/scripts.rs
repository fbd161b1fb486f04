//! The scripts of `package.json`.

use crate::detect::tree::Tree;
use serde_json::Value;

/// A script's line; none where there is no such script, or where it is the one that `npm init` leaves.
pub(super) fn lines(tree: &Tree, name: &str) -> Vec<String> {
    // A broken manifest is npm's to complain about.
    let Ok(manifest) = serde_json::from_str::<Value>(tree.text("package.json")) else { return Vec::new() };
    let line = manifest["scripts"][name].as_str().filter(|line| !line.contains("no test specified"));
    line.map(str::to_owned).into_iter().collect()
}
