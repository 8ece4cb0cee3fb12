//! Elixir text to tree-sitter's trees. The only crate with `unsafe` code, and all of it serves one end: what
//! tree-sitter allocates while it parses lies in an arena of the thread, which is emptied when the last tree in it is
//! dropped. Nothing is freed one by one, neither tree nor parser, and the memory is at hand for the next file.
//! `examples/parse_only.rs` measures what that gains.
mod arena;

use std::{marker::PhantomData, mem::ManuallyDrop, ops::ControlFlow};

pub use tree_sitter::{Language, TreeCursor};
use tree_sitter::{ParseOptions, ParseState, Parser};

/// What tree-sitter made of a text. It stays on its thread, since its memory is the thread's.
pub struct Parsed {
    /// Never dropped: it goes with the arena.
    tree: ManuallyDrop<tree_sitter::Tree>,
    _memory: arena::Guard,
    _stays_on_its_thread: PhantomData<*const ()>,
}

impl Parsed {
    /// A cursor at the root.
    pub fn walk(&self) -> TreeCursor<'_> {
        self.tree.walk()
    }
}

/// The grammar.
pub fn language() -> Language {
    tree_sitter_elixir::LANGUAGE.into()
}

/// Parses any text; what is no Elixir becomes error nodes. `may_go_on` is asked every few microseconds, and told how
/// many bytes this thread's trees take; once it says no, there is no tree.
pub fn parse(source: &str, mut may_go_on: impl FnMut(usize) -> bool) -> Option<Parsed> {
    let memory = arena::Guard::new();
    let mut progress = |_: &ParseState| match may_go_on(arena::bytes()) {
        true => ControlFlow::Continue(()),
        false => ControlFlow::Break(()),
    };
    let bytes = source.as_bytes();
    let mut read = |at: usize, _| &bytes[at.min(bytes.len())..];
    let tree = memory.during(|| {
        // Never dropped, as the tree.
        let mut parser = ManuallyDrop::new(Parser::new());
        parser
            .set_language(&language())
            .expect("the grammar is built for this tree-sitter");
        let options = ParseOptions::new().progress_callback(&mut progress);
        parser.parse_with_options(&mut read, None, Some(options))
    })?;
    Some(Parsed {
        tree: ManuallyDrop::new(tree),
        _memory: memory,
        _stays_on_its_thread: PhantomData,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(source: &str) -> Parsed {
        parse(source, |_| true).expect("nothing stops it")
    }

    /// The kinds of all nodes, depth first.
    fn kinds(parsed: &Parsed) -> Vec<u16> {
        let mut kinds = Vec::new();
        let mut cursor = parsed.walk();
        loop {
            kinds.push(cursor.node().kind_id());
            if cursor.goto_first_child() {
                continue;
            }
            while !cursor.goto_next_sibling() {
                if !cursor.goto_parent() {
                    return kinds;
                }
            }
        }
    }

    #[test]
    fn a_tree_is_whole_while_others_come_and_go() {
        let long = "[a: {1, 2}, b: fn x -> x end]\n".repeat(2_000);
        let first = parsed("f(1)");
        let expected = kinds(&first);
        for _ in 0..20 {
            assert!(kinds(&parsed(&long)).len() > 40_000);
        }
        let second = parsed("f(1)");
        assert_eq!(kinds(&first), expected);
        drop(first);
        assert_eq!(kinds(&second), expected);
    }

    #[test]
    fn memory_is_used_again_and_not_kept_for_ever() {
        let long = "[a: {1, 2}, b: fn x -> x end]\n".repeat(20_000);
        drop(parsed(&long));
        let kept = arena::bytes();
        for _ in 0..3 {
            drop(parsed(&long));
        }
        assert!(arena::bytes() <= kept.max(arena::KEPT));
    }

    #[test]
    fn parsing_stops_when_it_is_told_to() {
        let long = "f(x)\n".repeat(50_000);
        let mut asked = 0;
        let stopped = parse(&long, |_| {
            asked += 1;
            asked < 10
        });
        assert!(stopped.is_none());
        assert_eq!(asked, 10);
        assert_eq!(kinds(&parsed("f(1)")), kinds(&parsed("f(1)")));
    }

    #[test]
    fn it_is_told_how_much_memory_is_taken() {
        let long = "f(x)\n".repeat(50_000);
        let mut most = 0;
        let whole = parse(&long, |bytes| {
            most = most.max(bytes);
            true
        });
        assert!(whole.is_some());
        assert!(most > long.len(), "{most}");
    }

    #[test]
    fn every_thread_has_its_own() {
        let source = "defmodule A do\n  def f(x), do: x\nend\n".repeat(500);
        let expected = kinds(&parsed(&source));
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..10 {
                        assert_eq!(kinds(&parsed(&source)), expected);
                    }
                });
            }
        });
    }
}
