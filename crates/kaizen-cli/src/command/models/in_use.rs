//! Which models the daemons of this machine are asking right now: those never make room for another.
//!
//! A daemon is known by the lease of its address. One that runs and does not answer may be using any model: that is an error, not
//! an empty list.

use super::Place;
use crate::command::projects::daemon_of;
use crate::machine::Surroundings;
use http_body_util::{BodyExt, Full, Limited};
use kaizen_api::v1::models::{GatewayModel, GatewayModels};
use kaizen_engine::error::EngineError;
use kaizen_engine::lease::has_ended;
use kaizen_llm::address::Address;
use kaizen_store::Store;
use std::time::Duration;

/// How long a daemon of this machine may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// The longest answer, in bytes.
const LONGEST: usize = 16 << 20;

/// The models of the server of `place` with a call under way.
pub async fn in_use(here: &Surroundings, place: &Place) -> Result<Vec<String>, EngineError> {
    let store = Store::open(&here.store).await?;
    let leases = store.leases().await?;
    store.close().await;
    let host = &here.machine.host;
    let running = leases.iter().filter(|lease| lease.holder.host == *host && !has_ended(&lease.holder, host));
    let mut found = Vec::new();
    for daemon in running.filter_map(daemon_of) {
        let models = ask(place, &daemon).await.map_err(|why| {
            let message = format!("the daemon at {daemon} does not say which models it is using: {why}");
            EngineError::environment(message, "try again; or `kaizen stop` ends it")
        })?;
        found.extend(models.into_iter().filter(|model| model.in_use > 0 && serves(place, model)).map(|model| model.model));
    }
    Ok(found)
}

async fn ask(place: &Place, daemon: &str) -> Result<Vec<GatewayModel>, String> {
    let address = Address::parse(&format!("http://{daemon}")).map_err(|error| error.to_string())?;
    let mut request = http::Request::new(Full::default());
    *request.uri_mut() = address.at("/api/v1/models").map_err(|error| error.to_string())?;
    let answered = async {
        let answer = place.transport.send(request).await.map_err(|error| error.to_string())?;
        if !answer.status().is_success() {
            return Err(format!("it answers with status {}", answer.status()));
        }
        let body = Limited::new(answer.into_body(), LONGEST).collect().await.map_err(|error| error.to_string())?;
        let told: GatewayModels = serde_json::from_slice(&body.to_bytes()).map_err(|error| error.to_string())?;
        Ok(told.models)
    };
    tokio::time::timeout(PATIENCE, answered).await.map_err(|_| format!("no answer within {} s", PATIENCE.as_secs()))?
}

/// Whether a model is one of this server; two names of this machine with the same port are the same server.
fn serves(place: &Place, model: &GatewayModel) -> bool {
    let Some(Ok(theirs)) = model.server.as_deref().map(Address::parse) else { return false };
    theirs.to_string() == place.server.address() || (theirs.is_this_machine() && place.server.local_port() == Some(theirs.port()))
}
