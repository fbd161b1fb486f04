//! Which of the candidates that pass leads: who mends most, then whose behaviour most of them share, then who came first.
//!
//! What is known is kept for people: every candidate that passed, its group, and what tells the leader from the next. A search that
//! begins again chooses again, and the same.

use super::behaviour::{self, Compared, Difference};
use super::field::{Field, Passing, lead};
use super::{Ended, key};
use crate::context::Context;
use crate::error::EngineError;
use crate::progress::Progress;
use crate::propose::mutate;
use crate::propose::speed::Sped;
use crate::propose::triage::{Triage, triage};
use crate::session::Session;
use crate::subject::code::Candidate;
use kaizen_domain::hash::ContentHash;
use kaizen_domain::hypothesis::Hypothesis;
use kaizen_domain::weakness::Weakness;
use serde::{Deserialize, Serialize};

/// The search's first candidates differ in trust as much as its later ones do.
const LATE: f64 = 4.0;
/// What is left of a blunt candidate's trust.
const BLUNT: f64 = 0.4;
/// From this share of the leader's weight on, another behaviour is a question.
const CLOSE: f64 = 0.9;

/// Why a leader leads.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Choice {
    /// What was expected of the search.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub triage: Option<Triage>,
    /// The kind of failure: operators are known by it to later searches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// Of an edit for a quantity: what spoke for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speed: Option<Sped>,
    /// What passed, the leader first.
    pub passing: Vec<Passed>,
    /// On how many calls of the cases they were compared.
    pub recorded: usize,
    /// On how many perturbed calls.
    pub perturbed: usize,
    /// What tells the leader from the best of another behaviour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub difference: Option<Difference>,
    /// Why a person is asked before the leader is promoted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ask: Option<String>,
}

/// A candidate that passed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Passed {
    /// Its place in the search, from 1.
    pub number: usize,
    /// One line.
    pub summary: String,
    /// Who made it.
    pub operator: String,
    /// The language of the file, as operators are known by it.
    #[serde(default)]
    pub language: String,
    /// Points that failing cases earn with it.
    pub gained: f64,
    /// Its group: those of one number answered every call alike.
    pub behaviour: usize,
    /// Answers of its group that are exceptions where another group has none.
    pub raises: usize,
    /// To how many calls its group answers otherwise than the baseline.
    #[serde(default)]
    pub changes: usize,
    /// Whether it only takes something away, or answers with a constant.
    #[serde(default)]
    pub blunt: bool,
    /// Its stored change.
    pub change: ContentHash,
}

impl Passed {
    /// A candidate by itself: nothing is known of what it gained and how it behaves.
    pub(in crate::propose) fn of(candidate: &Candidate, number: usize, change: ContentHash) -> Self {
        let (operator, language) = key(candidate).unwrap_or_default();
        let blunt = candidate.made.is_some_and(|made| made.blunt);
        let summary = candidate.summary.clone();
        Self { number, summary, operator, language, gained: 0.0, behaviour: 0, raises: 0, changes: 0, blunt, change }
    }
}

impl Choice {
    /// For people: what else passed, and what tells the leader from it.
    pub fn lines(&self) -> Vec<String> {
        if let Some(speed) = &self.speed {
            return speed.lines();
        }
        let Some((leader, others)) = self.passing.split_first().filter(|(_, others)| !others.is_empty()) else { return Vec::new() };
        let alike = others.iter().filter(|one| one.behaviour == leader.behaviour).count();
        let mut lines =
            vec![format!("{} other edits pass, too; {alike} of them behave like this one on every call compared", others.len())];
        if self.recorded > 0 {
            lines.push(format!("compared on {} calls of the cases and {} perturbed ones", self.recorded, self.perturbed));
        }
        if let (Some(found), Some(other)) = (&self.difference, others.iter().find(|one| one.behaviour != leader.behaviour)) {
            let whose = if found.recorded { "a case calls" } else { "nobody tests" };
            lines.push(format!("not alike: {}", other.summary));
            lines.push(format!("  {whose} {}: this {}, that {}", found.input, found.leader, found.other));
        }
        lines
    }
}

/// Writes down what is expected of a search before its first candidate.
pub async fn begin(session: &Session<'_>, hypothesis: &Hypothesis, weakness: &Weakness) -> Result<(), EngineError> {
    let (context, failing) = (session.context, weakness.finding.cases());
    let texts = mutate::sources(session)?;
    let triage = triage(&session.showing(failing), failing, |word| texts.values().any(|text| text.contains(word)));
    if !triage.one_line_slip {
        let text = format!("{}: more than a one-line slip, it seems: {}", weakness.id, triage.reason);
        context.report(Progress::Note { text });
    }
    keep(context, hypothesis, &Choice { triage: Some(triage), ..Choice::default() }).await
}

