//! What `mutate` repairs, on defects that other people's tools put into other people's packages.
//!
//! Sources and tests come from the registries, the defects from a mutation tool, in an order that depends on the sources alone; a
//! defect counts where at least one test of the package sees it and the suite still ends. Each is repaired by the real binary in a
//! home of its own, and the repair is compared with the original: the same program, or the same behaviour on the calls the package's
//! tests make and on perturbed ones, or neither: *passes only*. The defect is part of the project's only commit: nothing in its history
//! points at it.

mod defect;
mod environment;
mod judgement;
mod package;
mod repaired;
mod results;

use super::table::Table;
use super::wish::Wish;
use super::{Endurance, Part, Program, Site, Subject};
use crate::Outcome;
use defect::{Caught, caught};
use environment::Environment;
use package::{PACKAGES, Package, Prepared};
use results::{Results, Row};

/// `cargo xtask bench repair`.
pub(super) const SUBJECT: Subject = Subject {
    name: "repair",
    about: "what is repaired without a model, and how often rightly",
    parts: PARTS,
    endurance: Endurance { flag: "--defects", about: "how many defects of each tool are repaired", usual: 60 },
    program: Program { build: &["-p", "kaizen-cli"], path: "kaizen" },
};

const PARTS: &[Part] = &[
    Part { name: "cosmic-ray", measure: |site, wish, table| measure("cosmic-ray", site, wish, table) },
    Part { name: "mutmut", measure: |site, wish, table| measure("mutmut", site, wish, table) },
];

/// Packages of a quick look.
const QUICK: usize = 4;

fn measure(tool: &str, site: &Site, wish: &Wish, table: &mut Table) -> Outcome {
    let environment = Environment::open(site)?;
    let packages = &PACKAGES[..if wish.quick { QUICK } else { PACKAGES.len() }];
    let mut results = Results::default();
    for (number, package) in packages.iter().enumerate() {
        // As many of each package; what is left over goes to the first ones.
        let share = wish.times as usize / packages.len() + usize::from(number < wish.times as usize % packages.len());
        if share > 0 {
            one_package(tool, package, share, &environment, site, &mut results)?;
        }
    }
    results.tell(tool, table);
    Ok(())
}

fn one_package(
    tool: &str,
    package: &'static Package,
    share: usize,
    environment: &Environment,
    site: &Site,
    results: &mut Results,
) -> Outcome {
    let prepared = Prepared::open(package, environment, &site.binary)?;
    let mut listed = defect::listed(tool, environment, &prepared)?;
    let mut taken = 0;
    while taken < share {
        let Some(defect) = listed.next()? else {
            println!("{}: only {taken} defects that its tests catch", package.name);
            break;
        };
        match caught(&prepared, &defect)? {
            Caught::No | Caught::Hangs => continue,
            Caught::Yes => {}
        }
        taken += 1;
        let repair = repaired::repair(&prepared, environment, &defect)?;
        let judged = judgement::of(&prepared, environment, &defect, &repair)?;
        let result = Row { package: package.name, defect, repair, judged };
        println!("{}", result.line());
        results.all.push(result);
        // A measurement that is stopped half-way has said this much.
        results.keep(&environment.place().join(format!("{tool}.jsonl")))?;
    }
    Ok(())
}
