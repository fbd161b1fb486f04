//! What is known of one file before any edit: functions, variables, attributes, literals.
//!
//! Collected in one walk over the tree. Without types: a variable's shape is guessed from how it is used.

use crate::donor::{Class, Donor, Names};
use crate::language::Language;
use crate::language::description::Kind;
use crate::role::{Role, role};
use crate::site::{Step, walk};
use crate::syntax;
use crate::zone;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;
use tree_sitter::Node;

/// Guessed from use: indexed, iterated or measured.
pub(crate) const CONTAINER: u8 = 1;
/// Guessed from use: calculated with, an index, or a bound.
pub(crate) const NUMBER: u8 = 2;

/// A variable and where it can be seen.
#[derive(Debug, Clone)]
pub(crate) struct Variable<'t> {
    pub(crate) name: &'t str,
    /// The written type without references, when there is one.
    pub(crate) written_type: Option<&'t str>,
    pub(crate) visible: Range<usize>,
}

/// A function with what occurs in it.
#[derive(Debug, Default)]
pub(crate) struct Function<'t> {
    pub(crate) name: &'t str,
    /// Its first byte.
    pub(crate) start: usize,
    pub(crate) span: Range<usize>,
    pub(crate) variables: Vec<Variable<'t>>,
    /// The first bytes of every occurrence of a variable's name, ascending.
    pub(crate) mentions: HashMap<&'t str, Vec<usize>>,
    pub(crate) shapes: HashMap<&'t str, u8>,
    pub(crate) numbers: BTreeSet<&'t str>,
    pub(crate) strings: BTreeSet<&'t str>,
    /// What other places of it may have been meant to say.
    pub(crate) expressions: Vec<Donor<'t>>,
    pub(crate) statements: Vec<Donor<'t>>,
    /// Values that it returns, short ones.
    pub(crate) returned: BTreeSet<&'t str>,
    /// Every variable that can be used in it.
    pub(crate) scope: Names,
    pub(crate) is_async: bool,
    pub(crate) returns_value: bool,
    /// Whether it reads or writes an attribute of `self`.
    pub(crate) mentions_self: bool,
}

/// Everything collected about a file.
#[derive(Debug)]
pub(crate) struct Facts<'t> {
    pub(crate) language: Language,
    pub(crate) text: &'t str,
    functions: Vec<Function<'t>>,
    by_node: HashMap<usize, usize>,
    /// For an object's text: the attributes used on it, with whether they are called.
    pub(crate) attributes: HashMap<&'t str, BTreeSet<(&'t str, bool)>>,
    /// Every attribute that is used without being called, on whatever object.
    pub(crate) members: BTreeSet<&'t str>,
    /// The names of every function and method that is called.
    pub(crate) called: BTreeSet<&'t str>,
    /// Names of functions and methods defined here, with the number of their parameters.
    pub(crate) definitions: BTreeMap<&'t str, usize>,
    /// String literals outside closed zones.
    pub(crate) strings: BTreeSet<&'t str>,
    /// Variables of the file or of a class that functions use by their bare name.
    pub(crate) globals: Vec<Variable<'t>>,
    root: Range<usize>,
}

impl<'t> Facts<'t> {
    pub(crate) fn collect(language: Language, text: &'t str, root: Node<'t>) -> Self {
        let mut facts = Self {
            language,
            text,
            functions: Vec::new(),
            by_node: HashMap::new(),
            attributes: HashMap::new(),
            members: BTreeSet::new(),
            called: BTreeSet::new(),
            definitions: BTreeMap::new(),
            strings: BTreeSet::new(),
            globals: Vec::new(),
            root: root.byte_range(),
        };
        walk(root, |path| {
            let closed = zone::is_closed(language, path, text);
            if !closed {
                facts.note(path);
            }
            !closed
        });
        facts.close_scopes();
        facts
    }

