//! kaizen
fn main() {}
