//! From measurements to weaknesses and to evidence about their causes.

pub mod evidence;
pub mod weakness;
