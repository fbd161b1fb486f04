//! Patterns of files and of cases.
//!
//! A file pattern is relative to the project's root, `*` stays within one directory and `**` does not. A pattern
//! without wildcards that names a directory covers everything below it. A case pattern's `*` crosses everything,
//! because case ids hold `/`, `.` and `::` as their tools please.

use super::problem::Wrong;
use globset::{GlobBuilder, GlobMatcher, GlobSet, GlobSetBuilder};
use kaizen_domain::path::RepoPath;
use kaizen_domain::scorecard::CaseId;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::Path;

const FILE_HINT: &str = r#"write a path pattern relative to the project's root: "src/**/*.py", "tests/**""#;
const CASE_HINT: &str = r#"write a case's id or a pattern of ids: "tests/test_core.py::*", "tests.test_top.*""#;

/// One pattern of files.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FileGlob(String);

impl FileGlob {
    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn is_plain(&self) -> bool {
        !self.0.contains(['*', '?', '[', '{'])
    }

    /// The patterns it stands for: itself and, for a plain path, everything below.
    fn expanded(&self) -> impl Iterator<Item = String> {
        let pattern = self.0.trim_start_matches("./").trim_end_matches('/').to_owned();
        let below = self.is_plain().then(|| format!("{pattern}/**"));
        std::iter::once(pattern).chain(below)
    }
}

impl TryFrom<String> for FileGlob {
    type Error = Wrong;
    fn try_from(text: String) -> Result<Self, Wrong> {
        let refused = |why: &str| Wrong::new(format!("{text:?} {why}"), FILE_HINT);
        if text.trim_start_matches("./").trim_end_matches('/').is_empty() {
            return Err(refused("names no file"));
        }
        if text.starts_with('/') || text.starts_with('~') || text.split('/').any(|part| part == "..") {
            return Err(refused("leads out of the project"));
        }
        compile(&text, true).map_err(|error| refused(&format!("is not a pattern: {}", error.kind())))?;
        Ok(Self(text))
    }
}

impl From<FileGlob> for String {
    fn from(glob: FileGlob) -> Self {
        glob.0
    }
}

impl fmt::Debug for FileGlob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

fn compile(pattern: &str, within_directories: bool) -> Result<globset::Glob, globset::Error> {
    GlobBuilder::new(pattern).literal_separator(within_directories).backslash_escape(true).build()
}

/// A list of file patterns, compiled together.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(try_from = "Vec<FileGlob>", into = "Vec<FileGlob>")]
pub struct FileGlobs {
    patterns: Vec<FileGlob>,
    set: GlobSet,
}

impl FileGlobs {
    /// Compiles the patterns. `Err` only where together they are too large to compile.
    pub fn new(patterns: Vec<FileGlob>) -> Result<Self, Wrong> {
        Self::compiled(patterns, false)
    }

    /// As [`FileGlobs::new`], but blind to upper and lower case: for files that must match on every file system.
    pub(super) fn any_case(patterns: Vec<FileGlob>) -> Result<Self, Wrong> {
        Self::compiled(patterns, true)
    }

    fn compiled(patterns: Vec<FileGlob>, any_case: bool) -> Result<Self, Wrong> {
        let too_large = |error: globset::Error| Wrong::new(format!("these patterns cannot be used together: {error}"), FILE_HINT);
        let mut set = GlobSetBuilder::new();
        for pattern in patterns.iter().flat_map(FileGlob::expanded) {
            set.add(GlobBuilder::new(&pattern).literal_separator(true).case_insensitive(any_case).build().map_err(too_large)?);
        }
        Ok(Self { set: set.build().map_err(too_large)?, patterns })
    }

    /// True where one of the patterns covers the file.
    pub fn matches(&self, path: &RepoPath) -> bool {
        self.set.is_match(path.as_path())
    }

    /// The patterns as written.
    pub fn patterns(&self) -> impl Iterator<Item = &str> {
        self.patterns.iter().map(FileGlob::as_str)
    }

    /// The first pattern that covers none of the files.
    pub fn unmatched<'a>(&self, files: impl Iterator<Item = &'a RepoPath> + Clone) -> Option<&str> {
        let covers = |pattern: &FileGlob| Self::new(vec![pattern.clone()]).is_ok_and(|one| files.clone().any(|file| one.matches(file)));
        self.patterns.iter().find(|pattern| !covers(pattern)).map(FileGlob::as_str)
    }

    /// True without any pattern.
    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }
}

impl TryFrom<Vec<FileGlob>> for FileGlobs {
    type Error = Wrong;
    fn try_from(patterns: Vec<FileGlob>) -> Result<Self, Wrong> {
        Self::new(patterns)
    }
}

impl From<FileGlobs> for Vec<FileGlob> {
    fn from(globs: FileGlobs) -> Self {
        globs.patterns
    }
}

impl PartialEq for FileGlobs {
    fn eq(&self, other: &Self) -> bool {
        self.patterns == other.patterns
    }
}

