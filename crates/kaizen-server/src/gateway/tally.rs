//! What ladders came to, counted for `/metrics` and kept for `kaizen budget`.

use crate::app::App;
use crate::gauge::TierLabels;
use kaizen_domain::money::Usd;
use kaizen_llm::escalate::{Ascent, Ended, Tier, TierTally, tally};
use kaizen_store::TierLine;
use std::collections::BTreeMap;

impl App {
    /// Counts one way up; `saved` is what it saved against the reference model.
    pub async fn climbed(&self, tiers: &[Tier], ascent: &Ascent, saved: Option<Usd>) {
        let mut tallies = Vec::new();
        tally(&mut tallies, ascent);
        let winner = ascent.attempts.last().filter(|last| last.ended == Ended::Verified).map(|last| last.tier);
        let mut lines: BTreeMap<&str, TierLine> = BTreeMap::new();
        for (place, (tier, of)) in tiers.iter().zip(&tallies).enumerate() {
            self.count(&tier.model, of);
            // A ladder may name a model twice.
            let line = lines.entry(&tier.model).or_insert_with(|| TierLine { model: tier.model.clone(), ..TierLine::default() });
            add(line, of, saved.filter(|_| winner == Some(place)));
        }
        let lines: Vec<TierLine> = lines.into_values().collect();
        let kept = self.store.add_tiers(self.project, self.today().month(), &lines).await;
        self.complained(kept, "what a ladder came to could not be written down");
    }

    fn count(&self, model: &str, of: &TierTally) {
        let ends = [("verified", of.verified), ("wrong", of.wrong), ("failed", of.failed), ("no_money", of.refused)];
        for (ended, count) in ends.into_iter().filter(|(_, count)| *count > 0) {
            self.gauges.tries.get_or_create(&TierLabels { model: model.to_owned(), ended }).inc_by(count);
        }
    }
}

fn add(line: &mut TierLine, of: &TierTally, saved: Option<Usd>) {
    line.tries += of.tries;
    line.verified += of.verified;
    line.wrong += of.wrong;
    line.failed += of.failed;
    line.refused += of.refused;
    line.unpriced += of.unknown;
    line.spent += of.spent;
    line.saved += saved.unwrap_or(Usd::ZERO);
}
