//! The coin that orders a pair. It comes from the operating system, so that nothing a candidate knows tells how it falls.

use crate::error::{EngineError, io};
use kaizen_domain::trial::Arm;
use std::io::Read;
use std::path::Path;

/// Which side runs first.
pub fn toss() -> Result<Arm, EngineError> {
    Ok(if random::<1>()?[0] & 1 == 0 { Arm::Baseline } else { Arm::Candidate })
}

/// Bytes nobody can foretell, from the operating system.
pub fn random<const N: usize>() -> Result<[u8; N], EngineError> {
    let (mut bytes, source) = ([0u8; N], Path::new("/dev/urandom"));
    std::fs::File::open(source).and_then(|mut file| file.read_exact(&mut bytes)).map_err(io("read", source))?;
    Ok(bytes)
}
