use crate::{
    prelude::*,
    server::{function_tails, is_spawner, own_call},
};

/// A task or spawned function loops over `receive`: a server without what a server has.
///
/// It answers no `:sys` calls, so that releases and debugging tools cannot look into it; it has no call with a timeout, no
/// `terminate/2`, and an unexpected message stays in its mailbox for ever.
///
/// # Bad
///
/// ```elixir
/// defmodule Listener do
///   def start, do: Task.start_link(fn -> loop(%{}) end)
///
///   defp loop(state) do
///     receive do
///       {:put, key, value} -> loop(Map.put(state, key, value))
///     end
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Listener do
///   use GenServer
///
///   def init(_opts), do: {:ok, %{}}
///
///   def handle_info({:put, key, value}, state), do: {:noreply, Map.put(state, key, value)}
/// end
/// ```
///
/// Loops that carry nothing from one message to the next, and modules that use `:proc_lib` or `:sys` themselves, are left
/// alone.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Process, confidence = Medium, scope = Module)]
pub struct TaskAsServer {}

impl Rule for TaskAsServer {
    fn listen(on: &mut On<Self>) {
        on.calls_to(&["Kernel.receive"], Self::check);
    }
}

impl TaskAsServer {
    fn check<'t>(&self, receive: Call<'t>, cx: &mut Cx<'t>) {
        let (Some(def), Some(module)) = (receive.enclosing::<Def>(), receive.enclosing::<Module>())
        else {
            return;
        };
        let is_special = module
            .descendants()
            .any(|it| it.is_atom("proc_lib") || it.is_atom("sys"));
        if is_special || !loops(def, receive) {
            return;
        }
        let name = def.function_name();
        let starts = module.descendants().filter_map(Call::cast).find(|it| {
            it.mode() == Mode::Code
                && is_spawner(*it, cx.tables)
                && it.arguments().any(|it| {
                    it.subtree().any(|it| {
                        it.name() == name
                            && matches!(it.kind(), Kind::Call | Kind::Atom | Kind::Var)
                    })
                })
        });
        if let Some(start) = starts {
            let head = Span::new(
                receive.span().start,
                receive.span().start + "receive".len() as u32,
            );
            cx.report(head, format!("`{name}` is a server written by hand"))
                .label(start, "started here")
                .help("make it a GenServer: its messages go to `handle_info/2`");
        }
    }
}

/// Whether the function calls itself again with something carried over, after each message.
fn loops(def: Def, receive: Call) -> bool {
    let tails = function_tails(def);
    let again = tails
        .iter()
        .filter_map(|it| own_call(it.node))
        .filter(|it| {
            receive.contains(it.node())
                && it.name() == def.function_name()
                && it.arity() == def.arity().1
                && it
                    .arguments()
                    .any(|it| !it.is(Kind::Var) && !it.is_literal())
        });
    again.count() > 0
}
