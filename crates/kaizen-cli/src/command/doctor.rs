//! `kaizen doctor`: what this machine and project lack, each with the line that mends it.
//!
//! It works outside a project too, and changes nothing but what opening the store creates.

use crate::args;
use crate::machine::{Surroundings, now};
use crate::output::{Output, Style};
use crate::wire::launcher;
use kaizen_api::v1::{Check, Doctor};
use kaizen_engine::error::EngineError;
use kaizen_engine::git::Git;
use kaizen_engine::scratch::Places;
use kaizen_engine::trial::counting;
use kaizen_engine::trial::quiet::frequency::Account;
use kaizen_sandbox::backend::Tier;
use kaizen_sandbox::probe::{Probe, probe};
use kaizen_store::{Location, Store};
use std::path::{Path, PathBuf};

mod apparmor;
mod project;

/// The oldest git with `merge-tree --write-tree`.
const OLDEST_GIT: (u32, u32) = (2, 38);

/// Free space below which work soon stops, in bytes.
const SCARCE: u64 = 2 << 30;

/// 2025-01-01: no clock of a machine that runs this is before it.
const BUILT_AFTER: i64 = 1_735_689_600_000;

/// Looks at everything; 0 when fit, 3 when something needed is missing.
pub async fn run(here: &Surroundings, output: &Output, wanted: &args::Doctor) -> Result<u8, EngineError> {
    if wanted.apparmor {
        return apparmor::run(here, output);
    }
    let mut checks = vec![git()];
    checks.extend(tools(here));
    let cache = Places::prepare(&here.machine.cache);
    checks.extend(match &cache {
        Ok(places) => sandbox(&places.scratch)?,
        Err(_) => vec![missing("sandbox", "not tested: the cache is not writable", "mend the cache first")],
    });
    checks.push(match &cache {
        Ok(_) => ok("cache", format!("{}, {}", here.machine.cache.display(), size(size_of(&here.machine.cache)))),
        Err(error) => failed("cache", error),
    });
    let store = Store::open(&here.store).await;
    checks.push(store_check(&here.store, &store));
    checks.extend(disk(here));
    checks.push(clock(now()));
    checks.push(ok("processor frequency", Account::of(Path::new("/")).told()));
    checks.push(ok("hardware instruction counts", counting::told()));
    if let Ok(places) = &cache {
        checks.extend(project::checks(here, &places.scratch, store.as_ref().ok()).await?);
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
    missing(name, error.to_string(), error.hint().unwrap_or_else(|| "mend what the message names".into()))
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
    let on_path = |name: &str| std::env::split_paths(&here.machine.path).map(|place| place.join(name)).find(|file| file.is_file());
    let one = |(name, mend): (&str, &str)| match on_path(name) {
        Some(file) => ok(name, file.display().to_string()),
        None => warning(name, "is not on the search path", mend),
    };
    needed.into_iter().map(one).collect()
}

fn sandbox(scratch: &Path) -> Result<Vec<Check>, EngineError> {
    let probes = probe(&launcher(scratch)?);
    let any = probes.iter().any(|probe| probe.works);
    Ok(probes.iter().map(|probe| tier(probe, any)).collect())
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

fn store_check(location: &Location, store: &Result<Store, kaizen_store::StoreError>) -> Check {
    match store {
        Ok(_) => {
            let stored = match location {
                Location::Sqlite(file) => format!(", {}", size(std::fs::metadata(file).map_or(0, |found| found.len()))),
                Location::Memory | Location::Postgres(_) => String::new(),
            };
            ok("store", format!("{location}, schema {}{stored}", kaizen_store::schema_version()))
        }
        Err(error) => {
            let cause = std::error::Error::source(error).map_or_else(String::new, |source| format!(": {source}"));
            missing("store", format!("{location}: {error}{cause}"), "make it readable and writable, or choose another with --store")
        }
    }
}

/// Free space where snapshots and where state go.
fn disk(here: &Surroundings) -> Vec<Check> {
    let mut places: Vec<PathBuf> = vec![here.machine.cache.clone()];
    if let Location::Sqlite(file) = &here.store {
        places.extend(file.parent().map(Path::to_owned));
    }
    let measured = places.iter().filter_map(|place| rustix::fs::statvfs(place).ok().map(|found| (place, found.f_bavail * found.f_frsize)));
    let least = measured.min_by_key(|(_, free)| *free);
    let Some((place, free)) = least else { return vec![] };
    let detail = format!("{} free for {}", size(free), place.display());
    if free >= SCARCE {
        return vec![ok("disk", detail)];
    }
    vec![warning(
        "disk",
        detail,
        format!("free some space, or set KAIZEN_HOME to another disk; {} may be deleted", here.machine.cache.display()),
    )]
}

fn clock(now: i64) -> Check {
    let said = jiff::Timestamp::from_millisecond(now).map_or_else(|_| format!("{now} ms"), |stamp| stamp.to_string());
    if now >= BUILT_AFTER {
        return ok("clock", said);
    }
    warning("clock", format!("{said} is in the past"), "set the clock: timedatectl set-ntp true")
}

/// Bytes of all files below a directory; what cannot be read counts as nothing.
fn size_of(directory: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(directory) else { return 0 };
    let one = |path: PathBuf| match path.symlink_metadata() {
        Ok(found) if found.is_dir() => size_of(&path),
        Ok(found) => found.len(),
        Err(_) => 0,
    };
    entries.flatten().map(|entry| one(entry.path())).sum()
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
