//! Which of the candidates that pass leads: who mends most, then whose behaviour most of them share, then who came first.
//!
//! What is known is kept for people: every candidate that passed, its group, and what tells the leader from the next. A search that
//! begins again chooses again, and the same.

use super::behaviour::{self, Compared, Difference};
use super::field::{Field, Passing, lead};
use super::Ended;
use crate::context::Context;
use crate::error::EngineError;
use crate::session::Session;
use kaizen_domain::hash::ContentHash;
use kaizen_domain::hypothesis::Hypothesis;
use serde::{Deserialize, Serialize};

/// Why a leader leads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Choice {
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
    /// Points that failing cases earn with it.
    pub gained: f64,
    /// Its group: those of one number answered every call alike.
    pub behaviour: usize,
    /// Answers of its group that are exceptions where another group has none.
    pub raises: usize,
    /// Its stored change.
    pub change: ContentHash,
}

impl Choice {
    /// For people: what else passed, and what tells the leader from it.
    pub fn lines(&self) -> Vec<String> {
        let Some((leader, others)) = self.passing.split_first().filter(|(_, others)| !others.is_empty()) else { return Vec::new() };
        let alike = others.iter().filter(|one| one.behaviour == leader.behaviour).count();
        let mut lines = vec![format!("{} other edits pass, too; {alike} of them behave like this one on every call compared", others.len())];
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

/// Chooses; `None` where nothing passed.
pub async fn choose(session: &mut Session<'_>, hypothesis: &Hypothesis, field: Field) -> Result<Option<Ended>, EngineError> {
    let mut passing = field.passing;
    let most = passing.iter().map(|one| one.gained).fold(0.0, f64::max);
    passing.retain(|one| one.gained >= most);
    if passing.is_empty() {
        return Ok(None);
    }
    let compared = tokio::task::block_in_place(|| behaviour::compared(session, &passing))?;
    let order = order(&passing, &compared);
    let context = session.context;
    let choice = told(context, &passing, &compared, &order).await?;
    let text = serde_json::to_string(&choice).map_err(|source| EngineError::Stored { what: "choice", source })?;
    context.store.record_choice(context.project, hypothesis.id, context.now(), &text).await?;
    let leader = passing.swap_remove(order.first().copied().unwrap_or_default());
    lead(context, leader).await.map(Some)
}

/// Indexes of the candidates, best first.
fn order(passing: &[Passing], compared: &Compared) -> Vec<usize> {
    let size = |index: usize| compared.groups.iter().filter(|group| **group == compared.groups[index]).count();
    let mut order: Vec<usize> = (0..passing.len()).collect();
    // v1: as they came.
    order.sort_by_key(|index| (passing[*index].number, std::cmp::Reverse(size(*index))));
    order
}

async fn told(context: &Context, passing: &[Passing], compared: &Compared, order: &[usize]) -> Result<Choice, EngineError> {
    let mut all = Vec::new();
    for index in order {
        let (one, behaviour) = (&passing[*index], compared.groups[*index]);
        all.push(Passed {
            number: one.number,
            summary: one.candidate.summary.clone(),
            operator: one.candidate.operator.unwrap_or_default().to_owned(),
            gained: one.gained,
            behaviour,
            raises: compared.raises.get(behaviour).copied().unwrap_or_default(),
            change: one.candidate.keep(context, &one.change).await?.change,
        });
    }
    let leader = order.first().copied().unwrap_or_default();
    let other = order.iter().copied().find(|index| compared.groups[*index] != compared.groups[leader]);
    let difference = other.and_then(|other| compared.difference(leader, other));
    Ok(Choice { passing: all, recorded: compared.calls.0, perturbed: compared.calls.1, difference, ask: None })
}

/// Why the leader of a hypothesis leads; `None` where nothing was chosen from.
pub async fn of(context: &Context, hypothesis: &Hypothesis) -> Result<Option<Choice>, EngineError> {
    let told = context.store.choice(context.project, hypothesis.id).await?;
    let read = |text: String| serde_json::from_str(&text).map_err(|source| EngineError::Stored { what: "choice", source });
    told.map(read).transpose()
}
