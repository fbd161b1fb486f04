//! Where this process stands in the cgroup hierarchies, read from the kernel's two tables. Pure.

use std::path::{Path, PathBuf};

/// The directories of this process' own cgroups; `None` where a hierarchy is not mounted or not within view.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Own {
    /// Version 2, with whatever controllers it has.
    pub(super) unified: Option<PathBuf>,
    /// Version 1.
    pub(super) memory: Option<PathBuf>,
    /// Version 1.
    pub(super) pids: Option<PathBuf>,
}

/// Reads `/proc/self/cgroup` and `/proc/self/mountinfo`.
pub(super) fn own(memberships: &str, mountinfo: &str) -> Own {
    let mounts: Vec<Mount> = mountinfo.lines().filter_map(mount).collect();
    Own {
        unified: unified(memberships, &mounts),
        memory: legacy("memory", memberships, &mounts),
        pids: legacy("pids", memberships, &mounts),
    }
}

/// A mounted hierarchy.
struct Mount {
    /// Its cgroup that is the top of the mount.
    top: PathBuf,
    at: PathBuf,
    version: u8,
    controllers: Vec<String>,
}

fn mount(line: &str) -> Option<Mount> {
    let (before, after) = line.split_once(" - ")?;
    let mut before = before.split(' ').skip(3);
    let (top, at) = (unescaped(before.next()?), unescaped(before.next()?));
    let mut after = after.split(' ');
    let version = match after.next()? {
        "cgroup" => 1,
        "cgroup2" => 2,
        _ => return None,
    };
    let controllers = after.nth(1)?.split(',').map(str::to_owned).collect();
    Some(Mount { top, at, version, controllers })
}

/// The kernel writes space, tab, newline and backslash as three octal digits.
fn unescaped(field: &str) -> PathBuf {
    let pairs = [("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")];
    pairs.iter().fold(field.to_owned(), |text, (code, character)| text.replace(code, character)).into()
}

fn unified(memberships: &str, mounts: &[Mount]) -> Option<PathBuf> {
    let path = memberships.lines().find_map(|line| line.strip_prefix("0::"))?;
    mounts.iter().filter(|mount| mount.version == 2).find_map(|mount| within(mount, path))
}

fn legacy(controller: &str, memberships: &str, mounts: &[Mount]) -> Option<PathBuf> {
    let path = memberships.lines().find_map(|line| {
        let mut fields = line.splitn(3, ':').skip(1);
        fields.next()?.split(',').any(|name| name == controller).then(|| fields.next())?
    })?;
    let fits = |mount: &&Mount| mount.version == 1 && mount.controllers.iter().any(|name| name == controller);
    mounts.iter().filter(fits).find_map(|mount| within(mount, path))
}

/// A path that leads out of the cgroup namespace begins with `/..`; it has no directory for us.
fn within(mount: &Mount, path: &str) -> Option<PathBuf> {
    let below = Path::new(path).strip_prefix(&mount.top).ok()?;
    let outside = below.components().any(|part| matches!(part, std::path::Component::ParentDir));
    (!outside).then(|| if below.as_os_str().is_empty() { mount.at.clone() } else { mount.at.join(below) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hybrid_machine_has_version_one_directories_and_an_empty_unified_one() {
        let memberships = "9:name=systemd:/\n8:pids:/\n4:memory:/session/one\n1:cpu,cpuacct:/\n0::/\n";
        let mountinfo = "31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755\n\
            35 31 0:32 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory\n\
            39 31 0:36 / /sys/fs/cgroup/pids rw,relatime - cgroup cgroup rw,pids\n\
            41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw,nsdelegate\n";
        let expected = Own {
            unified: Some("/sys/fs/cgroup/unified".into()),
            memory: Some("/sys/fs/cgroup/memory/session/one".into()),
            pids: Some("/sys/fs/cgroup/pids".into()),
        };
        assert_eq!(own(memberships, mountinfo), expected);
    }

    #[test]
    fn a_user_session_stands_deep_in_the_unified_hierarchy() {
        let memberships = "0::/user.slice/user-1000.slice/user@1000.service/app.slice/vte-spawn-7.scope\n";
        let mountinfo = "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot\n";
        let here = "/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/app.slice/vte-spawn-7.scope";
        assert_eq!(own(memberships, mountinfo), Own { unified: Some(here.into()), memory: None, pids: None });
    }

    #[test]
    fn a_containers_mount_shows_its_own_cgroup_at_the_top() {
        let memberships = "5:memory:/docker/abc/inner\n4:pids:/docker/abcdef\n";
        let mountinfo = "35 31 0:32 /docker/abc /sys/fs/my\\040cgroups/memory ro,relatime - cgroup cgroup rw,memory\n\
            36 31 0:33 /docker/abc /sys/fs/cgroup/pids ro,relatime - cgroup cgroup rw,pids\n";
        let expected = Own { unified: None, memory: Some("/sys/fs/my cgroups/memory/inner".into()), pids: None };
        assert_eq!(own(memberships, mountinfo), expected);
    }

    #[test]
    fn a_cgroup_outside_the_namespace_has_no_directory() {
        let mountinfo = "30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n";
        assert_eq!(own("0::/../other\n", mountinfo).unified, None);
        assert_eq!(own("", mountinfo).unified, None);
    }
}
