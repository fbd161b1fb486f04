//! Benchmarks and candidates that misbehave, judged by the real binary: nothing of theirs is promoted, each is called
//! by its name, and no process of theirs is left.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use kaizen_testkit::project::{Project, Said};
use serde_json::Value;

const KAIZEN: &str = env!("CARGO_BIN_EXE_kaizen");

const UNITTEST: &str = "python3 -m unittest discover -s tests -t .";

/// A project whose benchmark is `command`, read as `format`; `test` is its only test module.
fn benchmark(command: &str, format: &str, test: &str) -> Project {
    let project = Project::failing_python(KAIZEN);
    project.write("tests/test_calc.py", test);
    let text = format!(
        "[project]\nname = \"calc\"\n\n[benchmark]\ncommand = '''{command}'''\nformat = \"{format}\"\ntimeout = \"30s\"\n\n[limits]\ntrial_memory = \"128MiB\"\n\n[levers.code]\nfiles = [\"src/**/*.py\"]\n"
    );
    project.write("kaizen.toml", text);
    project.commit("A benchmark that misbehaves");
    project
}

/// A test module with one passing case before and one after `body`.
fn cases(body: &str) -> String {
    format!(
        "import os, subprocess, sys, unittest\n\n\nclass Cases(unittest.TestCase):\n    def test_a(self):\n        pass\n\n    def test_b(self):\n        {body}\n\n    def test_c(self):\n        pass\n"
    )
}

/// The command lines of running processes that hold `marker`.
fn survivors(marker: &str) -> Vec<String> {
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    let numbered = entries.filter(|entry| entry.file_name().to_string_lossy().parse::<u32>().is_ok());
    let lines = numbered.filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok());
    lines.map(|line| String::from_utf8_lossy(&line).replace('\0', " ")).filter(|line| line.contains(marker)).collect()
}

/// A word that no other test's processes carry in their arguments.
fn marker(name: &str) -> String {
    format!("kaizen-marker-{name}-{}", std::process::id())
}

/// Python that leaves a detached process behind: two forks and a session of its own.
fn daemon(marker: &str) -> String {
    format!(
        "import os, sys\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        os.execv(sys.executable, [sys.executable, '-c', 'import time; time.sleep(600)', '{marker}'])\n    os._exit(0)\n"
    )
}

fn refused_as_baseline(project: &Project, name: &str, said_of_it: &str, mended_by: &str) {
    let said = project.kaizen(["measure", "--runs", "1"]);
    assert_eq!((said.code, said.out.as_str()), (Some(4), ""), "{name}: {said:?}");
    let (message, hint) = said.err.split_once("\nhint: ").unwrap_or_else(|| panic!("{name}: no hint: {said:?}"));
    assert!(message.starts_with("error: the baseline cannot be measured: ") && message.contains(said_of_it), "{name}: {said:?}");
    assert!(hint.contains(mended_by), "{name}: {said:?}");
}

#[test]
fn a_test_suite_that_ends_badly_is_no_baseline_and_is_called_by_its_name() {
    let alone = "kaizen sandbox -- 'python3 -m unittest discover -s tests -t .'";
    let rows = [
        ("a crash", "os.kill(os.getpid(), 11)", "was ended by signal 11", alone),
        ("a hang", "__import__('time').sleep(600)", "ran into its time limit of 2.0 s", "benchmark.timeout"),
        ("a flood", "[os.write(1, b'x' * 2**20) for _ in range(200)]", "wrote more than 32 MiB of output", "quieter"),
        ("an early exit", "os._exit(0)", "1 of 3 cases were reported when the process ended", "exit by itself"),
        ("a memory hog", "hog = [b'x' * 2**24 for _ in range(200)]", "used more than 128 MiB of memory", "limits.trial_memory"),
    ];
    for (name, body, said_of_it, mended_by) in rows {
        let project = benchmark(UNITTEST, "unittest", &cases(body));
        if name == "a hang" {
            project.write("kaizen.toml", project.read("kaizen.toml").replace("30s", "2s"));
        }
        refused_as_baseline(&project, name, said_of_it, mended_by);
    }
}