pub(in crate::propose) async fn keep(context: &Context, hypothesis: &Hypothesis, choice: &Choice) -> Result<(), EngineError> {
    let text = serde_json::to_string(choice).map_err(|source| EngineError::Stored { what: "choice", source })?;
    Ok(context.store.record_choice(context.project, hypothesis.id, context.now(), &text).await?)
}

/// Chooses; `None` where nothing passed.
pub async fn choose(session: &mut Session<'_>, hypothesis: &Hypothesis, field: Field, failure: &str) -> Result<Option<Ended>, EngineError> {
    let mut passing = field.passing;
    let most = passing.iter().map(|one| one.gained).fold(0.0, f64::max);
    passing.retain(|one| one.gained >= most);
    if passing.is_empty() {
        return Ok(None);
    }
    let compared = tokio::task::block_in_place(|| behaviour::compared(session, &passing))?;
    let order = order(&passing, &compared);
    let context = session.context;
    let before = of(context, hypothesis).await?.unwrap_or_default();
    let told = told(context, &passing, &compared, &order).await?;
    let ask = ask(&told, session.context.config.benchmark.holdout.is_some());
    keep(context, hypothesis, &Choice { triage: before.triage, failure: Some(failure.to_owned()), ask, ..told }).await?;
    let leader = passing.swap_remove(order.first().copied().unwrap_or_default());
    lead(context, leader).await.map(Some)
}

/// How much a candidate is trusted by itself: the search tries the best ones first, and blunt ones pass without being right.
fn trust(number: usize, blunt: bool) -> f64 {
    (if blunt { BLUNT } else { 1.0 }) / (number as f64 + LATE)
}

/// How much a group is trusted: its members' trust, each next one's by half, so that many spellings of one idea do not outvote another.
fn weight(mut members: Vec<f64>) -> f64 {
    members.sort_by(|a, b| b.total_cmp(a));
    members.iter().zip(0..).map(|(trust, place)| trust * 0.5f64.powi(place)).sum()
}

/// Indexes of the candidates, best first: the groups by weight, within a group the most trusted first.
fn order(passing: &[Passing], compared: &Compared) -> Vec<usize> {
    let own = |index: usize| trust(passing[index].number, passing[index].is_blunt());
    let members = |group: usize| (0..passing.len()).filter(move |index| compared.groups[*index] == group);
    let of_group = |index: usize| weight(members(compared.groups[index]).map(own).collect());
    let mut order: Vec<usize> = (0..passing.len()).collect();
    order.sort_by(|a, b| {
        let by_group = of_group(*b).total_cmp(&of_group(*a)).then(compared.groups[*a].cmp(&compared.groups[*b]));
        by_group.then(own(*b).total_cmp(&own(*a))).then(a.cmp(b))
    });
    order
}

/// Why a person should look before the leader is promoted.
fn ask(choice: &Choice, held_out: bool) -> Option<String> {
    let leader = choice.passing.first()?;
    let of = |behaviour: usize| {
        let members = choice.passing.iter().filter(|one| one.behaviour == behaviour);
        weight(members.map(|one| trust(one.number, one.blunt)).collect())
    };
    let rival = choice.passing.iter().find(|one| one.behaviour != leader.behaviour);
    if leader.blunt && !held_out {
        return Some("it only takes something away or answers with a constant, and there is no hold-out that agrees".into());
    }
    let close = rival.filter(|rival| of(rival.behaviour) > CLOSE * of(leader.behaviour))?;
    let found = choice.difference.as_ref()?;
    let (input, ours, theirs) = (&found.input, &found.leader, &found.other);
    Some(format!("{} passes as well and behaves otherwise: {input} {ours} with this one, {theirs} with that one", close.summary))
}

async fn told(context: &Context, passing: &[Passing], compared: &Compared, order: &[usize]) -> Result<Choice, EngineError> {
    let mut all = Vec::new();
    for index in order {
        let (one, behaviour) = (&passing[*index], compared.groups[*index]);
        let change = one.candidate.keep(context, &one.change).await?.change;
        all.push(Passed {
            gained: one.gained,
            behaviour,
            raises: compared.raises.get(behaviour).copied().unwrap_or_default(),
            changes: compared.changes.get(behaviour).copied().unwrap_or_default(),
            ..Passed::of(&one.candidate, one.number, change)
        });
    }
    let leader = order.first().copied().unwrap_or_default();
    let other = order.iter().copied().find(|index| compared.groups[*index] != compared.groups[leader]);
    let difference = other.and_then(|other| compared.difference(leader, other));
    Ok(Choice { passing: all, recorded: compared.calls.0, perturbed: compared.calls.1, difference, ..Choice::default() })
}

/// Why the leader of a hypothesis leads; `None` where nothing was chosen from.
pub async fn of(context: &Context, hypothesis: &Hypothesis) -> Result<Option<Choice>, EngineError> {
    let told = context.store.choice(context.project, hypothesis.id).await?;
    let read = |text: String| serde_json::from_str(&text).map_err(|source| EngineError::Stored { what: "choice", source });
    told.map(read).transpose()
}
