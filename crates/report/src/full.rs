//! Findings for people: a header, the place, the story step by step, the way out.
use std::{fmt::Write as _, io};

use exlint_findings::{Applicability, Finding, Fix, Level};
use miette::{Diagnostic, Severity};

use crate::{
    Report, Style,
    diagnostic::FindingView,
    excerpt::{self, Mark},
    style::Ink,
    summary,
    text::{harmless, wrap},
    uri,
};

pub(crate) fn write(report: &Report<'_>, style: Style, out: &mut dyn io::Write) -> io::Result<()> {
    for finding in report.findings {
        out.write_all(finding_text(report, finding, style).as_bytes())?;
    }
    summary::write(report, style, out)
}

fn finding_text(report: &Report<'_>, finding: &Finding, style: Style) -> String {
    let view = FindingView::new(finding, report.sources);
    let mut out = String::new();
    write_header(&mut out, &view, style);
    let marks = marks(&view);
    if view.source().is_none() {
        let path = harmless(report.sources.path(finding.file));
        let _ = writeln!(out, "  {} {path}", style.paint(Ink::Faint, "-->"));
    }
    let indent = excerpt::write(&mut out, &marks, level(&view), style);
    write_steps_without_source(&mut out, &view, indent, style);
    if let Some(help) = view.help() {
        write_note(&mut out, "help", &help.to_string(), indent, style);
    }
    if let Some(fix) = &finding.fix {
        write_note(&mut out, "fix available", &fix_note(fix), indent, style);
    }
    out.push('\n');
    out
}

fn write_header(out: &mut String, diagnostic: &dyn Diagnostic, style: Style) {
    let level = level(diagnostic);
    let code = diagnostic.code().map(|code| {
        let code = code.to_string();
        let url = uri::of_rule(&code);
        format!("[{}]", style.linked(code, || Some(url)))
    });
    let title = format!("{}{}", level.name(), code.unwrap_or_default());
    let title = style.paint(Ink::Level(level), &title);
    let message = style.paint(Ink::Strong, &diagnostic.to_string());
    let _ = writeln!(out, "{title} {message}");
}

fn level(diagnostic: &dyn Diagnostic) -> Level {
    match diagnostic.severity() {
        Some(Severity::Advice) => Level::Info,
        Some(Severity::Warning) => Level::Warning,
        Some(Severity::Error) | None => Level::Error,
    }
}

/// The place of the finding, then those of its steps.
fn marks<'v>(view: &'v FindingView) -> Vec<Mark<'v>> {
    let own = view.source();
    let own = own.map(|source| excerpt::marks(view, source, view.disk()));
    let steps = view.steps().iter();
    let of_steps = steps.filter_map(|step| {
        let source = step.source()?;
        Some(excerpt::marks(step, source, step.disk()))
    });
    own.into_iter().chain(of_steps).flatten().collect()
}

fn write_steps_without_source(out: &mut String, view: &FindingView, indent: usize, style: Style) {
    for step in view.steps().iter().filter(|step| step.source().is_none()) {
        write_note(out, "note", &step.to_string(), indent, style);
    }
}

/// Writes ` = title: text`, wrapped; line breaks in the text stay.
fn write_note(out: &mut String, title: &str, text: &str, indent: usize, style: Style) {
    let hang = indent + 3 + title.len() + 2;
    let lines = text.lines().flat_map(|line| {
        wrap(
            &harmless(line),
            style.width.saturating_sub(hang).max(excerpt::MIN_WIDTH),
        )
    });
    for (line, number) in lines.zip(0..) {
        if number == 0 {
            let (equals, title) = (style.paint(Ink::Faint, "="), style.paint(Ink::Help, title));
            let _ = writeln!(out, "{:indent$} {equals} {title}: {line}", "");
        } else {
            let _ = writeln!(out, "{:hang$}{line}", "");
        }
    }
}

fn fix_note(fix: &Fix) -> String {
    let how = match fix.applicability {
        Applicability::Safe => "safe",
        Applicability::Unsafe => "unsafe: may change what the program does",
    };
    format!("{} ({how})", fix.title)
}