    pub(crate) fn text_of(&self, node: Node<'t>) -> &'t str {
        &self.text[node.byte_range()]
    }

    pub(crate) fn function_at(&self, node: Node<'t>) -> Option<&Function<'t>> {
        self.by_node.get(&node.id()).map(|index| &self.functions[*index])
    }

    /// What a function can see: its own variables, those of the functions around it and those of the file.
    fn close_scopes(&mut self) {
        let mut globals = Names::default();
        self.globals.iter().for_each(|global| globals.insert(global.name));
        self.definitions.keys().for_each(|name| globals.insert(name));
        for index in 0..self.functions.len() {
            let span = self.functions[index].span.clone();
            let mut scope = globals;
            let around = self.functions.iter().filter(|other| other.span.start <= span.start && span.end <= other.span.end);
            around.flat_map(|function| &function.variables).for_each(|variable| scope.insert(variable.name));
            self.functions[index].scope = scope;
        }
    }

    /// Functions of the file, in the order of the source.
    pub(crate) fn functions(&self) -> &[Function<'t>] {
        &self.functions
    }

    fn note_donor(&mut self, path: &[Step<'t>]) {
        let node = path[path.len() - 1].node;
        let text = self.text_of(node);
        let above = path.len().checked_sub(2).map_or(Kind::Other, |index| self.language.kind(path[index].node));
        let field = path[path.len() - 1].field.unwrap_or("");
        let kind = self.language.kind(node);
        let is_statement = above == Kind::Body && text.len() <= 100;
        if text.contains('\n') || !(is_statement || (3..=50).contains(&text.len())) {
            return;
        }
        if is_statement && self.is_simple(node) {
            let donor = Donor::new(text, Class::Statement, node.kind_id(), node.start_byte());
            self.within(path, |function| function.statements.push(donor));
        }
        let written_to = field == "left" && matches!(above, Kind::Assignment | Kind::Declaration | Kind::ForEach)
            || field == "function"
            || matches!(above, Kind::Statement | Kind::Member);
        let class = match kind {
            Kind::Comparison | Kind::Binary | Kind::Unary if self.is_condition(node) => Class::Condition,
            Kind::Binary | Kind::Call | Kind::Member | Kind::Index => Class::Value,
            _ => return,
        };
        if !written_to && !is_statement {
            let donor = Donor::new(text, class, node.kind_id(), node.start_byte());
            self.within(path, |function| function.expressions.push(donor));
        }
    }

    /// Whether a node is true or false by its operator.
    pub(crate) fn is_condition(&self, node: Node<'t>) -> bool {
        syntax::is_comparison(self.language, node) || syntax::is_connective(self.language, node) || syntax::is_negation(self.language, node)
    }

    /// A statement that holds no others and introduces no name.
    pub(crate) fn is_simple(&self, node: Node<'t>) -> bool {
        match self.language.kind(node) {
            Kind::Return | Kind::Break | Kind::Continue | Kind::Raise | Kind::Update | Kind::Assignment => true,
            Kind::Statement => {
                let inner = node.named_child(0);
                let opaque = inner.is_some_and(|inner| (self.language.description().is_closed)(inner, self.text));
                let inner = inner.map_or(Kind::Other, |inner| self.language.kind(inner));
                !opaque && !matches!(inner, Kind::If | Kind::While | Kind::ForEach | Kind::Loop | Kind::Text | Kind::Other)
            }
            _ => false,
        }
    }

    fn note_return(&mut self, path: &[Step<'t>]) {
        let value = syntax::returned(path[path.len() - 1].node);
        let text = value.map(|value| self.text_of(value)).filter(|text| text.len() <= 20 && !text.contains('\n'));
        self.within(path, |function| {
            function.returns_value |= value.is_some();
            function.returned.extend(text);
        });
    }

    fn note(&mut self, path: &[Step<'t>]) {
        let node = path[path.len() - 1].node;
        if node.is_named() {
            self.note_donor(path);
        }
        match self.language.kind(node) {
            Kind::Function => self.note_function(path),
            Kind::Lambda if self.has_named_lambdas() => self.note_function(path),
            Kind::Identifier => self.note_identifier(path),
            Kind::Member => self.note_member(path),
            Kind::Call => self.note_method(node),
            Kind::Number => {
                let text = self.text_of(node);
                self.within(path, |function| {
                    function.numbers.insert(text);
                });
            }
            Kind::Text | Kind::Character => self.note_string(path),
            Kind::Return => self.note_return(path),
            Kind::Other if matches!(node.kind(), "shorthand_property_identifier_pattern") => self.note_identifier(path),
            Kind::Other if node.kind() == "field_identifier" => self.note_field(path),
            _ => {}
        }
    }

    /// Where a function is mostly written as an expression.
    fn has_named_lambdas(&self) -> bool {
        matches!(self.language, Language::JavaScript | Language::TypeScript | Language::Tsx)
    }

    fn note_function(&mut self, path: &[Step<'t>]) {
        let node = path[path.len() - 1].node;
        let named_by_variable = || path.len().checked_sub(2).and_then(|index| path[index].node.child_by_field_name("name"));
        let name = syntax::function_name(node).or_else(named_by_variable).map_or("", |name| self.text_of(name));
        let arity = syntax::parameters(node).map_or(0, |parameters| parameters.named_child_count());
        self.by_node.insert(node.id(), self.functions.len());
        let is_async = self.text_of(node).trim_start_matches("pub ").starts_with("async ");
        self.functions.push(Function { name, start: node.start_byte(), span: node.byte_range(), is_async, ..Function::default() });
        if !name.is_empty() {
            self.definitions.insert(name, arity);
        }
    }

    fn note_string(&mut self, path: &[Step<'t>]) {
        let node = path[path.len() - 1].node;
        let text = self.text_of(node);
        if text.len() <= 40 && !text.contains('\n') && !has_interpolation(node) {
            self.strings.insert(text);
            self.within(path, |function| {
                function.strings.insert(text);
            });
        }
    }

    fn note_member(&mut self, path: &[Step<'t>]) {
        let node = path[path.len() - 1].node;
        let Some((object, name)) = syntax::member(self.language, node) else { return };
        let called = path[path.len() - 1].field == Some("function");
        let (object, name) = (self.text_of(object), self.text_of(name));
        self.attributes.entry(object).or_default().insert((name, called));
        if !called {
            self.members.insert(name);
        }
        if matches!(object, "self" | "this") {
            self.within(path, |function| function.mentions_self = true);
        }
    }

    /// What is called, and a method where the grammar has no member expression for it.
    fn note_method(&mut self, call: Node<'t>) {
        if let Some((name, _)) = syntax::callee(self.language, call) {
            self.called.insert(self.text_of(name));
        }
        if call.child_by_field_name("function").is_none()
            && let Some((name, Some(object))) = syntax::callee(self.language, call)
        {
            let (object, name) = (self.text_of(object), self.text_of(name));
            self.attributes.entry(object).or_default().insert((name, true));
        }
    }

    /// A field of a C++ class: its methods use it by its bare name.
    fn note_field(&mut self, path: &[Step<'t>]) {
        let above = path.len().checked_sub(2).map_or("", |index| path[index].node.kind());
        if self.language == Language::Cpp && matches!(above, "field_declaration" | "pointer_declarator" | "array_declarator") {
            let name = self.text_of(path[path.len() - 1].node);
            let written_type = self.written_type(path);
            self.globals.push(Variable { name, written_type, visible: self.root.clone() });
        }
    }

    fn note_identifier(&mut self, path: &[Step<'t>]) {
        let name = self.text_of(path[path.len() - 1].node);
        let start = path[path.len() - 1].node.start_byte();
        let role = role(self.language, path, self.text);
        let visible = match &role {
            Role::Name | Role::Callee => return,
            Role::Binding(visible) | Role::Target(Some(visible)) => Some(visible.clone()),
            Role::Target(None) | Role::Use => None,
        };
        let written_type = visible.as_ref().and_then(|_| self.written_type(path));
        let shape = self.shape(path);
        if !self.is_within(path)
            && let Some(visible) = &visible
            && (self.language == Language::Java || visible.end >= self.root.end)
        {
            self.globals.push(Variable { name, written_type, visible: self.root.clone() });
        }
        self.within(path, |function| {
            function.mentions.entry(name).or_default().push(start);
            *function.shapes.entry(name).or_default() |= shape;
            if let Some(visible) = visible {
                add_variable(function, Variable { name, written_type, visible });
            }
        });
    }

    fn is_within(&self, path: &[Step<'t>]) -> bool {
        path.iter().any(|step| self.by_node.contains_key(&step.node.id()))
    }

    /// Runs `change` on the innermost function of the path, if any.
    fn within(&mut self, path: &[Step<'t>], change: impl FnOnce(&mut Function<'t>)) {
        let index = path.iter().rev().find_map(|step| self.by_node.get(&step.node.id()).copied());
        if let Some(function) = index.and_then(|index| self.functions.get_mut(index)) {
            change(function);
        }
    }

    /// The type written at a variable's introduction, by the node above it or by the declaration above that.
    fn written_type(&self, path: &[Step<'t>]) -> Option<&'t str> {
        let above = path[..path.len() - 1].iter().rev().take(3);
        let held = above.take_while(|step| !matches!(self.language.kind(step.node), Kind::Body | Kind::Function | Kind::Assignment));
        let written = self.text_of(held.into_iter().find_map(|step| step.node.child_by_field_name("type"))?);
        Some(written.trim_start_matches([':', '&', ' ']).trim_start_matches("mut "))
    }

    fn shape(&self, path: &[Step<'t>]) -> u8 {
        let Some(above) = path.len().checked_sub(2).map(|index| path[index].node) else { return 0 };
        let node = path[path.len() - 1].node;
        let first = above.named_child(0).is_some_and(|child| child.id() == node.id());
        match (self.language.kind(above), path[path.len() - 1].field.unwrap_or("")) {
            (Kind::Index, _) if first => CONTAINER,
            (Kind::ForEach, "right" | "value") => CONTAINER,
            (_, "right") if matches!(above.kind(), "for_in_clause" | "range_clause") => CONTAINER,
            (Kind::Slice, _) if first && above.kind() == "slice_expression" => CONTAINER,
            (Kind::Index | Kind::Slice | Kind::Range | Kind::Update, _) => NUMBER,
            (Kind::Assignment, _) if syntax::assigned(above).is_some_and(|(_, token, _)| token.kind() != "=") => NUMBER,
            (Kind::Binary, _) if !syntax::is_connective(self.language, above) => NUMBER,
            (Kind::Arguments, _) => self.shape_of_argument(path),
            _ => 0,
        }
    }

    fn shape_of_argument(&self, path: &[Step<'t>]) -> u8 {
        let call = path.len().checked_sub(3).and_then(|index| path[index].node.child_by_field_name("function"));
        match call.map(|function| self.text_of(function)) {
            Some(
                "len" | "enumerate" | "sorted" | "reversed" | "sum" | "any" | "all" | "zip" | "set" | "list" | "tuple" | "append"
                | "strlen",
            ) => CONTAINER,
            Some("range" | "abs" | "divmod" | "pow" | "chr" | "Math.abs" | "Math.floor" | "Math.pow" | "Math.sqrt") => NUMBER,
            _ => 0,
        }
    }
}

/// Whether a string holds expressions, as an f-string does.
pub(crate) fn has_interpolation(node: Node<'_>) -> bool {
    (0..node.named_child_count() as u32)
        .any(|index| node.named_child(index).is_some_and(|child| matches!(child.kind(), "interpolation" | "template_substitution")))
}

/// A name assigned twice in one scope is one variable.
fn add_variable<'t>(function: &mut Function<'t>, new: Variable<'t>) {
    if !function
        .variables
        .iter()
        .any(|known| known.name == new.name && known.visible.end == new.visible.end && known.visible.start <= new.visible.start)
    {
        function.variables.push(new);
    }
}
