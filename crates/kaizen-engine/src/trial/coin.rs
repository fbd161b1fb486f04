//! The coin that orders a pair. It comes from the operating system, so that nothing a candidate knows tells how it falls.

use crate::error::{EngineError, io};
use kaizen_domain::trial::Arm;
use std::io::Read;
use std::path::Path;

/// Which side runs first.
pub fn toss() -> Result<Arm, EngineError> {
    let (mut byte, source) = ([0u8; 1], Path::new("/dev/urandom"));
    std::fs::File::open(source).and_then(|mut file| file.read_exact(&mut byte)).map_err(io("read", source))?;
    Ok(if byte[0] & 1 == 0 { Arm::Baseline } else { Arm::Candidate })
}
