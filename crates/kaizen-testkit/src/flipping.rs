//! A project whose cases pass with a chance that stands in a file, in a few milliseconds a run.
//!
//! `chance.flips` passes in `src/flips.txt` of a hundred runs, `chance.other` in `src/other.txt`, and `steady.right` while
//! `src/right.txt` says yes. The hold-out has a case of its own and none that flips.

use crate::project::Project;
use std::path::Path;

const BENCH: &str = r#"
seed=$(od -An -N3 -tu4 /dev/urandom)
awk -v seed="$seed" -v flips="$(cat src/flips.txt)" -v other="$(cat src/other.txt)" -v right="$(cat src/right.txt)" 'BEGIN {
    srand(seed); rand()
    printf "{\"id\": \"chance.flips\", \"passed\": %s}\n", 100 * rand() < flips ? "true" : "false"
    printf "{\"id\": \"chance.other\", \"passed\": %s}\n", 100 * rand() < other ? "true" : "false"
    printf "{\"id\": \"steady.right\", \"passed\": %s}\n", right == "yes" ? "true" : "false"
}'
"#;

const SETTINGS: &str = r#"[project]
name = "flipping"

[benchmark]
command = "sh bench.sh"
format = "json"
protect = ["bench.sh"]
holdout = { command = "sh hidden/bench.sh", files = ["hidden/**"] }

# The time of a few milliseconds on a busy machine says nothing.
[[metric]]
name = "seconds"
source = "time"
direction = "lower"
role = "guardrail"
max_regression = "400%"

[levers.code]
files = ["src/**"]

[propose]
attempts = 1
approaches = 9
use = ["command"]
"#;

impl Project {
    /// The project with these chances of `chance.flips` and `chance.other` in percent, and one trusted program per (name, command).
    /// It ran often enough that both of them are known to flip, where they do so in half of the runs.
    pub fn flipping(kaizen: impl AsRef<Path>, chances: [u32; 2], programs: &[(&str, &str)]) -> Self {
        let project = Self::new(kaizen);
        for (file, chance) in ["src/flips.txt", "src/other.txt"].into_iter().zip(chances) {
            project.write(file, format!("{chance}\n"));
        }
        project.write("src/right.txt", "yes\n");
        project.write("bench.sh", BENCH);
        project.write("hidden/bench.sh", "echo '{\"id\": \"hidden\", \"passed\": true}'\n");
        let programs = programs.iter().map(|(name, run)| format!("\n[propose.command.{name}]\nrun = {run:?}\n"));
        project.write("kaizen.toml", SETTINGS.to_owned() + &programs.collect::<String>());
        project.commit("A project that flips");
        assert_eq!(project.kaizen(["trust", "--yes"]).code, Some(0));
        let said = project.kaizen(["measure", "--runs", "20"]);
        assert_eq!(said.code, Some(0), "{said:?}");
        project
    }
}
