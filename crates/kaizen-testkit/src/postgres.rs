//! A PostgreSQL server for tests: one per test process, a fresh database per test, nothing left behind.
//!
//! The server listens on a unix socket in a temporary directory only. A supervising shell holds a pipe from the test
//! process and ends the server and removes the directory when that pipe closes, however the process ended; the kernel
//! ends the server should the shell be killed. PostgreSQL refuses to run as root: root drops to another user first.

use std::io::{self, BufRead, BufReader};
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// Set to `off`, this variable says that tests do without PostgreSQL.
const SWITCH: &str = "KAIZEN_TEST_POSTGRES";
const HOW_TO_GET_IT: &str =
    "PostgreSQL is not installed; on Debian: apt-get install postgresql. To test without it set KAIZEN_TEST_POSTGRES=off";

/// Durability is off: the data dies with the test process.
const SETTINGS: [&str; 5] = ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200", "listen_addresses="];

/// Its own error output is closed once the server has it, so that the log ends when the server does.
/// `$1` is the directory of programs, `$2` the server's directory, the rest the server's arguments.
const SUPERVISOR: &str = r#"
programs=$1 directory=$2
shift 2
guard=
if command -v setpriv >/dev/null; then guard='setpriv --pdeathsig KILL'; fi
$guard "$programs/postgres" -D "$directory/data" -k "$directory" "$@" </dev/null &
server=$!
exec 2>/dev/null
read -r _
kill -QUIT $server
wait $server
rm -rf "$directory"
"#;

struct Server {
    programs: PathBuf,
    directory: PathBuf,
    /// Holds the pipe whose closing ends the server.
    _supervisor: Child,
}

/// Whom the server runs as when the tests run as root.
#[derive(Clone, Copy)]
struct User {
    uid: u32,
    gid: u32,
}

/// The URL of a fresh, empty database; `None` where `KAIZEN_TEST_POSTGRES=off`. The first call starts the server.
///
/// Errors: where PostgreSQL is not installed (the message says how to get it) or does not start (with its log).
pub fn database() -> io::Result<Option<String>> {
    static SERVER: OnceLock<Result<Server, String>> = OnceLock::new();
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    if std::env::var_os(SWITCH).is_some_and(|value| value == "off") {
        return Ok(None);
    }
    let server = SERVER.get_or_init(|| start().map_err(|error| error.to_string()));
    let server = server.as_ref().map_err(|error| io::Error::other(error.clone()))?;
    let name = format!("test_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    let create = Command::new(server.programs.join("createdb")).arg("-h").arg(&server.directory).args(["-U", "kaizen", &name]).output()?;
    succeeded("createdb", create)?;
    Ok(Some(format!("postgres://kaizen@localhost/{name}?host={}", server.directory.display())))
}

fn start() -> io::Result<Server> {
    let programs = programs().ok_or_else(|| io::Error::other(HOW_TO_GET_IT))?;
    let user = server_user()?;
    let directory = tempfile::Builder::new().prefix("kaizen-pg-").tempdir()?;
    if let Some(User { uid, gid }) = user {
        chown(directory.path(), Some(uid), Some(gid))?;
    }
    let data = directory.path().join("data");
    let mut initdb = as_user(Command::new(programs.join("initdb")), user, directory.path());
    let initdb = initdb.args(["-U", "kaizen", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C", "-D"]).arg(data);
    succeeded("initdb", initdb.output()?)?;
    let mut supervisor = supervise(&programs, user, directory.path())?;
    wait_until_ready(&mut supervisor)?;
    // From here the supervisor removes the directory.
    Ok(Server { programs, directory: directory.keep(), _supervisor: supervisor })
}

fn supervise(programs: &Path, user: Option<User>, directory: &Path) -> io::Result<Child> {
    let mut shell = as_user(Command::new("/bin/sh"), user, directory);
    shell.args(["-c", SUPERVISOR, "supervisor"]).arg(programs).arg(directory);
    shell.args(SETTINGS.iter().flat_map(|setting| ["-c", *setting]));
    // A process group of its own: Ctrl-C reaches the tests, and through the pipe the server.
    shell.process_group(0).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn()
}

/// Reads the server's log until it accepts connections, then keeps draining it for the life of this process.
fn wait_until_ready(supervisor: &mut Child) -> io::Result<()> {
    let log = supervisor.stderr.take().ok_or_else(|| io::Error::other("the server's log is not piped"))?;
    let mut lines = BufReader::new(log).lines();
    let mut seen = String::new();
    for line in lines.by_ref() {
        let line = line?;
        if line.contains("ready to accept connections") {
            std::thread::spawn(move || lines.for_each(drop));
            return Ok(());
        }
        seen.push_str(&line);
        seen.push('\n');
    }
    Err(io::Error::other(format!("PostgreSQL does not start:\n{seen}")))
}

/// The directory of PostgreSQL's programs, for tests that start a server of their own; `None` where `KAIZEN_TEST_POSTGRES=off`.
pub fn own_programs() -> Option<PathBuf> {
    if std::env::var_os(SWITCH).is_some_and(|value| value == "off") { None } else { Some(programs().expect(HOW_TO_GET_IT)) }
}

/// The directory with the newest `initdb` and `postgres`: Debian's, else one of PATH.
fn programs() -> Option<PathBuf> {
    let entries = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut debian: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    debian.sort_by_key(|path| path.file_name().and_then(|name| name.to_str()).and_then(|name| name.parse::<u32>().ok()));
    let debian = debian.into_iter().rev().map(|version| version.join("bin"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let complete = |bin: &PathBuf| ["initdb", "postgres", "createdb"].iter().all(|name| bin.join(name).is_file());
    debian.chain(std::env::split_paths(&path)).find(complete)
}

/// `None` where the tests do not run as root; else `postgres`, else `nobody`.
fn server_user() -> io::Result<Option<User>> {
    if std::fs::metadata("/proc/self")?.uid() != 0 {
        return Ok(None);
    }
    let known = std::fs::read_to_string("/etc/passwd")?;
    let named = |name: &str| known.lines().find_map(|line| user_of(line, name));
    match named("postgres").or_else(|| named("nobody")) {
        Some(user) => Ok(Some(user)),
        None => Err(io::Error::other("PostgreSQL refuses to run as root, and there is neither a user 'postgres' nor 'nobody'")),
    }
}

/// `name:password:uid:gid:...`
fn user_of(line: &str, name: &str) -> Option<User> {
    let fields: Vec<&str> = line.split(':').collect();
    match fields.as_slice() {
        [found, _, uid, gid, ..] if *found == name => Some(User { uid: uid.parse().ok()?, gid: gid.parse().ok()? }),
        _ => None,
    }
}

fn as_user(mut command: Command, user: Option<User>, directory: &Path) -> Command {
    if let Some(User { uid, gid }) = user {
        command.uid(uid).gid(gid);
    }
    command.current_dir(directory);
    command
}

fn succeeded(what: &str, output: Output) -> io::Result<()> {
    match output.status.success() {
        true => Ok(()),
        false => Err(io::Error::other(format!("{what} failed: {}", String::from_utf8_lossy(&output.stderr)))),
    }
}
