//! What workshops and trials reach: nothing without a grant, and with one that and nothing else.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use kaizen_testkit::project::{Project, Said, said};
use kaizen_testkit::traces::nothing_left;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

const KAIZEN: &str = env!("CARGO_BIN_EXE_kaizen");

/// A web server on `address` that answers every request with the same text, and counts them.
fn web_server(address: &str, text: &'static str) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind((address, 0)).unwrap();
    let (port, served) = (listener.local_addr().unwrap().port(), Arc::new(AtomicUsize::new(0)));
    let count = Arc::clone(&served);
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let head = BufReader::new(&stream).lines().map_while(Result::ok).take_while(|line| !line.is_empty()).count();
            // Whether anybody listens is asked without a request.
            if head == 0 {
                continue;
            }
            count.fetch_add(1, Ordering::SeqCst);
            let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{text}", text.len());
            drop((&stream).write_all(answer.as_bytes()));
        }
    });
    (port, served)
}

/// A project with one failing case and a Python program `agent` that is to mend it.
fn with_agent(agent: &str, grants: &str) -> Project {
    let project = Project::failing_python(KAIZEN);
    project.write("tools/agent.py", format!("import os, pathlib, urllib.request\nfile = pathlib.Path('src/calc.py')\n{agent}"));
    let run = "[propose]\nuse = [\"command\"]\n[propose.command.agent]\nrun = \"python3 tools/agent.py\"\ntimeout = \"20s\"\n";
    project.configure(&format!("{run}grants = {grants}"));
    project
}

fn trusted(project: &Project, arguments: &[&str], variables: &[(&str, &str)]) -> Said {
    assert_eq!(project.kaizen(["trust", "--yes"]).code, Some(0));
    said(&project.command(arguments).envs(variables.iter().copied()).output().unwrap())
}

const MENDED: &str = "18 <= age";

fn mended(project: &Project) -> bool {
    let branches = project.git(["for-each-ref", "--format=%(refname:short)", "refs/heads/kaizen"]);
    !branches.is_empty() && project.git(["show", "kaizen/calc:src/calc.py"]).contains(MENDED)
}

/// Asserts that a run came to the right edit and waits for a person, as it must for a program's edit, and says yes.
fn approved(project: &Project, run: &Said) {
    assert_eq!(run.code, Some(5), "{run:?}");
    let said = project.kaizen(["approve", "h1"]);
    assert!(said.code == Some(0) && mended(project), "{said:?}");
}

/// Asks a web server what to write.
fn asking(url: &str) -> String {
    format!(
        "answer = urllib.request.urlopen('{url}', timeout=10).read().decode()\nfile.write_text(file.read_text().replace('18 < age', answer))\n"
    )
}

#[test]
fn a_granted_host_is_reached_through_the_proxy_and_no_other_one() {
    let ((port, served), (other, others)) = (web_server("127.0.0.2", MENDED), web_server("127.0.0.2", "no"));
    let agent = format!(
        "try: urllib.request.urlopen('http://127.0.0.2:{other}/')\nexcept OSError: pass\n{}",
        asking(&format!("http://127.0.0.2:{port}/"))
    );
    let project = with_agent(&agent, &format!("{{ network = [\"127.0.0.2:{port}\"] }}"));
    let said = trusted(&project, &["improve"], &[]);
    approved(&project, &said);
    assert_eq!((served.load(Ordering::SeqCst), others.load(Ordering::SeqCst)), (1, 0));
    assert!(said.out.contains(&format!("propose.command.agent.grants: network 127.0.0.2:{port}")), "{said:?}");
    let shown = project.kaizen(["show", "h1"]).out;
    assert!(shown.contains(&format!("reached: 127.0.0.2:{port}; refused: 127.0.0.2:{other}")), "{shown}");
    nothing_left(&project);
}

#[test]
fn without_a_grant_or_past_the_proxy_nothing_is_reached() {
    let (port, served) = web_server("127.0.0.2", MENDED);
    let past = format!(
        "for name in list(os.environ):\n    if 'proxy' in name.lower(): del os.environ[name]\n{}",
        asking(&format!("http://127.0.0.2:{port}/"))
    );
    for grants in ["{}".to_owned(), format!("{{ network = [\"127.0.0.2:{port}\"] }}")] {
        let project = with_agent(&past, &grants);
        let said = trusted(&project, &["improve"], &[]);
        assert!(said.code == Some(1) && !mended(&project), "{grants} {said:?}");
        assert!(said.out.contains("Connection refused") || said.out.contains("unreachable"), "{said:?}");
    }
    assert_eq!(served.load(Ordering::SeqCst), 0);
}

