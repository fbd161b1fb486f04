//! Edits that reach for their judge: code that redefines equality, looks at its caller or at the test tool, ends the
//! process or replaces the clock. Such an edit can pass every case of an in-process judge without doing what the case
//! asks for, so a person looks at it, whatever the gate says.
//!
//! A list of words proves nothing (they can be spelt otherwise, and honest code uses them): it raises the price of the
//! plain cheats and costs an honest edit one question. Only what the edit *adds* counts.

use crate::subject::code::Draft;
use kaizen_domain::path::RepoPath;
use kaizen_mutate::Language;

/// What is looked for, and what it does.
type Sign = (&'static str, &'static str);

const EQUALITY: &str = "redefines equality";
const CALLER: &str = "looks at its caller";
const TOOL: &str = "reaches for the test tool";
const END: &str = "ends the process";
const CLOCK: &str = "replaces the clock";
const SYSTEM: &str = "replaces a function of the system";

const PYTHON: [Sign; 25] = [
    ("__eq__", EQUALITY),
    ("__ne__", EQUALITY),
    ("_getframe", CALLER),
    ("f_back", CALLER),
    ("currentframe", CALLER),
    ("inspect.stack", CALLER),
    ("gc.get_objects", CALLER),
    ("gc.get_referrers", CALLER),
    ("unittest", TOOL),
    ("pytest", TOOL),
    ("doctest", TOOL),
    ("sys.modules", TOOL),
    ("builtins", TOOL),
    ("settrace", TOOL),
    ("setprofile", TOOL),
    ("sys.monitoring", TOOL),
    ("_exit", END),
    ("sys.exit", END),
    ("os.kill", END),
    ("atexit", END),
    ("time.time = ", CLOCK),
    ("monotonic = ", CLOCK),
    ("perf_counter = ", CLOCK),
    ("process_time = ", CLOCK),
    ("time.sleep = ", CLOCK),
];

const RUST: [Sign; 6] = [
    ("PartialEq for", EQUALITY),
    ("fn eq(", EQUALITY),
    ("process::exit", END),
    ("process::abort", END),
    ("set_hook", TOOL),
    ("no_mangle", SYSTEM),
];

const SCRIPT: [Sign; 9] = [
    ("process.exit", END),
    ("process.abort", END),
    ("process.kill", END),
    ("require.cache", TOOL),
    ("globalThis.", TOOL),
    ("prepareStackTrace", CALLER),
    ("Symbol.toPrimitive", EQUALITY),
    ("Date.now = ", CLOCK),
    ("performance.now = ", CLOCK),
];

const GO: [Sign; 4] = [("os.Exit", END), ("runtime.Caller", CALLER), ("go:linkname", SYSTEM), ("testing.", TOOL)];

const JAVA: [Sign; 5] = [
    ("boolean equals(", EQUALITY),
    ("System.exit", END),
    ("Runtime.getRuntime().halt", END),
    ("getStackTrace", CALLER),
    ("org.junit", TOOL),
];

const C: [Sign; 6] = [("operator==", EQUALITY), ("_exit(", END), (" exit(", END), ("abort(", END), ("atexit(", END), ("__wrap_", SYSTEM)];

/// Why a person should look at the edit of `path`; `None` where nothing is seen.
pub fn of_edit(path: &RepoPath, before: &str, after: &str) -> Option<String> {
    added(path, before, after, |_| true)
}

/// How an edit replaces the clock a run is timed by: that is no question but tampering.
pub fn of_clock(path: &RepoPath, before: &str, after: &str) -> Option<String> {
    added(path, before, after, |does| does == CLOCK)
}

/// The texts of a draft, for either question; `None` where it removes the file.
pub fn of_draft(draft: &Draft, question: fn(&RepoPath, &str, &str) -> Option<String>) -> Option<String> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (_, after) = draft.after.as_ref()?;
    question(&draft.path, &draft.before.as_deref().map_or_else(String::new, text), &text(after))
}

fn added(path: &RepoPath, before: &str, after: &str, looked_for: fn(&str) -> bool) -> Option<String> {
    let signs: &[Sign] = match Language::of_path(path)? {
        Language::Python => &PYTHON,
        Language::Rust => &RUST,
        Language::JavaScript | Language::TypeScript | Language::Tsx => &SCRIPT,
        Language::Go => &GO,
        Language::Java => &JAVA,
        Language::C | Language::Cpp => &C,
    };
    let added = |(sign, does): &&Sign| looked_for(does) && after.matches(sign).count() > before.matches(sign).count();
    signs.iter().find(added).map(|(sign, does)| format!("the edit of {path} {does} (`{}`)", sign.trim_end_matches(" = ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_edit_adds_counts_and_what_was_there_does_not() {
        let path: RepoPath = "src/calc.py".parse().unwrap();
        let honest = "import sys\nsys.exit(main())\n";
        assert_eq!(of_edit(&path, honest, &honest.replace("main", "run")), None);
        let said = of_edit(&path, honest, &format!("{honest}class Same:\n    def __eq__(self, other): return True\n")).unwrap();
        assert!(said.contains("redefines equality") && said.contains("src/calc.py"), "{said}");
        assert_eq!(of_edit(&"notes.txt".parse().unwrap(), "", "__eq__"), None);
    }
}
