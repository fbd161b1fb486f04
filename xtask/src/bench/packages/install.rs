//! A repository with a package as it was published, and what its tests need beside it.

use super::list::{IGNORED, Package};
use crate::bench::python::with_packages;
use crate::bench::room::{Room, answer};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The package in a room of its own: one commit, then everything its tests need.
pub(super) fn checkout(package: &Package, archive: &Path, binary: &Path, target: &Path) -> Result<Room, String> {
    let room = Room::new(binary)?;
    let mut tar = Command::new("tar");
    answer(tar.arg("xzf").arg(archive).args(["--strip-components=1", "-C"]).arg(room.project()), "tar")?;
    room.git(&["init", "--quiet", "--initial-branch=main"])?;
    // Beside the tree, so that it stays as it was published.
    let ignored = [IGNORED, package.ignored].concat().join("\n") + "\n";
    room.write(".git/info/exclude", ignored.as_bytes())?;
    room.git(&["add", "--all"])?;
    room.git(&["commit", "--quiet", "--message", &format!("{} {}", package.name, package.version)])?;
    let uv = uv(target)?;
    for line in package.install {
        shell(&room, line, &uv)?;
    }
    Ok(room)
}

/// A line of shell in the project, with the person's own environment.
fn shell(room: &Room, line: &str, uv: &Path) -> Result<(), String> {
    let mut shell = Command::new("sh");
    shell.args(["-c", line]).current_dir(room.project()).env("UV", uv);
    // The bench's own build directory is none of the package's, and uv takes the interpreter that is there.
    shell.env_remove("CARGO_TARGET_DIR").env("UV_PYTHON_DOWNLOADS", "never");
    answer(&mut shell, line).map(drop)
}

/// uv from PyPI, in an environment of its own, made once.
fn uv(target: &Path) -> Result<PathBuf, String> {
    Ok(with_packages(&target.join("tools"), &["uv"])?.with_file_name("uv"))
}
