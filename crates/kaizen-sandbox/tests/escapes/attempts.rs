//! The list of attempts, a file per group or two.

mod calls;
mod devices;
mod exhaustion;
mod files;
mod inherited;
mod judge;
mod kernel_files;
mod links;
mod network;
mod permissions;
mod persistence;
mod processes;
mod shared;

use crate::attempt::{Attempt, Group};

/// Every attempt, group by group.
pub const ATTEMPTS: &[&[Attempt]] = &[
    files::ATTEMPTS,
    links::ATTEMPTS,
    permissions::ATTEMPTS,
    kernel_files::ATTEMPTS,
    inherited::ATTEMPTS,
    shared::ATTEMPTS,
    network::ATTEMPTS,
    processes::ATTEMPTS,
    calls::ATTEMPTS,
    exhaustion::ATTEMPTS,
    persistence::ATTEMPTS,
    devices::ATTEMPTS,
    judge::ATTEMPTS,
];

/// The attempts of a group, in the order of the list.
pub fn of(group: Group) -> impl Iterator<Item = &'static Attempt> {
    ATTEMPTS.iter().copied().flatten().filter(move |attempt| attempt.group == group)
}
