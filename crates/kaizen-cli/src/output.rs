//! Where text goes: data to standard output, progress and diagnostics to standard error.

use crate::args::{Arguments, Colour};
use crate::clean::clean;
use kaizen_api::v1::{Done, Failure};
use kaizen_engine::error::EngineError;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use serde::Serialize;
use std::error::Error;
use std::io::{BufRead, IsTerminal, Write};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether a person is being asked: what they type is waited for, and nothing looks at the flag that an interrupt sets.
static ASKING: AtomicBool = AtomicBool::new(false);

/// Whether the program waits for a person's answer right now.
pub fn is_asking() -> bool {
    ASKING.load(Ordering::Relaxed)
}

/// How a command prints.
#[derive(Debug, Clone, Copy)]
pub struct Output {
    /// JSON instead of text.
    pub json: bool,
    /// Only results and errors.
    pub quiet: bool,
    /// More detail.
    pub verbose: u8,
    /// Standard output takes colours.
    pub colour: bool,
    /// Standard error is a terminal that can show progress in place.
    pub live: bool,
    /// A person can be asked.
    pub interactive: bool,
}

/// Text styles people can tell apart without colours too.
#[derive(Debug, Clone, Copy)]
pub enum Style {
    /// Good news.
    Good,
    /// Bad news.
    Bad,
    /// What matters on a line.
    Strong,
    /// Less important.
    Dim,
}

impl Output {
    /// Follows the flags, `NO_COLOR`, `CI` and `TERM=dumb`.
    pub fn of(arguments: &Arguments) -> Self {
        let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let plain = set("NO_COLOR") || dumb || set("CI");
        let colour = match arguments.color {
            Colour::Always => true,
            Colour::Never => false,
            Colour::Auto => !plain && std::io::stdout().is_terminal(),
        };
        Self {
            json: arguments.json,
            quiet: arguments.quiet,
            verbose: arguments.verbose,
            colour: colour && !arguments.json,
            live: !plain && !arguments.json && !arguments.quiet && std::io::stderr().is_terminal(),
            interactive: !arguments.no_input
                && !arguments.json
                && !set("CI")
                && std::io::stdin().is_terminal()
                && std::io::stderr().is_terminal(),
        }
    }

    /// Whether nobody reads standard output any more.
    pub fn is_unread(&self) -> bool {
        let out = std::io::stdout();
        let mut seen = [PollFd::new(&out, PollFlags::empty())];
        let looked = poll(&mut seen, Some(&Timespec::default()));
        looked.is_ok() && seen[0].revents().intersects(PollFlags::ERR | PollFlags::HUP)
    }

    /// A line of data. A closed pipe ends the output, not the work.
    pub fn line(&self, text: impl AsRef<str>) {
        let written = writeln!(std::io::stdout().lock(), "{}", clean(text.as_ref(), self.colour));
        drop(written);
    }

    /// Text as it is, for differences and completions.
    pub fn raw(&self, bytes: &[u8]) {
        let mut out = std::io::stdout().lock();
        drop(out.write_all(bytes).and_then(|()| out.flush()));
    }

    /// A line of diagnostics.
    pub fn note(&self, text: impl AsRef<str>) {
        if !self.quiet {
            drop(writeln!(std::io::stderr().lock(), "{}", clean(text.as_ref(), self.colour)));
        }
    }

    /// A JSON object on one line.
    pub fn object(&self, value: &impl Serialize) -> Result<(), EngineError> {
        let text = serde_json::to_string(value).map_err(|source| EngineError::Stored { what: "result", source })?;
        self.line(text);
        Ok(())
    }

    /// The object with `--json`, else the text.
    pub fn either(&self, value: &impl Serialize, text: impl FnOnce() -> String) -> Result<(), EngineError> {
        if self.json {
            return self.object(value);
        }
        self.line(text());
        Ok(())
    }

    /// What a command did, where there is nothing more to say; `id` is the object it was done to.
    pub fn done(&self, done: impl Into<String>, id: Option<String>) -> Result<(), EngineError> {
        let done = Done { schema: "kaizen.done/1".into(), done: done.into(), id };
        self.either(&done, || done.done.clone())
    }

    /// Text in a style, where colours are on.
    pub fn style(&self, style: Style, text: &str) -> String {
        let code = match style {
            Style::Good => "32",
            Style::Bad => "31",
            Style::Strong => "1",
            Style::Dim => "2",
        };
        if self.colour { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    /// Asks a person; `false` without one.
    pub fn confirm(&self, question: &str) -> bool {
        if !self.interactive {
            return false;
        }
        ASKING.store(true, Ordering::Relaxed);
        let mut err = std::io::stderr().lock();
        drop(write!(err, "{question} [y/N] ").and_then(|()| err.flush()));
        let mut answer = String::new();
        let read = std::io::stdin().lock().read_line(&mut answer);
        ASKING.store(false, Ordering::Relaxed);
        read.is_ok() && matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
    }

    /// Prints an error with its causes and its hint; the exit code.
    pub fn failure(&self, error: &EngineError) -> ExitCode {
        self.failed(&chain(error), &error.hint(), error.exit_code())
    }

    /// Prints what is wrong and what mends it; the exit code.
    pub fn failed(&self, message: &str, hint: &str, exit_code: u8) -> ExitCode {
        let (message, hint) = (clean(message, false), clean(hint, false));
        if self.json {
            let failure = Failure { schema: "kaizen.error/1".into(), r#type: "error".into(), error: message, hint: Some(hint), exit_code };
            if let Err(unprintable) = self.object(&failure) {
                drop(writeln!(std::io::stderr(), "error: {unprintable}"));
            }
            return ExitCode::from(exit_code);
        }
        let mut err = std::io::stderr().lock();
        drop(writeln!(err, "error: {message}").and_then(|()| writeln!(err, "hint: {hint}")));
        ExitCode::from(exit_code)
    }
}

/// The error and what caused it, each once.
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let said = cause.to_string();
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        source = cause.source();
    }
    text
}
