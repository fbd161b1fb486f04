//! Many candidates in one run of the command, where the format's reporter can fork: what a start costs is paid once.
//!
//! Each candidate still runs in a process of its own that loaded nothing of the project before, over its own files, in the order of
//! the suite. The workspace is not renewed between them. So the files as they are run first and last, and where either does not end
//! as the baseline is known to, nothing of the batch is believed. What a batch says is good for screening and for nothing else.

use super::score::{Supervised, scorecard};
use super::{Court, probe, read_report, remove_report};
use crate::config;
use crate::error::{EngineError, io};
use crate::trial::adapter::{Ended as Seen, Finished, Request};
use kaizen_domain::scorecard::{CaseId, Measured, Scorecard};
use kaizen_sandbox::run::{Ended, RunSpec};
use kaizen_sandbox::workspace::{Content, FileWrite};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A candidate may take so many times what the files as they are take.
const TIMES: f64 = 10.0;
/// Beyond the candidates' own time, for a start of the command and what it loads.
const START: Duration = Duration::from_secs(60);
/// A court whose batches were not to be believed so often makes no more.
const DISTRUSTED: u8 = 2;

/// What a batch is asked.
#[derive(Debug, Clone, Copy)]
pub struct Many<'a> {
    /// The files of each candidate.
    pub candidates: &'a [Vec<FileWrite>],
    /// Only these cases.
    pub only: Option<&'a [CaseId]>,
    /// The longest one candidate may take.
    pub limit: Duration,
    /// What it may take beyond [`TIMES`] what the files as they are take.
    pub spare: Duration,
}

/// What the forking process is told.
#[derive(Serialize)]
struct Wanted<'a> {
    root: &'a str,
    seconds: f64,
    spare: f64,
    times: f64,
    candidates: Edits<'a>,
}

/// Of each candidate: where, and what is there then.
type Edits<'a> = Vec<Vec<(String, &'a str)>>;

/// What it says of each child, or why it does not fork.
#[derive(Deserialize)]
struct Line {
    nonce: String,
    candidate: Option<usize>,
    #[serde(default)]
    status: Option<i32>,
    #[serde(default)]
    seconds: f64,
    #[serde(default)]
    limit: f64,
    #[serde(default)]
    rss: u64,
    refused: Option<String>,
}

/// One child: how it ended, and its own report.
struct Child {
    line: Line,
    report: Option<Vec<u8>>,
}

