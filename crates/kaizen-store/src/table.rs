//! Every table of the schema and whose its rows are: what an export walks through, and a purge backwards.
//!
//! A table comes after those it refers to. A test compares the list with the schema.

/// Whose the rows of a table are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    /// The table of projects itself.
    Itself,
    /// The project that `project_id` names.
    Project,
    /// All projects together: content by its address, and what the gateway keeps.
    Store,
}

/// Every table but the list of migrations.
pub(crate) const TABLES: [(&str, Owner); 41] = [
    ("sequence", Owner::Store),
    ("project", Owner::Itself),
    ("event", Owner::Project),
    ("weakness", Owner::Project),
    ("hypothesis", Owner::Project),
    ("tried", Owner::Project),
    ("ticket", Owner::Project),
    ("trial", Owner::Project),
    ("sample", Owner::Project),
    ("coin", Owner::Project),
    ("version", Owner::Project),
    ("choice", Owner::Project),
    ("workshop", Owner::Project),
    ("study", Owner::Project),
    ("saga", Owner::Project),
    ("lease", Owner::Project),
    ("trust", Owner::Project),
    ("job", Owner::Project),
    ("tally", Owner::Project),
    ("case_name", Owner::Project),
    ("case_series", Owner::Project),
    ("case_run", Owner::Project),
    ("canary", Owner::Project),
    ("calibration", Owner::Project),
    ("operator_result", Owner::Project),
    ("operation", Owner::Project),
    ("trajectory", Owner::Project),
    ("feedback", Owner::Project),
    ("dead_letter", Owner::Project),
    ("earned", Owner::Project),
    ("metric_sample", Owner::Project),
    ("network_contact", Owner::Project),
    ("tier_tally", Owner::Project),
    ("blob", Owner::Store),
    ("gateway_key", Owner::Store),
    ("purse", Owner::Store),
    ("purse_day", Owner::Store),
    ("block", Owner::Store),
    ("cached_answer", Owner::Store),
    ("daemon_run", Owner::Store),
    ("permission", Owner::Store),
];
