//! Benchmarking tools through the command line: their benchmarks are measured, improved and checked, and the recipes of the guide find
//! their numbers in what the tools write.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use kaizen_testkit::project::{Project, Said};
use serde_json::Value;

const KAIZEN: &str = env!("CARGO_BIN_EXE_kaizen");

/// Prints a list of two benchmarks: `parse` costs what `settings.ini` makes it cost, `render` the same or, with `mode = fast`, more.
const LIST: &str = r#"
entries=$(sed -n 's/^entries *= *//p' settings.ini)
mode=$(sed -n 's/^mode *= *//p' settings.ini)
seed=$(od -An -N3 -tu4 /dev/urandom)
awk -v seed="$seed" -v entries="$entries" -v mode="$mode" 'function noise(  i, sum) {
    for (i = 0; i < 6; i++) sum += rand() - 0.5
    return exp(0.02 * sum)
} BEGIN {
    srand(seed)
    parse = (100 - 5 * log(entries) / log(2)) * (mode == "fast" ? 0.4 : 1)
    render = 50 * (mode == "fast" ? 1.6 : 1)
    printf "[{\"name\": \"parse\", \"unit\": \"ms\", \"value\": %.6f},", parse * noise()
    printf " {\"name\": \"render\", \"unit\": \"ms\", \"value\": %.6f}]\n", render * noise()
}'
"#;

/// A project whose benchmark is `LIST`, with more lines of configuration.
fn listed(more: &str) -> Project {
    let project = Project::new(KAIZEN);
    project.write("bench.sh", LIST);
    project.write("settings.ini", "entries = 1\nmode = plain\n");
    let benchmark = "[benchmark]\ncommand = \"sh bench.sh\"\nformat = \"bench-json\"\nprotect = [\"bench.sh\"]\n";
    // The time and the memory of small programs on a busy machine say nothing.
    let wide = |name: &str, source: &str| {
        format!(
            "[[metric]]\nname = \"{name}\"\nsource = \"{source}\"\ndirection = \"lower\"\nrole = \"guardrail\"\nmax_regression = \"400%\"\n"
        )
    };
    let seconds = wide("seconds", "time") + &wide("memory", "max-rss");
    project.write("kaizen.toml", format!("[project]\nname = \"listed\"\n{benchmark}{seconds}{more}"));
    project.commit("A project with benchmarks");
    project
}

fn metric<'v>(result: &'v Value, name: &str) -> &'v Value {
    result["noise"].as_array().unwrap().iter().find(|noise| noise["metric"] == name).unwrap_or_else(|| panic!("no {name}: {result}"))
}

#[test]
fn many_benchmarks_are_one_objective_and_each_is_guarded() {
    let project = listed("");
    let said = project.kaizen(["measure", "--pairs", "5", "--json"]);
    let result = said.result();
    let [parse, render] = ["bench:parse", "bench:render"].map(|name| result["metrics"][name].as_f64().unwrap());
    let together = result["metrics"]["benchmarks"].as_f64().unwrap();
    assert!((parse.ln() + render.ln() - 2.0 * together.ln()).abs() < 1e-9, "the geometric mean, in seconds: {result}");
    assert_eq!(metric(&result, "benchmarks")["role"], "objective");
    for name in ["bench:parse", "bench:render"] {
        assert_eq!(metric(&result, name)["role"], "default guardrail");
        assert!(metric(&result, name)["limit"].as_f64().unwrap() >= 0.05, "{result}");
    }
    let shown = project.kaizen(["config", "show", "--json"]).result();
    let implied = shown["values"].as_array().unwrap().iter().find(|value| value["key"] == "metric[2].source").unwrap().clone();
    assert_eq!((implied["value"].as_str(), implied["origin"].as_str()), (Some("\"bench:*\""), Some("default")));
}

