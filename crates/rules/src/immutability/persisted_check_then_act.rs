use exlint_syntax::Bindings;
use rustc_hash::FxHashSet;

use crate::prelude::*;

/// A value in Redis is read, changed, and written back, as if nobody else could do the same meanwhile.
///
/// Between `GET` and `SET` any other process, on any node, may read the same old value; one of the two changes is lost then.
/// A rate limiter written so lets twice as many through when it matters.
///
/// # Bad
///
/// ```elixir
/// def hit(conn, user) do
///   {:ok, count} = Redix.command(conn, ["GET", "hits:#{user}"])
///   Redix.command(conn, ["SET", "hits:#{user}", String.to_integer(count) + 1])
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// def hit(conn, user), do: Redix.command(conn, ["INCR", "hits:#{user}"])
/// ```
///
/// Only where the value that is written comes from the one that was read: filling a cache is fine. Functions that use
/// `WATCH`, `MULTI` or `SET ... NX` are left alone. Opt-in: where one process does all the writing, nothing is lost.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Immutability, confidence = Low, scope = File)]
#[serde(default)]
pub struct PersistedCheckThenAct {}

impl Rule for PersistedCheckThenAct {
    fn listen(on: &mut On<Self>) {
        on.calls_to(
            &[
                "Redix.command",
                "Redix.command!",
                "Redix.noreply_command",
                "Redix.noreply_command!",
            ],
            Self::check,
        );
    }
}

impl PersistedCheckThenAct {
    fn check(&self, write: Call, cx: &mut Cx) {
        let (Some((command, key)), Some(def)) = (command(write), write.enclosing::<Def>()) else {
            return;
        };
        if !matches!(command.as_str(), "SET" | "SETEX" | "HSET") || is_guarded(def) {
            return;
        }
        let calls = def.descendants().filter_map(Call::cast);
        let read = calls
            .filter(|it| it.id() < write.id() && it.module().is_some_and(|it| it == "Redix"))
            .find(|it| {
                let read = self::command(*it);
                read.is_some_and(|(name, of)| {
                    matches!(name.as_str(), "GET" | "HGET") && of.text() == key.text()
                })
            });
        let Some(read) = read else { return };
        let bindings = Bindings::of(def.node());
        let known = made_of(read, def, &bindings);
        let list = write.written_arguments().find(|it| it.is(Kind::List));
        let values = list.into_iter().flat_map(Node::children).skip(2);
        let mut variables = values.flat_map(Node::subtree);
        if variables.any(|it| bindings.index(it).is_some_and(|it| known.contains(&it))) {
            cx.report(
                write,
                "this writes over what others have written since it was read",
            )
            .label(read, "read here")
            .help("let Redis change it: `INCR`, `SET ... NX`, or a script");
        }
    }
}

/// The name of a Redis command in capitals, and its key.
fn command<'t>(call: Call<'t>) -> Option<(String, Node<'t>)> {
    let list = call.written_arguments().find(|it| it.is(Kind::List))?;
    let mut parts = list.children();
    let name = parts.next()?.string_value()?.to_uppercase();
    Some((name, parts.next()?))
}

fn is_guarded(def: Def) -> bool {
    let mut texts = def.descendants().filter(|it| it.is(Kind::String));
    texts.any(|it| {
        it.string_value()
            .is_some_and(|it| matches!(it.as_ref(), "WATCH" | "MULTI" | "NX"))
    })
}

/// The variables whose value comes from what a call has read.
fn made_of(read: Call, def: Def, bindings: &Bindings) -> FxHashSet<usize> {
    let mut known: FxHashSet<usize> = FxHashSet::default();
    let matches: Vec<(Node, Node)> = def
        .descendants()
        .filter_map(|it| match it.kind() {
            Kind::Match => Some((it.child(Role::Left)?, it.child(Role::Right)?)),
            Kind::Binary if it.op() == Op::LeftArrow => {
                Some((it.child(Role::Left)?, it.child(Role::Right)?))
            }
            Kind::Clause => {
                let subject = it.ancestors().find(|it| it.is_control())?;
                let subject = match subject.piped() {
                    Some(piped) => piped,
                    None => subject.written_arguments().next()?,
                };
                Some((Clause::cast(it)?.head(0)?, subject))
            }
            _ => None,
        })
        .collect();
    // Each round adds what is made of what the last one found.
    for _ in 0..4 {
        for (pattern, value) in &matches {
            let is_known = |it: Node| bindings.index(it).is_some_and(|it| known.contains(&it));
            if value.contains(read.node()) || value.subtree().any(is_known) {
                let bound = pattern.subtree().filter(|it| it.is_binding());
                known.extend(bound.filter_map(|it| bindings.index(it)));
            }
        }
    }
    known
}
