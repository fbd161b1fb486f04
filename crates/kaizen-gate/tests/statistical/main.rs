//! The statistical lane as a trial sees it: worlds that answer each requested run, a decision out.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod answers;
mod bad_input;
mod checks;
mod faults;
mod guards;
mod looks;
mod record;
mod world;
