//! What may vary and within which limits.
//!
//! A space is valid by construction: names are unique, ranges hold something, conditions form no circle, every expression names
//! known parameters of fitting types, at least one configuration satisfies all constraints and there is more than one point.

pub mod expression;
pub(crate) mod feasible;
pub mod kind;
mod types;
pub mod value;

use crate::error::TuneError;
use expression::Expression;
use kind::Kind;
use serde::{Deserialize, Serialize};
use value::{Configuration, Value};

/// One setting that may vary.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Parameter {
    /// Its name, as conditions and constraints write it.
    pub name: String,
    /// Which values it may take.
    pub kind: Kind,
    /// Whether it has an effect; without a condition it always has. A parameter without effect is left as it is.
    #[serde(default)]
    pub when: Option<Expression>,
}

impl Parameter {
    /// A parameter that always has an effect.
    pub fn new(name: impl Into<String>, kind: Kind) -> Self {
        Self { name: name.into(), kind, when: None }
    }

    /// The same, with an effect only when the condition holds.
    pub fn when(mut self, condition: Expression) -> Self {
        self.when = Some(condition);
        self
    }
}

/// Parameters and the constraints between them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Parts", into = "Parts")]
pub struct Space {
    parameters: Vec<Parameter>,
    constraints: Vec<Expression>,
    /// The order in which conditions can be decided: what a condition names comes first.
    order: Vec<usize>,
}

/// How a space is stored: it is checked again when read.
#[derive(Serialize, Deserialize)]
struct Parts {
    parameters: Vec<Parameter>,
    #[serde(default)]
    constraints: Vec<Expression>,
}

impl TryFrom<Parts> for Space {
    type Error = TuneError;
    fn try_from(parts: Parts) -> Result<Self, TuneError> {
        Self::new(parts.parameters, parts.constraints)
    }
}

impl From<Space> for Parts {
    fn from(space: Space) -> Self {
        Self { parameters: space.parameters, constraints: space.constraints }
    }
}

/// Coordinates in the order of the parameters: in [0, 1] for numbers, the index for choices; nothing where there is no effect.
pub(crate) type Point = Vec<Option<f64>>;

impl Space {
    /// Checks and wraps the parameters and constraints.
    pub fn new(parameters: Vec<Parameter>, constraints: Vec<Expression>) -> Result<Self, TuneError> {
        if parameters.is_empty() {
            return Err(TuneError::Empty);
        }
        for (index, parameter) in parameters.iter().enumerate() {
            parameter.kind.check(&parameter.name)?;
            if parameters[..index].iter().any(|other| other.name == parameter.name) {
                return Err(TuneError::Parameter { name: parameter.name.clone(), what: "there are two parameters of this name".into() });
            }
        }
        let conditions = parameters.iter().filter_map(|parameter| parameter.when.as_ref());
        conditions.chain(&constraints).try_for_each(|expression| types::check(&parameters, expression))?;
        let order = decidable(&parameters)?;
        let space = Self { parameters, constraints, order };
        space.must_hold_two_points()?;
        Ok(space)
    }

    fn must_hold_two_points(&self) -> Result<(), TuneError> {
        let found = feasible::some(self, 2);
        match found.as_slice() {
            [] => Err(TuneError::Unsatisfiable(self.constraints.iter().map(|one| one.to_string()).collect::<Vec<_>>().join("; "))),
            [only] if self.count().is_some_and(|count| count <= feasible::ENUMERABLE) => Err(TuneError::OnePoint(only.to_string())),
            _ => Ok(()),
        }
    }

    /// The parameters, in the order they were given.
    pub fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// The constraints, in the order they were given.
    pub fn constraints(&self) -> &[Expression] {
        &self.constraints
    }

    /// At most how many configurations there are, conditions and constraints not counted; nothing where a parameter is continuous.
    pub fn count(&self) -> Option<u64> {
        self.parameters.iter().try_fold(1_u64, |product, parameter| parameter.kind.count().map(|count| product.saturating_mul(count)))
    }

    /// The values a file gave, as a configuration: each brought to its parameter's type, parameters without effect left out. Fails
    /// where one is missing, outside its range, or where a constraint is violated: naming the first such parameter or constraint.
    pub fn adopt(&self, values: &[(String, Value)]) -> Result<Configuration, TuneError> {
        let mut configuration = Configuration::default();
        for &index in &self.order {
            let parameter = &self.parameters[index];
            if !self.has_effect(index, &configuration) {
                continue;
            }
            let found = values.iter().find(|(name, _)| *name == parameter.name);
            let (_, value) = found.ok_or_else(|| misfit(&parameter.name, "has no value"))?;
            configuration.set(&parameter.name, parameter.kind.adopt(&parameter.name, value)?);
        }
        self.check(&configuration)?;
        Ok(configuration)
    }

