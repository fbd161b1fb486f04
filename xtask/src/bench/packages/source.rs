//! The source distributions, as published, fetched once into the target directory by each registry's own client.

use super::list::{Package, Registry};
use crate::bench::room::answer;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The archive of a package; fetched where it is not there yet.
pub(super) fn archive(package: &Package, target: &Path) -> Result<PathBuf, String> {
    let room = target.join("sources");
    std::fs::create_dir_all(&room).map_err(|error| format!("{}: {error}", room.display()))?;
    let ending = if package.registry == Registry::Npm { "tgz" } else { "tar.gz" };
    let file = room.join(format!("{}-{}.{ending}", package.name, package.version));
    if !file.exists() {
        match package.registry {
            Registry::PyPi => from_pypi(package, &room)?,
            Registry::Npm => from_npm(package, &room)?,
            Registry::Crates => from_crates(package, target, &file)?,
        }
    }
    Ok(file)
}

fn named(package: &Package) -> String {
    format!("{} {}", package.registry.name(), package.name)
}

fn from_pypi(package: &Package, room: &Path) -> Result<(), String> {
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-binary", package.name, "--dest"]);
    pip.arg(room).arg(format!("{}=={}", package.name, package.version));
    answer(&mut pip, &named(package)).map(drop)
}

fn from_npm(package: &Package, room: &Path) -> Result<(), String> {
    let mut npm = Command::new("npm");
    npm.args(["pack", "--silent", "--pack-destination"]).arg(room).arg(format!("{}@{}", package.name, package.version));
    answer(&mut npm, &named(package)).map(drop)
}

/// Cargo has no command for it: a project that needs the package makes it fetch the archive.
fn from_crates(package: &Package, target: &Path, file: &Path) -> Result<(), String> {
    let project = target.join("fetch").join(package.name);
    let wrong = |error: std::io::Error| format!("{}: {error}", project.display());
    std::fs::create_dir_all(project.join("src")).map_err(wrong)?;
    std::fs::write(project.join("src/lib.rs"), "").map_err(wrong)?;
    let manifest = format!(
        "[package]\nname = \"fetch\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\n[dependencies]\n{} = \"={}\"\n\n[workspace]\n",
        package.name, package.version
    );
    std::fs::write(project.join("Cargo.toml"), manifest).map_err(wrong)?;
    answer(Command::new("cargo").args(["fetch", "--quiet"]).current_dir(&project), &named(package))?;
    let found = fetched(package)?.ok_or_else(|| format!("cargo fetched {} and keeps no archive of it", package.name))?;
    std::fs::copy(&found, file).map(drop).map_err(|error| format!("{}: {error}", found.display()))
}

/// The archive in cargo's own cache, whichever index it is from.
fn fetched(package: &Package) -> Result<Option<PathBuf>, String> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo")));
    let cache = home.ok_or("neither CARGO_HOME nor HOME is set")?.join("registry/cache");
    let name = format!("{}-{}.crate", package.name, package.version);
    let indexes = std::fs::read_dir(&cache).map_err(|error| format!("{}: {error}", cache.display()))?;
    let files = indexes.map(|index| index.map(|index| index.path().join(&name)).map_err(|error| format!("{}: {error}", cache.display())));
    let all: Vec<PathBuf> = files.collect::<Result<_, _>>()?;
    Ok(all.into_iter().find(|file| file.is_file()))
}
