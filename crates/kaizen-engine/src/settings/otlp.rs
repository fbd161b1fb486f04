//! `[otlp]`: telemetry that other programs send, and where it goes on to.

use super::models::BaseUrl;
use super::secret::Hidden;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Telemetry that other programs send.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Otlp {
    /// The collector everything is passed on to, unchanged.
    #[schemars(extend("examples" = ["http://127.0.0.1:4318"]))]
    pub forward: Option<BaseUrl>,
    /// Headers added to what is passed on. Values are never shown.
    #[schemars(extend("propertyNames" = { "format": "kaizen-header" }))]
    pub headers: BTreeMap<String, Hidden>,
}
