//! What the modules of Elixir's and Erlang's standard libraries export, by name and arity.
//!
//! `data/stdlib.txt` is printed by Elixir itself (`data/stdlib.exs`): a line a module, its functions, a bar, its
//! macros.
use std::sync::LazyLock;

use rustc_hash::{FxHashMap, FxHashSet};

static EXPORTS: LazyLock<FxHashMap<&'static str, FxHashSet<&'static str>>> = LazyLock::new(|| {
    let lines = include_str!("../data/stdlib.txt").lines();
    lines
        .filter_map(|line| {
            let (module, exports) = line.split_once(' ')?;
            Some((module, exports.split(' ').filter(|it| *it != "|").collect()))
        })
        .collect()
});

/// Whether a module of the standard library has this function or macro.
pub fn exports(module: &str, name: &str, arity: usize) -> bool {
    let Some(exports) = EXPORTS.get(module) else {
        return false;
    };
    let mut text = String::with_capacity(name.len() + 3);
    text.push_str(name);
    text.push('/');
    text.push_str(&arity.to_string());
    exports.contains(text.as_str())
}

/// Whether the table knows the module at all.
pub fn knows(module: &str) -> bool {
    EXPORTS.contains_key(module)
}

/// Forms that every module has without importing them (`Kernel.SpecialForms`).
pub fn is_special_form(name: &str, arity: usize) -> bool {
    match name {
        "case" | "cond" | "receive" | "fn" | "quote" | "unquote" | "unquote_splicing" | "super" => {
            true
        }
        "try" => arity >= 1,
        "for" | "with" => arity >= 1,
        _ => false,
    }
}
