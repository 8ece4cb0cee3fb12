//! The tree as Elixir's quoted expression, for comparison with Elixir's own parser.
//!
//! One node a line, children indented two spaces deeper than their parent:
//!
//! ```text
//! atom "name"               also true, false, nil
//! int 42
//! float 0x400921fb54442d18  the 64 bits of the IEEE 754 double
//! string "text"             a binary
//! list                      children: the elements
//! pair                      a two-element tuple; children: left, right
//! var "name" L:C            {name, meta, nil}
//! call "name" L:C           {name, meta, args}; children: the arguments
//! apply L:C                 {form, meta, args} with a form that is no atom; children: the form, the arguments
//! ```
//!
//! `L:C` is the line and column of the metadata, `-` where Elixir gives none. In quotes, bytes outside
//! `0x20..0x7e` are written `\xHH`, and `\` and `"` with a backslash.
mod form;
mod strings;

use std::fmt::Write;

use exlint_findings::{Source, Span, Spanned};

use crate::{File, Kind, Node, Op, Role, file::flag, text};
use form::{integer, quote};

/// The quoted expression of a whole file, in the text form above.
pub fn quoted(file: &File) -> String {
    let mut printer = Printer {
        source: Source::new("", file.source()),
        out: String::new(),
        depth: 0,
    };
    let expressions: Vec<_> = file.root().children().collect();
    if expressions.is_empty() && file.source().contains('\n') {
        // The line break that ends the first line is all there is.
        printer.line(format_args!("call \"__block__\" 1:1"));
    } else {
        printer.block(&expressions);
    }
    printer.out
}

struct Printer {
    source: Source,
    out: String,
    depth: usize,
}

impl Printer {
    fn line(&mut self, text: std::fmt::Arguments) {
        let indentation = self.depth * 2;
        // Writing to a string cannot fail.
        _ = writeln!(self.out, "{:indentation$}{text}", "");
    }

    fn deeper(&mut self, print: impl FnOnce(&mut Self)) {
        self.depth += 1;
        print(self);
        self.depth -= 1;
    }

    /// Elixir 1.14 counts the three characters of an escaped interpolation as one column.
    fn place(&self, offset: u32) -> String {
        let position = self.source.position(offset);
        let line = self.source.line_span(position.line);
        let before = self
            .source
            .slice(Span::new(line.start, offset.min(line.end)));
        let escaped = escaped_interpolations(before);
        format!("{}:{}", position.line, position.column - 2 * escaped)
    }

    fn atom(&mut self, name: &str) {
        self.line(format_args!("atom {}", quote(name.as_bytes())));
    }

    fn string(&mut self, bytes: &[u8]) {
        self.line(format_args!("string {}", quote(bytes)));
    }

    fn var(&mut self, name: &str, at: u32) {
        let place = self.place(at);
        self.line(format_args!("var {} {place}", quote(name.as_bytes())));
    }

    fn call(&mut self, name: &str, at: u32, arguments: impl FnOnce(&mut Self)) {
        let place = self.place(at);
        self.line(format_args!("call {} {place}", quote(name.as_bytes())));
        self.deeper(arguments);
    }

    fn apply(&mut self, at: u32, rest: impl FnOnce(&mut Self)) {
        let place = self.place(at);
        self.line(format_args!("apply {place}"));
        self.deeper(rest);
    }

    fn list(&mut self, elements: impl FnOnce(&mut Self)) {
        self.line(format_args!("list"));
        self.deeper(elements);
    }

    fn pair(&mut self, sides: impl FnOnce(&mut Self)) {
        self.line(format_args!("pair"));
        self.deeper(sides);
    }

