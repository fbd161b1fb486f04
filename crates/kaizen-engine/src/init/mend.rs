//! What a failure is about and the line that mends it, as far as its text tells.
//!
//! Two readers: a run that gave no scorecard, and a case that passes outside the sandbox only.

use std::path::Path;

/// What mends the set-ups that new projects most often lack; `None` where the text tells of none. `root` is the project's directory.
pub(super) fn of_run(why: &str, command: &str, root: &Path) -> Option<String> {
    let contains = |signs: &[&str]| signs.iter().all(|sign| why.contains(sign));
    if contains(&["failed to write", "Cargo.lock"]) {
        return Some("Cargo.lock is not what cargo would write, and it is protected: cargo generate-lockfile, then commit it".into());
    }
    let offline_cargo = ["--offline was specified", "net.offline", "due to --offline", "attempting to make an HTTP request"];
    if offline_cargo.iter().any(|sign| why.contains(sign)) && why.to_lowercase().contains("cargo")
        || contains(&["no matching package named", "offline"])
    {
        return Some(
            "crates are missing, and the sandbox has no network: cargo fetch puts them where trials see them; commit Cargo.lock".into(),
        );
    }
    if contains(&["setuptools-scm was unable to detect version"]) || contains(&["LookupError", "setuptools_scm"]) {
        return Some(format!(
            "the version comes from a history that trials do not have: command = {:?}",
            format!("SETUPTOOLS_SCM_PRETEND_VERSION=0 {command}")
        ));
    }
    if let Some(package) = named_after(why, "No package metadata was found for ") {
        return Some(format!(
            "{package} asks for its own version and is not installed: python3 -m venv .venv && .venv/bin/pip install -e . (trials see .venv, and it leads to the tree they change)"
        ));
    }
    if contains(&["go.sum entry"])
        || contains(&["no required module provides package"])
        || contains(&["module lookup disabled"])
        || contains(&["proxy.golang.org", "dial tcp"])
    {
        return Some("modules are missing, and the sandbox has no network: go mod download puts them where trials see them, or commit vendor/ (go mod vendor)".into());
    }
    if let Some(module) = named_after(why, "Cannot find module ").or_else(|| named_after(why, "Cannot find package ")) {
        let own = module.starts_with(['.', '/']);
        return Some(if own {
            format!("{module} is made by a build that trials do not see: setup = \"npm run build\" below [benchmark], or commit it")
        } else {
            format!("install it where the project's tools are: npm install (trials see node_modules, read-only; {module} is not there)")
        });
    }
    if let Some(suite) = why.split_once(" announced no tests").and_then(|(before, _)| before.rsplit_once("suite ")).map(|(_, suite)| suite)
    {
        return readable_targets(suite, command, root);
    }
    missing_module(why).map(|module| install(module, root)).or_else(|| missing_program(why).map(program))
}

/// `cargo test` of every target but the one whose harness cannot be read, as a line to type.
fn readable_targets(suite: &str, command: &str, root: &Path) -> Option<String> {
    if !command.ends_with("cargo test") {
        return None;
    }
    let library = root.join("src/lib.rs").is_file().then(|| "--lib".to_owned());
    let programs = (root.join("src/main.rs").is_file() || root.join("src/bin").is_dir()).then(|| "--bins".to_owned());
    let tests = test_targets(root).into_iter().filter(|(path, _)| path != &format!("{suite}.rs")).map(|(_, name)| format!("--test {name}"));
    let targets: Vec<String> = library.into_iter().chain(programs).chain(tests).collect();
    let line = format!("kaizen init --command '{command} {}' --format cargo-test", targets.join(" "));
    (!targets.is_empty()).then(|| format!("{suite} has a harness of its own, leave it out: {line}"))
}

