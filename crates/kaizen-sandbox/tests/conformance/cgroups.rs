//! What the kernel caps for whole jails, where this machine lets us have cgroups, and what is said where it does not.

use crate::site::{Setting, Site, python, ran, said, settings, shell, text};
use crate::survivors::{holder_of, marked, marker, wait_until};
use kaizen_sandbox::backend::Tier;
use kaizen_sandbox::caps::CapKind;
use kaizen_sandbox::policy::{JailSpec, Upper};
use kaizen_sandbox::probe::probe_tier;
use kaizen_sandbox::run::Ended;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs;
use std::path::{Path, PathBuf};

const WALLS: [Tier; 4] = [Tier::Namespaces, Tier::Bubblewrap, Tier::Container, Tier::Landlock];
const ALL: [Tier; 5] = [Tier::Namespaces, Tier::Bubblewrap, Tier::Container, Tier::Landlock, Tier::None];

/// The settings of these tiers whose jails have cgroups.
fn counted(tiers: &[Tier]) -> Vec<Setting> {
    settings(tiers).into_iter().filter(|setting| Site::new(*setting).jail().caps().kind != CapKind::Polled).collect()
}

/// A jail that may hold 64 MiB, its files among them.
fn tight(site: &Site) -> JailSpec {
    let mut spec = site.spec();
    spec.limits.memory = 60 << 20;
    spec.upper = Upper::Memory { bytes: 4 << 20, inodes: 64 };
    spec
}

/// The directory of this process' own cgroup with the memory controller of version 1, where machines usually have it.
fn own_memory_cgroup() -> Option<PathBuf> {
    let table = fs::read_to_string("/proc/self/cgroup").unwrap();
    let path = table.lines().find_map(|line| line.split_once(":memory:"))?.1;
    let directory = PathBuf::from(format!("/sys/fs/cgroup/memory{path}"));
    directory.is_dir().then_some(directory)
}

/// The cgroups of a holder, in every hierarchy.
fn cgroups_of(holder: i32) -> Vec<PathBuf> {
    let prefix = format!("kaizen-{holder}-");
    let (mut found, mut next) = (Vec::new(), vec![PathBuf::from("/sys/fs/cgroup")]);
    while let Some(directory) = next.pop() {
        // Cgroups of others come and go.
        for entry in fs::read_dir(&directory).into_iter().flatten().flatten() {
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                next.push(entry.path());
                if entry.file_name().to_string_lossy().starts_with(&prefix) {
                    found.push(entry.path());
                }
            }
        }
    }
    found
}

#[test]
fn root_gets_cgroups_where_it_can_make_them_by_hand() {
    let Some(own) = own_memory_cgroup() else { return };
    let by_hand = own.join(format!("by-hand-{}", std::process::id()));
    if fs::create_dir(&by_hand).is_err() {
        return;
    }
    fs::remove_dir(by_hand).unwrap();
    for setting in settings(&ALL).into_iter().filter(|setting| setting.root) {
        let site = Site::new(setting);
        let caps = site.jail().caps().clone();
        assert_ne!(caps.kind, CapKind::Polled, "{setting:?} {caps}");
        assert!(caps.detail.starts_with("the kernel caps memory and processes"), "{setting:?} {caps}");
    }
}

#[test]
fn a_jail_without_cgroups_says_that_memory_is_polled_and_why() {
    for setting in settings(&WALLS) {
        let site = Site::new(setting);
        let caps = site.jail().caps().clone();
        let why = caps.detail.split_once("there is no cgroup: ").map(|(_, why)| why);
        assert_eq!(why.is_some_and(|why| why.len() > 10), caps.kind == CapKind::Polled, "{setting:?} {caps}");
        let probe = probe_tier(&site.launcher, setting.tier);
        assert_eq!(probe.caps.as_ref(), Some(&caps), "{setting:?}");
        assert!(probe.detail.ends_with(&format!("memory and processes: {caps}")), "{setting:?} {}", probe.detail);
    }
}

#[test]
fn a_burst_between_two_looks_at_the_memory_does_not_get_through() {
    for setting in counted(&ALL) {
        let site = Site::new(setting);
        let burst = "held = b'x' * (3 << 30)";
        let report = ran(site.open(&tight(&site)).as_mut(), &python(burst));
        assert_eq!(report.ended, Ended::OutOfMemory, "{setting:?} {report:?}");
        assert!(report.max_rss < 80 << 20, "{setting:?} {}", report.max_rss);
    }
}

