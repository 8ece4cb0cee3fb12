//! Templates: the Elixir in them, at its place, and the tags around it.
use exlint_findings::Spanned;
use exlint_syntax::{AttributeValue, Call, File, Kind, Mode, Node, Notation, Tag, TagKind, View};

fn heex(source: &str) -> File {
    exlint_syntax::parse_template(source, Notation::Heex)
}

/// The outermost expressions of all templates, as they are written.
fn expressions(file: &File) -> Vec<&str> {
    let templates = file.templates();
    templates
        .flat_map(|it| it.children())
        .map(Node::text)
        .collect()
}

fn tags(file: &File) -> Vec<Tag<'_>> {
    file.templates().flat_map(|it| it.tags()).collect()
}

fn has_errors(file: &File) -> bool {
    file.nodes().any(|it| it.is(Kind::Error))
}

#[test]
fn expressions_are_found_where_they_stand() {
    let file = heex("<p class={@class}>é {@a} <%= @b %></p>\n{ @c }");
    assert_eq!(expressions(&file), ["@class", "@a", "@b", "@c"]);
    let template = file.templates().next().expect("there is one");
    assert!(template.children().all(|it| it.is(Kind::Assign)));
    assert!(template.descendants().all(|it| it.mode() == Mode::Template));
}

#[test]
fn blocks_hold_what_stands_in_them() {
    let source = "<%= if @admin do %><b>{name(@user)}</b><% else %>{@guest}<% end %>";
    let file = heex(source);
    assert!(!has_errors(&file));
    assert_eq!(expressions(&file), [&source[4..source.len() - 3]]);
    let call = file
        .nodes()
        .filter_map(Call::cast)
        .find(|it| it.name() == "name");
    assert_eq!(call.map(|it| it.text()), Some("name(@user)"));
}

#[test]
fn clauses_may_hold_text_alone() {
    let source = "<%= case @a do %>\n<% :b -> %> text\n<% :c -> %>\n<% _ -> %>{@d}\n<% end %>";
    let file = heex(source);
    assert!(!has_errors(&file));
    assert_eq!(file.nodes().filter(|it| it.is(Kind::Clause)).count(), 3);
}

#[test]
fn sigils_see_the_names_around_them() {
    let source = r#"
defmodule Page do
  alias Shop.Prices, as: P
  @limit 3

  def render(assigns) do
    total = P.total()

    ~H"""
    <Layouts.app title="größer">
      <P.tag :for={item <- @items} price={P.of(item)} limit={@limit}>{total}</P.tag>
    </Layouts.app>
    """
  end
end
"#;
    let file = exlint_syntax::parse(source);
    assert!(!has_errors(&file));
    let of = file
        .nodes()
        .filter_map(Call::cast)
        .find(|it| it.name() == "of");
    let of = of.expect("it is called");
    assert_eq!(
        (of.text(), of.mfa().as_str()),
        ("P.of(item)", "Shop.Prices.of/1")
    );
    let limit = file
        .nodes()
        .find(|it| it.text() == "@limit" && it.is(Kind::Assign));
    assert_eq!(limit.and_then(Node::attribute_value), None);
    let tag = tags(&file)[1];
    assert_eq!(tag.kind(), TagKind::Remote("P", "tag"));
    assert_eq!(tag.module_name().as_deref(), Some("Shop.Prices"));
    assert_eq!(tag.parent().map(Tag::name), Some("Layouts.app"));
}

#[test]
fn what_is_bound_outside_is_used_inside() {
    let source = "def f(assigns) do\n  x = 1\n  ~H\"<p>{x}</p>\"\nend\n";
    let file = exlint_syntax::parse(source);
    let def = file
        .nodes()
        .find(|it| it.is(Kind::Def))
        .expect("there is one");
    let bindings = exlint_syntax::Bindings::of(def);
    let x = bindings
        .all()
        .iter()
        .find(|it| file.symbol_text(it.name) == "x");
    assert_eq!(x.map(|it| it.uses.len()), Some(1));
}

