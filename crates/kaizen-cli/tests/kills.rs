//! The end at any time, by signals: state is kept, nothing survives, the next run ends as if nothing had happened.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use kaizen_testkit::project::{Project, said};
use kaizen_testkit::traces::{nothing_left, repaired_once, survivors, wait_until};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const KAIZEN: &str = env!("CARGO_BIN_EXE_kaizen");

const LIVE: [&str; 3] = ["improve", "--in-place", "--auto"];

/// How many random times are tried.
const SEEDS: u64 = 25;

/// A fraction of one that depends on nothing but the seed (the finalizer of the splitmix generator).
fn fraction(seed: u64) -> f64 {
    let mut mixed = seed.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1u64 << 53) as f64
}

/// Starts a command as a terminal does: leader of a process group of its own.
fn start(project: &Project, arguments: &[&str]) -> Child {
    let mut command = project.command(arguments);
    command.process_group(0).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn signal(name: &str, target: i64) {
    let status = Command::new("sh").args(["-c", &format!("kill -s {name} -- {target}")]).status().unwrap();
    assert!(status.success(), "kill -{name} {target}");
}

/// Lets a process run for the drawn time, or to its end if that comes first.
fn wait_until_ended_or(child: &mut Child, time: Duration) -> bool {
    let until = Instant::now() + time;
    while Instant::now() < until {
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        std::thread::sleep(Duration::from_micros(500));
    }
    child.try_wait().unwrap().is_none()
}

/// How long one undisturbed run takes here and now.
fn usual() -> Duration {
    let project = Project::small(KAIZEN);
    let started = Instant::now();
    assert_eq!(project.kaizen(["improve"]).code, Some(0));
    started.elapsed()
}

fn killed_at_random(seeds: impl Iterator<Item = u64>) {
    let usual = usual();
    for seed in seeds {
        let project = Project::small(KAIZEN);
        let (arguments, branch): (&[&str], &str) = if seed % 3 == 0 { (&LIVE, "main") } else { (&["improve"], "kaizen/calc") };
        let (before, original) = (project.git(["rev-parse", "main"]), project.read("src/calc.py"));
        let mut child = start(&project, arguments);
        if wait_until_ended_or(&mut child, usual.mul_f64(fraction(seed))) {
            child.kill().unwrap();
        }
        child.wait().unwrap();
        wait_until("the end of every process", || survivors(&project).is_empty());
        let file = project.read("src/calc.py");
        let mended = original.replace("18 < age", "18 <= age");
        assert!(file == original || file == mended, "seed {seed}: {file}");
        let said = project.kaizen(arguments);
        assert_eq!(said.code, Some(0), "seed {seed}: {said:?}");
        repaired_once(&project, &before, branch);
        assert_eq!(project.git(["status", "--porcelain"]), "", "seed {seed}");
        assert_eq!(project.read("src/calc.py"), if branch == "main" { mended } else { original }, "seed {seed}");
    }
}

#[test]
fn killed_at_any_time_the_next_run_ends_repaired_even_seeds() {
    killed_at_random((0..SEEDS).filter(|seed| seed % 2 == 0));
}

#[test]
fn killed_at_any_time_the_next_run_ends_repaired_odd_seeds() {
    killed_at_random((0..SEEDS).filter(|seed| seed % 2 == 1));
}

#[test]
fn interrupted_at_any_time_like_from_a_terminal_it_ends_soon_and_goes_on_later() {
    let usual = usual();
    for seed in 100..108 {
        let project = Project::small(KAIZEN);
        let before = project.git(["rev-parse", "main"]);
        let mut child = start(&project, &["improve"]);
        wait_until("the process to listen", || listens(&child));
        let asked = wait_until_ended_or(&mut child, usual.mul_f64(fraction(seed)));
        if asked {
            signal("INT", -i64::from(child.id()));
        }
        let ended = said(&child.wait_with_output().unwrap());
        let code = ended.code;
        assert!(code == Some(130) || code == Some(0), "seed {seed}: {ended:?}");
        nothing_left(&project);
        let later = project.kaizen(["improve"]);
        assert_eq!(later.code, Some(0), "seed {seed}: {later:?}");
        repaired_once(&project, &before, "kaizen/calc");
    }
}

/// A terminal's interrupt reaches a program of ours that has not yet left our process group, whatever git is asked to do.
#[test]
fn a_git_that_an_interrupt_ended_before_it_began_is_started_again() {
    let project = Project::small(KAIZEN);
    let before = project.git(["rev-parse", "main"]);
    let tools = project.room().join("tools");
    let script = "#!/bin/sh\nmark=\"$MARKS/$(echo \"$*\" | tr -c 'a-z0-9\\n' - | cut -c 1-200)\"\nif [ -e \"$mark\" ]; then exec \"$GIT\" \"$@\"; fi\n: > \"$mark\"\nkill -s INT $$\n";
    std::fs::create_dir_all(tools.join("marks")).unwrap();
    std::fs::write(tools.join("git"), script).unwrap();
    std::fs::set_permissions(tools.join("git"), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let git = std::env::split_paths(&std::env::var_os("PATH").unwrap()).map(|path| path.join("git")).find(|git| git.exists()).unwrap();
    let path = format!("{}:{}", tools.display(), std::env::var("PATH").unwrap());
    let mut codes = Vec::new();
    // Only the making of a snapshot, which nobody waits for, is given up for the next run.
    while codes.last() != Some(&Some(0)) && codes.len() < 5 {
        let mut command = project.command(["improve"]);
        let output = command.env("PATH", &path).env("MARKS", tools.join("marks")).env("GIT", &git).output().unwrap();
        codes.push(said(&output).code);
    }
    assert!(codes.iter().all(|code| matches!(code, Some(0 | 130))) && codes.last() == Some(&Some(0)), "{codes:?}");
    repaired_once(&project, &before, "kaizen/calc");
}

/// Whether a process catches the interrupt signal by now.
fn listens(child: &Child) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    caught.is_none_or(|mask| mask & 0b10 != 0)
}

/// A project whose benchmark hangs, with a run in it.
fn hanging() -> (Project, Child) {
    let project = Project::small(KAIZEN);
    project.write("check.sh", "sleep 300\n");
    project.commit("Slow");
    let child = start(&project, &["improve"]);
    wait_until("the benchmark to run", || survivors(&project).iter().any(|process| process.contains("sleep 300")));
    (project, child)
}

#[test]
fn an_interrupt_ends_a_hanging_benchmark_instead_of_waiting_for_it() {
    for (name, group) in [("INT", true), ("INT", false), ("TERM", false)] {
        let (project, child) = hanging();
        let asked = Instant::now();
        signal(name, if group { -i64::from(child.id()) } else { i64::from(child.id()) });
        let said = said(&child.wait_with_output().unwrap());
        assert!(asked.elapsed() < Duration::from_secs(100), "the benchmark sleeps for 300 s: {:?}", asked.elapsed());
        assert!(said.code == Some(130) && said.err.contains("interrupted; everything done so far is kept"), "{said:?}");
        nothing_left(&project);
    }
}

#[test]
fn a_second_run_on_the_same_project_is_refused_and_names_the_first() {
    let (project, child) = hanging();
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    for command in [&["improve"][..], &["undo"]] {
        let said = project.kaizen(command);
        assert_eq!(said.code, Some(3), "{said:?}");
        for part in [format!("process {}", child.id()), host.trim().to_owned(), "hint:".to_owned()] {
            assert!(said.err.contains(&part), "{part:?} is missing: {}", said.err);
        }
    }
    assert_eq!(project.kaizen(["status"]).code, Some(0));
    signal("INT", i64::from(child.id()));
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(130));
    project.git(["reset", "--quiet", "--hard", "HEAD^"]);
    assert_eq!(project.kaizen(["improve"]).code, Some(0));
}
