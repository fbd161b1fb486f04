//! `kaizen export`

use super::backup::{beside, io};
use super::projects::chosen;
use super::time::rfc3339;
use crate::args;
use crate::clean::escaped;
use crate::machine::{Surroundings, now};
use crate::output::Output;
use crate::render::plural;
use kaizen_api::v1::{ExportLine, ExportResult};
use kaizen_engine::error::EngineError;
use kaizen_store::{ExportedRow, Project, Store};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, ErrorKind, Write};
use std::ops::ControlFlow;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Where lines go, and why they stopped.
struct Lines<'w> {
    out: Box<dyn Write + Send + 'w>,
    rows: BTreeMap<String, u64>,
    failed: Option<std::io::Error>,
}

/// Writes the lines.
pub async fn run(here: &Surroundings, output: &Output, wanted: &args::Export) -> Result<u8, EngineError> {
    let args::ExportFormat::Ndjson = wanted.format;
    let target = wanted.target.as_deref().filter(|target| *target != Path::new("-"));
    if let Some(file) = target.filter(|file| file.exists() && !wanted.force) {
        return Err(EngineError::usage(format!("{} is there already", file.display()), "--force replaces it"));
    }
    let store = Store::open(&here.store).await?;
    let project = if wanted.all { None } else { Some(chosen(here, &store, wanted.project.as_deref()).await?) };
    match target {
        None => {
            let lines = lines(&store, project.as_ref(), Box::new(std::io::stdout())).await?;
            // A reader that has enough ends the output, not in an error.
            let failed = lines.failed.filter(|error| error.kind() != ErrorKind::BrokenPipe);
            failed.map_or(Ok(0), |source| Err(EngineError::Io { action: "write", path: "standard output".into(), source }))
        }
        Some(file) => into_file(output, &store, project.as_ref(), file).await,
    }
}

/// A file has its name when it is whole.
async fn into_file(output: &Output, store: &Store, project: Option<&Project>, file: &Path) -> Result<u8, EngineError> {
    let partial = beside(file, ".partial");
    let written = whole(store, project, &partial).await.and_then(|rows| {
        std::fs::rename(&partial, file).map_err(io("rename", &partial))?;
        Ok(rows)
    });
    let rows = written.inspect_err(|_| drop(std::fs::remove_file(&partial)))?;
    let result = ExportResult { schema: "kaizen.exported/1".into(), file: file.display().to_string(), rows };
    output.either(&result, || {
        let count: u64 = result.rows.values().sum();
        format!("{}  {count} {} of {} tables", result.file, plural(count as usize, "row"), result.rows.len())
    })?;
    Ok(0)
}

/// Writes a file to its end, and onto the disk; how many rows of which table are in it.
async fn whole(store: &Store, project: Option<&Project>, file: &Path) -> Result<BTreeMap<String, u64>, EngineError> {
    let open = File::options().write(true).create(true).truncate(true).mode(0o600).open(file).map_err(io("create", file))?;
    let lines = lines(store, project, Box::new(&open)).await?;
    lines.failed.map_or(Ok(()), Err).and_then(|()| open.sync_all()).map_err(io("write", file))?;
    Ok(lines.rows)
}

async fn lines<'w>(store: &Store, project: Option<&Project>, out: Box<dyn Write + Send + 'w>) -> Result<Lines<'w>, EngineError> {
    let mut lines = Lines { out: Box::new(BufWriter::with_capacity(1 << 16, out)), rows: BTreeMap::new(), failed: None };
    let begin = ExportLine {
        schema_version: Some(kaizen_store::schema_version()),
        project: project.map(|project| project.name.clone()),
        at: Some(rfc3339(now())),
        ..line("begin")
    };
    if lines.write(&begin).is_continue() {
        let mut take = |row: ExportedRow| lines.row(row);
        store.export(project.map(|project| project.id), &mut take).await?;
    }
    if lines.failed.is_none() {
        let end = ExportLine { rows: Some(lines.rows.clone()), ..line("end") };
        if lines.write(&end).is_continue() {
            lines.failed = lines.out.flush().err();
        }
    }
    Ok(lines)
}

impl Lines<'_> {
    fn row(&mut self, row: ExportedRow) -> ControlFlow<()> {
        *self.rows.entry(row.table.to_owned()).or_default() += 1;
        self.write(&ExportLine { table: Some(row.table.to_owned()), row: Some(row.columns), ..line("row") })
    }

    fn write(&mut self, line: &ExportLine) -> ControlFlow<()> {
        let text = serde_json::to_string(line).map_err(std::io::Error::from);
        match text.and_then(|text| writeln!(self.out, "{}", escaped(&text))) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                self.failed = Some(error);
                ControlFlow::Break(())
            }
        }
    }
}

fn line(kind: &str) -> ExportLine {
    ExportLine {
        schema: "kaizen.export/1".into(),
        r#type: kind.into(),
        table: None,
        row: None,
        schema_version: None,
        project: None,
        at: None,
        rows: None,
    }
}
