//! `kaizen models pull`

use super::{Place, refused};
use crate::command::doctor::size;
use crate::output::Output;
use indicatif::{ProgressBar, ProgressStyle};
use kaizen_api::v1::ProgressLine;
use kaizen_api::v1::models::PullResult;
use kaizen_engine::error::EngineError;
use kaizen_llm::residency::ollama::{Pulling, same};
use std::collections::BTreeMap;

/// Fetches a model, with its progress.
pub async fn run(output: &Output, place: &Place, model: &str) -> Result<u8, EngineError> {
    let mut teller = Teller { output, bar: bar(output), last: String::new() };
    let pulled = place.server.pull(model, |step| teller.tell(step)).await;
    teller.bar.finish_and_clear();
    pulled.map_err(refused)?;
    let installed = place.server.installed().await.map_err(refused)?;
    let size_of = installed.iter().find(|one| same(&one.name, model)).map(|one| one.size);
    let size_of = size_of.ok_or_else(|| {
        EngineError::environment(format!("the server says that {model} was fetched, and does not list it"), "look at the server's log")
    })?;
    let result = PullResult {
        schema: "kaizen.pull/1".into(),
        r#type: "result".into(),
        model: model.to_owned(),
        server: place.server.address(),
        size: size_of,
    };
    output.either(&result, || format!("{model} is there: {}", size(size_of)))?;
    Ok(0)
}

struct Teller<'o> {
    output: &'o Output,
    bar: ProgressBar,
    last: String,
}

impl Teller<'_> {
    fn tell(&mut self, step: &Pulling) {
        if self.output.json {
            return self.line(step);
        }
        if let (Some(total), completed) = (step.total, step.completed) {
            self.bar.set_length(total);
            self.bar.set_position(completed.unwrap_or(0));
        }
        self.bar.set_message(step.status.clone());
        if !self.output.live && step.status != self.last {
            let whole = step.total.map_or_else(String::new, |total| format!(", {}", size(total)));
            self.output.note(format!("{}{whole}", step.status));
            self.last.clone_from(&step.status);
        }
    }

    fn line(&self, step: &Pulling) {
        let numbers = [("total", step.total), ("completed", step.completed)];
        let mut data = BTreeMap::from([("status".to_owned(), step.status.clone().into())]);
        data.extend(numbers.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.into()))));
        let line = ProgressLine { schema: "kaizen.progress/1".into(), r#type: "progress".into(), progress: "pulling".into(), data };
        // A line that cannot be written is no reason to end the pull: the result will not be written either, and says so.
        drop(self.output.object(&line));
    }
}

fn bar(output: &Output) -> ProgressBar {
    if !output.live {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::no_length();
    if let Ok(style) = ProgressStyle::with_template("  {bar:30} {bytes} of {total_bytes}, {eta} left  {wide_msg}") {
        bar.set_style(style);
    }
    bar
}
