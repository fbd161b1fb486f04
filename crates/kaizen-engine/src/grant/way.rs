//! One listening socket inside a jail, and the threads that serve it.

use super::carry::Carrier;
use crate::error::EngineError;
use nix::sys::socket::{Shutdown, shutdown};
use std::net::{TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::sync::Arc;
use std::thread::JoinHandle;

/// Accepts until it is dropped.
pub(super) struct Way {
    listener: Arc<TcpListener>,
    carrier: Arc<Carrier>,
    accepting: Option<JoinHandle<()>>,
}

impl Way {
    /// Hands every connection to `serve`, each on a thread of its own.
    pub(super) fn open(listener: TcpListener, serve: impl Fn(TcpStream, &Carrier) + Send + Sync + 'static) -> Result<Self, EngineError> {
        let (listener, carrier) = (Arc::new(listener), Arc::new(Carrier::default()));
        let (ours, serve) = ((Arc::clone(&listener), Arc::clone(&carrier)), Arc::new(serve));
        let accept = move || {
            while let Ok((inner, _)) = ours.0.accept() {
                let (serve, carrier) = (Arc::clone(&serve), Arc::clone(&ours.1));
                // Past the limit, or without a thread, the connection is closed by being dropped.
                if let Some(place) = Carrier::place(&carrier) {
                    drop(std::thread::Builder::new().name("way".into()).spawn(move || {
                        serve(inner, &carrier);
                        drop(place);
                    }));
                }
            }
        };
        let accepting = std::thread::Builder::new().name("ways".into()).spawn(accept).map_err(|error| broken(&error))?;
        Ok(Self { listener, carrier, accepting: Some(accepting) })
    }
}

impl Drop for Way {
    /// Wakes and ends every thread.
    fn drop(&mut self) {
        let woken = shutdown(self.listener.as_raw_fd(), Shutdown::Both).is_ok();
        self.carrier.close();
        if let Some(accepting) = self.accepting.take().filter(|_| woken) {
            drop(accepting.join());
        }
    }
}

pub(super) fn broken(error: &std::io::Error) -> EngineError {
    EngineError::environment(format!("a granted way out of the sandbox could not be opened: {error}"), "run the same command again")
}
