//! The benchmarking tools: reports the real tools wrote, what must never look like a measurement, and the tools themselves where they
//! are installed (those from the package index are installed once).

use super::bench::{NONCE, Project, assert_fault};
use super::captured::Seen;
use kaizen_domain::scorecard::{CaseId, CaseOutcome, RunFault};
use kaizen_engine::trial::adapter::Reading;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

macro_rules! report {
    ($name:literal) => {
        include_str!(concat!("reports/", $name))
    };
}

fn ended(format: &str, code: i32, stdout: &str, report: Option<&str>) -> Result<Reading, RunFault> {
    Seen { report: report.map(|text| text.as_bytes().to_vec()), ..Seen::stdout(code, stdout) }.read(format)
}

/// A run that wrote this report.
fn reported(format: &str, report: &str) -> Result<Reading, RunFault> {
    ended(format, 0, "", Some(report))
}

/// A run that printed this.
fn printed(format: &str, stdout: &str) -> Result<Reading, RunFault> {
    ended(format, 0, stdout, None)
}

/// The benchmarks and what else was told of them, without what the supervisor measured.
fn told(reading: &Reading) -> BTreeMap<&str, f64> {
    let own = |name: &str| ["seconds", "max_rss_bytes"].contains(&name);
    reading.metrics.iter().map(|(name, value)| (name.as_str(), *value)).filter(|(name, _)| !own(name)).collect()
}

#[track_caller]
fn assert_told(reading: &Reading, expected: &[(&str, f64)]) {
    let seen = told(reading);
    let near = |one: &f64, other: &f64| (one - other).abs() <= 1e-12 * other.abs();
    let same = seen.len() == expected.len() && expected.iter().all(|(name, value)| seen.get(name).is_some_and(|seen| near(seen, value)));
    assert!(same, "{seen:?}");
    let benchmarks = seen.keys().filter(|name| name.starts_with("bench:") || name.starts_with("rate:")).count();
    assert_eq!(reading.cases.len(), benchmarks, "each benchmark is a case");
    assert!(reading.cases.values().all(|case| case.outcome == CaseOutcome::Pass));
}

#[track_caller]
fn assert_unreadable(read: Result<Reading, RunFault>, part: &str) {
    assert_fault(&read.unwrap_err(), "Unreadable", &[part]);
}

/// A report cut off anywhere but in its last white space is a fault, or tells all the same.
fn cut_anywhere(format: &str, text: &str, whole: &Reading, run: impl Fn(&str) -> Result<Reading, RunFault>) {
    for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
        if let Ok(reading) = run(&text[..end]) {
            assert_eq!(told(&reading), told(whole), "{format} cut at {end}");
        }
    }
}

#[test]
fn both_versions_of_hyperfine_are_read() {
    let one = reported("hyperfine", report!("hyperfine-1.15.json")).unwrap();
    assert_told(&one, &[("bench:parse", 0.030646963000000003), ("bench:python3 -c \"print(sum(range(1000)))\"", 0.466944197)]);
    assert_eq!(one.cases[&CaseId("parse".into())].duration, Some(Duration::from_nanos(30_646_963)));
    let parameters = reported("hyperfine", report!("hyperfine-1.15-parameters.json")).unwrap();
    assert_told(&parameters, &[("bench:scan (n = 1)", 0.01414715214), ("bench:scan (n = 2)", 0.01995659864)]);
    let two = reported("hyperfine", report!("hyperfine-2.0.json")).unwrap();
    assert_eq!(two.cases.len(), 2);
    assert!(told(&two)["bench:parse"] > 0.0, "{two:?}");
    cut_anywhere("hyperfine", report!("hyperfine-2.0.json"), &two, |text| reported("hyperfine", text));
    cut_anywhere("hyperfine", report!("hyperfine-1.15.json"), &one, |text| reported("hyperfine", text));
}

