//! The benchmark once outside the sandbox, in a throw-away copy of the measured tree, and what differs from inside.
//!
//! Only after a person's yes: the command runs with the user's search path and home directory, and with the network.
//! The user's own tree is not where it runs. Tool directories of the project are linked into the copy.

use crate::config::pattern::FileGlobs;
use crate::context::Context;
use crate::error::{EngineError, io};
use crate::exec;
use crate::init::{PROOF_LIMIT, Proven, mend};
use crate::session::adapter_of;
use crate::trial::adapter::{Adapter, Finished, Reading, ReportFile, Request};
use crate::trial::judge::{OUTPUT_CAP, ended, judge_files, nonce, read_report, report_globs};
use crate::trial::snapshot::tool_directories;
use crate::trial::toolchain::toolchain;
use kaizen_domain::path::RepoPath;
use kaizen_domain::scorecard::{CaseId, CaseOutcome, RunFault, Scorecard};
use kaizen_sandbox::run::RunReport;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// Variables that outside have the person's own values: where a case depends on them, that shows.
const PERSONAL: [&str; 4] = ["TZ", "LANG", "LC_ALL", "TERM"];

/// One case as it ended outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// How it ended.
    pub outcome: CaseOutcome,
    /// The failure as the tool reported it.
    pub message: Option<String>,
}

/// What the run outside gave.
#[derive(Debug, Clone)]
pub struct OutsideRun {
    /// Its cases, or why there are none.
    pub cases: Result<BTreeMap<CaseId, Seen>, RunFault>,
    /// How long it took, building included.
    pub wall: Duration,
    /// Cases that ended differently in two runs.
    pub unsteady: Vec<CaseId>,
}

/// A case that does not end inside as it ends outside, or that cannot pass inside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Which.
    pub case: CaseId,
    /// How it ended in the sandbox; `None` where it did not run.
    pub inside: Option<CaseOutcome>,
    /// How it ended outside; `None` where it did not run.
    pub outside: Option<CaseOutcome>,
    /// Why, as far as the failure tells.
    pub why: String,
    /// The line that mends it.
    pub mend: Option<String>,
    /// Whether that line is an entry of `benchmark.ignore`.
    pub ignorable: bool,
}

/// Runs the benchmark of `proven` once outside the sandbox.
pub fn run(context: &Context, proven: &Proven) -> Result<OutsideRun, EngineError> {
    let adapter = adapter_of(context)?;
    let room = crate::scratch::fresh(&context.launcher.scratch, "outside")?;
    let project = room.path().join("project");
    copy(context, proven, &project)?;
    let judge_dir = judge_files(room.path(), adapter)?;
    let (report, nonce) = (room.path().join("report.jsonl"), nonce()?);
    let command = context.config.benchmark.command.as_str();
    let request = Request { command, only: None, stand_ins: &[], trace: false, judge_dir: &judge_dir, report: &report, nonce: &nonce };
    let invocation = adapter.prepare(&request);
    let globs = report_globs(&context.config, adapter)?;
    let before = globs.as_ref().map(|globs| reports(globs, &project)).transpose()?.unwrap_or_default();
    let outside = exec::Outside {
        argv: invocation.argv,
        directory: project.clone(),
        env: environment(context, invocation.env),
        wall: PROOF_LIMIT,
        output: OUTPUT_CAP,
        merge_output: invocation.merge_output,
    };
    let run = exec::run(&outside, room.path(), &context.interrupt)?;
    let after = globs.as_ref().map(|globs| reports(globs, &project)).transpose()?.unwrap_or_default();
    let written = after.into_iter().filter(|(path, state)| before.get(path) != Some(state)).map(|(_, (_, file))| file).collect::<Vec<_>>();
    let cases = read(adapter, &request, &run, &report, &written)?;
    let root = context.git.root();
    let cases = cases.map(|cases| shortened(at_home(cases, &project, root), &proven.card, root));
    Ok(OutsideRun { cases, wall: run.wall, unsteady: Vec::new() })
}