/// Path and name of each file in `tests/`: `Cargo.toml` may give it another name than its own.
fn test_targets(root: &Path) -> Vec<(String, String)> {
    let manifest = std::fs::read_to_string(root.join("Cargo.toml")).ok().and_then(|text| text.parse::<toml::Table>().ok());
    let declared = manifest.as_ref().and_then(|manifest| manifest.get("test")?.as_array()).into_iter().flatten();
    let word = |target: &toml::Value, key: &str| target.get(key).and_then(toml::Value::as_str).map(str::to_owned);
    let named: Vec<(String, String)> = declared.filter_map(|target| Some((word(target, "path")?, word(target, "name")?))).collect();
    let files = std::fs::read_dir(root.join("tests")).into_iter().flatten().flatten();
    let stems = files.filter_map(|file| file.file_name().to_str()?.strip_suffix(".rs").map(str::to_owned));
    let mut stems: Vec<String> = stems.collect();
    stems.sort();
    let name = |stem: String| {
        let path = format!("tests/{stem}.rs");
        let own = named.iter().find(|(declared, _)| *declared == path).map(|(_, name)| name.clone());
        (path, own.unwrap_or(stem))
    };
    stems.into_iter().map(name).collect()
}

/// The Python module whose absence a run names last.
fn missing_module(said: &str) -> Option<&str> {
    let (_, rest) = said.rsplit_once("No module named ")?;
    let name = rest.trim_start_matches(['\'', '"']).split(|c: char| !c.is_alphanumeric() && c != '_').next()?;
    (!name.is_empty() && !name.starts_with("kaizen")).then_some(name)
}

/// Tools that make a project's environment, by a file that says a project uses them, with how they make it in `.venv`. Poetry and
/// pipenv keep theirs elsewhere, where trials see nothing, until there is one in the project.
const ENVIRONMENTS: [(&str, &str); 4] = [
    ("poetry.lock", "python3 -m venv .venv && poetry install"),
    ("Pipfile", "python3 -m venv .venv && pipenv install --dev"),
    ("pdm.lock", "pdm install"),
    ("uv.lock", "uv sync"),
];

fn install(module: &str, root: &Path) -> String {
    let own = ENVIRONMENTS.iter().find(|(file, _)| root.join(file).is_file()).map(|(_, line)| (*line).to_owned());
    let line = own.unwrap_or_else(|| format!("python3 -m venv .venv && .venv/bin/pip install {module}"));
    format!("{module} is not there; install it where the project's tools are: {line} (trials see .venv, read-only)")
}

/// The program that a shell did not find.
fn missing_program(said: &str) -> Option<&str> {
    let line =
        said.lines().rev().find(|line| line.trim_end().ends_with(": not found") || line.trim_end().ends_with(": command not found"))?;
    let before = line.trim_end().trim_end_matches(": not found").trim_end_matches(": command not found");
    before.rsplit([':', ' ']).find(|word| !word.is_empty())
}

fn program(name: &str) -> String {
    format!(
        "{name} is not where trials look: install it below /usr, in .venv or in node_modules; `kaizen sandbox -- 'echo $PATH'` shows where that is"
    )
}

/// The quoted or plain word behind a phrase.
fn named_after<'w>(said: &'w str, phrase: &str) -> Option<&'w str> {
    let (_, rest) = said.rsplit_once(phrase)?;
    let quote = rest.chars().next().filter(|first| ['\'', '"'].contains(first));
    let name = match quote {
        Some(quote) => rest[1..].split(quote).next()?,
        None => rest.split_whitespace().next()?.trim_end_matches(['.', ',', ':']),
    };
    (!name.is_empty()).then_some(name)
}

/// What a failure that only happens inside is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cause {
    /// In a sentence.
    pub(super) what: &'static str,
    /// The line of `kaizen.toml` that allows it; `None` where nothing can.
    pub(super) line: Option<String>,
}

impl Cause {
    fn of(what: &'static str) -> Self {
        Self { what, line: None }
    }
}

const NETWORK: [&str; 14] = [
    "name resolution",
    "Name or service not known",
    "Network is unreachable",
    "gaierror",
    "getaddrinfo",
    "lookup address",
    "URLError",
    "Connection refused",
    "ConnectionError",
    "NetworkUnreachable",
    "Network unreachable",
    "ConnectError",
    "ENOTFOUND",
    "EAI_AGAIN",
];
const HOME: [&str; 6] = ["HOME", "home directory", "expanduser", "Path.home", "'~/", "/nonexistent"];
const BROWSER: [&str; 8] = [
    "Executable doesn't exist at",
    "WebDriverException",
    "Failed to launch the browser",
    "Could not find Chrome",
    "No usable sandbox",
    "browserType.launch",
    "cannot find Chrome binary",
    "geckodriver",
];
const TERMINAL: [&str; 6] = ["/dev/tty", "not a tty", "not a terminal", "Inappropriate ioctl", "termios.error", "ENOTTY"];
const ZONE: [&str; 6] = ["ZoneInfo", "zoneinfo", "tzset", "timezone", "time zone", "TZ="];