    fn all<'t>(&mut self, nodes: impl IntoIterator<Item = Node<'t>>) {
        for node in nodes {
            self.node(node);
        }
    }

    /// Expressions one after the other: one stands for itself, unless it would reach out of its block.
    fn block(&mut self, nodes: &[Node]) {
        match nodes {
            [only] if !wants_block(*only) => self.node(*only),
            _ => {
                self.line(format_args!("call \"__block__\" -"));
                self.deeper(|it| it.all(nodes.iter().copied()));
            }
        }
    }

    fn node(&mut self, node: Node) {
        let start = node.span().start;
        match node.kind() {
            Kind::Root | Kind::Template => self.block(&node.children().collect::<Vec<_>>()),
            Kind::Block => self.parenthesised(node),
            Kind::Module | Kind::Def | Kind::Directive | Kind::Call | Kind::Head | Kind::Field => {
                self.any_call(node)
            }
            Kind::Apply => {
                let dot = node.raw().token;
                self.apply(dot, |it| {
                    it.call(".", dot, |it| it.all(node.child(Role::Receiver)));
                    it.arguments(node);
                });
            }
            Kind::Invoke => {
                self.apply(node.child(Role::Receiver).map_or(start, call_place), |it| {
                    it.all(node.child(Role::Receiver));
                    it.arguments(node);
                })
            }
            Kind::Attribute | Kind::Assign => self.call("@", start, |it| {
                if node.has(flag::PARENS) {
                    it.call(node.name(), node.raw().token, |it| it.arguments(node));
                } else {
                    it.var(node.name(), node.raw().token);
                }
            }),
            Kind::Var => self.var(node.name(), start),
            Kind::Access => {
                let bracket = node.raw().token;
                self.apply(bracket, |it| {
                    it.call(".", bracket, |it| {
                        it.atom("Elixir.Access");
                        it.atom("get");
                    });
                    it.all(node.children());
                });
            }
            Kind::Unary
                if node
                    .child(Role::Operand)
                    .is_some_and(|it| it.op() == Op::In && !in_parentheses(it)) =>
            {
                // Elixir places a `not` that it moves out of `in` at the `in`.
                let at = node.child(Role::Operand).map_or(start, |it| it.raw().token);
                self.call(node.op().text(), at, |it| it.all(node.children()));
            }
            Kind::Pipe | Kind::Match | Kind::Unary => {
                self.call(node.op().text(), node.raw().token, |it| {
                    it.all(node.children())
                })
            }
            Kind::Binary => self.binary(node),
            Kind::Capture => self.call("&", start, |it| it.all(node.children())),
            Kind::CaptureArgument => {
                let number = node.text()[(node.raw().token - start) as usize..].to_owned();
                self.call("&", start, |it| {
                    it.line(format_args!("int {}", integer(&number)))
                });
            }
            Kind::Fn => self.call("fn", start, |it| it.all(node.children())),
            Kind::Clause => self.clause(node),
            Kind::Keywords | Kind::List => self.list(|it| it.all(node.children())),
            Kind::Pair => self.pair(|it| it.all(node.children())),
            Kind::Tuple if node.children().count() == 2 => self.pair(|it| it.all(node.children())),
            Kind::Tuple => self.call("{}", start, |it| it.all(node.children())),
            Kind::Bitstring => self.call("<<>>", start, |it| it.all(node.children())),
            Kind::Map => self.map(node, start + 1),
            Kind::Struct => self.call("%", start, |it| {
                it.all(node.child(Role::Name));
                it.map(node, brace(node));
            }),
            Kind::Alias => self.alias(node),
            Kind::MultiAlias => {
                let dot = node.raw().token;
                self.apply(dot, |it| {
                    it.call(".", dot, |it| {
                        it.all(node.child(Role::Receiver));
                        it.atom("{}");
                    });
                    it.all(node.children_with(Role::Element));
                });
            }
            Kind::Atom => self.atom(node.name()),
            Kind::DynamicAtom => {
                let quotes = text::quotes(node);
                self.apply(start, |it| {
                    it.call(".", start, |it| {
                        it.atom("erlang");
                        it.atom("binary_to_atom");
                    });
                    it.call("<<>>", start, |it| it.parts(node, &quotes));
                    it.atom("utf8");
                });
            }
            Kind::Integer => self.line(format_args!("int {}", integer(node.text()))),
            Kind::Float => {
                let value: f64 = node.text().replace('_', "").parse().unwrap_or(f64::NAN);
                self.line(format_args!("float 0x{:016x}", value.to_bits()));
            }
            Kind::Char => self.line(format_args!("int {}", text::character(node.text()))),
            Kind::String => self.string_node(node),
            Kind::Charlist => self.charlist(node),
            Kind::Sigil => self.sigil(node),
            Kind::OperatorName => match node.text() {
                ".." if node.parent().is_none_or(|it| it.op() != Op::Divide) => {
                    self.call("..", start, |_| ())
                }
                operator => self.var(operator, start),
            },
            Kind::Guard | Kind::Section | Kind::Text | Kind::Interpolation => {
                self.all(node.children())
            }
            Kind::Error => self.line(format_args!("error {}", self.place(start))),
            Kind::TooDeep => self.line(format_args!("too-deep {}", self.place(start))),
        }
    }

    fn parenthesised(&mut self, node: Node) {
        let children: Vec<_> = node.children().collect();
        if children.is_empty() && !encloses_something(node) {
            self.line(format_args!("call \"__block__\" -"));
        } else if children.iter().any(|it| it.is(Kind::Clause)) {
            self.list(|it| it.all(children));
        } else {
            self.call("__block__", node.span().start, |it| it.all(children));
        }
    }

    fn any_call(&mut self, node: Node) {
        let name_at = node.raw().token;
        let Some(receiver) = node.child(Role::Receiver) else {
            return self.call(node.name(), name_at, |it| it.arguments(node));
        };
        let dot = dot_before(node.file().source(), name_at);
        self.apply(name_at, |it| {
            it.call(".", dot, |it| {
                it.node(receiver);
                it.atom(node.name());
            });
            it.arguments(node);
        });
    }

    fn arguments(&mut self, node: Node) {
        self.all(node.children_with(Role::Argument));
        let sections: Vec<_> = node.children_with(Role::Section).collect();
        if sections.is_empty() {
            return;
        }
        self.list(|it| {
            for section in sections {
                it.pair(|it| {
                    it.atom(section.section_kind().map_or("", |it| it.name()));
                    it.section(section);
                });
            }
        });
    }

    fn section(&mut self, section: Node) {
        let children: Vec<_> = section.children().collect();
        if children.iter().any(|it| it.is(Kind::Clause)) {
            self.list(|it| it.all(children));
        } else {
            self.block(&children);
        }
    }

    fn binary(&mut self, node: Node) {
        let (at, op) = (node.raw().token, node.op());
        let (left, right) = (node.child(Role::Left), node.child(Role::Right));
        match (op, left) {
            (Op::NotIn, _) => {
                self.call("not", at, |it| {
                    it.call("in", at, |it| it.all(left.into_iter().chain(right)))
                });
            }
            (Op::Step, Some(range)) if range.op() == Op::Range => {
                let ends = range.children().chain(right);
                self.call("..//", range.raw().token, |it| it.all(ends));
            }
            _ => self.call(op.text(), at, |it| it.all(left.into_iter().chain(right))),
        }
    }

    fn clause(&mut self, clause: Node) {
        let heads: Vec<_> = clause.children_with(Role::Head).collect();
        let guard = clause.child(Role::Guard);
        let body: Vec<_> = clause.children_with(Role::Body).collect();
        self.call("->", clause.raw().token, |it| {
            it.list(|it| match guard {
                Some(guard) => it.call("when", guard.span().start, |it| {
                    it.all(heads);
                    it.all(guard.children());
                }),
                None => it.all(heads),
            });
            if body.is_empty() {
                it.atom("nil")
            } else {
                it.block(&body)
            }
        });
    }

    fn map(&mut self, node: Node, at: u32) {
        let pairs: Vec<_> = node.children_with(Role::Element).collect();
        self.call("%{}", at, |it| match node.child(Role::Left) {
            Some(base) => it.call("|", node.raw().token, |it| {
                it.node(base);
                it.list(|it| it.all(pairs));
            }),
            None => it.all(pairs),
        });
    }

    fn alias(&mut self, node: Node) {
        let receiver = node.child(Role::Receiver);
        if let Some(inner) = receiver.filter(|it| it.is(Kind::Alias)) {
            // `(Foo).Bar` is one alias.
            return self.call("__aliases__", inner.span().start, |it| {
                it.segments(&[inner, node])
            });
        }
        let at = if receiver.is_some() {
            node.raw().token
        } else {
            node.span().start
        };
        self.call("__aliases__", at, |it| {
            it.all(receiver);
            it.segments(&[node]);
        });
    }

    fn segments(&mut self, aliases: &[Node]) {
        for segment in aliases.iter().flat_map(|it| it.name().split('.')) {
            self.atom(segment);
        }
    }
}