#[test]
fn a_hyperfine_that_measured_a_failure_or_nothing_is_a_fault() {
    let one = |mean: &str, codes: &str| {
        reported("hyperfine", &format!(r#"{{"results":[{{"command":"x","mean":{mean},"exit_codes":{codes}}}]}}"#))
    };
    assert!(one("0.5", "[0]").is_ok());
    assert_unreadable(one("0.5", "[1]"), "exit code 1: how fast something failed says nothing");
    assert_unreadable(one("0.5", "[null]"), "a signal ended it");
    assert_unreadable(one("0.5", "[]"), "no run is reported");
    assert_unreadable(one("-0.5", "[0]"), "x: -0.5 s is no measurement");
    assert_unreadable(one("0", "[0]"), "no time at all");
    assert_unreadable(one("NaN", "[0]"), "expected value");
    assert_unreadable(one("null", "[0]"), "x: no mean is reported");
    let row = r#"{"command":"x","mean":1,"exit_codes":[0]}"#;
    assert_unreadable(reported("hyperfine", &format!(r#"{{"results":[{row},{row}]}}"#)), "x (): measured twice");
    assert_unreadable(reported("hyperfine", &format!("{{\"results\":[{row}]}}\n{{\"results\":[{row}]}}")), "x: measured twice");
    assert_fault(&reported("hyperfine", "{\"results\":[]}").unwrap_err(), "NothingRan", &["hyperfine reported no benchmark"]);
    assert_fault(&printed("hyperfine", "all fine").unwrap_err(), "NothingRan", &["all fine"]);
    assert_fault(&ended("hyperfine", 1, "", Some(report!("hyperfine-1.15.json"))).unwrap_err(), "Incomplete", &["exit code 1"]);
}

#[test]
fn hyperfine_runs_each_command_once_wherever_it_is_called() {
    let Some(hyperfine) = installed("hyperfine") else { return };
    let project = Project::new(
        "hyperfine",
        &[
            ("Makefile", "bench:\n\thyperfine -w 3 --runs=7 --export-json own.json -N -n slow 'sh tick.sh slow'\n"),
            ("tick.sh", "echo $1 >>ticks\n"),
        ],
    );
    let reading = project.read("make bench && hyperfine -r 5 --min-runs 4 -N --prepare 'sh tick.sh prepare' 'sh tick.sh fast'");
    let names: Vec<String> = reading.cases.keys().map(ToString::to_string).collect();
    assert_eq!(names, ["sh tick.sh fast", "slow"], "{}", hyperfine.display());
    assert_eq!(std::fs::read_to_string(project.root().join("ticks")).unwrap(), "slow\nprepare\nfast\n");
    assert!(std::fs::read_to_string(project.root().join("own.json")).unwrap().contains("slow"), "the project's own export is there");
    assert_fault(&project.fault("hyperfine -N -i 'sh -c \"exit 3\"'"), "Unreadable", &["exit code 3"]);
    assert_fault(&project.fault("hyperfine -N 'sh -c \"exit 3\"'"), "Incomplete", &["exit code 1"]);
}

/// Where a tool is installed; says that it is not where it is not.
fn installed(tool: &str) -> Option<std::path::PathBuf> {
    let path = std::env::var_os("PATH").unwrap();
    let found = std::env::split_paths(&path).map(|directory| directory.join(tool)).find(|file| file.is_file());
    if found.is_none() {
        println!("skipped: {tool} is not installed here");
    }
    found
}

#[test]
fn google_benchmark_is_read_with_repetitions_and_counters() {
    let old = reported("google-benchmark", report!("google-benchmark-1.7.json")).unwrap();
    let sum = f64::midpoint(8.7102769258713e-2, 1.1761379096043e-1) * 1e-6;
    let cpu = f64::midpoint(8.4597230925739e-2, 9.2590152663649e-2) * 1e-6;
    let expected = [
        ("bench:BM_Concat/8", 7.221248607329e-9),
        ("BM_Concat/8 cpu", 5.3861806190912e-9),
        ("BM_Concat/8 bytes_per_second", 1.4852825342775e9),
        ("bench:BM_Concat/512", 3.3643842098376e-8),
        ("BM_Concat/512 cpu", 2.4550600498983e-8),
        ("BM_Concat/512 bytes_per_second", 2.0854887033057e10),
        ("bench:BM_Sum/repeats:2", sum),
        ("BM_Sum/repeats:2 cpu", cpu),
        ("BM_Sum/repeats:2 items", 1000.0),
    ];
    assert_told(&old, &expected);
    let new = reported("google-benchmark", report!("google-benchmark-1.9.json")).unwrap();
    assert_eq!((new.cases.len(), told(&new)["joined/10 parts"]), (3, 10.0));
    cut_anywhere("google-benchmark", report!("google-benchmark-1.9.json"), &new, |text| reported("google-benchmark", text));
}

#[test]
fn a_google_benchmark_that_failed_or_repeats_itself_is_a_fault() {
    assert_unreadable(reported("google-benchmark", report!("google-benchmark-1.7-error.json")), "BM_Err: no file");
    let rows = |rows: &str| reported("google-benchmark", &format!(r#"{{"benchmarks":[{rows}]}}"#));
    let row = r#"{"name":"a","run_type":"iteration","repetitions":1,"real_time":1,"time_unit":"ns"}"#;
    assert!(rows(row).is_ok());
    assert_unreadable(rows(&format!("{row},{row}")), "a: 2 of 1 repetitions");
    assert_unreadable(rows(&row.replace(":1,\"real", ":3,\"real")), "a: 1 of 3 repetitions");
    assert_unreadable(rows(&row.replace("\"real_time\":1,", "")), "no real_time");
    assert_unreadable(rows(&row.replace("\"real_time\":1,", "\"skipped\":true,\"real_time\":1,")), "a: it was skipped");
    assert_unreadable(rows(&row.replace(":1,\"time_unit", ":NaN,\"time_unit")), "expected value");
    let aggregates = report!("google-benchmark-1.7.json")
        .replace("\"run_type\": \"iteration\",\n      \"repetitions\": 2", "\"run_type\": \"aggregate\",\n      \"repetitions\": 2");
    let reading = reported("google-benchmark", &aggregates).unwrap();
    let mean = told(&reading)["bench:BM_Sum/repeats:2"];
    assert!((mean / 1.023_582_801e-7 - 1.0).abs() < 1e-9, "the mean, where only aggregates are shown: {mean}");
}

#[test]
fn google_benchmarks_python_binding_gets_its_options_by_variables() {
    let venv = environment("google-benchmark-1.9.5", &["google-benchmark==1.9.5"]);
    let speed = "import google_benchmark as benchmark\n\n\n@benchmark.register\ndef count(state):\n    while state:\n        sum(range(100))\n\n\nbenchmark.main()\n";
    let project = Project::new("google-benchmark", &[("speed.py", speed)]).with_path(&venv.join("bin"));
    let reading = project.read("python3 speed.py");
    assert_eq!(reading.cases.len(), 1);
    assert!((1e-9..1e-2).contains(&told(&reading)["bench:count"]), "{reading:?}");
}

#[test]
fn go_benchmarks_are_read_by_package_with_all_their_units() {
    let expected = [
        ("bench:example.org/speed BenchmarkSum", 999.6e-9),
        ("example.org/speed BenchmarkSum numbers/op", 1000.0),
        ("bench:example.org/speed/words BenchmarkJoin/n=10", 106.9e-9),
        ("example.org/speed/words BenchmarkJoin/n=10 MB/s", 467.78),
        ("example.org/speed/words BenchmarkJoin/n=10 B/op", 120.0),
        ("example.org/speed/words BenchmarkJoin/n=10 allocs/op", 4.0),
        ("bench:example.org/speed/words BenchmarkJoin/n=100", 2538e-9),
        ("example.org/speed/words BenchmarkJoin/n=100 MB/s", 196.99),
        ("example.org/speed/words BenchmarkJoin/n=100 B/op", 1016.0),
        ("example.org/speed/words BenchmarkJoin/n=100 allocs/op", 7.0),
    ];
    assert_told(&printed("go-bench", report!("go-1.19.txt")).unwrap(), &expected);
    let verbose = printed("go-bench", report!("go-1.19-verbose.txt")).unwrap();
    assert_eq!((verbose.cases.len(), told(&verbose)["bench:example.org/speed BenchmarkSum"]), (3, 1582e-9));
    let many =
        report!("go-1.19.txt").replace("BenchmarkSum-2   \t   32725", "BenchmarkSum     \t   30000\t 1 ns/op\nBenchmarkSum-2   \t   32725");
    let reading = printed("go-bench", &many).unwrap();
    assert!(told(&reading).contains_key("bench:example.org/speed BenchmarkSum-2"), "-cpu 1,2 measures each: {reading:?}");
}

#[test]
fn go_output_that_is_torn_cut_or_double_is_a_fault() {
    let text = report!("go-1.19.txt");
    assert_unreadable(printed("go-bench", &text.replacen("PASS\n", "", 1)), "example.org/speed: no PASS");
    assert_unreadable(
        printed("go-bench", &text.replace("  32725\t", "  saying something\n  32725\t")),
        "must not write to standard output",
    );
    assert_unreadable(printed("go-bench", &text.replacen(" allocs/op", "", 1)), "the line is cut off");
    let line = text.lines().find(|line| line.starts_with("BenchmarkSum")).unwrap();
    assert_unreadable(printed("go-bench", &text.replace(line, &format!("{line}\n{line}"))), "BenchmarkSum: measured twice");
    assert_unreadable(printed("go-bench", &text.replace("999.6", "-999.6")), "is no measurement");
    assert_unreadable(printed("go-bench", &text.replace("999.6", "NaN")), "is no measurement");
    assert_fault(&printed("go-bench", "PASS\nok  \texample.org/speed\t0.1s\n").unwrap_err(), "NothingRan", &["no benchmark"]);
    assert_fault(&ended("go-bench", 1, text, None).unwrap_err(), "Incomplete", &["exit code 1"]);
    let lines: Vec<&str> = text.lines().collect();
    for end in 0..lines.len() {
        let read = printed("go-bench", &lines[..end].join("\n")).ok().map(|reading| reading.cases.len());
        // One that ended before the cut is whole; what is missing is missing from the cases.
        let expected = if lines[..end].iter().filter(|line| **line == "PASS").count() == 2 { Some(3) } else { Some(1) };
        let torn = lines[..end].iter().rev().take_while(|line| **line != "PASS").any(|line| line.starts_with("Benchmark"));
        assert_eq!(read, expected.filter(|_| !torn && end > 4), "cut at line {end}");
    }
}

#[test]
fn go_measures_each_benchmark_once_whatever_the_command_says() {
    if installed("go").is_none() {
        return;
    }
    let source = "package speed\n\nimport \"testing\"\n\nfunc BenchmarkNothing(b *testing.B) {\n\tfor i := 0; i < b.N; i++ {\n\t}\n}\n";
    let project = Project::new(
        "go-bench",
        &[
            ("go.mod", "module example.org/speed\n\ngo 1.19\n"),
            ("speed_test.go", source),
            ("Makefile", "bench:\n\tgo test -json -bench=. -count=3 -benchtime 1000x ./...\n"),
        ],
    );
    let cached = "HOME=$PWD GOFLAGS=-mod=mod make -s bench";
    let reading = project.read(cached);
    assert_eq!(told(&reading).into_keys().collect::<Vec<_>>(), ["bench:example.org/speed BenchmarkNothing"]);
}

#[test]
fn pytest_benchmark_measures_briefly_whatever_the_project_says() {
    let speed = "import pytest\n\n\n@pytest.mark.parametrize('n', [10, 100])\ndef test_sum(benchmark, n):\n    assert benchmark(lambda: sum(range(n))) >= 0\n\n\ndef test_once(benchmark):\n    benchmark.pedantic(sorted, args=([3, 1],), rounds=3)\n\n\ndef test_other():\n    pass\n";
    let ini = "[pytest]\naddopts = --benchmark-disable --benchmark-min-rounds=100000\n";
    for (plugin, pytest) in [("4.0.0", "<9"), ("5.3.1", ">=9,<10")] {
        let venv = benchmarking(plugin, pytest);
        let project = Project::new("pytest-benchmark", &[("tests/test_speed.py", speed), ("pytest.ini", ini)]).with_path(&venv.join("bin"));
        let reading = project.read("python3 -m pytest -q --benchmark-warmup=on && python3 -m pytest -q tests/test_speed.py::test_other");
        let names: Vec<&str> = told(&reading).into_keys().collect();
        let expected =
            ["bench:tests/test_speed.py::test_once", "bench:tests/test_speed.py::test_sum[100]", "bench:tests/test_speed.py::test_sum[10]"];
        assert_eq!(names, expected, "{plugin}");
        project.write("tests/test_speed.py", &speed.replace(">= 0", "< 0"));
        assert_fault(&project.fault("python3 -m pytest -q"), "Incomplete", &["exit code 1"]);
        assert_fault(&project.fault("python3 -m pytest -q -k other"), "NothingRan", &["no benchmark of pytest-benchmark was measured"]);
    }
}

/// A virtual environment with these packages, made once.
fn environment(name: &str, packages: &[&str]) -> std::path::PathBuf {
    kaizen_testkit::venv::with_packages(Path::new(env!("CARGO_TARGET_TMPDIR")), name, packages)
}

/// pytest-benchmark of a version with pytest of one.
fn benchmarking(plugin: &str, pytest: &str) -> std::path::PathBuf {
    let packages = [format!("pytest-benchmark=={plugin}"), format!("pytest{pytest}")];
    environment(&format!("pytest-benchmark-{plugin}"), &packages.each_ref().map(String::as_str))
}

#[test]
fn a_session_of_pytest_benchmark_needs_the_secret_and_sound_numbers() {
    let session = |nonce: &str, benchmarks: &str| format!("{{\"benchmarks\": [{benchmarks}], \"nonce\": \"{nonce}\", \"run\": 7}}\n");
    let one = r#"{"fullname": "t.py::a", "mean": 0.5}"#;
    assert_told(&reported("pytest-benchmark", &session(NONCE, one)).unwrap(), &[("bench:t.py::a", 0.5)]);
    let forged = format!("{}{}", session(NONCE, one), session("guess", r#"{"fullname": "t.py::b", "mean": 0.1}"#));
    assert_fault(&reported("pytest-benchmark", &forged).unwrap_err(), "Forged", &["line 2"]);
    assert_unreadable(reported("pytest-benchmark", &session(NONCE, &format!("{one}, {one}"))), "t.py::a: measured twice");
    assert_unreadable(reported("pytest-benchmark", &session(NONCE, &one.replace("0.5", "NaN"))), "expected value");
    assert_unreadable(reported("pytest-benchmark", &session(NONCE, &one.replace("0.5", "-0.5"))), "is no measurement");
    assert_unreadable(reported("pytest-benchmark", &session(NONCE, one)[..40]), "EOF");
    assert_fault(&reported("pytest-benchmark", "").unwrap_err(), "NothingRan", &[]);
}

#[test]
fn criterion_is_read_from_its_estimates_and_from_the_messages_of_cargo_criterion() {
    let collected = reported("criterion", report!("criterion-0.8.jsonl")).unwrap();
    let names: Vec<&str> = told(&collected).into_keys().collect();
    assert_eq!(names, ["bench:empty join", "bench:join/10", "bench:join/100"]);
    assert!(told(&collected).values().all(|seconds| (1e-10..1e-3).contains(seconds)), "nanoseconds become seconds: {collected:?}");
    for (index, _) in report!("criterion-0.8.jsonl").match_indices('\n') {
        let cut = reported("criterion", &report!("criterion-0.8.jsonl")[..index - 3]);
        assert_unreadable(cut, "EOF");
    }
    let message = r#"{"reason":"benchmark-complete","id":"join/10","report_directory":"x","iteration_count":[1],"measured_values":[5.0],"unit":"ns","throughput":[],"typical":{"estimate":5.0,"lower_bound":4.0,"upper_bound":6.0,"unit":"ns"},"mean":{"estimate":5.5,"lower_bound":4.0,"upper_bound":6.0,"unit":"ns"}}"#;
    let group = r#"{"reason":"group-complete","group_name":"join","benchmarks":["join/10"],"report_directory":"x"}"#;
    let read = printed("criterion", &format!("noise\n{message}\n{group}\n")).unwrap();
    assert_told(&read, &[("bench:join/10", 5.0e-9)]);
    assert_unreadable(printed("criterion", &format!("{message}\n{message}")), "join/10: measured twice");
    assert_unreadable(printed("criterion", &message[..200]), "line 1: EOF");
    assert_fault(&printed("criterion", "test result: ok").unwrap_err(), "NothingRan", &["criterion reported no benchmark"]);
}

/// A program that answers as one of Criterion's does, as far as the judge's starter can tell.
const STAND_IN: &str = "#!/bin/sh\n# takes --warm-up-time\necho \"$@\" >>arguments\nnew=\"$CRITERION_HOME/join/new\"\nmkdir -p \"$new\"\n\
    echo '{\"full_id\":\"join\"}' >\"$new/benchmark.json\"\necho '{\"mean\":{\"point_estimate\":250.0}}' >\"$new/estimates.json\"\n";

#[test]
fn the_starter_of_criterions_programs_gives_them_the_smallest_sample_and_a_directory_of_their_own() {
    let stale = ("target/criterion/old/new/estimates.json", "{\"mean\":{\"point_estimate\":1.0}}");
    let project = Project::new("criterion", &[("bench.sh", STAND_IN), ("other.sh", "#!/bin/sh\necho other \"$@\" >>arguments\n"), stale]);
    let starter = "chmod +x bench.sh other.sh; kaizen-criterion ./bench.sh --bench --sample-size 100 -n --baseline main join; kaizen-criterion ./other.sh --bench";
    assert_told(&project.read(starter), &[("bench:join", 250e-9)]);
    let arguments = std::fs::read_to_string(project.root().join("arguments")).unwrap();
    assert_eq!(
        arguments,
        "--bench join --sample-size 10 --warm-up-time 0.1 --measurement-time 0.5 --nresamples 1001 --noplot\nother --bench\n"
    );
}

#[test]
fn cargo_starts_its_benchmarks_through_the_judge() {
    let manifest = "[package]\nname = \"speed\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n[lib]\nbench = false\n\n[[bench]]\nname = \"joins\"\nharness = false\n\n[workspace]\n";
    let bench = "use std::{env, fs, path::PathBuf};\n\nfn main() {\n    // --warm-up-time\n    println!(\"I take --warm-up-time\");\n    let new = PathBuf::from(env::var_os(\"CRITERION_HOME\").unwrap()).join(\"join/new\");\n    fs::create_dir_all(&new).unwrap();\n    fs::write(new.join(\"benchmark.json\"), \"{\\\"full_id\\\":\\\"join\\\"}\").unwrap();\n    fs::write(new.join(\"estimates.json\"), \"{\\\"mean\\\":{\\\"point_estimate\\\":250.0}}\").unwrap();\n}\n";
    let project = Project::new("criterion", &[("Cargo.toml", manifest), ("src/lib.rs", ""), ("benches/joins.rs", bench)]);
    assert_told(&project.read("cargo bench"), &[("bench:join", 250e-9)]);
}

#[test]
fn a_list_of_numbers_is_read_whoever_wrote_it() {
    let list = r#"[{"name": "parse", "unit": "ms", "value": 12.5, "range": "3"}, {"name": "serve", "unit": "req/s", "value": "800"}, {"name": "size", "unit": "kB", "value": 0}]"#;
    let expected = [("bench:parse", 0.0125), ("rate:serve", 800.0), ("bench:size", 0.0)];
    assert_told(&printed("bench-json", list).unwrap(), &expected);
    assert_told(&reported("bench-json", list).unwrap(), &expected);
    cut_anywhere("bench-json", list, &printed("bench-json", list).unwrap(), |text| printed("bench-json", text));
    let refused = [
        (r#"[{"unit": "ms", "value": 1}]"#, "missing field `name`"),
        (r#"[{"name": "", "unit": "ms", "value": 1}]"#, "a benchmark without a name"),
        (r#"[{"name": "a", "value": 1}]"#, "missing field `unit`"),
        (r#"[{"name": "a", "unit": "ms", "value": "fast"}]"#, "a: its value \"fast\" is no number"),
        (r#"[{"name": "a", "unit": "ms", "value": -1}]"#, "a: -1 ms is no measurement"),
        (r#"[{"name": "a", "unit": "ms", "value": 1}, {"name": "a", "unit": "ms", "value": 2}]"#, "a: measured twice"),
        (r#"{"name": "a", "unit": "ms", "value": 1}"#, "invalid type"),
        ("not this", "expected ident"),
    ];
    for (text, why) in refused {
        assert_unreadable(printed("bench-json", text), why);
    }
    assert_fault(&printed("bench-json", "[]").unwrap_err(), "NothingRan", &[]);
}

#[test]
fn a_command_whose_text_is_searched_must_succeed() {
    let project = Project::new("regex", &[]);
    let (run, reading) = project.run_with("echo out; echo took 3 s >&2", None, false);
    assert_eq!((reading.unwrap().cases.len(), run.stdout.as_slice()), (1, &b"out\ntook 3 s\n"[..]));
    assert_fault(&project.fault("echo took 3 s; exit 2"), "Incomplete", &["exit code 2"]);
}

#[test]
fn json_of_any_other_shape_is_one_case_and_ours_with_a_mistake_is_still_refused() {
    for foreign in
        [r#"{"metrics": {"latency": {"p99": 3}}}"#, r#"[{"benchmark": "a", "score": 1}]"#, "{\n \"summary\": {\"rate\": 5}, \"total\": 1}"]
    {
        let reading = printed("json", foreign).unwrap();
        assert_eq!((reading.cases.len(), told(&reading).len()), (1, 0), "{foreign}");
        assert_fault(&ended("json", 1, foreign, None).unwrap_err(), "Incomplete", &[]);
    }
    for ours in [r#"{"metrics": {"latency": "fast"}}"#, r#"{"cases": {"a": 1}}"#, r#"[{"id": "a", "score": 1}]"#, r#"{"speed": "fast"}"#] {
        assert!(matches!(printed("json", ours), Err(RunFault::Unreadable { .. })), "{ours}");
    }
}
