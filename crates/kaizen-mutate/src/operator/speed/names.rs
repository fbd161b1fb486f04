//! What Python code does with a name: binds it, changes what it stands for, hands it on, or only reads it.
//!
//! Judged by syntax alone. A method or function that is not known to be harmless counts as the worse.

use super::calls::QUIET_METHODS;
use super::code::{At, Code};

/// What an occurrence does, the mildest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Use {
    /// Looks at it.
    Read,
    /// Gives it to somebody who could change or keep it.
    Escapes,
    /// Changes what it stands for.
    Mutated,
    /// Makes the name stand for something else.
    Bound,
}

/// Functions of the standard library that change what they are given.
const CHANGING_FUNCTIONS: [&str; 12] = [
    "heappush",
    "heappop",
    "heapify",
    "heapreplace",
    "heappushpop",
    "insort",
    "insort_left",
    "insort_right",
    "shuffle",
    "next",
    "setattr",
    "delattr",
];

impl<'t> Code<'t> {
    /// Whether an identifier stands for a variable, and is no attribute or argument name.
    pub(crate) fn is_variable(&self, at: At) -> bool {
        let is_name = self.is(at, "identifier") || self.is(at, "shorthand_property_identifier");
        is_name && !self.fills(at, "attribute", "attribute") && !self.fills(at, "keyword_argument", "name")
    }

