//! A `kaizen.toml` in, values or problems out.

use super::benchmark::Format;
use super::limits::{DeployMode, MinTier};
use super::metric::objective;
use super::propose::ProposerKind;
use super::*;
use kaizen_domain::points::Points;
use kaizen_domain::scorecard::CaseId;
use std::time::Duration;

const SMALL: &str = "[project]\nname = \"wordfreq\"\n[benchmark]\ncommand = \"pytest\"\nformat = \"pytest\"\n";

const FULL: &str = r#"
[project]
name = "wordfreq"

[benchmark]
command = "python3 bench.py"
format  = "json"
report  = "build/results/*.xml"
timeout = "5m"
protect = ["tests/**"]
checks  = ["ruff check ."]
ignore  = ["tests/test_legacy.py::*"]
setup   = "make ext"
setup_inputs = ["requirements.txt", "ext/**"]
points  = { "tests/test_core.py" = 5, default = 0.5 }
categories = { core = "tests/test_core*", edge = ["tests/test_edge*", "tests/test_rare*"] }
holdout = { command = "python3 -m pytest -q holdout", files = ["holdout/**"] }

[[metric]]
name = "seconds"
source = "json:.seconds"
direction = "lower"
target = 0.2

[[metric]]
name = "memory"
source = "max-rss"
direction = "lower"

[levers.code]
files = ["src/**/*.py"]

[propose]
use = ["command"]
attempts = 20
approaches = 1
[propose.command.ruff]
run = "ruff check --fix ."
[propose.command.claude-2]
run = "claude -p"
timeout = "20m"

[gate]
fdr = 0.2
min_tier = "namespaces"
[limits]
concurrent_trials = 2
deployments_per_day = 0
cooldown = "0s"
trial_memory = "512MiB"
trial_processes = 64
trial_disk = "1GB"
max_candidates = 10
[permissions]
auto = ["src/**"]
ask = ["core"]
never = ["src/secret/**"]
[deploy]
mode = "in-place"
"#;

fn read(text: &str) -> Result<Config, ConfigError> {
    parse(text, Path::new("kaizen.toml"))
}

/// `line: key: what -> hint`, for one problem.
fn problem(text: &str) -> String {
    let error = read(text).unwrap_err();
    assert_eq!(error.problems().len(), 1, "{error}");
    format!("{error} -> {}", error.hint())
}

#[test]
fn every_key_is_read() {
    let config = read(FULL).unwrap();
    let benchmark = &config.benchmark;
    let core = CaseId("tests/test_core.py::test_a".into());
    assert_eq!(config.project.name.as_str(), "wordfreq");
    assert_eq!((benchmark.format, benchmark.timeout.0), (Format::Json, Duration::from_secs(300)));
    assert_eq!(benchmark.report.as_ref().unwrap().as_str(), "build/results/*.xml");
    assert!(benchmark.protect.matches(&"tests/a.py".parse().unwrap()));
    assert_eq!(benchmark.checks[0].as_str(), "ruff check .");
    assert_eq!((benchmark.points.of(&core), benchmark.category(&core)), (5.into(), "core"));
    assert_eq!(benchmark.points.of(&CaseId("x".into())), Points::new(0.5).unwrap());
    assert_eq!(benchmark.category(&CaseId("tests/test_rare.py::test_a".into())), "edge");
    assert_eq!(benchmark.setup_inputs.patterns().collect::<Vec<_>>(), ["requirements.txt", "ext/**"]);
    assert_eq!(benchmark.category(&CaseId("x".into())), "all");
    assert_eq!(benchmark.holdout.as_ref().unwrap().command.as_str(), "python3 -m pytest -q holdout");
    assert_eq!((config.metric.len(), config.metric[0].target), (2, Some(0.2)));
    assert_eq!(config.propose.applying(&config.levers), [ProposerKind::Command]);
    assert_eq!((config.propose.attempts, config.propose.approaches), (20, 1));
    assert_eq!(config.propose.command["claude-2"].timeout.0, Duration::from_secs(1200));
    assert_eq!(config.propose.command["ruff"].timeout.0, Duration::from_secs(600));
    assert_eq!((config.gate.fdr, config.gate.min_tier), (0.2, MinTier::Namespaces));
    assert_eq!((config.limits.trial_memory.0, config.limits.trial_disk.0), (512 << 20, 1_000_000_000));
    assert!(config.permissions.ask.matches(&"core/auth.py".parse().unwrap()));
    assert_eq!(config.deploy.mode, DeployMode::InPlace);
}

