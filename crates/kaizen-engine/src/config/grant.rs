//! `[grants]` and `propose.command.NAME.grants`: what a trial or a workshop may reach beyond its own copy. None by default, and none
//! without trust.

use super::benchmark::CommandLine;
use super::problem::{Wrong, text_schema, text_type};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};

/// What trials may reach. It holds for baseline and candidate alike.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Grants {
    /// Services of this machine or another one, which the benchmark then finds at the same port of 127.0.0.1.
    #[serde(default)]
    #[schemars(extend("examples" = [["127.0.0.1:5432"]]))]
    pub connect: Vec<Address>,
    /// Commands that start a service inside the sandbox before each run, and return when it is ready.
    #[serde(default)]
    #[schemars(extend("examples" = [["pg_ctl -D .pg -w start"]]))]
    pub start: Vec<CommandLine>,
    /// Hosts that `benchmark.setup` may reach through a proxy; trials may not.
    #[serde(default)]
    #[schemars(extend("examples" = [["pypi.org", "files.pythonhosted.org"]]))]
    pub setup: Vec<Host>,
}

impl Grants {
    /// Services that would be found at one port, by key.
    pub(super) fn conflicts(&self) -> Vec<(String, Wrong)> {
        let mut ports = BTreeSet::new();
        let second = self.connect.iter().enumerate().filter(|(_, address)| !ports.insert(address.port()));
        let hint = "the benchmark finds each at its port of 127.0.0.1: keep one";
        let wrong = |address: &Address| Wrong::new(format!("a second service at port {}", address.port()), hint);
        second.map(|(index, address)| (format!("grants.connect[{index}]"), wrong(address))).collect()
    }
}

/// What the workshop of one program may reach. Trials of its edits may not.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkshopGrants {
    /// Hosts it may reach through a proxy, at ports 80 and 443 where none is given. A port of 127.0.0.1 is reached at the same port.
    #[serde(default)]
    #[schemars(extend("examples" = [["api.anthropic.com"]]))]
    pub network: Vec<Host>,
    /// Files and directories of the home directory, of which it gets a copy.
    #[serde(default)]
    #[schemars(extend("examples" = [["~/.claude"]]))]
    pub home: Vec<HomePath>,
    /// Variables of Kaizen's own environment. Their values are kept out of everything that is recorded.
    #[serde(default)]
    #[schemars(extend("examples" = [["ANTHROPIC_API_KEY"]]))]
    pub env: Vec<Variable>,
    /// Device files.
    #[serde(default)]
    #[schemars(extend("examples" = [["/dev/nvidia0"]]))]
    pub devices: Vec<Device>,
}

impl WorkshopGrants {
    /// Whether nothing is granted.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// One line: what is granted.
impl fmt::Display for WorkshopGrants {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_parts(
            f,
            [("network", list(&self.network)), ("home", list(&self.home)), ("env", list(&self.env)), ("devices", list(&self.devices))],
        )
    }
}

/// One line: what is granted.
impl fmt::Display for Grants {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_parts(f, [("connect", list(&self.connect)), ("start", list(&self.start)), ("setup", list(&self.setup))])
    }
}