/// Two runs outside as one. Of a case that ended once as it ends in the sandbox, that is
/// taken: then it is not the sandbox that changes it.
pub fn twice(first: OutsideRun, second: OutsideRun, inside: &Scorecard) -> OutsideRun {
    let (mut cases, others) = match (first.cases, second.cases) {
        (Ok(cases), Ok(others)) => (cases, others),
        (cases, others) => return OutsideRun { cases: cases.or(others), ..first },
    };
    let mut unsteady = Vec::new();
    for (id, other) in others {
        let same = |seen: &Seen| inside.cases.get(&id).is_some_and(|case| case.outcome == seen.outcome);
        let before = cases.get(&id);
        if before.map(|seen| seen.outcome) != Some(other.outcome) {
            unsteady.push(id.clone());
        }
        if before.is_none() || same(&other) {
            cases.insert(id, other);
        }
    }
    OutsideRun { cases: Ok(cases), unsteady, ..first }
}

/// The measured tree without its hold-out, as a working tree with one commit.
fn copy(context: &Context, proven: &Proven, project: &Path) -> Result<(), EngineError> {
    std::fs::create_dir(project).map_err(io("create", project))?;
    context.git.export(&proven.base.measured, project)?;
    context.git.synthesise(&proven.base.measured, Some(&proven.base.head), project)?;
    let hidden = |file: &&RepoPath| context.config.benchmark.holdout.as_ref().is_some_and(|holdout| holdout.files.matches(file));
    for file in proven.files.iter().filter(hidden) {
        let path = project.join(file.as_path());
        std::fs::remove_file(&path).map_err(io("remove", path))?;
    }
    for name in tool_directories(&proven.files) {
        let (source, link) = (context.git.root().join(&name), project.join(&name));
        if source.is_dir() && !link.exists() {
            std::os::unix::fs::symlink(&source, &link).map_err(io("link", link))?;
        }
    }
    Ok(())
}

/// The cases as they would be named in the project itself: some tools put paths into names.
fn at_home(cases: BTreeMap<CaseId, Seen>, copy: &Path, root: &Path) -> BTreeMap<CaseId, Seen> {
    let (copy, root) = (copy.display().to_string(), root.display().to_string());
    cases.into_iter().map(|(id, seen)| (CaseId(id.0.replace(&copy, &root)), seen)).collect()
}

/// A name that holds a path may be too long for its tool in the copy, and fit in the project: pytest writes `f[path2]` then for
/// `f[PROJECT/a.py]`. Such a case gets its name back where there is one of each only.
fn shortened(cases: BTreeMap<CaseId, Seen>, inside: &Scorecard, root: &Path) -> BTreeMap<CaseId, Seen> {
    let root = root.display().to_string();
    let place = |id: &CaseId| id.0.split_once('[').map(|(place, _)| place.to_owned());
    let of = |wanted: &str, ids: Vec<&CaseId>| {
        let mut same = ids.into_iter().filter(|id| place(id).as_deref() == Some(wanted));
        same.next().cloned().filter(|_| same.next().is_none())
    };
    let name = |id: &CaseId| {
        let place = place(id).filter(|_| !inside.cases.contains_key(id))?;
        of(&place, cases.keys().filter(|id| !inside.cases.contains_key(id)).collect())?;
        of(&place, inside.cases.keys().filter(|id| !cases.contains_key(id) && id.0.contains(&root)).collect())
    };
    let named: BTreeMap<CaseId, CaseId> = cases.keys().filter_map(|id| Some((id.clone(), name(id)?))).collect();
    cases.into_iter().map(|(id, seen)| (named.get(&id).cloned().unwrap_or(id), seen)).collect()
}

/// As inside, with the user's own search path, home directory, language and time zone.
fn environment(context: &Context, own: Vec<(OsString, OsString)>) -> Vec<(OsString, OsString)> {
    let mut env = toolchain(&context.machine, context.git.root(), 0, context.variable).env;
    env.retain(|(name, _)| !PERSONAL.iter().any(|personal| name == personal));
    env.extend(PERSONAL.iter().filter_map(|name| Some((OsString::from(name), (context.variable)(name)?))));
    env.push(("PATH".into(), context.machine.path.clone()));
    env.extend(context.machine.home.iter().map(|home| ("HOME".into(), home.clone().into_os_string())));
    env.extend(own);
    env
}

