//! What stands before a command and is not the command: variables, environments, coverage tools.

/// Programs that run the command behind them.
struct Wrapper {
    words: &'static [&'static str],
    /// Their options that take a value in a word of its own.
    valued: &'static [&'static str],
    /// Their options that lead to another directory or package.
    elsewhere: &'static [&'static str],
}

const PLAIN: Wrapper = Wrapper { words: &[], valued: &[], elsewhere: &[] };

const UV: &[&str] = &[
    "--group",
    "--only-group",
    "--no-group",
    "--extra",
    "--no-extra",
    "--python",
    "-p",
    "--with",
    "--with-editable",
    "--with-requirements",
    "--env-file",
    "--index",
    "--default-index",
    "--find-links",
    "-f",
    "--resolution",
    "--prerelease",
    "--link-mode",
    "--color",
];
const COVERAGE: &[&str] = &[
    "--include",
    "-n",
    "--exclude",
    "-x",
    "--reporter",
    "-r",
    "--temp-directory",
    "--reports-dir",
    "--report-dir",
    "-o",
    "--src",
    "--lines",
    "--branches",
    "--functions",
    "--statements",
    "--extension",
    "-e",
    "--require",
    "-i",
];

const WRAPPERS: &[Wrapper] = &[
    Wrapper { words: &["uv", "run"], valued: UV, elsewhere: &["--directory", "--project", "--package"] },
    Wrapper { words: &["poetry", "run"], ..PLAIN },
    Wrapper { words: &["pipenv", "run"], ..PLAIN },
    Wrapper { words: &["hatch", "run"], ..PLAIN },
    Wrapper { words: &["rye", "run"], ..PLAIN },
    Wrapper { words: &["pdm", "run"], valued: &["-p"], ..PLAIN },
    Wrapper { words: &["npx"], valued: &["-p", "--package"], ..PLAIN },
    Wrapper { words: &["bunx"], ..PLAIN },
    Wrapper { words: &["npm", "exec"], elsewhere: &["-w", "--workspace", "--prefix", "-c"], ..PLAIN },
    Wrapper { words: &["pnpm", "exec"], ..PLAIN },
    Wrapper { words: &["pnpm"], elsewhere: &["-C", "-F", "--filter", "--dir", "-r"], ..PLAIN },
    Wrapper { words: &["yarn", "exec"], ..PLAIN },
    Wrapper { words: &["yarn", "run"], ..PLAIN },
    Wrapper { words: &["yarn"], elsewhere: &["--cwd"], ..PLAIN },
    Wrapper { words: &["c8"], valued: COVERAGE, elsewhere: &["--cwd"] },
    Wrapper { words: &["nyc"], valued: COVERAGE, elsewhere: &["--cwd"] },
    Wrapper { words: &["cross-env"], ..PLAIN },
    Wrapper { words: &["env"], ..PLAIN },
    Wrapper { words: &["time"], ..PLAIN },
    Wrapper { words: &["exec"], ..PLAIN },
];

/// What a command is.
pub(in crate::detect) enum Inner<'w> {
    /// A wrapper of this command.
    Command(&'w [String]),
    /// A wrapper whose command works in another directory or package.
    Elsewhere,
    /// No wrapper.
    Plain,
}

/// The variables set before a command, and the command.
pub(in crate::detect) fn assignments(words: &[String]) -> (&[String], &[String]) {
    words.split_at(words.iter().take_while(|word| is_assignment(word)).count())
}

/// One wrapper taken off.
pub(in crate::detect) fn inner(words: &[String]) -> Inner<'_> {
    let stands = |wrapper: &&Wrapper| words.len() >= wrapper.words.len() && wrapper.words.iter().zip(words).all(|(own, word)| own == word);
    let Some(wrapper) = WRAPPERS.iter().find(stands) else { return Inner::Plain };
    let mut rest = &words[wrapper.words.len()..];
    while let [option, behind @ ..] = rest {
        let flag = option.split('=').next().unwrap_or(option);
        match option.as_str() {
            "--" => return Inner::Command(behind),
            _ if wrapper.elsewhere.contains(&flag) => return Inner::Elsewhere,
            // `uv run -m pytest` has no name of an interpreter; the module is what follows.
            "-m" | "--module" => return Inner::Command(behind),
            _ if !option.starts_with('-') => break,
            _ if wrapper.valued.contains(&option.as_str()) => rest = behind.get(1..).unwrap_or_default(),
            _ => rest = behind,
        }
    }
    Inner::Command(rest)
}

/// All variables and the command without any wrapper; `None` where it works elsewhere.
pub(super) fn unwrapped(words: &[String]) -> Option<(Vec<String>, &[String])> {
    let mut env = Vec::new();
    let mut rest = words;
    loop {
        let (own, command) = assignments(rest);
        env.extend(own.iter().cloned());
        match inner(command) {
            Inner::Command(inner) if inner.len() < command.len() => rest = inner,
            Inner::Elsewhere => return None,
            _ => return Some((env, command)),
        }
    }
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=')
        .is_some_and(|(name, _)| !name.is_empty() && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_'))
}
