//! Work that must come to its end though whoever waits for it may go away: what is written first and noted after.
//!
//! A client that hangs up drops the future of its call wherever that stands, also between a commit and what has to follow it.

use std::future::{Future, pending};
use tokio::task::JoinError;

/// Does the work in a task of its own. Dropping this future leaves the work to itself; its result is dropped then.
pub async fn uncut<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    match tokio::spawn(work).await.map_err(JoinError::try_into_panic) {
        Ok(done) => done,
        Err(Ok(panic)) => std::panic::resume_unwind(panic),
        // The runtime ends, and with it whoever waits here.
        Err(Err(_)) => pending().await,
    }
}
