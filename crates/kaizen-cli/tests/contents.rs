//! Content that git converts: filters and line endings. The committed blob is what git itself would have written.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use kaizen_testkit::patterns::{ADULT, CALC};
use kaizen_testkit::project::Project;

const KAIZEN: &str = env!("CARGO_BIN_EXE_kaizen");

/// Rewrites the working tree from HEAD under the configuration as it is now.
fn check_out_anew(project: &Project) {
    project.git(["rm", "--quiet", "--cached", "-r", "."]);
    project.git(["reset", "--quiet", "--hard"]);
}

/// Improves beside and, after taking that back, in place: each time one line differs and git sees nothing else.
fn one_line_either_way(project: &Project) {
    let said = project.kaizen(["improve"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!(project.git(["diff", "--numstat", "main", "kaizen/calc"]), "1\t1\tsrc/calc.py");
    assert_eq!(project.git(["status", "--porcelain"]), "");
    assert_eq!(project.kaizen(["undo"]).code, Some(0));
    assert_eq!(project.git(["diff", "main", "kaizen/calc"]), "");
    project.write("README", "new");
    project.commit("More");
    let file = project.read("src/calc.py");
    let said = project.kaizen(["improve", "--in-place", "--auto"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!(project.git(["diff", "--numstat", "main^", "main"]), "1\t1\tsrc/calc.py");
    assert_eq!(
        (project.read("src/calc.py"), project.git(["status", "--porcelain"])),
        (file.replace("18 < age", "18 <= age"), String::new())
    );
}

fn blob(project: &Project, revision: &str) -> String {
    project.git(["cat-file", "blob", &format!("{revision}:src/calc.py")])
}

#[test]
fn a_clean_and_smudge_filter_is_applied_both_ways() {
    let project = Project::of_patterns(KAIZEN, &(CALC.to_owned() + "# STORED\n"), &[ADULT, ("smudged", "# SHOWN")]);
    project.write(".gitattributes", "src/calc.py filter=words\n");
    project.commit("A filter");
    project.git(["config", "filter.words.clean", "sed s/SHOWN/STORED/"]);
    project.git(["config", "filter.words.smudge", "sed s/STORED/SHOWN/"]);
    project.git(["config", "filter.words.required", "true"]);
    check_out_anew(&project);
    assert!(project.read("src/calc.py").contains("# SHOWN"));
    one_line_either_way(&project);
    for revision in ["kaizen/calc~1", "main"] {
        assert!(blob(&project, revision).contains("# STORED") && blob(&project, revision).contains(ADULT.1));
    }
}

#[test]
fn a_filter_that_is_not_installed_is_named() {
    let project = Project::small(KAIZEN);
    project.write(".gitattributes", "src/calc.py filter=lfs\n");
    project.commit("A filter");
    for key in ["clean", "smudge"] {
        project.git(["config", &format!("filter.lfs.{key}"), "no-such-filter-program %f"]);
    }
    project.git(["config", "filter.lfs.required", "true"]);
    let said = project.kaizen(["improve"]);
    assert!(said.code == Some(3) && said.err.contains("no-such-filter-program") && said.err.contains("src/calc.py"), "{said:?}");
    assert!(said.err.contains("hint:"), "{said:?}");
}

#[test]
fn line_endings_that_git_converts_on_checkout_are_stored_as_before() {
    for (attributes, setting) in [("", "true"), ("*.py text eol=crlf\n", "false"), ("* text=auto eol=crlf\n", "input")] {
        let project = Project::small(KAIZEN);
        project.write(".gitattributes", attributes);
        project.commit("Attributes");
        project.git(["config", "core.autocrlf", setting]);
        // The script of the benchmark runs with line feeds.
        project.write(".git/info/attributes", "check.sh -text\n");
        check_out_anew(&project);
        assert!(project.read("src/calc.py").contains("18 < age\r\n"));
        one_line_either_way(&project);
        assert!(!blob(&project, "main").contains('\r'));
    }
}

#[test]
fn line_endings_that_are_stored_as_they_are_stay() {
    for setting in ["false", "true", "input"] {
        let project = Project::of_patterns(KAIZEN, &CALC.replace('\n', "\r\n"), &[ADULT]);
        project.git(["config", "core.autocrlf", setting]);
        project.write(".git/info/attributes", "check.sh -text\n");
        check_out_anew(&project);
        one_line_either_way(&project);
        assert!(blob(&project, "main").contains("18 <= age\r\n"));
    }
}
