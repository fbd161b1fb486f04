//! Kaizen makes no connection, and what it tries has no network but its own. Run in a network of their own (`unshare`),
//! in which every address is answered by the loopback device and the kernel counts what is sent.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use kaizen_testkit::project::{Project, Said, said};
use std::process::{Command, Stdio};

const KAIZEN: &str = env!("CARGO_BIN_EXE_kaizen");

/// Prepares the network, runs its arguments, and appends what the kernel counted meanwhile as one last line: connections opened,
/// datagrams sent and packets sent. With `listen` as its first argument a server listens on port 8099 of the loopback device.
const INSIDE: &str = r#"
import fcntl, json, os, socket, struct, subprocess, sys

def bring_up(name):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        flags = struct.unpack('16sh', fcntl.ioctl(control, 0x8913, struct.pack('16sh', name, 0)))[1]
        fcntl.ioctl(control, 0x8914, struct.pack('16sh', name, flags | 1))

def route_everything_to(name):
    any_address = struct.pack('=HH4s8x', socket.AF_INET, 0, bytes(4))
    device = name + b'\0'
    import ctypes
    held = ctypes.create_string_buffer(device)
    entry = struct.pack('=Q', 0) + any_address * 3 + struct.pack('=HhQQhh4x', 1, 0, 0, 0, 0, 0)
    entry = entry.ljust(88, b'\0') + struct.pack('=Q', ctypes.addressof(held))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, 0x890B, entry.ljust(120, b'\0'))

def counted():
    found = {}
    with open('/proc/net/snmp') as table:
        for names, values in zip(*[iter(table)] * 2):
            kind = names.split(':')[0]
            found.update({kind + name: int(value) for name, value in zip(names.split()[1:], values.split()[1:])})
    return [found[name] for name in ('TcpActiveOpens', 'UdpOutDatagrams', 'IpOutRequests')]

bring_up(b'lo')
route_everything_to(b'lo')
listening = sys.argv[1] == 'listen'
if listening:
    server = socket.create_server(('127.0.0.1', 8099))
before = counted()
code = subprocess.run(sys.argv[2:]).returncode
print(json.dumps({'counted': [after - was for was, after in zip(before, counted())]}), flush=True)
sys.exit(code)
"#;

/// Runs a command line in a network of its own, as `project` would.
fn in_own_network(project: &Project, listen: bool, program: &[&str]) -> Said {
    let kaizen = project.command([] as [&str; 0]);
    let root = std::os::unix::fs::MetadataExt::uid(&std::fs::metadata("/proc/self").unwrap()) == 0;
    let mut command = Command::new("unshare");
    command.args(if root { &["--net"][..] } else { &["--user", "--net", "--map-current-user", "--keep-caps"][..] });
    command.args(["--", "python3", "-c", INSIDE, if listen { "listen" } else { "quiet" }]).args(program);
    command.env_clear().envs(kaizen.get_envs().filter_map(|(name, value)| Some((name, value?)))).current_dir(project.root());
    said(&command.stdin(Stdio::null()).output().expect("unshare (util-linux) runs"))
}

/// What the kernel counted: connections opened, datagrams sent, packets sent.
fn counted(said: &Said) -> Vec<u64> {
    let result = said.result();
    let counts = result["counted"].as_array().unwrap_or_else(|| panic!("{said:?}"));
    counts.iter().map(|count| count.as_u64().unwrap()).collect()
}

#[test]
fn the_counters_see_whoever_reaches_for_the_network() {
    let reach = "import socket\nsocket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 53))\nprobe = socket.socket()\nprobe.setblocking(False)\nprobe.connect_ex(('198.51.100.7', 443))\n";
    let said = in_own_network(&Project::new(KAIZEN), false, &["python3", "-c", reach]);
    let counts = counted(&said);
    assert_eq!((said.code, counts[0], counts[1] >= 1, counts[2] >= 2), (Some(0), 1, true, true), "{said:?}");
}

#[test]
fn a_whole_improvement_opens_no_connection_and_sends_no_packet() {
    let project = Project::failing_python(KAIZEN);
    project.git(["remote", "add", "origin", "https://192.0.2.1/x.git"]);
    let improved = in_own_network(&project, false, &[KAIZEN, "improve", "--json"]);
    assert_eq!((improved.code, counted(&improved)), (Some(0), vec![0, 0, 0]), "{improved:?}");
    assert!(project.git(["show", "kaizen/calc:src/calc.py"]).contains("18 <= age"));
    for command in [&["status"][..], &["explain", "v1"], &["log", "--verify"], &["undo"], &["doctor"]] {
        let said = in_own_network(&project, false, &[&[KAIZEN], command].concat());
        assert_eq!((said.code, counted(&said)), (Some(0), vec![0, 0, 0]), "{command:?}: {said:?}");
    }
}

#[test]
fn a_benchmark_reaches_its_own_server_and_nobody_elses() {
    let project = Project::failing_python(KAIZEN);
    let test = "import socket, threading, unittest\n\n\nclass NetworkTest(unittest.TestCase):\n    def test_own_server(self):\n        with socket.create_server(('127.0.0.1', 0)) as server:\n            threading.Thread(target=lambda: server.accept()[0].sendall(b'own'), daemon=True).start()\n            with socket.create_connection(server.getsockname(), 5) as client:\n                self.assertEqual(client.recv(3), b'own')\n\n    def test_the_hosts_server(self):\n        with self.assertRaises(OSError):\n            socket.create_connection(('127.0.0.1', 8099), 5)\n\n    def test_elsewhere(self):\n        for place in ('192.0.2.1', '2001:db8::1', 'example.org'):\n            with self.assertRaises(OSError):\n                socket.create_connection((place, 443), 5)\n";
    project.write("tests/test_calc.py", test);
    project.commit("Tests that use sockets");
    let said = in_own_network(&project, true, &[KAIZEN, "measure", "--runs", "1", "--json"]);
    let result: serde_json::Value = said.out.lines().rev().nth(1).and_then(|line| serde_json::from_str(line).ok()).unwrap_or_default();
    assert_eq!((said.code, result["passing"].as_u64(), result["executed"].as_u64()), (Some(0), Some(3), Some(3)), "{said:?}");
    assert_eq!(counted(&said), [0, 0, 0]);
    let reached = in_own_network(&project, true, &["python3", "-c", "import socket; socket.create_connection(('127.0.0.1', 8099), 5)"]);
    assert_eq!((reached.code, counted(&reached)[0]), (Some(0), 1), "the server listens: {reached:?}");
}
