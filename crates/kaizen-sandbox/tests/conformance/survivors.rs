//! Nothing outlives its run, its jail or its engine.

use crate::site::{Setting, Site, ran, script, settings, shell, text};
use kaizen_sandbox::backend::Tier;
use kaizen_sandbox::run::Ended;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const ALL: [Tier; 5] = [Tier::Namespaces, Tier::Bubblewrap, Tier::Container, Tier::Landlock, Tier::None];
const ENGINE: &str = "KAIZEN_CONFORMANCE_ENGINE";

/// Host processes whose command line holds the marker.
pub(crate) fn marked(marker: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").unwrap() {
        let path = entry.unwrap().path().join("cmdline");
        if let Ok(line) = fs::read(&path)
            && text(&line).contains(marker)
        {
            found.push(text(&line));
        }
    }
    found
}

/// The process id of a site's holder.
pub(crate) fn holder_of(site: &Site) -> i32 {
    let program = site.home.path().join("holder").display().to_string();
    let is_holder = |pid: &i32| fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|line| text(&line).starts_with(&program));
    let pids = fs::read_dir("/proc").unwrap().filter_map(|entry| entry.unwrap().file_name().to_str()?.parse().ok());
    // The first that a copying tier starts for a run has the same command line.
    pids.filter(is_holder).min().unwrap()
}

#[test]
fn the_holder_itself_has_none_of_the_engines_environment() {
    for setting in settings(&ALL) {
        let site = Site::new(setting);
        let holder = site.home.path().join("holder").display().to_string();
        let jail = site.jail();
        let mut pids = fs::read_dir("/proc").unwrap().map(|entry| entry.unwrap().path());
        let of_holder = |path: &std::path::PathBuf| fs::read(path.join("cmdline")).is_ok_and(|line| text(&line).contains(&holder));
        let path = pids.find(of_holder).unwrap().join("environ");
        assert!(!text(&fs::read(path).unwrap()).contains("CARGO"), "{setting:?}");
        drop(jail);
    }
}

#[test]
fn the_standard_streams_of_a_holder_are_open_and_lead_nowhere() {
    for setting in settings(&ALL) {
        let site = Site::new(setting);
        let jail = site.jail();
        let streams = format!("/proc/{}/fd", holder_of(&site));
        for number in 0..3 {
            assert_eq!(fs::read_link(format!("{streams}/{number}")).unwrap().to_str(), Some("/dev/null"), "{setting:?} {number}");
        }
        drop(jail);
    }
}

/// A number of seconds to sleep that no other process has on its command line.
pub(crate) fn marker(setting: Setting, number: u32) -> String {
    format!("7{}{}{}{number}", std::process::id(), setting.tier as u8, u8::from(setting.root))
}

#[test]
fn daemons_that_leave_session_and_parent_are_gone_when_the_run_is() {
    for setting in settings(&ALL) {
        let site = Site::new(setting);
        let mut jail = site.jail();
        let mark = marker(setting, 1);
        let daemons = format!("(setsid sleep {mark} >/dev/null 2>&1 &); setsid sh -c 'trap \"\" TERM HUP; sleep {mark} & sleep {mark}' & ");
        let waiting = format!("{daemons} sleep {mark}");
        let mut spec = shell(&waiting);
        spec.wall = Duration::from_millis(400);
        assert_eq!(ran(jail.as_mut(), &spec).ended, Ended::TimedOut, "{setting:?}");
        assert_eq!(marked(&mark), Vec::<String>::new(), "{setting:?}");
        let leaving = format!("{daemons} sleep 0.2; pgrep -c sleep; exit 3");
        assert_eq!(ran(jail.as_mut(), &shell(&leaving)).ended, Ended::Exit(3), "{setting:?}");
        assert_eq!(marked(&mark), Vec::<String>::new(), "{setting:?}");
        jail.close().unwrap();
    }
}

#[test]
fn closing_and_dropping_end_the_holder() {
    for setting in settings(&ALL) {
        let site = Site::new(setting);
        let holder = site.home.path().join("holder").display().to_string();
        let mut jail = site.jail();
        ran(jail.as_mut(), &shell("true"));
        // A container tool is told where the program is, and so names it too.
        assert_eq!(marked(&holder).iter().filter(|line| line.starts_with(&holder)).count(), 1, "{setting:?}");
        jail.close().unwrap();
        assert_eq!(marked(&holder), Vec::<String>::new(), "{setting:?}");
        drop(site.jail());
        assert_eq!(marked(&holder), Vec::<String>::new(), "{setting:?}");
        assert_eq!(fs::read_dir(&site.launcher.scratch).unwrap().count(), 0, "{setting:?}");
    }
}

