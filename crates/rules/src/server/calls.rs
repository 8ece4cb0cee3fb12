//! What the functions of the standard library, and of LiveView, do to collections that they are given.
use super::{
    flow::{Flow, Frame},
    value::{Change, Effect, Value, Values, distinct},
};
use crate::prelude::*;

impl<'t> Flow<'t> {
    pub(super) fn call(&self, call: Call<'t>, frame: &Frame<'t>) -> Values<'t> {
        let callee = call.callee();
        if let Some(clauses) = self.clauses_of(&callee, call) {
            let arguments: Vec<_> = call.arguments().map(|it| self.value(it, frame)).collect();
            return self.invoke(&clauses, Some(call), &arguments);
        }
        match &callee {
            Callee::Remote(module) => match module.as_ref() {
                "Kernel" => self.kernel(call, frame),
                module if module.starts_with("Phoenix.") => self.socket_call(call, frame),
                module => self.library(module, call, frame),
            },
            _ if self.behaviour.has_socket() => self.socket_call(call, frame),
            _ => vec![Value::Other],
        }
    }

    /// The clauses of a function that the file defines.
    fn clauses_of(&self, callee: &Callee, call: Call<'t>) -> Option<Vec<Def<'t>>> {
        let clauses: Vec<_> = match callee {
            Callee::Own => self.module.clauses(call.name(), call.arity()).collect(),
            Callee::Remote(name) if call.is_remote() => {
                let file = call.file();
                let module = file.module(name)?;
                module.clauses(call.name(), call.arity()).collect()
            }
            _ => return None,
        };
        (!clauses.is_empty()).then_some(clauses)
    }

    fn argument(&self, call: Call<'t>, index: usize, frame: &Frame<'t>) -> Values<'t> {
        match call.argument(index) {
            Some(argument) => self.value(argument, frame),
            None => vec![Value::Other],
        }
    }

    fn kernel(&self, call: Call<'t>, frame: &Frame<'t>) -> Values<'t> {
        let at = call.node();
        let first = |flow: &Self| flow.argument(call, 0, frame);
        match (call.name(), call.arity()) {
            ("put_in" | "update_in" | "pop_in" | "get_and_update_in", _) => {
                self.nested(call, frame)
            }
            ("tl", 1) => self.changed(first(self), Effect::Shrink, at, None),
            ("then", 2) => match call.argument(1) {
                Some(function) => self.apply(function, vec![first(self)], frame),
                None => vec![Value::Other],
            },
            ("tap", 2) => first(self),
            ("struct" | "struct!", 2) => match call.argument(1) {
                Some(pairs) => self.merged(first(self), pairs, at, frame),
                None => vec![Value::Other],
            },
            ("elem", 2) => {
                let index = call.argument(1).and_then(Node::integer);
                let mut values = Vec::new();
                for value in first(self) {
                    match (value, index) {
                        (Value::Tuple(elements), Some(index)) => values.extend(
                            elements
                                .get(index as usize)
                                .cloned()
                                .unwrap_or_else(|| vec![Value::Other]),
                        ),
                        _ => values.push(Value::Other),
                    }
                }
                values
            }
            ("for", _) => match call.option("reduce") {
                Some(start) => {
                    let mut values = self.value(start, frame);
                    if let Some(body) = call.section(SectionKind::Do) {
                        values.extend(self.body(body, frame));
                    }
                    values
                }
                None => match call.option("into") {
                    Some(collection) => {
                        let added = call.section(SectionKind::Do).and_then(Body::last);
                        let key = added.and_then(|it| it.tuple().first().copied());
                        let collection = self.value(collection, frame);
                        self.changed(collection, Effect::Grow, at, key.or(added))
                    }
                    None => vec![Value::Other],
                },
            },
            _ => vec![Value::Other],
        }
    }

    fn library(&self, module: &str, call: Call<'t>, frame: &Frame<'t>) -> Values<'t> {
        let at = call.node();
        let key = call.argument(1);
        match (module, call.name(), call.arity()) {
            ("Map" | "Keyword", "put" | "put_new" | "put_new_lazy", 3) => {
                let Some(key) = key else {
                    return vec![Value::Other];
                };
                let value = self.argument(call, 2, frame);
                let collection = self.argument(call, 0, frame);
                self.put(collection, key, &value, Effect::Grow, at)
            }
            ("Map" | "Keyword", "replace" | "replace!", 3) => {
                let Some(key) = key else {
                    return vec![Value::Other];
                };
                let value = self.argument(call, 2, frame);
                let collection = self.argument(call, 0, frame);
                self.put(collection, key, &value, Effect::Touch, at)
            }
            ("Map" | "Keyword", "update", 4) => self.updated(call, 3, Effect::Grow, frame),
            ("Map" | "Keyword", "update!", 3) => self.updated(call, 2, Effect::Touch, frame),
            ("Map" | "Keyword", "get" | "get_lazy" | "fetch!", _) => match key {
                Some(key) if key.is(Kind::Atom) => {
                    let values = self.argument(call, 0, frame);
                    values.iter().map(|it| it.part(key.symbol())).collect()
                }
                _ => vec![Value::Other],
            },
            ("Map" | "Keyword", "merge", 2) => {
                let collection = self.argument(call, 0, frame);
                match (collection.iter().any(is_ours), key) {
                    (true, Some(pairs)) => self.merged(collection, pairs, at, frame),
                    (false, Some(pairs)) => {
                        let collection = self.value(pairs, frame);
                        self.changed(collection, Effect::Grow, at, call.argument(0))
                    }
                    _ => vec![Value::Other],
                }
            }
            ("Map" | "Keyword", "pop" | "pop!" | "pop_lazy", _) => {
                let collection = self.argument(call, 0, frame);
                let rest = self.without(collection, key, at);
                vec![Value::Tuple(vec![vec![Value::Other], rest])]
            }
            ("Map" | "Keyword", "delete", _) => {
                let collection = self.argument(call, 0, frame);
                self.without(collection, key, at)
            }
            ("Map" | "Keyword", "get_and_update" | "get_and_update!", _)
            | ("Map" | "Keyword" | "Enum", "split" | "split_with", _) => {
                let collection = self.argument(call, 0, frame);
                let rest = self.changed(collection, Effect::Shrink, at, None);
                vec![Value::Tuple(vec![rest.clone(), rest])]
            }
            ("Enum", "reduce" | "reduce_while", 3) => self.reduced(call, 1, 2, frame),
            ("List", "foldl" | "foldr", 3) => self.reduced(call, 1, 2, frame),
            (":lists" | ":maps", "foldl" | "foldr" | "fold", 3) => self.reduced(call, 1, 0, frame),
            ("Enum", "map_reduce" | "flat_map_reduce", 3) => {
                let end = self.reduced(call, 1, 2, frame);
                vec![Value::Tuple(vec![vec![Value::Other], end])]
            }
            ("Enum", "into", 2 | 3) => {
                let collection = self.argument(call, 1, frame);
                self.changed(collection, Effect::Grow, at, call.argument(0))
            }
            ("Enum", "concat", 2) => {
                let collection = self.argument(call, 0, frame);
                self.changed(collection, Effect::Grow, at, key)
            }
            ("MapSet", "put", 2) | ("MapSet", "union", 2) => {
                let collection = self.argument(call, 0, frame);
                self.changed(collection, Effect::Grow, at, key)
            }
            ("List", "insert_at", 3) => {
                let collection = self.argument(call, 0, frame);
                self.changed(collection, Effect::Grow, at, call.argument(2))
            }
            (":maps", "put", 3) => {
                let Some(key) = call.argument(0) else {
                    return vec![Value::Other];
                };
                let value = self.argument(call, 1, frame);
                let collection = self.argument(call, 2, frame);
                self.put(collection, key, &value, Effect::Grow, at)
            }
            ("MapSet", "delete", 2) => {
                let collection = self.argument(call, 0, frame);
                self.changed(collection, Effect::Shrink, at, key)
            }
            (":queue", "in" | "in_r", 2)
            | (":sets" | ":ordsets" | ":gb_sets", "add_element", 2) => {
                let collection = self.argument(call, 1, frame);
                self.changed(collection, Effect::Grow, at, call.argument(0))
            }
            (":queue", "out" | "out_r", 1) => {
                let collection = self.argument(call, 0, frame);
                let rest = self.changed(collection, Effect::Shrink, at, None);
                vec![Value::Tuple(vec![vec![Value::Other], rest])]
            }
            (
                "Enum",
                "map" | "reverse" | "sort" | "sort_by" | "shuffle" | "with_index" | "to_list",
                _,
            )
            | ("Map", "new" | "to_list", _)
            | ("List", "replace_at" | "update_at" | "keysort", _) => {
                let collection = self.argument(call, 0, frame);
                self.changed(collection, Effect::Touch, at, None)
            }
            (
                "Map" | "Keyword" | "MapSet" | "List" | "Enum" | ":queue" | ":maps" | ":lists",
                _,
                _,
            ) => self.shrunk(call, frame),
            _ => vec![Value::Other],
        }
    }

    /// `reject`, `drop`, `take` and whatever else may leave elements out.
    fn shrunk(&self, call: Call<'t>, frame: &Frame<'t>) -> Values<'t> {
        let parts = call.arguments().map(|it| self.value(it, frame));
        let parts = parts.flatten().filter(is_ours).collect::<Vec<_>>();
        match parts.is_empty() {
            true => vec![Value::Other],
            false => self.changed(parts, Effect::Shrink, call.node(), None),
        }
    }

    fn without(&self, collection: Values<'t>, key: Option<Node<'t>>, at: Node<'t>) -> Values<'t> {
        let remove = |value: Value<'t>| {
            let own = match (&value, key) {
                (Value::State(_), Some(key)) if key.is(Kind::Atom) => key.symbol(),
                (Value::State(_), _) => Symbol::NONE,
                (Value::Part(part, _), _) => *part,
                _ => return Value::Other,
            };
            value.with(Change {
                key: own,
                effect: Effect::Shrink,
                at,
                with: key,
            })
        };
        collection.into_iter().map(remove).collect()
    }

    /// `Map.update(collection, key, default, function)`.
    fn updated(
        &self,
        call: Call<'t>,
        function: usize,
        effect: Effect,
        frame: &Frame<'t>,
    ) -> Values<'t> {
        let (Some(key), Some(function)) = (call.argument(1), call.argument(function)) else {
            return vec![Value::Other];
        };
        let collection = self.argument(call, 0, frame);
        self.update_key(collection, key, function, effect, call.node(), frame)
    }

    fn update_key(
        &self,
        collection: Values<'t>,
        key: Node<'t>,
        function: Node<'t>,
        effect: Effect,
        at: Node<'t>,
        frame: &Frame<'t>,
    ) -> Values<'t> {
        let mut values = Vec::new();
        for state in collection {
            let value = match state.is_state() && key.is(Kind::Atom) {
                true => self.apply(function, vec![vec![state.part(key.symbol())]], frame),
                false => vec![Value::Other],
            };
            values.extend(self.put(vec![state], key, &value, effect, at));
        }
        values
    }

    /// The collection with the pairs of a literal map or keyword list put into it.
    fn merged(
        &self,
        collection: Values<'t>,
        pairs: Node<'t>,
        at: Node<'t>,
        frame: &Frame<'t>,
    ) -> Values<'t> {
        let is_literal = matches!(pairs.kind(), Kind::Map | Kind::List | Kind::Keywords)
            && pairs.child(Role::Left).is_none();
        if is_literal {
            return pairs.pairs().fold(collection, |collection, (key, value)| {
                let values = self.value(value, frame);
                self.put(collection, key, &values, Effect::Grow, value)
            });
        }
        let is_built = self.is_built(pairs, frame);
        let merge = |value: Value<'t>| match value {
            // Any key may be set.
            Value::State(_) => value.with(Change {
                key: Symbol::NONE,
                effect: Effect::Reset,
                at,
                with: None,
            }),
            Value::Part(key, _) => value.with(Change {
                key,
                // What comes from elsewhere may as well have keys that are there already.
                effect: if is_built {
                    Effect::Grow
                } else {
                    Effect::Touch
                },
                at,
                with: Some(pairs),
            }),
            _ => Value::Other,
        };
        collection.into_iter().map(merge).collect()
    }

    /// Whether a map is made from a collection, here or where the variable is bound: its keys are data.
    fn is_built(&self, map: Node<'t>, frame: &Frame<'t>) -> bool {
        let source = match map.kind() {
            Kind::Var => frame.matched_value(map),
            _ => Some(map),
        };
        let last = source.map(|it| Pipe::cast(it).and_then(Pipe::right).unwrap_or(it));
        last.and_then(Call::cast).is_some_and(|it| {
            let module = it.module();
            matches!(
                (module.as_deref(), it.name()),
                (Some("Map"), "new") | (Some("Enum"), "into" | "group_by" | "frequencies")
            )
        })
    }

    /// `Enum.reduce(_, start, function)`.
    fn reduced(
        &self,
        call: Call<'t>,
        start: usize,
        function: usize,
        frame: &Frame<'t>,
    ) -> Values<'t> {
        let mut values = self.argument(call, start, frame);
        let Some(function) = call.argument(function) else {
            return values;
        };
        let count = if call.module().as_deref() == Some(":maps") {
            3
        } else {
            2
        };
        let mut arguments = vec![vec![Value::Other]; count - 1];
        arguments.push(values.clone());
        let end = self.apply(function, arguments, frame);
        let is_wrapped = call.name() == "reduce_while"
            || call.name().starts_with("map_")
            || call.name().starts_with("flat_map_");
        for value in end {
            match value {
                // `{:cont, accumulator}`, `{element, accumulator}`.
                Value::Tuple(mut elements) if is_wrapped && elements.len() == 2 => {
                    values.extend(elements.swap_remove(1));
                }
                other => values.push(other),
            }
        }
        distinct(values)
    }

    // `put_in` and its like.

    fn nested(&self, call: Call<'t>, frame: &Frame<'t>) -> Values<'t> {
        let macro_arity = if call.name() == "pop_in" { 1 } else { 2 };
        let Some(path) = call.argument(0) else {
            return vec![Value::Other];
        };
        let (base, keys, last) = if call.arity() == macro_arity {
            let (base, keys) = written_path(path);
            (base, keys, call.argument(1))
        } else {
            let keys = call.argument(1).filter(|it| it.is(Kind::List));
            let Some(keys) = keys else {
                let values = self.value(path, frame);
                return self.changed(values, Effect::Reset, call.node(), None);
            };
            let keys = keys.children().map(unwrap_access).collect();
            (path, keys, call.argument(2))
        };
        let values = self.value(base, frame);
        let is_assigns = |it: &&Node| self.behaviour.has_socket() && it.name() == "assigns";
        let skipped = keys.first().filter(is_assigns).map_or(0, |_| 1);
        let result = values
            .into_iter()
            .flat_map(|it| self.nested_one(call, it, &keys[skipped..], last, frame))
            .collect();
        match call.name() {
            "pop_in" | "get_and_update_in" => vec![Value::Tuple(vec![vec![Value::Other], result])],
            _ => result,
        }
    }

    fn nested_one(
        &self,
        call: Call<'t>,
        value: Value<'t>,
        keys: &[Node<'t>],
        last: Option<Node<'t>>,
        frame: &Frame<'t>,
    ) -> Values<'t> {
        let at = call.node();
        let (own, inner) = match (&value, keys) {
            (Value::State(_), [key, rest @ ..]) if key.is_literal() || is_step(*key) => {
                (key.symbol(), rest)
            }
            (Value::State(_), rest) => (Symbol::NONE, rest),
            (Value::Part(key, _), rest) => (*key, rest),
            _ => return vec![Value::Other],
        };
        let dynamic = inner
            .first()
            .filter(|it| !it.is_literal() && !is_step(**it));
        let effect = match (call.name(), inner.len(), dynamic) {
            (name, 0, _) => return self.nested_whole(name, value, own, at, last, frame),
            ("put_in", 1, Some(_)) => Effect::Grow,
            ("update_in", 1, Some(_)) if last.is_some_and(takes_nil) => Effect::Grow,
            ("pop_in", 1, _) => Effect::Shrink,
            ("get_and_update_in", ..) => Effect::Reset,
            ("put_in", 1, None) => Effect::Reset,
            _ => Effect::Touch,
        };
        vec![value.with(Change {
            key: own,
            effect,
            at,
            with: dynamic.copied(),
        })]
    }

    /// The path is a key of the state and nothing more.
    fn nested_whole(
        &self,
        name: &str,
        value: Value<'t>,
        key: Symbol,
        at: Node<'t>,
        last: Option<Node<'t>>,
        frame: &Frame<'t>,
    ) -> Values<'t> {
        let last = last.filter(|_| name != "pop_in");
        let values = match (name, last) {
            ("put_in", Some(last)) => self.value(last, frame),
            ("update_in", Some(function)) => {
                self.apply(function, vec![vec![value.part(key)]], frame)
            }
            _ => vec![Value::Other],
        };
        self.commit(value, key, &values, at)
    }

    // Sockets.

    /// Functions that are given a socket give it back, with its assigns changed or not.
    fn socket_call(&self, call: Call<'t>, frame: &Frame<'t>) -> Values<'t> {
        let socket = self.argument(call, 0, frame);
        if !socket.iter().any(Value::is_state) {
            return vec![Value::Other];
        }
        let at = call.node();
        match (call.name(), call.arity()) {
            ("assign" | "assign_new", 3) => match call.argument(1) {
                Some(key) => {
                    let value = self.argument(call, 2, frame);
                    self.put(socket, key, &value, Effect::Reset, at)
                }
                None => socket,
            },
            ("assign", 2) => match call.argument(1) {
                Some(pairs) => self.merged(socket, pairs, at, frame),
                None => socket,
            },
            ("update", 3) => match (call.argument(1), call.argument(2)) {
                (Some(key), Some(function)) => {
                    self.update_key(socket, key, function, Effect::Reset, at, frame)
                }
                _ => socket,
            },
            _ => socket,
        }
    }
}

