//! What a process and its children used, and their end.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Clock ticks a second: what `/proc/PID/stat` counts in on every Linux of today.
const TICKS: f64 = 100.0;

/// A server that is ended with this value.
pub(super) struct Server {
    child: Child,
    /// The line that says where it listens.
    pub(super) said: String,
}

impl Server {
    /// Starts a program and waits for the line that says where it listens: the first one that `is` it.
    pub(super) fn start(command: &mut Command, what: &str, is: fn(&str) -> bool) -> Result<Self, String> {
        let failed = |error: std::io::Error| format!("{what} could not be started: {error}");
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().map_err(failed)?;
        let stdout = child.stdout.take().ok_or_else(|| format!("{what} has no output"))?;
        let mut server = Self { child, said: String::new() };
        let mut lines = BufReader::new(stdout).lines().map_while(Result::ok);
        server.said = lines.find(|line| is(line)).ok_or_else(|| format!("{what} ended before it listened"))?.trim().to_string();
        // Whatever else it says must not fill the pipe.
        std::thread::spawn(move || lines.for_each(drop));
        Ok(server)
    }

    /// Starts a program that tells nothing on its output.
    pub(super) fn silent(command: &mut Command, what: &str) -> Result<Self, String> {
        let failed = |error: std::io::Error| format!("{what} could not be started: {error}");
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().map_err(failed)?;
        Ok(Self { child, said: String::new() })
    }

    /// Processor time of the process and its children so far.
    pub(super) fn processor(&self) -> Result<Duration, String> {
        let mut ticks = 0.0;
        for process in self.family()? {
            // One that ended meanwhile is in its parent's account.
            let Ok(text) = std::fs::read_to_string(format!("/proc/{process}/stat")) else { continue };
            let fields: Vec<&str> = text.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
            let field = |index: usize| fields.get(index).and_then(|field| field.parse::<f64>().ok()).unwrap_or(0.0);
            ticks += field(11) + field(12);
        }
        Ok(Duration::from_secs_f64(ticks / TICKS))
    }

    /// Resident memory of the process and its children now, in megabytes.
    pub(super) fn memory(&self) -> Result<f64, String> {
        self.resident("VmRSS:")
    }

    /// What of it are pages of files: the program itself, which the system takes back whenever it wants them.
    pub(super) fn program(&self) -> Result<f64, String> {
        self.resident("RssFile:")
    }

    fn resident(&self, what: &str) -> Result<f64, String> {
        let mut kilobytes = 0.0;
        for process in self.family()? {
            let Ok(text) = std::fs::read_to_string(format!("/proc/{process}/status")) else { continue };
            let line = text.lines().find_map(|line| line.strip_prefix(what));
            kilobytes += line.and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok()).unwrap_or(0.0);
        }
        Ok(kilobytes / 1024.0)
    }

    fn family(&self) -> Result<Vec<u32>, String> {
        let mut all = vec![self.child.id()];
        let mut next = 0;
        while let Some(process) = all.get(next) {
            let path = format!("/proc/{process}/task");
            let tasks = std::fs::read_dir(&path).map_err(|error| format!("{path}: {error}"));
            for task in tasks.into_iter().flatten().flatten() {
                let children = std::fs::read_to_string(task.path().join("children")).unwrap_or_default();
                all.extend(children.split_whitespace().filter_map(|child| child.parse::<u32>().ok()));
            }
            next += 1;
        }
        Ok(all)
    }

    /// Ends it at once, as a power cut would.
    pub(super) fn kill(&mut self) -> Result<(), String> {
        self.child.kill().and_then(|()| self.child.wait()).map(drop).map_err(|error| format!("a server could not be ended: {error}"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Already ended, or ended here.
        drop(self.kill());
    }
}