impl Court<'_> {
    /// Measures candidates together; `None` for those that must be asked one by one. `is_known` tells whether the files as they are end
    /// as they did before.
    pub fn measured_together(
        &mut self,
        many: Many<'_>,
        is_known: impl Fn(&Scorecard) -> bool,
    ) -> Result<Vec<Option<Measured>>, EngineError> {
        let unknown = || vec![None; many.candidates.len()];
        if !self.may_batch() || !self.context.config.metric.is_empty() || self.stand_ins.is_none() {
            return Ok(unknown());
        }
        let Some(children) = self.children(many, None)? else { return Ok(unknown()) };
        let request = self.request(&self.command, many.only, false);
        let mut measured: Vec<Option<Measured>> = children.iter().map(|child| Some(self.measured(&request, child.as_ref()?))).collect();
        // A case that fails before and after tells by its words whether anything was left behind.
        let ends = [measured.first(), measured.last()].map(|end| match end {
            Some(Some(Ok(card))) if is_known(card) => Some(words(card)),
            _ => None,
        });
        if ends[0].is_none() || ends[0] != ends[1] {
            self.distrusted += 1;
            return Ok(unknown());
        }
        measured.remove(0);
        measured.truncate(many.candidates.len());
        Ok(measured)
    }

    /// What the reporter says as a probe in the process of each candidate, with those of the files as they are first and last; `None`
    /// where it must be asked one by one.
    pub fn probed_together(&mut self, many: Many<'_>, wanted: &probe::Wanted<'_>) -> Result<Option<Vec<Vec<Value>>>, EngineError> {
        if !self.may_batch() || !self.adapter.probes() {
            return Ok(None);
        }
        let file = self.probe_file(wanted)?;
        let children = self.children(many, Some(&file))?;
        std::fs::remove_file(&file).map_err(io("remove", &file))?;
        let told = |child: Option<Child>| child.map(|child| probe::lines(&child.report.unwrap_or_default(), &self.nonce));
        Ok(children.and_then(|children| children.into_iter().map(told).collect()))
    }

    fn may_batch(&self) -> bool {
        let config = &self.context.config;
        self.adapter.batches() && self.distrusted < DISTRUSTED && config.benchmark.report.is_none() && config.grants.start.is_empty()
    }

    /// Runs the command once; `None` where it does not fork here. One child for each candidate, with the files as they are before and
    /// after; children that were not told of are absent.
    fn children(&mut self, many: Many<'_>, probe: Option<&Path>) -> Result<Option<Vec<Option<Child>>>, EngineError> {
        let root = self.jail.root().to_owned();
        let Some((root, candidates)) = root.to_str().zip(edits(many.candidates, &root)) else { return Ok(None) };
        self.context.checkpoint()?;
        self.jail.reset()?;
        remove_report(&self.report)?;
        let count = candidates.len();
        let told = self.tell(many, root, candidates)?;
        let spec = self.batch_spec(many, &told, probe, count);
        let outcome = self.supervised(&spec)?;
        std::fs::remove_file(&told).map_err(io("remove", &told))?;
        let lines = read_report(&self.report)?.and_then(|bytes| lines(&bytes, &self.nonce, count)).unwrap_or_default();
        let children = self.reports(count, lines)?;
        if children.iter().all(Option::is_none) && outcome.ended != Ended::OutOfMemory {
            // Nothing forks here, and nothing will.
            self.distrusted = DISTRUSTED;
            return Ok(None);
        }
        Ok(Some(children))
    }

    fn tell(&self, many: Many<'_>, root: &str, candidates: Edits<'_>) -> Result<PathBuf, EngineError> {
        let file = self.report.with_file_name("batch.json");
        let (seconds, spare) = (many.limit.as_secs_f64(), many.spare.as_secs_f64());
        let wanted = Wanted { root, seconds, spare, times: TIMES, candidates };
        let text = serde_json::to_vec(&wanted).map_err(|source| EngineError::Stored { what: "batch", source })?;
        std::fs::write(&file, text).map_err(io("write", &file))?;
        Ok(file)
    }

    fn batch_spec(&self, many: Many<'_>, told: &Path, probe: Option<&Path>, count: usize) -> RunSpec {
        let mut invocation = self.adapter.prepare(&self.request(&self.command, many.only, false));
        invocation.env.push(("KAIZEN_BATCH".into(), told.into()));
        invocation.env.extend(probe.map(|file| ("KAIZEN_PROBE".into(), file.into())));
        let all = many.limit.saturating_mul(u32::try_from(count).unwrap_or(u32::MAX)).saturating_add(START);
        RunSpec { count: None, ..self.spec(invocation, all) }
    }

    /// Reads and removes what each child reported.
    fn reports(&self, count: usize, mut lines: BTreeMap<usize, Line>) -> Result<Vec<Option<Child>>, EngineError> {
        let one = |number: usize| {
            let mut name = self.report.clone().into_os_string();
            name.push(format!(".{number}"));
            let path = PathBuf::from(name);
            let report = read_report(&path)?;
            remove_report(&path)?;
            Ok(lines.remove(&number).map(|line| Child { line, report }))
        };
        (0..count).map(one).collect()
    }

    fn measured(&self, request: &Request<'_>, child: &Child) -> Measured {
        let Child { line, report } = child;
        let wall = Duration::try_from_secs_f64(line.seconds).unwrap_or_default();
        let late = Seen::TimedOut(Duration::try_from_secs_f64(line.limit).unwrap_or_default());
        let ended = line.status.map_or(late, seen);
        let max_rss = line.rss.saturating_mul(1024);
        let finished = Finished { ended, stdout: b"", stderr: b"", report: report.as_deref(), reports: &[], wall, max_rss };
        let reading = self.adapter.read(request, &finished)?;
        let supervised = Supervised { finished: &finished, instructions: Ok(None) };
        scorecard(&self.context.config, reading, &supervised, self.suite)
    }
}

