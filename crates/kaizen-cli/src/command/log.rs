//! `kaizen log`

use super::time::rfc3339;
use crate::args;
use crate::machine::Surroundings;
use crate::output::{Output, Style};
use crate::wire::{Wanted, Wired, wire};
use kaizen_api::v1::{LogEntry, Verification};
use kaizen_domain::audit::genesis;
use kaizen_engine::error::EngineError;
use kaizen_store::StoredEvent;
use std::collections::BTreeSet;
use std::time::Duration;

pub mod network;

const PAGE: u32 = 1000;

/// Prints events, goes on printing them, verifies the chain, or tells whom Kaizen talked to.
pub async fn run(here: &Surroundings, output: &Output, wanted: &args::Log) -> Result<u8, EngineError> {
    if wanted.network {
        return network::run(here, output).await;
    }
    let wired = wire(here, output, Wanted::default()).await?;
    if wanted.verify {
        return verify(&wired, output).await;
    }
    let all = after(&wired, 0).await?;
    let skip = if wanted.lines == 0 { 0 } else { all.len().saturating_sub(wanted.lines as usize) };
    print(output, &all[skip..])?;
    let mut last = all.last().map_or(0, |event| event.sequence);
    while wanted.follow && !output.is_unread() && wired.context.checkpoint().is_ok() {
        tokio::time::sleep(Duration::from_millis(300)).await;
        let fresh = after(&wired, last).await?;
        print(output, &fresh)?;
        last = fresh.last().map_or(last, |event| event.sequence);
    }
    Ok(0)
}

async fn after(wired: &Wired, mut after: i64) -> Result<Vec<StoredEvent>, EngineError> {
    let mut all = Vec::new();
    loop {
        let page = wired.context.store.events(wired.context.project, after, PAGE).await?;
        let full = page.len() == PAGE as usize;
        after = page.last().map_or(after, |event| event.sequence);
        all.extend(page);
        if !full {
            return Ok(all);
        }
    }
}

fn print(output: &Output, events: &[StoredEvent]) -> Result<(), EngineError> {
    for stored in events {
        let mut data = serde_json::to_value(&stored.event).map_err(|source| EngineError::Stored { what: "event", source })?;
        if let Some(fields) = data.as_object_mut() {
            fields.remove("event");
        }
        let entry = LogEntry {
            schema: "kaizen.event/1".into(),
            r#type: "event".into(),
            sequence: stored.sequence,
            at: rfc3339(stored.at),
            event: stored.event.name().to_owned(),
            data,
        };
        output.either(&entry, || line(output, &entry))?;
    }
    Ok(())
}

fn line(output: &Output, entry: &LogEntry) -> String {
    let fields = entry.data.as_object().into_iter().flatten();
    let plain = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let data: Vec<String> = fields.map(|(key, value)| format!("{key}={}", plain(value))).collect();
    format!(
        "{:>5}  {}  {}  {}",
        entry.sequence,
        output.style(Style::Dim, &entry.at),
        output.style(Style::Strong, &entry.event),
        data.join("  ")
    )
}

async fn verify(wired: &Wired, output: &Output) -> Result<u8, EngineError> {
    let (store, project) = (&wired.context.store, wired.context.project);
    let mut problems = Vec::new();
    let (records, head) = match store.verify_audit(project).await? {
        Ok(found) => found,
        Err(broken) => {
            problems.push(broken.to_string());
            (0, genesis())
        }
    };
    let anchored = if problems.is_empty() { anchors(wired, &mut problems).await? } else { vec![] };
    let result =
        Verification { schema: "kaizen.verify/1".into(), holds: problems.is_empty(), records, head: head.to_string(), anchored, problems };
    output.either(&result, || verdict(output, &result))?;
    Ok(u8::from(!result.holds))
}

/// Every commit of a version must name a head this chain has had.
async fn anchors(wired: &Wired, problems: &mut Vec<String>) -> Result<Vec<String>, EngineError> {
    let (context, project) = (&wired.context, wired.context.project);
    let mut heads = BTreeSet::from([genesis().to_string()]);
    let mut after = 0;
    loop {
        let page = context.store.audit(project, after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = last.sequence;
        heads.extend(page.iter().map(|record| record.hash.to_string()));
    }
    let mut anchored = Vec::new();
    for version in context.store.versions(project).await? {
        let commit = &version.made.commit;
        match context.git.resolve(commit)? {
            None => problems.push(format!("commit {commit} of {} is gone from the repository", version.id)),
            Some(_) => match audit_trailer(wired, commit)? {
                Some(head) if heads.contains(&head) => anchored.push(commit.clone()),
                Some(head) => problems.push(format!("commit {commit} of {} names {head}, which this chain never had", version.id)),
                None => problems.push(format!("commit {commit} of {} has no Kaizen-Audit trailer", version.id)),
            },
        }
    }
    Ok(anchored)
}

fn audit_trailer(wired: &Wired, commit: &str) -> Result<Option<String>, EngineError> {
    let message = wired.context.git.message(commit)?;
    Ok(message.lines().find_map(|line| line.strip_prefix("Kaizen-Audit: ")).map(str::to_owned))
}

fn verdict(output: &Output, result: &Verification) -> String {
    if result.holds {
        let good = output.style(Style::Good, "the log holds");
        return format!("{good}: {} records, head {}, {} commits anchor it", result.records, result.head, result.anchored.len());
    }
    format!("{}\n  {}", output.style(Style::Bad, "the log does NOT hold"), result.problems.join("\n  "))
}
