//! Short ids people see (`h42`, `t17`, `v3`, `w7`), unique per store; newtypes inside.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A text that is not the id it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{text}' is not a {kind} id such as '{prefix}1'")]
pub struct NotAnId {
    /// What was given.
    pub text: String,
    /// The kind that was expected.
    pub kind: &'static str,
    /// The letter such ids begin with.
    pub prefix: char,
}

macro_rules! short_id {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}{}", $prefix, self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{self}")
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;
            /// Accepts upper and lower case: people read `V2` in a report and type `v2`.
            fn from_str(text: &str) -> Result<Self, NotAnId> {
                let refused = || NotAnId { text: text.to_owned(), kind: $kind, prefix: $prefix };
                let mut letters = text.chars();
                match letters.next() {
                    Some(first) if first.eq_ignore_ascii_case(&$prefix) => {}
                    _ => return Err(refused()),
                }
                let digits = letters.as_str();
                if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                    return Err(refused());
                }
                digits.parse().map(Self).map_err(|_| refused())
            }
        }

        impl TryFrom<String> for $name {
            type Error = NotAnId;
            fn try_from(text: String) -> Result<Self, NotAnId> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.to_string()
            }
        }
    };
}

short_id!(
    /// A project in this store.
    ProjectId, "project", 'p'
);
short_id!(
    /// A weakness.
    WeaknessId, "weakness", 'w'
);
short_id!(
    /// A hypothesis.
    HypothesisId, "hypothesis", 'h'
);
short_id!(
    /// A trial.
    TrialId, "trial", 't'
);
short_id!(
    /// A version of a subject.
    VersionId, "version", 'v'
);
short_id!(
    /// A job in the queue.
    JobId, "job", 'j'
);

/// Any id a person may name on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnyId {
    /// `w7`
    Weakness(WeaknessId),
    /// `h42`
    Hypothesis(HypothesisId),
    /// `t17`
    Trial(TrialId),
    /// `v3`
    Version(VersionId),
}

/// A text that begins with none of the known letters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not an id: weaknesses are w1, hypotheses h1, trials t1, versions v1")]
pub struct NotAnyId(pub String);

impl FromStr for AnyId {
    type Err = NotAnyId;

    fn from_str(text: &str) -> Result<Self, NotAnyId> {
        let weakness = text.parse().map(Self::Weakness).ok();
        let hypothesis = || text.parse().map(Self::Hypothesis).ok();
        let trial = || text.parse().map(Self::Trial).ok();
        let version = || text.parse().map(Self::Version).ok();
        weakness.or_else(hypothesis).or_else(trial).or_else(version).ok_or_else(|| NotAnyId(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_print_and_read_back_in_either_case() {
        assert_eq!(HypothesisId(42).to_string(), "h42");
        assert_eq!("H42".parse(), Ok(HypothesisId(42)));
        assert_eq!("v3".parse(), Ok(AnyId::Version(VersionId(3))));
    }

    #[test]
    fn an_id_of_another_kind_or_with_a_sign_is_refused() {
        assert!("t1".parse::<HypothesisId>().is_err());
        assert!("h-1".parse::<HypothesisId>().is_err());
        assert!("h".parse::<AnyId>().is_err());
    }
}
