//! Which code runs in the process of a server.
use exlint_project::Tables;
use rustc_hash::FxHashMap;

use super::{CallbackKind, Server};
use crate::prelude::*;

/// A function clause that callbacks run, directly or through own functions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reached<'t> {
    pub def: Def<'t>,
    pub in_init: bool,
    /// In a callback that runs more than once.
    pub in_loop: bool,
    pub in_terminate: bool,
}

impl<'t> Reached<'t> {
    fn merge(&mut self, other: &Self) -> bool {
        let before = (self.in_init, self.in_loop, self.in_terminate);
        self.in_init |= other.in_init;
        self.in_loop |= other.in_loop;
        self.in_terminate |= other.in_terminate;
        before != (self.in_init, self.in_loop, self.in_terminate)
    }
}

pub(super) fn reached<'t>(server: &Server<'t>, tables: &Tables) -> Vec<Reached<'t>> {
    let mut reached: Vec<Reached> = Vec::new();
    let mut places: FxHashMap<u32, usize> = FxHashMap::default();
    let mut work: Vec<Reached> = server
        .callbacks
        .iter()
        .map(|it| Reached {
            def: it.def,
            in_init: it.kind == CallbackKind::Init,
            in_loop: it.is_repeatable(),
            in_terminate: it.kind == CallbackKind::Terminate,
        })
        .collect();
    while let Some(next) = work.pop() {
        let is_news = match places.get(&next.def.id()) {
            Some(place) => reached[*place].merge(&next),
            None => {
                places.insert(next.def.id(), reached.len());
                reached.push(next);
                true
            }
        };
        if is_news {
            let callees = own_callees(server.module, next.def, tables);
            work.extend(callees.into_iter().map(|def| Reached { def, ..next }));
        }
    }
    reached
}

/// The own functions that a clause calls in its own process.
fn own_callees<'t>(module: Module<'t>, def: Def<'t>, tables: &Tables) -> Vec<Def<'t>> {
    let mut callees = Vec::new();
    for node in def.descendants().filter(|it| it.mode() == Mode::Code) {
        let (name, arity) = match node.kind() {
            Kind::Call => match Call::cast(node) {
                Some(call) if super::outcome::is_own(call) => (node.name(), call.arity()),
                _ => continue,
            },
            Kind::Capture => match Capture::cast(node).and_then(Capture::function) {
                Some((name, arity)) if name.child(Role::Receiver).is_none() => (name.name(), arity),
                _ => continue,
            },
            _ => continue,
        };
        if !runs_elsewhere(node, tables) {
            callees.extend(module.clauses(name, arity));
        }
    }
    callees
}

/// Whether the node stands in a function that is not known to run at once: it is given to another process, or kept.
pub(crate) fn runs_elsewhere(node: Node, tables: &Tables) -> bool {
    node.subtree()
        .take(1)
        .chain(node.ancestors())
        .take_while(|it| !it.is(Kind::Def))
        .filter(|it| matches!(it.kind(), Kind::Fn | Kind::Capture))
        .any(|it| {
            let call = match it.parent().filter(|it| it.is(Kind::Pipe)) {
                Some(pipe) => pipe.child(Role::Right).and_then(Call::cast),
                None => it.parent().and_then(Call::cast),
            };
            !call.is_some_and(|it| runs_at_once(it, tables))
        })
}

/// Whether the call runs a function given to it at once, in the same process.
fn runs_at_once(call: Call, tables: &Tables) -> bool {
    if super::outcome::is_own(call) {
        let module = call.enclosing::<Module>();
        let clauses = module
            .into_iter()
            .flat_map(|it| it.clauses(call.name(), call.arity()).collect::<Vec<_>>());
        return clauses.into_iter().any(applies_a_function);
    }
    let Callee::Remote(module) = call.callee() else {
        return false;
    };
    tables.inline.iter().any(|it| {
        let rest = it
            .strip_prefix(module.as_ref())
            .and_then(|it| it.strip_prefix('.'));
        rest == Some(call.name())
    })
}

/// Whether `fun.()` stands in the function itself, not in a closure.
fn applies_a_function(def: Def) -> bool {
    def.descendants()
        .any(|it| it.is(Kind::Apply) && it.closure_within(def.node()).is_none())
}

/// Whether the call runs a function given to it in another process.
pub(crate) fn is_spawner(call: Call, tables: &Tables) -> bool {
    let Callee::Remote(module) = call.callee() else {
        return false;
    };
    let (name, arity) = (call.name(), call.arity());
    tables.spawners.iter().any(|it| {
        let rest = it
            .strip_prefix(module.as_ref())
            .and_then(|it| it.strip_prefix('.'));
        rest.and_then(|it| it.rsplit_once('/'))
            .is_some_and(|(of, count)| of == name && count.parse() == Ok(arity))
    })
}
