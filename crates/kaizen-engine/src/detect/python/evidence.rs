//! What says pytest and what says unittest, and other things a Python project says of itself.

use super::Project;

/// True where a line of Python imports pytest.
fn imports_pytest(text: &str) -> bool {
    text.lines().map(str::trim_start).any(|line| line.starts_with("import pytest") || line.starts_with("from pytest"))
}

fn has_plain_tests(text: &str) -> bool {
    text.lines().any(|line| line.starts_with("def test_") || line.starts_with("async def test_"))
}

impl Project<'_> {
    /// The first thing that says pytest.
    pub(super) fn pytest_reason(&self) -> Option<String> {
        let tree = self.tree;
        let told = ["pytest.ini", ".pytest.ini", "pytest.toml"].into_iter().find(|file| tree.has(file)).map(str::to_owned);
        let tool =
            tree.toml("pyproject.toml").get("tool").and_then(|tool| tool.get("pytest")).map(|_| "pyproject.toml [tool.pytest]".to_owned());
        let section =
            |file: &str, header: &str| tree.text(file).lines().any(|line| line.trim() == header).then(|| format!("{file} {header}"));
        let conftest = || {
            tree.files
                .iter()
                .find(|path| path.as_str() == "conftest.py" || self.homes.iter().any(|home| **path == format!("{home}/conftest.py")))
                .cloned()
        };
        let imports = || self.tests.iter().find(|path| imports_pytest(tree.text(path))).map(|path| format!("{path} imports pytest"));
        let plain = || self.tests.iter().find(|path| has_plain_tests(tree.text(path))).map(|path| format!("{path} has test functions"));
        told.or(tool)
            .or_else(|| section("setup.cfg", "[tool:pytest]"))
            .or_else(|| section("tox.ini", "[pytest]"))
            .or_else(conftest)
            .or_else(imports)
            .or_else(plain)
            .or_else(|| self.mention())
    }

    /// A requirement or a tool's settings that name pytest.
    fn mention(&self) -> Option<String> {
        let asks = |path: &str| path == "tox.ini" || path.contains("requirements");
        self.tree.texts().find(|(path, text)| asks(path) && text.contains("pytest")).map(|(path, _)| format!("{path} mentions pytest"))
    }

    /// True where unittest runs every test there is.
    pub(super) fn only_unittest(&self) -> bool {
        self.tests
            .iter()
            .map(|path| self.tree.text(path))
            .all(|text| text.contains("unittest") && !imports_pytest(text) && !has_plain_tests(text))
    }
}

/// True where the file can hold a test: helpers are often named like tests.
pub(super) fn holds_a_test(text: &str) -> bool {
    text.lines()
        .map(str::trim_start)
        .any(|line| line.starts_with("def test") || line.starts_with("async def test") || line.contains("TestCase"))
}

/// The first `name = sorted`, or in Python `name="sorted"`, whose value is a plain word.
pub(super) fn declared_name(text: &str, quoted: bool) -> Option<String> {
    let whole_word = |at: &usize| !text[..*at].ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '-'));
    let starts = text.match_indices("name").map(|(at, _)| at).filter(whole_word);
    let values = starts.filter_map(|at| text[at + "name".len()..].trim_start_matches(' ').strip_prefix('='));
    let words = values.map(|value| value.lines().next().unwrap_or_default().split([',', ')']).next().unwrap_or_default().trim());
    let plain = |name: &&str| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
    let literal = words.filter(|word| !quoted || word.starts_with(['"', '\'']));
    literal.map(|word| word.trim_matches(['"', '\''])).find(plain).map(str::to_owned)
}
