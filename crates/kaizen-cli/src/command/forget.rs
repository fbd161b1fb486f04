//! `kaizen forget`

use super::time;
use crate::args;
use crate::machine::{Surroundings, now};
use crate::output::Output;
use crate::render::plural;
use crate::wire::project;
use kaizen_api::v1::ForgetResult;
use kaizen_domain::id::ProjectId;
use kaizen_engine::error::EngineError;
use kaizen_store::{Forget, Forgotten, Store};

/// Counts what would go, asks, and deletes it.
pub async fn run(here: &Surroundings, output: &Output, wanted: &args::Forget) -> Result<u8, EngineError> {
    let what = what(wanted)?;
    let store = Store::open(&here.store).await?;
    let projects = projects(here, &store, wanted.everywhere).await?;
    let mut counted = Forgotten::default();
    for project in &projects {
        add(&mut counted, store.would_forget(*project, &what).await?);
    }
    if counted.total() == 0 {
        return told(output, counted, false, "there is nothing to forget".to_owned());
    }
    if !wanted.yes && !output.confirm(&format!("Delete {} for good?", list(&counted))) {
        return Err(EngineError::Waiting {
            message: format!("nothing was forgotten: it would be {}", list(&counted)),
            hint: "kaizen forget --yes".into(),
        });
    }
    let mut gone = Forgotten::default();
    for project in &projects {
        add(&mut gone, store.forget(*project, &what).await?);
    }
    store.close().await;
    told(output, gone, true, format!("forgotten: {}", list(&gone)))
}

fn what(wanted: &args::Forget) -> Result<Forget, EngineError> {
    let wrong = |error: &dyn std::fmt::Display| EngineError::usage(error.to_string(), "give the name as it was recorded");
    match wanted {
        args::Forget { session: Some(name), .. } => name.parse().map(Forget::Session).map_err(|error| wrong(&error)),
        args::Forget { operation: Some(id), .. } => id.parse().map(Forget::Operation).map_err(|error| wrong(&error)),
        args::Forget { tenant: Some(tenant), .. } => Ok(Forget::Tenant(tenant.clone())),
        args::Forget { before: Some(time), .. } => time::past(time, now()).map(Forget::Before),
        _ => Err(EngineError::usage("it is not said what to forget", "kaizen forget --session NAME")),
    }
}

/// Outside of a project the gateway's own is all there is.
async fn projects(here: &Surroundings, store: &Store, everywhere: bool) -> Result<Vec<ProjectId>, EngineError> {
    if everywhere {
        return Ok(store.projects().await?.into_iter().map(|project| project.id).collect());
    }
    let mut projects = vec![store.gateway_project(now()).await?, project(here, store).await?];
    projects.dedup();
    Ok(projects)
}

fn add(sum: &mut Forgotten, more: Forgotten) {
    sum.operations += more.operations;
    sum.trajectories += more.trajectories;
    sum.feedback += more.feedback;
    sum.dead_letters += more.dead_letters;
    sum.samples += more.samples;
    // Cached answers belong to no project: each asks for the same ones.
    sum.answers = sum.answers.max(more.answers);
}

fn list(counted: &Forgotten) -> String {
    let parts = [
        (counted.operations, "operation", ""),
        (counted.trajectories, "trajectory", "trajectories"),
        (counted.feedback, "piece of feedback", "pieces of feedback"),
        (counted.dead_letters, "unreadable record", ""),
        (counted.samples, "sample of a metric", "samples of metrics"),
        (counted.answers, "cached answer", ""),
    ];
    let named = |(count, one, many): (u64, &str, &str)| match (count, many) {
        (1, _) => format!("1 {one}"),
        (count, "") => format!("{count} {}", plural(count as usize, one)),
        (count, many) => format!("{count} {many}"),
    };
    parts.into_iter().filter(|(count, ..)| *count > 0).map(named).collect::<Vec<_>>().join(", ")
}

fn told(output: &Output, counted: Forgotten, done: bool, text: String) -> Result<u8, EngineError> {
    let result = ForgetResult {
        schema: "kaizen.forget/1".into(),
        done,
        operations: counted.operations,
        trajectories: counted.trajectories,
        feedback: counted.feedback,
        dead_letters: counted.dead_letters,
        samples: counted.samples,
        answers: counted.answers,
    };
    output.either(&result, || text)?;
    Ok(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_is_counted_in_words_of_one_or_many() {
        let counted = Forgotten { operations: 1, trajectories: 2, samples: 2, ..Forgotten::default() };
        assert_eq!(list(&counted), "1 operation, 2 trajectories, 2 samples of metrics");
    }
}