    /// Every occurrence of a variable's name at or below a node.
    pub(crate) fn occurrences<'s>(&'s self, within: At, name: &str) -> impl Iterator<Item = At> + use<'s, 't> {
        self.named(within, name).iter().copied().filter(|at| self.is_variable(*at))
    }

    pub(crate) fn mentions(&self, within: At, name: &str) -> bool {
        self.occurrences(within, name).next().is_some()
    }

    /// Whether an identifier is given a value here.
    pub(crate) fn binds(&self, at: At) -> bool {
        let mut here = at;
        while let Some(up) = self.up(here) {
            let field = self.field(here);
            match self.kind(up) {
                "default_parameter" | "typed_default_parameter" if field != "name" => return false,
                "typed_parameter" if field == "type" => return false,
                "pattern_list"
                | "tuple_pattern"
                | "list_pattern"
                | "list_splat_pattern"
                | "dictionary_splat_pattern"
                | "default_parameter"
                | "typed_parameter"
                | "typed_default_parameter"
                | "dotted_name" => here = up,
                "assignment" | "augmented_assignment" | "for_statement" | "for_in_clause" => return field == "left",
                "named_expression" | "function_definition" | "class_definition" => return field == "name",
                "as_pattern_target"
                | "delete_statement"
                | "global_statement"
                | "nonlocal_statement"
                | "parameters"
                | "lambda_parameters"
                | "aliased_import"
                | "import_statement"
                | "import_from_statement"
                | "case_pattern"
                | "except_clause" => {
                    return self.kind(up) != "except_clause" || field == "alias";
                }
                _ => return false,
            }
        }
        false
    }

    /// Whether a whole expression is what an assignment, a loop or a `del` writes to.
    pub(crate) fn is_target(&self, at: At) -> bool {
        let Some(up) = self.up(at) else { return false };
        match self.kind(up) {
            "assignment" | "augmented_assignment" | "for_statement" | "for_in_clause" => self.field(at) == "left",
            "pattern_list" | "tuple_pattern" | "list_pattern" | "list_splat_pattern" => self.is_target(up),
            "delete_statement" => true,
            "expression_list" => self.up(up).is_some_and(|above| self.is(above, "delete_statement")),
            _ => false,
        }
    }

    /// What an occurrence of a name does with it.
    pub(crate) fn use_of(&self, at: At) -> Use {
        if self.binds(at) || (self.is(at, "attribute") && self.is_target(at)) {
            return Use::Bound;
        }
        let mut here = at;
        while self.fills(here, "attribute", "object") || self.fills(here, "subscript", "value") {
            let Some(up) = self.up(here) else { break };
            here = up;
        }
        if here != at {
            return self.use_of_part(here);
        }
        // `a or b` is one of the two, and only a condition merely looks at it.
        let mut here = at;
        while let Some(up) = self.up(here).filter(|up| matches!(self.kind(*up), "boolean_operator" | "parenthesized_expression")) {
            here = up;
        }
        let Some(up) = self.up(here) else { return Use::Read };
        match self.kind(up) {
            "argument_list" => self.use_of_argument(up),
            "keyword_argument"
            | "list"
            | "tuple"
            | "set"
            | "pair"
            | "dictionary"
            | "yield"
            | "return_statement"
            | "expression_list"
            | "list_splat"
            | "dictionary_splat"
            | "conditional_expression"
            | "lambda"
            | "await" => Use::Escapes,
            "assignment" | "named_expression" | "default_parameter" => Use::Escapes,
            _ => Use::Read,
        }
    }

    /// `here` is a chain of attributes and indexes that begins with the name.
    fn use_of_part(&self, here: At) -> Use {
        if self.is_target(here) {
            return Use::Mutated;
        }
        let called = self.fills(here, "call", "function");
        match (called, self.child(here, "attribute").map(|name| self.text(name))) {
            (true, Some(method)) if QUIET_METHODS.contains(&method) => Use::Read,
            (true, Some(_)) => Use::Mutated,
            (true, None) => Use::Escapes,
            (false, Some(_)) if self.up(here).is_some_and(|up| matches!(self.kind(up), "assignment" | "argument_list")) => Use::Escapes,
            _ => Use::Read,
        }
    }

    fn use_of_argument(&self, arguments: At) -> Use {
        let Some(call) = self.up(arguments) else { return Use::Escapes };
        let called = self.child(call, "function").map_or("", |function| self.text(function));
        match called.rsplit('.').next() {
            Some(last) if CHANGING_FUNCTIONS.contains(&last) => Use::Mutated,
            _ if self.only_looks(call) => Use::Read,
            _ => Use::Escapes,
        }
    }

    /// The worst that is done to a name at or below a node.
    pub(crate) fn worst_use(&self, within: At, name: &str) -> Use {
        self.occurrences(within, name).map(|at| self.use_of(at)).max().unwrap_or(Use::Read)
    }

    /// Whether code asks what a name stands for before it uses it: whether it is there at all, or of which kind.
    fn is_asked_about(&self, at: At) -> bool {
        let Some(up) = self.up(at) else { return false };
        match self.kind(up) {
            "comparison_operator" => self.kids(up).iter().any(|kid| self.is(*kid, "none")),
            "boolean_operator" | "not_operator" | "if_clause" => true,
            "if_statement" | "elif_clause" | "while_statement" => self.field(at) == "condition",
            "conditional_expression" => self.kids(up).get(1) == Some(&at),
            "argument_list" => {
                let called = self.up(up).and_then(|call| self.called(call));
                called.is_some_and(|name| matches!(name, "isinstance" | "hasattr" | "callable" | "type"))
            }
            _ => false,
        }
    }

    /// Whether a name may stand for nothing where a statement begins: the statement itself asks before it uses it, or the parameter may be
    /// left out and nobody asked before.
    pub(crate) fn may_be_nothing(&self, statement: At, name: &str) -> bool {
        if self.occurrences(statement, name).any(|at| self.is_asked_about(at)) {
            return true;
        }
        let Some(function) = self.function(statement) else { return false };
        let optional = |at: At| {
            let up = self.up(at).filter(|_| self.field(at) == "name" || self.fills(at, "typed_parameter", ""));
            let nothing = |up: At| self.child(up, "value").is_some_and(|value| self.is(value, "none"));
            let written =
                |up: At| self.child(up, "type").is_some_and(|kind| ["None", "Optional"].iter().any(|word| self.text(kind).contains(word)));
            up.is_some_and(|up| self.kind(up).ends_with("parameter") && (nothing(up) || written(up)))
        };
        let before = || self.occurrences(function, name).take_while(|at| *at < statement);
        before().any(optional) && !before().any(|at| self.is_asked_about(at) || self.fills(at, "assignment", "left"))
    }

    /// Whether a variable of a loop is mentioned outside it.
    pub(crate) fn outlives(&self, looped: At, left: At) -> bool {
        let within = self.function(looped).unwrap_or(0);
        let names = (left..self.below(left).end.max(left + 1)).filter(|at| self.is(*at, "identifier"));
        names.into_iter().any(|name| self.occurrences(within, self.text(name)).any(|at| !self.holds(looped, at)))
    }

    /// The value that an occurrence is given by a plain assignment.
    pub(crate) fn assigned_at(&self, at: At) -> Option<At> {
        let (name, value) = self.assigned(self.statement(at)?)?;
        (self.binds(at) && name == self.text(at)).then_some(value)
    }

    /// Whether something below is a function of its own that mentions the name: it may run at any time.
    pub(crate) fn is_captured(&self, function: At, name: &str) -> bool {
        self.below(function).any(|at| self.is_function(at) && self.mentions(at, name))
    }

    /// Whether the name is declared global or nonlocal anywhere in the file.
    pub(crate) fn is_shared(&self, name: &str) -> bool {
        let of = |kind| self.all(kind).any(|at| self.kids(at).iter().any(|kid| self.text(*kid) == name));
        of("global_statement") || of("nonlocal_statement")
    }
}