#[test]
fn attributes_have_values_of_four_kinds() {
    let source = r#"<a href="/é" disabled phx-click={save("x")} class='b <%= @c %>' {@rest}>"#;
    let file = heex(source);
    let tag = tags(&file)[0];
    assert!(tag.is_open());
    let value = |name: &str| tag.attribute(name).map(|it| it.value());
    assert_eq!(value("href"), Some(AttributeValue::Text("/é")));
    assert_eq!(value("disabled"), Some(AttributeValue::Flag));
    assert_eq!(value("class"), Some(AttributeValue::Mixed("b <%= @c %>")));
    let Some(AttributeValue::Code(Some(code))) = value("phx-click") else {
        panic!("{:?}", value("phx-click"));
    };
    assert_eq!(code.text(), r#"save("x")"#);
    let click = tag.attribute("phx-click").expect("there is one");
    assert_eq!(&source[click.span().range()], r#"phx-click={save("x")"#);
    assert_eq!(expressions(&file), [r#"save("x")"#, "@c", "@rest"]);
}

#[test]
fn text_is_no_code() {
    let script = "<script>const a = { b: 1 }; <%= @c %></script><style>p { }</style>{@d}";
    assert_eq!(expressions(&heex(script)), ["@c", "@d"]);
    let comments = "<!-- {a} <%= @b %> --><%!-- {c} --%><%# d %>{@e}";
    assert_eq!(expressions(&heex(comments)), ["@b", "@e"]);
    let verbatim = "<pre phx-no-curly-interpolation><i>{a}</i></pre>{@b} <%% c %> \"{@d}\"";
    assert_eq!(expressions(&heex(verbatim)), ["@b", "@d"]);
    let eex = exlint_syntax::parse_template("<p a={b}>{c}</p><%= @d %>", Notation::Eex);
    assert_eq!(expressions(&eex), ["@d"]);
}

#[test]
fn comments_are_comments() {
    let file = heex("<%# one %>\n<p>é</p>\n<%!-- two --%>");
    let comments = file.comments().iter();
    let comments: Vec<_> = comments.map(|it| &file.source()[it.range()]).collect();
    assert_eq!(comments, ["<%# one %>", "<%!-- two --%>"]);
}

#[test]
fn elements_end_where_they_are_closed() {
    let file = heex("<div><br><.a /><:b>{@c}</:b></div><p>");
    let parents: Vec<_> = tags(&file)
        .into_iter()
        .map(|it| (it.name(), it.parent().map(Tag::name)))
        .collect();
    let div = Some("div");
    assert_eq!(
        parents,
        [
            ("div", None),
            ("br", div),
            (".a", div),
            (":b", div),
            ("p", None)
        ]
    );
}

#[test]
fn a_broken_template_leaves_the_file_whole() {
    let file = exlint_syntax::parse("def f(a), do: ~H\"<%= if a do %>{%}\"\ndef g, do: 1\n");
    assert_eq!(file.first_error(), None);
    assert_eq!(file.nodes().filter(|it| it.is(Kind::Def)).count(), 2);
}

#[test]
fn a_template_that_is_wrong_spoils_no_other() {
    let source = "def a(assigns), do: ~H\"{@a}<%= if @b do %>\"\n\
                  def b(assigns), do: ~H\"<% end %>{@c}\"\n\
                  def c(assigns), do: ~H\"{@d} {f(@e)}\"\n";
    let file = exlint_syntax::parse(source);
    let last = file.templates().last().expect("there are three");
    let text: Vec<_> = last.children().map(Node::text).collect();
    assert_eq!(text, ["@d", "f(@e)"]);
    assert!(last.subtree().all(|it| !it.is(Kind::Error)));
    // Each ends where its sigil does.
    let is_whole = |it: Node| it.subtree().all(|inner| it.span().contains(inner.span()));
    assert!(file.templates().all(|it| is_whole(*it)));
}
