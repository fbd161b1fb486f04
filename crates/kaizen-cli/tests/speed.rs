//! Code is made cheaper through the command line: `mutate` works on a quantity as it does on failing cases, and the gate decides.
//!
//! The quantity is counted by the benchmark itself (comparisons of the values it hands over), so that no test depends on a clock.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use kaizen_engine::trial::adapter::{PROFILER, profiled};
use kaizen_engine::trial::judge::profile::Profile;
use kaizen_testkit::project::Project;
use kaizen_testkit::traces::{nothing_left, sql};
use std::path::Path;
use std::process::Command;

const KAIZEN: &str = env!("CARGO_BIN_EXE_kaizen");

const SLOW: &str = "def unique(values):
    out = []
    for value in values:
        if value not in out:
            out.append(value)
    return out


def doubled(values):
    out = []
    for value in values:
        out.append(value * 2)
    return out
";

const BENCH: &str = "import json
import sys

sys.path.insert(0, 'src')
from unique import doubled, unique


class Counted:
    seen = 0

    def __init__(self, number):
        self.number = number

    def __eq__(self, other):
        Counted.seen += 1
        return self.number == other.number

    def __hash__(self):
        return hash(self.number)


found = unique([Counted(number * 7 % 120) for number in range(240)])
right = [one.number for one in found] == [number * 7 % 120 for number in range(120)] and doubled([1, 2]) == [2, 4]
print(json.dumps({'id': 'right', 'passed': right}))
print(json.dumps({'metric': 'work', 'value': 500 + Counted.seen}))
";

/// A launcher in a version manager costs more than the benchmark.
fn python() -> &'static str {
    if Path::new("/usr/bin/python3").exists() { "/usr/bin/python3" } else { "python3" }
}