#[test]
fn a_port_of_this_machine_is_reached_at_the_same_port_by_the_program_and_not_by_trials() {
    let (port, served) = web_server("127.0.0.1", MENDED);
    let project = with_agent(&asking(&format!("http://127.0.0.1:{port}/")), &format!("{{ network = [\"127.0.0.1:{port}\"] }}"));
    let reach = format!("import urllib.request; urllib.request.urlopen('http://127.0.0.1:{port}/', timeout=5)");
    assert_eq!(trusted(&project, &["sandbox", "--workshop=agent", "--", "python3", "-c", &reach], &[]).code, Some(0));
    for closed in [&["sandbox", "--workshop"][..], &["sandbox"]] {
        let refused = project.kaizen([closed, &["--", "python3", "-c", &reach]].concat());
        assert!(refused.code == Some(1) && refused.err.contains("Connection refused"), "{refused:?}");
    }
    let said = project.kaizen(["improve"]);
    approved(&project, &said);
    assert_eq!(served.load(Ordering::SeqCst), 2);
}

#[test]
fn granted_parts_of_the_home_directory_are_copies() {
    let agent = "home = pathlib.Path.home()\nsettings = home / '.agent/settings'\nassert not (home / '.ssh').exists()\n\
        file.write_text(file.read_text().replace('18 < age', settings.read_text()))\nsettings.write_text('changed')\n(home / '.cache').mkdir()\n";
    let project = with_agent(agent, "{ home = [\"~/.agent\", \"~/.absent\"] }");
    let home = project.room().join("person");
    for (path, text) in [(".agent/settings", MENDED), (".ssh/id", "key")] {
        std::fs::create_dir_all(home.join(path).parent().unwrap()).unwrap();
        std::fs::write(home.join(path), text).unwrap();
    }
    let said = trusted(&project, &["improve"], &[("HOME", home.to_str().unwrap())]);
    approved(&project, &said);
    assert_eq!(std::fs::read_to_string(home.join(".agent/settings")).unwrap(), MENDED);
    assert!(!home.join(".cache").exists());
    let shown = project.kaizen(["show", "h1"]).out;
    assert!(shown.contains("granted: home ~/.agent, ~/.absent; not there: ~/.absent"), "{shown}");
}

#[test]
fn a_granted_variable_is_given_its_value_kept_out_of_the_record_and_an_edit_that_holds_it_refused() {
    let secret = [("AGENT_KEY", "sk-0123456789"), ("OTHER_KEY", "sk-9876543210")];
    let agent = "assert 'OTHER_KEY' not in os.environ\nprint('my key is', os.environ['AGENT_KEY'])\n\
        file.write_text(file.read_text().replace('18 < age', '18 <= age'))\n";
    let project = with_agent(agent, "{ env = [\"AGENT_KEY\"] }");
    let said = trusted(&project, &["improve"], &secret);
    approved(&project, &said);
    let shown = project.kaizen(["show", "h1"]).out;
    assert!(shown.contains("my key is [AGENT_KEY]") && !shown.contains("0123456789"), "{shown}");

    let leaky = format!("{agent}file.write_text(file.read_text() + '# ' + os.environ['AGENT_KEY'])\n");
    let project = with_agent(&leaky, "{ env = [\"AGENT_KEY\"] }");
    let said = trusted(&project, &["improve"], &secret);
    assert!(said.code == Some(1) && !mended(&project), "{said:?}");
    assert!(said.out.contains("its edit of src/calc.py holds the value of AGENT_KEY"), "{said:?}");
}

#[test]
fn a_granted_device_is_there_and_only_for_the_program_it_was_granted_to() {
    if !std::path::Path::new("/dev/fuse").exists() {
        return;
    }
    let project = with_agent("pass", "{ devices = [\"/dev/fuse\"] }");
    assert_eq!(trusted(&project, &["sandbox", "--workshop=agent", "--", "test -c /dev/fuse"], &[]).code, Some(0));
    assert_eq!(project.kaizen(["sandbox", "--workshop", "--", "test -e /dev/fuse"]).code, Some(1));
    assert_eq!(project.kaizen(["sandbox", "--", "test -e /dev/fuse"]).code, Some(1));
}