/// How a process ended, from what waiting for it said.
fn seen(status: i32) -> Seen<'static> {
    match status & 0x7f {
        0 => Seen::Exit((status >> 8) & 0xff),
        signal => Seen::Signal(signal),
    }
}

/// What is written for each candidate, with nothing before and after them; `None` where one does more than to edit text that is there.
fn edits<'a>(candidates: &'a [Vec<FileWrite>], root: &Path) -> Option<Edits<'a>> {
    let one = |write: &'a FileWrite| match &write.content {
        Some(Content::File { bytes, .. }) if write.path != Path::new(config::FILE) => {
            Some((root.join(&write.path).to_str()?.to_owned(), std::str::from_utf8(bytes).ok()?))
        }
        _ => None,
    };
    let mut all = vec![Vec::new()];
    for candidate in candidates {
        all.push(candidate.iter().map(one).collect::<Option<Vec<_>>>()?);
    }
    all.push(Vec::new());
    Some(all)
}

/// The lines by candidate; `None` where it refused, or more than one process took the batch for its own.
fn lines(report: &[u8], nonce: &str, count: usize) -> Option<BTreeMap<usize, Line>> {
    let mut found = BTreeMap::new();
    let read = report.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice::<Line>(line).ok());
    for line in read.filter(|line| line.nonce == nonce) {
        let number = line.candidate.filter(|number| line.refused.is_none() && *number < count)?;
        if found.insert(number, line).is_some() {
            return None;
        }
    }
    Some(found)
}

/// The failures' own words, without the digits of numbers: those may be addresses, times, or count temporary directories.
fn words(card: &Scorecard) -> BTreeMap<&CaseId, String> {
    let plain = |text: &str| text.chars().filter(|letter| !letter.is_ascii_hexdigit()).collect();
    card.cases.iter().filter_map(|(case, result)| Some((case, plain(result.message.as_deref()?)))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(report: &str) -> Option<Vec<(usize, Option<i32>)>> {
        Some(lines(report.as_bytes(), "n", 3)?.into_iter().map(|(number, line)| (number, line.status)).collect())
    }

    #[test]
    fn a_batch_is_read_only_where_one_process_took_it() {
        let one = "{\"nonce\": \"n\", \"candidate\": 0, \"status\": 256}\n{\"nonce\": \"n\", \"candidate\": 1, \"status\": null}\n{\"nonce\": \"n\", \"can";
        assert_eq!(found(one), Some(vec![(0, Some(256)), (1, None)]));
        assert_eq!(found(&format!("{}\n{}", one.lines().next().unwrap(), one)), None, "two took it");
        assert_eq!(found("{\"nonce\": \"n\", \"refused\": \"calc\"}"), None);
        assert_eq!(found("{\"nonce\": \"other\", \"candidate\": 0}"), Some(Vec::new()), "somebody else's");
    }

    #[test]
    fn only_edits_of_text_are_batched() {
        let write = |content| vec![FileWrite { path: "a.py".into(), content }];
        let text = Some(Content::File { bytes: b"a".to_vec(), executable: false });
        let made = edits(&[write(text)], Path::new("/p")).map(|all| all.iter().map(Vec::len).collect::<Vec<_>>());
        assert_eq!(made, Some(vec![0, 1, 0]), "with the files as they are before and after");
        assert_eq!(edits(&[write(None)], Path::new("/p")), None);
        assert_eq!(edits(&[write(Some(Content::Symlink(b"x".to_vec())))], Path::new("/p")), None);
        assert_eq!(edits(&[write(Some(Content::File { bytes: vec![0xff], executable: false }))], Path::new("/p")), None);
    }

    #[test]
    fn a_status_is_an_exit_code_or_a_signal() {
        assert_eq!((seen(256), seen(0), seen(9)), (Seen::Exit(1), Seen::Exit(0), Seen::Signal(9)));
    }
}
