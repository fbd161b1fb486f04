//! What the kernel counts of a run, through the software event that every machine has: it goes the way of the hardware's.

use crate::site::{Setting, Site, python, ran, settings, text};
use kaizen_sandbox::backend::Tier;
use kaizen_sandbox::counter::{Count, Counter};
use kaizen_sandbox::run::{RunReport, RunSpec};
use std::time::Duration;

const ALL: [Tier; 5] = [Tier::Namespaces, Tier::Bubblewrap, Tier::Container, Tier::Landlock, Tier::None];

fn counted(program: &str) -> RunSpec {
    RunSpec { count: Some(Counter::TaskClock), ..python(program) }
}

/// The count; a container's own call filter may refuse it, and then says so.
fn whole(setting: Setting, report: &RunReport) -> Option<u64> {
    match &report.count {
        Some(Count::Whole(count)) => Some(*count),
        Some(Count::Refused(why)) if setting.tier == Tier::Container => {
            assert!(why.contains("call filter"), "{setting:?} {why}");
            None
        }
        other => panic!("{setting:?} {other:?} {}", text(&report.stderr)),
    }
}

#[test]
fn the_whole_process_tree_is_counted_from_the_commands_exec_on() {
    let program = "
import os, time
for _ in range(2):
    if os.fork() == 0:
        if os.fork() == 0:
            while time.process_time() < 0.2: pass
            os._exit(0)
        os.wait()
        os._exit(0)
for _ in range(2): os.wait()
";
    for setting in settings(&ALL) {
        let report = ran(Site::new(setting).jail().as_mut(), &counted(program));
        let Some(nanoseconds) = whole(setting, &report) else { continue };
        let counted = Duration::from_nanos(nanoseconds);
        assert!(counted >= Duration::from_millis(400), "{setting:?} {counted:?}");
        assert!(counted <= report.cpu * 2 + Duration::from_millis(100), "{setting:?} {counted:?} of {:?}", report.cpu);
    }
}

#[test]
fn nothing_is_counted_that_was_not_asked_for() {
    for setting in settings(&ALL) {
        assert_eq!(ran(Site::new(setting).jail().as_mut(), &python("pass")).count, None, "{setting:?}");
    }
}

#[test]
fn a_candidate_neither_finds_its_counter_nor_switches_it_off() {
    let program = "
import ctypes, os, time
found = [os.readlink('/proc/self/fd/' + number) for number in os.listdir('/proc/self/fd') if os.path.islink('/proc/self/fd/' + number)]
print([name for name in found if 'perf' in name], ctypes.CDLL(None).prctl(31))
while time.process_time() < 0.2: pass
";
    for setting in settings(&ALL) {
        let report = ran(Site::new(setting).jail().as_mut(), &counted(program));
        assert_eq!(text(&report.stdout), "[] 0\n", "{setting:?} {}", text(&report.stderr));
        let nanoseconds = whole(setting, &report);
        assert!(nanoseconds.is_none_or(|nanoseconds| nanoseconds >= 150_000_000), "{setting:?} {nanoseconds:?}");
    }
}

/// The kernel detaches counters from a program that its user may execute and not read. As root there is no such program.
#[test]
fn work_hidden_in_a_program_that_cannot_be_read_is_found_out() {
    let program = "
import os, subprocess
hidden = os.open('hidden', os.O_CREAT | os.O_WRONLY, 0o111)
os.write(hidden, open('/usr/bin/sha256sum', 'rb').read())
os.close(hidden)
subprocess.run(['./hidden'], input=bytes(200 << 20), check=True)
";
    for setting in settings(&[Tier::Namespaces, Tier::Bubblewrap, Tier::Landlock]) {
        let site = Site::new(setting);
        let mut spec = site.spec();
        spec.limits.memory = 900 << 20;
        let report = ran(site.open(&spec).as_mut(), &counted(program));
        assert!(matches!(&report.count, Some(Count::Partial(_))), "{setting:?} {report:?}");
    }
}

/// Only where the machine has them; elsewhere the refusal names what lacks.
#[test]
fn instructions_are_counted_or_said_to_be_absent() {
    let absent = kaizen_sandbox::counter::absence(Counter::Instructions);
    for setting in settings(&ALL) {
        let spec = RunSpec { count: Some(Counter::Instructions), ..python("sum(range(100000))") };
        let report = ran(Site::new(setting).jail().as_mut(), &spec);
        match (&report.count, &absent) {
            (Some(Count::Refused(why)), Some(absent)) if setting.tier != Tier::Container => assert_eq!(why, absent),
            (Some(Count::Refused(_)), _) if setting.tier == Tier::Container => {}
            (Some(Count::Whole(count)), None) => assert!(*count > 100_000, "{setting:?} {count}"),
            other => panic!("{setting:?} {other:?}"),
        }
    }
}
