//! What a trial starts with: caches of the user's tools, and what the set-up left, shared where the project says what it depends on.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use kaizen_testkit::project::{Project, Said, said};
use kaizen_testkit::traces::nothing_left;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

const KAIZEN: &str = env!("CARGO_BIN_EXE_kaizen");

/// Programs of the system only: pip knows its wheels by the interpreter that made them.
const PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// A package's source whose build works only where `BUILDS` is set, and needs nothing from an index.
const SOURCE: &str = r#"
import io, os, tarfile
files = {
    "pyproject.toml": "[build-system]\nrequires = []\nbuild-backend = 'backend'\nbackend-path = ['.']\n",
    "PKG-INFO": "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n",
    "backend.py": """
import os, zipfile
def build_wheel(directory, settings=None, metadata=None):
    assert 'BUILDS' in os.environ, 'it is dear to build'
    name = 'tiny-1.0-py3-none-any.whl'
    with zipfile.ZipFile(os.path.join(directory, name), 'w') as wheel:
        wheel.writestr('tiny.py', 'VALUE = 7')
        wheel.writestr('tiny-1.0.dist-info/METADATA', 'Metadata-Version: 2.1\\nName: tiny\\nVersion: 1.0\\n')
        wheel.writestr('tiny-1.0.dist-info/WHEEL', 'Wheel-Version: 1.0\\nGenerator: x\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')
        wheel.writestr('tiny-1.0.dist-info/RECORD', '')
    return name
""",
}
os.makedirs("sources")
with tarfile.open("sources/tiny-1.0.tar.gz", "w:gz") as archive:
    for name, text in files.items():
        entry = tarfile.TarInfo("tiny-1.0/" + name)
        entry.size = len(text)
        archive.addfile(entry, io.BytesIO(text.encode()))
"#;

const INSTALL: &str = ".venv/bin/python3 -m pip -q install --no-index --find-links sources --target installed tiny";

/// A project with these lines in its `[benchmark]`.
fn with_setup(lines: &str) -> Project {
    let project = Project::failing_python(KAIZEN);
    set_up(&project, lines);
    project
}

fn set_up(project: &Project, lines: &str) {
    let text =
        "[project]\nname = \"calc\"\n\n[benchmark]\ncommand = \"python3 -m unittest discover -s tests -t .\"\nformat = \"unittest\"\n";
    project.write("kaizen.toml", format!("{text}{lines}\n\n[levers.code]\nfiles = [\"src/**/*.py\"]\n"));
    project.commit("A set-up");
}

/// Every path below a directory with its bytes and time.
fn state(directory: &Path) -> BTreeSet<(PathBuf, Vec<u8>, std::time::SystemTime)> {
    let mut found = BTreeSet::new();
    let mut left = vec![directory.to_owned()];
    while let Some(path) = left.pop() {
        let entry = std::fs::symlink_metadata(&path).unwrap();
        if entry.is_dir() {
            left.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        }
        let content = if entry.is_file() { std::fs::read(&path).unwrap() } else { Vec::new() };
        found.insert((path, content, entry.modified().unwrap()));
    }
    found
}

#[test]
fn a_setup_finds_the_wheels_of_the_users_cache_and_what_it_adds_to_them_is_gone() {
    let project = with_setup(&format!("setup = \"{INSTALL}\""));
    let user = project.room().join("user");
    std::fs::create_dir(&user).unwrap();
    let outside = |program: &str, arguments: &[&str]| {
        let mut command = Command::new(program);
        command.args(arguments).env_clear().env("HOME", &user).env("PATH", PATH).env("BUILDS", "1").current_dir(project.root());
        let ended = said(&command.output().unwrap());
        assert_eq!(ended.code, Some(0), "{ended:?}");
    };
    outside("python3", &["-c", SOURCE]);
    project.commit("Sources");
    outside("python3", &["-m", "venv", ".venv"]);
    let kaizen = |arguments: &[&str]| said(&project.command(arguments).env("HOME", &user).env("PATH", PATH).output().unwrap());
    let look = ["sandbox", "--", "touch $PIP_CACHE_DIR/wheels/new && cat installed/tiny.py && ls $PIP_CACHE_DIR"];
    let cold = kaizen(&look);
    assert!(cold.code == Some(4) && cold.err.contains("benchmark.setup did not succeed") && cold.err.contains("it is dear"), "{cold:?}");
    outside("/bin/sh", &["-c", &INSTALL.replace("installed", "../elsewhere")]);
    let before = state(&user);
    let warm = kaizen(&look);
    assert!(warm.code == Some(0) && warm.out.starts_with("VALUE = 7") && warm.out.contains("wheels"), "{warm:?}");
    assert_eq!(state(&user), before);
    nothing_left(&project);
}

/// Leaves the files it saw and when it ran.
const RECORD: &str = "setup = \"ls > seen.txt; date +%s%N > when.txt; cp requirements.txt had.txt\"\n";

const INPUTS: &str = "setup_inputs = [\"requirements.txt\"]";

/// What the set-up of the present commit left behind.
fn left(project: &Project, path: &str) -> Said {
    let said = said(&project.command(["sandbox", "--", "cat had.txt seen.txt when.txt; ls src"]).env("PATH", path).output().unwrap());
    assert_eq!(said.code, Some(0), "{said:?}");
    said
}

