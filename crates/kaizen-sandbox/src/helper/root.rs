//! The root that a candidate sees: the system's program directories, a few files of `/etc`, devices, temporary directories, and what
//! the spec names. Everything else of the host is absent.

use super::cache::{Cache, Lowers};
use super::overlay::{Hosts, Overlay};
use super::place::{BACKSTAGE, OLD_ROOT, SCRATCH};
use super::{Owner, etc, failed};
use crate::error::SandboxError;
use crate::policy::{Access, Bind, JailSpec, Upper};
use crate::sys;
use nix::libc;
use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::unistd::{Gid, Uid, pivot_root};
use std::ffi::{CString, OsString};
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, symlink};
use std::path::{Path, PathBuf};

/// Program directories of the host; each may be a directory or a symbolic link into another one.
const SYSTEM: [&str; 9] = ["usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32", "nix", "opt"];
/// What of `/etc` programs need to start, to resolve names and to check certificates.
const ETC: [&str; 24] = [
    "alternatives",
    "ssl",
    "pki",
    "ca-certificates",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "localtime",
    "timezone",
    "mime.types",
    "nsswitch.conf",
    "protocols",
    "services",
    "fonts",
    "python3",
    "perl",
    "os-release",
    "locale.alias",
    "magic",
    "host.conf",
    "inputrc",
    "chromium.d",
    "chromium",
    "chromium-browser",
];
/// Keys of the host that groups of an ordinary user may be able to read; hidden.
const KEYS: [&str; 2] = ["/etc/ssl/private", "/etc/pki/tls/private"];
/// The parts of the directories with such keys that are not secret, for the tier that cannot hide anything in a permitted directory.
const CERTIFICATES: [&str; 5] = ["/etc/ssl/certs", "/etc/ssl/openssl.cnf", "/etc/pki/tls/certs", "/etc/pki/ca-trust", "/etc/pki/java"];
const DEVICES: [&str; 6] = ["null", "zero", "full", "random", "urandom", "tty"];
const DEVICE_LINKS: [(&str, &str); 4] =
    [("fd", "/proc/self/fd"), ("stdin", "/proc/self/fd/0"), ("stdout", "/proc/self/fd/1"), ("stderr", "/proc/self/fd/2")];

/// The host paths of a spec without symbolic links, so that they mean the same once the root has changed.
pub(super) struct Sources {
    layers: Vec<PathBuf>,
    upper: Option<PathBuf>,
    binds: Vec<PathBuf>,
}

impl Sources {
    pub(super) fn resolve(spec: &JailSpec) -> Result<Self, SandboxError> {
        let real = |path: &PathBuf| fs::canonicalize(path).map_err(failed(format!("find {}", path.display())));
        let upper = match &spec.upper {
            Upper::Memory { .. } => None,
            Upper::Directory(path) => Some(real(path)?),
        };
        Ok(Self {
            layers: spec.layers.iter().map(real).collect::<Result<_, _>>()?,
            upper,
            binds: spec.binds.iter().map(|bind| real(&bind.source)).collect::<Result<_, _>>()?,
        })
    }
}

/// The host's paths of a spec's binds and layers, for the tiers that cannot mount.
pub(super) fn host_paths(spec: &JailSpec) -> Result<(Vec<PathBuf>, Vec<PathBuf>), SandboxError> {
    let sources = Sources::resolve(spec)?;
    Ok((sources.binds, sources.layers))
}

/// What of the host every candidate may read.
pub(super) fn system_paths() -> io::Result<Vec<PathBuf>> {
    let system = SYSTEM.iter().map(|name| Path::new("/").join(name));
    let etc =
        etc_names(Path::new("/etc"))?.into_iter().filter(|name| name != "ssl" && name != "pki").map(|name| Path::new("/etc").join(name));
    Ok(system.chain(etc).chain(CERTIFICATES.iter().map(PathBuf::from)).collect())
}

/// What of this `/etc` is shown: the fixed names, and those that carry the version of a language.
fn etc_names(etc: &Path) -> io::Result<Vec<OsString>> {
    let mut names: Vec<OsString> = ETC.iter().map(OsString::from).collect();
    for entry in fs::read_dir(etc)? {
        let name = entry?.file_name();
        if name.to_str().is_some_and(|name| name.starts_with("java") || name.starts_with("python3.")) {
            names.push(name);
        }
    }
    Ok(names)
}

