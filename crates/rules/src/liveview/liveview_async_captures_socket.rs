use crate::{prelude::*, process::hoisted};

/// A task started from a LiveView or channel takes the whole socket with it.
///
/// What a function uses is copied to the process that runs it. Reading `socket.assigns.user` inside the function copies
/// the socket with all its assigns, which may be megabytes, for each task.
///
/// # Bad
///
/// ```elixir
/// def handle_event("load", _params, socket) do
///   {:noreply, start_async(socket, :orders, fn -> Orders.list(socket.assigns.user) end)}
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// def handle_event("load", _params, socket) do
///   user = socket.assigns.user
///   {:noreply, start_async(socket, :orders, fn -> Orders.list(user) end)}
/// end
/// ```
///
/// Only reported where the function reads nothing but fields of the socket: what needs the socket itself has to take it.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Liveview, confidence = High, scope = File, fix = Safe)]
pub struct LiveviewAsyncCapturesSocket {}

impl Rule for LiveviewAsyncCapturesSocket {
    fn listen(on: &mut On<Self>) {
        on.functions(Self::check);
    }
}

impl LiveviewAsyncCapturesSocket {
    fn check(&self, function: exlint_syntax::Fn, cx: &mut Cx) {
        let Some(call) = function.parent().and_then(Call::cast) else {
            return;
        };
        if !starts_task(call) {
            return;
        }
        let binds_socket = function
            .descendants()
            .any(|it| it.is_var("socket") && it.mode() == Mode::Pattern);
        let uses: Vec<_> = function
            .descendants()
            .filter(|it| it.is_var("socket"))
            .collect();
        let only_fields = uses.iter().all(|it| field_of(*it).is_some());
        let Some(first) = uses.first().filter(|_| only_fields && !binds_socket) else {
            return;
        };
        let field = field_of(*first).unwrap_or(*first);
        let fields: Vec<Node> = uses.iter().filter_map(|it| field_of(*it)).collect();
        let fix = function
            .enclosing::<Def>()
            .and_then(|def| hoisted(call, &fields, def));
        let finding = cx.report(
            function,
            format!(
                "the function given to `{}` takes the whole socket with it",
                call.name()
            ),
        );
        finding
            .label(
                field,
                "to read this, the socket with all its assigns is copied",
            )
            .help("bind what the function needs to a variable before it");
        if let Some(fix) = fix {
            let is_read = fields
                .iter()
                .all(|it| !is_conditional(*it, function.node()));
            finding.fix(if is_read {
                fix
            } else {
                fix.may_change_behaviour()
            });
        }
    }
}

/// Whether a field is read on some ways through the function only.
fn is_conditional(field: Node, function: Node) -> bool {
    field
        .ancestors()
        .take_while(|it| *it != function)
        .any(Node::is_control)
}

/// `socket.assigns.user` around a `socket`.
fn field_of(socket: Node<'_>) -> Option<Node<'_>> {
    let mut fields = socket
        .ancestors()
        .take_while(|it| it.is(Kind::Field))
        .peekable();
    fields.peek()?;
    fields.last()
}

fn starts_task(call: Call) -> bool {
    match call.module().as_deref() {
        Some("Task") => matches!(call.name(), "async" | "start" | "start_link"),
        Some("Task.Supervisor") => matches!(call.name(), "start_child" | "async" | "async_nolink"),
        Some("Phoenix.LiveView") | None => {
            !call.is_remote()
                && matches!(call.name(), "start_async" | "assign_async" | "stream_async")
        }
        _ => false,
    }
}