#[test]
fn a_setup_that_names_its_inputs_sees_only_them_and_runs_again_only_when_they_its_command_or_an_interpreter_change() {
    let project = with_setup(&format!("{RECORD}{INPUTS}"));
    let outputs = |project: &Project| left(project, PATH).out;
    project.write("requirements.txt", "one\n");
    project.commit("Requirements");
    let first = outputs(&project);
    assert!(first.starts_with("one\nrequirements.txt\nseen.txt\n"), "{first}");
    project.write("src/more.py", "");
    project.commit("A source");
    let (more, same) = (outputs(&project), first.replace("calc.py\n", "calc.py\nmore.py\n"));
    assert_eq!(more, same, "another source is no reason to run it");
    project.write("requirements.txt", "two\n");
    project.commit("Another requirement");
    let second = outputs(&project);
    assert!(second.starts_with("two\n"), "{second}");
    project.write("requirements.txt", "one\n");
    project.commit("Back");
    assert_eq!(outputs(&project), same);
    let bin = project.room().join("bin");
    std::fs::create_dir(&bin).unwrap();
    std::os::unix::fs::symlink("/bin/true", bin.join("node")).unwrap();
    let with_home = |path: &str| {
        let command = ["sandbox", "--", "cat when.txt"];
        said(&project.command(command).env("HOME", project.room()).env("PATH", path).output().unwrap()).out
    };
    assert_ne!(with_home(&format!("{}:{PATH}", bin.display())), with_home(PATH), "another interpreter");
    set_up(&project, &format!("{}{INPUTS}", RECORD.replace("ls >", "ls -1 >")));
    assert_ne!(outputs(&project), same, "another command");
}

#[test]
fn a_setup_without_inputs_sees_the_whole_tree_and_runs_for_each_commit() {
    let project = with_setup(RECORD);
    project.write("requirements.txt", "one\n");
    project.commit("Requirements");
    let first = left(&project, PATH).out;
    assert!(first.contains("kaizen.toml\n"), "{first}");
    assert_eq!(left(&project, PATH).out, first);
    project.write("src/more.py", "");
    project.commit("A source");
    assert_ne!(left(&project, PATH).out, first.replace("calc.py\n", "calc.py\nmore.py\n"));
}

#[test]
fn inputs_that_do_not_exist_or_are_not_enough_are_told_with_the_key_to_mend() {
    let project = with_setup("setup = \"cat src/calc.py\"\nsetup_inputs = [\"src/__init__.py\", \"absent/*.txt\"]");
    let absent = project.kaizen(["sandbox", "--", "true"]);
    assert_eq!(absent.code, Some(2), "{absent:?}");
    assert!(absent.err.contains("benchmark.setup_inputs: \"absent/*.txt\" matches no file"), "{absent:?}");
    set_up(&project, "setup = \"cat src/calc.py\"\nsetup_inputs = [\"src/__init__.py\"]");
    let missing = project.kaizen(["sandbox", "--", "true"]);
    let told = missing.err.contains("src/calc.py: No such file")
        && missing.err.contains("hint: it sees no files but those of benchmark.setup_inputs");
    assert!(missing.code == Some(4) && told, "{missing:?}");
    set_up(&project, "setup_inputs = [\"src/__init__.py\"]");
    let alone = project.kaizen(["sandbox", "--", "true"]);
    assert!(alone.err.contains("benchmark.setup_inputs: there is no setup that reads them"), "{alone:?}");
}

#[test]
fn a_shared_layer_never_hides_a_file_of_a_later_commit() {
    // A directory that was renamed may cut off what lies below it, and it depends on the tier whether it does.
    for (setup, path, may_merge) in
        [("echo old > made.txt", "made.txt", false), ("mkdir tmp; touch tmp/a; mv tmp made", "made/later.txt", true)]
    {
        let project = with_setup(&format!("setup = \"{setup}\"\nsetup_inputs = [\"src/__init__.py\"]"));
        assert_eq!(project.kaizen(["sandbox", "--", "ls made*"]).code, Some(0));
        project.write(path, "new\n");
        project.commit("A file of that name");
        let said = project.kaizen(["sandbox", "--", &format!("cat {path}")]);
        let refused = said.code == Some(4) && said.err.contains(&format!("in the way of {path}"));
        assert!(refused || (may_merge && said.out == "new\n"), "{said:?}");
    }
}

#[test]
fn a_change_of_an_input_is_tampering() {
    let project = with_setup(&format!(
        "{RECORD}{INPUTS}\n\n[propose]\nuse = [\"command\"]\n[propose.command.agent]\nrun = \"python3 tools/agent.py\"\n"
    ));
    project.write("requirements.txt", "one\n");
    let agent = "import pathlib\nfile = pathlib.Path('src/calc.py')\nfile.write_text(file.read_text().replace('18 < age', '18 <= age'))\n\
        pathlib.Path('requirements.txt').write_text('another')\n";
    project.write("tools/agent.py", agent);
    project.commit("An agent");
    assert_eq!(project.kaizen(["trust", "--yes"]).code, Some(0));
    let run = project.kaizen(["improve"]);
    let shown = project.kaizen(["show", "h1"]).out;
    assert!(run.code == Some(1) && shown.contains("quarantined") && shown.contains("requirements.txt"), "{run:?}\n{shown}");
}
