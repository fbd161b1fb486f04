//! Services that are started inside the sandbox before a command, in the process tree that ends with it.

use crate::config::benchmark::CommandLine;
use kaizen_sandbox::run::{Ended, RunReport};
use std::ffi::OsString;

/// The exit code of a run whose service did not start.
const FAILED: i32 = 97;
/// What such a run says first.
const MARK: &str = "kaizen: grants.start did not succeed: ";

/// Starts each service with its output out of the way, then becomes the command.
const SCRIPT: &str = r#"
said="${TMPDIR:-/tmp}/kaizen-start"
count=$1; shift
while [ "$count" -gt 0 ]; do
  timeout 30 /bin/sh -c "$1" </dev/null >"$said" 2>&1
  code=$?
  if [ "$code" -ne 0 ]; then
    { printf '%s%s\n' 'MARK' "$1"; cat "$said"; } >&2
    [ "$code" -ne 124 ] || echo 'it did not return within 30 s: a service must go to the background by itself' >&2
    exit 97
  fi
  shift; count=$((count - 1))
done
exec "$@"
"#;

/// The command line that starts the services and then runs `argv`.
pub fn before(start: &[CommandLine], argv: Vec<OsString>) -> Vec<OsString> {
    if start.is_empty() {
        return argv;
    }
    let script = SCRIPT.replace("MARK", MARK);
    let head = ["/bin/sh", "-c", &script, "kaizen", &start.len().to_string()].map(OsString::from);
    head.into_iter().chain(start.iter().map(|command| command.as_str().into())).chain(argv).collect()
}

/// The service that did not start and its last words, where that is how the run ended.
pub fn failure(start: &[CommandLine], report: &RunReport) -> Option<String> {
    if start.is_empty() || report.ended != Ended::Exit(FAILED) {
        return None;
    }
    let said = [&report.stdout, &report.stderr].map(|stream| String::from_utf8_lossy(stream).into_owned()).join("\n");
    let after = &said[said.find(MARK)? + MARK.len()..];
    let mut lines = after.lines().map(str::trim).filter(|line| !line.is_empty());
    let service = lines.next()?.to_owned();
    let last = lines.next_back().map_or_else(String::new, |line| format!(": {line}"));
    Some(format!("the service `{service}` did not start{last}"))
}
