//! Which models there are, in the shapes clients ask for them: `/v1/models`, `/api/tags`, `/api/ps`.

use crate::app::App;
use kaizen_llm::route::{AUTO, PREFIX};
use serde_json::{Value, json};

/// Every name a client may ask for: listed models by their full name, and what is routed.
pub fn names(app: &App) -> Vec<(String, String)> {
    let listed = app.desk.catalogue().all().into_iter().map(|target| (target.to_string(), target.provider));
    let tasks = std::iter::once(AUTO.to_owned()).chain(app.desk.tasks());
    let routed = tasks.map(|task| (format!("{PREFIX}{task}"), "kaizen".to_owned()));
    let mut all: Vec<(String, String)> = listed.chain(routed).collect();
    all.sort();
    all.dedup();
    all
}

/// As OpenAI lists them.
pub fn openai(app: &App) -> Value {
    let model = |(id, owner): (String, String)| json!({"id": id, "object": "model", "created": 0, "owned_by": owner});
    json!({"object": "list", "data": names(app).into_iter().map(model).collect::<Vec<_>>()})
}

/// As Ollama lists them. Sizes and digests are its own affair: ours are empty.
pub fn ollama(app: &App) -> Value {
    let model = |(name, _): (String, String)| {
        json!({
            "name": name, "model": name, "modified_at": "1970-01-01T00:00:00Z", "size": 0, "digest": "",
            "details": {"parent_model": "", "format": "", "family": "", "families": [], "parameter_size": "", "quantization_level": ""}
        })
    };
    json!({"models": names(app).into_iter().map(model).collect::<Vec<_>>()})
}