/// A project whose benchmark counts its work; it has no tests but the case of the benchmark and one declared check.
fn counted(source: &str) -> Project {
    let project = Project::new(KAIZEN);
    project.write("src/unique.py", source);
    project.write("bench.py", BENCH);
    project.write(
        "check.py",
        "import sys\nsys.path.insert(0, 'src')\nfrom unique import unique\nassert unique([3, 1, 3, 2, 1]) == [3, 1, 2]\n",
    );
    let python = python();
    let text = format!(
        "[project]
name = \"counted\"

[benchmark]
command = \"{python} bench.py\"
format = \"json\"
protect = [\"bench.py\", \"check.py\"]
checks = [\"{python} check.py\"]

[[metric]]
name = \"work\"
source = \"json:.work\"
direction = \"lower\"
role = \"objective\"

# Nothing here may depend on a clock.
[[metric]]
name = \"seconds\"
source = \"time\"
direction = \"lower\"
role = \"guardrail\"
max_regression = \"900%\"

[[metric]]
name = \"memory\"
source = \"max-rss\"
direction = \"lower\"
role = \"guardrail\"
max_regression = \"100%\"

[levers.code]
files = [\"src/**/*.py\"]
"
    );
    project.write("kaizen.toml", text);
    project.commit("A counted project");
    project
}

#[test]
fn a_quadratic_program_is_made_cheaper_by_an_edit_that_the_gate_believes_and_its_checks_still_pass() {
    let project = counted(SLOW);
    let killed = project.kaizen_with_fault(["improve", "--only", "mutate"], "speed.screened:abort");
    assert_eq!(killed.code, None, "{killed:?}");
    let killed = project.kaizen_with_fault(["improve", "--only", "mutate"], "cycle.sample:abort");
    assert_eq!(killed.code, None, "{killed:?}");
    let said = project.kaizen(["improve"]);
    assert!(said.code == Some(0) && said.out.contains("PROMOTED  v1"), "{said:?}");
    let made = project.git(["show", "kaizen/counted:src/unique.py"]);
    assert!(made.contains("out_seen = set()") && made.contains("out_seen.add(value)"), "{made}");
    let explained = project.kaizen(["explain", "v1"]);
    assert!(explained.out.contains("membership-seen: if value not in out:"), "{explained:?}");
    assert!(explained.out.contains("screened ") && explained.out.contains("profile"), "{explained:?}");
    let told = project.kaizen(["explain", "v1", "--json"]).result();
    let change = told["quantity"]["effect"]["change"].as_f64().unwrap();
    assert!(change < -0.3, "thirty per cent less work at least: {told}");
    assert_eq!(sql(&project, "SELECT COUNT(*) FROM ticket"), "1", "the leader alone takes a ticket");
    assert_eq!(project.kaizen(["replay", "v1"]).code, Some(0));
    let learnt = sql(&project, "SELECT operator, failure, promotions FROM operator_result WHERE promotions > 0");
    assert!(learnt.contains("membership-seen") && learnt.contains("slow"), "{learnt}");
    nothing_left(&project);
}

#[test]
fn a_program_without_slack_gets_nothing_promoted() {
    let lean = SLOW.replace(
        "    out = []\n    for value in values:\n        if value not in out:\n            out.append(value)\n    return out\n",
        "    return list(dict.fromkeys(values))\n",
    );
    let project = counted(&lean);
    let said = project.kaizen(["improve"]);
    assert!(said.code == Some(1) && !said.out.contains("PROMOTED"), "{said:?}");
    assert_eq!(sql(&project, "SELECT COUNT(*) FROM ticket"), "0", "nothing that shows no sign of a gain comes before the gate");
    let tried = sql(&project, "SELECT outcome FROM tried");
    assert!(tried.contains("no gain"), "{tried}");
    let again = project.kaizen(["improve"]);
    assert_eq!(sql(&project, "SELECT outcome FROM tried"), tried, "nothing is screened twice: {again:?}");
}

#[test]
fn where_nothing_would_notice_a_wrong_answer_nothing_is_made_cheaper() {
    let project = counted(SLOW);
    let text = project.read("kaizen.toml");
    let lines = text.lines().filter(|line| !line.starts_with("checks = ")).map(|line| format!("{line}\n"));
    project.write("kaizen.toml", lines.collect::<String>());
    project.write("bench.py", BENCH.replace("print(json.dumps({'id': 'right', 'passed': right}))\n", ""));
    project.commit("Nobody looks at the answers");
    let said = project.kaizen(["improve"]);
    assert!(said.out.contains("only where something would notice a wrong answer"), "{said:?}");
    assert_eq!(sql(&project, "SELECT COUNT(*) FROM calibration"), "0", "its noise is not measured for nobody");
}

/// It runs until the profiler has seen enough of it, however busy the machine is.
const BUSY: &str = "import json
import os
import subprocess
import sys


def hot(rounds):
    total = 0
    for number in range(rounds):
        total += number % 7
    return total


def cold():
    return sum(range(1000))


def until(wanted):
    seen = 0
    while seen < wanted:
        hot(200000)
        cold()
        if os.path.exists(os.environ['KAIZEN_PROFILE']):
            seen = sum(json.loads(line)['profile']['samples'] for line in open(os.environ['KAIZEN_PROFILE']))


if len(sys.argv) > 1:
    until(40)
    os._exit(0)
subprocess.run([sys.executable, __file__, 'child'], check=True)
until(80)
";

#[test]
fn a_profile_finds_the_function_in_which_a_command_and_its_children_spend_their_time() {
    let room = tempfile::tempdir().unwrap();
    let (judge, root, report) = (room.path().join("judge"), room.path().join("project"), room.path().join("report"));
    for directory in [&judge, &root] {
        std::fs::create_dir(directory).unwrap();
    }
    for (name, content) in PROFILER {
        std::fs::write(judge.join(name), content).unwrap();
    }
    std::fs::write(root.join("busy.py"), BUSY).unwrap();
    let invocation = profiled(&format!("PYTHONPATH=src {} busy.py", python()), &judge, &root, &report, "secret");
    let mut command = Command::new(&invocation.argv[0]);
    let ended = command.args(&invocation.argv[1..]).envs(invocation.env).current_dir(&root).status().unwrap();
    assert!(ended.success());
    let profile = Profile::read(&std::fs::read(&report).unwrap(), "secret");
    let hottest = profile.hottest(1);
    assert!(profile.says_something() && hottest[0].0 == "busy.py hot", "{profile:?}");
    assert!(profile.share("busy.py", 7..12) > profile.share("busy.py", 14..16), "{profile:?}");
    assert_eq!(profile.share("other.py", 1..99), 0.0);
    assert_eq!(Profile::read(&std::fs::read(&report).unwrap(), "forged"), Profile::default());
}
