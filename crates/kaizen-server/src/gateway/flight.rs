//! Identical calls that are under way at the same time are made once: the later ones wait for the first one's answer.
//!
//! Only where the response cache is on. When the first one fails, or its client goes away, one of those that wait makes the call.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;

/// The calls under way, by what makes them identical.
#[derive(Debug)]
pub struct Flights<K, V> {
    under_way: Arc<Mutex<HashMap<K, watch::Receiver<Option<V>>>>>,
}

impl<K, V> Default for Flights<K, V> {
    fn default() -> Self {
        Self { under_way: Arc::default() }
    }
}

/// What a caller is to do.
#[derive(Debug)]
pub enum Seat<K: Eq + Hash, V> {
    /// Make the call, and land it.
    First(Flight<K, V>),
    /// The answer of the one who made it.
    Joined(V),
}

/// A call under way; dropped without landing it makes one of those that wait the first.
#[derive(Debug)]
pub struct Flight<K: Eq + Hash, V> {
    under_way: Arc<Mutex<HashMap<K, watch::Receiver<Option<V>>>>>,
    key: K,
    answer: watch::Sender<Option<V>>,
}

impl<K: Eq + Hash + Clone, V: Clone> Flights<K, V> {
    /// Joins the call under way with this key, or becomes its first.
    pub async fn board(&self, key: K) -> Seat<K, V> {
        loop {
            let mut waiting = match self.first_or_waiting(&key) {
                Ok(flight) => return Seat::First(flight),
                Err(waiting) => waiting,
            };
            // An error means that the first one gave up: try again, perhaps as the first.
            if let Ok(answer) = waiting.wait_for(Option::is_some).await
                && let Some(answer) = answer.clone()
            {
                return Seat::Joined(answer);
            }
        }
    }

    fn first_or_waiting(&self, key: &K) -> Result<Flight<K, V>, watch::Receiver<Option<V>>> {
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(waiting) = under_way.get(key) {
            return Err(waiting.clone());
        }
        let (answer, waiting) = watch::channel(None);
        under_way.insert(key.clone(), waiting);
        Ok(Flight { under_way: Arc::clone(&self.under_way), key: key.clone(), answer })
    }
}

impl<K: Eq + Hash, V> Flight<K, V> {
    /// What makes the call identical to others.
    pub fn key(&self) -> &K {
        &self.key
    }

    /// Gives the answer to all who wait.
    pub fn land(self, answer: V) {
        self.answer.send_replace(Some(answer));
    }
}

impl<K: Eq + Hash, V> Drop for Flight<K, V> {
    fn drop(&mut self) {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn those_who_come_while_it_is_under_way_share_the_answer() {
        let flights: Arc<Flights<u8, String>> = Arc::default();
        let Seat::First(flight) = flights.board(1).await else { panic!("nobody was before") };
        let others = Arc::clone(&flights);
        let waiting = tokio::spawn(async move { others.board(1).await });
        tokio::task::yield_now().await;
        assert!(matches!(flights.board(2).await, Seat::First(_)), "another call is another call");
        flight.land("Paris".to_owned());
        assert!(matches!(waiting.await.unwrap(), Seat::Joined(answer) if answer == "Paris"));
        assert!(matches!(flights.board(1).await, Seat::First(_)), "what landed is not under way");
    }

    #[tokio::test]
    async fn when_the_first_gives_up_another_takes_over() {
        let flights: Arc<Flights<u8, String>> = Arc::default();
        let first = flights.board(1).await;
        let others = Arc::clone(&flights);
        let waiting = tokio::spawn(async move { matches!(others.board(1).await, Seat::First(_)) });
        tokio::task::yield_now().await;
        drop(first);
        assert!(waiting.await.unwrap());
    }
}
