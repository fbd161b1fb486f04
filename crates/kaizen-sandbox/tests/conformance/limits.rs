//! What a candidate may use.

use crate::site::{Site, command, python, ran, said, settings, shell, text};
use kaizen_sandbox::backend::Tier;
use kaizen_sandbox::policy::Limits;
use kaizen_sandbox::run::Ended;
use std::time::Duration;

const WALLS: [Tier; 4] = [Tier::Namespaces, Tier::Bubblewrap, Tier::Container, Tier::Landlock];
const ALL: [Tier; 5] = [Tier::Namespaces, Tier::Bubblewrap, Tier::Container, Tier::Landlock, Tier::None];

#[test]
fn a_fork_bomb_stops_at_the_process_limit() {
    let program = "
import os, time
count = 0
try:
    while count < 5000:
        if os.fork() == 0: time.sleep(60)
        count += 1
except OSError: pass
print(count)
";
    for setting in settings(&WALLS) {
        let site = Site::new(setting);
        let report = ran(site.jail().as_mut(), &python(program));
        let count: u64 = text(&report.stdout).trim().parse().unwrap();
        assert!((10..=64).contains(&count), "{setting:?} {count} {report:?}");
    }
}

#[test]
fn a_fork_bomb_does_not_take_the_processes_of_another_jail() {
    for setting in settings(&WALLS).into_iter().filter(|setting| setting.root || setting.tier == Tier::Namespaces) {
        let (bombed, site) = (Site::new(setting), Site::new(setting));
        let program = "import os, time\ntry:\n    while os.fork(): pass\nexcept OSError: pass\ntime.sleep(60)";
        let mut bomb = python(program);
        bomb.wall = Duration::from_secs(1);
        let bombing = std::thread::spawn(move || ran(bombed.jail().as_mut(), &bomb).ended);
        let mut jail = site.jail();
        while !bombing.is_finished() {
            assert_eq!(ran(jail.as_mut(), &shell("true & wait")).ended, Ended::Exit(0), "{setting:?}");
        }
        bombing.join().unwrap();
    }
}

#[test]
fn a_memory_hog_is_ended_as_out_of_memory() {
    for setting in settings(&ALL) {
        let site = Site::new(setting);
        let hog = "import time\nheld = []\nwhile True:\n    held.append(b'x' * (8 << 20))\n    time.sleep(0.002)";
        let report = ran(site.jail().as_mut(), &python(hog));
        assert_eq!(report.ended, Ended::OutOfMemory, "{setting:?} {report:?}");
        assert!(report.max_rss < 900 << 20, "{setting:?} {}", report.max_rss);
    }
}

#[test]
fn memory_is_counted_over_all_processes_and_shared_mappings() {
    let many = "
import mmap, os, time
for _ in range(8):
    if os.fork() == 0:
        held = mmap.mmap(-1, 60 << 20)
        for page in range(0, 60 << 20, 4096): held[page] = 1
        time.sleep(60)
time.sleep(60)
";
    for setting in settings(&ALL) {
        let report = ran(Site::new(setting).jail().as_mut(), &python(many));
        assert_eq!(report.ended, Ended::OutOfMemory, "{setting:?} {report:?}");
    }
}

#[test]
fn a_full_workspace_refuses_bytes_and_inodes_and_reset_frees_it() {
    for setting in settings(&[Tier::Namespaces]) {
        let site = Site::new(setting);
        let mut jail = site.jail();
        let filler = "import errno\ntry:\n    with open('big', 'wb') as f:\n        while True: f.write(b'x' * (1 << 20))\nexcept OSError as e: print(errno.errorcode[e.errno])";
        assert_eq!(text(&ran(jail.as_mut(), &python(filler)).stdout), "ENOSPC\n", "{setting:?}");
        jail.reset().unwrap();
        let maker = "import errno, os\ntry:\n    for i in range(5000): open(f'f{i}', 'w').close()\nexcept OSError as e: print(errno.errorcode[e.errno], i > 1900)";
        assert_eq!(text(&ran(jail.as_mut(), &python(maker)).stdout), "ENOSPC True\n", "{setting:?}");
        jail.reset().unwrap();
        assert_eq!(said(jail.as_mut(), "echo x > small && cat small"), "x\n");
    }
}

#[test]
fn a_flood_of_output_is_ended_quickly_and_kept_up_to_the_cap() {
    for setting in settings(&ALL) {
        let site = Site::new(setting);
        let mut flood = shell("while :; do echo aaaaaaaaaaaaaaaaaaaaaaaa; echo b >&2; done");
        flood.output = 10_000;
        let report = ran(site.jail().as_mut(), &flood);
        assert_eq!((report.ended, report.stdout.len() + report.stderr.len()), (Ended::Flooded, 10_000), "{setting:?}");
    }
}

#[test]
fn the_wall_clock_ends_a_loop() {
    for setting in settings(&ALL) {
        let site = Site::new(setting);
        let mut forever = shell("echo begun; while :; do :; done");
        forever.wall = Duration::from_millis(300);
        let report = ran(site.jail().as_mut(), &forever);
        assert_eq!((report.ended, text(&report.stdout).as_str()), (Ended::TimedOut, "begun\n"), "{setting:?}");
        assert!(report.wall >= forever.wall, "{setting:?} {:?}", report.wall);
    }
}

#[test]
fn file_size_and_descriptors_are_limited() {
    for setting in settings(&ALL) {
        let site = Site::new(setting);
        let mut spec = site.spec();
        spec.limits = Limits { file_size: 1 << 20, open_files: 50, ..spec.limits };
        let program = "
import errno, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
def code(act):
    try: act()
    except OSError as e: return errno.errorcode[e.errno]
print(code(lambda: open('big', 'wb').write(b'x' * (2 << 20))), code(lambda: [open('README') for _ in range(60)] and None))
";
        let report = ran(site.open(&spec).as_mut(), &python(program));
        assert_eq!(text(&report.stdout), "EFBIG EMFILE\n", "{setting:?} {}", text(&report.stderr));
    }
}

#[test]
fn what_a_run_took_is_measured_outside() {
    for setting in settings(&ALL) {
        let site = Site::new(setting);
        let mut jail = site.jail();
        let busy = "import time\nend = time.process_time() + 0.2\nheld = b'x' * (50 << 20)\nwhile time.process_time() < end: pass";
        let report = ran(jail.as_mut(), &python(busy));
        assert_eq!(report.ended, Ended::Exit(0), "{setting:?}");
        assert!(report.cpu >= Duration::from_millis(200) && report.wall >= Duration::from_millis(200), "{setting:?} {report:?}");
        assert!(report.max_rss > 50 << 20 && report.max_rss < 200 << 20, "{setting:?} {}", report.max_rss);
        let quick = ran(jail.as_mut(), &command(&["/bin/sleep", "0.2"]));
        assert!(quick.wall >= Duration::from_millis(200) && quick.cpu < Duration::from_millis(100), "{setting:?} {quick:?}");
    }
}
