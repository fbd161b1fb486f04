//! `kaizen doctor --apparmor`: the profile that lets this very program make user namespaces, and what to do with it.

use crate::machine::Surroundings;
use crate::output::Output;
use kaizen_api::v1::AppArmor;
use kaizen_engine::error::EngineError;
use kaizen_sandbox::host::{Host, apparmor_profile};
use std::path::Path;

/// Prints the profile on standard output, ready to be written to a file, and everything for people beside it.
pub fn run(here: &Surroundings, output: &Output) -> Result<u8, EngineError> {
    let program = std::env::current_exe()
        .map_err(|error| EngineError::environment(format!("kaizen cannot find its own executable: {error}"), "run it by its full path"))?;
    let host = Host::read(Path::new("/"), &here.machine.cache);
    let restricted = host.apparmor_restricts && !host.is_root;
    let told = AppArmor { schema: "kaizen.apparmor/1".into(), restricted, profile: apparmor_profile(&program), steps: steps() };
    if output.json {
        output.object(&told)?;
        return Ok(0);
    }
    output.note(if restricted { RESTRICTED } else { UNRESTRICTED });
    output.note(COST);
    told.steps.iter().for_each(|step| output.note(format!("  {step}")));
    output.raw(told.profile.as_bytes());
    Ok(0)
}

const RESTRICTED: &str = "AppArmor restricts user namespaces here (kernel.apparmor_restrict_unprivileged_userns = 1).";
const UNRESTRICTED: &str = "AppArmor does not restrict user namespaces for this user here; nothing needs to be done.";
const COST: &str = "Ubuntu 23.10 and later, and hosted runners made from it, take the capabilities from new user namespaces of programs \
without a profile. Without the namespaces tier candidates run in the landlock tier: no process space, disk cap and /tmp of their own. \
Either of these gives the namespaces tier back:";

fn steps() -> Vec<String> {
    [
        "a profile for this program alone, for good:",
        "  kaizen doctor --apparmor 2>/dev/null | sudo tee /etc/apparmor.d/kaizen >/dev/null && sudo apparmor_parser -r /etc/apparmor.d/kaizen",
        "or, on a machine that lives for one job (GitHub Actions: a step before kaizen), for every program:",
        "  sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0",
        "then `kaizen doctor` tests the tier anew",
    ]
    .map(str::to_owned)
    .to_vec()
}
