//! Measured quantities through the command line: a gain is proven in coin-ordered pairs, everything else is refused.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use kaizen_testkit::measured::SETTINGS;
use kaizen_testkit::project::Project;
use kaizen_testkit::traces::{nothing_left, sql};

const KAIZEN: &str = env!("CARGO_BIN_EXE_kaizen");

const BETTER: (&str, &str) = ("better", "echo 70 > src/cost.txt");

#[test]
fn a_gain_is_proven_in_pairs_promoted_and_its_effect_measured_afterwards() {
    let project = Project::measured(KAIZEN, &[BETTER]);
    let said = project.kaizen(["improve", "--cycles", "1"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.out.contains("cost: one pair varies by") && said.out.contains("a trial can prove"), "{said:?}");
    assert!(said.out.contains("PROMOTED  v1") && said.out.contains("12 fixed pairs after the promotion"), "{said:?}");
    assert_eq!(project.git(["show", "kaizen/measured:src/cost.txt"]).trim(), "70");
    let message = project.git(["show", "-s", "--format=%B", "kaizen/measured"]);
    assert!(message.contains("evidence") && !message.contains("points 0"), "{message}");
    let explained = project.kaizen(["explain", "v1"]);
    assert!(explained.out.contains("measured AFTER the promotion") && explained.out.contains("hold-out: "), "{explained:?}");
    assert!(explained.out.contains("proof       100 %") && !explained.out.contains("alpha"), "{explained:?}");
    let quantity = project.kaizen(["explain", "v1", "--json"]).result()["quantity"].clone();
    told_pair_by_pair(&project.kaizen(["explain", "v1", "-v"]).out, &quantity);
    let change = quantity["effect"]["change"].as_f64().unwrap();
    assert!((-0.36..-0.24).contains(&change), "70 of 100 is 30 % less: {quantity}");
    assert_eq!(project.kaizen(["replay", "v1"]).code, Some(0));
    let unpaired = "SELECT COUNT(*) FROM sample s WHERE stage IN ('dev', 'holdout', 'effect') AND NOT EXISTS \
        (SELECT 1 FROM coin c WHERE c.trial_id = s.trial_id AND c.stage = s.stage AND c.pair = s.pair)";
    assert_eq!(sql(&project, unpaired), "0", "every run of a pair has its coin");
    assert_eq!(sql(&project, "SELECT COUNT(DISTINCT first) FROM coin"), "2", "the coin falls both ways");
    let pairs: u64 = sql(&project, "SELECT COUNT(*) FROM coin WHERE stage <> 'effect'").trim().parse().unwrap();
    let calibrated: u64 = sql(&project, "SELECT COUNT(*) FROM calibration").trim().parse().unwrap();
    assert!(pairs >= 8, "{pairs}");
    assert_eq!(calibrated, 30 + pairs / 8, "before every eighth pair one of the unchanged project against itself");
    let stages = quantity["stages"].as_array().unwrap();
    assert!(stages.iter().chain([&quantity["effect"]]).all(|stage| stage["measured_again"].is_u64()), "{quantity}");
    nothing_left(&project);
}

/// With `-v` every stage and guardrail shows n, d, the evidence so far and what it has to reach, after the ticket that set the bar.
fn told_pair_by_pair(told: &str, quantity: &serde_json::Value) {
    let (epoch, stages) = (&quantity["ticket"]["epoch"], quantity["stages"].as_array().unwrap());
    let ticket = format!("ticket      epoch {epoch} (20");
    assert!(told.contains(&ticket) && told.contains("t = 1, alpha = 5.0e-5: both stages together have to reach 1/alpha = 20000"), "{told}");
    let guardrails = quantity["guardrails"].as_array().unwrap();
    assert!(stages.len() == 2 && !guardrails.is_empty(), "{quantity}");
    let mut rows = told.lines().map(str::trim_start);
    for (values, of) in stages.iter().map(|one| (&one["differences"], one)).chain(guardrails.iter().map(|one| (&one["harms"], one))) {
        let needed = of["needed"].as_f64().unwrap().exp();
        assert!(rows.any(|row| row.starts_with("n ") && row.contains(&format!("has to reach {needed:.0}"))), "{needed} {told}");
        let (values, logs) = (values.as_array().unwrap(), of["log_evidence"].as_array().unwrap());
        assert!(!values.is_empty() && values.len() == logs.len(), "{of}");
        for (place, value) in values.iter().enumerate() {
            let row: Vec<&str> = rows.next().unwrap().split_whitespace().collect();
            let expected = [format!("{}", place + 1), format!("{:+.4}", value.as_f64().unwrap())];
            assert_eq!(&row[..2], &expected.each_ref().map(String::as_str), "{told}");
            assert!(
                row[2].parse::<f64>().unwrap() > 0.0 && (place != 3 || row.len() == 3 || row[3..].join(" ") == "given up below 0.3"),
                "{told}"
            );
        }
    }
    assert_eq!(told.matches("given up below 0.3\n").count(), 2, "the futility line of both stages: {told}");
}

#[test]
fn instructions_are_measured_or_refused_by_name_and_never_replaced() {
    let project = Project::measured(KAIZEN, &[]);
    let told = project.kaizen(["measure", "--pairs", "0", "--json"]).result()["quietness"].clone();
    assert_eq!(told["measured_again"], 0, "{told}");
    let absent = told["hardware_instruction_counts"].as_str().unwrap().starts_with("absent on this machine (");
    project.configure("[[metric]]\nname = \"work\"\nsource = \"instructions\"\ndirection = \"lower\"\nrole = \"guardrail\"\n");
    let said = project.kaizen(["measure", "--runs", "1", "--pairs", "0"]);
    if absent {
        assert_eq!(said.code, Some(3), "{said:?}");
        assert!(
            said.err.contains("[[metric]] work: source = \"instructions\"") && said.err.contains("absent on this machine ("),
            "{said:?}"
        );
        assert!(said.err.contains("hint: ") && said.err.contains("source = \"time\""), "the mend is named: {said:?}");
    } else {
        assert!(said.code == Some(0) && said.out.contains("work"), "{said:?}");
    }
}

#[test]
fn what_the_machine_tells_of_itself_is_said_where_a_quantity_is_measured() {
    let project = Project::measured(KAIZEN, &[]);
    let said = project.kaizen(["measure", "--pairs", "0"]);
    assert!(said.out.contains("processor frequency: "), "{said:?}");
    assert!(said.out.contains("hardware instruction counts: ") || said.out.contains("instructions: "), "{said:?}");
}

#[test]
fn what_is_no_gain_or_games_what_is_visible_is_refused() {
    let programs = [
        ("a-same", "echo 100.0 > src/cost.txt"),
        ("b-worse", "echo 110 > src/cost.txt"),
        ("c-games", "echo 0.7 > src/shown.txt"),
        ("d-breaks", "echo 50 > src/cost.txt; echo no > src/right.txt"),
        ("e-hides", "echo none > src/cost.txt"),
        ("f-zero", "echo 0 > src/cost.txt"),
    ];
    let project = Project::measured(KAIZEN, &programs);
    let said = project.kaizen(["improve"]);
    assert_eq!((said.code, project.git(["for-each-ref", "--format=%(refname:short)"]).as_str()), (Some(1), "main"), "{said:?}");
    let end = |hypothesis: &str| {
        let shown = project.kaizen(["explain", hypothesis, "--json"]).result();
        format!("{} {} {}", shown["state"], shown["reasons"], shown["reason"])
    };
    for (hypothesis, why) in [("h1", "more would not help"), ("h2", "more would not help"), ("h3", "hold-out: ")] {
        assert!(end(hypothesis).contains("rejected") && end(hypothesis).contains(why), "{hypothesis}: {}", end(hypothesis));
    }
    let tried = sql(&project, "SELECT outcome FROM tried ORDER BY at");
    assert!(tried.contains("lost right") && tried.contains("its source names no number"), "{tried}");
    assert!(end("h6").contains("has no ratio") || tried.contains("has no ratio"), "{} {tried}", end("h6"));
}

#[test]
fn a_trial_that_was_killed_goes_on_with_its_ticket_coins_and_evidence() {
    let project = Project::measured(KAIZEN, &[BETTER]);
    for step in ["cycle.coin", "cycle.sample", "cycle.ticket"] {
        project.kaizen_with_fault(["improve", "--cycles", "1"], &format!("{step}:abort"));
    }
    let coins = sql(&project, "SELECT stage, pair, first FROM coin ORDER BY stage, pair");
    assert!(!coins.is_empty());
    assert_eq!(project.kaizen(["improve", "--cycles", "1"]).code, Some(0));
    assert_eq!(sql(&project, "SELECT COUNT(*) FROM ticket"), "1");
    let after = sql(&project, "SELECT stage, pair, first FROM coin ORDER BY stage, pair");
    assert!(coins.lines().all(|coin| after.lines().any(|later| later == coin)), "{coins}\n{after}");
    assert_eq!(project.kaizen(["replay", "v1"]).code, Some(0));
}

#[test]
fn an_effect_that_was_killed_is_finished_by_the_next_run_with_the_pairs_it_has() {
    let project = Project::measured(KAIZEN, &[BETTER]);
    let recorded = || sql(&project, "SELECT trial_id, pair, arm, place, measured FROM sample WHERE stage = 'effect' ORDER BY place");
    let coins = || sql(&project, "SELECT pair, first FROM coin WHERE stage = 'effect' ORDER BY pair");
    for step in ["effect.coin", "effect.sample"] {
        let killed = project.kaizen_with_fault(["improve", "--cycles", "1"], &format!("{step}:abort"));
        assert_eq!(killed.code, None, "{step}: {killed:?}");
    }
    let (before, tossed) = (recorded(), coins());
    assert_eq!((before.lines().count(), tossed.lines().count()), (1, 1), "{before}");
    assert_eq!(project.kaizen(["explain", "v1", "--json"]).result()["quantity"]["effect"], serde_json::Value::Null);
    let said = project.kaizen(["improve", "--cycles", "1"]);
    assert!(said.out.contains("going on with the effect of v1") && said.out.contains("12 fixed pairs after the promotion"), "{said:?}");
    let after = recorded();
    assert!(after.starts_with(&before) && after.lines().count() == 24 && coins().starts_with(&tossed), "{before}\n{after}");
    let change = project.kaizen(["explain", "v1", "--json"]).result()["quantity"]["effect"]["change"].as_f64().unwrap();
    assert!((-0.36..-0.24).contains(&change), "70 of 100 is 30 % less: {change}");
    assert_eq!((sql(&project, "SELECT COUNT(*) FROM version").as_str(), project.kaizen(["replay", "v1"]).code), ("1", Some(0)));
    assert!(!project.kaizen(["improve", "--cycles", "1"]).out.contains("going on with"), "it is finished");
}

#[test]
fn measuring_says_beforehand_what_can_be_proven() {
    let project = Project::measured(KAIZEN, &[]);
    let said = project.kaizen(["measure", "--pairs", "12"]);
    assert!(said.code == Some(0) && said.out.contains("(5 pairs, rough)") && said.out.contains("effect   pairs   time"), "{said:?}");
    let noise = project.kaizen(["measure", "--json"]).result()["noise"][0].clone();
    assert_eq!((&noise["metric"], &noise["role"], &noise["pairs"]), (&"cost".into(), &"objective".into(), &30.into()), "{noise}");
    let scale = noise["noise"].as_f64().unwrap();
    assert!((0.01..0.08).contains(&scale), "two runs of spread 2.1 %: {noise}");
    assert_eq!(noise["table"].as_array().unwrap().len(), 7);
    // Thirty pairs are known now: nothing is measured again but what was asked for.
    assert_eq!(project.kaizen(["measure", "--json"]).result()["noise"][0]["pairs"], 30);
}

#[test]
fn a_guardrail_that_noise_hides_is_refused_before_the_night_and_two_objectives_are_an_error() {
    let project = Project::measured(KAIZEN, &[BETTER]);
    project.configure(
        "[[metric]]\nname = \"size\"\nsource = \"json:.cost\"\ndirection = \"lower\"\nrole = \"guardrail\"\nmax_regression = \"0.1%\"\n",
    );
    let said = project.kaizen(["improve"]);
    assert!(said.code == Some(4) && said.err.contains("size") && said.err.contains("cannot be proven here"), "{said:?}");
    assert!(said.err.contains("max_regression"), "the mend is named: {said:?}");
    let text = project
        .read("kaizen.toml")
        .replace("role = \"guardrail\"", "role = \"objective\"")
        .replace("direction = \"lower\"\n\n", "direction = \"lower\"\nrole = \"objective\"\n\n");
    project.write("kaizen.toml", text);
    let said = project.kaizen(["improve"]);
    assert!(said.code == Some(2) && said.err.contains("two objectives"), "{said:?}");
}

#[test]
fn a_benchmark_can_be_kept_to_one_processor() {
    let project = Project::measured(KAIZEN, &[]);
    project.write("bench.sh", "echo \"{\\\"metric\\\": \\\"cost\\\", \\\"value\\\": $(nproc)}\"\n");
    project.configure("[limits]\nprocessors = \"0\"\n");
    let measured = project.kaizen(["measure", "--runs", "1", "--pairs", "0", "--json"]).result();
    assert_eq!(measured["metrics"]["cost"], 1.0, "{measured}");
    project.configure("processors = \"one\"\n");
    let wrong = project.read("kaizen.toml").replace("processors = \"0\"\n", "");
    project.write("kaizen.toml", wrong);
    let said = project.kaizen(["measure"]);
    assert!(said.code == Some(2) && said.err.contains("limits.processors"), "{said:?}");
}

#[test]
fn a_quantity_nobody_works_on_costs_nothing_and_is_no_failure() {
    let project = Project::measured(KAIZEN, &[]);
    let said = project.kaizen(["improve"]);
    assert!(said.code == Some(0) && said.out.contains("nothing here works on quantities"), "{said:?}");
    assert_eq!(sql(&project, "SELECT COUNT(*) FROM calibration"), "0", "its noise is not measured for nobody");
}

#[test]
fn a_preset_changes_what_is_asked_for_and_never_the_evidence() {
    let project = Project::measured(KAIZEN, &[("small", "echo 96 > src/cost.txt")]);
    project.configure("[gate]\npreset = \"sophia\"\n");
    let said = project.kaizen(["improve"]);
    assert_eq!(said.code, Some(1), "4 % are less than sophia's 10 %, whatever the luck of a few pairs: {said:?}");
    let explained = project.kaizen(["explain", "h1", "--json"]).result();
    assert_eq!(explained["quantity"]["min_gain"], 0.1, "{explained}");
}

#[test]
fn settings_are_tuned_in_one_study_and_only_the_winner_takes_a_ticket() {
    let project = Project::tunable(KAIZEN);
    let killed = project.kaizen_with_fault(["improve", "--cycles", "1"], "study.told:abort");
    assert_ne!(killed.code, Some(0), "{killed:?}");
    let said = project.kaizen(["improve", "--cycles", "1"]);
    assert!(said.code == Some(0) && said.out.contains("PROMOTED  v1"), "{said:?}");
    assert_eq!(sql(&project, "SELECT COUNT(*) FROM ticket"), "1", "one study is one ticket");
    let runs = project.kaizen(["study", "h1", "--json"]).result()["runs"].as_array().unwrap().clone();
    let settings: std::collections::BTreeSet<String> = runs.iter().map(|run| run["settings"].to_string()).collect();
    let tried = project.kaizen(["show", "h1", "--json"]).result()["candidates_tried"].clone();
    assert_eq!(tried, settings.len(), "every combination that ran is a candidate that was tried");
    let tuned = project.git(["show", "kaizen/measured:settings.yaml"]);
    let entries: u64 = tuned.split("entries: ").nth(1).unwrap().split_whitespace().next().unwrap().parse().unwrap();
    assert!(entries >= 256, "{tuned}");
    let shape = |text: &str| text.chars().filter(|c| !c.is_ascii_digit()).collect::<String>().replace("process", "thread");
    assert_eq!(shape(&tuned), shape(SETTINGS.trim_end_matches('\n')), "every other byte is kept");
    let explained = project.kaizen(["explain", "v1"]);
    assert!(explained.out.contains("settings.yaml  cache.entries 16 -> "), "{explained:?}");
    assert_eq!(
        project.kaizen(["versions", "config", "--json"]).result()["versions"][0]["id"],
        "v1",
        "a version of the settings, not of code"
    );
    let study = project.kaizen(["study", "v1"]);
    assert!(
        study.out.contains("importance") && study.out.contains('•') && study.out.contains("best so far   cache.entries = "),
        "{study:?}"
    );
    let shown = project.kaizen(["study", "v1", "--json"]).result();
    assert!(shown["importance"]["cache.entries"].as_f64() > shown["importance"]["pool.kind"].as_f64(), "{shown}");
    let journal = project.kaizen(["study", "v1", "--journal"]).out;
    assert_eq!(journal.lines().count(), shown["runs"].as_array().unwrap().len() + 1, "one line for the study and one a run");
    assert!(journal.lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()), "{journal}");
    assert_eq!(project.kaizen(["replay", "v1"]).code, Some(0));
}

