//! The measured quantity of a check: coin-ordered pairs, each question with evidence of its own.

use super::sides::Sides;
use super::{Compared, Wish};
use crate::config::benchmark::Format;
use crate::config::metric::{Direction, Metric, MetricSource, Role, objective};
use crate::error::EngineError;
use crate::gate::statistical::{guardrail, objective_of, of_benchmarks};
use crate::progress::Progress;
use crate::trial::judge::Judge;
use crate::trial::noise::Noise;
use crate::trial::quiet::Watch;
use crate::trial::{coin, slot};
use kaizen_domain::trial::{Coin, Sample};
use kaizen_gate::calibration::resolvable;
use kaizen_gate::check::{Conclusion, Course, LEVEL, Question, Step, course, standing, step};
use kaizen_gate::statistical::Next;
use kaizen_gate::statistical::plan::MAX_PAIRS;

/// Pairs of the change against itself before it is compared, where none are known.
const CALIBRATION: u32 = 10;

/// What "not worse" allows where nothing is said.
const MARGIN: f64 = 0.05;

/// Compares the objective, where there is one.
pub async fn compare(sides: &mut Sides<'_>, wish: &Wish) -> Result<Option<Compared>, EngineError> {
    let context = sides.head.context;
    let Some(metric) = wanted(sides, wish) else { return Ok(None) };
    let known = Noise::known(&sides.head).await?;
    let missing = CALIBRATION.saturating_sub(known.pairs()).min(affordable(sides, wish));
    let noise = known.extend(&mut sides.head, missing).await?;
    let question = question(sides, wish, &metric, &noise);
    let slot = tokio::task::block_in_place(|| slot::take(context))?;
    sides.watch = Watch::default();
    let (conclusion, course) = pairs(sides, wish, &question)?;
    drop(slot);
    Ok(Some(Compared {
        metric: metric.name.clone(),
        lower: metric.direction == Direction::Lower,
        noise: question.scale,
        margin: question.margin,
        conclusion,
        course,
        pair_seconds: 2.0 * sides.head.wall.as_secs_f64(),
        provable: resolvable(LEVEL, question.scale, question.max_pairs),
        most: question.max_pairs,
        again: sides.watch.again(),
    }))
}

/// Calibration pairs that leave half of the time for the comparison; three at least, since without a scale nothing can be shown.
fn affordable(sides: &Sides<'_>, wish: &Wish) -> u32 {
    let Some(until) = wish.until else { return u32::MAX };
    let left = u128::try_from(until - sides.head.context.now()).unwrap_or(0);
    let pair = (2 * sides.head.wall).as_millis().max(1);
    u32::try_from(left / 2 / pair).unwrap_or(u32::MAX).max(3)
}

/// The declared objective; the suite's time where that is asked for or all there is.
fn wanted(sides: &Sides<'_>, wish: &Wish) -> Option<Metric> {
    let config = &sides.head.context.config;
    let timed = wish.time || config.benchmark.format == Format::Time;
    let seconds = || Metric {
        name: "seconds".into(),
        source: MetricSource::Time,
        direction: Direction::Lower,
        role: Some(Role::Objective),
        min_gain: None,
        max_regression: None,
        target: None,
    };
    objective(&config.metric).cloned().or_else(|| timed.then(seconds))
}

fn question(sides: &Sides<'_>, wish: &Wish, metric: &Metric, noise: &Noise) -> Question {
    let config = &sides.head.context.config;
    // What nobody declared is no part of the question, but that a mean of many may hide a loss of one.
    let others = config.metric.iter().filter(|other| other.name != metric.name);
    let each = of_benchmarks(&sides.head, noise).filter(|rail| sides.both_give(&rail.metric));
    let guardrails = others.map(|other| guardrail(other, noise)).chain(each).collect();
    let objective = objective_of(metric, noise);
    let declared = metric.max_regression.map(|margin| margin.share());
    Question {
        gate_version: kaizen_gate::GATE_VERSION,
        alpha: LEVEL,
        scale: noise.objective_scale(&objective),
        margin: wish.margin.or(declared).unwrap_or(MARGIN),
        guardrails,
        error_rate: None,
        error_scale: 0.0,
        flaky: sides.head.flaky_cases(),
        max_pairs: MAX_PAIRS,
        not_worse_is_enough: false,
        objective,
    }
}

fn pairs(sides: &mut Sides<'_>, wish: &Wish, question: &Question) -> Result<(Conclusion, Course), EngineError> {
    let (mut coins, mut samples): (Vec<Coin>, Vec<Sample>) = (Vec::new(), Vec::new());
    let conclusion = concluded(sides, wish, question, &mut coins, &mut samples)?;
    Ok((conclusion, course(question, &coins, &samples)))
}

fn concluded(
    sides: &mut Sides<'_>,
    wish: &Wish,
    question: &Question,
    coins: &mut Vec<Coin>,
    samples: &mut Vec<Sample>,
) -> Result<Conclusion, EngineError> {
    let context = sides.head.context;
    loop {
        context.checkpoint()?;
        let next = match step(question, coins, samples) {
            Step::Conclude(conclusion) => return Ok(*conclusion),
            Step::More(next) => next,
        };
        match next {
            Next::Toss { .. } if wish.until.is_some_and(|until| context.now() >= until) => {
                return Ok(standing(question, coins, samples));
            }
            Next::Toss { stage, pair } => coins.push(Coin { stage, pair, first: coin::toss()? }),
            Next::Run { stage, pair, arm } => {
                sides.watch.on(stage, pair);
                let measured = tokio::task::block_in_place(|| sides.measure(stage, arm, None))?;
                samples.push(Sample { stage, pair, arm, measured });
                let proof = progress(question, &standing(question, coins, samples));
                context.report(Progress::Sampled { stage, arm, runs: samples.len(), proof, passes: None });
            }
            Next::Decide(_) => return Ok(standing(question, coins, samples)),
        }
    }
}

/// How near the nearest answer is, on the logarithmic scale of its evidence.
fn progress(question: &Question, seen: &Conclusion) -> f64 {
    let largest = [seen.better, seen.not_worse, seen.worse].into_iter().fold(1.0, f64::max);
    (largest.ln() / -question.alpha.ln()).clamp(0.0, 1.0)
}
