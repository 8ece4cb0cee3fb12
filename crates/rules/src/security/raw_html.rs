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
/// Reported is text from a request or event, and markup with the field of a record in it. Templates are not looked into.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Security, confidence = Medium, scope = File)]
pub struct RawHtml {}

impl Rule for RawHtml {
    fn listen(on: &mut On<Self>) {
        on.calls(Self::call);
        on.kind(Kind::Tuple, Self::tuple);
    }
}

impl RawHtml {
    fn call(&self, call: Call, cx: &mut Cx) {
        if call.name() != "raw" || call.arity() != 1 {
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
            false => markup_with_data(text),
        };
        if let Some(part) = part {
            cx.report(at, "text is sent to browsers without being escaped")
                .label(part, "HTML in this text is run as it is")
                .help("let a template escape it, or clean it: `HtmlSanitizeEx`, `Phoenix.HTML.html_escape/1`");
        }
    }
}

/// The field that is put into markup: `user.name` of `"<b>#{user.name}</b>"`.
fn markup_with_data(text: Node) -> Option<Node> {
    let names = ["name", "username", "nickname", "bio", "comment", "email"];
    let inserted = text.children().filter(|it| {
        text.is(Kind::String) && text.text().contains('<') && it.is(Kind::Interpolation)
    });
    let mut data = inserted
        .flat_map(Node::children)
        .filter(|it| it.is(Kind::Field));
    data.find(|it| names.contains(&it.name()))
}
