//! How candidates that pass behave beside each other: on the calls the cases make of what was edited, and on perturbed ones.
//!
//! Calls are recorded on the baseline, inside the sandbox, and answered by each candidate in a process of its own. Candidates that
//! answer everything alike are one group. None of this is evidence: it only says who leads, and when to ask.

use super::field::Passing;
use crate::error::EngineError;
use crate::session::Session;
use crate::trial::judge::probe::Wanted;
use kaizen_domain::scorecard::CaseId;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Answers of one candidate by the number of the call.
type Answers = BTreeMap<u64, Answer>;

/// One answer to one call: its number, whether the call was perturbed, a digest, whether it ended in an exception, call and answer for
/// people.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Answer(u64, bool, String, bool, String, String);

/// What the comparison showed.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Compared {
    /// The group of each candidate, counted from 0 in the order of the candidates.
    pub groups: Vec<usize>,
    /// Answers of each group's first candidate that are exceptions where another group's is none.
    pub raises: Vec<usize>,
    /// To how many calls each group answers otherwise than the baseline does.
    pub changes: Vec<usize>,
    /// How many recorded calls were answered, and how many perturbed ones.
    pub calls: (usize, usize),
    answers: Vec<Answers>,
}

/// A call that tells two groups apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// The call.
    pub input: String,
    /// Whether a case makes it; a perturbed one otherwise.
    pub recorded: bool,
    /// What the leader answers.
    pub leader: String,
    /// What the other answers.
    pub other: String,
}

/// Compares candidates; every one is its own group where nothing can be recorded.
pub fn compared(session: &mut Session<'_>, passing: &[Passing]) -> Result<Compared, EngineError> {
    let alone = |count: usize| Compared { groups: (0..count).collect(), ..Compared::default() };
    if passing.len() < 2 || !session.adapter.probes() {
        return Ok(alone(passing.len()));
    }
    let only = session.worth_a_look();
    let calls = session.probe(&[], only.as_deref(), &Wanted::Record(&places(passing)))?;
    if calls.is_empty() {
        return Ok(alone(passing.len()));
    }
    let failing = session.failing();
    let only = session.can_select().then_some(failing.as_slice());
    let (baseline, answers) = answered(session, passing, only, &Wanted::Replay(&calls))?;
    Ok(grouped(&baseline, answers))
}

/// The answers of the baseline and of each candidate; none to calls that the baseline answers otherwise when it is asked again.
fn answered(
    session: &mut Session<'_>,
    passing: &[Passing],
    only: Option<&[CaseId]>,
    wanted: &Wanted<'_>,
) -> Result<(Answers, Vec<Answers>), EngineError> {
    let writes: Vec<_> = passing.iter().map(|one| one.candidate.writes()).collect();
    let mut said = match session.probe_together(&writes, only, wanted)? {
        Some(said) => said,
        None => {
            let mut said = Vec::new();
            for one in std::iter::once(&Vec::new()).chain(&writes).chain([&Vec::new()]) {
                said.push(session.probe(one, only, wanted)?);
            }
            said
        }
    };
    let again = read(said.pop().unwrap_or_default());
    let mut answers: Vec<Answers> = said.into_iter().map(read).collect();
    let first = answers.first().cloned().unwrap_or_default();
    let is_steady = |number: &u64| first.get(number).map(|one| &one.2) == again.get(number).map(|one| &one.2);
    for one in &mut answers {
        one.retain(|number, _| is_steady(number));
    }
    let baseline = if answers.is_empty() { Answers::new() } else { answers.remove(0) };
    Ok((baseline, answers))
}

fn read(said: Vec<Value>) -> Answers {
    let answers = said.into_iter().filter_map(|line| serde_json::from_value::<Answer>(line).ok());
    answers.map(|answer| (answer.0, answer)).collect()
}

