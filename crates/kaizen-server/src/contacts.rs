//! Whom this process talked to, or was not allowed to, written down for `kaizen log --network`.
//!
//! The way out counts; here what it counted since the last time goes into the store. What was counted after that is lost when the
//! process is killed.

use kaizen_domain::id::ProjectId;
use kaizen_llm::net::{Net, Part, Traffic};
use kaizen_store::{Contact, Store, StoreError};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// What is written down already, by purpose and host.
#[derive(Debug, Default)]
pub struct Contacts(Mutex<BTreeMap<(Part, String), Traffic>>);

impl Contacts {
    /// Writes down what is new. Where that fails, it is still new the next time. `at` in milliseconds since 1970-01-01 UTC.
    pub async fn keep(&self, net: &Net, store: &Store, project: ProjectId, at: i64) -> Result<(), StoreError> {
        let now = net.traffic();
        let fresh: Vec<Contact> = {
            let written = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            now.iter().filter_map(|one| since(written.get(&(one.part, one.host.clone())), one, at)).collect()
        };
        if fresh.is_empty() {
            return Ok(());
        }
        store.add_contacts(project, &fresh).await?;
        let mut written = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *written = now.into_iter().map(|one| ((one.part, one.host.clone()), one)).collect();
        Ok(())
    }
}

/// What is new of one host; `None` where nothing is.
fn since(before: Option<&Traffic>, now: &Traffic, at: i64) -> Option<Contact> {
    let new = |of: fn(&Traffic) -> u64| of(now).saturating_sub(before.map_or(0, of));
    let contact = Contact {
        part: now.part.word().to_owned(),
        host: now.host.clone(),
        connections: new(|one| one.connections),
        refused: new(|one| one.refused),
        sent: new(|one| one.sent),
        received: new(|one| one.received),
        first_at: at,
        last_at: at,
    };
    let counts = [contact.connections, contact.refused, contact.sent, contact.received];
    counts.iter().any(|count| *count > 0).then_some(contact)
}
