//! What a caller from another machine has to show, route by route.
//!
//! A route is made together with its rule, so that none can be forgotten: [`Door::guarded`] is the only way into the router. From
//! this machine nothing is asked for here; what writes asks for its token itself, wherever the caller is.

use crate::api::token;
use crate::app::App;
use crate::gateway::caller::Caller;
use crate::gateway::deliver::{self, Labels};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, Method};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::MethodRouter;
use kaizen_llm::face::Face;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// What is asked of a caller from another machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// Nothing: whoever watches over the daemon has no key.
    Open,
    /// Any key of Kaizen's. Who posts is asked by the route itself, which refuses in the client's own shape.
    AnyKey,
    /// A key that may write, or a token of the settings: what was recorded is nobody else's business.
    Writer,
}

/// A path, who may come in by it, and what answers.
#[derive(Debug)]
pub struct Door {
    /// With `{names}` for what varies.
    pub path: &'static str,
    /// Who may come in.
    pub rule: Rule,
    methods: MethodRouter<Arc<App>>,
}

impl Door {
    /// A door.
    pub fn new(path: &'static str, rule: Rule, methods: MethodRouter<Arc<App>>) -> Self {
        Self { path, rule, methods }
    }

    /// Its path, and what answers behind its rule.
    pub fn guarded(self, app: &Arc<App>) -> (&'static str, MethodRouter<Arc<App>>) {
        let guard = middleware::from_fn_with_state((Arc::clone(app), self.rule), check);
        (self.path, self.methods.layer(guard))
    }
}

/// Refuses who shows too little.
async fn check(
    State((app, rule)): State<(Arc<App>, Rule)>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
    next: Next,
) -> Response {
    if peer.ip().is_loopback() {
        return next.run(request).await;
    }
    let posts = request.method() == Method::POST;
    let face = if request.uri().path().starts_with("/api/") { Face::OllamaChat } else { Face::Chat };
    let refused = match rule {
        Rule::Open => None,
        Rule::AnyKey if posts => None,
        Rule::AnyKey => keyless(&app, request.headers(), peer.ip(), face).await,
        Rule::Writer => token::writer(&app.keys, &app.tokens, request.headers()).await.err().map(IntoResponse::into_response),
    };
    match refused {
        Some(response) => response,
        None => next.run(request).await,
    }
}

async fn keyless(app: &App, headers: &HeaderMap, peer: IpAddr, face: Face) -> Option<Response> {
    let refusal = Caller::of(&app.keys, headers, peer).await.err()?;
    Some(deliver::refused(face, &Labels::default(), &refusal))
}

#[cfg(test)]
mod tests;
