use std::cell::LazyCell;

use exlint_syntax::{AttributeValue, Tag, TagKind, Template};

use crate::prelude::*;

/// A JavaScript hook on an element without an id of its own.
///
/// The client finds the element of a `phx-hook` by its id when it updates the page. Without one the hook is not mounted,
/// and where several elements share one, updates go to the first of them: the others show what is old, and their
/// `destroyed` callbacks run for the wrong element.
///
/// # Bad
///
/// ```elixir
/// def list(assigns) do
///   ~H"""
///   <li :for={item <- @items} id="item" phx-hook="Sortable">{item.name}</li>
///   """
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// def list(assigns) do
///   ~H"""
///   <li :for={item <- @items} id={"item-#{item.id}"} phx-hook="Sortable">{item.name}</li>
///   """
/// end
/// ```
///
/// Reported is an element without `id`, and one with a fixed `id` in a loop of the same template. A function component
/// with a fixed `id` that is shown twice on a page is not seen.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Liveview, confidence = High, scope = File, templates)]
pub struct HookWithoutId {}

impl Rule for HookWithoutId {
    fn listen(on: &mut On<Self>) {
        on.files(Self::check);
    }
}

impl HookWithoutId {
    fn check(&self, cx: &mut Cx) {
        let file = cx.file;
        for template in file.templates() {
            let loops = LazyCell::new(|| loops(template));
            for tag in template.tags() {
                hook(tag, &loops, cx);
            }
        }
    }
}

fn hook(tag: Tag, loops: &[Loop], cx: &mut Cx) {
    let Some(hook) = tag.attribute("phx-hook") else {
        return;
    };
    // What a component does with it is its own affair.
    if !matches!(tag.kind(), TagKind::Element(_)) {
        return;
    }
    match tag.attribute("id") {
        None if !tag.is_open() => {
            cx.report(hook, "this element has a hook and no `id`")
                .help("give it an `id` that no other element of the page has");
        }
        Some(id) if matches!(id.value(), AttributeValue::Text(_)) => {
            let Some(repeated) = loop_around(tag, loops) else {
                return;
            };
            cx.report(
                id,
                "every element of this loop has a hook and the same `id`",
            )
            .label(repeated, "one for each")
            .help("make the `id` of what tells the elements apart: `id={\"item-#{item.id}\"}`");
        }
        _ => {}
    }
}

/// A `for` or `Enum.map` in a template: its name, and all of it.
struct Loop {
    name: Span,
    whole: Span,
}

/// In the order in which they begin.
fn loops(template: Template) -> Vec<Loop> {
    let repeats = |it: &Call| it.name() == "for" || it.module().is_some_and(|it| it == "Enum");
    let calls = template
        .descendants()
        .filter_map(Call::cast)
        .filter(repeats);
    let found = calls.map(|call| {
        let start = call.span().start;
        Loop {
            name: Span::new(start, start + call.name().len() as u32),
            whole: call.span(),
        }
    });
    found.collect()
}

/// The `:for` or `for` that writes a tag more than once.
fn loop_around(tag: Tag, loops: &[Loop]) -> Option<Span> {
    let mut tags = std::iter::once(tag).chain(tag.ancestors());
    if let Some(repeated) = tags.find_map(|it| it.attribute(":for")) {
        return Some(repeated.span());
    }
    let around = loops.iter().find(|it| it.whole.contains(tag.span()))?;
    Some(around.name)
}
