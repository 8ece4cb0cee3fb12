//! Any bytes are checked and reported.
#![no_main]
use exlint_fuzz::Run;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    let outcome = Run::new().check(text);
    for finding in &outcome.findings {
        let file = &outcome.shown[&finding.file];
        let source = file.source.as_ref().expect("nobody changes it");
        assert!(
            source.text.get(finding.span.range()).is_some(),
            "{finding:?}"
        );
    }
});
