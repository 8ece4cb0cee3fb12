//! Any text is a comment that may suppress something.
#![no_main]
use exlint_fuzz::Run;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let (first, second) = text.split_once('\n').unwrap_or((text, ""));
    let source = format!(
        "# exlint:ignore-file {second}\ndefmodule A do\n  # exlint:ignore {first}\n  def f(params), do: String.to_atom(params[\"x\"]) # {second}\n  \
         # credo:{first}\nend\n"
    );
    _ = Run::new().check(source.as_bytes());
});
