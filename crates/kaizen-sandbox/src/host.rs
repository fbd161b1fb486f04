//! What of this machine keeps a tier from working, and the line that mends it.

use crate::backend::Tier;
use crate::tool;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// What a machine says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    /// Whether the engine is root.
    pub is_root: bool,
    /// AppArmor takes the capabilities from new user namespaces of programs without a profile (Ubuntu 23.10 and later).
    pub apparmor_restricts: bool,
    /// The setting that forbids new user namespaces, where one does.
    pub forbidden_by: Option<&'static str>,
    /// It is a container, whose runtime filters system calls.
    pub is_container: bool,
    /// Whether the `bwrap` program is installed.
    pub has_bubblewrap: bool,
    /// What makes containers.
    pub containers: Containers,
    /// Whether the kernel has Landlock; `None` where it does not tell.
    pub has_landlock: Option<bool>,
    /// The first directory on the way to ours that another user cannot pass.
    pub barred: Option<PathBuf>,
}

impl Host {
    /// Reads the machine whose files lie below `root` (`/`); `scratch` is the launcher's directory.
    pub fn read(root: &Path, scratch: &Path) -> Self {
        let text = |path: &str| fs::read_to_string(root.join(path)).ok().map(|text| text.trim().to_owned());
        let is_zero = |path: &str| text(path).as_deref() == Some("0");
        let forbidden_by = [("proc/sys/user/max_user_namespaces", USERS), ("proc/sys/kernel/unprivileged_userns_clone", CLONES)];
        let barred = |directory: &&Path| fs::metadata(directory).is_ok_and(|found| found.permissions().mode() & 0o001 == 0);
        Self {
            is_root: nix::unistd::Uid::effective().is_root(),
            apparmor_restricts: text("proc/sys/kernel/apparmor_restrict_unprivileged_userns").as_deref() == Some("1"),
            forbidden_by: forbidden_by.into_iter().find_map(|(path, mend)| is_zero(path).then_some(mend)),
            is_container: [".dockerenv", "run/.containerenv", "run/systemd/container"].iter().any(|mark| root.join(mark).exists()),
            has_bubblewrap: tool::find(root, tool::BWRAP).is_some(),
            containers: Containers::read(root),
            has_landlock: text("sys/kernel/security/lsm").map(|modules| modules.split(',').any(|name| name == "landlock")),
            barred: scratch.ancestors().collect::<Vec<_>>().into_iter().rev().find(barred).map(Path::to_owned),
        }
    }

    /// The line that makes a tier work here.
    pub fn mend(&self, tier: Tier) -> String {
        match tier {
            Tier::Namespaces => self.allow_namespaces(),
            Tier::Bubblewrap => self.allow_bubblewrap(),
            Tier::Container => self.allow_container(),
            Tier::Landlock => self.allow_landlock(),
            Tier::None => "use a stronger tier".to_owned(),
        }
    }

    fn allow_namespaces(&self) -> String {
        match self.forbidden_by {
            Some(mend) if !self.is_root => return mend.to_owned(),
            _ => {}
        }
        if self.apparmor_restricts && !self.is_root {
            return "give kaizen an AppArmor profile that allows user namespaces: `kaizen doctor --apparmor` writes it and says how"
                .to_owned();
        }
        if self.is_container {
            let user = if self.is_root { "run kaizen as an ordinary user of the container (--user 1000:1000) and " } else { "" };
            return format!("{user}{CONTAINER}");
        }
        "use a kernel with user namespaces and overlayfs (Linux 5.11 or newer), and a file system for the cache that overlayfs can lie on \
         (KAIZEN_HOME names another place)"
            .to_owned()
    }

    fn allow_bubblewrap(&self) -> String {
        match &self.barred {
            Some(directory) if self.is_root => self.pass(directory),
            _ if !self.has_bubblewrap => "install it: sudo apt-get install bubblewrap".to_owned(),
            _ => format!("bwrap needs user namespaces too: {}", self.allow_namespaces()),
        }
    }

    fn allow_container(&self) -> String {
        match &self.barred {
            Some(directory) if self.is_root => self.pass(directory),
            _ if self.is_container => NESTED.to_owned(),
            _ => self.containers.mend(self.is_root),
        }
    }

    fn pass(&self, directory: &Path) -> String {
        format!(
            "candidates of root run as another user, who cannot pass {}: name a place that others may pass, such as KAIZEN_HOME=/var/lib/kaizen",
            directory.display()
        )
    }

    fn allow_landlock(&self) -> String {
        match (&self.barred, self.has_landlock) {
            (Some(directory), _) if self.is_root => self.pass(directory),
            (_, Some(true)) => "use a newer kernel: Landlock is there, and what it lacks is named above".to_owned(),
            _ => "use a kernel with Landlock: Linux 5.13 or newer with 'landlock' in the lsm= list".to_owned(),
        }
    }
}

const USERS: &str = "sudo sysctl -w user.max_user_namespaces=10000";
const CLONES: &str = "sudo sysctl -w kernel.unprivileged_userns_clone=1";
const CONTAINER: &str = "let the container make namespaces: --security-opt seccomp=unconfined --security-opt apparmor=unconfined, and \
     --security-opt systempaths=unconfined (Docker) or --security-opt unmask=ALL (Podman); or run kaizen outside of it";

const NESTED: &str = "run kaizen outside of this container: what the tools need to make another in it would take its walls away";

/// The container tools of a machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Containers {
    /// Whether Podman is installed.
    pub has_podman: bool,
    /// Whether an ordinary user's containers can have users: `newuidmap` is installed and the user has ids in `/etc/subuid`.
    pub has_users: bool,
    /// Whether Docker's client is installed.
    pub has_docker: bool,
    /// Whether the socket of Docker's daemon is there.
    pub has_daemon: bool,
}

