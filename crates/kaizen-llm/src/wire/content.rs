//! What every shape has: a content that is a text or a list of parts.

use super::text::Text;
use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};
use std::fmt;
use std::marker::PhantomData;

/// Nothing, a text, or parts.
#[derive(Debug, Default)]
pub(crate) enum Content<'a, P> {
    #[default]
    Nothing,
    Text(Text<'a>),
    Parts(Vec<P>),
}

struct ContentVisitor<P>(PhantomData<P>);

impl<'de, P: Deserialize<'de>> Visitor<'de> for ContentVisitor<P> {
    type Value = Content<'de, P>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string or an array of objects")
    }
    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Content::Text(text.into()))
    }
    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Content::Text(text.to_owned().into()))
    }
    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Content::Nothing)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut parts = Vec::new();
        while let Some(part) = seq.next_element()? {
            parts.push(part);
        }
        Ok(Content::Parts(parts))
    }
}

impl<'de: 'a, 'a, P: Deserialize<'de>> Deserialize<'de> for Content<'a, P> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ContentVisitor(PhantomData))
    }
}

/// An address: a string (Responses), or an object with one (Chat).
#[derive(Debug)]
pub(crate) struct Link<'a>(pub Text<'a>);

#[derive(serde::Deserialize)]
struct Url<'a> {
    #[serde(borrow)]
    url: Text<'a>,
}

struct LinkVisitor;

impl<'de> Visitor<'de> for LinkVisitor {
    type Value = Link<'de>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a URL or an object with one")
    }
    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Link<'de>, E> {
        Ok(Link(text.into()))
    }
    fn visit_str<E: Error>(self, text: &str) -> Result<Link<'de>, E> {
        Ok(Link(text.to_owned().into()))
    }
    fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<Link<'de>, A::Error> {
        let Url { url } = Url::deserialize(serde::de::value::MapAccessDeserializer::new(map))?;
        Ok(Link(url))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Link<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LinkVisitor)
    }
}
