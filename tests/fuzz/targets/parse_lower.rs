//! Any text becomes a tree whose spans are places in it.
#![no_main]
use exlint_findings::Spanned;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    exlint_fuzz::on_deep_stack(|| {
        let file = exlint_syntax::parse(text);
        for node in file.nodes() {
            assert!(text.get(node.span().range()).is_some(), "{:?}", node.kind());
            _ = (node.string_value(), node.module_name(), node.constant());
        }
        _ = exlint_syntax::quoted(&file);
    });
});
