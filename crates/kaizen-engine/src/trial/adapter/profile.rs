//! How a command runs under the judge's sampling profiler, whatever the format of its results. Only Python processes are looked at.

use super::{Invocation, python};
use std::path::Path;

/// Name and content of the files that must lie in a directory of their own inside the sandbox.
pub const PROFILER: [(&str, &str); 2] =
    [("sitecustomize.py", include_str!("reporter/sitecustomize.py")), ("kaizen_profile.py", include_str!("reporter/kaizen_profile.py"))];

/// The command in a shell, with the profiler in every Python process. What was seen of the files below `root` goes to `report`, in lines
/// that carry the nonce.
pub fn profiled(command: &str, directory: &Path, root: &Path, report: &Path, nonce: &str) -> Invocation {
    Invocation::shell(&python::keep_judge_on_path(command, directory))
        .with("PYTHONPATH", directory)
        .with("PYTHONDONTWRITEBYTECODE", "1")
        .with("PYTHONHASHSEED", "0")
        .with("KAIZEN_PROFILE", report)
        .with("KAIZEN_PROFILE_ROOT", root)
        .with("KAIZEN_PROFILE_NONCE", nonce)
}
