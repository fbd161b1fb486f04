//! The store's promises, held by the same scenarios on a SQLite file and on PostgreSQL.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod audit;
mod history;
mod hypotheses;
mod jobs;
mod leases;
mod processes;
mod schema;
mod small;
mod statistics;
mod trials;
mod versions;
mod weaknesses;
mod world;
