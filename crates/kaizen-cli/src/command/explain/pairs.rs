//! The numbers behind a trial of a measured quantity, pair by pair, for `explain -v`: what each stage and each guardrail saw, the
//! e-value (the evidence) so far and what it has to reach, and where a stage would have been given up.

use super::curve::number;
use crate::command::time::rfc3339;
use kaizen_domain::trial::Ticket;
use kaizen_gate::futility;
use kaizen_gate::statistical::plan::Plan;
use kaizen_gate::statistical::view::{GuardView, StageView};

const DAY_MS: i64 = 86_400_000;

/// The ticket, and what its level asks of both stages together.
pub fn ticket(ticket: &Ticket, plan: &Plan) -> String {
    let Ticket { epoch, index, alpha } = ticket;
    let (midnight, needed) = (rfc3339(epoch.saturating_mul(DAY_MS)), number(plan.level_log()));
    let night = midnight.split('T').next().unwrap_or_default();
    format!("ticket      epoch {epoch} ({night}), t = {index}, alpha = {alpha:.1e}: both stages together have to reach 1/alpha = {needed}")
}

/// Each pair of a stage, with the floors of the futility line.
pub fn stage(stage: &StageView) -> Vec<String> {
    let needed = number(stage.needed);
    let floor = |pair: u32| futility::floor(pair).map_or_else(String::new, |floor| format!("   given up below {floor}"));
    let mut lines = vec![format!("            n           d    e-value   has to reach {needed}")];
    lines.extend(rows(&stage.differences, &stage.curve).map(|(pair, row)| format!("{row}{}", floor(pair))));
    let later: Vec<String> = futility::TABLE
        .iter()
        .filter(|(pairs, _)| *pairs as usize > stage.curve.len())
        .map(|(pairs, floor)| format!("{floor} at {pairs}"))
        .collect();
    if stage.reached.is_none() && !later.is_empty() {
        lines.push(format!("            later given up below {}", later.join(", ")));
    }
    lines
}

/// Each pair of a guardrail: the harm as it is bet on, and the evidence that it is below the limit.
pub fn guardrail(guard: &GuardView) -> Vec<String> {
    let needed = number(guard.needed);
    let mut lines = vec![format!("            n        harm    e-value   has to reach {needed}")];
    lines.extend(rows(&guard.harms, &guard.curve).map(|(_, row)| row));
    lines
}

fn rows<'a>(values: &'a [f64], logs: &'a [f64]) -> impl Iterator<Item = (u32, String)> + 'a {
    let row = |(pair, (value, log)): (u32, (&f64, &f64))| (pair, format!("          {pair:>3}   {value:>+9.4}  {:>9}", number(*log)));
    (1..).zip(values.iter().zip(logs)).map(row)
}