#[test]
fn what_is_not_written_has_the_documented_default() {
    let config = read(SMALL).unwrap();
    assert_eq!(config.benchmark.timeout.0, Duration::from_secs(60));
    assert_eq!(config.propose.applying(&config.levers), [ProposerKind::Mutate]);
    assert_eq!((config.propose.attempts, config.propose.approaches), (3, 3));
    assert_eq!((config.gate.fdr, config.gate.min_tier), (0.05, MinTier::Landlock));
    assert_eq!((config.limits.concurrent_trials, config.limits.deployments_per_day, config.limits.max_candidates), (1, 5, 2000));
    assert_eq!((config.limits.trial_memory.0, config.limits.trial_disk.0, config.limits.trial_processes), (2 << 30, 4 << 30, 256));
    assert_eq!(config.limits.cooldown.0, Duration::from_secs(86_400));
    assert_eq!(config.deploy.mode, DeployMode::Branch);
    assert_eq!(config.levers.code, None);
    let with_command = read(&format!("{SMALL}[propose.command.fix]\nrun = \"./fix\"\n")).unwrap();
    assert_eq!(with_command.propose.applying(&with_command.levers), [ProposerKind::Mutate, ProposerKind::Command]);
}

#[test]
fn a_wrong_value_names_file_line_key_and_mend() {
    let told = problem(&format!("{SMALL}timeout = \"sixty\"\n"));
    assert_eq!(told, r#"kaizen.toml:6: benchmark.timeout: "sixty" is not a duration -> write a number with a unit: "60s", "5m", "500ms""#);
    let error = read(&format!("{SMALL}  timeout = \"sixty\"\n")).unwrap_err();
    assert_eq!((error.problems()[0].line, error.problems()[0].column), (6, 13));
}

#[test]
fn each_kind_of_mistake_says_what_would_be_right() {
    let cases = [
        ("timout = \"5s\"", "benchmark.timout: unknown key -> did you mean `timeout`? known in [benchmark]: "),
        ("fdr = 0.1", "benchmark.fdr: unknown key -> `fdr` belongs in [gate]; known in [benchmark]: "),
        ("colour = 1", "benchmark.colour: unknown key -> known in [benchmark]: categories, checks, command, "),
        ("timeout = 60", "benchmark.timeout: 60 is not a text -> write a text: \"60s\""),
        ("timeout = \"0s\"", "benchmark.timeout: \"0s\" leaves no time at all -> "),
        ("setup = \"\"", "benchmark.setup: \"\" is no command -> "),
        ("protect = \"tests\"", "benchmark.protect: \"tests\" is not a list -> write a list: [\"src/**/*.py\"]"),
        ("protect = [\"a\", \"../b\"]", "benchmark.protect[1]: \"../b\" leads out of the project -> "),
        ("ignore = [\"[\"]", "benchmark.ignore[0]: \"[\" is not a pattern: unclosed character class; missing ']' -> "),
        ("points = { \"a\" = -1 }", "benchmark.points.a: -1 is out of range -> write a number, at least 0"),
        ("points = { \"a\" = nan }", "benchmark.points.a: NaN is not a finite number -> "),
        ("points = { \"[\" = 1 }", "benchmark.points.\"[\": \"[\" is not a pattern: "),
        ("categories = { a = 1 }", "benchmark.categories.a: 1 is not a text -> "),
        ("holdout = { command = \"x\" }", "benchmark.holdout.files: missing -> add to [benchmark.holdout]: files = [\"holdout/**\"]"),
        ("holdout = { command = \"x\", files = [] }", "benchmark.holdout.files: the list is empty -> name at least one"),
        ("[levers.code]", "levers.code.files: missing -> "),
        ("[levers.nothing]", "levers.nothing: unknown key -> known in [levers]: code, config"),
        ("[gate]\nfdr = 0", "gate.fdr: 0 is out of range -> write a number, more than 0 and at most 0.2"),
        ("[gate]\nfdr = 0.3", "gate.fdr: 0.3 is out of range -> "),
        (
            "[gate]\nmin_tier = \"namespace\"",
            "\"namespace\" is not one of the values -> did you mean \"namespaces\"? possible: \"namespaces\", \"bubblewrap\", \"container\", \"landlock\"",
        ),
        ("[limits]\nconcurrent_trials = 0", "limits.concurrent_trials: 0 is out of range -> write a whole number, from 1 to 1024"),
        ("[limits]\nconcurrent_trials = 1.5", "limits.concurrent_trials: 1.5 is not a whole number -> "),
        ("[limits]\ntrial_memory = \"2G\"", "limits.trial_memory: \"2G\" is not a size -> "),
        ("[propose]\nattempts = 21", "propose.attempts: 21 is out of range -> write a whole number, from 1 to 20"),
        ("[propose]\nuse = [\"mutat\"]", "propose.use[0]: \"mutat\" is not one of the values -> did you mean \"mutate\"?"),
        ("[propose]\nuse = [\"command\"]", "propose.use: \"command\" is used and none is declared -> declare one: "),
        ("[propose.command.Ruff]\nrun = \"ruff\"", "propose.command.Ruff: \"Ruff\" is not a name -> "),
        (
            "[propose.command.a]\nrun = \"x\"\ngrants = { network = [\"https://pypi.org\"] }",
            "propose.command.a.grants.network[0]: \"https://pypi.org\" is no host -> write a name without https:// and path: ",
        ),
        ("[grants]\nnetwork = []", "grants.network: unknown key -> known in [grants]: connect, setup, start"),
        ("[grants]\nconnect = [\"127.0.0.1\"]", "grants.connect[0]: \"127.0.0.1\" is no host and port -> write both: "),
        (
            "[grants]\nconnect = [\"a:1\", \"b:1\"]",
            "kaizen.toml:7: grants.connect[1]: a second service at port 1 -> the benchmark finds each at its port of 127.0.0.1: keep one",
        ),
        ("[watch]\nwindow = \"1h\"", "watch: unknown key -> known at the top: benchmark, deploy, gate, "),
        (
            "[deploy]\nmode = \"pull-request\"",
            "deploy.mode: \"pull-request\" is not one of the values -> possible: \"branch\", \"in-place\"",
        ),
        (
            "[[metric]]\nname = \"a\"\nsource = \"regex\"\ndirection = \"lower\"",
            "metric[0].source: \"regex\" is not a source of a metric -> ",
        ),
        (
            "[[metric]]\nname = \"a\"\nsource = \"json:.x\"\ndirection = \"lower\"",
            "metric[0].source: the benchmark's format is \"pytest\" and gives no JSON -> ",
        ),
        ("deploy = 3", "benchmark.deploy: unknown key -> "),
        ("[deploy]\nmode = [\"branch\"]", "deploy.mode: a list is not a text -> write a text, one of \"branch\", \"in-place\""),
    ];
    for (lines, expected) in cases {
        let told = problem(&format!("{SMALL}{lines}\n"));
        assert!(told.contains(expected), "for {lines}\n  told {told}\n  want {expected}");
    }
}

#[test]
fn all_problems_of_a_file_are_told_at_once_in_its_order() {
    let error = read("[benchmark]\ncommand = \"\"\nformat = \"pytst\"\ntimout = \"1s\"\n").unwrap_err();
    let lines: Vec<String> = error.to_string().lines().map(str::to_owned).collect();
    assert_eq!(
        lines,
        [
            "kaizen.toml:1: project: missing",
            "kaizen.toml:2: benchmark.command: \"\" is no command",
            "kaizen.toml:3: benchmark.format: \"pytst\" is not one of the values",
            "kaizen.toml:4: benchmark.timout: unknown key",
        ]
    );
    assert_eq!(error.problems()[0].hint, "add a section [project]");
}

#[test]
fn two_metrics_of_one_name_are_told_at_the_second() {
    let metric = "[[metric]]\nname = \"a\"\nsource = \"time\"\ndirection = \"lower\"\n";
    assert!(problem(&format!("{SMALL}{metric}{metric}")).starts_with("kaizen.toml:11: metric[1].name: there are two metrics named \"a\""));
}

#[test]
fn a_file_that_is_no_toml_names_the_place() {
    let told = problem(&format!("{SMALL}timeout = \"5s\n"));
    assert!(told.starts_with("kaizen.toml:6: "), "{told}");
    let twice = problem(&format!("{SMALL}format = \"pytest\"\n"));
    assert!(twice.starts_with("kaizen.toml:6: duplicate key"), "{twice}");
    assert_eq!(read("").unwrap_err().problems().len(), 2);
}

#[test]
fn windows_line_ends_and_a_byte_order_mark_are_no_mistake() {
    assert!(read(&format!("\u{feff}{}", SMALL.replace('\n', "\r\n"))).is_ok());
}

#[test]
fn names_that_cannot_end_a_branch_are_refused_and_mended() {
    for bad in ["", "-x", ".x", "a..b", "a.lock", "a b", "a/b", "ä", "x."] {
        assert!(ProjectName::try_from(bad.to_owned()).is_err(), "{bad:?} was accepted");
        assert!(ProjectName::try_from(ProjectName::near(bad).as_str().to_owned()).is_ok(), "{bad:?} was not mended");
    }
    assert_eq!(ProjectName::near("My Project (2)").as_str(), "My-Project--2");
}

#[test]
fn entries_show_every_value_with_the_line_or_the_default_it_comes_from() {
    let config = read(&format!("{SMALL}points = {{ \"tests/a.py\" = 2 }}\n")).unwrap();
    let entries = config.entries().unwrap();
    let of = |key: &str| entries.iter().find(|entry| entry.key == key).map(|entry| (entry.value.as_str(), entry.origin)).unwrap();
    assert_eq!(of("project.name"), ("\"wordfreq\"", Origin::File(2)));
    assert_eq!(of("benchmark.format"), ("\"pytest\"", Origin::File(5)));
    assert_eq!(of("benchmark.points.\"tests/a.py\""), ("2.0", Origin::File(6)));
    assert_eq!(of("benchmark.timeout"), ("\"1m\"", Origin::Default));
    assert_eq!(of("limits.trial_memory"), ("\"2GiB\"", Origin::Default));
    assert_eq!(of("propose.use"), ("[\"mutate\"]", Origin::Default));
    assert_eq!(entries.iter().find(|entry| entry.key == "benchmark.holdout.command"), None);
    let full = read(FULL).unwrap().entries().unwrap();
    assert_eq!(full.iter().find(|entry| entry.key == "metric[1].source").unwrap().origin, Origin::File(27));
}

#[test]
fn trust_follows_the_host_commands_and_the_place_and_nothing_else() {
    let file = |run: &str, more: &str| read(&format!("{SMALL}{more}[propose.command.fix]\nrun = \"{run}\"\n")).unwrap();
    let (one, place) = (file("./fix", ""), Path::new("/home/me/p/kaizen.toml"));
    let lines = one.host_lines();
    assert_eq!(lines, [HostLine { line: 7, key: "propose.command.fix.run".into(), text: "./fix".into() }]);
    assert_eq!(one.trust_hash(place), file("./fix", "timeout = \"5s\"\nsetup = \"make\"\n").trust_hash(place));
    assert_ne!(one.trust_hash(place), file("./fix --all", "").trust_hash(place));
    assert_ne!(one.trust_hash(place), one.trust_hash(Path::new("/home/me/q/kaizen.toml")));
    assert_eq!(read(SMALL).unwrap().host_lines(), []);
}

#[test]
fn the_schema_describes_every_key_and_the_types_accept_what_it_accepts() {
    let schema = schema();
    let mut undescribed = Vec::new();
    let mut pending = vec![(String::new(), &schema)];
    while let Some((at, section)) = pending.pop() {
        let keys = section.get("properties").and_then(Value::as_object).into_iter().flatten();
        for (key, declared) in keys {
            let path = check::join(&at, key);
            if declared.get("description").is_none() {
                undescribed.push(path.clone());
            }
            pending.push((path, check::resolve(&schema, declared)));
        }
    }
    assert_eq!(undescribed, Vec::<String>::new());
    assert_eq!(schema["title"], "kaizen.toml");
    assert_eq!(schema["properties"].as_object().unwrap().len(), 10);
}

#[test]
fn benchmarks_that_no_metric_names_are_an_objective_together() {
    let text = |format: &str, more: &str| SMALL.replace("format = \"pytest\"", &format!("format = \"{format}\"")) + more;
    let objective = |format: &str, more: &str| objective(&read(&text(format, more)).unwrap().metric).map(|metric| metric.name.clone());
    assert_eq!(objective("go-bench", "").as_deref(), Some("benchmarks"));
    assert_eq!(objective("pytest", ""), None);
    let guardrail = "[[metric]]\nname = \"memory\"\nsource = \"max-rss\"\ndirection = \"lower\"\nrole = \"guardrail\"\n";
    assert_eq!(objective("criterion", guardrail).as_deref(), Some("benchmarks"));
    let own = "[[metric]]\nname = \"own\"\nsource = \"bench:a*\"\ndirection = \"lower\"\n";
    assert_eq!(objective("hyperfine", own).as_deref(), Some("own"));
    assert!(problem(&text("pytest", own)).contains("metric[0].source: the benchmark's format is \"pytest\" and gives no benchmarks"));
}
