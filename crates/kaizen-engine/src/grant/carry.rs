//! Copying between a connection inside and one outside.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::net::{Shutdown, TcpStream, ToSocketAddrs};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The most connections one way carries at a time.
const AT_ONCE: usize = 128;

/// How long a connection outside may take to open, for each of its addresses.
const PATIENCE: Duration = Duration::from_secs(20);

/// The connections of one way, so that all can be ended.
#[derive(Default)]
pub(super) struct Carrier(Mutex<State>);

#[derive(Default)]
struct State {
    is_closed: bool,
    places: usize,
    next: u64,
    streams: BTreeMap<u64, [TcpStream; 2]>,
}

/// The right to carry one connection.
pub(super) struct Place(Arc<Carrier>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.state().places -= 1;
    }
}

impl Carrier {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn place(this: &Arc<Self>) -> Option<Place> {
        let mut state = this.state();
        if state.is_closed || state.places >= AT_ONCE {
            return None;
        }
        state.places += 1;
        Some(Place(Arc::clone(this)))
    }

    /// Copies both ways until both sides are done. A side that ends abruptly ends the other.
    pub(super) fn carry(&self, inner: TcpStream, outer: TcpStream) {
        let Ok(copies) = inner.try_clone().and_then(|inner| Ok([inner, outer.try_clone()?])) else { return };
        let Some(number) = self.remember(copies) else { return };
        std::thread::scope(|scope| {
            let out = std::thread::Builder::new().spawn_scoped(scope, || one_way(&inner, &outer));
            match out {
                Ok(_) => one_way(&outer, &inner),
                Err(_) => end(&[&inner, &outer]),
            }
        });
        self.state().streams.remove(&number);
    }

    fn remember(&self, streams: [TcpStream; 2]) -> Option<u64> {
        let mut state = self.state();
        if state.is_closed {
            return None;
        }
        state.next += 1;
        let number = state.next;
        state.streams.insert(number, streams);
        Some(number)
    }

    /// Ends every connection and takes no new one.
    pub(super) fn close(&self) {
        let mut state = self.state();
        state.is_closed = true;
        for streams in state.streams.values() {
            end(&[&streams[0], &streams[1]]);
        }
    }
}

fn one_way(mut from: &TcpStream, mut to: &TcpStream) {
    let copied = io::copy(&mut from, &mut to).and_then(|_| to.flush());
    // A half that has ended properly leaves the other half open.
    let closed = copied.and_then(|()| to.shutdown(Shutdown::Write));
    if closed.is_err() {
        end(&[from, to]);
    }
}

/// What is closed already is as good.
fn end(streams: &[&TcpStream]) {
    streams.iter().for_each(|stream| drop(stream.shutdown(Shutdown::Both)));
}

/// Connects to the first address of `host:port` that answers.
pub(super) fn connect(address: &str) -> io::Result<TcpStream> {
    let mut refused = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    for place in address.to_socket_addrs()? {
        match TcpStream::connect_timeout(&place, PATIENCE) {
            Ok(stream) => return Ok(stream),
            Err(error) => refused = error,
        }
    }
    Err(refused)
}
