//! Which expressions of a function hold what outsiders send: parameters of requests and events, headers, bodies.
use std::{cell::RefCell, rc::Rc, sync::Arc};

use exlint_syntax::Bindings;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::prelude::*;

/// The variables of one function, or of a script, that hold what comes from outside.
pub(crate) struct Outside {
    bindings: Arc<Bindings>,
    variables: FxHashSet<usize>,
}

/// What was asked for so far, by the node of the scope.
#[derive(Default)]
pub(crate) struct KnownOutside(RefCell<FxHashMap<u32, Rc<Outside>>>);

/// Names that stand for what a request brings, whatever the function.
const INPUT: &[&str] = &[
    "params",
    "payload",
    "query_params",
    "body_params",
    "path_params",
    "query_string",
    "cookies",
];

impl Outside {
    /// What is known at `node`: from the function around it.
    pub fn around(node: Node, cx: &Cx) -> Rc<Self> {
        let def = node.enclosing::<Def>();
        // What runs while a module is compiled sees nothing from outside.
        let script = match node.enclosing::<Module>() {
            Some(_) => node,
            None => node.file().root(),
        };
        let scope = def.map_or(script, |it| it.node());
        let mut known = cx.outside.0.borrow_mut();
        let found = known
            .entry(scope.id())
            .or_insert_with(|| Rc::new(Self::of(scope, def)));
        found.clone()
    }

    fn of(scope: Node, def: Option<Def>) -> Self {
        let mut outside = Self {
            bindings: Bindings::of(scope),
            variables: FxHashSet::default(),
        };
        if let Some(def) = def.filter(|it| serves_request(*it)) {
            outside.parameters(def);
        }
        for node in scope.descendants() {
            outside.follow(node);
        }
        outside
    }

    /// Whether the text, list or map that `node` gives comes from outside. Values that other functions make of it do
    /// not: they may have checked it.
    pub fn holds(&self, node: Node) -> bool {
        match node.kind() {
            Kind::Var => {
                let index = self.bindings.index(node);
                INPUT.contains(&node.name()) || index.is_some_and(|it| self.variables.contains(&it))
            }
            Kind::Field => {
                let receiver = node.child(Role::Receiver);
                let is_conn =
                    |it: Node| it.is_var("conn") || it.is(Kind::Assign) && it.name() == "conn";
                INPUT.contains(&node.name()) && receiver.is_some_and(is_conn)
            }
            // `@params` in a template.
            Kind::Assign => INPUT.contains(&node.name()),
            Kind::Access => {
                let is_text_key = node.child(Role::Key).is_some_and(|it| !it.is(Kind::Atom));
                is_text_key && node.child(Role::Receiver).is_some_and(|it| self.holds(it))
            }
            Kind::Call => Call::cast(node).is_some_and(|it| self.passes_on(it)),
            Kind::Pipe => node.child(Role::Right).is_some_and(|it| self.holds(it)),
            Kind::Binary => {
                matches!(node.op(), Op::Concat | Op::OrOr | Op::Append) && self.holds_part(node)
            }
            Kind::String
            | Kind::Charlist
            | Kind::DynamicAtom
            | Kind::Interpolation
            | Kind::Block => self.holds_part(node),
            _ => false,
        }
    }

    fn holds_part(&self, node: Node) -> bool {
        node.children().any(|it| self.holds(it))
    }

    /// Whether `call` returns what its first argument brings, more or less as it is.
    fn passes_on(&self, call: Call) -> bool {
        if is_request_reader(call) {
            return true;
        }
        let Callee::Remote(module) = call.callee() else {
            return false;
        };
        let is_passed_on = match &*module {
            "String" => !matches!(
                call.name(),
                "length" | "to_integer" | "to_float" | "to_existing_atom"
            ),
            "Kernel" => matches!(
                call.name(),
                "to_string" | "to_charlist" | "hd" | "elem" | "get_in"
            ),
            "Map" => {
                let names = [
                    "get", "fetch", "fetch!", "keys", "values", "to_list", "take", "drop",
                    "delete", "put", "merge",
                ];
                names.contains(&call.name())
            }
            "Enum" => matches!(
                call.name(),
                "at" | "join" | "to_list" | "filter" | "reject" | "with_index" | "reverse"
            ),
            "List" => matches!(call.name(), "first" | "last" | "wrap"),
            "Jason" | "JSON" | "Poison" => matches!(call.name(), "decode" | "decode!"),
            "Base" => call.name().starts_with("decode") || call.name().starts_with("url_decode"),
            "URI" => matches!(call.name(), "decode" | "decode_www_form" | "decode_query"),
            "Macro" => matches!(call.name(), "camelize" | "underscore"),
            _ => false,
        };
        is_passed_on && call.argument(0).is_some_and(|it| self.holds(it))
    }

