//! Whether a model gets its place in the memory of the graphics card, and who leaves for it. Pure: the same facts, the same plan.
//!
//! What is loaded counts with the size the server measured, what is to come with the size its header tells. The cap is never
//! planned beyond.

use super::evict::{Resident, choose};
use std::fmt;

/// The memory there is for models.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// The card's memory in bytes.
    pub vram: u64,
    /// How much of it models may take, in percent; the rest is for what runners take beside weights and cache, and for the screen.
    pub percent: u8,
}

impl Default for Room {
    fn default() -> Self {
        Self { vram: 16 << 30, percent: 90 }
    }
}

impl Room {
    /// Bytes models may take.
    pub fn cap(self) -> u64 {
        let share = u128::from(self.vram) * u128::from(self.percent.min(100)) / 100;
        u64::try_from(share).unwrap_or(u64::MAX)
    }
}

/// What is allowed for its sake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Terms {
    /// Unload the always-hot model too, where nothing else is left.
    pub evict_hot: bool,
    /// Let a part run on the processor, which is many times slower.
    pub offload: bool,
    /// Main memory that is free, in bytes, where it is known.
    pub ram: Option<u64>,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// It fits as it is.
    Load,
    /// It fits when these are unloaded first.
    UnloadFirst(Vec<String>),
    /// It does not fit: so many bytes run on the processor, after these were unloaded.
    OffloadCpu {
        /// Who leaves.
        unload: Vec<String>,
        /// Bytes outside of the card's memory.
        cpu: u64,
    },
    /// It is not loaded.
    Refuse(Refusal),
}

impl Decision {
    /// `LOAD`, `UNLOAD_FIRST`, `OFFLOAD_CPU`, `REFUSE`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Load => "LOAD",
            Self::UnloadFirst(_) => "UNLOAD_FIRST",
            Self::OffloadCpu { .. } => "OFFLOAD_CPU",
            Self::Refuse(_) => "REFUSE",
        }
    }

    /// Who leaves.
    pub fn unload(&self) -> &[String] {
        match self {
            Self::UnloadFirst(unload) | Self::OffloadCpu { unload, .. } => unload,
            Self::Load | Self::Refuse(_) => &[],
        }
    }
}

/// Why a model is not loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// It is larger than the cap alone.
    Larger,
    /// These stay: in use, or always hot.
    Held(Vec<String>),
    /// The part for the processor does not fit into main memory.
    Memory {
        /// Bytes that would run there.
        cpu: u64,
        /// Bytes that are free there.
        free: u64,
    },
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Larger => f.write_str("it is larger than all the memory there is for models"),
            Self::Held(by) => write!(f, "the memory is held by {}", by.join(", ")),
            Self::Memory { .. } => f.write_str("main memory has no room for the part that would run on the processor"),
        }
    }
}

/// A plan with what it was made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Bytes models may take.
    pub cap: u64,
    /// Bytes others take now.
    pub used: u64,
    /// Bytes it needs.
    pub need: u64,
    /// What is to be done.
    pub decision: Decision,
}

/// Plans the loading of a model of `need` bytes; `others` are the loaded models without itself.
pub fn plan(room: Room, others: &[Resident], need: u64, terms: Terms) -> Plan {
    let cap = room.cap();
    let used = others.iter().fold(0_u64, |sum, one| sum.saturating_add(one.vram));
    let missing = used.saturating_add(need).saturating_sub(cap);
    let decision = if missing == 0 { Decision::Load } else { make_room(cap, others, need, missing, terms) };
    Plan { cap, used, need, decision }
}

fn make_room(cap: u64, others: &[Resident], need: u64, missing: u64, terms: Terms) -> Decision {
    let chosen = (need <= cap)
        .then(|| choose(others, missing, false).or_else(|| terms.evict_hot.then(|| choose(others, missing, true)).flatten()))
        .flatten();
    match chosen {
        Some(unload) => Decision::UnloadFirst(unload),
        None if terms.offload => offload(cap, others, need, terms),
        None if need > cap => Decision::Refuse(Refusal::Larger),
        None => Decision::Refuse(Refusal::Held(names(staying(others, terms)))),
    }
}

fn names<'r>(models: impl Iterator<Item = &'r Resident>) -> Vec<String> {
    let mut names: Vec<String> = models.map(|one| one.name.clone()).collect();
    names.sort();
    names
}

/// Every byte that comes free is a byte less on the processor: all that may go goes.
fn offload(cap: u64, others: &[Resident], need: u64, terms: Terms) -> Decision {
    let stay = staying(others, terms).fold(0_u64, |sum, one| sum.saturating_add(one.vram));
    let cpu = need - need.min(cap.saturating_sub(stay));
    if let Some(free) = terms.ram.filter(|free| *free < cpu) {
        return Decision::Refuse(Refusal::Memory { cpu, free });
    }
    let unload = names(others.iter().filter(|one| one.vram > 0 && !stays(one, terms)));
    Decision::OffloadCpu { unload, cpu }
}

fn staying(others: &[Resident], terms: Terms) -> impl Iterator<Item = &Resident> {
    others.iter().filter(move |one| stays(one, terms))
}

fn stays(one: &Resident, terms: Terms) -> bool {
    one.in_use || (one.hot && !terms.evict_hot)
}
