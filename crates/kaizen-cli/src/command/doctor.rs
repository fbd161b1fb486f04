//! `kaizen doctor`: what this machine and project lack, each with the line that mends it.
//!
//! It works outside a project too, and changes nothing but what opening the store creates.

use crate::args;
use crate::machine::{Surroundings, now};
use crate::output::{Output, Style};
use crate::wire::{launcher, settings};
use kaizen_api::v1::{Check, Doctor};
use kaizen_engine::cache::size_of;
use kaizen_engine::error::EngineError;
use kaizen_engine::git::Git;
use kaizen_engine::scratch::Places;
use kaizen_engine::trial::counting;
use kaizen_engine::trial::quiet::frequency::Account;
use kaizen_sandbox::backend::Tier;
use kaizen_sandbox::probe::{Probe, probe};
use kaizen_store::Store;
use std::path::Path;

mod apparmor;
mod daemon;
mod place;
mod project;
mod store;
mod toolchain;

/// The oldest git with `merge-tree --write-tree`.
const OLDEST_GIT: (u32, u32) = (2, 38);

/// Looks at everything; 0 when fit, 3 when something needed is missing.
pub async fn run(here: &Surroundings, output: &Output, wanted: &args::Doctor) -> Result<u8, EngineError> {
    if wanted.apparmor {
        return apparmor::run(here, output);
    }
    let mut checks = vec![git()];
    checks.extend(tools(here));
    let cache = Places::prepare(&here.machine.cache);
    let (tier, tiers) = match &cache {
        Ok(places) => sandbox(&places.scratch)?,
        Err(_) => (None, vec![missing("sandbox", "not tested: the cache is not writable", "mend the cache first")]),
    };
    checks.extend(tiers);
    checks.push(match &cache {
        Ok(_) => ok("cache", format!("{}, {} (kaizen gc)", here.machine.cache.display(), size(size_of(&here.machine.cache)))),
        Err(error) => failed("cache", error),
    });
    let store = Store::open(&here.store).await;
    checks.push(store::opened(&here.store, &store));
    if let Ok(store) = &store {
        checks.extend(store::whole(store).await?);
        checks.extend(daemon::checks(here, store).await?);
    }
    checks.extend(place::disk(here));
    checks.push(place::clock(now()));
    checks.push(settings_check(here));
    checks.push(ok("processor frequency", Account::of(Path::new("/")).told()));
    checks.push(ok("hardware instruction counts", counting::told()));
    if let Ok(places) = &cache {
        checks.extend(project::checks(here, &places.scratch, store.as_ref().ok(), tier).await?);
    }
    let fit = checks.iter().all(|check| check.state != "missing");
    let doctor = Doctor { schema: "kaizen.doctor/1".into(), fit, checks };
    output.either(&doctor, || text(output, &doctor))?;
    Ok(if fit { 0 } else { 3 })
}

fn check(state: &str, name: &str, detail: impl Into<String>, mend: Option<String>) -> Check {
    Check { name: name.to_owned(), state: state.to_owned(), detail: detail.into(), mend }
}

fn ok(name: &str, detail: impl Into<String>) -> Check {
    check("ok", name, detail, None)
}

fn warning(name: &str, detail: impl Into<String>, mend: impl Into<String>) -> Check {
    check("warning", name, detail, Some(mend.into()))
}

fn missing(name: &str, detail: impl Into<String>, mend: impl Into<String>) -> Check {
    check("missing", name, detail, Some(mend.into()))
}

fn failed(name: &str, error: &EngineError) -> Check {
    missing(name, error.to_string(), error.hint())
}

fn git() -> Check {
    let said = match Git::version() {
        Ok(said) => said,
        Err(error) => return failed("git", &error),
    };
    let version = said.trim_start_matches("git version ").to_owned();
    let mut numbers = version.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    let found = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    if found >= OLDEST_GIT {
        return ok("git", version);
    }
    missing("git", format!("{version} cannot merge without a working tree"), "install git 2.38 or newer")
}

/// Programs that only projects of their language need.
fn tools(here: &Surroundings) -> Vec<Check> {
    let needed = [("python3", "Python projects need it: apt-get install python3"), ("cargo", "Rust projects need it: https://rustup.rs")];
    let one = |(name, mend): (&str, &str)| match here.program(name) {
        Some(file) => ok(name, file.display().to_string()),
        None => warning(name, "is not on the search path", mend),
    };
    needed.into_iter().map(one).collect()
}

/// The tier candidates run in, and every tier.
fn sandbox(scratch: &Path) -> Result<(Option<Tier>, Vec<Check>), EngineError> {
    let probes = probe(&launcher(scratch)?);
    let best = probes.iter().find(|probe| probe.works).map(|probe| probe.tier);
    let chosen = match best {
        Some(tier) => ok("sandbox", format!("candidates run in the {tier} tier")),
        None => missing("sandbox", "no tier works, and candidates run in one", "mend one of the tiers below"),
    };
    let tiers = probes.iter().map(|probe| tier(probe, best.is_some()));
    Ok((best, std::iter::once(chosen).chain(tiers).collect()))
}

/// A tier that does not work is only missing where no other does.
fn tier(probe: &Probe, any: bool) -> Check {
    let name = format!("sandbox {}", probe.tier);
    let mend = probe.mend.clone().unwrap_or_default();
    let lost = match probe.tier {
        Tier::Namespaces => "; without it there is no disk cap and no grant of the network",
        Tier::Bubblewrap | Tier::Container | Tier::Landlock | Tier::None => "; another tier works",
    };
    match (probe.works, any) {
        (true, _) => ok(&name, probe.detail.clone()),
        (false, true) => warning(&name, format!("{}{lost}", probe.detail), mend),
        (false, false) => missing(&name, probe.detail.clone(), mend),
    }
}

/// The user's settings: the file and the variables over it.
fn settings_check(here: &Surroundings) -> Check {
    let shown = here.settings.display();
    match (settings(here), here.settings.is_file()) {
        (Ok(_), true) => ok("config.toml", format!("{shown} is right")),
        (Ok(_), false) => ok("config.toml", format!("there is no {shown}; the defaults hold")),
        (Err(error), _) => failed("config.toml", &error),
    }
}

/// Bytes as people read them.
pub fn size(bytes: u64) -> String {
    match bytes {
        0..0x10_0000 => format!("{} KiB", bytes.div_ceil(1 << 10)),
        0x10_0000..0x4000_0000 => format!("{} MiB", bytes >> 20),
        _ => format!("{}.{} GiB", bytes >> 30, ((bytes >> 20) & 1023) * 10 / 1024),
    }
}

fn text(output: &Output, doctor: &Doctor) -> String {
    let mut lines = Vec::new();
    for check in &doctor.checks {
        let style = match check.state.as_str() {
            "ok" => Style::Good,
            "missing" => Style::Bad,
            _ => Style::Strong,
        };
        lines.push(format!("{}  {} {}", output.style(style, &format!("{:<7}", check.state)), check.name, check.detail));
        lines.extend(check.mend.iter().map(|mend| format!("         mend: {mend}")));
    }
    let missing = doctor.checks.iter().filter(|check| check.state == "missing").count();
    lines.push(if doctor.fit { "fit: kaizen can work here".to_owned() } else { format!("not fit: {missing} missing") });
    lines.join("\n")
}
