//! Which models are in memory: what one takes, whether it gets its place, who leaves for it, and that who left is gone.
//!
//! Sizes come from the model's header, never from its name; what is loaded counts as the server measures it. Nothing here ends a
//! process or prints.

pub mod evict;
pub mod gguf;
pub mod ollama;
pub mod plan;
pub mod process;
pub mod size;
pub mod unload;

use ollama::{Loading, Ollama, OllamaError, Running, Shown, same};
use plan::{Decision, Plan};
use process::Process;
use serde_json::Value;
use size::{Incomplete, Numbers, Shape};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use unload::{Ended, Leaving, Pace, Unloaded};

/// The context Ollama gives a model that asks for none.
const USUAL_CONTEXT: u64 = 4_096;

/// Where the size of the weights comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The headers of its files.
    Header,
    /// The list of tensors the server gives.
    Described,
    /// The size of its files: with tokens and templates, a little more than its weights.
    Files,
}

/// What a model takes.
#[derive(Debug, Clone)]
pub struct Size {
    /// Bytes of its weights.
    pub weights: u64,
    /// Where that is from.
    pub source: Source,
    /// What its cache depends on.
    pub shape: Shape,
    /// The context it is loaded with when none is asked for.
    pub context: u64,
    /// It makes embeddings only.
    pub embedding: bool,
    /// Its files, where its server keeps them.
    pub files: Vec<PathBuf>,
}

/// Finds out what a model takes.
///
/// The server tells most of the header; the rest is read from the model's files where they are on this machine, else from the long
/// answer of the server, else the files' size stands for the weights.
pub async fn measure(server: &Ollama, model: &str) -> Result<Size, OllamaError> {
    let mut shown = server.show(model, false).await?;
    let files = files(&shown.modelfile);
    let headers = if server.local_port().is_some() { headers(&files) } else { None };
    let mut weights = headers.as_ref().map(|headers| (headers.iter().map(|header| header.weights).sum(), Source::Header));
    let mut shape = described(&shown);
    if let Some(first) = headers.as_ref().and_then(|headers| headers.first()) {
        shape = shape.or_else(|_| first.shape.clone());
    }
    if weights.is_none() || shape.is_err() {
        let (capabilities, parameters) = (shown.capabilities, shown.parameters);
        shown = Shown { capabilities, parameters, ..server.show(model, true).await? };
        shape = shape.or_else(|_| described(&shown));
        weights = weights.or_else(|| tensors(&shown).map(|bytes| (bytes, Source::Described)));
    }
    let undescribed = |error: Incomplete| OllamaError::Garbled { server: server.address(), what: "/api/show", detail: error.to_string() };
    let (weights, source) = match weights {
        Some(found) => found,
        None => (file_size(server, model).await?, Source::Files),
    };
    let embedding = !shown.capabilities.is_empty() && !shown.capabilities.iter().any(|one| one == "completion");
    Ok(Size { weights, source, shape: shape.map_err(undescribed)?, context: usual_context(&shown), embedding, files })
}

/// The files a model's server keeps it in.
pub async fn files_of(server: &Ollama, model: &str) -> Result<Vec<PathBuf>, OllamaError> {
    Ok(files(&server.show(model, false).await?.modelfile))
}

/// What came of carrying out a plan.
#[derive(Debug)]
pub struct Carried {
    /// Who left, or did not.
    pub unloaded: Vec<Unloaded>,
    /// The model as the server lists it now; `None` where one that had to leave did not, or where the server lists it not.
    pub loaded: Option<Running>,
    /// How long the loading took.
    pub took: Duration,
}

/// Unloads who has to leave, each verified, and then loads. Nothing is loaded on top of a model that did not leave.
pub async fn carry_out(server: &Ollama, plan: &Plan, loading: &Loading, pace: Pace, host: Option<Process>) -> Result<Carried, OllamaError> {
    let mut carried = Carried { unloaded: vec![], loaded: None, took: Duration::ZERO };
    if matches!(plan.decision, Decision::Refuse(_)) {
        return Ok(carried);
    }
    for model in plan.decision.unload() {
        let files = files_of(server, model).await?;
        let unloaded = unload::unload(server, Leaving { model, files: &files, host }, pace).await?;
        let left = matches!(unloaded.ended, Ended::Gone | Ended::Absent);
        carried.unloaded.push(unloaded);
        if !left {
            return Ok(carried);
        }
    }
    let begun = Instant::now();
    server.load(loading).await?;
    carried.took = begun.elapsed();
    carried.loaded = server.running().await?.into_iter().find(|one| same(&one.name, &loading.model));
    Ok(carried)
}

/// The paths of `FROM` and `ADAPTER` lines: the model, the projector of its images, what is laid over it.
fn files(modelfile: &str) -> Vec<PathBuf> {
    let named = modelfile.lines().filter_map(|line| line.strip_prefix("FROM ").or_else(|| line.strip_prefix("ADAPTER ")));
    named.map(|path| PathBuf::from(path.trim().trim_matches('"'))).filter(|path| path.is_absolute()).collect()
}

/// The headers of all files; `None` where one cannot be read, because a part of the weights is no size.
fn headers(files: &[PathBuf]) -> Option<Vec<gguf::Header>> {
    let regular = |path: &Path| path.metadata().is_ok_and(|found| found.is_file());
    let read = |path: &PathBuf| if regular(path) { gguf::read_file(path).ok() } else { None };
    let headers: Option<Vec<_>> = files.iter().map(read).collect();
    headers.filter(|headers| !headers.is_empty())
}

/// The shape as `/api/show` tells it. A list that was left out of the short answer is not the same as none.
fn described(shown: &Shown) -> Result<Shape, Incomplete> {
    let architecture = shown.model_info.get("general.architecture").and_then(Value::as_str).unwrap_or_default();
    let left_out = |value: &Value| value.is_null() || value.as_array().is_some_and(Vec::is_empty);
    let part = format!("{architecture}.");
    if let Some((key, _)) = shown.model_info.iter().find(|(key, value)| key.starts_with(&part) && left_out(value)) {
        return Err(Incomplete { key: key.clone(), fault: "is left out" });
    }
    Shape::read(architecture, |key| numbers(shown.model_info.get(key)?))
}

fn numbers(value: &Value) -> Option<Numbers> {
    match value {
        Value::Array(values) => values.iter().map(Value::as_u64).collect::<Option<Vec<_>>>().map(Numbers::Each),
        one => one.as_u64().map(Numbers::One),
    }
}

fn tensors(shown: &Shown) -> Option<u64> {
    let tensors = shown.tensors.as_ref().filter(|tensors| !tensors.is_empty())?;
    tensors.iter().try_fold(0_u64, |sum, tensor| sum.checked_add(gguf::tensor_bytes(&tensor.kind, &tensor.shape)?))
}

async fn file_size(server: &Ollama, model: &str) -> Result<u64, OllamaError> {
    let installed = server.installed().await?;
    let found = installed.into_iter().find(|one| same(&one.name, model)).map(|one| one.size);
    found.ok_or_else(|| OllamaError::Unknown { server: server.address(), model: model.to_owned() })
}

/// `num_ctx` among its parameters, else what Ollama takes.
fn usual_context(shown: &Shown) -> u64 {
    let stated = shown.parameters.lines().find_map(|line| line.strip_prefix("num_ctx")?.trim().parse().ok());
    stated.unwrap_or(USUAL_CONTEXT)
}