#[test]
fn a_run_whose_child_had_no_memory_left_is_out_of_memory_even_if_it_goes_on() {
    let program = "
import os
child = os.fork()
if child == 0:
    held = b'x' * (200 << 20)
    os._exit(0)
os.waitpid(child, 0)
print('went on')
";
    for setting in counted(&ALL) {
        let site = Site::new(setting);
        let mut jail = site.open(&tight(&site));
        assert_eq!(ran(jail.as_mut(), &python(program)).ended, Ended::OutOfMemory, "{setting:?}");
        assert_eq!(ran(jail.as_mut(), &python("print('next')")).ended, Ended::Exit(0), "{setting:?}");
    }
}

#[test]
fn files_in_the_workspace_do_not_take_the_candidates_memory() {
    for setting in counted(&[Tier::Namespaces]) {
        let site = Site::new(setting);
        let mut spec = site.spec();
        (spec.limits.memory, spec.upper) = (60 << 20, Upper::Memory { bytes: 100 << 20, inodes: 64 });
        let mut jail = site.open(&spec);
        for _ in 0..2 {
            assert_eq!(ran(jail.as_mut(), &shell("head -c 95000000 /dev/zero > big")).ended, Ended::Exit(0), "{setting:?}");
            let report = ran(jail.as_mut(), &python("held = b'x' * (30 << 20)"));
            assert_eq!(report.ended, Ended::Exit(0), "{setting:?} {report:?}");
            jail.reset().unwrap();
        }
    }
}

#[test]
fn a_fork_bomb_is_capped_even_for_a_candidate_that_no_user_limit_holds() {
    let program = "
import os, time
count = 1
try:
    while count < 2000:
        if os.fork() == 0: time.sleep(60)
        count += 1
except OSError: pass
print(count)
";
    for setting in counted(&ALL) {
        let site = Site::new(setting);
        let report = ran(site.jail().as_mut(), &python(program));
        let count: u64 = text(&report.stdout).trim().parse().unwrap();
        // Where the user's limit holds too, it counts our own processes in and is reached first.
        assert!((10..=64).contains(&count), "{setting:?} {count}");
    }
}

#[test]
fn no_cgroup_is_left_after_closing_dropping_and_failing() {
    for setting in counted(&ALL) {
        let site = Site::new(setting);
        let mut jail = site.jail();
        let holder = holder_of(&site);
        assert_ne!(cgroups_of(holder), Vec::<PathBuf>::new(), "{setting:?}");
        assert_eq!(ran(jail.as_mut(), &shell("(setsid sleep 60 &); exit 3")).ended, Ended::Exit(3), "{setting:?}");
        for group in cgroups_of(holder) {
            assert_eq!(fs::read_to_string(group.join("cgroup.procs")).unwrap(), "", "{setting:?}");
        }
        jail.close().unwrap();
        assert_eq!(cgroups_of(holder), Vec::<PathBuf>::new(), "{setting:?}");
        let jail = site.jail();
        let holder = holder_of(&site);
        drop(jail);
        assert_eq!(cgroups_of(holder), Vec::<PathBuf>::new(), "{setting:?}");
    }
}

#[test]
fn what_a_killed_holder_leaves_is_ended_and_removed_at_the_next_opening() {
    for setting in counted(&ALL) {
        let site = Site::new(setting);
        let mark = marker(setting, 5);
        let mut jail = site.jail();
        let holder = holder_of(&site);
        let script = format!("(setsid sleep {mark} >/dev/null 2>&1 &); sleep {mark}");
        let running = std::thread::spawn(move || jail.run(&shell(&script)).is_err());
        wait_until("the candidate and its daemon run", || marked(&mark).len() >= 3);
        kill(Pid::from_raw(holder), Signal::SIGKILL).unwrap();
        assert!(running.join().unwrap(), "{setting:?}");
        wait_until("nothing is left", || {
            drop(site.jail());
            cgroups_of(holder).is_empty() && marked(&mark).is_empty()
        });
    }
}

#[test]
fn a_candidate_sees_no_cgroup_file_system_and_no_name_of_its_cgroup() {
    let program = "
import os
for place in ['/sys/fs/cgroup', '/sys/fs/cgroup/memory', '/sys/fs/cgroup/pids', '/sys/fs/cgroup/unified']:
    try: print('sees', place, os.listdir(place))
    except OSError: pass
print('done')
";
    for setting in settings(&WALLS) {
        let site = Site::new(setting);
        let mut jail = site.jail();
        assert_eq!(text(&ran(jail.as_mut(), &python(program)).stdout), "done\n", "{setting:?}");
        if setting.tier == Tier::Namespaces {
            assert_eq!(
                said(jail.as_mut(), "grep cgroup /proc/self/mountinfo; cut -d: -f3 /proc/self/cgroup | sort -u"),
                "/\n",
                "{setting:?}"
            );
        }
    }
    assert!(Path::new("/sys/fs/cgroup").exists());
}