    /// Whether a configuration is one of this space: every parameter with effect and no other, in range, constraints satisfied.
    pub fn check(&self, configuration: &Configuration) -> Result<(), TuneError> {
        for (index, parameter) in self.parameters.iter().enumerate() {
            match (configuration.get(&parameter.name), self.has_effect(index, configuration)) {
                (Some(value), true) if parameter.kind.adopt(&parameter.name, value)? == *value => {}
                (Some(_), true) => return Err(misfit(&parameter.name, "is of another type")),
                (None, true) => return Err(misfit(&parameter.name, "has no value")),
                (Some(_), false) => return Err(misfit(&parameter.name, "has a value and no effect")),
                (None, false) => {}
            }
        }
        if let Some((name, _)) = configuration.iter().find(|(name, _)| !self.parameters.iter().any(|one| one.name == *name)) {
            return Err(misfit(name, "is no parameter of this space"));
        }
        match self.violated(configuration) {
            Some(constraint) => Err(TuneError::Violated(constraint.to_string())),
            None => Ok(()),
        }
    }

    /// The first constraint that does not hold. One about a parameter without effect says nothing; one that cannot be computed, such as a
    /// share of nothing, does not hold.
    pub(crate) fn violated(&self, configuration: &Configuration) -> Option<&Expression> {
        let known = |constraint: &Expression| constraint.names().iter().all(|name| configuration.get(name).is_some());
        self.constraints.iter().find(|constraint| match constraint.holds(configuration) {
            Some(holds) => !holds,
            None => known(constraint),
        })
    }

    fn has_effect(&self, index: usize, configuration: &Configuration) -> bool {
        self.parameters[index].when.as_ref().is_none_or(|when| when.holds(configuration) == Some(true))
    }

    /// The configuration at these coordinates; those of parameters without effect are ignored.
    pub(crate) fn decode(&self, coordinates: &[f64]) -> Configuration {
        let mut configuration = Configuration::default();
        for &index in &self.order {
            if self.has_effect(index, &configuration) {
                let parameter = &self.parameters[index];
                configuration.set(&parameter.name, parameter.kind.decode(coordinates[index]));
            }
        }
        configuration
    }

    /// The configuration of these values by parameter; nothing where one that has an effect is missing.
    pub(crate) fn made_of(&self, value: impl Fn(usize) -> Option<Value>) -> Option<Configuration> {
        let mut configuration = Configuration::default();
        for &index in &self.order {
            if self.has_effect(index, &configuration) {
                configuration.set(&self.parameters[index].name, value(index)?);
            }
        }
        Some(configuration)
    }

    /// The coordinates of a configuration of this space.
    pub(crate) fn encode(&self, configuration: &Configuration) -> Point {
        self.parameters.iter().map(|parameter| parameter.kind.encode(configuration.get(&parameter.name)?)).collect()
    }

    /// How far one configuration lies from another: first how many parameters differ, then by how much of their ranges together.
    pub(crate) fn distance(&self, one: &Configuration, other: &Configuration) -> (usize, f64) {
        let apart = |(parameter, (one, other)): (&Parameter, (Option<f64>, Option<f64>))| match (one, other) {
            (None, None) => 0.0,
            (Some(one), Some(other)) if parameter.kind.choices().is_none() => (one - other).abs(),
            (one, other) => f64::from(u8::from(one != other)),
        };
        let points = self.encode(one).into_iter().zip(self.encode(other));
        let distances: Vec<f64> = self.parameters.iter().zip(points).map(apart).collect();
        (distances.iter().filter(|distance| **distance > 0.0).count(), distances.iter().sum())
    }

    /// Every configuration, where there are few enough to list; nothing where there are not.
    pub(crate) fn all(&self) -> Option<Vec<Configuration>> {
        self.count().filter(|count| *count <= feasible::ENUMERABLE).map(|_| feasible::all(self))
    }
}

/// The order of distances.
pub(crate) fn nearer(one: &(usize, f64), other: &(usize, f64)) -> std::cmp::Ordering {
    one.0.cmp(&other.0).then(one.1.total_cmp(&other.1))
}

fn misfit(name: &str, what: &str) -> TuneError {
    TuneError::Misfit { name: name.to_owned(), what: what.to_owned() }
}

/// Parameters sorted so that every condition names earlier ones only.
fn decidable(parameters: &[Parameter]) -> Result<Vec<usize>, TuneError> {
    let mut order: Vec<usize> = Vec::with_capacity(parameters.len());
    while order.len() < parameters.len() {
        let known = |name: &str| order.iter().any(|&index| parameters[index].name == name);
        let ready = |index: &usize| {
            let names = parameters[*index].when.iter().flat_map(|when| when.names());
            !order.contains(index) && names.into_iter().all(known)
        };
        match (0..parameters.len()).find(ready) {
            Some(index) => order.push(index),
            None => {
                let circle = parameters.iter().enumerate().find(|(index, _)| !order.contains(index));
                let name = circle.map_or_else(String::new, |(_, parameter)| parameter.name.clone());
                return Err(TuneError::Parameter { name, what: "whether it has an effect depends on itself".into() });
            }
        }
    }
    Ok(order)
}