/// Builds the root in this mount namespace, moves into it and forgets the host's.
pub(super) fn build(spec: &JailSpec, sources: &Sources, scratch: &Path, owner: Owner) -> Result<Overlay, SandboxError> {
    pivot(scratch).map_err(failed("move into a new root"))?;
    system().map_err(failed("bind the system's programs"))?;
    show_etc(owner).map_err(failed("make /etc"))?;
    devices(&spec.granted.devices).map_err(failed("make /dev"))?;
    let overlay = stage(spec, sources, owner)?;
    overlay.raise()?;
    umount2(OLD_ROOT, MntFlags::MNT_DETACH).map_err(|errno| failed("leave the old root")(errno.into()))?;
    fs::remove_dir(OLD_ROOT).map_err(failed("leave the old root"))?;
    sys::restrict_mount(&c"/".to_owned(), false, libc::MOUNT_ATTR_RDONLY).map_err(failed("make the root read-only"))?;
    Ok(overlay)
}

fn pivot(scratch: &Path) -> io::Result<()> {
    memory_file_system(scratch, 16 << 20, 4096, "0755")?;
    fs::create_dir(scratch.join(&OLD_ROOT[1..]))?;
    pivot_root(scratch, &scratch.join(&OLD_ROOT[1..]))?;
    std::env::set_current_dir("/")?;
    fs::create_dir("/proc")?;
    // Its visibility is what lets an ordinary user mount the /proc of each run over it.
    Ok(mount(Some("/.old/proc"), "/proc", None::<&str>, MsFlags::MS_BIND | MsFlags::MS_REC, None::<&str>)?)
}

/// An empty, capped file system in memory.
pub(super) fn memory_file_system(at: &Path, bytes: u64, inodes: u64, mode: &str) -> io::Result<()> {
    let options = format!("size={bytes},nr_inodes={inodes},mode={mode}");
    Ok(mount(Some("tmpfs"), at, Some("tmpfs"), MsFlags::MS_NOSUID | MsFlags::MS_NODEV, Some(options.as_str()))?)
}

fn system() -> io::Result<()> {
    for name in SYSTEM {
        let host = Path::new(OLD_ROOT).join(name);
        let here = Path::new("/").join(name);
        match fs::symlink_metadata(&host) {
            Ok(entry) if entry.is_symlink() => symlink(fs::read_link(&host)?, &here)?,
            Ok(entry) if entry.is_dir() => bind(&host, &here, libc::MOUNT_ATTR_RDONLY | libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NODEV)?,
            _ => {}
        }
    }
    Ok(())
}

/// Shows `source` at `target`, which is made when missing, with `attributes` on every mount of it.
pub(super) fn bind(source: &Path, target: &Path, attributes: u64) -> io::Result<()> {
    if fs::metadata(source)?.is_dir() {
        fs::create_dir_all(target)?;
    } else {
        target.parent().map_or(Ok(()), fs::create_dir_all)?;
        if !target.exists() {
            fs::write(target, "")?;
        }
    }
    mount(Some(source), target, None::<&str>, MsFlags::MS_BIND | MsFlags::MS_REC, None::<&str>)?;
    sys::restrict_mount(&CString::new(target.as_os_str().as_bytes())?, true, attributes)
}

fn show_etc(owner: Owner) -> io::Result<()> {
    fs::create_dir("/etc")?;
    let host = Path::new(OLD_ROOT).join("etc");
    for name in etc_names(&host)? {
        show(&host.join(&name), &Path::new("/etc").join(&name))?;
    }
    for keys in KEYS.iter().map(Path::new).filter(|keys| keys.is_dir()) {
        memory_file_system(keys, 4096, 4, "0555")?;
    }
    etc::write(Path::new("/etc"), owner)
}