fn grouped(baseline: &Answers, answers: Vec<Answers>) -> Compared {
    let mut firsts: Vec<usize> = Vec::new();
    let mut groups = Vec::new();
    for (number, one) in answers.iter().enumerate() {
        let known = firsts.iter().position(|first| first_difference(&answers[*first], one).is_none());
        groups.push(known.unwrap_or(firsts.len()));
        if known.is_none() {
            firsts.push(number);
        }
    }
    let raised = |one: &Answers, number: &u64| one.get(number).is_none_or(|answer| answer.3);
    let numbers: BTreeSet<u64> = answers.iter().flat_map(|one| one.keys().copied()).collect();
    let somebody_answers = |number: &&u64| firsts.iter().any(|first| !raised(&answers[*first], number));
    let raises =
        firsts.iter().map(|first| numbers.iter().filter(somebody_answers).filter(|number| raised(&answers[*first], number)).count());
    let raises: Vec<usize> = raises.collect();
    let other = |first: &usize, number: &u64| answers[*first].get(number).map(|one| &one.2) != baseline.get(number).map(|one| &one.2);
    let changes = firsts.iter().map(|first| numbers.iter().filter(|number| other(first, number)).count()).collect();
    let all = answers.iter().max_by_key(|one| one.len());
    let count = |perturbed: bool| all.map_or(0, |one| one.values().filter(|answer| answer.1 == perturbed).count());
    Compared { groups, raises, changes, calls: (count(false), count(true)), answers }
}

/// The call that tells two candidates apart: one that a case makes before a perturbed one, one that both answer before an exception.
fn first_difference<'a>(one: &'a Answers, other: &'a Answers) -> Option<(&'a Answer, Option<&'a Answer>)> {
    let differs = |answer: &&'a Answer| other.get(&answer.0).is_none_or(|theirs| theirs.2 != answer.2);
    let rank = |answer: &&'a Answer| (answer.1, answer.3 || other.get(&answer.0).is_none_or(|theirs| theirs.3), answer.4.len());
    let found = one.values().filter(differs).min_by_key(rank)?;
    Some((found, other.get(&found.0)))
}

impl Compared {
    /// What tells two candidates apart, for people; `None` where nothing does.
    pub fn difference(&self, leader: usize, other: usize) -> Option<Difference> {
        let (ours, theirs) = first_difference(self.answers.get(leader)?, self.answers.get(other)?)?;
        let other = theirs.map_or_else(|| "ends the process".to_owned(), |answer| answer.5.clone());
        Some(Difference { input: ours.4.clone(), recorded: !ours.1, leader: ours.5.clone(), other })
    }
}

/// The lines of the baseline that the candidates edit.
fn places(passing: &[Passing]) -> BTreeMap<String, BTreeSet<u32>> {
    let mut places: BTreeMap<String, BTreeSet<u32>> = BTreeMap::new();
    for draft in passing.iter().flat_map(|one| &one.candidate.drafts) {
        if let Some((path, line)) = draft.path.as_str().zip(draft.first_line()) {
            places.entry(path.to_owned()).or_default().insert(line);
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(said: &[(u64, bool, &str)]) -> Answers {
        said.iter()
            .map(|(number, perturbed, digest)| {
                let raised = digest.starts_with('!');
                (*number, Answer(*number, *perturbed, (*digest).into(), raised, format!("f({number})"), (*digest).into()))
            })
            .collect()
    }

    #[test]
    fn who_answers_everything_alike_is_one_group() {
        let (a, b) = (answers(&[(0, false, "x"), (1, true, "y")]), answers(&[(0, false, "x"), (1, true, "z")]));
        let compared = grouped(&a, vec![a.clone(), b, a.clone()]);
        assert_eq!((compared.groups, compared.changes, compared.calls), (vec![0, 1, 0], vec![0, 1], (1, 1)));
    }

    #[test]
    fn a_call_of_a_case_tells_apart_before_a_perturbed_one_and_an_answer_before_an_exception() {
        let compared = grouped(
            &Answers::new(),
            vec![
                answers(&[(0, false, "x"), (1, true, "y"), (2, false, "!late"), (3, false, "p")]),
                answers(&[(0, false, "x"), (1, true, "z"), (2, false, "w"), (3, false, "q")]),
            ],
        );
        let found = compared.difference(0, 1).unwrap();
        assert_eq!((found.input.as_str(), found.recorded, found.leader.as_str(), found.other.as_str()), ("f(3)", true, "p", "q"));
        assert_eq!(compared.raises, [1, 0]);
    }

    #[test]
    fn a_candidate_that_stops_answering_is_not_like_one_that_goes_on() {
        let compared = grouped(&Answers::new(), vec![answers(&[(0, false, "x"), (1, true, "y")]), answers(&[(0, false, "x")])]);
        assert_eq!(compared.groups, [0, 1]);
    }
}
