//! What a file may cost; beyond that it is left out, and said to be.
use std::time::Duration;

use exlint_findings::{Confidence, FileId, Finding, Span};

use crate::NOT_ANALYSED;
use crate::scopes::Scope;

/// The options of `not-analysed`, which hold whether or not the rule is on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// In bytes.
    pub(crate) file_size: u64,
    parse_seconds: f64,
    parse_seconds_per_megabyte: f64,
}

impl Limits {
    pub(crate) fn of(scope: &Scope) -> Self {
        let options = scope.rule(NOT_ANALYSED).map(|rule| &rule.options);
        let option = |name: &str, usual: u64| {
            let value = options.and_then(|it| it.get(name)?.as_integer());
            value.and_then(|it| u64::try_from(it).ok()).unwrap_or(usual)
        };
        Self {
            file_size: option("max_file_size", 8 << 20),
            parse_seconds: option("max_parse_seconds", 2) as f64,
            parse_seconds_per_megabyte: option("max_parse_seconds_per_megabyte", 1) as f64,
        }
    }

    /// How long a thread may work at parsing a file of so many bytes.
    pub(crate) fn parse_time(self, size: u64) -> Duration {
        let megabytes = size as f64 / 1e6;
        let seconds = self.parse_seconds + self.parse_seconds_per_megabyte * megabytes;
        Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
    }

    pub(crate) fn too_large(self, scope: &Scope, id: FileId, size: u64) -> Option<Finding> {
        let limit = self.file_size;
        let message =
            format!("this file is not analysed: it has {size} bytes, and the limit is {limit}");
        finding(scope, id, message, "max_file_size")
    }

    pub(crate) fn too_slow(self, scope: &Scope, id: FileId, size: u64) -> Option<Finding> {
        let seconds = self.parse_time(size).as_secs_f64();
        let message = format!(
            "this file is not analysed: parsing it takes more than {seconds:.1} s, or very much memory"
        );
        finding(scope, id, message, "max_parse_seconds")
    }
}

/// At the beginning of the file. Told unless the rule was switched off: nobody shall think that the file is fine.
fn finding(scope: &Scope, id: FileId, message: String, option: &str) -> Option<Finding> {
    let rule = scope.rule(NOT_ANALYSED).filter(|rule| !rule.silenced)?;
    Some(Finding {
        rule: NOT_ANALYSED.into(),
        level: rule.level,
        confidence: Confidence::High,
        file: id,
        span: Span::new(0, 0),
        message,
        labels: Vec::new(),
        help: Some(format!(
            "exclude it, or raise `{option}` under `[rules.{NOT_ANALYSED}]`"
        )),
        fix: None,
    })
}
