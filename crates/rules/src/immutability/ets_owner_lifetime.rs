use super::{callers::is_handler, ets};
use crate::prelude::*;

/// Creates a named ETS table in a process that will not live as long as the table is needed.
///
/// A table is deleted when the process that created it ends. Created by the first request that needs it, it is gone with
/// that request, and everybody else's next call raises `ArgumentError`; two requests at once both try to create it, and one
/// of them crashes.
///
/// # Bad
///
/// ```elixir
/// def put(key, value) do
///   if :ets.whereis(:visits) == :undefined do
///     :ets.new(:visits, [:named_table, :public])
///   end
///
///   :ets.insert(:visits, {key, value})
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// def init(opts) do
///   :ets.new(:visits, [:named_table, :public])
///   {:ok, opts}
/// end
/// ```
///
/// Reported in code that serves a request, in tasks, and where the table is created only if it is missing.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Immutability, confidence = Medium, scope = Module)]
pub struct EtsOwnerLifetime {}

impl Rule for EtsOwnerLifetime {
    fn listen(on: &mut On<Self>) {
        on.calls_to(&[":ets.new/2"], Self::check);
    }
}

impl EtsOwnerLifetime {
    fn check<'t>(&self, new: Call<'t>, cx: &mut Cx<'t>) {
        let Some(def) = new
            .enclosing::<Def>()
            .filter(|_| ets::has_option(new, "named_table"))
        else {
            return;
        };
        let starts = ["init", "start", "start_link", "child_spec", "mount_table"];
        if starts.contains(&def.function_name()) || has_heir(new) {
            return;
        }
        let (place, why) = if let Some(task) = task_around(new) {
            (task, "the table ends with this task")
        } else if let Some(request) = request(def) {
            (request, "the table ends with the process that serves this")
        } else if let Some(question) = question(new).filter(|_| !is_of_server(def, cx)) {
            (
                question,
                "whoever comes first owns the table, and takes it along when it ends",
            )
        } else {
            return;
        };
        let table = match ets::name(new) {
            Some(name) => format!("the table `{name}`"),
            None => "this table".to_owned(),
        };
        cx.report(new, format!("{table} does not outlive the process that happens to create it"))
            .label(place, why)
            .help("create it where a supervised process starts: `init/1` of a server, or of the supervisor");
    }
}

/// Whether a server runs the clause: a callback, or a private function that callbacks call.
fn is_of_server<'t>(def: Def<'t>, cx: &Cx<'t>) -> bool {
    let server = def.enclosing::<Module>().and_then(|it| cx.server(it));
    server
        .filter(|it| it.behaviour.is_server())
        .is_some_and(|it| {
            let is_callback = it.callbacks.iter().any(|it| it.def == def);
            let mut reached = it.reached(cx.tables).iter();
            is_callback || def.is_private() && reached.any(|it| it.def == def)
        })
}

fn has_heir(new: Call) -> bool {
    let options = new.argument(1).map(Node::constant);
    options.is_some_and(|it| it.descendants().any(|it| it.is_atom("heir")))
}

fn task_around(new: Call) -> Option<Span> {
    let mut calls = new.ancestors().filter_map(Call::cast);
    let task = calls.find(|it| {
        it.module()
            .is_some_and(|it| matches!(&*it, "Task" | "Task.Supervisor"))
    })?;
    Some(task.name_span())
}

fn request(def: Def) -> Option<Span> {
    let is_request = def
        .parameters()
        .any(|it| it.is_var("conn") || it.is_var("socket"));
    let is_web_handler = is_handler(def) && def.parameters().any(|it| it.is_var("socket"));
    let name = def.name_node().filter(|_| is_request || is_web_handler)?;
    Some(name.name_span())
}

/// `:ets.whereis(table) == :undefined` and its like, around the call.
fn question(new: Call) -> Option<Span> {
    let asks = |it: Node| {
        let call = Call::cast(it).filter(|it| matches!(it.name(), "whereis" | "info"));
        call.filter(|it| it.module().is_some_and(|it| it == ":ets"))
            .map(|it| it.span())
    };
    let mut controls = new.ancestors().filter(|it| it.is_control());
    controls.find_map(|it| {
        let call = Call::cast(it)?;
        let mut asked = call.arguments().filter(|it| !it.contains(new.node()));
        asked.find_map(|it| it.subtree().find_map(asks))
    })
}
