//! What the machine's noise lets a benchmark prove, before anybody spends a night on it.

use super::quiet;
use kaizen_api::v1::{EffectCost, MetricNoise, Quietness};
use kaizen_engine::config::metric::{Metric, objective};
use kaizen_engine::error::EngineError;
use kaizen_engine::gate::statistical::{objective_of, plan};
use kaizen_engine::progress::Progress;
use kaizen_engine::session::Session;
use kaizen_engine::trial::noise::{FEWEST, Noise};
use kaizen_gate::calibration::{Calibration, ENOUGH};
use kaizen_gate::guardrail::Guardrail;
use kaizen_gate::statistical::plan::Plan;
use std::time::Duration;

/// True effects people ask about, as shares.
const EFFECTS: [f64; 7] = [0.01, 0.02, 0.03, 0.05, 0.10, 0.20, 0.50];

/// Learns the noise and says what follows; nothing where no quantity is declared. A rough answer comes after five pairs.
pub async fn of(session: &mut Session<'_>, more: Option<u32>) -> Result<Option<(Vec<MetricNoise>, Quietness)>, EngineError> {
    let metrics = session.context.config.metric.clone();
    let Some(primary) = objective(&metrics) else { return Ok(None) };
    let known = Noise::known(session).await?;
    let first = FEWEST.saturating_sub(known.pairs()).min(more.unwrap_or(FEWEST));
    let known = known.extend(session, first).await?;
    if first > 0 {
        tell(session, &known, primary)?;
    }
    let rest = more.map_or_else(|| known.missing(session), |wanted| wanted - first);
    let noise = known.extend(session, rest).await?;
    let plan = plan(session, &noise, &primary.name)?;
    let declared = metrics.iter().map(|metric| one(session, &noise, metric, &plan, metric.name == primary.name));
    let all = declared.chain(defaults(&metrics, &plan, &noise)).collect();
    Ok(Some((all, quiet::of(&noise))))
}

/// Guardrails nobody declared.
fn defaults(metrics: &[Metric], plan: &Plan, noise: &Noise) -> Vec<MetricNoise> {
    let of = |guardrail: &Guardrail| MetricNoise {
        role: "default guardrail".to_owned(),
        pairs: noise.pairs(),
        rough: noise.pairs() < ENOUGH,
        noise: guardrail.scale,
        limit: Some(guardrail.limit.margin()),
        ..empty(&guardrail.name)
    };
    let undeclared = |guardrail: &&Guardrail| metrics.iter().all(|metric| metric.name != guardrail.metric);
    plan.guardrails.iter().filter(undeclared).map(of).collect()
}

fn empty(name: &str) -> MetricNoise {
    MetricNoise {
        metric: name.to_owned(),
        role: String::new(),
        pairs: 0,
        rough: true,
        noise: 0.0,
        constant: false,
        broken: false,
        drift_per_hour: None,
        modes_apart: None,
        order_gain: None,
        provable: None,
        limit: None,
        unprovable: None,
        table: Vec::new(),
    }
}

fn alpha(session: &Session<'_>) -> f64 {
    kaizen_gate::ledger::alpha(session.context.config.gate.fdr, 1, 0)
}

fn tell(session: &Session<'_>, noise: &Noise, metric: &Metric) -> Result<(), EngineError> {
    let plan = plan(session, noise, &metric.name)?;
    if let Some(seen) = noise.calibration(&plan.objective) {
        session.context.report(Progress::Resolution {
            metric: metric.name.clone(),
            noise: seen.scale,
            pairs: seen.pairs,
            provable: seen.resolvable(alpha(session), plan.max_pairs),
            at_most: session.wall * 4 * plan.max_pairs,
        });
    }
    Ok(())
}

fn one(session: &Session<'_>, noise: &Noise, metric: &Metric, plan: &Plan, is_objective: bool) -> MetricNoise {
    let objective = objective_of(metric, noise);
    let seen = noise.calibration(&objective);
    let alpha = alpha(session);
    let guardrail = plan.guardrails.iter().find(|guardrail| guardrail.metric == metric.name);
    let minutes = |pairs: u32| (session.wall * 2 * pairs).as_secs_f64() / 60.0;
    let effects = if is_objective { EFFECTS.as_slice() } else { &[] };
    let table = seen.as_ref().map_or_else(Vec::new, |seen| seen.table(alpha, plan.max_pairs, effects));
    MetricNoise {
        metric: metric.name.clone(),
        role: if is_objective { "objective" } else { "guardrail" }.to_owned(),
        pairs: noise.pairs(),
        rough: seen.as_ref().is_none_or(|seen| seen.rough),
        noise: seen.as_ref().map_or(0.0, |seen| seen.scale),
        constant: seen.as_ref().is_some_and(|seen| seen.constant),
        broken: seen.as_ref().is_some_and(Calibration::is_broken),
        drift_per_hour: seen.as_ref().and_then(|seen| seen.drift.as_ref().map(|drift| drift.per_hour)),
        modes_apart: seen.as_ref().and_then(|seen| seen.modes.as_ref().map(|modes| modes.apart)),
        order_gain: seen.as_ref().and_then(|seen| seen.order.as_ref().map(|order| order.gain)),
        provable: seen.as_ref().and_then(|seen| seen.resolvable(alpha, plan.max_pairs)).filter(|_| is_objective),
        limit: guardrail.map(|guardrail| guardrail.limit.margin()),
        unprovable: guardrail.and_then(|guardrail| guardrail.unprovable()).map(|reason| reason.to_string()),
        table: table.iter().map(|line| EffectCost { effect: line.effect, pairs: line.pairs, minutes: line.pairs.map(minutes) }).collect(),
    }
}

/// One quantity for people.
pub fn text(seen: &MetricNoise) -> Vec<String> {
    let rough = if seen.rough { format!(", rough: {ENOUGH} make it sure") } else { String::new() };
    let mut lines = vec![format!(
        "\n  {}   {}   one pair varies by {:.2} % ({} pairs of the unchanged project{rough})",
        seen.metric,
        seen.role,
        100.0 * seen.noise,
        seen.pairs
    )];
    let mut note = |text: String| lines.push(format!("    {text}"));
    if seen.broken {
        note("BROKEN: the unchanged project proves better than itself; start each run from the same state".into());
    }
    if seen.constant {
        note("the same value in every run".into());
    }
    if let Some(drift) = seen.drift_per_hour {
        note(format!("drifts by {:+.1} % an hour; pairs cancel it", 100.0 * drift));
    }
    if let Some(apart) = seen.modes_apart {
        note(format!("falls into two groups {:.1} % apart", 100.0 * apart));
    }
    if let Some(gain) = seen.order_gain {
        note(format!("the second run of a pair gains {:+.1} %; the coin cancels it", 100.0 * gain));
    }
    if let Some(limit) = seen.limit {
        note(format!("may become worse by {:.1} %", 100.0 * limit));
    }
    if let Some(why) = &seen.unprovable {
        note(why.clone());
    }
    lines.extend(table(seen));
    lines
}

fn table(seen: &MetricNoise) -> Vec<String> {
    if seen.table.is_empty() {
        return Vec::new();
    }
    let mut lines = vec!["    effect   pairs   time".to_owned()];
    lines.extend(seen.table.iter().map(|line| match (line.pairs, line.minutes) {
        (Some(pairs), Some(minutes)) => {
            format!("    {:>5.0} %  {pairs:>6}   {}", 100.0 * line.effect, crate::render::span(Duration::from_secs_f64(60.0 * minutes)))
        }
        _ => format!("    {:>5.0} %  cannot be proven in one trial", 100.0 * line.effect),
    }));
    lines
}