/// What the message of a case tells. `zone` is the person's own time zone, where it is not that of trials.
pub(super) fn of_case(message: &str, home: Option<&Path>, command: &str, zone: Option<&str>) -> Cause {
    let any = |signs: &[&str]| signs.iter().any(|sign| message.contains(sign));
    let homely = home.is_some_and(|home| home.components().count() > 1 && message.contains(&home.display().to_string()));
    let commanded = |before: &str| Some(format!("command = {:?}", format!("{before} {command}")));
    match (served(message), zone) {
        (Some(address), _) => {
            let line = Some(format!("[grants] connect = [{address:?}], or start = [\"the command that starts it\"]"));
            Cause { what: "it needs a server of this machine, which trials do not reach", line }
        }
        _ if any(&BROWSER) => {
            Cause::of("it needs a browser; trials see those below /usr and those that playwright and puppeteer installed")
        }
        _ if any(&NETWORK) || message.contains("ECONNREFUSED") => Cause::of("it needs the network, which trials do not have"),
        _ if any(&TERMINAL) => {
            let line = Some(format!("command = {:?}", format!("script -qec {} /dev/null", shell_words::quote(command))));
            Cause { what: "it needs a terminal, which trials do not have", line }
        }
        (_, Some(zone)) if any(&ZONE) => {
            Cause { what: "it depends on the time zone, which is UTC in trials", line: commanded(&format!("TZ={zone}")) }
        }
        _ if homely || any(&HOME) => Cause::of("it needs your home directory, which trials do not see"),
        _ if message.contains("Permission denied") || message.contains("Read-only file system") => {
            Cause::of("it writes where trials may not write")
        }
        _ if message.contains("imed out") || message.contains("imeout") => Cause::of("it ran out of time"),
        _ => Cause::of("in the sandbox it said"),
    }
}

