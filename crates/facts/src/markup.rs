//! What templates tell: components are calls, and elements send events.
use exlint_findings::{Span, Spanned};
use exlint_syntax::{
    AttributeValue, Call, Kind, Node, Op, Role, Tag, TagAttribute, TagKind, Template, View,
};
use thin_vec::thin_vec;

use crate::{
    client,
    model::*,
    walk::{LONGEST_STRING, Walk, shape_of_literal},
};

/// The attributes that name an event.
const BINDINGS: &[&str] = &[
    "phx-click",
    "phx-click-away",
    "phx-capture-click",
    "phx-submit",
    "phx-change",
    "phx-auto-recover",
    "phx-blur",
    "phx-focus",
    "phx-keydown",
    "phx-keyup",
    "phx-window-blur",
    "phx-window-focus",
    "phx-window-keydown",
    "phx-window-keyup",
    "phx-viewport-top",
    "phx-viewport-bottom",
];

impl Walk<'_> {
    /// The expressions of a template, then its components.
    pub(crate) fn template(&mut self, node: Node) -> Shape {
        let Some(template) = Template::cast(node) else {
            return Shape::Unknown;
        };
        let outer = std::mem::replace(&mut self.in_template, true);
        self.markup();
        for expression in node.children() {
            match expression.op() {
                // `:for={item <- @items}`
                Op::LeftArrow => self.generator(expression),
                _ => _ = self.used(expression),
            }
        }
        self.scripts(node);
        let branches = branches(node);
        for tag in template.tags() {
            let is_conditional = is_conditional(tag, &branches);
            self.component(tag, is_conditional);
            self.events(tag, is_conditional);
        }
        self.in_template = outer;
        Shape::Unknown
    }

    /// Hooks and other scripts that stand in the template.
    fn scripts(&mut self, template: Node) {
        let text = template.text();
        if !client::may_push(text) {
            return;
        }
        let pushed = client::pushed(text);
        for (name, span) in pushed.events {
            let start = template.span().start;
            let span = Span::new(span.start + start, span.end + start);
            self.event(name, span, EventTarget::Unknown, true);
        }
        self.markup().has_unknown_events |= pushed.has_unknown;
    }

    fn markup(&mut self) -> &mut Markup {
        self.code.markup.get_or_insert_default()
    }

    /// `@name`, which is `assigns.name`.
    pub(crate) fn assign(&mut self, node: Node) -> Shape {
        let name = self.names.name(node.name());
        let span = node.span();
        self.markup().assigns.push(AssignFacts { name, span });
        Shape::Field(Box::default(), name)
    }

    /// `assigns` where more is taken of it than one assign.
    pub(crate) fn take_assigns(&mut self, node: Node) {
        let is_part = node.role() == Role::Receiver
            && node
                .parent()
                .is_some_and(|it| matches!(it.kind(), Kind::Field | Kind::Access));
        if !is_part {
            self.markup().takes_assigns = true;
        }
        let access = node.parent().filter(|it| it.is(Kind::Access) && is_part);
        let key = access.and_then(|it| it.child(Role::Key));
        if let Some(key) = key.filter(|it| it.is(Kind::Atom)) {
            let name = self.names.name(key.name());
            self.markup().optional.push(name);
        }
    }

    /// `<.name a="b">` calls `name(%{a: "b"})`.
    fn component(&mut self, tag: Tag, is_conditional: bool) {
        let (callee, name) = match tag.kind() {
            TagKind::Local(name) => (Callee::Local, name),
            TagKind::Remote(_, name) => {
                let Some(module) = tag.module_name() else {
                    return;
                };
                (Callee::Remote(self.names.name(&module)), name)
            }
            TagKind::Element(_) | TagKind::Slot(_) => return,
        };
        let given = tag.attributes().filter(|it| !it.name().starts_with(':'));
        let pairs = given.map(|it| (self.names.name(it.name()), self.given(it)));
        let pairs = pairs.collect();
        let shape = Shape::Map(pairs, true);
        self.with_flow(Flow::Used, |it| {
            it.push(callee, name, 1, tag.span(), thin_vec![shape])
        });
        if let Some(call) = self.code.calls.last_mut() {
            call.is_conditional |= is_conditional;
        }
    }

    fn given(&mut self, attribute: TagAttribute) -> Shape {
        match attribute.value() {
            _ if attribute.name() == "class" => Shape::Unknown,
            AttributeValue::Flag => Shape::Atom(self.names.name("true")),
            AttributeValue::Text(text) if text.len() <= LONGEST_STRING => {
                Shape::String(self.names.name(text))
            }
            AttributeValue::Text(_) => Shape::Unknown,
            AttributeValue::Code(Some(code)) if code.is(Kind::Assign) => {
                Shape::Field(Box::default(), self.names.name(code.name()))
            }
            AttributeValue::Code(Some(code)) => shape_of_literal(code, self.names),
            AttributeValue::Code(None) | AttributeValue::Mixed(_) => Shape::Unknown,
        }
    }

    fn events(&mut self, tag: Tag, is_conditional: bool) {
        let target = target(tag);
        for attribute in tag.attributes() {
            if attribute.name() == "phx-hook" {
                self.markup().has_hooks = true;
            }
            let is_binding = BINDINGS.contains(&attribute.name());
            if let Some(name) = attribute.text() {
                // `phx-auto-recover="ignore"` asks for nothing.
                if is_binding && !(attribute.name() == "phx-auto-recover" && name == "ignore") {
                    self.event(name, attribute.span(), target, is_conditional);
                }
                continue;
            }
            match attribute.value() {
                AttributeValue::Code(Some(code)) => {
                    self.computed(code, attribute.span(), is_binding, target, is_conditional);
                }
                AttributeValue::Mixed(_) if is_binding => self.markup().has_unknown_events = true,
                _ => {}
            }
        }
    }

    /// The events in `phx-click={...}`: `JS.push("name")`, or texts among which it chooses.
    fn computed(
        &mut self,
        code: Node,
        span: Span,
        is_binding: bool,
        target: EventTarget,
        is_conditional: bool,
    ) {
        let pushes = code
            .subtree()
            .filter_map(Call::cast)
            .filter(|it| is_push(*it));
        let pushes: Vec<_> = pushes.collect();
        for push in &pushes {
            let target = match push.option("target") {
                Some(option) => target_of(option),
                None if is_binding => target,
                // A component decides where it puts the command.
                None => EventTarget::Unknown,
            };
            match pushed(*push) {
                Some(name) => self.event(&name, push.span(), target, is_conditional),
                None => self.markup().has_unknown_events = true,
            }
        }
        if !is_binding || !pushes.is_empty() || code.is(Kind::Assign) {
            return;
        }
        let texts = code.subtree().filter(|it| it.is(Kind::String));
        for text in texts.filter(|it| !is_selector(*it, code)) {
            match text.string_value() {
                Some(name) => self.event(&name, span, EventTarget::Unknown, is_conditional),
                None => self.markup().has_unknown_events = true,
            }
        }
        if code.is(Kind::Var) || code.is(Kind::Field) {
            self.markup().has_unknown_events = true;
        }
    }

    fn event(&mut self, name: &str, span: Span, target: EventTarget, is_conditional: bool) {
        let name = self.names.name(name);
        self.markup().events.push(EventFacts {
            name,
            span,
            target,
            is_conditional,
        });
    }
}

