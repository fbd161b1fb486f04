//! Promises and escape attempts, run against every tier that works here, as root and as an ordinary user.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(missing_docs, unreachable_pub)]

mod caches;
mod cgroups;
mod counts;
mod ends;
mod limits;
mod nested;
mod site;
mod survivors;
mod walls;
mod workspace;