#[test]
fn a_mended_case_does_not_pay_for_a_broken_guardrail() {
    let slow = ("a-slow", "echo yes > src/right.txt; echo 140 > src/cost.txt");
    let project = Project::measured(KAIZEN, &[slow, ("b-right", "echo yes > src/right.txt")]);
    project.write("src/right.txt", "no\n");
    let text =
        project.read("kaizen.toml").replace("name = \"cost\"\n", "name = \"cost\"\nrole = \"guardrail\"\nmax_regression = \"10%\"\n");
    project.write("kaizen.toml", text);
    project.commit("A failing case and a guardrail");
    let said = project.kaizen(["improve"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    let reasons = |id: &str| project.kaizen(["explain", id, "--json"]).result()["reasons"].to_string();
    assert!(reasons("h1").contains("BROKEN"), "{}", reasons("h1"));
    assert!(
        reasons("v1").contains("cost") && reasons("v1").contains("passed") && reasons("v1").contains("gained 1 case"),
        "{}",
        reasons("v1")
    );
    assert_eq!(project.git(["show", "kaizen/measured:src/cost.txt"]).trim(), "100");
    for id in ["h1", "v1"] {
        assert_eq!(project.kaizen(["replay", id]).code, Some(0), "{id}");
    }
}

#[test]
fn a_policy_of_ones_own_is_checked_and_asked_for() {
    let project = Project::measured(KAIZEN, &[BETTER]);
    let plain = project.read("kaizen.toml");
    for (own, expected) in [("max_error_rate_increase = \"0%\"", "gate.max_error_rate_increase"), ("max_pairs = 2", "gate.max_pairs")] {
        project.write("kaizen.toml", format!("{plain}\n[gate]\n{own}\n"));
        let said = project.kaizen(["improve"]);
        assert!(said.code == Some(2) && said.err.contains(expected), "{own}: {said:?}");
    }
    project.write("kaizen.toml", format!("{plain}\n[gate]\nstrict = true\nmax_latency_increase = \"400%\"\nrequired_task_count = 40\n"));
    project.commit("A policy");
    let said = project.kaizen(["improve", "--cycles", "1"]);
    assert!(said.code == Some(0) && said.out.contains("limit +400.0 %"), "{said:?}");
    let stages = project.kaizen(["explain", "v1", "--json"]).result()["quantity"]["stages"].clone();
    let holdout = &stages[1]["log_evidence"].as_array().unwrap();
    assert!(holdout.last().unwrap().as_f64() >= Some(20_000f64.ln()), "the hold-out alone brings it all: {stages}");
    assert!(stages[0]["pairs"].as_u64().unwrap() + stages[1]["pairs"].as_u64().unwrap() >= 40, "{stages}");
}

#[test]
fn the_benchmarks_own_command_is_tuned_and_a_person_is_asked() {
    let project = Project::tunable_command(KAIZEN);
    let said = project.kaizen(["improve", "--cycles", "1", "--auto"]);
    assert!(said.code == Some(5) && said.out.contains("changes the benchmark's own command"), "{said:?}");
    assert_eq!(project.kaizen(["approve", "h1"]).code, Some(0));
    let text = project.git(["show", "kaizen/measured:kaizen.toml"]);
    assert!(text.contains("command = \"MODE=fast sh bench.sh --jobs ") && text.contains("# as ever"), "{text}");
    let change = project.kaizen(["explain", "v1", "--json"]).result()["quantity"]["effect"]["change"].as_f64().unwrap();
    assert!(change < -0.3, "{change}");
}

#[test]
fn settings_that_cannot_be_tuned_are_said_with_their_mend() {
    for (wrong, right, expected) in [
        ("entries: 16 ", "entries: 5 ", "cache.entries"),
        ("entries: 16 ", "entris: 16 ", "cache.entries"),
        ("entries: 16 ", "entries: [16] ", "cache.entries"),
    ] {
        let project = Project::tunable(KAIZEN);
        project.write("settings.yaml", SETTINGS.replace(wrong, right));
        project.commit("Something else in the file");
        let said = project.kaizen(["improve", "--cycles", "1"]);
        assert!(said.code == Some(2) && said.err.contains(expected) && said.err.contains("hint: "), "{right}: {said:?}");
    }
}