fn list<T: fmt::Display>(items: &[T]) -> String {
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn write_parts<const N: usize>(f: &mut fmt::Formatter<'_>, parts: [(&str, String); N]) -> fmt::Result {
    let given: Vec<String> = parts.into_iter().filter(|(_, what)| !what.is_empty()).map(|(name, what)| format!("{name} {what}")).collect();
    f.write_str(&given.join("; "))
}

/// A host and a port: `127.0.0.1:5432`, `db.internal:5432`, `[::1]:6379`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Address(String);

text_type!(Address);
text_schema!(Address, "kaizen-address", "127.0.0.1:5432");

impl Address {
    /// A port of this machine.
    pub(crate) fn loopback(port: u16) -> Self {
        Self(format!("127.0.0.1:{port}"))
    }

    /// The host: a name, an IPv4 address, or an IPv6 address without its brackets.
    pub fn host(&self) -> &str {
        split(&self.0).map_or("", |(host, _)| host)
    }

    /// The port, never 0.
    pub fn port(&self) -> u16 {
        split(&self.0).and_then(|(_, port)| port).unwrap_or_default()
    }
}

impl TryFrom<String> for Address {
    type Error = Wrong;
    fn try_from(text: String) -> Result<Self, Wrong> {
        match split(&text) {
            Some((host, Some(1..))) if is_host(host) => Ok(Self(text)),
            _ => Err(Wrong::new(format!("{text:?} is no host and port"), r#"write both: "127.0.0.1:5432""#)),
        }
    }
}

/// A host name or `*.` and a domain, with a port or without: `pypi.org`, `*.example.com`, `127.0.0.1:8080`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Host(String);

text_type!(Host);
text_schema!(Host, "kaizen-host", "pypi.org");

/// Names that programs never ask a proxy for.
pub(crate) const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// Reached where a grant names no port.
const WEB: [u16; 2] = [80, 443];

impl Host {
    /// Whether the grant covers a host and port. Names are compared without regard to case and to a final dot.
    pub fn covers(&self, host: &str, port: u16) -> bool {
        let Some((granted, at)) = split(&self.0) else { return false };
        let (granted, host) = (plain(granted), plain(host));
        let is_named = match granted.strip_prefix('*') {
            Some(domain) => host.len() > domain.len() && host.ends_with(domain),
            None => host == granted,
        };
        is_named && at.map_or(WEB.contains(&port), |at| at == port)
    }

    /// The grant as an address, where it is a port of this machine's own loopback address.
    pub fn on_loopback(&self) -> Option<Address> {
        let is_loopback = split(&self.0).is_some_and(|(host, port)| port.is_some() && LOOPBACK.contains(&plain(host).as_str()));
        is_loopback.then(|| Address(self.0.clone()))
    }
}

impl TryFrom<String> for Host {
    type Error = Wrong;
    fn try_from(text: String) -> Result<Self, Wrong> {
        let named = split(&text).filter(|(host, port)| is_host(host.strip_prefix("*.").unwrap_or(host)) && *port != Some(0));
        let hint = r#"write a name without https:// and path: "pypi.org", "*.example.com", "127.0.0.1:8080""#;
        if named.is_some() { Ok(Self(text)) } else { Err(Wrong::new(format!("{text:?} is no host"), hint)) }
    }
}

/// Host and port of `host`, `host:port`, `[v6]` and `[v6]:port`; `None` where what follows the colon is no port.
pub(crate) fn split(text: &str) -> Option<(&str, Option<u16>)> {
    let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, "")) => (host, None),
        Some((host, rest)) => (host, Some(rest.strip_prefix(':')?)),
        None => text.rsplit_once(':').map_or((text, None), |(host, port)| (host, Some(port))),
    };
    port.map_or(Some((host, None)), |port| Some((host, Some(port.parse().ok()?))))
}

fn plain(host: &str) -> String {
    host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase()
}

fn is_host(host: &str) -> bool {
    let is_v6 = host.contains(':') && host.parse::<std::net::Ipv6Addr>().is_ok();
    let is_name = |label: &str| !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    is_v6 || (host.len() <= 253 && host.split('.').all(is_name))
}

/// A path below the home directory: `~/.claude`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct HomePath(String);

text_type!(HomePath);
text_schema!(HomePath, "kaizen-home-path", "~/.claude");

impl HomePath {
    /// Relative to the home directory.
    pub fn below(&self) -> &Path {
        Path::new(self.0.strip_prefix("~/").unwrap_or(&self.0))
    }
}

impl TryFrom<String> for HomePath {
    type Error = Wrong;
    fn try_from(text: String) -> Result<Self, Wrong> {
        let below = text.strip_prefix("~/").map(|below| PathBuf::from(below.trim_end_matches('/')));
        let is_plain = |below: &PathBuf| {
            below.components().next().is_some() && below.components().all(|part| matches!(part, std::path::Component::Normal(_)))
        };
        if below.as_ref().is_some_and(is_plain) {
            return Ok(Self(text));
        }
        let hint = r#"write a path below your home directory, never the whole of it: "~/.claude""#;
        Err(Wrong::new(format!("{text:?} is no path below the home directory"), hint))
    }
}

