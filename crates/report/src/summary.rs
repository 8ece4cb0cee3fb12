use std::io;

use exlint_findings::Level;

use crate::{
    Failure, Report, Style, Summary,
    style::Ink,
    text::{count, harmless},
};

/// Writes what went wrong in exlint itself, then what the run amounts to in one line.
pub(crate) fn write(report: &Report<'_>, style: Style, out: &mut dyn io::Write) -> io::Result<()> {
    for failure in report.failures {
        let title = style.paint(Ink::Level(Level::Error), "failure");
        writeln!(out, "{title}: {}", failure_line(failure))?;
    }
    writeln!(out, "{}", style.paint(Ink::Strong, &line(report.summary)))
}

fn failure_line(failure: &Failure) -> String {
    match &failure.path {
        Some(path) => format!("{}: {}", harmless(path), harmless(&failure.message)),
        None => harmless(&failure.message),
    }
}

fn line(summary: &Summary) -> String {
    let counts = [
        (summary.errors, "error"),
        (summary.warnings, "warning"),
        (summary.infos, "info"),
        (summary.failures, "failure"),
    ];
    let found: Vec<String> = counts
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, thing)| count(number, thing))
        .collect();
    let files = count(summary.files, "file");
    if found.is_empty() {
        return format!("no problems found in {files}");
    }
    format!(
        "{files} checked in {:.2} s: {}",
        summary.elapsed.as_secs_f64(),
        found.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn only_what_there_is_is_counted() {
        let elapsed = Duration::from_millis(26);
        let clean = Summary {
            files: 12,
            elapsed,
            ..Summary::default()
        };
        assert_eq!(line(&clean), "no problems found in 12 files");
        let bad = Summary {
            errors: 1,
            warnings: 3,
            infos: 2,
            ..clean
        };
        assert_eq!(
            line(&bad),
            "12 files checked in 0.03 s: 1 error, 3 warnings, 2 infos"
        );
        let broken = Summary {
            files: 1,
            failures: 1,
            ..clean
        };
        assert_eq!(line(&broken), "1 file checked in 0.03 s: 1 failure");
    }
}
