//! JUnit's XML, as Jenkins' schema has it: a suite for each file, a failed case for each finding.
use std::{collections::BTreeMap, io};

use exlint_findings::Finding;

use crate::{
    Failure, Report,
    place::{Unit, by_path, points},
    story,
    xml::{HEADER, escape},
};

pub(crate) fn write(report: &Report<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let mut suites: BTreeMap<&str, Suite> = BTreeMap::new();
    for failure in report.failures {
        let path = failure.path.as_deref().unwrap_or("exlint");
        suites
            .entry(path)
            .or_default()
            .errors
            .push(error(path, failure));
    }
    for (path, findings) in by_path(report) {
        let cases = findings.iter().map(|finding| case(report, path, finding));
        suites.entry(path).or_default().failures.extend(cases);
    }
    let failures: usize = suites.values().map(|suite| suite.failures.len()).sum();
    let errors: usize = suites.values().map(|suite| suite.errors.len()).sum();
    // Some readers take a report without a case for a broken one.
    let tests = (failures + errors).max(1);
    writeln!(
        out,
        "{HEADER}<testsuites name=\"exlint\" tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\">"
    )?;
    if suites.is_empty() {
        out.write_all(PASSED.as_bytes())?;
    }
    for (path, suite) in &suites {
        suite.write(path, out)?;
    }
    writeln!(out, "</testsuites>")
}

const PASSED: &str = "  <testsuite name=\"exlint\" tests=\"1\" failures=\"0\" errors=\"0\" skipped=\"0\" package=\"exlint\">
    <testcase name=\"no findings\" classname=\"exlint\"/>
  </testsuite>
";

/// The cases of one file, written out.
#[derive(Default)]
struct Suite {
    errors: Vec<String>,
    failures: Vec<String>,
}

impl Suite {
    fn write(&self, path: &str, out: &mut dyn io::Write) -> io::Result<()> {
        let path = escape(path);
        let (errors, failures) = (self.errors.len(), self.failures.len());
        writeln!(
            out,
            "  <testsuite name=\"{path}\" tests=\"{}\" failures=\"{failures}\" errors=\"{errors}\" \
             skipped=\"0\" package=\"exlint\" file=\"{path}\">",
            errors + failures,
        )?;
        for case in self.errors.iter().chain(&self.failures) {
            writeln!(out, "    {case}")?;
        }
        writeln!(out, "  </testsuite>")
    }
}

fn case(report: &Report<'_>, path: &str, finding: &Finding) -> String {
    let (start, _) = points(report, finding.file, finding.span, Unit::Chars);
    let path = escape(path);
    let name = format!("{} {}:{}", finding.rule, start.line, start.column);
    let level = finding.level.name();
    let message = escape(&finding.message);
    let text = escape(&story::lines(report, finding).join("\n"));
    format!(
        "<testcase name=\"{}\" classname=\"{path}\"><failure type=\"{level}\" message=\"{message}\">\
         {path}:{}:{}: {level}[{}] {text}</failure></testcase>",
        escape(&name),
        start.line,
        start.column,
        escape(&finding.rule),
    )
}

fn error(path: &str, failure: &Failure) -> String {
    format!(
        "<testcase name=\"exlint failed\" classname=\"{}\"><error type=\"failure\" message=\"{}\"/></testcase>",
        escape(path),
        escape(&failure.message),
    )
}