#[test]
fn grants_need_trust_and_a_changed_grant_asks_again() {
    let project = Project::failing_python(KAIZEN);
    let text = project.read("kaizen.toml");
    for port in [web_server("127.0.0.1", "").0, web_server("127.0.0.1", "").0] {
        project.write("kaizen.toml", format!("{text}\n[grants]\nconnect = [\"127.0.0.1:{port}\"]\n"));
        project.commit("Grants");
        for command in [&["improve"][..], &["measure"], &["sandbox", "--", "true"]] {
            let said = project.kaizen(command);
            assert_eq!(said.code, Some(5), "{command:?} {said:?}");
            assert!(said.err.contains(&format!("grants = connect 127.0.0.1:{port}")), "{said:?}");
            assert!(said.err.contains("1 grant") && said.err.contains("kaizen trust"), "{said:?}");
        }
        assert_eq!(trusted(&project, &["measure"], &[]).code, Some(0));
    }
}

#[test]
fn a_service_of_this_machine_is_found_at_its_port_by_the_benchmark() {
    let (port, served) = web_server("127.0.0.1", "18");
    let project = Project::failing_python(KAIZEN);
    let asks = format!("import urllib.request\nLIMIT = int(urllib.request.urlopen('http://127.0.0.1:{port}/', timeout=10).read())\n");
    project.write("tests/test_calc.py", asks + &project.read("tests/test_calc.py").replace("is_adult(18)", "is_adult(LIMIT)"));
    project.configure(&format!("[grants]\nconnect = [\"127.0.0.1:{port}\"]"));
    let said = trusted(&project, &["improve"], &[]);
    assert!(said.code == Some(0) && mended(&project), "{said:?}");
    assert!(served.load(Ordering::SeqCst) > 5);
    nothing_left(&project);
}

/// A real server, started anew in the sandbox for every run.
#[test]
fn a_database_is_started_inside_before_each_run_and_gone_after_it() {
    let Some(programs) = kaizen_testkit::postgres::own_programs() else { return };
    let project = Project::failing_python(KAIZEN);
    let bin = programs.display();
    project.write(
        "tools/start.sh",
        format!(
            "set -e\n{bin}/initdb -D .pg -A trust -U kaizen --no-sync\n{bin}/pg_ctl -D .pg -w -o '-k /tmp -p 54329 -c fsync=off' start\n"
        ),
    );
    let program = "import subprocess\n\n\ndef ask(sql):\n    line = ['PSQL', '-h', '127.0.0.1', '-p', '54329', '-U', 'kaizen', '-At', '-c', sql, 'postgres']\n    return subprocess.run(line, check=True, capture_output=True, text=True).stdout.strip()\n\n\n";
    let case = "\n    def test_in_the_database(self):\n        ask('CREATE TABLE person (age int)')\n        ask('INSERT INTO person VALUES (18)')\n        self.assertTrue(is_adult(int(ask('SELECT age FROM person'))))\n";
    let tests = project.read("tests/test_calc.py");
    project.write("tests/test_calc.py", program.replace("PSQL", &format!("{bin}/psql")) + &tests + case);
    project.configure("[grants]\nstart = [\"sh tools/start.sh\"]");
    let said = trusted(&project, &["improve"], &[]);
    assert!(said.code == Some(0) && mended(&project), "{said:?}");
    nothing_left(&project);

    project.write("tools/start.sh", "echo the disk is gone; exit 1\n");
    project.commit("Broken");
    let said = project.kaizen(["measure"]);
    assert_eq!(said.code, Some(4), "{said:?}");
    assert!(said.err.contains("the service `sh tools/start.sh` did not start: the disk is gone"), "{said:?}");
}