/// Not a test by itself: the engine that the next test kills.
#[test]
fn an_engine_to_be_killed_runs_until_it_is() {
    let Ok(wanted) = std::env::var(ENGINE) else { return };
    let setting = settings(&ALL).into_iter().find(|setting| format!("{setting:?}") == wanted).unwrap();
    let site = Site::new(setting);
    let mut jail = site.jail();
    println!("site={}", site.home.path().display());
    let mark = marker(setting, 2);
    println!("mark={mark}");
    ran(jail.as_mut(), &shell(&format!("(setsid sleep {mark} &) ; echo x > running; sleep {mark}")));
}

#[test]
fn killing_the_engine_leaves_no_process_and_no_mount() {
    for setting in settings(&ALL) {
        let mut engine = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "survivors::an_engine_to_be_killed_runs_until_it_is", "--nocapture"])
            .env(ENGINE, format!("{setting:?}"))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(engine.stdout.take().unwrap()).lines();
        let mut value = |name: &str| lines.by_ref().map(Result::unwrap).find_map(|line| Some(line.split_once(name)?.1.to_owned())).unwrap();
        let (home, mark) = (value("site="), value("mark="));
        wait_until("both sleeps run", || marked(&mark).len() >= 2);
        engine.kill().unwrap();
        engine.wait().unwrap();
        wait_until("everything is gone", || marked(&mark).is_empty() && marked(&home).is_empty());
        assert!(!fs::read_to_string("/proc/self/mountinfo").unwrap().contains(&home), "{setting:?}");
        fs::remove_dir_all(&home).unwrap();
    }
}

/// The first process of a holder's container: it hangs below the holder, which adopts what the tool leaves.
fn deputy_of(holder: i32) -> i32 {
    let parent = |pid: i32| -> Option<i32> {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        status.lines().find_map(|line| line.strip_prefix("PPid:")?.trim().parse().ok())
    };
    let is_below = |pid: &i32| std::iter::successors(Some(*pid), |pid| parent(*pid)).any(|above| above == holder);
    let is_deputy = |pid: &i32| fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|line| text(&line).starts_with("/.kaizen\0"));
    let pids = fs::read_dir("/proc").unwrap().filter_map(|entry| entry.unwrap().file_name().to_str()?.parse().ok());
    pids.filter(is_deputy).find(is_below).unwrap()
}

#[test]
fn a_container_that_ends_by_itself_is_an_error_and_the_next_run_has_another() {
    for setting in settings(&[Tier::Container]) {
        let site = Site::new(setting);
        let mut jail = site.jail();
        ran(jail.as_mut(), &shell("echo kept > file"));
        let mark = marker(setting, 6);
        let (holder, seconds) = (holder_of(&site), mark.clone());
        let killing = std::thread::spawn(move || {
            wait_until("the command runs", || !marked(&seconds).is_empty());
            kill(Pid::from_raw(deputy_of(holder)), Signal::SIGKILL).unwrap();
        });
        let refused = jail.run(&shell(&format!("sleep {mark}"))).unwrap_err().to_string();
        assert!(refused.contains("container"), "{setting:?} {refused}");
        killing.join().unwrap();
        assert_eq!(marked(&mark), Vec::<String>::new(), "{setting:?}");
        assert_eq!(text(&ran(jail.as_mut(), &shell("cat file")).stdout), "kept\n", "{setting:?}");
        jail.close().unwrap();
    }
}

pub(crate) fn wait_until(what: &str, holds: impl Fn() -> bool) {
    let until = Instant::now() + Duration::from_secs(20);
    while !holds() {
        assert!(Instant::now() < until, "waited too long until {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A terminal's interrupt reaches a holder that has not yet left the engine's process group.
#[test]
fn a_holder_that_an_interrupt_ended_before_it_began_is_started_again() {
    for setting in settings(&ALL) {
        let mut site = Site::new(setting);
        let (mark, holder) = (site.home.path().join("scratch/begun"), &site.launcher.helper);
        let (mark, holder) = (mark.display(), holder.display());
        let text = format!("[ -e {mark} ] && exec {holder} \"$@\"\n: > {mark}\nkill -s INT $$\n");
        site.launcher.helper = script(site.home.path(), "cut", &text);
        assert_eq!(ran(site.jail().as_mut(), &shell("exit 3")).ended, Ended::Exit(3), "{setting:?}");
    }
}
