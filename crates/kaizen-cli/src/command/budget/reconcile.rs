//! `kaizen budget reconcile`: money that daemons which were cut off had put aside.

use super::super::time;
use super::usd;
use crate::args::Reconcile;
use crate::machine::Surroundings;
use crate::output::Output;
use kaizen_api::v1::{Reconciled, StrandedShown};
use kaizen_domain::money::Usd;
use kaizen_engine::daemon_run::{Stranded, clear_settled, settle, stranded};
use kaizen_engine::error::EngineError;
use kaizen_store::Store;

/// Lists it, and gives back what was asked to be.
pub async fn run(here: &Surroundings, output: &Output, store: &Store, wanted: Reconcile) -> Result<(), EngineError> {
    let found = stranded(store, &here.machine.host, &here.runs).await?;
    let chosen = chosen(&found, &wanted)?;
    if wanted.yes {
        for (block, spent) in &chosen {
            settle(store, block, *spent).await?;
        }
        clear_settled(store, &here.machine.host, &here.runs, &found).await?;
    }
    let back = chosen.iter().map(|(block, spent)| (block.block.amount - *spent).or_zero()).sum::<Usd>();
    let result = Reconciled {
        schema: "kaizen.reconcile/1".into(),
        done: wanted.yes,
        given_back_usd: back.dollars(),
        blocks: found.iter().map(shown).collect(),
    };
    output.either(&result, || text(&result, !chosen.is_empty()))
}

/// Which blocks end, and with how much spent.
fn chosen<'a>(found: &'a [Stranded], wanted: &Reconcile) -> Result<Vec<(&'a Stranded, Usd)>, EngineError> {
    let (Some(number), Some(dollars)) = (wanted.block, wanted.spent) else {
        return Ok(found.iter().filter(|one| one.doubt.is_none()).map(|one| (one, one.recorded)).collect());
    };
    let listed = "kaizen budget reconcile lists them";
    let block = found.iter().find(|one| one.block.id.0 == number);
    let block = block.ok_or_else(|| EngineError::usage(format!("no daemon that was cut off left a block {number} open"), listed))?;
    let spent = Usd::from_dollars(dollars).filter(|spent| *spent >= block.recorded);
    let least = format!("the records of its calls alone say {}", block.recorded);
    let spent = spent.ok_or_else(|| EngineError::usage(format!("--spent {dollars}: {least}"), "say what all its calls cost"))?;
    Ok(vec![(block, spent)])
}

fn shown(stranded: &Stranded) -> StrandedShown {
    let block = &stranded.block;
    StrandedShown {
        id: block.id.0,
        purse: block.purse.clone(),
        month: block.month.to_string(),
        amount_usd: block.amount.dollars(),
        process: block.holder.pid,
        taken_at: block.taken_at,
        recorded_usd: stranded.recorded.dollars(),
        free_usd: stranded.free().dollars(),
        doubt: stranded.doubt.map(|doubt| doubt.to_string()),
    }
}

fn text(result: &Reconciled, any: bool) -> String {
    if result.blocks.is_empty() {
        return "no daemon that was cut off left money aside".to_owned();
    }
    let mut lines: Vec<String> = result.blocks.iter().map(line).collect();
    let back = usd(result.given_back_usd);
    lines.push(match (result.done, any) {
        (true, true) => format!("{back} are free again"),
        (false, true) => format!("{back} would be free again: kaizen budget reconcile --yes"),
        (_, false) => "what these calls cost only the provider knows: kaizen budget reconcile --block N --spent USD --yes".to_owned(),
    });
    lines.join("\n")
}

fn line(block: &StrandedShown) -> String {
    let StrandedShown { id, purse, month, process, .. } = block;
    let (amount, recorded) = (usd(block.amount_usd), usd(block.recorded_usd));
    let rest = match &block.doubt {
        None => format!("{} were not sent", usd(block.free_usd)),
        Some(doubt) => format!("the rest counts as spent: {doubt}"),
    };
    let since = time::rfc3339(block.taken_at);
    format!("block {id}: {amount} of {purse} for {month}, by process {process} since {since}; {recorded} of it recorded, {rest}")
}
