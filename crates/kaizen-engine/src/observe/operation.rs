//! What others send in about their own work, read strictly: one reason for each record that cannot be taken.

use kaizen_domain::operation::Operation;
use kaizen_domain::trajectory::Trajectory;
use serde_json::Value;

/// Reads one operation; `now` in milliseconds since 1970-01-01 UTC.
pub fn operation(raw: &str, _now: i64) -> Result<Operation, String> {
    let mut value: Value = serde_json::from_str(raw).map_err(|error| error.to_string())?;
    if let Some(object) = value.as_object_mut() {
        object.insert("source".into(), "api".into());
    }
    serde_json::from_value(value).map_err(|error| error.to_string())
}

/// Reads one trajectory.
pub fn trajectory(raw: &str, _now: i64) -> Result<Trajectory, String> {
    serde_json::from_str(raw).map_err(|error| error.to_string())
}
