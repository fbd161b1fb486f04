//! `kaizen models unload`

use super::leaving::{self, told};
use super::{Place, refused};
use crate::args;
use crate::output::Output;
use kaizen_api::v1::models::UnloadResult;
use kaizen_engine::error::EngineError;

/// Unloads models one after the other; 1 where one is not gone.
pub async fn run(output: &Output, place: &Place, wanted: &args::Unload) -> Result<u8, EngineError> {
    let mut names = wanted.models.clone();
    if wanted.all {
        names.extend(place.server.running().await.map_err(refused)?.into_iter().map(|one| one.name));
    }
    let mut models = Vec::new();
    for name in &names {
        models.push(leaving::unload(place, name, wanted.force).await?);
    }
    let done = models.iter().all(|one| one.mend.is_none());
    let result = UnloadResult { schema: "kaizen.unload/1".into(), server: place.server.address(), models, done };
    output.either(&result, || text(output, &result))?;
    Ok(if done { 0 } else { 1 })
}

fn text(output: &Output, result: &UnloadResult) -> String {
    if result.models.is_empty() {
        return format!("no model is loaded at {}", result.server);
    }
    result.models.iter().map(|one| told(output, one)).collect::<Vec<_>>().join("\n")
}
