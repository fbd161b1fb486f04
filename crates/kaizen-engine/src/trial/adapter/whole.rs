//! Output that is known to be whole: a line of ours after the end of the command, for formats whose text has no end of its own.
//!
//! It guards against output that was cut, not against a candidate, who can print the line as well.

use super::Finished;
use super::text::last_lines;
use kaizen_domain::scorecard::RunFault;

/// The last line.
const END: &str = "kaizen: the output ends here";

/// The command, followed by the line, with the command's exit code.
pub(super) fn marked(command: &str) -> String {
    format!("(\n{command}\n)\nkaizen_code=$?\nprintf '\\n%s\\n' '{END}'\nexit $kaizen_code")
}

/// What the command wrote to standard output, as text. Bytes that are not UTF-8 are refused where a name would hold them.
pub(super) fn whole<'a>(finished: &Finished<'a>) -> Result<std::borrow::Cow<'a, str>, RunFault> {
    let text =
        finished.stdout.strip_suffix(b"\n").and_then(|rest| rest.strip_suffix(END.as_bytes())).and_then(|rest| rest.strip_suffix(b"\n"));
    let cut = || RunFault::Incomplete { detail: format!("the output was cut; last output: {}", last_lines(finished)) };
    text.map(String::from_utf8_lossy).ok_or_else(cut)
}
