//! Fixes leave Elixir Elixir.
#![no_main]
use exlint_fuzz::Run;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    exlint_fuzz::on_deep_stack(|| {
        let before = exlint_syntax::parse(text).first_error();
        for file in Run::new().fix(text.as_bytes()).files {
            let after = exlint_syntax::parse(file.after()).first_error();
            assert!(before.is_some() || after.is_none(), "{}", file.after());
        }
    });
});