/// The name of an environment variable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Variable(String);

text_type!(Variable);
text_schema!(Variable, "kaizen-variable", "ANTHROPIC_API_KEY");

impl TryFrom<String> for Variable {
    type Error = Wrong;
    fn try_from(text: String) -> Result<Self, Wrong> {
        let begins = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        let fits = begins && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        let hint = r#"write the name, never the value: "ANTHROPIC_API_KEY""#;
        if fits { Ok(Self(text)) } else { Err(Wrong::new(format!("{text:?} is no variable's name"), hint)) }
    }
}

/// A device file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Device(String);

text_type!(Device);
text_schema!(Device, "kaizen-device", "/dev/nvidia0");

impl TryFrom<String> for Device {
    type Error = Wrong;
    fn try_from(text: String) -> Result<Self, Wrong> {
        let name = text.strip_prefix("/dev/").filter(|name| name.split('/').all(|part| !part.is_empty() && !matches!(part, "." | "..")));
        let hint = r#"write a path below /dev: "/dev/nvidia0""#;
        if name.is_some() { Ok(Self(text)) } else { Err(Wrong::new(format!("{text:?} is no device"), hint)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(text: &str) -> Host {
        Host::try_from(text.to_owned()).unwrap()
    }

    #[test]
    fn a_host_is_covered_by_its_name_or_its_domain_at_the_ports_of_the_web_or_the_one_given() {
        for (grant, asked, port, expected) in [
            ("pypi.org", "pypi.org", 443, true),
            ("pypi.org", "PyPI.org.", 80, true),
            ("pypi.org", "pypi.org", 22, false),
            ("pypi.org", "evil-pypi.org", 443, false),
            ("pypi.org", "pypi.org.evil.com", 443, false),
            ("*.example.com", "a.b.example.com", 443, true),
            ("*.example.com", "example.com", 443, false),
            ("*.example.com", ".example.com", 443, false),
            ("*.example.com", "badexample.com", 443, false),
            ("127.0.0.1:8080", "127.0.0.1", 8080, true),
            ("127.0.0.1:8080", "127.0.0.1", 443, false),
            ("[::1]:8080", "::1", 8080, true),
        ] {
            assert_eq!(host(grant).covers(asked, port), expected, "{grant} {asked}:{port}");
        }
    }

    #[test]
    fn what_is_no_host_address_path_name_or_device_is_refused() {
        for text in ["", "https://pypi.org", "pypi.org/simple", "a b", "*", "*.", "a:b", "a:0", "a:70000", "pypi..org"] {
            assert!(Host::try_from(text.to_owned()).is_err(), "{text}");
        }
        for text in ["127.0.0.1", ":5432", "*.example.com:1", "127.0.0.1:0", "[::1]5432"] {
            assert!(Address::try_from(text.to_owned()).is_err(), "{text}");
        }
        for text in ["~", "~/", "~/../other", "/etc", ".claude", "~/a/../../b", "~//etc"] {
            assert!(HomePath::try_from(text.to_owned()).is_err(), "{text}");
        }
        for text in ["", "A=B", "1A", "A-B", "A B"] {
            assert!(Variable::try_from(text.to_owned()).is_err(), "{text}");
        }
        for text in ["", "/dev/", "/dev/../etc/passwd", "/etc/passwd", "dev/null", "/dev//x"] {
            assert!(Device::try_from(text.to_owned()).is_err(), "{text}");
        }
    }

    #[test]
    fn addresses_know_their_port_and_paths_what_is_below_home() {
        assert_eq!(Address::try_from("db.internal:5432".to_owned()).unwrap().port(), 5432);
        assert_eq!(Address::try_from("[::1]:6379".to_owned()).unwrap().port(), 6379);
        assert_eq!(HomePath::try_from("~/.config/tool/".to_owned()).unwrap().below(), Path::new(".config/tool/"));
        assert_eq!(HomePath::try_from("~/~/tool".to_owned()).unwrap().below(), Path::new("~/tool"));
    }
}