#[test]
fn a_command_that_says_something_else_than_its_cases_is_no_baseline() {
    let passing = cases("pass");
    let failing = cases("self.fail()");
    let rows = [
        ("no cases", UNITTEST.to_owned(), "", "executed no case", "at least one case"),
        (
            "only skipped cases",
            UNITTEST.to_owned(),
            "import unittest\n\n\nclass T(unittest.TestCase):\n    @unittest.skip('later')\n    def test_a(self):\n        pass\n",
            "all 1 cases were skipped",
            "at least one case",
        ),
        ("exit code 3 without a failure", format!("{UNITTEST}; exit 3"), passing.as_str(), "exit code 3 although no case failed", "exit"),
        ("exit code 0 with a failure", format!("{UNITTEST}; exit 0"), failing.as_str(), "exit code 0 contradicts 1 failing", "exit"),
        ("a missing command", "no-such-runner --all".to_owned(), passing.as_str(), "could not be started", "benchmark.command"),
        ("no test runner", "python3 -c pass".to_owned(), passing.as_str(), "no test runner reported, exit code 0", "kaizen sandbox --"),
    ];
    for (name, command, test, said_of_it, mended_by) in rows {
        refused_as_baseline(&benchmark(&command, "unittest", test), name, said_of_it, mended_by);
    }
}

