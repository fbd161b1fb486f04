//! What a call may cost, and whether there is money for it.

use super::caller::Caller;
use super::intent;
use super::purse::{ALL, Reservation, Short, Source};
use crate::app::App;
use kaizen_domain::budget::{Answer, Call, Day, Exhausted, Means, Shortage, Size, Spending};
use kaizen_llm::face::Asked;
use kaizen_llm::price::Priced;
use kaizen_llm::refusal::Refusal;
use kaizen_llm::route::{self, catalogue::Target};
use kaizen_store::{Permission, Plea};
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
        on(today, *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// One more.
    pub fn count(&self, today: Day, stayed: bool) {
        let mut shares = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (local, calls) = on(today, *shares);
        *shares = Some((today, local + u64::from(stayed), calls + 1));
    }
}

fn on(today: Day, shares: Option<(Day, u64, u64)>) -> (u64, u64) {
    shares.filter(|(day, ..)| *day == today).map_or((0, 0), |(_, local, calls)| (local, calls))
}

/// A call that wants money.
#[derive(Debug, Clone, Copy)]
pub struct Errand<'a> {
    /// Who calls.
    pub caller: &'a Caller,
    /// What is asked.
    pub asked: &'a Asked,
    /// Its record.
    pub operation: &'a str,
    /// What sort of work it is.
    pub kind: &'a str,
}

/// There is no money for a call.
#[derive(Debug)]
pub struct Unpaid {
    /// What the client is told.
    pub refusal: Refusal,
    /// Who may still be asked to answer it.
    pub left: Left,
}

/// Which candidates are left for a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Left {
    /// All that were not tried.
    Any,
    /// Those that cost nothing: a person was asked in vain.
    Free,
    /// None.
    Nobody,
}

impl Left {
    /// Whether this model is among them.
    pub fn has(self, target: &Target) -> bool {
        self == Self::Any || (self == Self::Free && target.free)
    }
}

impl From<Refusal> for Unpaid {
    fn from(refusal: Refusal) -> Self {
        Self { refusal, left: Left::Any }
    }
}

impl App {
    /// What there is money for, for the choice of a model.
    pub async fn means(&self) -> Result<route::Means, Refusal> {
        // Where a person is asked, or the call is refused, no candidate takes the place of one there is no money for.
        if self.policy.monthly.is_none() || self.policy.when_exhausted != Exhausted::Degrade {
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
    pub async fn put_aside(&self, errand: &Errand<'_>, target: &Target, price: Option<&Priced>) -> Result<Option<Reservation>, Unpaid> {
        let sources = self.sources(errand.caller);
        if sources.is_empty() || target.free {
            return Ok(None);
        }
        let asked = errand.asked;
        let price = price.ok_or_else(|| unpriced(target))?;
        let output = asked.max_output.unwrap_or(UNLIMITED).saturating_mul(asked.choices.max(1));
        let worst = price.worst(asked.input_bound, output);
        let call = Call { worst, size: size(asked), urgent: asked.metadata.contains_key("kaizen_urgent"), routed: routed(asked) };
        let allowed = match self.policy.answer(self.today(), self.spending().await?, call) {
            Answer::Go => false,
            Answer::Local(why) => return Err(short(self, &why).into()),
            Answer::Refuse(why) => return Err(Unpaid { refusal: short(self, &why), left: Left::Nobody }),
            Answer::Ask(why) => {
                Box::pin(self.asked(errand, target, call, why)).await?;
                true
            }
        };
        let month = self.today().month();
        let reserved = match self.purses.reserve(&sources, month, worst).await {
            Err(Short::Limit { .. }) if allowed => self.purses.reserve_allowed(&sources, month, worst).await,
            other => other,
        };
        reserved.map(Some).map_err(|error| unreserved(self, &error).into())
    }

    /// Asks a person; `Ok`: it is allowed. Kaizen's own questions are not worth one.
    async fn asked(&self, errand: &Errand<'_>, target: &Target, call: Call, why: Shortage) -> Result<(), Unpaid> {
        if errand.kind == intent::OWN {
            return Err(short(self, &why).into());
        }
        let plea = Plea {
            operation: errand.operation.to_owned(),
            kind: errand.kind.to_owned(),
            tenant: errand.caller.tenant().map(str::to_owned),
            model: target.to_string(),
            worst: call.worst,
            reason: why.to_string(),
            holder: self.purses.holder().clone(),
        };
        let answer = self.permission(&plea).await.map_err(|error| Refusal::new(503, format!("nobody could be asked: {error}")))?;
        let (said, left) = match (answer, self.policy.unanswered(why, call)) {
            (Permission::Allowed, _) => return Ok(()),
            (Permission::Refused, _) => ("a person refused it", Left::Free),
            (Permission::Withdrawn, Some(Answer::Local(_))) => ("nobody allowed it in time", Left::Free),
            (Permission::Withdrawn, _) => ("nobody allowed it in time", Left::Nobody),
        };
        self.gauges.refused_by_budget.inc();
        Err(Unpaid { refusal: broke(format!("{why}; {said}")), left })
    }

    /// Tells whoever runs the daemon when a part of the month's money is spent that was to be told.
    pub async fn alert(&self) {
        let Some(limit) = self.policy.monthly else { return };
        let now = match self.spending().await {
            Ok(now) => now,
            Err(unread) => return (self.complain)(unread.message),
        };
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

fn unreserved(app: &App, error: &Short) -> Refusal {
    match error {
        Short::Limit { .. } => {
            app.gauges.refused_by_budget.inc();
            broke(error.to_string())
        }
        Short::Store(error) => Refusal::new(503, format!("the budget could not be looked at: {error}")),
    }
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