/// A link stays a link, a file is copied, a directory is bound; what the host does not have or hides from us is left out.
fn show(host: &Path, here: &Path) -> io::Result<()> {
    match fs::symlink_metadata(host) {
        Ok(entry) if entry.is_symlink() => symlink(fs::read_link(host)?, here),
        Ok(entry) if entry.is_dir() => bind(host, here, libc::MOUNT_ATTR_RDONLY | libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NODEV),
        Ok(_) => match fs::read(host) {
            Ok(content) => fs::write(here, content),
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
            Err(error) => Err(error),
        },
        Err(_) => Ok(()),
    }
}

fn devices(granted: &[PathBuf]) -> io::Result<()> {
    fs::create_dir("/dev")?;
    for name in DEVICES {
        device(&Path::new("/dev").join(name))?;
    }
    for path in granted {
        let named = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
        device(path).map_err(named)?;
    }
    for (name, target) in DEVICE_LINKS {
        symlink(target, Path::new("/dev").join(name))?;
    }
    fs::create_dir("/dev/pts")?;
    let flags = MsFlags::MS_NOSUID | MsFlags::MS_NOEXEC;
    // Pseudo terminals are a convenience: some containers refuse them.
    if mount(Some("devpts"), "/dev/pts", Some("devpts"), flags, Some("newinstance,ptmxmode=0666,mode=0620")).is_ok() {
        symlink("pts/ptmx", "/dev/ptmx")?;
    }
    SCRATCH.iter().try_for_each(|(path, _)| fs::create_dir(path))
}

/// Shows one device of the host at its own path.
fn device(path: &Path) -> io::Result<()> {
    let host = Path::new(OLD_ROOT).join(path.strip_prefix("/").unwrap_or(path));
    if !fs::metadata(&host)?.file_type().is_char_device() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no character device"));
    }
    path.parent().map_or(Ok(()), fs::create_dir_all)?;
    fs::write(path, "")?;
    Ok(mount(Some(&host), path, None::<&str>, MsFlags::MS_BIND, None::<&str>)?)
}

/// Puts everything that later resets need where only the holder sees it.
fn stage(spec: &JailSpec, sources: &Sources, owner: Owner) -> Result<Overlay, SandboxError> {
    let backstage = Path::new(BACKSTAGE);
    let from_host = |path: &Path| Path::new(OLD_ROOT).join(path.strip_prefix("/").unwrap_or(path));
    make_backstage(backstage).map_err(failed("make a backstage"))?;
    let mut layers = Vec::new();
    for (index, layer) in sources.layers.iter().enumerate() {
        let here = backstage.join(format!("layer{index}"));
        bind(&from_host(layer), &here, libc::MOUNT_ATTR_RDONLY | libc::MOUNT_ATTR_NODEV)
            .map_err(failed(format!("bind {}", layer.display())))?;
        layers.push(here);
    }
    let (mut binds, mut caches, mut lowers) = (Vec::new(), Vec::new(), Lowers::new(owner));
    for (index, (source, bind_spec)) in sources.binds.iter().zip(&spec.binds).enumerate() {
        let here = backstage.join(format!("bind{index}"));
        if let Access::Fleeting { env } = &bind_spec.access
            && lowers.put(&from_host(source), &here)
        {
            caches.push(Cache::new(index, here, bind_spec.target.clone(), env.clone()));
            continue;
        }
        let shown = bind_spec.clone().without_overlay();
        let attributes = attributes(&shown);
        bind(&from_host(source), &here, attributes).map_err(failed(format!("bind {}", source.display())))?;
        binds.push((here, shown.target, attributes));
    }
    let disk = sources.upper.as_ref().map(|upper| from_host(upper));
    Overlay::new(spec, Hosts { layers, binds, caches, disk }, owner)
}

fn attributes(bind: &Bind) -> u64 {
    let read_only = if bind.is_writable() { 0 } else { libc::MOUNT_ATTR_RDONLY };
    read_only | libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NODEV
}

fn make_backstage(backstage: &Path) -> io::Result<()> {
    fs::create_dir(backstage)?;
    memory_file_system(backstage, 1 << 20, 1024, "0700")
}

/// Gives a path to the candidates' user.
pub(super) fn give(path: &Path, owner: Owner) -> io::Result<()> {
    match owner {
        Some((user, group)) => Ok(nix::unistd::chown(path, Some(Uid::from_raw(user)), Some(Gid::from_raw(group)))?),
        None => Ok(()),
    }
}