/// When a file was last written, and what it holds.
type Written = (SystemTime, ReportFile);

/// The report files there are, by path.
fn reports(globs: &FileGlobs, project: &Path) -> Result<BTreeMap<String, Written>, EngineError> {
    let mut found = BTreeMap::new();
    for entry in walkdir::WalkDir::new(project) {
        let entry = entry.map_err(|error| io("list", project)(error.into()))?;
        if !entry.file_type().is_file() {
            continue;
        }
        let below = entry.path().strip_prefix(project).unwrap_or(entry.path());
        let Ok(path) = RepoPath::from_bytes(below.as_os_str().as_encoded_bytes()) else { continue };
        if globs.matches(&path) {
            let written = std::fs::metadata(entry.path()).and_then(|state| state.modified()).map_err(io("read", entry.path()))?;
            let content = std::fs::read(entry.path()).map_err(io("read", entry.path()))?;
            found.insert(path.to_string(), (written, ReportFile { path: path.to_string(), content }));
        }
    }
    Ok(found)
}

fn read(
    adapter: &dyn Adapter,
    request: &Request<'_>,
    run: &RunReport,
    report: &Path,
    reports: &[ReportFile],
) -> Result<Result<BTreeMap<CaseId, Seen>, RunFault>, EngineError> {
    let Some(how) = ended(run, PROOF_LIMIT, u64::MAX) else { return Err(EngineError::Interrupted) };
    let report = read_report(report)?;
    let own = reports.first().map(|file| file.content.as_slice()).filter(|_| adapter.judge_files().is_empty());
    let report = own.or(report.as_deref());
    let finished = Finished { ended: how, stdout: &run.stdout, stderr: &run.stderr, report, reports, wall: run.wall, max_rss: 0 };
    let seen =
        |reading: Reading| reading.cases.into_iter().map(|(id, raw)| (id, Seen { outcome: raw.outcome, message: raw.message })).collect();
    Ok(adapter.read(request, &finished).map(seen))
}

/// What the person's own surroundings have that trials do not.
#[derive(Debug, Clone, Copy)]
pub struct Surroundings<'a> {
    /// Their home directory.
    pub home: Option<&'a Path>,
    /// Their time zone, where it is not that of trials.
    pub zone: Option<&'a str>,
    /// The benchmark's command.
    pub command: &'a str,
}

/// The time zone that `TZ` names or the system's, where it is not UTC.
pub fn zone(variable: fn(&str) -> Option<OsString>) -> Option<String> {
    let named = variable("TZ").and_then(|zone| zone.into_string().ok()).map(|zone| zone.trim_start_matches(':').to_owned());
    let system = || {
        let link = std::fs::canonicalize("/etc/localtime").ok()?;
        link.to_str()?.split_once("/zoneinfo/").map(|(_, zone)| zone.to_owned())
    };
    let is_utc =
        |zone: &String| ["", "UTC", "Etc/UTC", "UTC0", "GMT", "Etc/GMT", "Universal", "Etc/Universal", "Zulu"].contains(&zone.as_str());
    named.or_else(system).filter(|zone| !is_utc(zone))
}

