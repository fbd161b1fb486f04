//! Program repair without a model: source and evidence in, ranked edits out.
//!
//! [`edits()`] enumerates single edits of the given files that keep the syntax intact, drops what cannot matter, and
//! ranks the rest by where the evidence points and by how often such an edit is the right one. The operators are the
//! rows of one table, [`operator::OPERATORS`]; each family has its own file below `operator/`.
//!
//! [`optimisations`] lists edits of another kind: those that should leave what a program answers alone and make it cheaper.
//!
//! Pure: no I/O, clock or randomness of its own; the same input and seed give the same list. It never runs code, never
//! judges an edit, and never proposes to change a test, a comment, a docstring, an import, a decorator, an attribute or
//! a type annotation.

mod check;
mod donor;
mod edit;
mod evidence;
mod facts;
mod inspect;
mod language;
mod normal;
mod operator;
mod pair;
mod prior;
mod rank;
mod role;
mod search;
mod site;
mod size;
mod summary;
mod syntax;
mod zone;

pub use edit::{Edit, SourceFile, apply, edits};
pub use evidence::Evidence;
pub use inspect::{function_span, identifiers, literals};
pub use language::{Language, parses};
pub use operator::speed::{Optimisation, OptimiserInfo, optimisations, optimisers};
pub use operator::{OperatorInfo, operators};
pub use prior::{Prior, draw};
