//! A project whose benchmark reports a quantity with noise of a known size, in a few milliseconds.
//!
//! The quantity is `src/cost.txt` times `src/shown.txt` times noise. In the hold-out any `shown.txt` but 1 costs a tenth more,
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
        "seed=$(od -An -N3 -tu4 /dev/urandom)
shown=$(cat src/shown.txt)
if [ \"$1\" = hidden ] && [ \"$shown\" != 1 ]; then shown=1.1; fi
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

# The time of a few milliseconds on a busy machine says nothing.
[[metric]]
name = \"seconds\"
source = \"time\"
direction = \"lower\"
role = \"guardrail\"
max_regression = \"400%\"

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

/// The settings of a tunable project; the comment and the spelling of every other line have to survive.
pub const SETTINGS: &str =
    "# What the service runs with.\r\ncache:\r\n  entries: 16   # far too few\r\npool: {kind: 'thread', threads: 2}\r\n";

impl Project {
    /// A project whose cost depends on `settings.yaml`: the more entries (up to 4096) and the nearer to 8 threads the better;
    /// the kind `fiber` crashes.
    pub fn tunable(kaizen: impl AsRef<Path>) -> Self {
        let project = Self::new(kaizen);
        project.write("settings.yaml", SETTINGS);
        project.write("src/none.txt", "nothing to edit\n");
        project.write("bench.sh", TUNED);
        let runs = "[limits]\nstudy_runs = 40\n";
        let levers = "[levers.config.\"settings.yaml\"]\n\"cache.entries\" = { min = 16, max = 65536, scale = \"log\" }\n\
            \"pool.kind\" = { choices = [\"thread\", \"process\", \"fiber\"] }\n\"pool.threads\" = { min = 1, max = 32 }\n\
            constraints = [\"pool.kind != 'process' or pool.threads <= 16\"]\n";
        let holdout = "holdout = { command = \"sh hidden/bench.sh\", files = [\"hidden/**\"] }\n";
        let text = settings(&[]).replace(holdout, "").replace("[levers.code]\nfiles = [\"src/**\"]\n", levers);
        project.write("kaizen.toml", text + runs);
        project.commit("A tunable project");
        project
    }
}

impl Project {
    /// A project whose cost depends on the arguments and the environment of its benchmark's command.
    pub fn tunable_command(kaizen: impl AsRef<Path>) -> Self {
        let project = Self::new(kaizen);
        project.write("src/none.txt", "nothing to edit\n");
        project.write("bench.sh", COMMANDED);
        let holdout = "holdout = { command = \"sh hidden/bench.sh\", files = [\"hidden/**\"] }\n";
        let levers =
            "[levers.config.args]\n\"--jobs\" = { min = 1, max = 8 }\n[levers.config.env]\nMODE = { choices = [\"slow\", \"fast\"] }\n";
        let text = settings(&[]).replace(holdout, "").replace("[levers.code]\nfiles = [\"src/**\"]\n", levers);
        project.write(
            "kaizen.toml",
            text.replace("\"sh bench.sh\"", "\"MODE=slow sh bench.sh --jobs 1\"  # as ever") + "[limits]\nstudy_runs = 30\n",
        );
        project.commit("A tunable command");
        project
    }
}

const COMMANDED: &str = r#"
seed=$(od -An -N3 -tu4 /dev/urandom)
awk -v seed="$seed" -v jobs="$2" -v mode="$MODE" 'BEGIN {
    srand(seed); noise = 0
    for (i = 0; i < 6; i++) noise += rand() - 0.5
    cost = (mode == "fast" ? 60 : 100) + 10 / jobs
    printf "{\"metric\": \"cost\", \"value\": %.6f}\n", cost * exp(0.02 * noise)
}'
"#;

const TUNED: &str = r#"
entries=$(sed -n 's/^ *entries: *\([0-9]*\).*/\1/p' settings.yaml)
kind=$(sed -n "s/.*kind: *'*\([a-z]*\).*/\1/p" settings.yaml)
threads=$(sed -n 's/.*threads: *\([0-9]*\).*/\1/p' settings.yaml)
[ -n "$entries" ] || entries=16
if [ "$kind" = fiber ]; then kill -6 $$; fi
seed=$(od -An -N3 -tu4 /dev/urandom)
awk -v seed="$seed" -v entries="$entries" -v threads="$threads" 'BEGIN {
    srand(seed); noise = 0
    for (i = 0; i < 6; i++) noise += rand() - 0.5
    if (entries > 4096) entries = 4096
    cost = 100 - 5 * log(entries / 16) / log(2) + (threads - 8) * (threads - 8) / 4
    printf "{\"metric\": \"cost\", \"value\": %.6f}\n", cost * exp(0.02 * noise)
}'
"#;
