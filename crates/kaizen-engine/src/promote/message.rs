//! The commit messages: what was wrong, what was measured, and trailers that tie the commit to the record.

use crate::foundation::Foundation;
use crate::promote::Approved;
use kaizen_domain::hash::ContentHash;
use kaizen_domain::hypothesis::Provenance;
use kaizen_domain::id::VersionId;
use kaizen_domain::version::Version;

const SUBJECT_WIDTH: usize = 72;

/// `[AUTO] Self-tuning: ...` with hypothesis, measurements and trailers.
pub fn promotion(base: &Foundation, approved: &Approved<'_>, version: VersionId, audit: ContentHash) -> String {
    let idea = &approved.hypothesis.idea;
    let summary = approved.hypothesis.leader.as_ref().map_or("", |leader| leader.summary.as_str());
    let against: String = base.parents.first().map_or_else(String::new, |parent| parent.chars().take(12).collect());
    let reasons: Vec<String> = approved.decision.reasons.iter().map(|reason| format!("  {reason}")).collect();
    let [before, after] = ["points_before", "points_after"].map(|name| approved.decision.metrics.get(name));
    let points = before.zip(after).map_or_else(String::new, |(before, after)| format!("  points {before} -> {after}\n"));
    let mut text = format!("{}\n\n", subject("[AUTO] Self-tuning: ", summary));
    text += &format!(
        "Weakness {}: {}\nHypothesis {}: {}\nStrategy: {}\n\n",
        idea.weakness,
        line(&approved.weakness),
        approved.hypothesis.id,
        line(&idea.root_cause),
        line(&idea.strategy)
    );
    text += &format!("Measured against {against} in sandbox tier {}:\n{points}{}\n", approved.tier, reasons.join("\n"));
    text += match points.is_empty() {
        true => "\nProven on this machine and this benchmark; `kaizen explain` has the effect.\n\n",
        false => "\nPasses, not proven right: the cases above are the evidence.\n\n",
    };
    text += &trailers(approved, version, audit);
    text
}

fn trailers(approved: &Approved<'_>, version: VersionId, audit: ContentHash) -> String {
    let mut lines = vec![
        format!("Kaizen-Hypothesis: {}", approved.hypothesis.id),
        format!("Kaizen-Trial: {}", approved.trial),
        format!("Kaizen-Version: {version}"),
        format!("Kaizen-Audit: {audit}"),
    ];
    if let Provenance::Program { name } = &approved.hypothesis.idea.provenance {
        lines.push(format!("Assisted-by: {}", line(name)));
    }
    lines.join("\n") + "\n"
}

/// The message of a commit that takes a version back.
pub fn rollback(version: &Version, why: &str, audit: ContentHash) -> String {
    let head = subject(&format!("[AUTO] Roll back {}: ", version.id), &version.made.summary);
    let body = format!("Reverses commit {}, that version only.\nReason: {}", version.made.commit, line(why));
    format!("{head}\n\n{body}\n\nKaizen-Hypothesis: {}\nKaizen-Version: {}\nKaizen-Audit: {audit}\n", version.made.hypothesis, version.id)
}

/// The first line: short, one line, no control characters whatever the candidate's text holds.
fn subject(head: &str, summary: &str) -> String {
    let text = line(summary);
    let room = SUBJECT_WIDTH.saturating_sub(head.chars().count());
    if text.chars().count() <= room {
        return format!("{head}{text}");
    }
    let kept: String = text.chars().take(room.saturating_sub(1)).collect();
    format!("{head}{kept}…")
}

/// One line without control characters: text from a candidate must not be able to forge a trailer.
fn line(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_candidates_text_cannot_forge_a_trailer_or_flood_the_subject() {
        let evil = "x\n\nKaizen-Audit: 00\nSigned-off-by: you";
        assert_eq!(subject("[AUTO] ", evil).lines().count(), 1);
        assert!(subject("[AUTO] Self-tuning: ", &"y".repeat(500)).chars().count() <= SUBJECT_WIDTH);
    }
}
