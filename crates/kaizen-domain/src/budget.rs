//! Budget arithmetic: what a month's limit allows today, and what becomes of one call.
//!
//! Pure: the date and what was spent are handed in, and the answer says why in words. Months are calendar months in UTC.
//! What is *reserved* counts as spent; who reserves, and how, is the store's.

mod calendar;

pub use calendar::{Day, Month};

use crate::money::Usd;
use std::fmt;
use std::time::Duration;

/// How a month's money is spread over its days.
#[derive(Debug, Clone, PartialEq)]
pub enum Pace {
    /// The same for each day that is left.
    Daily,
    /// As `Daily`, and of the calls that are routed a share goes to local models, by the day of the month.
    Phases(Vec<Phase>),
    /// Not at all.
    Off,
}

/// Days of a month, and the share of the routed calls that stay on this machine in them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Phase {
    /// The last day of the month it covers; the one before it ends where it begins.
    pub until: u8,
    /// The share of calls, 0 to 1.
    pub local: f64,
}

/// Local first while the month is young: 70 % until the 10th, 50 % until the 20th, then 30 %.
pub const PHASES: [Phase; 3] = [Phase { until: 10, local: 0.7 }, Phase { until: 20, local: 0.5 }, Phase { until: 31, local: 0.3 }];

/// What becomes of calls that there is no money for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exhausted {
    /// Routed calls go to a local model; a model asked for by name is refused, since it is never exchanged.
    Degrade,
    /// All are refused.
    Refuse,
    /// A person is asked.
    Ask,
}

/// What becomes of a call that asks for permission, when nobody answers in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unanswered {
    /// It goes to a local model where it may, and is refused where it may not.
    Local,
    /// It is refused.
    Skip,
    /// It waits on.
    Wait,
}

/// How large a task its caller says it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// A small one.
    Simple,
    /// An ordinary one.
    Medium,
    /// A large one.
    Complex,
}

/// The most one task of each size may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaskLimits {
    /// A small one.
    pub simple: Usd,
    /// An ordinary one.
    pub medium: Usd,
    /// A large one.
    pub complex: Usd,
}

impl TaskLimits {
    /// The limit for a size.
    pub fn of(&self, size: Size) -> Usd {
        match size {
            Size::Simple => self.simple,
            Size::Medium => self.medium,
            Size::Complex => self.complex,
        }
    }
}

/// The rules of one budget.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// The limit of a calendar month; absent: none.
    pub monthly: Option<Usd>,
    /// The share of each day's allowance that is held back, 0 to 1.
    pub buffer: f64,
    /// How the month's money is spread.
    pub pace: Pace,
    /// A day is overspent beyond this many times its allowance.
    pub overspent: f64,
    /// From this share of the month's limit on, only local models are used.
    pub local_only: f64,
    /// Percentages of the limit that are told when they are reached.
    pub alerts: Vec<u8>,
    /// The most one task may cost.
    pub limits: TaskLimits,
    /// Urgent calls go through up to this amount, where the month's limit allows it.
    pub urgent: Usd,
    /// What becomes of calls there is no money for.
    pub when_exhausted: Exhausted,
    /// How long a person may take to answer.
    pub patience: Duration,
    /// What then.
    pub unanswered: Unanswered,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            monthly: None,
            buffer: 0.2,
            pace: Pace::Daily,
            overspent: 1.5,
            local_only: 0.8,
            alerts: vec![50, 80, 90, 100],
            limits: TaskLimits {
                simple: Usd::from_nanos(50_000_000),
                medium: Usd::from_nanos(200_000_000),
                complex: Usd::from_nanos(500_000_000),
            },
            urgent: Usd::from_nanos(2_000_000_000),
            when_exhausted: Exhausted::Degrade,
            patience: Duration::from_secs(300),
            unanswered: Unanswered::Local,
        }
    }
}

/// What was spent so far; what is reserved counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Spending {
    /// In this month, today included.
    pub month: Usd,
    /// Today.
    pub today: Usd,
}

/// Why money is short. Its text is what people and programs are told.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Shortage {
    /// The month's limit is reached.
    Month {
        /// What was spent.
        spent: Usd,
        /// The limit.
        limit: Usd,
        /// When there is money again.
        renews: Day,
    },
    /// Most of the month's money is spent.
    Reserve {
        /// What was spent.
        spent: Usd,
        /// The limit.
        limit: Usd,
        /// The share from which only local models are used.
        share: f64,
    },
    /// Today took far more than its part.
    Today {
        /// What was spent today.
        spent: Usd,
        /// What the day was to take.
        daily: Usd,
        /// How often that is still no overspending.
        times: f64,
    },
    /// The call does not fit into what is left of the month.
    Call {
        /// The most it can cost.
        worst: Usd,
        /// What is left.
        left: Usd,
    },
    /// The call may cost more than a task of its size.
    Task {
        /// The most it can cost.
        worst: Usd,
        /// The limit of its size.
        limit: Usd,
    },
    /// An urgent call that may cost more than urgent calls may without asking.
    Urgent {
        /// The most it can cost.
        worst: Usd,
        /// The limit.
        limit: Usd,
    },
    /// This part of the month keeps a share of the calls on this machine.
    Phase {
        /// The share.
        local: f64,
    },
}

impl fmt::Display for Shortage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Month { spent, limit, renews } => write!(f, "the month's budget is spent: {spent} of {limit}; it renews on {renews}"),
            Self::Reserve { spent, limit, share } => {
                write!(f, "{spent} of this month's {limit} are spent, and from {:.0} % on only local models are used", share * 100.0)
            }
            Self::Today { spent, daily, times } => {
                write!(f, "today took {spent}, more than {times} times its part of {daily}; only local models until tomorrow (UTC)")
            }
            Self::Call { worst, left } => write!(f, "this call may cost {worst} and {left} are left this month"),
            Self::Task { worst, limit } => write!(f, "this call may cost {worst} and a task of its size at most {limit}"),
            Self::Urgent { worst, limit } => write!(f, "this call may cost {worst} and urgent ones go through up to {limit}"),
            Self::Phase { local } => write!(f, "{:.0} % of the calls stay on this machine in this part of the month", local * 100.0),
        }
    }
}