#[test]
fn settings_that_make_the_benchmarks_faster_are_found_and_promoted() {
    let levers = "[levers.config.\"settings.ini\"]\nentries = { min = 1, max = 1024, scale = \"log\" }\n[limits]\nstudy_runs = 20\n";
    let project = listed(levers);
    let said = project.kaizen(["improve", "--cycles", "1"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.out.contains("benchmarks: one pair varies by") && said.out.contains("PROMOTED  v1"), "{said:?}");
    let settings = project.git(["show", "kaizen/listed:settings.ini"]);
    let entries: u32 = settings.lines().find_map(|line| line.strip_prefix("entries = ")).unwrap().parse().unwrap();
    assert!(entries >= 64 && settings.contains("mode = plain"), "{settings}");
    assert_eq!(project.kaizen(["replay", "v1"]).code, Some(0));
}

#[test]
fn a_mean_hides_no_loss_of_one_benchmark() {
    let program = "[propose]\nuse = [\"command\"]\nattempts = 1\napproaches = 1\n[propose.command.fast]\nrun = \"sed -i s/plain/fast/ settings.ini\"\n[levers.code]\nfiles = [\"settings.ini\"]\n";
    let project = listed(program);
    assert_eq!(project.kaizen(["trust", "--yes"]).code, Some(0));
    let said = project.kaizen(["improve", "--cycles", "1"]);
    assert_eq!(said.code, Some(1), "{said:?}");
    let shown = project.kaizen(["explain", "h1", "--json"]).result();
    let reason = format!("{} {}", shown["state"], shown["reasons"]);
    assert!(reason.contains("rejected") && reason.contains("bench:render"), "{shown}");
    project.write("settings.ini", "entries = 1\nmode = fast\n");
    let checked = project.kaizen(["check", "--dirty", "--json"]).result();
    assert_eq!(checked["verdict"], "worse", "{checked}");
    project.write("settings.ini", "entries = 256\nmode = plain\n");
    let checked = project.kaizen(["check", "--dirty", "--json"]).result();
    assert_eq!(checked["verdict"], "better", "{checked}");
}

#[test]
fn one_benchmark_can_be_the_objective_and_a_pattern_a_group() {
    let metrics = "[[metric]]\nname = \"parsing\"\nsource = \"bench:parse\"\ndirection = \"lower\"\n[[metric]]\nname = \"all\"\nsource = \"bench:*e*\"\ndirection = \"lower\"\nrole = \"guardrail\"\nmax_regression = \"50%\"\n";
    let result = listed(metrics).kaizen(["measure", "--pairs", "5", "--json"]).result();
    assert_eq!(result["metrics"]["parsing"], result["metrics"]["bench:parse"]);
    assert_eq!(
        (&metric(&result, "parsing")["role"], &metric(&result, "all")["role"]),
        (&Value::from("objective"), &Value::from("guardrail"))
    );
    let guarded: Vec<&str> = result["noise"].as_array().unwrap().iter().filter_map(|one| one["metric"].as_str()).collect();
    assert!(guarded.contains(&"bench:render") && !guarded.contains(&"bench:parse"), "{guarded:?}");
    assert!(result["metrics"].get("benchmarks").is_none(), "what is declared comes in the place of the mean");
    let missing = listed("[[metric]]\nname = \"gone\"\nsource = \"bench:gone\"\ndirection = \"lower\"\n").kaizen(["measure"]);
    assert!(missing.code == Some(4) && missing.err.contains("metric gone: its source names no number"), "{missing:?}");
}

#[test]
fn hyperfine_measures_inside_the_sandbox() {
    let path = std::env::var_os("PATH").unwrap();
    if !std::env::split_paths(&path).any(|directory| directory.join("hyperfine").is_file()) {
        println!("skipped: hyperfine is not installed here");
        return;
    }
    let command = "make -s bench";
    let project = Project::new(KAIZEN);
    project.write("Makefile", "bench:\n\thyperfine -w 2 -r 4 -N -n one 'sh work.sh 1' -n two 'sh work.sh 2'\n");
    project.write("work.sh", "i=0; while [ $i -lt ${1}000 ]; do i=$((i + 1)); done\necho run >>runs\n");
    project.write("kaizen.toml", format!("[project]\nname = \"timed\"\n[benchmark]\ncommand = \"{command}\"\nformat = \"hyperfine\"\n"));
    project.commit("A project that is timed");
    let said = project.kaizen(["measure", "--runs", "1", "--pairs", "0", "--json"]);
    let metrics = said.result()["metrics"].clone();
    assert!(metrics["bench:one"].as_f64().unwrap() > 0.0 && metrics["bench:two"].is_f64() && metrics["benchmarks"].is_f64(), "{said:?}");
}

#[test]
fn a_number_in_plain_text_is_found_by_its_pattern() {
    let project = Project::new(KAIZEN);
    let toml = "[project]\nname = \"text\"\n[benchmark]\ncommand = \"printf 'warm 3.5 s\\\\ntook 1.25 s\\\\n' >&2\"\nformat = \"regex\"\n";
    let metric = |source: &str| format!("{toml}[[metric]]\nname = \"took\"\nsource = '{source}'\ndirection = \"lower\"\n");
    let measured = |text: &str| -> Said {
        project.write("kaizen.toml", text);
        project.commit("Text");
        project.kaizen(["measure", "--runs", "1", "--pairs", "0", "--json"])
    };
    assert_eq!(measured(&metric("regex:took (?<value>[0-9.]+) s")).result()["metrics"]["took"], 1.25);
    let twice = measured(&metric("regex:(?<value>[0-9.]+) s"));
    assert!(twice.code == Some(4) && twice.out.contains("metric took: its pattern fits 2 places"), "{twice:?}");
    let without = measured(toml);
    assert!(without.code == Some(2) && without.out.contains("no [[metric]] finds a number in the text"), "{without:?}");
    let ungrouped = measured(&metric("regex:took"));
    assert!(ungrouped.code == Some(2) && ungrouped.out.contains("no group named value"), "{ungrouped:?}");
    let elsewhere = measured(&metric("bench:took"));
    assert!(elsewhere.code == Some(2) && elsewhere.out.contains("gives no benchmarks"), "{elsewhere:?}");
}

/// The configuration of each recipe in the guide, by the tool's name.
fn recipes() -> Vec<(String, String)> {
    let guide = include_str!("../../../docs/guides/benchmarks.md");
    let recipes = guide.split("\n## Recipes").nth(1).unwrap();
    let of = |section: &str| {
        let (name, rest) = section.split_once('\n')?;
        let toml = rest.split("```toml\n").nth(1)?.split("```").next()?;
        Some((name.trim().to_lowercase(), toml.to_owned()))
    };
    recipes.split("\n### ").skip(1).filter_map(of).collect()
}

/// What each tool wrote (asv and wrk) or writes by its documentation, and a number that has to be found in it.
const WRITTEN: [(&str, &str, &str, f64); 8] = [
    ("asv", include_str!("benchmarks/asv.json"), "join", 0.0),
    ("jmh", include_str!("benchmarks/jmh.json"), "join", 812.4),
    ("k6", include_str!("benchmarks/k6.json"), "p95", 14.7),
    ("lm-eval", include_str!("benchmarks/lm-eval.json"), "accuracy", 0.42),
    ("oha", include_str!("benchmarks/oha.json"), "p99", 0.0221),
    ("promptfoo", include_str!("benchmarks/promptfoo.json"), "passed", 17.0),
    ("vegeta", include_str!("benchmarks/vegeta.json"), "p99", 21_763_988.0),
    ("wrk", include_str!("benchmarks/wrk.txt"), "requests", 75.617),
];

#[test]
fn every_recipe_of_the_guide_finds_its_numbers_in_what_the_tool_writes() {
    let recipes = recipes();
    let mut names: Vec<&str> = recipes.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, WRITTEN.map(|(name, ..)| name), "each recipe is tried");
    let project = Project::new(KAIZEN);
    for (name, text, metric, expected) in WRITTEN {
        let (_, toml) = recipes.iter().find(|(recipe, _)| recipe == name).unwrap();
        project.write("written", text);
        project.write("kaizen.toml", format!("[project]\nname = \"recipe\"\n\n{}", replayed(toml)));
        project.commit(name);
        let said = project.kaizen(["measure", "--runs", "1", "--pairs", "0", "--json"]);
        assert_eq!(said.code, Some(0), "{name}: {said:?}");
        let seen = said.result()["metrics"][metric].as_f64().unwrap_or_else(|| panic!("{name} has no {metric}: {said:?}"));
        assert!(if expected == 0.0 { seen > 0.0 } else { (seen - expected).abs() < 1e-9 }, "{name}: {metric} is {seen}");
    }
}

/// The recipe with the tool's text in the place of the tool.
fn replayed(toml: &str) -> String {
    let line = |line: &str| match line.split_once(" = ") {
        Some(("command", _)) => "command = \"cat written\"".to_owned(),
        Some(("report" | "start" | "connect", _)) => String::new(),
        _ => line.to_owned(),
    };
    toml.lines().map(line).collect::<Vec<_>>().join("\n")
}
