//! Start and teardown of `true`: in a jail that stays open, in one of its own, behind bubblewrap's walls, and plainly.
//!
//! All of them take turns, so that whatever else the machine does happens to all.

use crate::Outcome;
use crate::place::{Place, command, ends};
use crate::report::{line, missing, timed};
use kaizen_sandbox::backend::Tier;
use kaizen_sandbox::error::SandboxError;
use kaizen_sandbox::jail::Jail;
use kaizen_sandbox::probe::probe;
use kaizen_sandbox::run::Ended;
use std::process::{Command, Stdio};

/// Comparable walls; it has neither Landlock, nor a filter of system calls, nor caps on memory, processes and disk.
const BUBBLEWRAP: &[&str] = &[
    "bwrap",
    "--unshare-all",
    "--die-with-parent",
    "--ro-bind",
    "/usr",
    "/usr",
    "--ro-bind-try",
    "/lib",
    "/lib",
    "--ro-bind-try",
    "/lib64",
    "/lib64",
    "--ro-bind-try",
    "/bin",
    "/bin",
    "--proc",
    "/proc",
    "--dev",
    "/dev",
    "--tmpfs",
    "/tmp",
    "true",
];

/// A container takes a hundred times as long as the others to start: one in so many rounds is enough.
const SELDOM: usize = 30;

/// Which tiers pass their self-test.
pub(crate) fn tiers(place: &Place) -> Outcome {
    for found in probe(&place.launcher) {
        if found.works {
            println!("tier\t{}", found.tier);
        } else {
            missing(&found.tier.to_string(), &found.detail);
        }
    }
    Ok(())
}

/// That many turns.
pub(crate) fn measure(place: &Place, rounds: usize, names: &[&str]) -> Outcome {
    let tiers = names.iter().map(|name| name.parse()).collect::<Result<Vec<Tier>, _>>()?;
    let mut open = tiers.iter().map(|tier| place.open(*tier, &[], &[])).collect::<Result<Vec<_>, _>>()?;
    let bubblewrap = bubblewrap();
    for round in 0..rounds {
        for (tier, jail) in tiers.iter().zip(&mut open) {
            timed(&format!("{tier} run"), || one_run(jail.as_mut()))?;
            if *tier != Tier::Container || round % SELDOM == 0 {
                timed(&format!("{tier} jail"), || whole_jail(place, *tier))?;
            }
        }
        if bubblewrap {
            timed("bwrap", || on_the_host(BUBBLEWRAP))?;
        }
        timed("plain", || on_the_host(&["true"]))?;
    }
    open.into_iter().try_for_each(|jail| jail.close().map(drop))?;
    Ok(())
}

fn one_run(jail: &mut dyn Jail) -> Outcome {
    ends(jail, &command(&["true"]), &Ended::Exit(0))
}

fn whole_jail(place: &Place, tier: Tier) -> Outcome {
    let mut jail = place.open(tier, &[], &[])?;
    one_run(jail.as_mut())?;
    jail.close().map(drop).map_err(|error: SandboxError| error.into())
}

/// Whether it can be compared with; says why not.
fn bubblewrap() -> bool {
    let tried = Command::new(BUBBLEWRAP[0]).args(&BUBBLEWRAP[1..]).stdin(Stdio::null()).output();
    match tried {
        Ok(output) if output.status.success() => return true,
        Ok(output) => missing("bwrap", &format!("does not work here: {}", line(&String::from_utf8_lossy(&output.stderr)))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => missing("bwrap", "not installed (apt-get install bubblewrap)"),
        Err(error) => missing("bwrap", &error.to_string()),
    }
    false
}

fn on_the_host(argv: &[&str]) -> Outcome {
    let mut command = Command::new(argv[0]);
    command.args(&argv[1..]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let status = command.status()?;
    if status.success() { Ok(()) } else { Err(format!("{} ended with {status}", argv[0]).into()) }
}
