//! Wire types: what `--json` prints and HTTP answers. Domain types never appear on the wire by themselves.
//!
//! Every object names its shape in `schema`; fields are only ever added within a version.

pub mod v1;
