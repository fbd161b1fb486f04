//! Where a store is. Printing a location never shows a password.

use std::convert::Infallible;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// Where a store is.
#[derive(Clone, PartialEq, Eq)]
pub enum Location {
    /// In this process' memory, gone with it.
    Memory,
    /// A SQLite file.
    Sqlite(PathBuf),
    /// A PostgreSQL database, by URL.
    Postgres(String),
}

impl FromStr for Location {
    type Err = Infallible;

    /// `postgres://` and `postgresql://` are URLs, `:memory:` is memory, everything else is a path.
    fn from_str(text: &str) -> Result<Self, Infallible> {
        let is_url = text.starts_with("postgres://") || text.starts_with("postgresql://");
        Ok(match text {
            ":memory:" => Self::Memory,
            url if is_url => Self::Postgres(url.to_owned()),
            path => Self::Sqlite(PathBuf::from(path)),
        })
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory => f.write_str(":memory:"),
            Self::Sqlite(path) => path.display().fmt(f),
            Self::Postgres(url) => f.write_str(&without_password(url)),
        }
    }
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Location({self})")
    }
}

/// Replaces the password in the authority and every `password` parameter with `***`.
///
/// `@`, `/` and `?` may stand unescaped inside a password, so everything between the first `:` and the last `@` is
/// hidden: rather a piece of a host than a piece of a password shown.
fn without_password(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let hidden = match rest.rsplit_once('@').map(|(user, host)| (user.split_once(':'), host)) {
        Some((Some((name, _)), host)) => format!("{name}:***@{host}"),
        _ => rest.to_owned(),
    };
    let shown = match hidden.split_once('?') {
        Some((place, query)) => format!("{place}?{}", query.split('&').map(without_secret).collect::<Vec<_>>().join("&")),
        None => hidden,
    };
    format!("{scheme}://{shown}")
}

fn without_secret(parameter: &str) -> String {
    match parameter.split_once('=') {
        Some((name, _)) if name.to_ascii_lowercase().contains("password") => format!("{name}=***"),
        _ => parameter.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn location(text: &str) -> Location {
        let Ok(location) = text.parse();
        location
    }

    #[test]
    fn urls_memory_and_paths_are_told_apart() {
        assert_eq!(location(":memory:"), Location::Memory);
        assert_eq!(location("postgresql://h/db"), Location::Postgres("postgresql://h/db".into()));
        assert_eq!(location("postgres.db"), Location::Sqlite("postgres.db".into()));
    }

    #[test]
    fn a_password_is_never_shown() {
        let shown = |text: &str| format!("{0} {0:?}", location(text));
        for url in [
            "postgres://kai:s3cret@host:5432/db",
            "postgres://kai:s3c@s3cret@host/db",
            "postgres://kai:s3cret/s3cret@host/db",
            "postgres://kai:s3c?s3cret@host/db?password=s3c@x",
            "postgres://host/db?user=kai&password=s3cret&sslmode=require",
            "postgres://kai@host/db?sslpassword=s3cret",
        ] {
            assert!(!shown(url).contains("s3c"), "{} shows the password", shown(url));
        }
        assert_eq!(location("postgres://kai:x@h:5432/db?a=b").to_string(), "postgres://kai:***@h:5432/db?a=b");
    }

    #[test]
    fn a_url_without_a_password_is_shown_as_it_is() {
        assert_eq!(location("postgres://kai@host/db").to_string(), "postgres://kai@host/db");
    }
}