impl Containers {
    fn read(root: &Path) -> Self {
        let found = |program| tool::find(root, program).is_some();
        let has_ids = |file: &str| fs::read_to_string(root.join(file)).is_ok_and(|table| names_user(&table, root));
        Self {
            has_podman: found(tool::PODMAN),
            has_users: found(tool::NEWUIDMAP) && has_ids("etc/subuid") && has_ids("etc/subgid"),
            has_docker: found(tool::DOCKER),
            has_daemon: ["run/docker.sock", "var/run/docker.sock"].iter().any(|socket| root.join(socket).exists()),
        }
    }

    fn mend(&self, is_root: bool) -> String {
        match (self.has_podman, self.has_docker) {
            (true, _) if !is_root && !self.has_users => "an ordinary user's podman needs ids of its own: sudo apt-get install uidmap && \
                 sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 $USER"
                .to_owned(),
            (true, _) => "make `podman run --network none` work for this user; installing runc (sudo apt-get install runc) mends it where \
                 crun does not know the machine's cgroups"
                .to_owned(),
            (false, true) if !self.has_daemon => "start Docker's daemon: sudo systemctl start docker".to_owned(),
            (false, true) if !is_root => "let this user use Docker: sudo usermod -aG docker $USER, then log in anew".to_owned(),
            (false, true) => "make `docker run --network none` work on this machine's own daemon".to_owned(),
            (false, false) => "install podman: sudo apt-get install podman runc uidmap".to_owned(),
        }
    }
}

/// Whether a table of subordinate ids has a line for this user, by name or number.
fn names_user(table: &str, root: &Path) -> bool {
    let number = nix::unistd::Uid::effective().to_string();
    let accounts = fs::read_to_string(root.join("etc/passwd")).unwrap_or_default();
    let name = accounts.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1) == Some(&number)).then(|| name.to_owned())
    });
    table.lines().filter_map(|line| line.split(':').next()).any(|user| user == number || Some(user) == name.as_deref())
}

/// An AppArmor profile that lets the program at `path` make user namespaces and restricts nothing else. It needs AppArmor 4.
pub fn apparmor_profile(path: &Path) -> String {
    format!(
        "abi <abi/4.0>,\ninclude <tunables/global>\n\nprofile kaizen \"{}\" flags=(unconfined) {{\n  userns,\n\n  include if exists <local/kaizen>\n}}\n",
        path.display()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(files: &[(&str, &str)]) -> Host {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let file = root.path().join(path);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        }
        Host { is_root: false, ..Host::read(root.path(), Path::new("/")) }
    }

    #[test]
    fn each_cause_has_its_own_mend() {
        let apparmor = ("proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1\n");
        for (files, expected) in [
            (&[apparmor][..], "kaizen doctor --apparmor"),
            (&[("proc/sys/user/max_user_namespaces", "0\n"), apparmor], "user.max_user_namespaces=10000"),
            (&[("proc/sys/kernel/unprivileged_userns_clone", "0\n")], "kernel.unprivileged_userns_clone=1"),
            (&[(".dockerenv", "")], "--security-opt seccomp=unconfined"),
            (&[("proc/sys/kernel/apparmor_restrict_unprivileged_userns", "0\n")], "overlayfs"),
        ] {
            let mend = machine(files).mend(Tier::Namespaces);
            assert!(mend.contains(expected), "{files:?} {mend}");
        }
        let contained = Host { is_root: true, ..machine(&[(".dockerenv", "")]) };
        assert!(contained.mend(Tier::Namespaces).contains("--user 1000:1000"), "root of a container may make no namespaces either");
        let root = Host { is_root: true, ..machine(&[apparmor]) };
        assert!(!root.mend(Tier::Namespaces).contains("apparmor"), "AppArmor does not restrict root");
    }

    #[test]
    fn containers_lack_a_tool_a_daemon_or_ids() {
        let (podman, docker, ids) = (("usr/bin/podman", ""), ("usr/bin/docker", ""), ("usr/bin/newuidmap", ""));
        let number = nix::unistd::Uid::effective();
        let table = format!("{number}:100000:65536\n");
        for (files, expected) in [
            (&[][..], "apt-get install podman"),
            (&[docker], "systemctl start docker"),
            (&[docker, ("run/docker.sock", "")], "usermod -aG docker"),
            (&[podman], "apt-get install uidmap"),
            (&[podman, docker, ids], "usermod --add-subuids"),
            (&[podman, ids, ("etc/subuid", &table), ("etc/subgid", &table)], "installing runc"),
            (&[podman, ("run/.containerenv", "")], "outside of this container"),
        ] {
            let mend = machine(files).mend(Tier::Container);
            assert!(mend.contains(expected), "{files:?} {mend}");
        }
    }

    #[test]
    fn landlock_lacks_a_kernel_a_module_or_a_way_to_our_directory() {
        assert!(machine(&[("sys/kernel/security/lsm", "lockdown,yama")]).mend(Tier::Landlock).contains("lsm="));
        assert!(machine(&[("sys/kernel/security/lsm", "lockdown,landlock")]).mend(Tier::Landlock).contains("newer kernel"));
        let scratch = tempfile::tempdir().unwrap();
        fs::set_permissions(scratch.path(), fs::Permissions::from_mode(0o700)).unwrap();
        let below = scratch.path().join("below");
        fs::create_dir(&below).unwrap();
        let host = Host { is_root: true, ..Host::read(Path::new("/"), &below) };
        let mend = host.mend(Tier::Landlock);
        assert!(mend.contains(&scratch.path().display().to_string()) && mend.contains("KAIZEN_HOME"), "{mend}");
    }
}
