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