fn is_ours(value: &Value) -> bool {
    matches!(value, Value::State(_) | Value::Part(..))
}

/// `state.a[b].c`: what it starts from, and the keys, outermost first.
fn written_path<'t>(path: Node<'t>) -> (Node<'t>, Vec<Node<'t>>) {
    let mut keys = Vec::new();
    let mut base = path;
    while let Some(receiver) = base.child(Role::Receiver) {
        match base.kind() {
            Kind::Field => keys.push(base),
            Kind::Access => keys.extend(base.child(Role::Key)),
            _ => break,
        }
        base = receiver;
    }
    keys.reverse();
    (base, keys)
}

/// Whether a key is a field of the path itself, as `b` of `state.b[key]`, and not the value of one: `state[user.id]`.
fn is_step(key: Node) -> bool {
    key.is(Kind::Field) && !matches!(key.role(), Role::Key | Role::Element)
}

/// The key of `Access.key(:k)`.
fn unwrap_access<'t>(key: Node<'t>) -> Node<'t> {
    let call = Call::cast(key).filter(|it| it.module().as_deref() == Some("Access"));
    let inner = call.filter(|it| it.name().starts_with("key"));
    inner.and_then(|it| it.argument(0)).unwrap_or(key)
}

/// Whether a function has an answer to a key that is not there.
fn takes_nil(function: Node) -> bool {
    function
        .subtree()
        .any(|it| it.is_nil() || it.op() == Op::OrOr)
}
