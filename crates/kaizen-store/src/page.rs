//! Operations and trajectories looked for, and found page by page, the newest first.

use crate::db::Value;
use kaizen_domain::id::ProjectId;
use kaizen_domain::operation::{OperationId, Outcome};
use serde::{Deserialize, Serialize};

/// Which operations or trajectories are wanted; what is absent does not matter.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    /// Begun at or after, milliseconds since 1970-01-01 UTC.
    pub since: Option<i64>,
    /// Of this kind.
    pub kind: Option<String>,
    /// Of this session.
    pub session: Option<String>,
    /// For this tenant.
    pub tenant: Option<String>,
    /// Served, or where none served asked, by this model.
    pub model: Option<String>,
    /// That ended so.
    pub outcome: Option<Outcome>,
    /// Older than the last of the page before.
    pub before: Option<Cursor>,
}

/// Where a page ended: the beginning and the id of its last record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// When it began, milliseconds since 1970-01-01 UTC.
    pub started_at: i64,
    /// Its id.
    pub id: OperationId,
}

/// Some records, newest first.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    /// They.
    pub items: Vec<T>,
    /// Where the next page begins; absent where there is none.
    pub next: Option<Cursor>,
}

/// The condition of a filter after `WHERE project_id = $1`, and what it binds. `more` are columns with the text they must hold.
pub(crate) fn conditions<'a>(project: ProjectId, filter: &'a Filter, more: &[(&'static str, Option<&'a str>)]) -> (String, Vec<Value<'a>>) {
    let (mut sql, mut bound) = (String::new(), vec![Value::from(project)]);
    let mut add = |condition: &str, value: Value<'a>| {
        bound.push(value);
        sql += &format!(" AND {}", condition.replace('?', &format!("${}", bound.len())));
    };
    if let Some(since) = filter.since {
        add("started_at >= ?", since.into());
    }
    let texts = [("kind", filter.kind.as_deref()), ("session", filter.session.as_deref())];
    for (column, text) in texts.iter().chain(more).filter_map(|(column, text)| Some((*column, (*text)?))) {
        add(&format!("{column} = ?"), text.into());
    }
    if let Some(before) = &filter.before {
        add("started_at <= ?", before.started_at.into());
        add("(started_at < ?", before.started_at.into());
        bound.push(before.id.as_str().into());
        sql += &format!(" OR id < ${})", bound.len());
    }
    (sql, bound)
}

/// Cuts the one too many that says there is a next page.
pub(crate) fn page<T>(mut items: Vec<T>, limit: u32, cursor: impl Fn(&T) -> Cursor) -> Page<T> {
    let more = items.len() > limit as usize;
    items.truncate(limit as usize);
    let next = items.last().filter(|_| more).map(cursor);
    Page { items, next }
}
