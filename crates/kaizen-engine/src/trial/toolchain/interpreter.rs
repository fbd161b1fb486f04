//! Which interpreters, compilers and package managers a set-up would find: what it built with others is not used.
//!
//! Nothing is started. A program is known by its path without links, its size and its time; where one program stands for several
//! versions, by the files that say which.

use super::{pyenv_versions, search_path};
use crate::context::Machine;
use crate::error::{EngineError, io};
use kaizen_domain::hash::ContentHash;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// What set-ups are made with.
const PROGRAMS: [&str; 24] = [
    "python3", "python", "pip", "uv", "poetry", "node", "npm", "yarn", "pnpm", "bun", "deno", "ruby", "perl", "php", "java", "go", "cargo",
    "rustc", "cc", "c++", "clang", "make", "cmake", "sh",
];

/// Files of a project that say which version of a tool it wants.
pub(in crate::trial) const VERSION_FILES: [&str; 8] =
    [".python-version", ".nvmrc", ".node-version", ".ruby-version", ".tool-versions", "mise.toml", "rust-toolchain", "rust-toolchain.toml"];

/// A hash that changes with any of them.
pub(in crate::trial) fn identity(machine: &Machine, root: &Path) -> Result<ContentHash, EngineError> {
    let path = search_path(machine, root, &machine.home.iter().cloned().collect::<Vec<_>>());
    let directories: Vec<PathBuf> = std::env::split_paths(&path).filter(|directory| !directory.starts_with(root)).collect();
    let mut parts: Vec<Vec<u8>> = pyenv_versions(machine, root).into_iter().map(|bin| bin.into_os_string().into_encoded_bytes()).collect();
    for name in PROGRAMS {
        let found = directories.iter().filter_map(|directory| directory.join(name).canonicalize().ok()).find(|file| file.is_file());
        if let Some(program) = found {
            let entry = std::fs::metadata(&program).map_err(io("read", &program))?;
            let look = format!("{name} {} {} {}", entry.len(), entry.mtime(), entry.mtime_nsec());
            parts.push(look.into_bytes());
            parts.extend(program.ancestors().nth(2).map(|prefix| prefix.join("VERSION")).map(read).transpose()?);
            parts.push(program.into_os_string().into_encoded_bytes());
        }
    }
    for file in version_files(machine, root, &directories)? {
        parts.push(read(file)?);
    }
    Ok(ContentHash::of_parts(parts.iter().map(Vec::as_slice)))
}

fn version_files(machine: &Machine, root: &Path, directories: &[PathBuf]) -> Result<Vec<PathBuf>, EngineError> {
    let environments = directories.iter().filter_map(|directory| directory.parent().map(Path::to_owned));
    let environments = environments.chain([".venv", "venv"].map(|name| root.join(name)));
    let mut files: Vec<PathBuf> = environments.map(|place| place.join("pyvenv.cfg")).collect();
    files.push("/etc/os-release".into());
    if let Some(home) = &machine.home {
        files.push(home.join(".rustup/settings.toml"));
        // What rustup installed, by toolchain.
        let installed = home.join(".rustup/update-hashes");
        if installed.is_dir() {
            let listed: Result<Vec<_>, _> = std::fs::read_dir(&installed).map_err(io("list", &installed))?.collect();
            let mut listed: Vec<PathBuf> = listed.map_err(io("list", &installed))?.iter().map(std::fs::DirEntry::path).collect();
            listed.sort();
            files.extend(listed);
        }
    }
    Ok(files)
}

/// Nothing where there is no such file.
fn read(file: PathBuf) -> Result<Vec<u8>, EngineError> {
    if file.is_file() { std::fs::read(&file).map_err(io("read", file)) } else { Ok(Vec::new()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_interpreter_or_another_version_file_gives_another_identity_and_nothing_else_does() {
        let room = tempfile::tempdir().unwrap();
        let bin = room.path().join("home/tools/bin");
        std::fs::create_dir_all(&bin).unwrap();
        let (one, two) = (room.path().join("python3.1"), room.path().join("python3.2"));
        std::fs::write(&one, "one").unwrap();
        std::fs::write(&two, "two").unwrap();
        std::os::unix::fs::symlink(&one, bin.join("python3")).unwrap();
        let home = room.path().join("home");
        let machine = Machine { host: "h".into(), home: Some(home.clone()), path: bin.clone().into(), cache: home.clone() };
        let now = || identity(&machine, Path::new("/project")).unwrap();
        let first = now();
        std::fs::write(bin.join("other"), "").unwrap();
        assert_eq!(now(), first);
        std::fs::remove_file(bin.join("python3")).unwrap();
        std::os::unix::fs::symlink(&two, bin.join("python3")).unwrap();
        let second = now();
        std::fs::create_dir_all(home.join(".rustup")).unwrap();
        std::fs::write(home.join(".rustup/settings.toml"), "default_toolchain = \"stable\"").unwrap();
        assert!(second != first && now() != second);
    }
}
