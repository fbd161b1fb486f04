//! What Python code calls, and what an expression makes: a list of its own, a literal, something that no set can hold.
//!
//! Judged by syntax alone, and by the names of the standard library where the file means nothing else by them.

use super::code::{At, Code};

/// Functions that look at what they are given and whose answer depends on nothing else.
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

/// Functions that only look as well, but answer with something that can change, or do more than answer.
const LOOKING_FUNCTIONS: [&str; 12] =
    ["enumerate", "zip", "reversed", "list", "dict", "repr", "print", "hash", "id", "type", "map", "filter"];

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

fn only_looks(function: &str) -> bool {
    PURE_FUNCTIONS.contains(&function) || LOOKING_FUNCTIONS.contains(&function)
}

impl<'t> Code<'t> {
    /// What a call calls, in full: `re.match`, `len`; `None` where the code means something of its own by the name of a builtin.
    pub(crate) fn called(&self, call: At) -> Option<&'t str> {
        let function = self.child(call, "function")?;
        let name = self.text(function);
        (!only_looks(name) || !self.is_rebound(function, name)).then_some(name)
    }

    /// Whether a name that is seen from here is given a value: in a function around, or for the whole file.
    fn is_rebound(&self, here: At, name: &str) -> bool {
        self.occurrences(0, name).filter(|at| self.binds(*at)).any(|at| {
            let defines = matches!(self.field(at), "name") && self.up(at).is_some_and(|up| self.is_function(up));
            let from = if defines { self.up(at).unwrap_or(at) } else { at };
            let scope = self.ancestors(from).find(|up| self.is_function(*up) || self.is(*up, "class_definition"));
            scope.is_none_or(|scope| self.is_function(scope) && self.holds(scope, here))
        })
    }

    /// Whether a call is known to change nothing.
    pub(crate) fn only_looks(&self, call: At) -> bool {
        let method = self.method(call).is_some_and(|(_, method)| QUIET_METHODS.contains(&method));
        method || self.called(call).is_some_and(|name| only_looks(name) || name.starts_with("math."))
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

    /// Whether an expression makes a list with an element that cannot be one of a set.
    pub(crate) fn holds_unhashable(&self, list: At) -> bool {
        let elements = match self.kind(list) {
            "list" | "tuple" => self.kids(list),
            "list_comprehension" => self.child(list, "body").into_iter().collect(),
            _ => vec![],
        };
        elements.into_iter().any(|element| self.is_unhashable(element) || self.makes_list(element))
    }

    /// Whether an expression makes a list that nobody else has.
    pub(crate) fn makes_list(&self, at: At) -> bool {
        let method = || self.method(at).is_some_and(|(_, name)| matches!(name, "split" | "rsplit" | "splitlines" | "readlines"));
        let call = || self.is(at, "call") && (self.called(at).is_some_and(|name| matches!(name, "list" | "sorted")) || method());
        matches!(self.kind(at), "list" | "list_comprehension") || call()
    }
}
