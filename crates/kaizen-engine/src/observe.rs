//! From measurements to weaknesses and to evidence about their causes; from what others send to records fit to keep.

pub mod evidence;
pub mod operation;
pub mod recent;
pub mod redact;
pub mod weakness;
