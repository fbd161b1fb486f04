//! Whom Kaizen talked to.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `log --network`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NetworkLog {
    /// `kaizen.network/1`
    pub schema: String,
    /// Every host that was talked to or refused, by purpose and name.
    pub hosts: Vec<HostContacted>,
}

/// A host and what went to and came from it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HostContacted {
    /// `host:port`.
    pub host: String,
    /// What for: `calls` of models, `models` that are listed, fetched, loaded and unloaded, `telemetry` that is passed on.
    pub part: String,
    /// It is this machine.
    pub local: bool,
    /// How many connections were opened.
    pub connections: u64,
    /// How often a connection was refused because Kaizen is kept to its machine.
    pub refused: u64,
    /// Bytes sent, with headers and encryption.
    pub sent: u64,
    /// Bytes received, with headers and encryption.
    pub received: u64,
    /// When it was first seen, milliseconds since 1970-01-01 UTC.
    pub first_at: i64,
    /// When it was last seen.
    pub last_at: i64,
}
