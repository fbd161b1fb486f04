//! `[budget]`: what models may cost in a month, and what happens when that runs short.

use super::models::ModelName;
use crate::config::problem::Wrong;
use crate::config::quantity::Timespan;
use kaizen_domain::budget::{self as rules, PHASES, Policy};
use kaizen_domain::money::Usd;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What models may cost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Budget {
    /// USD in a calendar month (UTC); without it there is no limit.
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub monthly: Option<f64>,
    /// The share of each day's part that is held back.
    #[schemars(extend("minimum" = 0, "maximum" = 0.9))]
    pub buffer: f64,
    /// How the month's money is spread over its days.
    pub pace: Pace,
    /// With `pace = "phases"`: shares of the routed calls that stay local, by day of the month.
    pub phases: Vec<Phase>,
    /// A day is overspent beyond this many times its part; then only local models are used until the next.
    #[schemars(range(min = 1, max = 100))]
    pub overspent: f64,
    /// From this share of the month's money on, only local models are used; 1 for never.
    #[schemars(range(min = 0, max = 1))]
    pub local_only: f64,
    /// What becomes of calls that there is no money for.
    pub when_exhausted: WhenExhausted,
    /// Percentages of the month's money that are told when they are reached.
    pub alerts: Vec<Alert>,
    /// The most one task may cost, by the size its caller gives.
    pub task_limits: TaskLimits,
    /// Urgent calls up to so many USD go through while the month's money lasts; larger ones ask.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub urgent: f64,
    /// How long a call that asks for permission waits for an answer.
    pub patience: Timespan,
    /// What becomes of it then.
    pub unanswered: Unanswered,
    /// The model that savings are counted against: what the same tokens would have cost there.
    #[schemars(extend("examples" = ["openai/gpt-4o"]))]
    pub reference: Option<ModelName>,
    /// Prices of the list that comes with Kaizen are told as old beyond this age.
    pub price_age: Timespan,
    /// USD that are set aside at once for the calls of one process: the most that a crash can hold back.
    #[schemars(extend("exclusiveMinimum" = 0, "maximum" = 1000))]
    pub block: f64,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            monthly: None,
            buffer: 0.2,
            pace: Pace::Daily,
            phases: PHASES.iter().map(|phase| Phase { until: phase.until, local: phase.local }).collect(),
            overspent: 1.5,
            local_only: 0.8,
            when_exhausted: WhenExhausted::Degrade,
            alerts: [50, 80, 90, 100].map(Alert).to_vec(),
            task_limits: TaskLimits::default(),
            urgent: 2.0,
            patience: Timespan(Duration::from_secs(300)),
            unanswered: Unanswered::Local,
            reference: None,
            price_age: Timespan(Duration::from_secs(90 * 86_400)),
            block: 0.25,
        }
    }
}

/// How the month's money is spread over its days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Pace {
    /// The same for each day that is left, less the buffer.
    Daily,
    /// As daily, and a share of the routed calls stays local, most while the month is young.
    Phases,
    /// Not at all: as fast as it is spent.
    Off,
}

/// Days of a month.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Phase {
    /// Up to this day of the month.
    #[schemars(range(min = 1, max = 31))]
    pub until: u8,
    /// The share of the routed calls that stay local.
    #[schemars(range(min = 0, max = 1))]
    pub local: f64,
}

/// A percentage of the month's money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub struct Alert(#[schemars(range(min = 1, max = 100))] pub u8);

/// What becomes of calls that there is no money for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WhenExhausted {
    /// `kaizen/...` goes to a local model; a model asked for by name is refused.
    Degrade,
    /// All are refused.
    Refuse,
    /// A person is asked.
    Ask,
}

/// What becomes of a call that nobody allowed in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Unanswered {
    /// A local model takes it where the model may be chosen; else it is refused.
    Local,
    /// It is refused.
    Skip,
    /// It waits on.
    Wait,
}

/// The most one task may cost, in USD.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TaskLimits {
    /// A small one.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub simple: f64,
    /// An ordinary one.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub medium: f64,
    /// A large one.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub complex: f64,
}

impl Default for TaskLimits {
    fn default() -> Self {
        Self { simple: 0.05, medium: 0.2, complex: 0.5 }
    }
}

/// The schema keeps every amount far inside the range of [`Usd`].
fn usd(dollars: f64) -> Usd {
    Usd::from_dollars(dollars).unwrap_or_default()
}

impl Budget {
    /// The rules as the domain knows them.
    pub fn policy(&self) -> Policy {
        let phases = || self.phases.iter().map(|phase| rules::Phase { until: phase.until, local: phase.local }).collect();
        Policy {
            monthly: self.monthly.map(usd),
            buffer: self.buffer,
            pace: match self.pace {
                Pace::Daily => rules::Pace::Daily,
                Pace::Phases => rules::Pace::Phases(phases()),
                Pace::Off => rules::Pace::Off,
            },
            overspent: self.overspent,
            local_only: self.local_only,
            alerts: self.alerts.iter().map(|alert| alert.0).collect(),
            limits: rules::TaskLimits {
                simple: usd(self.task_limits.simple),
                medium: usd(self.task_limits.medium),
                complex: usd(self.task_limits.complex),
            },
            urgent: usd(self.urgent),
            when_exhausted: match self.when_exhausted {
                WhenExhausted::Degrade => rules::Exhausted::Degrade,
                WhenExhausted::Refuse => rules::Exhausted::Refuse,
                WhenExhausted::Ask => rules::Exhausted::Ask,
            },
            patience: self.patience.0,
            unanswered: match self.unanswered {
                Unanswered::Local => rules::Unanswered::Local,
                Unanswered::Skip => rules::Unanswered::Skip,
                Unanswered::Wait => rules::Unanswered::Wait,
            },
        }
    }

    /// What is set aside at once.
    pub fn block(&self) -> Usd {
        usd(self.block)
    }

    pub(super) fn conflicts(&self) -> Option<(String, Wrong)> {
        let rising = self.phases.windows(2).all(|pair| pair[0].until < pair[1].until);
        let hint = "write them in the order of the month: [{ until = 10, local = 0.7 }, { until = 31, local = 0.3 }]";
        let right = rising && (!self.phases.is_empty() || self.pace != Pace::Phases);
        (!right).then(|| ("budget.phases".to_owned(), Wrong::new("the phases do not follow each other through the month", hint)))
    }
}
