//! What a call may cost, and whether there is money for it.

use super::caller::Caller;
use super::purse::{ALL, Reservation, Short, Source};
use crate::app::App;
use kaizen_domain::budget::{Answer, Call, Day, Means, Shortage, Size, Spending};
use kaizen_llm::face::Asked;
use kaizen_llm::price::Priced;
use kaizen_llm::refusal::Refusal;
use kaizen_llm::route::{self, catalogue::Target};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What is put aside for the answer of a call that sets no limit to it, in tokens.
const UNLIMITED: u64 = 32_768;
/// How long what was spent is believed before it is looked up again.
const FRESH: Duration = Duration::from_secs(1);

/// What was spent, looked up a moment ago.
#[derive(Debug, Default)]
pub struct Recent(Mutex<Option<(Instant, Spending)>>);

/// How many routed calls there were today, and how many of them stayed on this machine.
#[derive(Debug, Default)]
pub struct Shares(Mutex<Option<(Day, u64, u64)>>);

impl Shares {
    /// Local and all, of this day.
    fn of(&self, today: Day) -> (u64, u64) {
        let shares = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        shares.filter(|(day, ..)| *day == today).map_or((0, 0), |(_, local, calls)| (local, calls))
    }

    /// One more.
    pub fn count(&self, today: Day, stayed: bool) {
        let (local, calls) = self.of(today);
        let mut shares = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *shares = Some((today, local + u64::from(stayed), calls + 1));
    }
}

impl App {
    /// What there is money for, for the choice of a model.
    pub async fn means(&self) -> Result<route::Means, Refusal> {
        if self.policy.monthly.is_none() {
            return Ok(route::Means::Plenty);
        }
        let spent = self.spending().await?;
        Ok(match self.policy.means(self.today(), spent) {
            Means::Plenty => route::Means::Plenty,
            // A named model is not exchanged: whether it may be paid is decided when its cost is known.
            Means::LocalOnly(_) | Means::Nothing(_) => route::Means::LocalOnly,
        })
    }

    /// Whether the next routed call is one that this part of the month keeps on this machine, where a model of it may answer.
    pub fn due_locally(&self) -> bool {
        let (local, calls) = self.shares.of(self.today());
        self.policy.monthly.is_some() && self.policy.due_locally(self.today(), local, calls).is_some()
    }

    /// Puts the most a call can cost aside. `None`: it costs nothing, or there is no limit.
    pub async fn put_aside(
        &self,
        caller: &Caller,
        asked: &Asked,
        target: &Target,
        price: Option<&Priced>,
    ) -> Result<Option<Reservation>, Refusal> {
        let sources = self.sources(caller);
        if sources.is_empty() || target.free {
            return Ok(None);
        }
        let price = price.ok_or_else(|| unpriced(target))?;
        let output = asked.max_output.unwrap_or(UNLIMITED).saturating_mul(asked.choices.max(1));
        let worst = price.worst(asked.input_bound, output);
        let call = Call { worst, size: size(asked), urgent: asked.metadata.contains_key("kaizen_urgent"), routed: routed(asked) };
        match self.policy.answer(self.today(), self.spending().await?, call) {
            Answer::Go => {}
            Answer::Local(why) | Answer::Refuse(why) => return Err(short(self, &why)),
            // Nobody can be asked while a call waits: it is as if nobody had answered.
            Answer::Ask(why) => match self.policy.unanswered(why, call) {
                Some(Answer::Local(why) | Answer::Refuse(why)) => return Err(short(self, &why)),
                _ => return Err(asks(self, &why)),
            },
        }
        self.purses.reserve(&sources, self.today().month(), worst).await.map(Some).map_err(|error| match error {
            Short::Limit { .. } => {
                self.gauges.refused_by_budget.inc();
                broke(error.to_string())
            }
            Short::Store(error) => Refusal::new(503, format!("the budget could not be looked at: {error}")),
        })
    }

    /// Tells whoever runs the daemon when a part of the month's money is spent that was to be told.
    pub async fn alert(&self) {
        let (Some(limit), Ok(now)) = (self.policy.monthly, self.spending().await) else { return };
        let before = std::mem::replace(&mut *self.alerted.lock().unwrap_or_else(PoisonError::into_inner), now.month);
        if let Some(percent) = self.policy.reached(before, now.month).last() {
            (self.complain)(format!("{percent} % of the month's budget of {limit} is spent: {}", now.month));
        }
    }

    fn sources(&self, caller: &Caller) -> Vec<Source> {
        let all = self.policy.monthly.map(|limit| Source { purse: ALL.to_owned(), limit });
        let key = caller.key.as_ref().and_then(|key| Some(Source { purse: format!("key:{}", key.name), limit: key.rules.budget? }));
        all.into_iter().chain(key).collect()
    }

    /// Today, in UTC.
    pub fn today(&self) -> Day {
        Day::of((self.clock)())
    }

    async fn spending(&self) -> Result<Spending, Refusal> {
        if let Some((at, spending)) = *self.recent.0.lock().unwrap_or_else(PoisonError::into_inner)
            && at.elapsed() < FRESH
        {
            return Ok(spending);
        }
        let today = self.today();
        let (free, used) = self.purses.own(ALL, today.month());
        let unread = |error| Refusal::new(503, format!("the budget cannot be read: {error}"));
        let stored = self.store.spent(ALL, (self.clock)()).await.map_err(unread)?;
        let spending = Spending { month: (stored.settled + stored.open - free).or_zero(), today: stored.today + used };
        *self.recent.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), spending));
        Ok(spending)
    }
}

fn routed(asked: &Asked) -> bool {
    asked.model.starts_with(route::PREFIX)
}

/// How large the task is, where the caller says so.
fn size(asked: &Asked) -> Option<Size> {
    match asked.metadata.get("kaizen_size").map(String::as_str) {
        Some("simple") => Some(Size::Simple),
        Some("medium") => Some(Size::Medium),
        Some("complex") => Some(Size::Complex),
        _ => None,
    }
}

fn unpriced(target: &Target) -> Refusal {
    broke(format!(
        "there is a budget and no price for {target}, and unknown is not zero: add [models.providers.{}.prices.\"{}\"] to config.toml",
        target.provider, target.model
    ))
}

fn short(app: &App, why: &Shortage) -> Refusal {
    app.gauges.refused_by_budget.inc();
    broke(why.to_string())
}

fn asks(app: &App, why: &Shortage) -> Refusal {
    app.gauges.refused_by_budget.inc();
    broke(format!("{why}; a person has to allow it: raise [budget] in config.toml, or say that it is urgent"))
}

/// No library should try this again by itself.
fn broke(message: String) -> Refusal {
    Refusal { kind: "insufficient_quota", code: Some("budget_exhausted".into()), retry: Some(false), ..Refusal::new(429, message) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_counts_its_own_calls() {
        let (shares, first) = (Shares::default(), Day::of(0));
        shares.count(first, true);
        shares.count(first, false);
        assert_eq!(shares.of(first), (1, 2));
        assert_eq!(shares.of(Day::of(86_400_000)), (0, 0));
    }

    #[test]
    fn a_refusal_for_money_is_not_tried_again_by_libraries() {
        let refusal = broke("x".into());
        assert_eq!((refusal.retry, refusal.status), (Some(false), 429));
    }
}
