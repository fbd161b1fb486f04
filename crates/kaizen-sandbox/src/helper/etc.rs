//! The files of `/etc` that say who a candidate is and what its machine is called, the same in every tier that shows some.

use super::Owner;
use nix::unistd::{getegid, geteuid};
use std::fs;
use std::io;
use std::path::Path;

/// Their names, all of which `write` makes.
pub(super) const NAMES: [&str; 4] = ["passwd", "group", "hosts", "hostname"];

/// Writes them into the directory `etc`. The candidate is `owner`, or else who we are.
pub(super) fn write(etc: &Path, owner: Owner) -> io::Result<()> {
    let (user, group) = owner.unwrap_or((geteuid().as_raw(), getegid().as_raw()));
    let [passwd, groups, hosts, hostname] = NAMES.map(|name| etc.join(name));
    fs::write(passwd, format!("root:x:0:0:root:/nonexistent:/bin/false\nsandbox:x:{user}:{group}:sandbox:/tmp:/bin/sh\n"))?;
    fs::write(groups, format!("root:x:0:\nsandbox:x:{group}:\n"))?;
    fs::write(hosts, "127.0.0.1 localhost sandbox\n::1 localhost\n")?;
    fs::write(hostname, "sandbox\n")
}