/// `JS.push(...)`, also at the end of a pipe.
fn is_push(call: Call) -> bool {
    call.name() == "push" && is_command(call)
}

/// `JS.show(...)` and its like.
fn is_command(call: Call) -> bool {
    let is_js = |module: &str| module == "JS" || module == "Phoenix.LiveView.JS";
    call.module().is_some_and(|it| is_js(&it))
}

/// Whether a text in a binding says what a command is about, not which event is sent: `JS.show(to: "#menu")`, or
/// `toggle("#menu-#{@id}")`.
fn is_selector(text: Node, binding: Node) -> bool {
    let mut around = text.ancestors().take_while(|it| binding.contains(*it));
    let start = text.children().next().filter(|it| it.is(Kind::Text));
    around.any(|it| Call::cast(it).is_some_and(is_command))
        || start.is_some_and(|it| it.text().starts_with(['#', '.', '[']))
}

/// The event that `JS.push` sends, after the commands it continues.
fn pushed(push: Call) -> Option<String> {
    let mut arguments = push.arguments().take(2);
    let name = arguments.find_map(|it| it.is(Kind::String).then(|| it.string_value()).flatten());
    name.map(Into::into)
}

/// Who receives the events of an element.
fn target(tag: Tag) -> EventTarget {
    match tag.attribute("phx-target").map(|it| it.value()) {
        None if tag.is_open() => EventTarget::Unknown,
        None => EventTarget::View,
        Some(AttributeValue::Code(Some(code))) => target_of(code),
        Some(_) => EventTarget::Unknown,
    }
}

fn target_of(code: Node) -> EventTarget {
    match code.is(Kind::Assign) && code.name() == "myself" {
        true => EventTarget::Own,
        false => EventTarget::Unknown,
    }
}

/// What `<%= if ... do %>` and its like enclose, in order.
fn branches(template: Node) -> Vec<Span> {
    let encloses = |it: Node| it.is(Kind::Fn) || it.child(Role::Section).is_some();
    let mut branches = Vec::new();
    let mut expressions: Vec<Node> = template.children().collect();
    expressions.reverse();
    while let Some(node) = expressions.pop() {
        if encloses(node) {
            branches.push(node.span());
        } else {
            let inside = expressions.len();
            expressions.extend(node.children());
            expressions[inside..].reverse();
        }
    }
    branches
}

/// Whether an element may be missing from the page.
fn is_conditional(tag: Tag, branches: &[Span]) -> bool {
    let start = tag.span().start;
    let before = branches.partition_point(|it| it.start <= start);
    let in_branch = before > 0 && start < branches[before - 1].end;
    let depends = |it: Tag| it.attribute(":if").is_some() || it.attribute(":for").is_some();
    let is_given = |it: Tag| !matches!(it.kind(), TagKind::Element(_));
    in_branch
        || depends(tag)
        || tag
            .ancestors()
            .take(DEEPEST)
            .any(|it| depends(it) || is_given(it))
}

/// Elements nested deeper than this are conditional or not by what is nearest.
const DEEPEST: usize = 64;
