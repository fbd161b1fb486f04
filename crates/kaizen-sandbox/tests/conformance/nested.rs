//! The engine inside a container of its own, with what Podman gives it by default and with the options that the mend names.
//!
//! The suite's own program runs there again; see [`the_inside_of_a_container`].

use crate::site::{Setting, Site, command, ran, text};
use kaizen_sandbox::backend::{Tier, best};
use kaizen_sandbox::probe::probe;
use kaizen_sandbox::run::Ended;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

const INSIDE: &str = "KAIZEN_CONFORMANCE_INSIDE";
const ORDINARY: &str = "1000:1000";

/// Not a test by itself: what the next ones run in a container.
#[test]
fn the_inside_of_a_container() {
    if std::env::var_os(INSIDE).is_none() {
        return;
    }
    let is_root = nix::unistd::Uid::effective().is_root();
    // The tier of a site says nothing here: the best is taken.
    let site = Site::new(Setting { tier: Tier::Landlock, root: is_root });
    for probe in probe(&site.launcher).into_iter().filter(|probe| !probe.works) {
        println!("refused={} because {} mend: {}", probe.tier, probe.detail, probe.mend.unwrap());
    }
    let backend = best(&site.launcher).map_err(|refused| format!("{refused:?}")).unwrap();
    let mut jail = backend.open(&site.spec(), site.interrupt.clone()).unwrap();
    assert_eq!(ran(jail.as_mut(), &command(&["true"])).ended, Ended::Exit(0));
    jail.close().unwrap();
    println!("taken={}", backend.tier());
}

/// What the suite says in a container that Podman makes with these options; `None` where this user's Podman is not to be tried.
fn inside(options: &[&str]) -> Option<String> {
    if !nix::unistd::Uid::effective().is_root() {
        eprintln!("not tried: only root's containers are known to work");
        return None;
    }
    let home = tempfile::TempDir::new().unwrap();
    let at = |name: &str| home.path().join(name);
    for directory in ["root/tmp", "root/etc", "root/var/tmp"] {
        std::fs::create_dir_all(at(directory)).unwrap();
    }
    // runc gives what it mounts in memory the mode of the place.
    std::fs::set_permissions(at("root/tmp"), std::fs::Permissions::from_mode(0o1777)).unwrap();
    std::fs::write(at("root/etc/passwd"), "root:x:0:0::/tmp:/bin/sh\nordinary:x:1000:1000::/tmp:/bin/sh\n").unwrap();
    let mut podman = Command::new("podman");
    // Its usual locks are shared with the user's own containers.
    std::fs::write(at("containers.conf"), "[engine]\nlock_type = \"file\"\n").unwrap();
    podman.env("CONTAINERS_CONF", at("containers.conf"));
    podman.arg("--root").arg(at("store")).arg("--runroot").arg(at("run")).arg("--tmpdir").arg(at("state"));
    podman.args(["--storage-driver", "vfs", "--cgroup-manager", "cgroupfs", "--events-backend", "none"]);
    if Path::new("/usr/sbin/runc").exists() {
        podman.args(["--runtime", "/usr/sbin/runc"]);
    }
    podman.args(["run", "--rm", "--network", "none", "--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024"]);
    podman.args(["--tmpfs", "/tmp:rw,exec", "-e", &format!("{INSIDE}=yes")]).args(options);
    for (from, to) in [("/usr", "/usr"), ("/usr/bin", "/bin"), ("/usr/sbin", "/sbin"), ("/usr/lib", "/lib"), ("/usr/lib64", "/lib64")] {
        podman.args(["-v", &format!("{from}:{to}:ro")]);
    }
    let suite = std::env::current_exe().unwrap();
    for program in [suite.to_str().unwrap(), env!("CARGO_BIN_EXE_kaizen-jail")] {
        podman.args(["--mount", &format!("type=bind,src={program},dst=/programs{program},readonly")]);
    }
    podman.args(["-e", "KAIZEN_CONFORMANCE_PROGRAMS=/programs", "--rootfs"]).arg(at("root"));
    podman.arg(format!("/programs{}", suite.display())).args(["--exact", "nested::the_inside_of_a_container", "--nocapture"]);
    let output = podman.output().unwrap_or_else(|error| panic!("podman could not be started ({error}): cargo xtask install"));
    let said = text(&output.stdout) + &text(&output.stderr);
    assert!(output.status.success(), "{said}");
    Some(said)
}

#[test]
fn a_container_with_podmans_own_walls_gets_the_landlock_tier_and_the_mend_for_more() {
    for user in ["0:0", ORDINARY] {
        let Some(said) = inside(&["--user", user]) else { return };
        assert!(said.contains("taken=landlock\n"), "{user} {said}");
        for tier in ["namespaces", "bubblewrap", "container"] {
            assert!(said.contains(&format!("refused={tier} because the sandbox could not ")), "{user} {said}");
        }
        assert!(said.contains("--security-opt seccomp=unconfined"), "{user} {said}");
        assert_eq!(said.contains("--user 1000:1000"), user == "0:0", "{user} {said}");
    }
}

#[test]
fn a_container_with_the_options_of_the_mend_gets_the_namespaces_tier() {
    let options = ["--user", ORDINARY, "--security-opt", "seccomp=unconfined", "--security-opt", "unmask=ALL"];
    let Some(said) = inside(&options) else { return };
    assert!(said.contains("taken=namespaces\n") && !said.contains("refused=namespaces"), "{said}");
}