impl Eq for FileGlobs {}

impl fmt::Debug for FileGlobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.patterns.fmt(f)
    }
}

/// One pattern of cases: a case's id as it is, a pattern of ids, or a pattern of the files cases live in.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CaseGlob {
    text: String,
    pattern: GlobMatcher,
}

impl CaseGlob {
    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// True where the pattern is the case's id, matches it, or matches the file it lives in: the part before `::`
    /// (`tests/test_core.py::test_top`), or for dotted Python ids the module's file (`tests.test_core.TopTest.test_top`).
    pub fn matches(&self, case: &CaseId) -> bool {
        let id = case.0.as_str();
        let hit = |candidate: &str| candidate == self.text || self.pattern.is_match(Path::new(candidate));
        hit(id) || id.split_once("::").map_or_else(|| module_files(id).any(|file| hit(&file)), |(file, _)| hit(file))
    }
}

/// `a.b.C.test` may live in `a.py`, `a/b.py` or `a/b/C.py`.
fn module_files(id: &str) -> impl Iterator<Item = String> {
    let dots = if id.contains('/') { Vec::new() } else { id.match_indices('.').map(|(at, _)| at).collect() };
    dots.into_iter().map(|at| format!("{}.py", id[..at].replace('.', "/")))
}

impl TryFrom<String> for CaseGlob {
    type Error = Wrong;
    fn try_from(text: String) -> Result<Self, Wrong> {
        if text.trim().is_empty() {
            return Err(Wrong::new(format!("{text:?} names no case"), CASE_HINT));
        }
        let refused = |error: globset::Error| Wrong::new(format!("{text:?} is not a pattern: {}", error.kind()), CASE_HINT);
        let pattern = compile(&text, false).map_err(refused)?.compile_matcher();
        Ok(Self { text, pattern })
    }
}

impl From<CaseGlob> for String {
    fn from(glob: CaseGlob) -> Self {
        glob.text
    }
}

impl PartialEq for CaseGlob {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for CaseGlob {}

impl fmt::Debug for CaseGlob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.text)
    }
}

super::problem::text_schema!(FileGlob, "kaizen-file-pattern", "src/**/*.py");
super::problem::text_schema!(CaseGlob, "kaizen-case-pattern", "tests/test_core.py::*");

impl schemars::JsonSchema for FileGlobs {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "FileGlobs".into()
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let item = generator.subschema_for::<FileGlob>();
        schemars::json_schema!({ "type": "array", "items": item })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(pattern: &str, path: &str) -> bool {
        FileGlobs::new(vec![FileGlob::try_from(pattern.to_owned()).unwrap()]).unwrap().matches(&path.parse().unwrap())
    }

    fn case(pattern: &str, id: &str) -> bool {
        CaseGlob::try_from(pattern.to_owned()).unwrap().matches(&CaseId(id.into()))
    }

    #[test]
    fn one_star_stays_within_a_directory_and_two_do_not() {
        assert!(file("src/**/*.py", "src/a.py"));
        assert!(file("src/**/*.py", "src/x/y/a.py"));
        assert!(file("src/*.py", "src/a.py"));
        assert!(!file("src/*.py", "src/x/a.py"));
        assert!(!file("*.py", "src/a.py"));
        assert!(!file("src/**", "tests/src/a.py"));
    }

    #[test]
    fn a_plain_directory_covers_what_is_below_it_and_nothing_beside_it() {
        for pattern in ["tests", "tests/", "./tests"] {
            assert!(file(pattern, "tests/deep/a.py"), "{pattern}");
            assert!(!file(pattern, "tests2/a.py"), "{pattern}");
        }
        assert!(!file("src/*", "src/deep/a.py"));
    }

    #[test]
    fn patterns_that_leave_the_project_or_do_not_compile_are_refused() {
        for bad in ["", "/etc/**", "~/x", "../x", "a/../../x", "src/[a", "a{b", "/", "./"] {
            assert!(FileGlob::try_from(bad.to_owned()).is_err(), "{bad:?} was accepted");
        }
    }

    #[test]
    fn a_file_pattern_reaches_the_cases_of_that_file_however_the_tool_writes_ids() {
        assert!(case("tests/test_core.py", "tests/test_core.py::TopTest::test_ties[a/b]"));
        assert!(case("tests/test_core*", "tests/test_core_extra.py::test_x"));
        assert!(case("tests/test_core.py", "tests.test_core.TopTest.test_ties"));
        assert!(case("tests.test_core.*", "tests.test_core.TopTest.test_ties"));
        assert!(!case("tests/test_core.py", "tests.test_core2.TopTest.test_ties"));
        assert!(!case("tests/test_core.py", "tests/test_other.py::test_core"));
    }

    #[test]
    fn an_id_with_brackets_copied_as_it_is_matches_itself() {
        assert!(case("tests/test_a.py::test_x[1-2]", "tests/test_a.py::test_x[1-2]"));
    }
}
