//! Which models to unload so that enough memory comes free, at the least cost of loading them again. Pure.
//!
//! A model in use is never chosen, an always-hot one only where it is allowed and nothing else is left, and none more than needed.

/// Bytes per millisecond at which a model is taken to load when its loading was never measured: a gigabyte in a second.
const ASSUMED_RATE: u64 = 1_000_000;

/// Up to so many models every combination is looked at.
const EXHAUSTIVE: usize = 12;

/// A loaded model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resident {
    /// Its name.
    pub name: String,
    /// Bytes in the memory of the graphics card.
    pub vram: u64,
    /// Requests are at work in it.
    pub in_use: bool,
    /// It is to stay: the small model every request asks first.
    pub hot: bool,
    /// Milliseconds its last loading took, where that was measured.
    pub loaded_in: Option<u64>,
}

impl Resident {
    /// Milliseconds it would take to have it back.
    pub fn cost(&self) -> u64 {
        self.loaded_in.unwrap_or(self.vram / ASSUMED_RATE).max(1)
    }
}

/// The names of the models whose unloading frees at least `needed` bytes: the fewest hot ones, then the least cost, then the fewest
/// models, then by name. `None` where all that may go are not enough.
pub fn choose(residents: &[Resident], needed: u64, hot_too: bool) -> Option<Vec<String>> {
    let mut may_go: Vec<&Resident> = residents.iter().filter(|one| !one.in_use && one.vram > 0 && (hot_too || !one.hot)).collect();
    may_go.sort_by(|one, other| one.name.cmp(&other.name));
    let chosen = if may_go.len() <= EXHAUSTIVE { cheapest(&may_go, needed) } else { greedy(may_go, needed) };
    chosen.map(|chosen| chosen.into_iter().map(|one| one.name.clone()).collect())
}

fn freed(models: &[&Resident]) -> u64 {
    models.iter().fold(0, |sum, one| sum.saturating_add(one.vram))
}

fn price(models: &[&Resident]) -> (usize, u64, usize) {
    let hot = models.iter().filter(|one| one.hot).count();
    (hot, models.iter().fold(0, |sum, one| sum.saturating_add(one.cost())), models.len())
}

/// The first of the best among all combinations; names come in order, so that equal prices have one answer.
fn cheapest<'r>(models: &[&'r Resident], needed: u64) -> Option<Vec<&'r Resident>> {
    let combination = |mask: u32| -> Vec<&'r Resident> {
        models.iter().enumerate().filter(|(at, _)| mask & (1 << at) != 0).map(|(_, one)| *one).collect()
    };
    let enough = (0..1_u32 << models.len()).map(combination).filter(|chosen| freed(chosen) >= needed);
    enough.min_by_key(|chosen| price(chosen))
}

/// The cheapest one after the other until it is enough, and then back those that turned out not to be needed, the dearest first.
fn greedy(mut models: Vec<&Resident>, needed: u64) -> Option<Vec<&Resident>> {
    models.sort_by_key(|one| (one.hot, one.cost()));
    let mut chosen: Vec<&Resident> = Vec::new();
    for one in models {
        if freed(&chosen) >= needed {
            break;
        }
        chosen.push(one);
    }
    for at in (0..chosen.len()).rev() {
        if freed(&chosen) - chosen[at].vram >= needed {
            chosen.remove(at);
        }
    }
    (freed(&chosen) >= needed).then_some(chosen)
}