#[test]
fn a_report_that_is_no_honest_json_is_no_baseline() {
    let rows = [
        ("NaN", r#"echo '{"cases": [{"id": "a", "passed": true}], "metrics": {"loss": NaN}}'"#, "line 1: loss: "),
        ("infinity", r#"echo '{"cases": [{"id": "a", "passed": true}], "metrics": {"loss": 1e999}}'"#, "line 1: "),
        ("garbage", r#"echo '{"cases": [{"id": '"#, "line 1"),
        ("no JSON", "echo all good", "executed no case"),
        ("invalid UTF-8", r#"printf '{"cases": [{"id": "\377", "passed": true}]}\n'"#, "line 1: not UTF-8"),
        (
            "one case twice",
            r#"echo '{"cases": [{"id": "a", "passed": true}, {"id": "a", "passed": false}]}'"#,
            "line 1: cases[1]: id: a was there before",
        ),
    ];
    for (name, command, said_of_it) in rows {
        refused_as_baseline(&benchmark(command, "json", ""), name, said_of_it, "kaizen sandbox --");
    }
}

#[test]
fn improving_on_a_broken_baseline_changes_nothing_and_leaves_nothing_running() {
    let marker = marker("baseline");
    let test = format!("{}import time\ntime.sleep(600)\n", daemon(&marker));
    let project = benchmark(UNITTEST, "unittest", &test);
    project.write("kaizen.toml", project.read("kaizen.toml").replace("30s", "2s"));
    project.commit("A short limit");
    let head = project.git(["for-each-ref"]);
    let said = project.kaizen(["improve", "--json"]);
    let result = said.result();
    assert_eq!((said.code, result["exit_code"].as_u64(), result["type"].as_str()), (Some(4), Some(4), Some("error")), "{said:?}");
    assert_eq!((project.git(["for-each-ref"]), project.git(["status", "--porcelain"])), (head, String::new()));
    assert_eq!(survivors(&marker), Vec::<String>::new());
}

#[test]
fn noise_and_a_daemon_do_not_keep_an_honest_suite_from_being_measured() {
    let marker = marker("noise");
    let body = r"sys.stdout.flush(); os.write(1, b'\xff\xfe\x00'); os.write(2, b'\xff{\n')";
    let project = benchmark(UNITTEST, "unittest", &format!("{}{}", daemon(&marker), cases(body)));
    let said = project.kaizen(["measure", "--runs", "2", "--json"]);
    let result = said.result();
    assert_eq!((said.code, result["passing"].as_u64(), result["executed"].as_u64()), (Some(0), Some(3), Some(3)), "{said:?}");
    assert_eq!(survivors(&marker), Vec::<String>::new());
}

/// A proposer's script: what it is called, what it does, and what Kaizen must say of it.
type Cheat<'a> = (&'a str, String, &'a str, &'a str);

const HOLDOUT: &str = "import unittest\nfrom src.calc import clamp, is_adult\n\n\nclass HiddenTest(unittest.TestCase):\n    def test_hidden_ages(self):\n        self.assertEqual([is_adult(n) for n in (3, 40, 64)], [False, True, True])\n\n    def test_hidden_clamp(self):\n        self.assertEqual([clamp(n, 2, 4) for n in (1, 3, 9)], [2, 3, 4])\n";

/// The failing project with a hold-out and one trusted program per cheat.
fn with_proposers<'a>(cheats: impl IntoIterator<Item = (&'a str, String)>) -> Project {
    let project = Project::failing_python(KAIZEN);
    project.write("holdout/__init__.py", "");
    project.write("holdout/test_hidden.py", HOLDOUT);
    let mut text = project.read("kaizen.toml").replace(
        "format = \"unittest\"\n",
        "format = \"unittest\"\nholdout = { command = \"python3 -m unittest discover -s holdout -t .\", files = [\"holdout/**\"] }\n",
    );
    text += "\n[limits]\ntrial_memory = \"128MiB\"\n\n[propose]\nattempts = 1\napproaches = 20\n";
    for (name, script) in cheats {
        project.write(&format!("programs/{name}.py"), script);
        // Only what runs for ever is to meet its limit, however busy the machine is.
        let timeout = if matches!(name, "waits" | "forks") { "3s" } else { "60s" };
        text += &format!("\n[propose.command.{name}]\nrun = \"python3 programs/{name}.py\"\ntimeout = \"{timeout}\"\n");
    }
    project.write("kaizen.toml", text);
    project.commit("Programs that propose");
    let said = project.kaizen(["trust", "--yes"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    project
}

/// A script that puts `text` in front of the (mended) module.
fn prepend(text: &str) -> String {
    format!("text = open('src/calc.py').read()\nopen('src/calc.py', 'w').write({text:?} + text.replace('18 < age', '18 <= age'))\n")
}

/// What became of each program's hypothesis: state, reason, and the outcomes of its candidates.
fn ends(project: &Project) -> std::collections::BTreeMap<String, String> {
    let mut ends = std::collections::BTreeMap::new();
    for number in 1.. {
        let said = project.kaizen(["show".to_owned(), format!("h{number}"), "--json".to_owned()]);
        if said.code != Some(0) {
            break;
        }
        let value: Value = said.result();
        let one = &value["hypothesis"];
        let name = one["idea"]["proposer"].as_str().unwrap().trim_start_matches("command:").to_owned();
        ends.insert(name, format!("{} {} {}", one["state"].as_str().unwrap(), one["reason"], value["candidates"]));
    }
    ends
}

fn all_refused(cheats: &[Cheat<'_>]) -> (Project, Said) {
    let project = with_proposers(cheats.iter().map(|(name, script, _, _)| (*name, script.clone())));
    let refs = project.git(["for-each-ref"]);
    let said = project.kaizen(["improve", "--json", "--only", "command"]);
    assert_eq!((said.code, said.result()["promoted"].to_string()), (Some(1), "[]".to_owned()), "{said:?}");
    assert_eq!(project.git(["for-each-ref"]), refs, "a reference moved");
    let ends = ends(&project);
    for (name, _, state, said_of_it) in cheats {
        let end = ends.get(*name).unwrap_or_else(|| panic!("{name} was never tried: {ends:#?}"));
        assert!(end.starts_with(state) && end.contains(said_of_it), "{name}: {end}");
    }
    (project, said)
}

/// An honest search after the cheats still finds the slip and promotes it.
fn goes_on(project: &Project) {
    let said = project.kaizen(["improve", "--json", "--only", "mutate"]);
    assert_eq!((said.code, said.result()["promoted"].as_array().unwrap().len()), (Some(0), 1), "{said:?}");
    assert!(project.git(["show", "kaizen/calc:src/calc.py"]).contains("18 <= age"));
}

#[test]
fn touching_the_judge_is_tampering_whatever_else_the_change_mends() {
    let mend = prepend("");
    let with = |script: &str| format!("import os, pathlib\n{mend}\n{script}\n");
    let write = |path: &str, text: &str| {
        with(&format!("p = pathlib.Path({path:?}); p.parent.mkdir(parents=True, exist_ok=True); p.write_text({text:?})"))
    };
    let cheats: Vec<Cheat<'_>> = vec![
        ("delete", with("os.remove('tests/test_calc.py')"), "quarantined", "tests/test_calc.py"),
        ("rename", with("os.rename('tests/test_calc.py', 'tests/calc_test.py')"), "quarantined", "tests/test_calc.py"),
        ("edit", write("tests/test_calc.py", "import unittest\n"), "quarantined", "tests/test_calc.py"),
        (
            "skip",
            with(
                "p = pathlib.Path('tests/test_calc.py'); p.write_text(p.read_text().replace('    def test_eig', '    @unittest.skip(\"x\")\\n    def test_eig'))",
            ),
            "quarantined",
            "tests/test_calc.py",
        ),
        ("conftest", write("tests/conftest.py", "collect_ignore = ['test_calc.py']\n"), "quarantined", "tests/conftest.py"),
        ("extra", write("src/test_more.py", "import unittest\n"), "quarantined", "src/test_more.py"),
        ("sitecustomize", write("src/sitecustomize.py", "import os\n"), "quarantined", "src/sitecustomize.py"),
        ("shadow", write("unittest.py", "import os\n"), "quarantined", "unittest.py"),
        (
            "config",
            with("p = pathlib.Path('kaizen.toml'); p.write_text(p.read_text().replace('format', 'ignore = [\"*\"]\\nformat', 1))"),
            "quarantined",
            "kaizen.toml",
        ),
        ("workflow", write(".github/workflows/ci.yml", "on: push\n"), "quarantined", ".github/workflows/ci.yml"),
        ("attributes", write(".gitattributes", "* filter=x\n"), "quarantined", ".gitattributes"),
        ("clock", prepend("import time\ntime.time = lambda: 0.0\n"), "quarantined", "replaces the clock (`time.time`)"),
        ("hidden", write("holdout/test_hidden.py", "import unittest\n"), "quarantined", "holdout/test_hidden.py"),
    ];
    let (project, said) = all_refused(&cheats);
    let result = said.result();
    assert_eq!((result["quarantined"].as_u64(), result["rejected"].as_u64()), (Some(cheats.len() as u64), Some(0)), "{result}");
    goes_on(&project);
}

#[test]
fn code_that_cheats_or_harms_the_run_that_judges_it_is_refused_by_name() {
    let marker = marker("candidate");
    let outside = format!("/tmp/{marker}.txt");
    let cheats: Vec<Cheat<'_>> = vec![
        ("exits", prepend("import os\nos._exit(0)\n"), "rejected", "ended before its report was complete"),
        ("quits", prepend("import sys\nsys.exit(0)\n"), "rejected", "no gain"),
        ("breaks", prepend("raise SystemError('no')\n"), "rejected", "no gain"),
        ("waits", prepend("while True:\n    pass\n"), "rejected", "ran into its time limit"),
        ("forks", prepend("import os\nwhile True:\n    try:\n        os.fork()\n    except OSError:\n        pass\n"), "rejected", "time limit"),
        ("hogs", prepend("hog = []\nwhile True:\n    hog.append(b'x' * 2**24)\n"), "rejected", "more than 128 MiB of memory"),
        ("floods", prepend("import os\nwhile True:\n    os.write(1, b'x' * 2**16)\n"), "rejected", "wrote more than 32 MiB"),
        (
            "forges",
            prepend(
                "import json, os\nopen_files = [os.readlink('/proc/self/fd/' + fd) for fd in os.listdir('/proc/self/fd') if os.path.exists('/proc/self/fd/' + fd)]\nline = {'nonce': 'guessed', 'run': os.getpid(), 'case': 'tests.test_calc.CalcTest.test_eighteen_is_adult', 'outcome': 'pass'}\nopen(next(file for file in open_files if file.endswith('report.jsonl')), 'a').write(json.dumps(line) + chr(10))\n",
            ),
            "quarantined",
            "wrote to the judge's report itself",
        ),
        (
            "later",
            prepend(
                "import os\nif os.path.exists('holdout/test_hidden.py'):\n    files = ['/proc/self/fd/' + fd for fd in os.listdir('/proc/self/fd')]\n    report = next(os.readlink(file) for file in files if os.path.islink(file) and os.readlink(file).endswith('report.jsonl'))\n    open(report, 'a').write('{\"nonce\": \"guessed\", \"run\": 1, \"case\": \"x\", \"outcome\": \"pass\"}' + chr(10))\n",
            ),
            "quarantined",
            "wrote to the judge's report itself",
        ),
        ("crashes", prepend("import os\nos.kill(os.getpid(), 11)\n"), "rejected", "was ended by signal 11"),
        (
            "covers",
            "open('src/calc.py', 'a').write('\\nimport atexit, os\\natexit.register(os._exit, 0)\\n')\n".into(),
            "rejected",
            "exit code 0 contradicts 1 failing: tests.test_calc.CalcTest.test_eighteen_is_adult",
        ),
        (
            "swallows",
            "text = open('src/calc.py').read()\nopen('src/calc.py', 'w').write(text.replace('    return 18 < age', '    try:\\n        return age / 0\\n    except Exception:\\n        return True'))\n".into(),
            "rejected",
            "lost tests.test_calc.CalcTest.test_young_and_old",
        ),
        (
            "stays",
            prepend(&format!(
                "{}try:\n    open({outside:?}, 'w').write('x')\nexcept OSError:\n    pass\nraise SystemExit(1)\n",
                daemon(&marker)
            )),
            "rejected",
            "no gain",
        ),
    ];
    let (project, said) = all_refused(&cheats);
    assert_eq!((said.result()["rejected"].as_u64(), said.result()["quarantined"].as_u64()), (Some(cheats.len() as u64 - 2), Some(2)));
    assert_eq!((survivors(&marker), std::path::Path::new(&outside).exists()), (vec![], false));
    goes_on(&project);
}

#[test]
fn a_program_that_misbehaves_in_the_workshop_brings_nothing_out_of_it() {
    let marker = marker("workshop");
    let outside = format!("/tmp/{marker}.txt");
    let home = std::env::var("HOME").unwrap();
    let mend = prepend("");
    let cheats: Vec<Cheat<'_>> = vec![
        ("waits", format!("{mend}while True:\n    pass\n"), "rejected", "it ran into its time limit"),
        (
            "forks",
            format!("{mend}import os\nwhile True:\n    try:\n        os.fork()\n    except OSError:\n        pass\n"),
            "rejected",
            "it ran into its time limit",
        ),
        ("hogs", format!("{mend}hog = []\nwhile True:\n    hog.append(b'x' * 2**24)\n"), "rejected", "it used too much memory"),
        ("floods", format!("{mend}import os\nwhile True:\n    os.write(1, b'x' * 2**16)\n"), "rejected", "it wrote too much output"),
        ("fails", format!("{mend}raise SystemExit('I could not do it')\n"), "rejected", "I could not do it"),
        ("pipes", format!("{mend}import os\nos.mkfifo('src/pipe.py')\n"), "rejected", "src/pipe.py"),
        ("idles", "print('there is nothing to mend')\n".into(), "rejected", "made no edit inside the levers"),
        (
            "strays",
            format!(
                "import os\nfor place in ({outside:?}, os.path.join({home:?}, {marker:?}), '/etc/{marker}', '/usr/{marker}'):\n    try:\n        open(place, 'w').write('x')\n    except OSError:\n        pass\n{}",
                daemon(&marker)
            ),
            "rejected",
            "made no edit inside the levers",
        ),
    ];
    let (project, _) = all_refused(&cheats);
    let left: Vec<String> = ["/tmp", &home, "/etc", "/usr"].iter().map(|place| format!("{place}/{marker}")).collect();
    let left: Vec<&String> = left.iter().filter(|path| std::path::Path::new(path).exists()).collect();
    assert_eq!((survivors(&marker), std::path::Path::new(&outside).exists(), left), (vec![], false, vec![]));
    goes_on(&project);
}

#[test]
fn answers_learnt_by_heart_are_refused_by_the_hold_out() {
    let script = "text = open('src/calc.py').read()\nopen('src/calc.py', 'w').write(text.replace('18 < age', '{17: False, 18: True, 19: True}.get(age, False)'))\n";
    let cheats: Vec<Cheat<'_>> = vec![("heart", script.to_owned(), "rejected", "hold-out")];
    let (project, _) = all_refused(&cheats);
    let said = project.kaizen(["explain", "h1"]);
    assert!(said.out.contains("holdout.test_hidden.HiddenTest.test_hidden_ages"), "{said:?}");
    goes_on(&project);
}

#[test]
fn an_edit_that_reaches_for_its_judge_waits_for_a_person_even_with_auto() {
    let mend = "text = open('src/calc.py').read()\nopen('src/calc.py', 'w').write(text.replace('18 < age', '18 <= age')";
    let project = with_proposers([(
        "equal",
        format!("{mend} + '\\n\\nclass Age(int):\\n    def __eq__(self, other):\\n        return int(self) == other\\n')\n"),
    )]);
    let said = project.kaizen(["improve", "--auto", "--only", "command"]);
    assert!(said.code == Some(5) && said.out.contains("the edit of src/calc.py redefines equality (`__eq__`)"), "{said:?}");
    assert_eq!(project.git(["for-each-ref", "--format=%(refname:short)"]), "main");
}

/// Python that collects what can be seen from where it runs into `seen`.
fn look_around(project: &Project, home: &str) -> String {
    let store = project.home();
    format!(
        r#"
import glob, json, os, subprocess
def read(path):
    try:
        return open(path, errors='replace').read()
    except OSError as error:
        return 'closed: %s' % error.strerror
def run(*argv):
    done = subprocess.run(argv, capture_output=True, text=True)
    return done.stdout + done.stderr
seen = {{
    'tree': sorted(os.path.join(at, name) for at, _, names in os.walk('.') for name in names if '/.git/' not in at + '/'),
    'log': run('git', 'log', '--all', '--format=%s').split('\n')[:-1],
    'git': run('git', 'config', '--list') + run('git', 'remote', '-v'),
    'environment': sorted(os.environ.values()),
    'processes': ''.join(read(path) for path in glob.glob('/proc/[0-9]*/environ')),
    'arguments': ''.join(read(path) for path in glob.glob('/proc/[0-9]*/cmdline')),
    'secret': read({home:?} + '/secret.txt'),
    'store': [read({store:?} + '/data/kaizen.db')] + glob.glob({store:?} + '/data/*'),
    'descriptors': sorted(os.readlink('/proc/self/fd/' + name) for name in os.listdir('/proc/self/fd') if os.path.exists('/proc/self/fd/' + name)),
}}
"#
    )
}

/// Asserts that nothing of the engine's world is in what was seen.
fn sees_only_its_copy(seen: &Value, who: &str) {
    let whole = seen.to_string();
    for hidden in ["tok-8f3a91", "holdout", "test_hidden", "An early secret", "kaizen.db"] {
        assert!(!whole.contains(hidden), "{who} sees {hidden}: {whole}");
    }
    assert_eq!(seen["log"].as_array().map(Vec::len), Some(1), "{who}: {seen:#}");
    for closed in [&seen["secret"], &seen["store"][0]] {
        assert!(closed.as_str().is_some_and(|text| text.starts_with("closed: ")), "{who}: {closed}");
    }
    let tree = seen["tree"].to_string();
    assert!(tree.contains("src/calc.py") && tree.contains("tests/test_calc.py"), "{who}: {tree}");
}

/// A home directory with a secret in it, outside of `/tmp`'s private copy in a jail.
fn home_with_secret() -> tempfile::TempDir {
    let home = tempfile::Builder::new().prefix("kaizen-test-home-").tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    std::fs::write(home.path().join("secret.txt"), "tok-8f3a91").unwrap();
    home
}

#[test]
fn a_program_in_the_workshop_sees_its_copy_of_the_project_and_nothing_else() {
    let home = home_with_secret();
    let project = with_proposers([("spy", String::new())]);
    project.write("src/secret.py", "KEY = 'An early secret'\n");
    project.commit("An early secret");
    std::fs::remove_file(project.root().join("src/secret.py")).unwrap();
    let look = look_around(&project, home.path().to_str().unwrap());
    project.write("programs/spy.py", format!("{look}\n{}\nopen('src/loot.py', 'w').write(json.dumps(seen))\n", prepend("")));
    project.git(["remote", "add", "origin", "https://user:tok-8f3a91@example.org/x.git"]);
    project.commit("It looks around");
    let mut command = project.command(["improve", "--json", "--only", "spy"]);
    let output = command.env("SECRET_TOKEN", "tok-8f3a91").env("HOME", home.path()).output().unwrap();
    let said = kaizen_testkit::project::said(&output);
    assert_eq!((said.code, said.result()["promoted"].as_array().unwrap().len()), (Some(0), 1), "{said:?}");
    let seen: Value = serde_json::from_str(&project.git(["show", "kaizen/calc:src/loot.py"])).unwrap();
    sees_only_its_copy(&seen, "the workshop");
}

#[test]
fn a_benchmark_on_trial_sees_its_copy_of_the_project_and_nothing_else() {
    let home = home_with_secret();
    let project = with_proposers([]);
    let look = look_around(&project, home.path().to_str().unwrap());
    // What it saw leaves as the names of metrics: the only channel a benchmark has.
    project.write(
        "tests/look.py",
        format!("{look}\nprint(json.dumps({{'cases': [{{'id': 'a', 'passed': True}}], 'metrics': {{json.dumps(seen): 1}}}}))\n"),
    );
    let text = project.read("kaizen.toml").replace(UNITTEST, "python3 tests/look.py").replace("\"unittest\"", "\"json\"");
    project.write("kaizen.toml", text);
    project.commit("An early secret");
    project.commit("It looks around");
    let mut command = project.command(["measure", "--runs", "1", "--json"]);
    let output = command.env("SECRET_TOKEN", "tok-8f3a91").env("HOME", home.path()).output().unwrap();
    let said = kaizen_testkit::project::said(&output);
    let result = said.result();
    let seen = result["metrics"].as_object().unwrap_or_else(|| panic!("{said:?}")).keys().find(|name| name.starts_with('{'));
    sees_only_its_copy(&serde_json::from_str(seen.unwrap()).unwrap(), "the trial");
}