/// The cases that end differently, by id, each with the line that mends it.
pub fn differences(inside: &Scorecard, outside: &BTreeMap<CaseId, Seen>, own: Surroundings<'_>) -> Vec<Difference> {
    let all: BTreeSet<&CaseId> = inside.cases.keys().chain(outside.keys()).collect();
    let pair = |case: &CaseId| (inside.cases.get(case).map(|seen| seen.outcome), outside.get(case).map(|seen| seen.outcome));
    let good = |outcome: CaseOutcome| !outcome.is_failing();
    let one = |case: &CaseId| {
        let (here, there) = pair(case);
        let message = |text: Option<&String>| text.map_or_else(String::new, |text| format!(": {}", last_line(text)));
        let mut line = None;
        let (why, ignorable) = match (here, there) {
            (a, b) if a == b || (a.is_some_and(CaseOutcome::is_failing) && b.is_some_and(CaseOutcome::is_failing)) => return None,
            (Some(a), b) if a.is_failing() => {
                let said = inside.cases.get(case).and_then(|seen| seen.message.as_deref()).unwrap_or_default();
                let seen = if b.is_some_and(good) { "passes outside only" } else { "ran in the sandbox only" };
                let cause = mend::of_case(said, own.home, own.command, own.zone);
                line = cause.line;
                (format!("{seen}, {}: {}", cause.what, last_line(said)), true)
            }
            (a, Some(b)) if b.is_failing() && a.is_some() => {
                (format!("fails outside only{}", message(outside.get(case).and_then(|seen| seen.message.as_ref()))), false)
            }
            (None, _) => ("ran outside only".into(), false),
            (_, None) => ("ran in the sandbox only".into(), false),
            (Some(CaseOutcome::Skip), _) => ("skipped in the sandbox".into(), false),
            _ => ("skipped outside".into(), false),
        };
        let mend = ignorable.then(|| line.map_or_else(|| ignore_line(case), |line| format!("{line}, or {}", ignore_line(case))));
        Some(Difference { case: case.clone(), inside: here, outside: there, why, mend, ignorable })
    };
    all.into_iter().filter_map(one).collect()
}

fn ignore_line(case: &CaseId) -> String {
    format!("ignore = [{}]", toml::Value::String(case.0.clone()))
}

/// The line of a failure that says what went wrong: tracebacks end with it.
fn last_line(message: &str) -> String {
    let line = message.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or("nothing");
    line.chars().take(160).collect()
}

