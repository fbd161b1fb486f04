//! `kaizen budget asks`, `allow` and `refuse`: calls that wait for a person.

use super::usd;
use crate::command::time;
use crate::machine::now;
use crate::output::Output;
use kaizen_api::v1::{AskList, AskShown};
use kaizen_engine::error::EngineError;
use kaizen_engine::lease::has_ended;
use kaizen_store::{OpenPlea, Permission, PermissionId, Store};

/// The questions somebody still waits for: a process that ended waits for nothing.
async fn waiting(store: &Store, host: &str) -> Result<Vec<OpenPlea>, EngineError> {
    let mut open = store.open_permissions().await?;
    open.retain(|ask| !has_ended(&ask.plea.holder, host));
    Ok(open)
}

/// Lists them.
pub async fn list(store: &Store, output: &Output, host: &str) -> Result<(), EngineError> {
    let asks = waiting(store, host).await?.into_iter().map(shown).collect();
    let list = AskList { schema: "kaizen.asks/1".into(), asks };
    output.either(&list, || match list.asks.is_empty() {
        true => "no call waits to be allowed".to_owned(),
        false => list.asks.iter().map(line).collect::<Vec<_>>().join("\n"),
    })
}

fn shown(ask: OpenPlea) -> AskShown {
    let OpenPlea { id, asked_at, plea } = ask;
    AskShown {
        id: id.0,
        asked_at,
        operation: plea.operation,
        kind: plea.kind,
        tenant: plea.tenant,
        model: plea.model,
        worst_usd: plea.worst.dollars(),
        reason: plea.reason,
    }
}

fn line(ask: &AskShown) -> String {
    let worst = usd(ask.worst_usd);
    let whose = ask.tenant.as_ref().map_or_else(String::new, |tenant| format!(" for {tenant}"));
    let (id, kind, model, since) = (ask.id, &ask.kind, &ask.model, time::rfc3339(ask.asked_at));
    format!("{id:>5}  {kind}{whose} by {model}, at most {worst}, since {since}\n       {}", ask.reason)
}

/// Answers one.
pub async fn answer(store: &Store, output: &Output, host: &str, id: i64, answer: Permission) -> Result<(), EngineError> {
    let gone = || EngineError::usage(format!("no call waits under the number {id}"), "`kaizen budget asks` lists those that wait");
    let ask = waiting(store, host).await?.into_iter().find(|ask| ask.id.0 == id).ok_or_else(gone)?;
    if !store.answer_permission(PermissionId(id), answer, now()).await? {
        return Err(gone());
    }
    let word = if answer == Permission::Allowed { "may cost up to" } else { "may not cost" };
    let done = format!("the call of {} {word} {}", ask.plea.model, ask.plea.worst);
    output.done(done, Some(id.to_string()))
}
