//! Runs a command in the user's own place to watch it: its input, output, environment and process group are what they would be
//! without us.
//!
//! Its last words on standard error are kept where that can be done unseen: a file is read afterwards, a pipe of its own is copied
//! through, byte for byte. A terminal, or a stream shared with standard output, is left alone, since a copy would change what the
//! command sees or the order of what is read; then nothing is kept.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::ffi::OsString;
use std::fs::File;
use std::io::{IsTerminal, Read, Seek, SeekFrom, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How much of the last words is kept, in bytes.
const TAIL: usize = 4_000;
/// How long descendants that outlive the command may still hold its standard error before we stop copying.
const GRACE: Duration = Duration::from_secs(1);

/// A command that runs.
pub struct Wrapped {
    child: Child,
    words: Words,
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// With this code.
    Code(i32),
    /// By this signal.
    Signal(i32),
}

impl End {
    /// The code to exit with, as a shell would.
    pub fn exit_code(self) -> u8 {
        let code = match self {
            Self::Code(code) => code,
            Self::Signal(signal) => 128 + signal,
        };
        u8::try_from(code).unwrap_or(u8::MAX)
    }
}

enum Words {
    /// Nothing may be kept.
    Lost,
    /// In this file, from this place.
    InFile(File, u64),
    /// Copied through; the channel closes when all is.
    Copied(Arc<Mutex<Vec<u8>>>, Receiver<()>),
}

/// Starts a command in a directory. The error says why it could not be.
pub fn start(argv: &[OsString], directory: &Path) -> std::io::Result<Wrapped> {
    let Some((program, arguments)) = argv.split_first() else {
        return Err(std::io::Error::new(std::io::ErrorKind::InvalidInput, "there is no command"));
    };
    let mut command = Command::new(program);
    command.args(arguments).current_dir(directory);
    let stderr = File::from(std::io::stderr().as_fd().try_clone_to_owned()?);
    match way(&stderr)? {
        Way::Copy => {
            let mut child = command.stderr(Stdio::piped()).spawn()?;
            let words = child.stderr.take().map_or(Words::Lost, |from| copy(from, stderr));
            Ok(Wrapped { child, words })
        }
        Way::File => {
            let from = stderr.metadata()?.len();
            Ok(Wrapped { child: command.spawn()?, words: Words::InFile(stderr, from) })
        }
        Way::Leave => Ok(Wrapped { child: command.spawn()?, words: Words::Lost }),
    }
}

enum Way {
    Leave,
    File,
    Copy,
}

fn way(stderr: &File) -> std::io::Result<Way> {
    let meta = stderr.metadata()?;
    let stdout = File::from(std::io::stdout().as_fd().try_clone_to_owned()?).metadata()?;
    let shared = (stdout.dev(), stdout.ino()) == (meta.dev(), meta.ino());
    Ok(match () {
        () if stderr.is_terminal() => Way::Leave,
        () if meta.is_file() => Way::File,
        () if shared || meta.file_type().is_socket() => Way::Leave,
        () => Way::Copy,
    })
}

fn copy(mut from: ChildStderr, mut to: File) -> Words {
    let kept = Arc::new(Mutex::new(Vec::new()));
    let (done, over) = channel();
    let keep = kept.clone();
    std::thread::spawn(move || {
        let mut buffer = [0; 8192];
        loop {
            let read = match from.read(&mut buffer) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(_) => break,
            };
            // Whoever reads us is gone: dropping the pipe tells the command, as it would have been told without us.
            if to.write_all(&buffer[..read]).is_err() {
                break;
            }
            let Ok(mut kept) = keep.lock() else { break };
            kept.extend_from_slice(&buffer[..read]);
            let surplus = kept.len().saturating_sub(TAIL);
            kept.drain(..surplus);
        }
        drop(done);
    });
    Words::Copied(kept, over)
}

impl Wrapped {
    /// Its process number.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits for its end; with its last words on standard error, as far as they were kept.
    pub fn wait(mut self) -> std::io::Result<(End, String)> {
        let status = self.child.wait()?;
        let end = status.code().map_or_else(|| End::Signal(status.signal().unwrap_or(0)), End::Code);
        let words = match self.words {
            Words::Lost => Vec::new(),
            Words::InFile(file, from) => last_of(&file, from)?,
            Words::Copied(kept, over) => {
                // Closed means copied; what is late belongs to others than the command.
                over.recv_timeout(GRACE).unwrap_or_default();
                kept.lock().map(|kept| kept.clone()).unwrap_or_default()
            }
        };
        Ok((end, String::from_utf8_lossy(&words).trim().to_owned()))
    }
}

/// Passes a signal on to a command that was not yet waited for.
pub fn pass_on(pid: u32, signal: i32) {
    let target = i32::try_from(pid).ok().map(Pid::from_raw);
    if let (Some(target), Ok(signal)) = (target, Signal::try_from(signal)) {
        // It may have ended at this moment: then there is nobody to tell.
        kill(target, signal).unwrap_or_default();
    }
}

fn last_of(file: &File, from: u64) -> std::io::Result<Vec<u8>> {
    // Through a door of its own: ours may be open for writing only, and its place is shared with the command.
    let path = format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(file));
    let Ok(mut reading) = File::open(path) else { return Ok(Vec::new()) };
    let end = reading.metadata()?.len();
    reading.seek(SeekFrom::Start(from.max(end.saturating_sub(TAIL as u64)).min(end)))?;
    let mut bytes = Vec::new();
    reading.take(TAIL as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}
