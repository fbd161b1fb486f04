//! Which values a parameter may take, and where each lies in the unit interval.
//!
//! Numbers on a grid get equal shares of the interval (of its logarithm on a log scale), the ends included, so that drawing a
//! uniform coordinate draws every grid value equally often. Choices lie at their index.

use super::value::Value;
use crate::error::TuneError;
use serde::{Deserialize, Serialize};

/// How steps along a range are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    /// Equal differences count the same.
    #[default]
    Linear,
    /// Equal ratios count the same.
    Log,
}

/// Which values a parameter may take.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "type")]
pub enum Kind {
    /// Whole numbers from `min` to `max`, both included, every `step` from `min`.
    Int {
        /// The least.
        min: i64,
        /// The most.
        max: i64,
        /// The distance between neighbours; with a log scale 1.
        step: i64,
        /// How steps are meant.
        scale: Scale,
    },
    /// Numbers from `min` to `max`, both included.
    Float {
        /// The least.
        min: f64,
        /// The most.
        max: f64,
        /// The distance between neighbours; none means any number. None with a log scale.
        step: Option<f64>,
        /// How steps are meant.
        scale: Scale,
    },
    /// One of these, which have no order.
    Choice {
        /// The values.
        values: Vec<Value>,
    },
    /// True or false.
    Bool,
}

/// The smallest step beside the numbers it leads to, as a share of them: below it sums are rounded to other steps.
const FINEST: f64 = 1e-9;

impl Kind {
    /// Whole numbers, every one.
    pub fn int(min: i64, max: i64) -> Self {
        Self::Int { min, max, step: 1, scale: Scale::Linear }
    }

    /// Any number.
    pub fn float(min: f64, max: f64) -> Self {
        Self::Float { min, max, step: None, scale: Scale::Linear }
    }

    /// One of these.
    pub fn choice<V: Into<Value>>(values: impl IntoIterator<Item = V>) -> Self {
        Self::Choice { values: values.into_iter().map(Into::into).collect() }
    }

    /// The same range on a log scale; choices are left as they are.
    pub fn log(self) -> Self {
        match self {
            Self::Int { min, max, step, .. } => Self::Int { min, max, step, scale: Scale::Log },
            Self::Float { min, max, step, .. } => Self::Float { min, max, step, scale: Scale::Log },
            other => other,
        }
    }

