//! Which models a provider is being asked for right now, so that none of them is taken out of memory meanwhile.
//!
//! A model is busy from before the request is sent until the answer was read to its end or dropped.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

type Counts = Mutex<BTreeMap<String, u64>>;

/// The calls under way, by model.
#[derive(Debug, Clone, Default)]
pub struct Busy(Arc<Counts>);

/// One call under way; over when dropped.
#[derive(Debug)]
pub struct Call {
    counts: Arc<Counts>,
    model: String,
}

impl Busy {
    /// One more call of a model.
    pub fn with(&self, model: &str) -> Call {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(model.to_owned()).or_default() += 1;
        Call { counts: Arc::clone(&self.0), model: model.to_owned() }
    }

    /// The models that are asked right now, with how many calls, by name.
    pub fn now(&self) -> Vec<(String, u64)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().map(|(model, calls)| (model.clone(), *calls)).collect()
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        match counts.get_mut(&self.model) {
            Some(calls) if *calls > 1 => *calls -= 1,
            _ => drop(counts.remove(&self.model)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_busy_until_its_last_call_is_over() {
        let busy = Busy::default();
        let (first, second) = (busy.with("a"), busy.with("a"));
        let other = busy.with("b");
        assert_eq!(busy.now(), [("a".to_owned(), 2), ("b".to_owned(), 1)]);
        drop((first, other));
        assert_eq!(busy.now(), [("a".to_owned(), 1)]);
        drop(second);
        assert_eq!(busy.now(), []);
    }
}
