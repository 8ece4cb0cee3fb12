//! What the browser runs: which events JavaScript sends.
use exlint_findings::Span;

use crate::{collect::Names, model::*};

/// Ends of the names of files that the browser runs, as they are or compiled.
const ENDS: &[&str] = &[".js", ".mjs", ".jsx", ".ts", ".tsx", ".vue", ".svelte"];

/// Whether a file of this name holds code for the browser that somebody has written.
pub fn is_client(name: &str) -> bool {
    ENDS.iter().any(|it| name.ends_with(it))
        && !name.ends_with(".min.js")
        && !name.ends_with(".d.ts")
}

/// What a file for the browser at `path` tells its project: the events it sends.
pub fn collect_client(path: &str, text: &str) -> FileFacts {
    let mut names = Names::default();
    let pushed = pushed(text);
    let event = |(name, span): (&str, Span)| EventFacts {
        name: names.name(name),
        span,
        target: EventTarget::Unknown,
        is_conditional: true,
    };
    let markup = Markup {
        events: pushed.events.into_iter().map(event).collect(),
        has_unknown_events: pushed.has_unknown || binds_events(text),
        ..Markup::default()
    };
    FileFacts {
        path: path.to_owned(),
        role: FileRole::Client,
        names: names.into_texts(),
        top: Code {
            markup: Some(Box::new(markup)),
            ..Code::default()
        },
        ..FileFacts::default()
    }
}

/// The events that JavaScript sends.
pub(crate) struct Pushed<'s> {
    pub events: Vec<(&'s str, Span)>,
    /// Whether it sends events of other names as well.
    pub has_unknown: bool,
}

const PUSH: &str = "pushEvent";

/// Bindings of events, which JavaScript may write into the page.
const BINDINGS: &[&str] = &[
    "phx-click",
    "phx-submit",
    "phx-change",
    "phx-blur",
    "phx-focus",
    "phx-key",
];

/// The events in `pushEvent("name", ...)` and `pushEventTo(target, "name", ...)`.
pub(crate) fn pushed(text: &str) -> Pushed<'_> {
    let mut pushed = Pushed {
        events: Vec::new(),
        has_unknown: false,
    };
    for (at, _) in text.match_indices(PUSH) {
        let after = at + PUSH.len();
        let Some(name) = first_name(&text[after..]) else {
            pushed.has_unknown = true;
            continue;
        };
        pushed.add(text, name);
    }
    commands(text, &mut pushed);
    pushed
}

/// Whether a script may send events.
pub(crate) fn may_push(text: &str) -> bool {
    text.contains(PUSH) || text.contains(COMMANDS)
}

const COMMANDS: &str = ".js()";

/// The events in `this.js().push(element, "name")`.
fn commands<'s>(text: &'s str, pushed: &mut Pushed<'s>) {
    for (at, _) in text.match_indices(COMMANDS) {
        let rest = text[at + COMMANDS.len()..].trim_start();
        match rest.strip_prefix('.').map(|it| it.strip_prefix("push(")) {
            Some(Some(arguments)) => match after_argument(arguments).and_then(name) {
                Some(name) => pushed.add(text, name),
                None => pushed.has_unknown = true,
            },
            // `js().show(...)`
            Some(None) => {}
            // Kept to be used elsewhere.
            None => pushed.has_unknown = true,
        }
    }
}

impl<'s> Pushed<'s> {
    /// Adds an event by its name, which is a part of `text`.
    fn add(&mut self, text: &'s str, name: &'s str) {
        let start = name.as_ptr() as usize - text.as_ptr() as usize;
        let span = Span::new(start as u32, (start + name.len()) as u32);
        self.events.push((name, span));
    }
}

/// `phx-click`, but not the class `phx-click-loading`.
fn binds_events(text: &str) -> bool {
    BINDINGS.iter().any(|binding| {
        let mut places = text.match_indices(binding);
        places.any(|(at, _)| !text[at + binding.len()..].starts_with("-loading"))
    })
}

/// The text that the first argument is, or the second one of `pushEventTo`.
fn first_name(rest: &str) -> Option<&str> {
    let (rest, has_target) = match rest.strip_prefix("To") {
        Some(rest) => (rest, true),
        None => (rest, false),
    };
    let rest = rest.trim_start();
    let rest = rest.strip_prefix("?.").unwrap_or(rest).strip_prefix('(')?;
    let rest = match has_target {
        true => after_argument(rest)?,
        false => rest,
    };
    name(rest)
}

/// The text that an argument is.
fn name(argument: &str) -> Option<&str> {
    let rest = argument.trim_start();
    let quote = rest
        .chars()
        .next()
        .filter(|it| matches!(it, '"' | '\'' | '`'))?;
    let (name, rest) = rest[1..].split_once(quote)?;
    let is_plain = !name.contains(['\\', '\n']) && !name.contains("${");
    let is_whole = rest.trim_start().starts_with([',', ')']);
    (is_plain && is_whole).then_some(name)
}

/// The longest target that is looked at, in bytes.
const LONGEST_TARGET: usize = 400;

/// What stands behind the comma that ends the first argument.
fn after_argument(rest: &str) -> Option<&str> {
    let mut depth = 0_u32;
    let mut quote = None;
    for (at, letter) in rest.char_indices().take_while(|it| it.0 < LONGEST_TARGET) {
        match (quote, letter) {
            (Some(open), _) if open == letter => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'' | '`') => quote = Some(letter),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => depth = depth.checked_sub(1)?,
            (None, ',') if depth == 0 => return Some(&rest[at + 1..]),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(text: &str) -> (Vec<&str>, bool) {
        let pushed = pushed(text);
        let events = pushed.events.iter().map(|it| it.0).collect();
        (events, pushed.has_unknown || binds_events(text))
    }

    #[test]
    fn names_that_are_written_out() {
        let text =
            "this.pushEvent(\"save\", {})\nthis.pushEventTo(this.el.closest('a, b'), 'close')";
        assert_eq!(events(text), (vec!["save", "close"], false));
        assert_eq!(events("pushEvent?.(\n  `tick`)"), (vec!["tick"], false));
        let commands = "this.js().push(this.el, 'sort', {value: 1})\nliveSocket.js().show(el)";
        assert_eq!(events(commands), (vec!["sort"], false));
        assert_eq!(events("addVariant('phx-click-loading')"), (vec![], false));
    }

    #[test]
    fn names_that_are_not() {
        let unknown = [
            "this.pushEvent(name, {})",
            "this.pushEvent('go-' + place)",
            "this.pushEvent(`go-${place}`)",
            "this.pushEventTo(target)",
            "const push = this.pushEvent.bind(this)",
            "this.js().push(this.el, name)",
            "const js = liveSocket.js()",
            "el.setAttribute('phx-click', 'save')",
        ];
        for text in unknown {
            assert_eq!(events(text), (vec![], true), "{text}");
        }
    }
}
