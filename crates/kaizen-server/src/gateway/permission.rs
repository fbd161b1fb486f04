//! Asking a person whether a call may cost what it may cost, while the call waits.
//!
//! The question is in the store, where `kaizen budget` answers it. Whoever waits looks there now and then; a client that goes away takes
//! its question back.

use crate::app::App;
use crate::uncut::uncut;
use kaizen_domain::budget::Unanswered;
use kaizen_store::{Permission, PermissionId, Plea, Store, StoreError};
use std::time::Duration;
use tokio::time::Instant;

/// How often is looked for an answer.
const LOOK: Duration = Duration::from_millis(250);

/// A question that is open as long as somebody waits.
struct Waiting {
    store: Store,
    clock: fn() -> i64,
    complain: fn(String),
    id: PermissionId,
    open: bool,
}

impl Waiting {
    /// Takes the question back. Somebody may have answered in this moment: then that is what became of it.
    async fn withdraw(&mut self) -> Result<Permission, StoreError> {
        let withdrawn = self.store.answer_permission(self.id, Permission::Withdrawn, (self.clock)()).await?;
        self.open = false;
        match withdrawn {
            true => Ok(Permission::Withdrawn),
            false => Ok(self.store.permission(self.id).await?.unwrap_or(Permission::Withdrawn)),
        }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        if self.open {
            let (store, id, clock, complain) = (self.store.clone(), self.id, self.clock, self.complain);
            runtime.spawn(async move {
                if let Err(error) = store.answer_permission(id, Permission::Withdrawn, clock()).await {
                    complain(format!("question {} could not be taken back: {error}", id.0));
                }
            });
        }
    }
}

impl App {
    /// Asks, and waits as long as the policy says; [`Permission::Withdrawn`]: nobody answered.
    pub(super) async fn permission(&self, plea: &Plea) -> Result<Permission, StoreError> {
        let (store, clock, complain, asked) = (self.store.clone(), self.clock, self.complain, plea.clone());
        // A client that goes away while it is written takes it back like any other.
        let asking = uncut(async move {
            let id = store.ask_permission(&asked, clock()).await?;
            Ok::<_, StoreError>(Waiting { store, clock, complain, id, open: true })
        });
        let mut waiting = asking.await?;
        let (id, Plea { model, reason, .. }) = (waiting.id, plea);
        (self.complain)(format!(
            "a call of {model} waits to be allowed: {reason}; `kaizen budget allow {}` or `kaizen budget refuse {}`",
            id.0, id.0
        ));
        let until = Instant::now() + self.policy.patience;
        loop {
            if let Some(answer) = self.store.permission(id).await? {
                waiting.open = false;
                return Ok(answer);
            }
            if self.policy.unanswered != Unanswered::Wait && Instant::now() >= until {
                return waiting.withdraw().await;
            }
            tokio::time::sleep(LOOK).await;
        }
    }
}
