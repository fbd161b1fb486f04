//! `cargo xtask install`: what the checks need, from Debian's packages.
//!
//! As root only what is missing is installed. Anybody else is told the command to type: nothing here asks for rights.

use crate::Outcome;
use crate::packages::{Need, missing};
use std::path::Path;
use std::process::Command;

/// Installs what is missing, or says what to type.
pub(crate) fn run(_root: &Path) -> Outcome {
    let lacking = missing();
    if lacking.is_empty() {
        println!("nothing is missing");
        return Ok(());
    }
    println!("missing: {}", names(&lacking));
    if !may_install() {
        return Err(advice(&lacking));
    }
    install(&packages(&lacking))?;
    let lacking = missing();
    if lacking.is_empty() { Ok(()) } else { Err(format!("still missing after the installation: {}", names(&lacking))) }
}

fn names(needs: &[&Need]) -> String {
    needs.iter().map(|need| need.what).collect::<Vec<_>>().join(", ")
}

fn packages(needs: &[&Need]) -> Vec<&'static str> {
    let mut packages: Vec<&str> = needs.iter().map(|need| need.package).collect();
    packages.sort_unstable();
    packages.dedup();
    packages
}

fn advice(needs: &[&Need]) -> String {
    let lines: Vec<String> = needs.iter().map(|need| format!("  {}: {}", need.what, need.because)).collect();
    format!("the checks need\n{}\nhint: sudo apt-get install --no-install-recommends {}", lines.join("\n"), packages(needs).join(" "))
}

fn may_install() -> bool {
    answers("apt-get", &["--version"]) && output("id", &["-u"]).is_some_and(|uid| uid.trim() == "0")
}

fn install(packages: &[&str]) -> Outcome {
    apt_get(&["update", "-q"])?;
    let mut arguments = vec!["install", "-q", "-y", "--no-install-recommends"];
    arguments.extend(packages);
    apt_get(&arguments)
}

fn apt_get(arguments: &[&str]) -> Outcome {
    println!("$ apt-get {}", arguments.join(" "));
    let status = Command::new("apt-get").args(arguments).env("DEBIAN_FRONTEND", "noninteractive").status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("apt-get {} ended with {status}", arguments.join(" "))),
        Err(error) => Err(format!("apt-get could not be started: {error}")),
    }
}

/// True where the program runs and ends well.
pub(crate) fn answers(program: &str, arguments: &[&str]) -> bool {
    output(program, arguments).is_some()
}

fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).stdin(std::process::Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packages::NEEDS;

    #[test]
    fn the_advice_is_a_command_to_type_and_names_each_package_once() {
        let all: Vec<&Need> = NEEDS.iter().collect();
        let advice = advice(&all);
        let command = advice.lines().last().unwrap();
        assert!(command.starts_with("hint: sudo apt-get install --no-install-recommends "), "{command}");
        assert_eq!(command.matches("postgresql").count(), 1);
    }

    #[test]
    fn a_program_that_does_not_exist_does_not_answer() {
        assert!(!answers("no-such-program-anywhere", &[]));
        assert!(!answers("false", &[]));
        assert!(answers("true", &[]));
    }
}