fn wants_block(node: Node) -> bool {
    match node.kind() {
        Kind::Unary => matches!(node.op(), Op::Not | Op::Bang),
        Kind::Binary => node.op() == Op::NotIn,
        Kind::Call => node.name() == "unquote_splicing" && node.child(Role::Receiver).is_none(),
        _ => false,
    }
}

/// How many `\#{` there are; in `\\#{` the backslash itself is escaped.
fn escaped_interpolations(text: &str) -> u32 {
    let is_escaped = |at: usize| {
        text[..at]
            .bytes()
            .rev()
            .take_while(|it| *it == b'\\')
            .count()
            % 2
            == 1
    };
    text.match_indices("#{")
        .filter(|(at, _)| is_escaped(*at))
        .count() as u32
}

/// Whether there is more than space between the parentheses of a block.
fn encloses_something(block: Node) -> bool {
    let text = block.text();
    let inner = text.strip_prefix('(').and_then(|it| it.strip_suffix(')'));
    inner.is_some_and(|it| !it.trim().is_empty())
}

/// Whether a parenthesis opens right before the node.
fn in_parentheses(node: Node) -> bool {
    node.file().source()[..node.span().start as usize]
        .trim_end()
        .ends_with('(')
}

/// Where Elixir places a call: at its name.
fn call_place(node: Node) -> u32 {
    match node.kind() {
        Kind::Invoke => node
            .child(Role::Receiver)
            .map_or(node.span().start, call_place),
        _ => node.raw().token,
    }
}

fn dot_before(source: &str, name: u32) -> u32 {
    source[..name as usize]
        .rfind('.')
        .map_or(name, |it| it as u32)
}

/// Where the brace of a struct opens.
fn brace(node: Node) -> u32 {
    let from = node
        .child(Role::Name)
        .map_or(node.span().start, |it| it.span().end);
    let text = &node.file().source()[from as usize..];
    from + text.find('{').unwrap_or_default() as u32
}
