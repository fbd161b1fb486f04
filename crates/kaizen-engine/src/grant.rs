//! Granted ways out of a jail: a filtering proxy for hosts, and ports that lead to declared services.
//!
//! A jail's network holds nothing but its own loopback address. The jail's holder opens the granted ports there and hands their sockets
//! to this process, which accepts, decides, connects outside and copies. So nothing inside can name another destination, and a way
//! exists no longer than its [`Ways`]. What is granted is declared in `kaizen.toml` and trusted by a person ([`crate::config::grant`]).

mod carry;
pub mod home;
mod proxy;
pub mod secret;
pub mod start;
mod way;

use crate::config::grant::{Address, Host, LOOPBACK};
use crate::context::Context;
use crate::error::EngineError;
use kaizen_sandbox::jail::Jail;
use proxy::Filter;
use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;
use way::Way;

/// Variables by which people behind a proxy of their own name its certificates.
const CERTIFICATES: [&str; 7] =
    ["SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "CARGO_HTTP_CAINFO", "GIT_SSL_CAINFO"];

/// What one jail may reach.
#[derive(Debug, Clone, Default)]
pub struct Reach {
    /// Through the proxy.
    hosts: Vec<Host>,
    /// At the same port of the loopback address.
    addresses: Vec<Address>,
}

impl Reach {
    /// Hosts by the proxy, services by ports. Programs ask no proxy for the loopback address, so a host there is a service.
    pub fn of(hosts: &[Host], services: &[Address]) -> Self {
        let (near, hosts): (Vec<&Host>, Vec<&Host>) = hosts.iter().partition(|host| host.on_loopback().is_some());
        let mut addresses: Vec<Address> = services.to_vec();
        addresses.extend(near.into_iter().filter_map(Host::on_loopback).filter(|near| !services.contains(near)));
        Self { hosts: hosts.into_iter().cloned().collect(), addresses }
    }

    /// The ports to put into the jail's spec.
    pub fn ports(&self) -> Vec<u16> {
        let proxy = (!self.hosts.is_empty()).then_some(0);
        proxy.into_iter().chain(self.addresses.iter().map(Address::port)).collect()
    }

    /// The services that do not answer, with the reason.
    pub fn silent(&self) -> Vec<(String, String)> {
        let ask = |address: &Address| carry::connect(address.as_str()).err().map(|error| (address.to_string(), error.to_string()));
        self.addresses.iter().filter_map(ask).collect()
    }

    /// Variables that name certificates of this machine, where hosts are granted and the jail shows the files.
    pub fn certificates(&self, context: &Context) -> Vec<(OsString, OsString)> {
        let shown = |value: &OsString| ["/etc/ssl/", "/usr/", "/etc/pki/"].iter().any(|place| Path::new(value).starts_with(place));
        let names = CERTIFICATES.iter().filter(|_| !self.hosts.is_empty());
        names.filter_map(|name| Some((name.into(), (context.variable)(name).filter(shown)?))).collect()
    }

    /// Opens the ways of a jail whose spec had [`Reach::ports`].
    pub fn open(&self, jail: &mut dyn Jail) -> Result<Ways, EngineError> {
        let mut listeners = jail.listeners().into_iter();
        let missing = || EngineError::environment("the sandbox opened fewer ports than were granted", "report this as a defect of kaizen");
        let mut ways = Ways::default();
        if !self.hosts.is_empty() {
            let listener = listeners.next().ok_or_else(missing)?;
            let filter = Arc::new(Filter::new(self.hosts.clone()));
            let port = listener.local_addr().map_err(|error| way::broken(&error))?.port();
            let answering = Arc::clone(&filter);
            ways.open.push(Way::open(listener, move |inner, carrier| proxy::serve(&answering, inner, carrier))?);
            ways.proxy = Some((port, filter));
        }
        for address in &self.addresses {
            let (listener, to) = (listeners.next().ok_or_else(missing)?, address.as_str().to_owned());
            ways.open.push(Way::open(listener, move |inner, carrier| {
                if let Ok(outer) = carry::connect(&to) {
                    carrier.carry(inner, outer);
                }
            })?);
        }
        Ok(ways)
    }
}

/// The open ways of one jail. They end with it.
#[derive(Default)]
pub struct Ways {
    open: Vec<Way>,
    proxy: Option<(u16, Arc<Filter>)>,
}

impl Ways {
    /// What programs inside need to find the proxy.
    pub fn env(&self) -> Vec<(OsString, OsString)> {
        let Some((port, _)) = self.proxy else { return Vec::new() };
        let proxy = format!("http://127.0.0.1:{port}");
        let names = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];
        let mut env: Vec<(OsString, OsString)> = names.map(|name| (name.into(), proxy.clone().into())).to_vec();
        env.extend(["NO_PROXY", "no_proxy"].map(|name| (name.into(), LOOPBACK.join(",").into())));
        env.push(("NODE_USE_ENV_PROXY".into(), "1".into()));
        env.push(("CARGO_NET_OFFLINE".into(), "false".into()));
        env
    }

    /// Hosts that were asked for so far, with their ports.
    pub fn reached(&self) -> Vec<String> {
        self.proxy.as_ref().map_or_else(Vec::new, |(_, filter)| filter.reached())
    }

    /// Hosts that were asked for and not granted so far, with their ports.
    pub fn refused(&self) -> Vec<String> {
        self.proxy.as_ref().map_or_else(Vec::new, |(_, filter)| filter.refused())
    }
}