/// The address on this machine that nothing answered at: `127.0.0.1:5432`.
fn served(message: &str) -> Option<String> {
    if !["refused", "ECONNREFUSED", "onnection reset"].iter().any(|sign| message.contains(sign)) {
        return None;
    }
    let port = |text: &str| -> Option<u16> {
        let text = text.trim_start_matches(|c: char| !c.is_ascii_digit());
        let digits = text.split(|c: char| !c.is_ascii_digit()).next()?;
        digits.parse().ok().filter(|port| *port > 0)
    };
    let behind = [
        "127.0.0.1:",
        "localhost:",
        "[::1]:",
        "::1:",
        "localhost, ",
        "host='localhost', port=",
        "host='127.0.0.1', port=",
        "('127.0.0.1', ",
        "('localhost', ",
        "127.0.0.1 port ",
    ];
    let found = behind.iter().find_map(|sign| message.split_once(sign).and_then(|(_, rest)| port(rest.get(..rest.len().min(8))?)));
    // PostgreSQL's and others' own words: `connection to server at "localhost" (127.0.0.1), port 5432 failed`.
    let spoken = || {
        (message.contains("localhost") || message.contains("127.0.0.1"))
            .then(|| message.split_once("port ").and_then(|(_, rest)| port(rest.get(..rest.len().min(8))?)))
            .flatten()
    };
    found.or_else(spoken).map(|port| format!("127.0.0.1:{port}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_that_is_not_installed_is_named() {
        assert_eq!(missing_module("last output: /usr/bin/python3: No module named pytest"), Some("pytest"));
        assert_eq!(missing_module("ModuleNotFoundError: No module named 'yaml.reader'"), Some("yaml"));
        assert_eq!(missing_module("no test runner reported"), None);
    }

    #[test]
    fn a_run_without_a_scorecard_is_mended_by_what_its_tool_misses() {
        let root = tempfile::tempdir().unwrap();
        let mend = |why: &str| of_run(why, "pytest", root.path()).unwrap_or_default();
        assert!(
            mend("LookupError: setuptools-scm was unable to detect version for /x").contains("SETUPTOOLS_SCM_PRETEND_VERSION=0 pytest")
        );
        assert!(
            mend("importlib.metadata.PackageNotFoundError: No package metadata was found for calc")
                .contains("calc asks for its own version")
        );
        assert!(mend("Error: Cannot find module 'left-pad'\nRequire stack").contains("npm install"));
        assert!(mend("Error: Cannot find module '../dist/index.js'").contains("npm run build"));
        assert!(mend("x.go:3:8: missing go.sum entry for module").contains("go mod download"));
        assert!(mend("/bin/sh: 1: ctest: not found").contains("ctest is not where trials look"));
        assert_eq!(of_run("1 failed", "pytest", root.path()), None);
    }

    #[test]
    fn a_suite_with_a_harness_of_its_own_is_left_out_by_a_line_that_names_the_others() {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in [
            ("src/lib.rs", ""),
            ("tests/unit.rs", ""),
            ("tests/wpt.rs", ""),
            ("tests/http.rs", ""),
            ("Cargo.toml", "[[test]]\nname = \"net\"\npath = \"tests/http.rs\"\n"),
        ] {
            std::fs::create_dir_all(root.path().join(path).parent().unwrap()).unwrap();
            std::fs::write(root.path().join(path), text).unwrap();
        }
        let why =
            "the benchmark ended before its report was complete: suite tests/wpt announced no tests (a harness of its own cannot be read)";
        let mend = of_run(why, "cargo test", root.path()).unwrap();
        assert!(mend.ends_with("kaizen init --command 'cargo test --lib --test net --test unit' --format cargo-test"), "{mend}");
        assert_eq!(of_run(why, "cargo test --workspace", root.path()), None);
    }

    #[test]
    fn a_missing_module_is_installed_by_the_tool_that_keeps_the_projects_environment() {
        let root = tempfile::tempdir().unwrap();
        let mend = || of_run("/usr/bin/python3: No module named pytest", "pytest", root.path()).unwrap_or_default();
        assert!(mend().contains("python3 -m venv .venv && .venv/bin/pip install pytest"), "{}", mend());
        std::fs::write(root.path().join("poetry.lock"), "").unwrap();
        assert!(mend().contains("python3 -m venv .venv && poetry install"), "{}", mend());
    }

    #[test]
    fn a_server_of_this_machine_is_named_with_its_port_and_a_remote_one_is_the_network() {
        for message in [
            "ConnectionRefusedError: connect to 127.0.0.1:5432: Connection refused",
            "Error: connect ECONNREFUSED 127.0.0.1:5432",
            "connection to server at \"localhost\" (127.0.0.1), port 5432 failed: Connection refused",
            "HTTPConnectionPool(host='localhost', port=5432): Max retries exceeded ... Connection refused",
        ] {
            let cause = of_case(message, None, "pytest", None);
            assert!(
                cause.line.as_deref().is_some_and(|line| line.starts_with("[grants] connect = [\"127.0.0.1:5432\"]")),
                "{message}: {cause:?}"
            );
        }
        assert_eq!(of_case("gaierror: no localhost here", None, "pytest", None).what, "it needs the network, which trials do not have");
    }

    #[test]
    fn a_terminal_and_a_time_zone_have_lines_of_their_own() {
        let terminal = of_case("OSError: [Errno 6] No such device or address: '/dev/tty'", None, "make 'a b'", None);
        assert_eq!(terminal.line.as_deref(), Some("command = \"script -qec 'make '\\\\''a b'\\\\''' /dev/null\""));
        let zone = of_case("ZoneInfo mismatch", None, "pytest", Some("Europe/Berlin"));
        assert_eq!(zone.line.as_deref(), Some("command = \"TZ=Europe/Berlin pytest\""));
        assert_eq!(of_case("ZoneInfo mismatch", None, "pytest", None).line, None);
    }
}