    /// Whether the range makes sense.
    pub(crate) fn check(&self, name: &str) -> Result<(), TuneError> {
        let wrong = |what: String| Err(TuneError::Parameter { name: name.to_owned(), what });
        match self {
            Self::Int { min, max, .. } if min > max => wrong(format!("min {min} is more than max {max}")),
            Self::Int { min, scale: Scale::Log, .. } if *min < 1 => wrong(format!("a log scale needs min of at least 1, not {min}")),
            Self::Int { step, .. } if *step < 1 => wrong(format!("step {step} has to be at least 1")),
            Self::Int { step, scale: Scale::Log, .. } if *step != 1 => wrong("a log scale has no step".to_owned()),
            Self::Int { min, max, .. } if max.checked_sub(*min).is_none_or(|width| width > (1 << 53)) => {
                wrong("the range is wider than 2^53".to_owned())
            }
            Self::Float { min, max, .. } if !(min.is_finite() && max.is_finite()) => wrong("min and max have to be finite".to_owned()),
            Self::Float { min, max, .. } if min > max => wrong(format!("min {min:?} is more than max {max:?}")),
            Self::Float { min, max, .. } if !(max - min).is_finite() => wrong("the range is too wide".to_owned()),
            Self::Float { min, scale: Scale::Log, .. } if *min <= 0.0 => wrong(format!("a log scale needs a min above 0, not {min:?}")),
            Self::Float { step: Some(step), .. } if !(step.is_finite() && *step > 0.0) => wrong(format!("step {step:?} has to be above 0")),
            Self::Float { step: Some(_), scale: Scale::Log, .. } => wrong("a log scale has no step".to_owned()),
            Self::Float { min, max, step: Some(step), .. } if *step < FINEST * min.abs().max(max.abs()) => {
                wrong(format!("a step of {step:?} is lost in numbers from {min:?} to {max:?}"))
            }
            Self::Choice { values } if values.is_empty() => wrong("there is nothing to choose from".to_owned()),
            Self::Choice { values } => {
                match values.iter().enumerate().find(|(index, value)| values[..*index].iter().any(|one| alike(one, value))) {
                    Some((_, twice)) => wrong(format!("{} is there twice", twice.described())),
                    None if values.iter().any(|value| value.number().is_some_and(|number| !number.is_finite())) => {
                        wrong("a choice is not a finite number".to_owned())
                    }
                    None => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }

    /// How many values there are; nothing for a continuous range.
    pub fn count(&self) -> Option<u64> {
        match self {
            Self::Int { min, max, step, .. } => Some(((max - min) / step) as u64 + 1),
            Self::Float { min, max, .. } if min == max => Some(1),
            Self::Float { min, max, step: Some(step), .. } => Some(steps(*min, *max, *step) as u64 + 1),
            Self::Float { step: None, .. } => None,
            Self::Choice { values } => Some(values.len() as u64),
            Self::Bool => Some(2),
        }
    }

    /// How many unordered choices there are; nothing for numbers.
    pub(crate) fn choices(&self) -> Option<usize> {
        match self {
            Self::Choice { values } => Some(values.len()),
            Self::Bool => Some(2),
            _ => None,
        }
    }

    /// What the parameter may be, for people.
    pub fn expected(&self) -> String {
        match self {
            Self::Int { min, max, step: 1, .. } => format!("a whole number from {min} to {max}"),
            Self::Int { min, max, step, .. } => format!("{min} to {max} in steps of {step}"),
            Self::Float { min, max, step: None, .. } => format!("a number from {min:?} to {max:?}"),
            Self::Float { min, max, step: Some(step), .. } => format!("{min:?} to {max:?} in steps of {step:?}"),
            Self::Choice { values } => format!("one of {}", values.iter().map(Value::to_string).collect::<Vec<_>>().join(", ")),
            Self::Bool => "true or false".to_owned(),
        }
    }

    /// A value as a file gave it, brought to this kind: a whole number where any number may stand becomes one, a text that spells a
    /// number or a truth value counts where the file has no types. Fails where it is not one of the kind's values.
    pub(crate) fn adopt(&self, name: &str, value: &Value) -> Result<Value, TuneError> {
        let adopted = match self {
            Self::Int { min, max, step, .. } => whole(value).filter(|n| (min..=max).contains(&n) && (n - min) % step == 0).map(Value::Int),
            Self::Float { min, max, step, .. } => {
                real(value).filter(|n| (min..=max).contains(&n) && on_grid(*n, *min, *step)).map(Value::Float)
            }
            Self::Choice { values } => {
                let exact = values.iter().find(|choice| *choice == value);
                exact.or_else(|| values.iter().find(|choice| alike(choice, value))).cloned()
            }
            Self::Bool => truth(value).map(Value::Bool),
        };
        adopted.ok_or_else(|| TuneError::OutOfRange { name: name.to_owned(), value: value.clone(), expected: self.expected() })
    }

    /// The value of this number, from 0, of those that can be counted, the last one beyond it; nothing where any number may stand.
    pub(crate) fn nth(&self, index: u64) -> Option<Value> {
        let index = index.min(self.count()?.checked_sub(1)?);
        match self {
            Self::Int { min, step, .. } => Some(Value::Int(min + step * index as i64)),
            Self::Float { min, max, step, .. } => Some(Value::Float((min + step.unwrap_or(0.0) * index as f64).min(*max))),
            Self::Choice { values } => values.get(index as usize).cloned(),
            Self::Bool => Some(Value::Bool(index == 1)),
        }
    }

    /// The value at a coordinate, clamped into the range.
    pub(crate) fn decode(&self, at: f64) -> Value {
        match self {
            Self::Int { min, max, step, scale: Scale::Linear } => {
                let cells = ((max - min) / step + 1) as f64;
                Value::Int(min + step * (at * cells).floor().clamp(0.0, cells - 1.0) as i64)
            }
            Self::Int { min, max, scale: Scale::Log, .. } => {
                let exact = log_between(*min as f64 - 0.5, *max as f64 + 0.5, at);
                Value::Int((exact.round() as i64).clamp(*min, *max))
            }
            Self::Float { min, max, step: Some(step), .. } => {
                let last = steps(*min, *max, *step);
                Value::Float((min + step * (at * (last + 1.0)).floor().clamp(0.0, last)).min(*max))
            }
            Self::Float { min, max, scale: Scale::Log, .. } => Value::Float(log_between(*min, *max, at).clamp(*min, *max)),
            Self::Float { min, max, .. } => Value::Float((min + at * (max - min)).clamp(*min, *max)),
            Self::Choice { values } => values[(at.max(0.0) as usize).min(values.len() - 1)].clone(),
            Self::Bool => Value::Bool(at >= 1.0),
        }
    }

    /// The coordinate of a value: for a grid value the middle of its share.
    pub(crate) fn encode(&self, value: &Value) -> Option<f64> {
        let at = match self {
            Self::Int { min, max, step, scale: Scale::Linear } => {
                let cells = ((max - min) / step + 1) as f64;
                let beyond =
                    if let Value::Int(number) = value { number.saturating_sub(*min) as f64 } else { value.number()? - *min as f64 };
                (beyond / *step as f64 + 0.5) / cells
            }
            Self::Int { min, max, scale: Scale::Log, .. } => log_share(*min as f64 - 0.5, *max as f64 + 0.5, value.number()?),
            Self::Float { min, max, .. } if min == max => 0.5,
            Self::Float { min, max, step: Some(step), .. } => ((value.number()? - min) / step + 0.5) / (steps(*min, *max, *step) + 1.0),
            Self::Float { min, max, scale: Scale::Log, .. } => log_share(*min, *max, value.number()?),
            Self::Float { min, max, .. } => (value.number()? - min) / (max - min),
            Self::Choice { values } => return values.iter().position(|choice| choice == value).map(|index| index as f64),
            Self::Bool => return matches!(value, Value::Bool(_)).then_some(f64::from(u8::from(*value == Value::Bool(true)))),
        };
        Some(at.clamp(0.0, 1.0))
    }
}

/// Two choices nobody could tell apart in a file: equal numbers, or a number and the text that spells it.
fn alike(left: &Value, right: &Value) -> bool {
    left.is_same(right) || left.to_string() == right.to_string()
}

fn steps(min: f64, max: f64, step: f64) -> f64 {
    ((max - min) / step + 1e-9).floor()
}

fn on_grid(value: f64, min: f64, step: Option<f64>) -> bool {
    step.is_none_or(|step| {
        let cells = (value - min) / step;
        (cells - cells.round()).abs() < 1e-6
    })
}

fn log_between(low: f64, high: f64, at: f64) -> f64 {
    libm::exp(libm::log(low) + at * (libm::log(high) - libm::log(low)))
}

fn log_share(low: f64, high: f64, value: f64) -> f64 {
    (libm::log(value) - libm::log(low)) / (libm::log(high) - libm::log(low))
}

fn whole(value: &Value) -> Option<i64> {
    match value {
        Value::Int(number) => Some(*number),
        Value::Float(number) if number.fract() == 0.0 && number.abs() < 9.0e15 => Some(*number as i64),
        Value::Text(text) => text.parse().ok(),
        _ => None,
    }
}

fn real(value: &Value) -> Option<f64> {
    match value {
        Value::Text(text) => text.parse().ok().filter(|number: &f64| number.is_finite()),
        other => other.number().filter(|number| number.is_finite()),
    }
}

fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(value) => Some(*value),
        Value::Int(number) => [(0, false), (1, true)].into_iter().find(|(spelt, _)| spelt == number).map(|(_, truth)| truth),
        Value::Text(text) => match text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "1" => Some(true),
            "false" | "no" | "off" | "0" => Some(false),
            _ => None,
        },
        Value::Float(_) => None,
    }
}