/// Failing cases that name a file which exists beside the repository's files but is not one of them.
pub fn missing_files(root: &Path, files: &[RepoPath], card: &Scorecard) -> Vec<Difference> {
    let tracked = |path: &Path| files.iter().any(|file| file.as_path().starts_with(path));
    let absent = |message: &str| {
        let words = message.split(['\'', '"', '`']).map(str::trim).filter(|word| !word.is_empty() && !word.contains('\n'));
        let inside = words.map(|word| Path::new(word).strip_prefix(root).unwrap_or(Path::new(word)).to_owned());
        let plain =
            inside.filter(|path| path.is_relative() && path.components().all(|part| matches!(part, std::path::Component::Normal(_))));
        plain.into_iter().find(|path| !tracked(path) && root.join(path).exists())
    };
    let failing = card.cases.iter().filter(|(_, case)| case.outcome.is_failing());
    failing
        .filter_map(|(id, case)| {
            let path = absent(case.message.as_deref().filter(|message| message.contains("No such file") || message.contains("NotFound"))?)?;
            Some(Difference {
                case: id.clone(),
                inside: Some(case.outcome),
                outside: None,
                why: format!("needs {}, which is in your directory and not in the commit", path.display()),
                mend: Some(format!("git add -f {0} and commit, or setup = \"COMMAND that makes {0}\"", path.display())),
                ignorable: false,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use kaizen_domain::points::Points;
    use kaizen_domain::scorecard::CaseResult;

    fn inside(cases: &[(&str, CaseOutcome, &str)]) -> Scorecard {
        let result = |outcome, message: &str| CaseResult {
            outcome,
            points: Points::ZERO,
            worth: Points::ONE,
            category: "all".into(),
            duration: None,
            message: Some(message.to_owned()),
        };
        let cases = cases.iter().map(|(id, outcome, message)| (CaseId((*id).into()), result(*outcome, message))).collect();
        Scorecard { cases, ..Scorecard::default() }
    }

    fn outside(cases: &[(&str, CaseOutcome)]) -> BTreeMap<CaseId, Seen> {
        cases.iter().map(|(id, outcome)| (CaseId((*id).into()), Seen { outcome: *outcome, message: None })).collect()
    }

    #[test]
    fn each_difference_names_its_cause_and_the_line_that_mends_it() {
        use CaseOutcome::{Error, Fail, Pass, Skip};
        let inside = inside(&[
            ("a.net", Error, "Traceback\nsocket.gaierror: [Errno -3] Temporary failure in name resolution"),
            ("b.home", Fail, "AssertionError: False is not true : /home/me/.config is missing"),
            ("c.same", Fail, "wrong"),
            ("d.here", Pass, ""),
            ("e.skip", Skip, ""),
        ]);
        let outside = outside(&[("a.net", Pass), ("b.home", Pass), ("c.same", Error), ("d.here", Fail), ("e.skip", Pass)]);
        let own = Surroundings { home: Some(Path::new("/home/me")), zone: None, command: "make test" };
        let found = differences(&inside, &outside, own);
        let told: Vec<(&str, &str, Option<&str>)> =
            found.iter().map(|one| (one.case.0.as_str(), one.why.split(':').next().unwrap_or_default(), one.mend.as_deref())).collect();
        assert_eq!(
            told,
            [
                ("a.net", "passes outside only, it needs the network, which trials do not have", Some("ignore = [\"a.net\"]")),
                ("b.home", "passes outside only, it needs your home directory, which trials do not see", Some("ignore = [\"b.home\"]")),
                ("d.here", "fails outside only", None),
                ("e.skip", "skipped in the sandbox", None),
            ]
        );
    }

    #[test]
    fn a_case_named_by_a_path_of_the_copy_is_the_projects_own() {
        let cases = outside(&[("t.py::test_zip[/tmp/copy/t.py]", CaseOutcome::Pass)]);
        let named: Vec<String> = at_home(cases, Path::new("/tmp/copy"), Path::new("/home/me/project")).into_keys().map(|id| id.0).collect();
        assert_eq!(named, ["t.py::test_zip[/home/me/project/t.py]"]);
    }

    #[test]
    fn a_case_whose_path_was_too_long_for_its_name_in_the_copy_is_the_projects_own() {
        use CaseOutcome::Pass;
        let own = inside(&[("t.py::test_zip[/]", Pass, ""), ("t.py::test_zip[/p/t.py]", Pass, ""), ("t.py::test_b[/p/t.py]", Pass, "")]);
        let cases = outside(&[
            ("t.py::test_zip[/]", Pass),
            ("t.py::test_zip[path2]", Pass),
            ("t.py::test_b[x0]", Pass),
            ("t.py::test_b[x1]", Pass),
        ]);
        let named: Vec<String> = shortened(cases, &own, Path::new("/p")).into_keys().map(|id| id.0).collect();
        assert_eq!(named, ["t.py::test_b[x0]", "t.py::test_b[x1]", "t.py::test_zip[/]", "t.py::test_zip[/p/t.py]"]);
    }

    #[test]
    fn a_case_that_ends_once_outside_as_inside_is_unsteady_and_not_different() {
        use CaseOutcome::{Fail, Pass};
        let own = inside(&[("a", Pass, ""), ("b", Fail, ""), ("c", Pass, "")]);
        let run = |cases: &[(&str, CaseOutcome)]| OutsideRun { cases: Ok(outside(cases)), wall: Duration::ZERO, unsteady: vec![] };
        let both = twice(run(&[("a", Fail), ("b", Pass), ("c", Fail)]), run(&[("a", Pass), ("b", Pass), ("c", Fail)]), &own);
        assert_eq!(both.unsteady, [CaseId("a".into())]);
        let surroundings = Surroundings { home: None, zone: None, command: "make test" };
        let found: Vec<String> = differences(&own, &both.cases.unwrap(), surroundings).into_iter().map(|one| one.case.0).collect();
        assert_eq!(found, ["b", "c"]);
    }

    #[test]
    fn a_file_that_lies_beside_the_commit_is_named() {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir(root.path().join("data")).unwrap();
        std::fs::write(root.path().join("data/big.json"), "{}").unwrap();
        let card = inside(&[("a", CaseOutcome::Error, "FileNotFoundError: [Errno 2] No such file or directory: 'data/big.json'")]);
        let found = missing_files(root.path(), &["src/a.py".parse().unwrap()], &card);
        assert_eq!(found.len(), 1);
        assert!(found[0].why.contains("data/big.json") && !found[0].ignorable, "{found:?}");
        assert_eq!(missing_files(root.path(), &["data/big.json".parse().unwrap()], &card), []);
    }
}
