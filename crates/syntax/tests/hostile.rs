//! Any text is read: nothing panics, hangs, or points outside of it.
#[path = "../../../tests/mutations/mod.rs"]
mod mutations;

use exlint_findings::Spanned;
use exlint_syntax::{Bindings, Clause, Def, File, Kind, Node, Notation, View};
use mutations::{Mutation, mutated, sources};
use proptest::prelude::*;

proptest! {
    #![proptest_config(mutations::config(64))]

    #[test]
    fn any_text_is_read(source in 0..sources().len(), mutations in mutations::any()) {
        check(&mutated(&sources()[source], &mutations));
    }

    #[test]
    fn any_start_of_a_file_is_read(source in 0..sources().len(), end in 0.0..1.0_f64) {
        check(&mutated(&sources()[source], &[Mutation::Truncate(end)]));
    }

    #[test]
    fn any_characters_are_read(text in "\\PC{0,80}") {
        check(&text);
    }

    #[test]
    fn any_template_is_read(pieces in proptest::collection::vec(0..MARKUP.len(), 0..60)) {
        let text: String = pieces.into_iter().map(|it| MARKUP[it]).collect();
        check_template(&text);
        check(&format!("def f(a) do\n  ~H\"\"\"\n{text}\n  \"\"\"\nend\n"));
    }

    #[test]
    fn any_characters_are_a_template(text in "[<>%={}/.:\"'!a-c \n\\\\é-]{0,80}") {
        check_template(&text);
    }
}

/// What templates are made of.
const MARKUP: &[&str] = &[
    "<p",
    "<.a",
    "<:b",
    "<A.b",
    "</p>",
    "</.a>",
    ">",
    "/>",
    " c=",
    "\"",
    "'",
    "{",
    "}",
    "\\{",
    "<%=",
    "<%",
    "<%#",
    "<%!--",
    "--%>",
    "%>",
    "<!--",
    "-->",
    "<script>",
    "</script>",
    " if d do ",
    " end ",
    " else ",
    " e -> ",
    "@f",
    " g",
    "\n",
    "é",
    "🦀",
    " phx-no-curly-interpolation",
    "\0",
];

fn check_template(text: &str) {
    for notation in [Notation::Heex, Notation::Eex] {
        let file = exlint_syntax::parse_template(text, notation);
        check_tree(&file);
        check_markup(&file);
    }
}

/// Tags are places in the text, and what their attributes are given is.
fn check_markup(file: &File) {
    for tag in file.templates().flat_map(|it| it.tags()) {
        assert!(file.source().get(tag.span().range()).is_some());
        assert!(tag.ancestors().all(|it| it.span().start < tag.span().start));
        _ = (tag.kind(), tag.module_name());
        for attribute in tag.attributes() {
            assert!(
                tag.span().contains(attribute.span()),
                "{:?}",
                attribute.span()
            );
            _ = (attribute.value(), attribute.text());
        }
    }
}

#[test]
fn long_templates_take_no_longer_than_they_are() {
    for piece in MARKUP
        .iter()
        .chain(&["<p {", "<p a=\"", "<script", "{<!--", "<p>{", "</p", "<%= "])
    {
        let text = piece.repeat(20_000);
        let start = std::time::Instant::now();
        _ = exlint_syntax::parse_template(text, Notation::Heex);
        assert!(start.elapsed().as_secs() < 5, "{piece:?}");
    }
}

fn check(text: &str) {
    let file = exlint_syntax::parse(text);
    check_tree(&file);
    check_markup(&file);
    let quoted = exlint_syntax::quoted(&file);
    assert!(quoted.is_char_boundary(quoted.len()));
    for node in file.nodes() {
        ask(node);
    }
}

/// Children lie in their parent and follow each other; spans are places in the text.
fn check_tree(file: &File) {
    for node in file.nodes() {
        let span = node.span();
        assert!(
            file.source().get(span.range()).is_some(),
            "{:?} at {span:?}",
            node.kind()
        );
        let name = node.name_span();
        assert!(
            name.start as usize <= file.source().len(),
            "{:?}",
            node.kind()
        );
        let mut next = node.id() + 1;
        for child in node.children() {
            assert_eq!((child.parent(), child.id()), (Some(node), next));
            next = child.limit();
        }
        assert_eq!(next, node.limit());
    }
    for span in file.comments().iter().chain(&file.first_error()) {
        assert!(file.source().get(span.range()).is_some(), "{span:?}");
    }
}

/// The questions that every node answers.
fn ask(node: Node) {
    _ = (
        node.string_value(),
        node.module_name(),
        node.constant(),
        node.milliseconds(),
    );
    if node.is(Kind::Def) || node.is(Kind::Clause) {
        for binding in Bindings::of(node).all() {
            assert!(node.contains(node.file().node(binding.node)));
        }
    }
    if let Some(def) = Def::cast(node) {
        _ = (def.arity(), def.parameters().count(), def.guard());
    }
    if let Some(clause) = Clause::cast(node) {
        _ = (
            clause.heads().count(),
            clause.guard(),
            clause.body().tails(),
        );
    }
}

#[test]
fn attributes_that_hold_one_another_end() {
    for source in [
        "defmodule A do\n  @a [@b]\n  @b [@a]\n  def f, do: [@a, @b]\nend\n",
        "defmodule A do\n  @a @b\n  @b @a\n  @c @c\n  def f, do: @a.f(@c * @c)\nend\n",
    ] {
        check(source);
    }
    let double = |set: fn(usize) -> String| {
        let lines: String = (0..60).map(set).collect();
        format!("defmodule A do\n  @a0 1\n{lines}  def f, do: g(@a59, @a3)\nend\n")
    };
    for source in [
        double(|it| format!("  @a{} [@a{it}, @a{it}]\n", it + 1)),
        double(|it| format!("  @a{} @a{it} * @a{it}\n", it + 1)),
        double(|it| format!("  @a{} @a{it}.B\n", it + 1)),
    ] {
        check(&source);
        let file = exlint_syntax::parse(source);
        let read = file.nodes().filter(|it| it.name() == "a59").last();
        let read = read.expect("it is read");
        assert!(read.attribute_value().is_none());
        let near = file.nodes().filter(|it| it.name() == "a3").last();
        assert!(near.is_some_and(|it| it.attribute_value().is_some()));
    }
}

#[test]
fn an_attribute_is_what_it_was_set_to_above() {
    let source =
        "defmodule A do\n  def f, do: @a\n  @a 1\n  def g, do: @a\n  @a 2\n  def h, do: @a\nend\n";
    let file = exlint_syntax::parse(source);
    let reads = file
        .nodes()
        .filter(|it| it.is(Kind::Attribute) && it.children().next().is_none());
    let values: Vec<_> = reads.map(|it| it.integer()).collect();
    assert_eq!(values, [None, Some(1), Some(2)]);
}
