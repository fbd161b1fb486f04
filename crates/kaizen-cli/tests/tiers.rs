//! Machines that refuse namespaces: the loop runs in the landlock tier, says so, and respects `gate.min_tier`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use kaizen_testkit::project::{Project, Said, said};
use std::process::Command;

const KAIZEN: &str = env!("CARGO_BIN_EXE_kaizen");

/// Runs a command where no further namespace can be made, as an ordinary user.
const WITHOUT_NAMESPACES: &str = r"
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
user = os.getuid() or 54321
whole = os.getuid() == 0
ready, go = os.pipe(), os.pipe()
pid = os.fork()
if pid == 0:
    assert libc.unshare(0x10000000) == 0, os.strerror(ctypes.get_errno())
    os.write(ready[1], b'x')
    os.read(go[0], 1)
    open('/proc/sys/user/max_user_namespaces', 'w').write('0')
    if whole:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    os.execvp(sys.argv[1], sys.argv[1:])
os.read(ready[0], 1)
span = 65536 if whole else 1
if not whole:
    open(f'/proc/{pid}/setgroups', 'w').write('deny')
for name, ours in (('uid', user), ('gid', os.getgid() or user)):
    first = 0 if whole else ours
    open(f'/proc/{pid}/{name}_map', 'w').write(f'{first} {first} {span}')
os.write(go[1], b'x')
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
";

fn without_namespaces(project: &Project, arguments: &[&str]) -> Said {
    let wanted = project.command(arguments);
    let mut command = Command::new("python3");
    command.arg("-c").arg(WITHOUT_NAMESPACES).arg(wanted.get_program()).args(wanted.get_args());
    command.env_clear().current_dir(project.root());
    command.envs(wanted.get_envs().filter_map(|(name, value)| value.map(|value| (name, value))));
    said(&command.env("PATH", "/usr/local/bin:/usr/bin:/bin").output().unwrap())
}

/// Gives the project to the user the command runs as when the tests run as root.
fn hand_over(project: &Project) {
    if Command::new("id").arg("-u").output().unwrap().stdout == b"0\n" {
        let room = project.root().parent().unwrap().to_owned();
        assert!(Command::new("chown").args(["-R", "54321:54321"]).arg(&room).status().unwrap().success());
    }
}

/// The binary under test where an ordinary user can execute it.
fn reachable_binary(project: &Project) -> std::path::PathBuf {
    let copy = project.root().parent().unwrap().join("kaizen");
    std::fs::copy(KAIZEN, &copy).unwrap();
    copy
}

#[test]
fn without_namespaces_the_landlock_tier_repairs_and_is_recorded_with_the_trial() {
    let project = Project::failing_python(KAIZEN);
    let binary = reachable_binary(&project);
    let project = project.with_binary(binary);
    hand_over(&project);
    let result = without_namespaces(&project, &["improve", "--json"]);
    assert_eq!(result.result()["promoted"], serde_json::json!(["v1"]), "{result:?}");
    let shown = without_namespaces(&project, &["show", "t1", "--json"]).result();
    assert_eq!(shown["trial"]["tier"], "landlock", "{shown}");
}

#[test]
fn a_project_that_asks_for_more_than_the_machine_has_is_refused_with_the_reason() {
    let project = Project::failing_python(KAIZEN);
    project.write("kaizen.toml", project.read("kaizen.toml") + "\n[gate]\nmin_tier = \"namespaces\"\n");
    project.commit("Ask for namespaces");
    let binary = reachable_binary(&project);
    let project = project.with_binary(binary);
    hand_over(&project);
    let refused = without_namespaces(&project, &["improve"]);
    assert_eq!(refused.code, Some(3), "{refused:?}");
    assert!(refused.err.contains("gate.min_tier asks for namespaces") && refused.err.contains("hint:"), "{}", refused.err);
}

#[test]
fn without_namespaces_a_program_works_in_a_workshop_and_a_grant_of_the_network_is_refused() {
    let project = Project::failing_python(KAIZEN);
    let mend =
        "import os, pathlib; f = pathlib.Path(os.getcwd()) / 'src/calc.py'; f.write_text(f.read_text().replace('18 < age', '18 <= age'))\n";
    project.write("tools/agent.py", mend);
    let program = "\n[propose]\nuse = [\"command\"]\n[propose.command.agent]\nrun = \"python3 tools/agent.py\"\n";
    let text = project.read("kaizen.toml");
    project.write("kaizen.toml", format!("{text}{program}"));
    project.commit("A program");
    let binary = reachable_binary(&project);
    let project = project.with_binary(binary);
    hand_over(&project);
    assert_eq!(without_namespaces(&project, &["trust", "--yes"]).code, Some(0));
    let asked = without_namespaces(&project, &["improve"]);
    assert!(asked.code == Some(5) && asked.out.contains("sandbox: landlock") && asked.out.contains("kaizen doctor says why"), "{asked:?}");
    assert_eq!(without_namespaces(&project, &["approve", "h1"]).code, Some(0));

    let granted = Project::failing_python(KAIZEN);
    granted.write("tools/agent.py", mend);
    granted.write("kaizen.toml", format!("{text}{program}grants = {{ network = [\"pypi.org\"] }}\n"));
    granted.commit("A grant");
    let binary = reachable_binary(&granted);
    let granted = granted.with_binary(binary);
    hand_over(&granted);
    assert_eq!(without_namespaces(&granted, &["trust", "--yes"]).code, Some(0));
    let refused = without_namespaces(&granted, &["improve"]);
    assert_eq!(refused.code, Some(3), "{refused:?}");
    assert!(refused.err.contains("the landlock tier has no network of its own to filter"), "{refused:?}");
}