    fn parameters(&mut self, def: Def) {
        for parameter in def.parameters() {
            for pair in parameter.subtree().filter(|it| it.is(Kind::Pair)) {
                let is_text_key = pair.child(Role::Key).is_some_and(|it| it.is(Kind::String));
                if is_text_key && let Some(value) = pair.child(Role::Value) {
                    self.add(value);
                }
            }
            if parameter.op() == Op::Concat {
                self.add(parameter);
            }
        }
    }

    fn follow(&mut self, node: Node) {
        match node.kind() {
            Kind::Match => self.bind(node),
            Kind::Binary if node.op() == Op::LeftArrow => self.bind(node),
            Kind::Call => {
                let Some(call) = Call::cast(node) else {
                    return;
                };
                if !call.argument(0).is_some_and(|it| self.holds(it)) {
                    return;
                }
                let functions = call.written_arguments().filter(|it| it.is(Kind::Fn));
                let clauses = functions.flat_map(Node::children);
                let branches: Vec<_> = match call.name() {
                    "case" => call
                        .sections()
                        .flat_map(|(_, it)| it.expressions())
                        .collect(),
                    _ => Vec::new(),
                };
                for clause in clauses.chain(branches).filter_map(Clause::cast) {
                    clause.heads().for_each(|it| self.add(it));
                }
            }
            _ => {}
        }
    }

    fn bind(&mut self, node: Node) {
        if let Some((pattern, value)) = node.child(Role::Left).zip(node.child(Role::Right))
            && self.holds(value)
        {
            self.add(pattern);
        }
    }

    fn add(&mut self, pattern: Node) {
        let bound = pattern
            .subtree()
            .filter(|it| it.is_binding() && it.name() != "conn");
        self.variables
            .extend(bound.filter_map(|it| self.bindings.index(it)));
    }
}

/// Whether the branch or clause `node` stands in is only taken for texts from a list: `when x in ~w(a b)`.
pub(super) fn is_checked(node: Node, text: Node) -> bool {
    let names: Vec<_> = text
        .subtree()
        .filter(|it| matches!(it.kind(), Kind::Var | Kind::Access))
        .map(Node::text)
        .collect();
    let checks = |it: Node| {
        let is_test = matches!(it.op(), Op::In | Op::Equal | Op::StrictEqual)
            || it.is(Kind::Call)
                && matches!(it.name(), "member?" | "has_key?" | "is_map_key" | "match?");
        is_test && it.descendants().any(|it| names.contains(&it.text()))
    };
    node.ancestors().any(|around| {
        let tests: Vec<Node> = match around.kind() {
            Kind::Clause => around.children().filter(|it| !it.contains(node)).collect(),
            Kind::Def => Def::cast(around).and_then(Def::guard).into_iter().collect(),
            Kind::Call if around.is_control() || around.name() == "for" => around
                .written_arguments()
                .filter(|it| !it.contains(node))
                .collect(),
            _ => Vec::new(),
        };
        tests.into_iter().flat_map(Node::subtree).any(checks)
    })
}

/// Whether `node` belongs to a tool for developers, which runs what they tell it.
pub(super) fn is_tool(node: Node) -> bool {
    let module = node.enclosing_module_name().unwrap_or_default();
    module.starts_with("Mix.") || module.contains(".IEx") || module.ends_with("Release")
}

/// A function that is called for what arrives from outside.
fn serves_request(def: Def) -> bool {
    let is_event = matches!(
        (def.function_name(), def.arity().1),
        (
            "handle_event" | "handle_in" | "handle_params" | "mount" | "join",
            3
        ) | ("connect", 2 | 3)
    );
    let mut variables = def.parameters().flat_map(Node::subtree);
    is_event || variables.any(|it| it.is_var("conn") || it.is_var("_conn"))
}

/// `get_req_header(conn, name)`, `read_body(conn)`.
fn is_request_reader(call: Call) -> bool {
    let reads = matches!(
        call.name(),
        "get_req_header" | "read_body" | "get_peer_data"
    );
    reads && call.argument(0).is_some_and(|it| it.is_var("conn"))
}
