//! Secrets: a type that shows nothing, and where a provider's key comes from.
//!
//! A secret leaves this type only through [`Secret::expose`] and is overwritten when dropped. Its sources are an environment
//! variable (read by the program and handed in), a file nobody else can read, and the kernel's keyring of the user, which
//! needs no desktop. What goes wrong is said with the thing that mends it, never with the value.

use std::fmt;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// The longest secret that is read from a file, in bytes.
const LONGEST: u64 = 16 * 1024;

/// Something nobody may see.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Wraps it; blanks and line ends around it are cut off. `None` where nothing is left.
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty()).then(|| Self(Zeroizing::new(text.to_string())))
    }

    /// The secret itself: for the header of a request, and for nothing that is shown or kept.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// Where a secret comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySource {
    /// An environment variable.
    Env(String),
    /// A file that only its owner may read.
    File(PathBuf),
    /// A key of this name (`kaizen:NAME`) in the user's keyring of the Linux kernel.
    Keyring(String),
}

impl fmt::Display for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(f, "the environment variable {name}"),
            Self::File(path) => write!(f, "the file {}", path.display()),
            Self::Keyring(name) => write!(f, "the keyring's entry {}", described(name)),
        }
    }
}

/// Why there is no secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no key from {source_of_it}: {why}")]
pub struct NoSecret {
    source_of_it: KeySource,
    why: String,
    /// What would mend it.
    pub hint: String,
}

impl KeySource {
    /// Reads the secret. `environment` looks a variable up.
    pub fn read(&self, environment: &dyn Fn(&str) -> Option<String>) -> Result<Secret, NoSecret> {
        let outcome = match self {
            Self::Env(name) => from_environment(name, environment),
            Self::File(path) => from_file(path),
            Self::Keyring(name) => keyring::read(name),
        };
        outcome.map_err(|(why, hint)| NoSecret { source_of_it: self.clone(), why, hint })
    }
}

/// What went wrong and what would mend it.
type Trouble = (String, String);

fn trouble<T>(why: impl Into<String>, hint: impl Into<String>) -> Result<T, Trouble> {
    Err((why.into(), hint.into()))
}

fn from_environment(name: &str, environment: &dyn Fn(&str) -> Option<String>) -> Result<Secret, Trouble> {
    match environment(name).map(Zeroizing::new) {
        None => trouble("it is not set", format!("export {name}=... in the shell or unit that starts kaizen")),
        Some(text) => Secret::new(&text).map_or_else(|| trouble("it is empty", format!("give {name} a value")), Ok),
    }
}

fn from_file(path: &Path) -> Result<Secret, Trouble> {
    use std::io::Read;
    let shown = path.display();
    let open = || -> std::io::Result<(std::fs::Metadata, Zeroizing<String>)> {
        let file = std::fs::File::open(path)?;
        let about = file.metadata()?;
        let mut text = Zeroizing::new(String::new());
        file.take(LONGEST + 1).read_to_string(&mut text)?;
        Ok((about, text))
    };
    let (about, text) = open().map_err(|e| (e.to_string(), format!("put the key alone into {shown} and `chmod 600 {shown}`")))?;
    check_mode(&about, path)?;
    if text.len() as u64 > LONGEST {
        return trouble(format!("it has more than {LONGEST} bytes"), "the file should hold the key and nothing else");
    }
    Secret::new(&text).map_or_else(|| trouble("it is empty", format!("put the key into {shown}")), Ok)
}

#[cfg(unix)]
fn check_mode(about: &std::fs::Metadata, path: &Path) -> Result<(), Trouble> {
    use std::os::unix::fs::PermissionsExt;
    let mode = about.permissions().mode() & 0o777;
    if !about.is_file() {
        return trouble("it is no file", "name a file that holds the key and nothing else");
    }
    match mode & 0o077 {
        0 => Ok(()),
        _ => trouble(format!("others may read or change it (mode {mode:04o})"), format!("chmod 600 {}", path.display())),
    }
}

#[cfg(not(unix))]
fn check_mode(_: &std::fs::Metadata, _: &Path) -> Result<(), Trouble> {
    Ok(())
}

fn described(name: &str) -> String {
    format!("kaizen:{name}")
}

/// Puts a secret into the user's keyring under `name`, replacing what was there.
pub fn keep_in_keyring(name: &str, secret: &Secret) -> Result<(), NoSecret> {
    let failed = |(why, hint)| NoSecret { source_of_it: KeySource::Keyring(name.to_string()), why, hint };
    keyring::write(name, secret).map_err(failed)
}

#[cfg(target_os = "linux")]
mod keyring {
    use super::{LONGEST, Secret, Trouble, described, trouble};
    use linux_keyutils::{KeyError, KeyRing, KeyRingIdentifier};
    use zeroize::Zeroizing;

