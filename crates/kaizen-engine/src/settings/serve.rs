//! `[serve]`: where the daemon listens and whom it lets write.

use super::secret::SecretPlace;
use crate::config::grant::Address;
use crate::config::quantity::ByteSize;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The daemon.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Serve {
    /// Where it listens. Beyond this machine only with tokens.
    pub address: Address,
    /// The largest body of a request.
    pub body_limit: ByteSize,
    /// Names of this machine under which the daemon is called, beside `localhost` and addresses: a page of another site that shows a
    /// name of its own is refused.
    #[schemars(extend("examples" = [["box.lan"]]))]
    pub names: Vec<String>,
    /// Where the tokens are that allow writes: `env:NAME`, `file:/path` or `keyring:NAME`.
    #[schemars(extend("examples" = [["env:KAIZEN_TOKEN"]]))]
    pub tokens: Vec<SecretPlace>,
}

impl Default for Serve {
    fn default() -> Self {
        Self { address: Address::loopback(8400), body_limit: ByteSize(32 << 20), names: Vec::new(), tokens: Vec::new() }
    }
}
