//! A project whose benchmark reports a quantity with noise of a known size, in a few milliseconds.
//!
//! The quantity is `src/cost.txt` times `src/shown.txt` times noise. In the hold-out any `shown.txt` but 1 costs a fifth more,
//! so that an edit of it games what is visible and does harm. One case passes while `src/right.txt` says yes.

use crate::project::Project;
use std::path::Path;

/// Lognormal-like noise: a sum of uniform numbers, times this.
const SPREAD: f64 = 0.03;

impl Project {
    /// The project, with one trusted program per (name, command).
    pub fn measured(kaizen: impl AsRef<Path>, programs: &[(&str, &str)]) -> Self {
        let project = Self::new(kaizen);
        for (file, text) in [("src/cost.txt", "100\n"), ("src/shown.txt", "1\n"), ("src/right.txt", "yes\n")] {
            project.write(file, text);
        }
        project.write("bench.sh", bench());
        project.write("hidden/bench.sh", "sh bench.sh hidden\n");
        project.write("kaizen.toml", settings(programs));
        project.commit("A measured project");
        if !programs.is_empty() {
            let said = project.kaizen(["trust", "--yes"]);
            assert_eq!(said.code, Some(0), "{said:?}");
        }
        project
    }
}

fn bench() -> String {
    format!(
        "seed=$(od -An -N4 -tu4 /dev/urandom)
shown=$(cat src/shown.txt)
if [ \"$1\" = hidden ] && [ \"$shown\" != 1 ]; then shown=1.2; fi
right=$(cat src/right.txt)
awk -v seed=\"$seed\" -v cost=\"$(cat src/cost.txt)\" -v shown=\"$shown\" -v right=\"$right\" 'BEGIN {{
    srand(seed); noise = 0
    for (i = 0; i < 6; i++) noise += rand() - 0.5
    passed = right == \"yes\" ? \"true\" : \"false\"
    metric = cost == \"none\" ? \"\" : sprintf(\"{{\\\"metric\\\": \\\"cost\\\", \\\"value\\\": %.6f}}\", cost * shown * exp({SPREAD} * noise))
    print \"{{\\\"id\\\": \\\"right\\\", \\\"passed\\\": \" passed \"}}\"
    print metric
}}'
"
    )
}

fn settings(programs: &[(&str, &str)]) -> String {
    let mut text = "[project]
name = \"measured\"

[benchmark]
command = \"sh bench.sh\"
format = \"json\"
protect = [\"bench.sh\"]
holdout = { command = \"sh hidden/bench.sh\", files = [\"hidden/**\"] }

[[metric]]
name = \"cost\"
source = \"json:.cost\"
direction = \"lower\"

[levers.code]
files = [\"src/**\"]

[propose]
attempts = 1
approaches = 9
"
    .to_owned();
    if !programs.is_empty() {
        text += "use = [\"command\"]\n";
    }
    for (name, run) in programs {
        text += &format!("\n[propose.command.{name}]\nrun = {run:?}\n");
    }
    text
}
