//! The judge's identity. Scores of benchmarks with different identities are never compared.

use crate::hash::ContentHash;
use crate::path::RepoPath;
use serde::{Deserialize, Serialize};

/// The identity of a benchmark: a hash of its command, its format and its protected files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct BenchmarkId(pub ContentHash);

impl BenchmarkId {
    /// Computes the identity from what defines the benchmark. The order of `protected` does not matter.
    pub fn of(command: &str, format: &str, settings: &str, protected: &[(RepoPath, ContentHash)]) -> Self {
        let mut lines: Vec<Vec<u8>> =
            protected.iter().map(|(path, hash)| [path.as_bytes(), b"\0", hash.to_string().as_bytes()].concat()).collect();
        lines.sort();
        let head = [command.as_bytes(), format.as_bytes(), settings.as_bytes()];
        Self(ContentHash::of_parts(head.into_iter().chain(lines.iter().map(Vec::as_slice))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_identity_follows_protected_content_but_not_its_order() {
        let a = ("tests/a.py".parse::<RepoPath>().unwrap(), ContentHash::of(b"a"));
        let b = ("tests/b.py".parse::<RepoPath>().unwrap(), ContentHash::of(b"b"));
        let one = BenchmarkId::of("pytest", "pytest", "", &[a.clone(), b.clone()]);
        assert_eq!(one, BenchmarkId::of("pytest", "pytest", "", &[b, a.clone()]));
        assert_ne!(one, BenchmarkId::of("pytest", "pytest", "", &[a]));
    }
}
