//! What Python code does with a name: binds it, changes what it stands for, hands it on, or only reads it.
//!
//! Judged by syntax alone. A method or function that is not known to be harmless counts as the worse.

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

/// Functions that only look at what they are given.
pub(crate) const QUIET_FUNCTIONS: [&str; 34] = [
    "len",
    "sorted",
    "sum",
    "min",
    "max",
    "abs",
    "any",
    "all",
    "enumerate",
    "zip",
    "range",
    "reversed",
    "list",
    "tuple",
    "set",
    "frozenset",
    "dict",
    "str",
    "repr",
    "int",
    "float",
    "bool",
    "bytes",
    "print",
    "isinstance",
    "hash",
    "id",
    "type",
    "round",
    "divmod",
    "ord",
    "chr",
    "map",
    "filter",
];

/// Of those, the ones whose answer depends on nothing else and that always have one for arguments of the right kind.
pub(crate) const PURE_FUNCTIONS: [&str; 22] = [
    "len",
    "sorted",
    "sum",
    "min",
    "max",
    "abs",
    "tuple",
    "frozenset",
    "set",
    "str",
    "int",
    "float",
    "bool",
    "bytes",
    "round",
    "divmod",
    "ord",
    "chr",
    "any",
    "all",
    "isinstance",
    "range",
];

/// Methods that change nothing, whatever they are called on.
pub(crate) const QUIET_METHODS: [&str; 44] = [
    "get",
    "keys",
    "values",
    "items",
    "split",
    "rsplit",
    "splitlines",
    "strip",
    "lstrip",
    "rstrip",
    "lower",
    "upper",
    "title",
    "casefold",
    "startswith",
    "endswith",
    "replace",
    "join",
    "format",
    "count",
    "index",
    "rindex",
    "find",
    "rfind",
    "encode",
    "decode",
    "isdigit",
    "isalpha",
    "isalnum",
    "isspace",
    "isupper",
    "islower",
    "zfill",
    "ljust",
    "rjust",
    "center",
    "partition",
    "rpartition",
    "copy",
    "union",
    "intersection",
    "issubset",
    "issuperset",
    "difference",
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
        let called = self.up(arguments).and_then(|call| self.child(call, "function"));
        let quiet = called.is_some_and(|function| match self.kind(function) {
            "identifier" => QUIET_FUNCTIONS.contains(&self.text(function)),
            "attribute" => self
                .child(function, "attribute")
                .is_some_and(|name| QUIET_METHODS.contains(&self.text(name)) || self.text(function).starts_with("math.")),
            _ => false,
        });
        if quiet { Use::Read } else { Use::Escapes }
    }

    /// The worst that is done to a name at or below a node.
    pub(crate) fn worst_use(&self, within: At, name: &str) -> Use {
        self.occurrences(within, name).map(|at| self.use_of(at)).max().unwrap_or(Use::Read)
    }

    /// What a call calls, in full: `re.match`, `len`.
    pub(crate) fn called(&self, call: At) -> Option<&'t str> {
        self.child(call, "function").map(|function| self.text(function))
    }

    /// The method of a call and the object it is called on.
    pub(crate) fn method(&self, call: At) -> Option<(At, &'t str)> {
        let function = self.child(call, "function").filter(|function| self.is(*function, "attribute"))?;
        Some((self.child(function, "object")?, self.text(self.child(function, "attribute")?)))
    }

    /// The arguments of a call by place, where it has no others.
    pub(crate) fn plain_arguments(&self, call: At) -> Option<Vec<At>> {
        let arguments = self.child(call, "arguments").filter(|arguments| self.is(*arguments, "argument_list"))?;
        let kids = self.kids(arguments);
        let plain = |kid: &At| !matches!(self.kind(*kid), "keyword_argument" | "list_splat" | "dictionary_splat");
        kids.iter().all(plain).then_some(kids)
    }

    /// The only argument of a call of this function.
    pub(crate) fn only_argument(&self, call: At, function: &str) -> Option<At> {
        let named = self.is(call, "call") && self.called(call) == Some(function);
        match self.plain_arguments(call).filter(|_| named)?.as_slice() {
            [one] => Some(*one),
            _ => None,
        }
    }

    /// Whether every call below is known to change nothing: leaving some of them out then changes nothing either.
    pub(crate) fn is_harmless(&self, within: At) -> bool {
        self.below(within).filter(|at| self.is(*at, "call")).all(|call| {
            let name = self.called(call).unwrap_or_default();
            let method = self.method(call).map(|(_, method)| method);
            PURE_FUNCTIONS.contains(&name) || name.starts_with("math.") || method.is_some_and(|method| QUIET_METHODS.contains(&method))
        })
    }

    /// The expression of a statement that is nothing else.
    pub(crate) fn expression(&self, statement: At) -> Option<At> {
        self.is(statement, "expression_statement").then(|| self.only(statement)).flatten()
    }

    /// The name and the value of `NAME = VALUE`.
    pub(crate) fn assigned(&self, statement: At) -> Option<(&'t str, At)> {
        let assignment = self.expression(statement).filter(|at| self.is(*at, "assignment"))?;
        let left = self.child(assignment, "left").filter(|left| self.is(*left, "identifier"))?;
        Some((self.text(left), self.child(assignment, "right")?))
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

    /// A literal that is one value and has no parts that are calculated.
    pub(crate) fn is_constant(&self, at: At) -> bool {
        match self.kind(at) {
            "integer" | "float" | "true" | "false" | "none" => true,
            "string" => !self.below(at).any(|inner| self.is(inner, "interpolation")),
            "unary_operator" => self.only(at).is_some_and(|inner| self.is_constant(inner)),
            _ => false,
        }
    }

    /// Whether what it makes cannot be an element of a set.
    pub(crate) fn is_unhashable(&self, at: At) -> bool {
        let made = matches!(
            self.kind(at),
            "list" | "dictionary" | "set" | "list_comprehension" | "dictionary_comprehension" | "set_comprehension"
        );
        made || (self.is(at, "call")
            && self.called(at).is_some_and(|name| matches!(name, "list" | "dict" | "set" | "sorted" | "bytearray")))
    }

    /// Whether an expression makes a list that nobody else has.
    pub(crate) fn makes_list(&self, at: At) -> bool {
        let method = || self.method(at).is_some_and(|(_, name)| matches!(name, "split" | "rsplit" | "splitlines" | "readlines"));
        let call = || self.is(at, "call") && (self.called(at).is_some_and(|name| matches!(name, "list" | "sorted")) || method());
        matches!(self.kind(at), "list" | "list_comprehension") || call()
    }
}
