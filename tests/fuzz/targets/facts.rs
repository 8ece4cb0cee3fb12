//! Any text has facts.
#![no_main]
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    exlint_fuzz::on_deep_stack(|| {
        _ = exlint_facts::collect("lib/a.ex", &exlint_syntax::parse(text));
    });
});