#[test]
fn the_setup_reaches_the_hosts_it_was_granted_and_names_the_one_it_was_not() {
    let (port, served) = web_server("127.0.0.2", "18");
    let project = Project::failing_python(KAIZEN);
    let fetch = format!("import urllib.request; open('limit', 'wb').write(urllib.request.urlopen('http://127.0.0.2:{port}/').read())");
    project.write("tools/setup.py", &fetch);
    let text = project.read("kaizen.toml").replace("[levers", "setup = \"python3 tools/setup.py\"\n\n[levers");
    project.write("kaizen.toml", format!("{text}\n[grants]\nsetup = [\"pypi.org\"]\n"));
    project.commit("A setup");
    let said = trusted(&project, &["measure"], &[]);
    assert_eq!(said.code, Some(4), "{said:?}");
    assert!(said.err.contains(&format!("it asked for 127.0.0.2:{port}: grants.setup")), "{said:?}");
    project.write("kaizen.toml", format!("{text}\n[grants]\nsetup = [\"127.0.0.2:{port}\"]\n"));
    project.commit("Granted");
    let seen = trusted(&project, &["sandbox", "--", "cat limit; python3 tools/setup.py"], &[]);
    assert!(seen.out.starts_with("18") && seen.code == Some(1), "{seen:?}");
    assert_eq!(served.load(Ordering::SeqCst), 1);
}

/// Agents keep histories, commit, and add to `.gitignore`: none of it is an edit, and none of it is tampering.
#[test]
fn what_an_agent_writes_beside_its_edits_stays_behind() {
    let agent = "import subprocess\nfile.write_text(file.read_text().replace('18 < age', '18 <= age'))\n\
        pathlib.Path('.aider.chat.history.md').write_text('history')\npathlib.Path('.gitignore').write_text('.aider*')\n\
        subprocess.run(['git', 'add', '-A'], check=True)\nsubprocess.run(['git', 'commit', '-qm', 'Mended'], check=True)\n\
        print(os.environ['KAIZEN_TASK'])\n";
    let project = with_agent(agent, "{}");
    let said = trusted(&project, &["improve"], &[]);
    approved(&project, &said);
    assert_eq!(project.git(["diff", "--name-only", "main", "kaizen/calc"]), "src/calc.py");
    let shown = project.kaizen(["show", "h1"]).out;
    assert!(shown.contains("Mend this project: ") && shown.contains("- tests.test_calc.CalcTest.test_eighteen_is_adult: "), "{shown}");
}

#[test]
fn a_program_that_the_sandbox_does_not_show_is_named_with_its_place() {
    let project = with_agent("pass", "{}");
    let hidden = project.room().join("hidden");
    std::fs::create_dir_all(&hidden).unwrap();
    std::fs::write(hidden.join("my-agent"), "#!/bin/sh\n").unwrap();
    project.write("kaizen.toml", project.read("kaizen.toml").replace("python3 tools/agent.py", "my-agent --go"));
    project.commit("Another program");
    let path = format!("{}:{}", std::env::var("PATH").unwrap(), hidden.display());
    let said = trusted(&project, &["improve"], &[("PATH", &path)]);
    assert!(said.out.contains(&format!("`my-agent` is {}/my-agent, which the sandbox does not show", hidden.display())), "{said:?}");
}

#[test]
fn a_service_that_is_not_there_or_never_returns_is_named() {
    let project = Project::failing_python(KAIZEN);
    let text = project.read("kaizen.toml");
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    project.write("kaizen.toml", format!("{text}\n[grants]\nconnect = [\"127.0.0.1:{free}\"]\n"));
    project.commit("Grants");
    let said = trusted(&project, &["measure"], &[]);
    assert_eq!(said.code, Some(3), "{said:?}");
    assert!(
        said.err.contains(&format!("grants.connect names 127.0.0.1:{free}, and nothing answers there: Connection refused")),
        "{said:?}"
    );
}

/// A test's message and a program's words are somebody else's text.
#[test]
fn what_would_steer_the_terminal_is_not_printed() {
    let project = with_agent("import sys\nsys.exit('\\033]0;owned\\007\\033[2Jhello there')", "{}");
    project.write(
        "tests/test_calc.py",
        project.read("tests/test_calc.py").replace("assertTrue(is_adult(18))", "assertTrue(is_adult(18), '\\033[2Jgone')"),
    );
    project.commit("A message");
    let said = trusted(&project, &["improve"], &[]);
    let shown = [said, project.kaizen(["show", "h1"]), project.kaizen(["show", "w1"]), project.kaizen(["log"])];
    for text in shown.iter().flat_map(|said| [&said.out, &said.err]) {
        assert!(!text.contains(['\x1b', '\x07']), "{text:?}");
    }
    assert!(shown[0].out.contains("hello there") && shown[2].out.contains("gone"), "{shown:?}");
}