/// What there is money for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Means {
    /// Whatever is asked for.
    Plenty,
    /// Models of this machine only.
    LocalOnly(Shortage),
    /// No paid call, not even an urgent one.
    Nothing(Shortage),
}

/// One call that would cost money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call {
    /// The most it can cost; zero for a local model.
    pub worst: Usd,
    /// How large its task is, where the caller says so.
    pub size: Option<Size>,
    /// Whether the caller says it cannot wait.
    pub urgent: bool,
    /// Whether the model may be chosen for it; a model asked for by name is never exchanged.
    pub routed: bool,
}

/// What becomes of a call.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Answer {
    /// It may be made.
    Go,
    /// A local model takes it.
    Local(Shortage),
    /// It is refused.
    Refuse(Shortage),
    /// A person is asked, for at most the policy's patience.
    Ask(Shortage),
}

impl Policy {
    /// What today may take: what was left this morning, divided by the days left with today, less the buffer. `None`
    /// without a limit or a pace. Never negative.
    pub fn daily(&self, today: Day, spent: Spending) -> Option<Usd> {
        let limit = self.monthly.filter(|_| self.pace != Pace::Off)?;
        let left = (limit - (spent.month - spent.today)).or_zero();
        Some(left.share((1.0 - self.buffer) / f64::from(today.days_left())))
    }

    /// The share of the routed calls that stay local today; `None` where the pace has no phases.
    pub fn local_share(&self, today: Day) -> Option<f64> {
        let Pace::Phases(phases) = &self.pace else { return None };
        let covering = phases.iter().find(|phase| today.day() <= phase.until).or(phases.last());
        covering.map(|phase| phase.local)
    }

    /// Whether the next routed call has to stay local for its part of the month, when `local` of `calls` did so far today.
    pub fn due_locally(&self, today: Day, local: u64, calls: u64) -> Option<Shortage> {
        let share = self.local_share(today)?;
        ((local as f64) < share * (calls + 1) as f64).then_some(Shortage::Phase { local: share })
    }

    /// What there is money for.
    pub fn means(&self, today: Day, spent: Spending) -> Means {
        let Some(limit) = self.monthly else { return Means::Plenty };
        if spent.month >= limit {
            return Means::Nothing(Shortage::Month { spent: spent.month, limit, renews: today.month().next().first() });
        }
        if spent.month >= limit.share(self.local_only) && self.local_only < 1.0 {
            return Means::LocalOnly(Shortage::Reserve { spent: spent.month, limit, share: self.local_only });
        }
        match self.daily(today, spent) {
            Some(daily) if spent.today > daily.share(self.overspent) => {
                Means::LocalOnly(Shortage::Today { spent: spent.today, daily, times: self.overspent })
            }
            _ => Means::Plenty,
        }
    }

    /// What becomes of a call. A call that costs nothing always goes.
    pub fn answer(&self, today: Day, spent: Spending, call: Call) -> Answer {
        if call.worst == Usd::ZERO {
            return Answer::Go;
        }
        match (self.means(today, spent), self.monthly) {
            (Means::Nothing(why), _) => self.short(why, call),
            (_, Some(limit)) if spent.month + call.worst > limit => {
                self.short(Shortage::Call { worst: call.worst, left: limit - spent.month }, call)
            }
            (_, _) if call.urgent && call.worst <= self.urgent => Answer::Go,
            (_, _) if call.urgent => Answer::Ask(Shortage::Urgent { worst: call.worst, limit: self.urgent }),
            (Means::LocalOnly(why), _) => self.short(why, call),
            (Means::Plenty, _) => self.sized(call),
        }
    }

    fn short(&self, why: Shortage, call: Call) -> Answer {
        match (self.when_exhausted, call.routed) {
            (Exhausted::Degrade, true) => Answer::Local(why),
            (Exhausted::Degrade, false) | (Exhausted::Refuse, _) => Answer::Refuse(why),
            (Exhausted::Ask, _) => Answer::Ask(why),
        }
    }

    fn sized(&self, call: Call) -> Answer {
        let limit = call.size.map(|size| self.limits.of(size)).filter(|limit| call.worst > *limit);
        let Some(limit) = limit else { return Answer::Go };
        let why = Shortage::Task { worst: call.worst, limit };
        if call.routed { Answer::Local(why) } else { Answer::Ask(why) }
    }

    /// What an unanswered question comes to; `None`: it waits on.
    pub fn unanswered(&self, why: Shortage, call: Call) -> Option<Answer> {
        match (self.unanswered, call.routed) {
            (Unanswered::Wait, _) => None,
            (Unanswered::Local, true) => Some(Answer::Local(why)),
            (Unanswered::Local, false) | (Unanswered::Skip, _) => Some(Answer::Refuse(why)),
        }
    }

    /// The alerts that going from `before` to `after` in one month reaches, in rising order.
    pub fn reached(&self, before: Usd, after: Usd) -> Vec<u8> {
        let Some(limit) = self.monthly else { return Vec::new() };
        let at = |percent: u8| limit.share(f64::from(percent) / 100.0);
        let mut reached: Vec<u8> = self.alerts.iter().copied().filter(|percent| before < at(*percent) && after >= at(*percent)).collect();
        reached.sort_unstable();
        reached.dedup();
        reached
    }
}

#[cfg(test)]
mod tests;
