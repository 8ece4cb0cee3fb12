//! What people and programs get to see of a run.
mod formats;
mod programs;
mod sarif;
mod terminal;

use std::path::Path;
use std::time::Duration;

use exlint_findings::{Applicability, Confidence, FileId, Finding, Level, Source, Span};
use exlint_report::{Failure, Format, Report, RuleRow, Sources, Style, Summary, write};
use exlint_rules::{Family, Meta, OptionMeta, Scope};

static BLOCKING: Meta = Meta {
    name: "blocking-genserver",
    family: Family::Process,
    confidence: Confidence::High,
    scope: Scope::Project,
    fix: None,
    in_tests: false,
    in_scripts: false,
    in_templates: false,
    docs: "\
Waits in a callback of a `GenServer` for something slow. Everyone who calls it waits too.

The process handles one message at a time.

# Bad

```elixir
def handle_call(:pay, _from, state), do: {:reply, Payments.charge(state), state}
```

# Limits

- only paths that are certain
",
    options: &[OptionMeta {
        name: "max_wait",
        kind: "usize",
        docs: "Waits up to this many milliseconds\nare fine.",
    }],
    source: "src/process/blocking_genserver.rs",
};
static ATOM: Meta = Meta {
    name: "dynamic-atom",
    family: Family::Security,
    confidence: Confidence::Medium,
    scope: Scope::File,
    fix: Some(Applicability::Unsafe),
    in_tests: false,
    in_scripts: true,
    in_templates: false,
    docs: "Creates atoms from text that is only known at run time. The weakness is known as CWE-79.\n",
    options: &[],
    source: "src/security/dynamic_atom.rs",
};
const RULES: &[RuleRow] = &[
    RuleRow {
        meta: &ATOM,
        level: Some(Level::Error),
        recommended: false,
    },
    RuleRow {
        meta: &BLOCKING,
        level: Some(Level::Warning),
        recommended: true,
    },
];

/// The files by number; one without text can no longer be read.
struct Files(Vec<Source>);

impl Sources for Files {
    fn path(&self, file: FileId) -> &str {
        &self.0[file.0 as usize].path
    }

    fn disk(&self, file: FileId) -> Option<&Path> {
        Some(Path::new(&self.0[file.0 as usize].path))
    }

    fn source(&self, file: FileId) -> Option<&Source> {
        self.0
            .get(file.0 as usize)
            .filter(|source| !source.text.is_empty())
    }
}

fn span(text: &str, part: &str) -> Span {
    let start = text.find(part).expect("the text has the part");
    Span::new(start as u32, (start + part.len()) as u32)
}

fn finding(rule: &'static str, level: Level, span: Span, message: &str) -> Finding {
    Finding {
        rule: rule.into(),
        level,
        confidence: Confidence::High,
        file: FileId(0),
        span,
        message: message.to_owned(),
        labels: Vec::new(),
        help: None,
        fix: None,
    }
}

/// The report of a run in which one file could not be read.
fn render(findings: &[Finding], sources: &Files, format: Format, style: Style) -> String {
    let failure = Failure {
        path: Some("lib/a.ex".into()),
        message: "cannot be read".into(),
    };
    render_run(findings, &[failure], sources, format, style)
}

fn render_run(
    findings: &[Finding],
    failures: &[Failure],
    sources: &Files,
    format: Format,
    style: Style,
) -> String {
    let names = (0..findings.len()).map(|index| format!("{index:016x}"));
    written(
        &Report {
            findings,
            fingerprints: &names.collect::<Vec<_>>(),
            sources,
            failures,
            summary: &summary(findings, failures),
            ..report()
        },
        format,
        style,
    )
}

/// A report of nothing, to be filled.
fn report() -> Report<'static> {
    static NOTHING: Files = Files(Vec::new());
    static SUMMARY: Summary = Summary {
        files: 0,
        bytes: 0,
        errors: 0,
        warnings: 0,
        infos: 0,
        failures: 0,
        elapsed: Duration::ZERO,
    };
    Report {
        findings: &[],
        fingerprints: &[],
        suppressed: &[],
        sources: &NOTHING,
        rules: RULES,
        summary: &SUMMARY,
        failures: &[],
        folder: "",
        category: None,
    }
}

fn summary(findings: &[Finding], failures: &[Failure]) -> Summary {
    let levels = |level| {
        let findings = findings.iter();
        findings.filter(|finding| finding.level == level).count()
    };
    Summary {
        files: 2,
        bytes: 700,
        errors: levels(Level::Error),
        warnings: levels(Level::Warning),
        infos: levels(Level::Info),
        failures: failures.len(),
        elapsed: Duration::from_millis(31),
    }
}

fn written(report: &Report, format: Format, style: Style) -> String {
    let mut out = Vec::new();
    write(report, format, style, &mut out).expect("a vector takes everything");
    String::from_utf8(out).expect("output is UTF-8")
}

fn assert_is(actual: &str, expected: &str) {
    assert!(
        actual == expected,
        "--- expected\n{expected}\n--- actual\n{actual}"
    );
}
