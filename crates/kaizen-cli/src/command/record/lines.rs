//! Records as JSON lines on standard input: good ones are recorded in batches, bad ones told and kept apart.

use crate::machine::{Surroundings, now};
use crate::output::Output;
use crate::wire::{project, redactor, settings};
use kaizen_api::v1::{RecordResult, Refused};
use kaizen_domain::id::ProjectId;
use kaizen_domain::operation::{Kind, Operation, SessionId, Source};
use kaizen_domain::trajectory::{Feedback, Trajectory};
use kaizen_engine::error::EngineError;
use kaizen_engine::observe::operation::{Entry, RECORD_LIMIT, line};
use kaizen_engine::observe::redact::Redactor;
use kaizen_store::Store;
use std::io::{BufRead, IsTerminal, Read};

/// Records in one transaction.
const BATCH: usize = 500;

/// Reads standard input to its end.
pub async fn run(here: &Surroundings, output: &Output, kind: Option<&Kind>, session: Option<&SessionId>) -> Result<u8, EngineError> {
    if std::io::stdin().is_terminal() {
        let hint = "kaizen record -- make deploy, or: echo '{\"kind\": \"deploy\", \"outcome\": \"ok\"}' | kaizen record";
        return Err(EngineError::usage("there is nothing to record", hint));
    }
    let redactor = redactor(&settings(here)?)?;
    let store = Store::open(&here.store).await?;
    let project = project(here, &store).await?;
    let mut batch = Batch::new(&store, project, &redactor);
    let mut input = std::io::stdin().lock();
    for number in 1.. {
        let Some(text) = next(&mut input)? else { break };
        if !text.trim_ascii().is_empty() {
            batch.take(number, &text, kind, session).await?;
        }
    }
    let result = batch.finish().await?;
    store.close().await;
    told(output, &result)
}

/// One line without its end, cut a little beyond what is read of it.
fn next(input: &mut impl BufRead) -> Result<Option<Vec<u8>>, EngineError> {
    let unreadable = |source| EngineError::Io { action: "read", path: "standard input".into(), source };
    let mut bytes = Vec::new();
    let read = input.by_ref().take(RECORD_LIMIT as u64 + 2).read_until(b'\n', &mut bytes).map_err(unreadable)?;
    if read > RECORD_LIMIT && bytes.last() != Some(&b'\n') {
        input.skip_until(b'\n').map_err(unreadable)?;
    }
    if bytes.last() == Some(&b'\n') {
        bytes.pop();
    }
    Ok((read > 0).then_some(bytes))
}

/// Records that wait for their transaction, and what became of those before.
struct Batch<'a> {
    store: &'a Store,
    project: ProjectId,
    redactor: &'a Redactor,
    operations: Vec<Operation>,
    trajectories: Vec<Trajectory>,
    feedback: Vec<(u64, String, Feedback)>,
    buried: Vec<(String, String)>,
    result: RecordResult,
}

impl<'a> Batch<'a> {
    fn new(store: &'a Store, project: ProjectId, redactor: &'a Redactor) -> Self {
        let result = RecordResult { schema: "kaizen.record/1".into(), new: 0, known: 0, refused: Vec::new(), notes: Vec::new() };
        let (operations, trajectories, feedback, buried) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { store, project, redactor, operations, trajectories, feedback, buried, result }
    }

    async fn take(&mut self, number: u64, bytes: &[u8], kind: Option<&Kind>, session: Option<&SessionId>) -> Result<(), EngineError> {
        let text = String::from_utf8_lossy(bytes);
        let read = match std::str::from_utf8(bytes) {
            Ok(text) => line(text, now(), Source::Record).map_err(|refusal| refusal.to_string()),
            Err(error) => Err(format!("this is not UTF-8: {error}")),
        };
        match read {
            Err(reason) => self.refuse(number, &text, reason),
            Ok(read) => {
                self.result.notes.extend(read.notes.into_iter().map(|reason| Refused { line: number, reason }));
                self.sort(number, &text, read.record, kind, session);
            }
        }
        let waiting = self.operations.len() + self.trajectories.len() + self.feedback.len() + self.buried.len();
        if waiting >= BATCH { self.flush().await } else { Ok(()) }
    }

    fn sort(&mut self, number: u64, text: &str, entry: Entry, kind: Option<&Kind>, session: Option<&SessionId>) {
        match entry {
            Entry::Operation(mut one) => {
                self.redactor.operation(&mut one);
                one.kind = kind.cloned().unwrap_or(one.kind);
                one.session = one.session.or_else(|| session.cloned());
                self.operations.push(*one);
            }
            Entry::Trajectory(mut one) => {
                self.redactor.trajectory(&mut one);
                one.kind = kind.cloned().unwrap_or(one.kind);
                one.session = one.session.or_else(|| session.cloned());
                self.trajectories.push(*one);
            }
            Entry::Feedback(mut one) => {
                self.redactor.feedback(&mut one);
                self.feedback.push((number, self.redactor.text(text).into_owned(), one));
            }
        }
    }

    fn refuse(&mut self, line: u64, text: &str, reason: String) {
        self.buried.push((reason.clone(), self.redactor.text(text).into_owned()));
        self.result.refused.push(Refused { line, reason });
    }

    /// Feedback comes last: it may be about what came with it.
    async fn flush(&mut self) -> Result<(), EngineError> {
        let operations = self.store.record_operations(self.project, &self.operations).await?;
        let trajectories = self.store.record_trajectories(self.project, &self.trajectories).await?;
        let feedback: Vec<Feedback> = self.feedback.iter().map(|(_, _, feedback)| feedback.clone()).collect();
        let known = self.store.record_feedback(self.project, &feedback).await?;
        self.result.new += operations.new + trajectories.new + known.iter().filter(|known| **known).count() as u64;
        self.result.known += operations.known + trajectories.known;
        for ((line, text, _), _) in std::mem::take(&mut self.feedback).into_iter().zip(known).filter(|(_, known)| !known) {
            self.refuse(line, &text, "nothing that was recorded here has this id or session".to_owned());
        }
        self.store.bury(self.project, now(), "record", &self.buried).await?;
        self.operations.clear();
        self.trajectories.clear();
        self.buried.clear();
        Ok(())
    }

    async fn finish(mut self) -> Result<RecordResult, EngineError> {
        self.flush().await?;
        self.result.refused.sort_by_key(|refused| refused.line);
        Ok(self.result)
    }
}

fn told(output: &Output, result: &RecordResult) -> Result<u8, EngineError> {
    if !output.json {
        result.notes.iter().for_each(|note| output.note(format!("line {}: note: {}", note.line, note.reason)));
        result.refused.iter().for_each(|refused| output.note(format!("line {}: refused: {}", refused.line, refused.reason)));
    }
    output.either(result, || {
        let refused = if result.refused.is_empty() { String::new() } else { format!(", {} refused", result.refused.len()) };
        let known = if result.known == 0 { String::new() } else { format!(", {} known before", result.known) };
        format!("{} recorded{known}{refused}", result.new)
    })?;
    Ok(u8::from(!result.refused.is_empty()))
}
