//! The vocabulary of Kaizen: one type per word, one state machine per life cycle.
//!
//! Pure: no I/O, clock, randomness or async. Illegal state transitions are refused by
//! [`hypothesis::HypothesisState::next`] and [`weakness::WeaknessState::next`], which every store uses.

pub mod audit;
pub mod benchmark;
pub mod budget;
pub mod canary;
pub mod change;
pub mod decision;
pub mod event;
pub mod hash;
pub mod hypothesis;
pub mod id;
pub mod metric;
pub mod money;
pub mod operation;
pub mod path;
pub mod points;
pub mod scorecard;
pub mod trajectory;
pub mod trial;
pub mod version;
pub mod weakness;
