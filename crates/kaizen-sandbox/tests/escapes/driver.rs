//! Tries the attempts of a group: each in a jail of every setting, and without one.

use crate::attempt::{After, Attempt, Group, Outcome, Proof};
use crate::attempts;
use crate::outside::{Outside, as_candidate, linked_copy};
use crate::site::{Setting, python, settings, text};
use kaizen_sandbox::backend::Tier;
use kaizen_sandbox::jail::Jail;
use kaizen_sandbox::run::RunSpec;
use std::os::unix::process::CommandExt;
use std::path::Path;

const WALLS: [Tier; 4] = [Tier::Namespaces, Tier::Bubblewrap, Tier::Container, Tier::Landlock];

/// Tries every attempt of a group everywhere and lists all that is not as expected.
pub fn expect(group: Group) {
    let (mut wrong, mut kept) = (Vec::new(), Vec::new());
    for attempt in attempts::of(group) {
        let judged =
            settings(&WALLS).into_iter().map(|setting| (setting, held(attempt, setting, &mut kept))).collect::<Vec<_>>().into_iter();
        // One tier stands for none: what is asked is the user.
        let proved = settings(&[Tier::None]).into_iter().map(|setting| (setting, proved(attempt, setting)));
        wrong.extend(judged.chain(proved).filter_map(|(setting, found)| Some(format!("{setting:?} {}: {}", attempt.name, found?))));
    }
    assert!(wrong.is_empty(), "{}:\n{}", group.title(), wrong.join("\n"));
}

/// A jail and the traps around it, which attempts follow one another in as long as each is held.
/// The jail comes first, so that it ends before its directories do.
type Kept = Vec<(Box<dyn Jail>, Outside)>;

/// What is not as expected of an attempt in a jail.
fn held(attempt: &Attempt, setting: Setting, kept: &mut Kept) -> Option<String> {
    let (mut jail, mut outside) = kept.iter().position(|(_, outside)| outside.site.setting == setting).map_or_else(
        || {
            let outside = Outside::new(setting);
            let jail = outside.site.open(&outside.spec());
            (jail, outside)
        },
        |index| kept.swap_remove(index),
    );
    let said = match in_a_jail(attempt, &outside, jail.as_mut()) {
        Ok(said) => said,
        Err(broken) => return Some(broken),
    };
    // A container is slow to start. Elsewhere each attempt has a jail of its own, and so does every one after one that got out.
    let ended = if setting.tier == Tier::Container { jail.reset() } else { Ok(()) };
    let (way_out, jail) = match (ended, setting.tier) {
        (Err(error), _) => return Some(format!("it broke the sandbox: {error}")),
        (Ok(()), Tier::Container) => (outside.way_out(&said), Some(jail)),
        (Ok(()), _) => match jail.close() {
            Ok(_) => (outside.way_out(&said), None),
            Err(error) => return Some(format!("it broke the sandbox: {error}")),
        },
    };
    if let (Some(jail), None) = (jail, &way_out) {
        kept.push((jail, outside));
    }
    match (attempt.expected(setting.tier), way_out) {
        _ if said.lines().any(|line| line.starts_with("BROKEN:")) => Some(format!("the attempt is at fault: {said}")),
        (Outcome::Held, Some(way)) => Some(format!("it got out: {way}: {said}")),
        (Outcome::Open(_), None) => Some(format!("it is held, but the table says open: {said}")),
        (Outcome::Held, None) | (Outcome::Open(_), Some(_)) => None,
    }
}

/// Everything the attempt and what looks after it said; an error where the sandbox itself was broken.
fn in_a_jail(attempt: &Attempt, outside: &Outside, jail: &mut dyn Jail) -> Result<String, String> {
    let mut said = run(jail, &spec(attempt.program, attempt, outside))?;
    match attempt.after {
        After::Nothing => {}
        After::NextRun(program) => said += &run(jail, &spec(program, attempt, outside))?,
        After::Reset(program) => {
            jail.reset().map_err(|error| format!("it broke the sandbox: {error}"))?;
            said += &run(jail, &spec(program, attempt, outside))?;
        }
    }
    Ok(said)
}

fn run(jail: &mut dyn Jail, spec: &RunSpec) -> Result<String, String> {
    let report = jail.run(spec).map_err(|error| format!("it broke the sandbox: {error}"))?;
    Ok(format!("{}{}{:?}\n", text(&report.stdout), text(&report.stderr), report.ended))
}

fn spec(program: &str, attempt: &Attempt, outside: &Outside) -> RunSpec {
    let told = python(&whole(program));
    RunSpec { env: outside.env(), wall: attempt.wall, output: 100_000, merge_output: true, ..told }
}

fn whole(program: &str) -> String {
    format!("{}\n{program}", include_str!("prelude.py"))
}

/// What keeps an attempt from proving itself as a plain process of this setting's user.
fn proved(attempt: &Attempt, setting: Setting) -> Option<String> {
    let can = match attempt.proof {
        Proof::Plain => true,
        Proof::Prepared => nix::unistd::Uid::effective().is_root(),
        Proof::Root => setting.root,
        Proof::NotShown(_) => false,
    };
    if !can {
        return None;
    }
    let mut outside = Outside::new(setting);
    let copy = linked_copy(&outside.site);
    outside.accept();
    let mut said = plain(attempt.program, attempt, &outside, &copy);
    if let After::NextRun(program) | After::Reset(program) = attempt.after {
        said += &plain(program, attempt, &outside, &copy);
    }
    outside.way_out(&said).is_none().then(|| format!("without a sandbox it does not succeed either: {said}"))
}

fn plain(program: &str, attempt: &Attempt, outside: &Outside, copy: &Path) -> String {
    let mut command = as_candidate(&outside.site, attempt.proof == Proof::Root);
    command.args(["-c", &whole(program)]).envs(outside.env()).env("PYTHONDONTWRITEBYTECODE", "1").current_dir(copy);
    // An attempt that signals its group ends nothing of the suite.
    let output = command.process_group(0).output().unwrap();
    text(&output.stdout) + &text(&output.stderr)
}
