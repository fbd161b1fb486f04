//! How runs end and what they say.

use crate::site::{Site, command, ran, settings, shell, text};
use crate::survivors::{marked, marker, wait_until};
use kaizen_sandbox::backend::Tier;
use kaizen_sandbox::error::SandboxError;
use kaizen_sandbox::run::Ended;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

const ALL: [Tier; 5] = [Tier::Namespaces, Tier::Bubblewrap, Tier::Container, Tier::Landlock, Tier::None];

#[test]
fn exit_codes_signals_and_missing_programs_are_reported() {
    for setting in settings(&ALL) {
        let site = Site::new(setting);
        let mut jail = site.jail();
        assert_eq!(ran(jail.as_mut(), &command(&["true"])).ended, Ended::Exit(0), "{setting:?}");
        assert_eq!(ran(jail.as_mut(), &shell("exit 42")).ended, Ended::Exit(42), "{setting:?}");
        assert_eq!(ran(jail.as_mut(), &shell("kill -9 $$")).ended, Ended::Signal(9), "{setting:?}");
        assert_eq!(ran(jail.as_mut(), &shell("kill -PIPE $$")).ended, Ended::Signal(13), "{setting:?}");
        let missing = ran(jail.as_mut(), &command(&["no-such-program"]));
        let why = "cannot execute 'no-such-program': No such file or directory".to_owned();
        assert_eq!(missing.ended, Ended::NotStarted(why), "{setting:?}");
        assert!(matches!(ran(jail.as_mut(), &command(&["./README"])).ended, Ended::NotStarted(_)), "{setting:?}");
    }
}

#[test]
fn output_keeps_its_bytes_and_the_two_streams_apart_unless_merged() {
    for setting in settings(&ALL) {
        let site = Site::new(setting);
        let mut jail = site.jail();
        let mut spec = shell("printf 'a\\377\\000b'; printf err >&2; printf c");
        let report = ran(jail.as_mut(), &spec);
        assert_eq!((report.stdout.as_slice(), report.stderr.as_slice()), (&b"a\xff\0bc"[..], &b"err"[..]), "{setting:?}");
        spec.merge_output = true;
        let report = ran(jail.as_mut(), &spec);
        assert_eq!((report.stdout.as_slice(), report.stderr.as_slice()), (&b"a\xff\0berrc"[..], &b""[..]), "{setting:?}");
    }
}

#[test]
fn a_command_reads_its_stdin_and_nothing_when_there_is_none() {
    for setting in settings(&ALL) {
        let site = Site::new(setting);
        let mut jail = site.jail();
        let mut count = command(&["wc", "-c"]);
        count.stdin = vec![0xff; 300_000];
        assert_eq!(text(&ran(jail.as_mut(), &count).stdout).trim(), "300000", "{setting:?}");
        count.stdin.clear();
        assert_eq!(text(&ran(jail.as_mut(), &count).stdout).trim(), "0", "{setting:?}");
        let mut deaf = command(&["true"]);
        deaf.stdin = vec![0; 300_000];
        assert_eq!(ran(jail.as_mut(), &deaf).ended, Ended::Exit(0), "{setting:?}");
    }
}

#[test]
fn directory_and_environment_are_as_the_spec_says() {
    for setting in settings(&ALL) {
        let site = Site::new(setting);
        let mut jail = site.jail();
        let mut spec = shell("pwd; echo $ADDED; echo $PATH");
        spec.cwd = PathBuf::from("src");
        spec.env = vec![("ADDED".into(), "yes".into()), ("PATH".into(), "/usr/bin:/bin".into())];
        let expected = format!("{}/src\nyes\n/usr/bin:/bin\n", jail.root().display());
        assert_eq!(text(&ran(jail.as_mut(), &spec).stdout), expected, "{setting:?}");
        spec.cwd = PathBuf::from("../..");
        assert!(matches!(jail.run(&spec), Err(SandboxError::Outside(_))), "{setting:?}");
        spec.cwd = PathBuf::from("nowhere");
        assert!(matches!(ran(jail.as_mut(), &spec).ended, Ended::NotStarted(_)), "{setting:?}");
    }
}

#[test]
fn an_interrupt_ends_a_run_at_once_and_keeps_the_jail() {
    for setting in settings(&ALL) {
        let site = Site::new(setting);
        let mut jail = site.jail();
        let flag = site.interrupt.clone();
        let seconds = marker(setting, 9);
        let spec = command(&["sleep", &seconds]);
        let raiser = std::thread::spawn(move || {
            wait_until("the command runs", || !marked(&seconds).is_empty());
            flag.store(true, Ordering::Relaxed);
        });
        assert_eq!(ran(jail.as_mut(), &spec).ended, Ended::Interrupted, "{setting:?}");
        raiser.join().unwrap();
        assert_eq!(ran(jail.as_mut(), &command(&["true"])).ended, Ended::Interrupted, "{setting:?}");
        site.interrupt.store(false, Ordering::Relaxed);
        assert_eq!(ran(jail.as_mut(), &command(&["true"])).ended, Ended::Exit(0), "{setting:?}");
    }
}

#[test]
fn a_spec_that_cannot_be_built_is_an_error_and_leaves_nothing_behind() {
    for setting in settings(&ALL) {
        let site = Site::new(setting);
        let mut spec = site.spec();
        spec.layers = vec![site.home.path().join("absent")];
        let opened = kaizen_sandbox::backend::backend(setting.tier, &site.launcher).open(&spec, site.interrupt.clone());
        assert!(matches!(opened.err(), Some(SandboxError::Setup(text)) if text.contains("absent")), "{setting:?}");
        assert_eq!(std::fs::read_dir(&site.launcher.scratch).unwrap().count(), 0, "{setting:?}");
    }
}