    /// The keyring of the user, reached through the session's, without which the kernel lets nobody read from it.
    fn of_the_user() -> Result<KeyRing, KeyError> {
        let user = KeyRing::from_special_id(KeyRingIdentifier::User, true)?;
        let session = KeyRing::from_special_id(KeyRingIdentifier::Session, false)?;
        session.link_keyring(user)?;
        Ok(user)
    }

    pub(super) fn read(name: &str) -> Result<Secret, Trouble> {
        let hint = || format!("kaizen key keep {name}");
        let find = || -> Result<Zeroizing<Vec<u8>>, KeyError> {
            let mut held = Zeroizing::new(vec![0; LONGEST as usize]);
            let length = of_the_user()?.search(&described(name))?.read(&mut held)?;
            held.truncate(length);
            Ok(held)
        };
        let held = find().map_err(|e| (said(e), hint()))?;
        let text = std::str::from_utf8(&held).ok().and_then(Secret::new);
        text.map_or_else(|| trouble("it holds no text", hint()), Ok)
    }

    pub(super) fn write(name: &str, secret: &Secret) -> Result<(), Trouble> {
        let add = || of_the_user()?.add_key(&described(name), secret.expose().as_bytes()).map(|_| ());
        add().map_err(|e| (said(e), "the kernel's keyring may be switched off here: use a file or the environment".to_string()))
    }

    fn said(error: KeyError) -> String {
        match error {
            KeyError::KeyDoesNotExist => "there is none".to_string(),
            other => format!("the kernel says {other:?}"),
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod keyring {
    use super::{Secret, Trouble, trouble};

    pub(super) fn read(_: &str) -> Result<Secret, Trouble> {
        trouble("only Linux has this keyring", "use a file or the environment")
    }

    pub(super) fn write(_: &str, _: &Secret) -> Result<(), Trouble> {
        trouble("only Linux has this keyring", "use a file or the environment")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn file(mode: u32, text: &str) -> (tempfile::TempDir, KeySource) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("key");
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        (directory, KeySource::File(path))
    }

    #[test]
    fn a_secret_shows_nothing() {
        let secret = Secret::new("sk-very-secret").unwrap();
        assert_eq!(format!("{secret} {secret:?} {:?}", Some(&secret)), "[secret] [secret] Some([secret])");
    }

    #[test]
    fn a_file_only_its_owner_reads_gives_the_key_without_its_line_end() {
        let (_kept, source) = file(0o600, "sk-1\n");
        assert_eq!(source.read(&|_| None).unwrap().expose(), "sk-1");
    }

    #[test]
    fn a_file_that_others_can_read_is_refused_with_what_mends_it() {
        for mode in [0o644, 0o640, 0o606, 0o620] {
            let (_kept, source) = file(mode, "sk-1");
            let error = source.read(&|_| None).unwrap_err();
            assert!(error.to_string().contains(&format!("mode {mode:04o}")), "{error}");
            assert!(error.hint.starts_with("chmod 600 /"), "{}", error.hint);
            assert!(!format!("{error:?}").contains("sk-1"));
        }
    }

    #[test]
    fn missing_and_empty_sources_say_so() {
        let (_kept, empty) = file(0o600, " \n");
        assert!(empty.read(&|_| None).unwrap_err().to_string().ends_with("it is empty"));
        let unset = KeySource::Env("OPENAI_API_KEY".into()).read(&|_| None).unwrap_err();
        assert_eq!(unset.to_string(), "no key from the environment variable OPENAI_API_KEY: it is not set");
        assert!(KeySource::Env("A".into()).read(&|_| Some(String::new())).is_err());
    }

    #[test]
    fn the_environment_is_looked_up_by_whoever_asks() {
        let found = KeySource::Env("A".into()).read(&|name| (name == "A").then(|| " k ".to_string()));
        assert_eq!(found.unwrap().expose(), "k");
    }

    /// Where the kernel offers a keyring, what was put in comes out again; where it does not, that is said with another way.
    #[test]
    fn the_keyring_gives_back_what_was_put_in_or_says_that_there_is_none() {
        let name = format!("test-{}", std::process::id());
        match keep_in_keyring(&name, &Secret::new("sk-ring").unwrap()) {
            Ok(()) => assert_eq!(KeySource::Keyring(name).read(&|_| None).unwrap().expose(), "sk-ring"),
            Err(none) => assert!(none.hint.contains("use a file") && !none.to_string().contains("sk-ring"), "{none}"),
        }
    }

    #[test]
    fn an_unknown_entry_of_the_keyring_is_an_error_that_names_it() {
        let error = KeySource::Keyring("never-there".into()).read(&|_| None).unwrap_err();
        assert!(error.to_string().contains("kaizen:never-there"), "{error}");
    }
}
