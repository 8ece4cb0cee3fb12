use super::outside::Outside;
use crate::prelude::*;

/// Marks text as safe HTML that nobody has escaped.
///
/// `raw/1` and `{:safe, ...}` tell Phoenix to send the text as it is. A name or comment with `<script>` in it then runs in
/// the browser of everybody who looks at it, with their session. The weakness is known as CWE-79.
///
/// # Bad
///
/// ```elixir
/// def greeting(conn, %{"name" => name}), do: Phoenix.HTML.raw("<b>#{name}</b>")
/// ```
///
/// # Good
///
/// ```elixir
/// def greeting(assigns), do: ~H"<b>{@name}</b>"
/// ```
///
/// Reported is text from a request or event (also in a page that `html/2` sends), markup with the field of a record in it, and in templates a field that people
/// write themselves, as `raw(@user.bio)`. Whether other text has been cleaned is not known, so nothing is said of it.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Security, confidence = Medium, scope = File, templates)]
pub struct RawHtml {}

impl Rule for RawHtml {
    fn listen(on: &mut On<Self>) {
        on.kind(Kind::Call, Self::call);
        on.kind(Kind::Tuple, Self::tuple);
    }
}

impl RawHtml {
    fn call(&self, node: Node, cx: &mut Cx) {
        let Some(call) = Call::cast(node) else {
            return;
        };
        match (call.name(), call.arity()) {
            ("raw", 1) => self.raw(call, cx),
            ("html", 2) => self.page(call, cx),
            _ => {}
        }
    }

    /// `html(conn, "<h1>#{name}</h1>")`: a page that no template escapes.
    fn page(&self, call: Call, cx: &mut Cx) {
        let is_phoenix = match call.callee() {
            Callee::Remote(module) => module == "Phoenix.Controller",
            Callee::Unknown => call.argument(0).is_some_and(is_conn),
            _ => false,
        };
        let text = call
            .argument(1)
            .filter(|_| is_phoenix && call.mode() == Mode::Code);
        if let Some(text) = text {
            self.check(call.node(), text, cx);
        }
    }

    fn raw(&self, call: Call, cx: &mut Cx) {
        if !matches!(call.mode(), Mode::Code | Mode::Template) {
            return;
        }
        let is_phoenix = match call.callee() {
            Callee::Remote(module) => module == "Phoenix.HTML",
            Callee::Unknown => true,
            _ => false,
        };
        if let Some(text) = call.argument(0).filter(|_| is_phoenix) {
            self.check(call.node(), text, cx);
        }
    }

    /// `{:safe, text}`
    fn tuple(&self, tuple: Node, cx: &mut Cx) {
        if tuple.mode() == Mode::Code
            && tuple.tag() == Some("safe")
            && let [_, text] = tuple.tuple()[..]
        {
            self.check(tuple, text, cx);
        }
    }

    fn check(&self, at: Node, text: Node, cx: &mut Cx) {
        let part = match Outside::around(at, cx).holds(text) {
            true => Some(text),
            false => markup_with_data(text).or_else(|| shown_data(text)),
        };
        if let Some(part) = part {
            cx.report(at, "text is sent to browsers without being escaped")
                .label(part, "HTML in this text is run as it is")
                .help("let a template escape it, or clean it: `HtmlSanitizeEx`, `Phoenix.HTML.html_escape/1`");
        }
    }
}

/// `conn`, perhaps with a few functions of `Plug.Conn` between.
fn is_conn(node: Node) -> bool {
    let first = Pipe::cast(node).and_then(Pipe::first);
    first.unwrap_or(node).is_var("conn")
}

/// What people write about themselves.
const DATA: &[&str] = &["name", "username", "nickname", "bio", "comment", "email"];

/// `raw(@user.name)` in a template.
fn shown_data(text: Node) -> Option<Node> {
    let is_data = text.is(Kind::Field) && DATA.contains(&text.name());
    (is_data && text.mode() == Mode::Template).then_some(text)
}

/// The field that is put into markup: `user.name` of `"<b>#{user.name}</b>"`.
fn markup_with_data(text: Node) -> Option<Node> {
    let inserted = text.children().filter(|it| {
        text.is(Kind::String) && text.text().contains('<') && it.is(Kind::Interpolation)
    });
    let mut data = inserted
        .flat_map(Node::children)
        .filter(|it| it.is(Kind::Field));
    data.find(|it| DATA.contains(&it.name()))
}
