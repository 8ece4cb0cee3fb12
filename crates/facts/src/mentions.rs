//! The names that a file mentions, other than to set an assign.
use std::hash::{Hash, Hasher};

use exlint_syntax::{Call, File, Kind, Node, View};
use rustc_hash::{FxHashSet, FxHasher};

/// What set assigns.
const SETTERS: &[&str] = &["assign", "assign_new", "update"];

/// What stands for a name in [`FileFacts::mentioned`](crate::FileFacts::mentioned). Two names may share it.
pub fn mention(name: &str) -> u32 {
    let mut hasher = FxHasher::default();
    name.hash(&mut hasher);
    (hasher.finish() >> 32) as u32
}

/// The names that are read as a field or an assign, or stand as an atom or a key anywhere but where an assign is set.
pub(crate) fn mentions(file: &File) -> Vec<u32> {
    let setters = file.symbols().filter(|(_, it)| SETTERS.contains(it));
    let setters: Vec<_> = setters.map(|(symbol, _)| symbol).collect();
    let mut set = FxHashSet::default();
    let mut is_mentioned = vec![false; file.symbol_count()];
    for node in file.nodes() {
        match node.kind() {
            Kind::Call if setters.contains(&node.symbol()) => set.extend(set_by(node)),
            Kind::Atom if !set.is_empty() && set.remove(&node.id()) => {}
            Kind::Atom | Kind::Field | Kind::Assign => is_mentioned[node.symbol().index()] = true,
            _ => {}
        }
    }
    let symbols = file.symbols().zip(is_mentioned).filter(|it| it.1);
    let mut mentioned: Vec<u32> = symbols.map(|((_, text), _)| mention(text)).collect();
    mentioned.sort_unstable();
    mentioned.dedup();
    mentioned
}

/// The nodes that name what `assign(socket, :name, value)` or `assign(socket, name: value)` sets.
fn set_by(call: Node) -> Vec<u32> {
    let Some(call) = Call::cast(call) else {
        return Vec::new();
    };
    let arguments: Vec<Node> = call.arguments().take(3).collect();
    match arguments.as_slice() {
        [_, key, _] if key.is(Kind::Atom) => vec![key.id()],
        [_, pairs] => pairs.pairs().map(|(key, _)| key.id()).collect(),
        _ => Vec::new(),
    }
}
