//! Of what kind a call was, when neither its client nor a rule says: a small model is asked, where the settings name one for it.
//!
//! It is asked after the answer was given, one question at a time, and no more of them wait than a few; what does not fit keeps the
//! kind it has. The question is a call of its own, with its own record and its own cost within the budget. Of the request it shows
//! the beginning and the end, without secrets. It is never asked about its own calls.

use super::account::Account;
use super::caller::Caller;
use super::deliver::Labels;
use super::{Ask, KIND, begun, kind};
use crate::app::App;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use bytes::Bytes;
use kaizen_domain::operation::{Kind, OperationId, Source};
use kaizen_llm::face::{Face, Said, read};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Notify;

/// The kind of the questions themselves.
pub const OWN: &str = "kaizen.intent";
/// The role of the model that is asked; no kind of work.
const ROLE: &str = "intent";
/// How many questions may wait.
const QUEUE: usize = 64;
/// How much of the request is shown from its beginning, and from its end, in bytes.
const SHOWN: usize = 1_000;
/// More than any kind's name has tokens.
const WORDS: u32 = 16;
/// The largest answer that is looked at, in bytes.
const ANSWER: usize = 64 * 1024;

/// A call nobody knows the kind of.
#[derive(Debug)]
pub struct Unsure {
    /// Its record.
    pub operation: OperationId,
    /// The kind it was recorded with.
    pub kind: Kind,
    /// What was asked.
    pub text: String,
}

/// The calls that wait for their kind.
#[derive(Debug, Default)]
pub struct Queue {
    waiting: Mutex<VecDeque<Unsure>>,
    more: Notify,
}

impl Queue {
    /// Takes a call in, where there is room; never blocks. `false`: there is none, and nobody will be asked about it.
    pub fn offer(&self, unsure: Unsure) -> bool {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let room = waiting.len() < QUEUE;
        if room {
            waiting.push_back(unsure);
            self.more.notify_one();
        }
        room
    }

    async fn next(&self) -> Unsure {
        loop {
            let first = self.waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
            match first {
                Some(first) => return first,
                None => self.more.notified().await,
            }
        }
    }
}

/// Asks about one call after the other; ends at once where no model has the role.
pub async fn work(app: Arc<App>) {
    let Some(model) = app.settings.roles.intent.as_ref().map(ToString::to_string) else { return };
    loop {
        let unsure = app.intents.next().await;
        let Some(kind) = answered(&app, &model, &unsure).await else { continue };
        // The call was recorded before its question was asked; what is recorded is written soon.
        app.recorder.settled().await;
        let written = app.store.relabel_operation(app.project, &unsure.operation, &unsure.kind, &kind).await;
        app.complained(written.map(drop), "the kind of a call could not be written");
    }
}

/// The kind the model names, where it is a known one and another than before.
async fn answered(app: &Arc<App>, model: &str, unsure: &Unsure) -> Option<Kind> {
    let kinds = kinds(app);
    let body = question(model, &kinds, &excerpt(&app.redact(&unsure.text)));
    let response = asked(app, body, unsure).await?;
    let body = axum::body::to_bytes(response.into_body(), ANSWER).await.ok()?;
    let said: serde_json::Value = serde_json::from_slice(&body).ok()?;
    let word = said["choices"][0]["message"]["content"].as_str()?;
    named(word, &kinds).filter(|kind| *kind != unsure.kind.as_str())?.parse().ok()
}

/// Asks as a client would; what goes wrong is in the question's own record.
async fn asked(app: &Arc<App>, body: Bytes, unsure: &Unsure) -> Option<Response> {
    let (face, caller) = (Face::Chat, Caller { key: None, own: None });
    let headers = HeaderMap::from_iter([(KIND, HeaderValue::from_static(OWN))]);
    let asked = read(face, &body).ok()?;
    let (mut operation, _) = begun(app, face, &headers, &caller, Some(&asked), &Said::default(), asked.model.clone()).ok()?;
    operation.source = Source::Own;
    operation.parent = Some(unsure.operation.clone());
    let (kind, labels) = (operation.kind.clone(), Labels::default());
    let account = Account::begin(Arc::clone(app), face, asked.input_bound, operation);
    Some(Box::new(Ask { app: Arc::clone(app), face, headers, body, caller, asked, kind, labels }).go(account).await)
}

/// The kinds that can be named: those of the rules, and the user's tasks.
fn kinds(app: &App) -> Vec<String> {
    let mut kinds: Vec<String> = kind::of_texts().map(str::to_owned).chain(app.desk.tasks()).filter(|kind| kind != ROLE).collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

fn question(model: &str, kinds: &[String], text: &str) -> Bytes {
    let kinds = kinds.join(", ");
    let prompt = format!(
        "Which kind of work does this message ask for? Answer with one of these words and nothing else: {kinds}.\n\n<message>\n{text}\n</message>"
    );
    let messages = [serde_json::json!({"role": "user", "content": prompt})];
    let body = serde_json::json!({"model": model, "temperature": 0, "max_tokens": WORDS, "messages": messages});
    Bytes::from(body.to_string())
}

/// What a text asks for stands at its beginning or at its end.
fn excerpt(text: &str) -> String {
    if text.len() <= 2 * SHOWN {
        return text.to_owned();
    }
    let (head, tail) = (text.floor_char_boundary(SHOWN), text.ceil_char_boundary(text.len() - SHOWN));
    format!("{}\n...\n{}", &text[..head], &text[tail..])
}

fn named<'k>(word: &str, kinds: &'k [String]) -> Option<&'k str> {
    let word = word.trim_matches(|sign: char| !sign.is_alphanumeric());
    kinds.iter().map(String::as_str).find(|kind| kind.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unsure(number: usize) -> Unsure {
        Unsure { operation: number.to_string().parse().unwrap(), kind: "chat".parse().unwrap(), text: String::new() }
    }

    #[tokio::test]
    async fn no_more_questions_wait_than_a_few_and_the_first_come_first() {
        let queue = Queue::default();
        assert_eq!((0..QUEUE + 10).filter(|number| queue.offer(unsure(*number))).count(), QUEUE);
        for number in 0..QUEUE {
            assert_eq!(queue.next().await.operation.as_str(), number.to_string());
        }
        assert!(queue.waiting.lock().unwrap().is_empty());
    }

    #[test]
    fn an_answer_that_is_no_known_kind_is_none() {
        let kinds = ["chat".to_owned(), "legal".to_owned()];
        assert_eq!(named(" **Legal**.\n", &kinds), Some("legal"));
        assert_eq!([named("legal advice", &kinds), named("", &kinds), named("cooking", &kinds)], [None; 3]);
    }

    #[test]
    fn a_long_text_is_shown_by_its_ends() {
        let text = format!("Summarise:{}in one line ü", "ü".repeat(5_000));
        let shown = excerpt(&text);
        assert!(shown.starts_with("Summarise:") && shown.ends_with("in one line ü") && shown.len() <= 2 * SHOWN + 5);
        assert_eq!(excerpt("short"), "short");
    }
}
