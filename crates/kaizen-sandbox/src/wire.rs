//! Bytes, paths and operating system strings as base64 text in JSON: none of them need be UTF-8.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;

/// A value that is nothing but bytes.
pub(crate) trait Raw: Sized {
    fn raw(&self) -> &[u8];
    fn from_raw(raw: Vec<u8>) -> Self;
}

impl Raw for Vec<u8> {
    fn raw(&self) -> &[u8] {
        self
    }
    fn from_raw(raw: Vec<u8>) -> Self {
        raw
    }
}

impl Raw for OsString {
    fn raw(&self) -> &[u8] {
        self.as_bytes()
    }
    fn from_raw(raw: Vec<u8>) -> Self {
        OsString::from_vec(raw)
    }
}

impl Raw for PathBuf {
    fn raw(&self) -> &[u8] {
        self.as_os_str().as_bytes()
    }
    fn from_raw(raw: Vec<u8>) -> Self {
        OsString::from_vec(raw).into()
    }
}

fn decode<T: Raw, E: Error>(text: &str) -> Result<T, E> {
    STANDARD.decode(text).map(T::from_raw).map_err(E::custom)
}

/// `#[serde(with = "wire::one")]` for a single value.
pub(crate) mod one {
    use super::*;

    pub(crate) fn serialize<T: Raw, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&STANDARD.encode(value.raw()))
    }

    pub(crate) fn deserialize<'de, T: Raw, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
        decode(&String::deserialize(from)?)
    }
}

/// `#[serde(with = "wire::many")]` for a list.
pub(crate) mod many {
    use super::*;

    pub(crate) fn serialize<T: Raw, S: Serializer>(values: &[T], to: S) -> Result<S::Ok, S::Error> {
        values.iter().map(|value| STANDARD.encode(value.raw())).collect::<Vec<_>>().serialize(to)
    }

    pub(crate) fn deserialize<'de, T: Raw, D: Deserializer<'de>>(from: D) -> Result<Vec<T>, D::Error> {
        Vec::<String>::deserialize(from)?.iter().map(|text| decode(text)).collect()
    }
}

/// `#[serde(with = "wire::pairs")]` for an environment.
pub(crate) mod pairs {
    use super::*;

    pub(crate) fn serialize<T: Raw, S: Serializer>(values: &[(T, T)], to: S) -> Result<S::Ok, S::Error> {
        values.iter().map(|(name, value)| (STANDARD.encode(name.raw()), STANDARD.encode(value.raw()))).collect::<Vec<_>>().serialize(to)
    }

    pub(crate) fn deserialize<'de, T: Raw, D: Deserializer<'de>>(from: D) -> Result<Vec<(T, T)>, D::Error> {
        Vec::<(String, String)>::deserialize(from)?.iter().map(|(name, value)| Ok((decode(name)?, decode(value)?))).collect()
    }
}
