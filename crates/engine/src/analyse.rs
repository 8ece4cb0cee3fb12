//! One file, from its bytes to what the rest of the run needs of it. Nothing of its syntax is left behind.
use exlint_facts::FileFacts;
use exlint_findings::{Confidence, FileId, Finding, Level, Span};
use exlint_rules::Linter;
use exlint_syntax::{File, Notation, Tree};

use crate::cache::Entry;
use crate::discover::Found;
use crate::guard::{Panic, guarded};
use crate::limits::Limits;
use crate::outcome::Failure;
use crate::read::{self, Text};
use crate::scopes::Scope;
use crate::suppress::{self, Suppression};
use crate::timing::{Phase, Timing};
use crate::{Request, SYNTAX_ERROR};

/// What is kept of a file.
#[derive(Default)]
pub(crate) struct Analysed {
    pub(crate) facts: FileFacts,
    pub(crate) findings: Vec<Finding>,
    pub(crate) suppressions: Vec<Suppression>,
    pub(crate) failures: Vec<Failure>,
    pub(crate) bytes: u64,
    pub(crate) hash: u128,
    /// What is noted down of it for the next run.
    pub(crate) entry: Option<Entry>,
    pub(crate) timing: Timing,
    /// Whether a limit kept it from being analysed.
    pub(crate) left_out: Option<LeftOut>,
    /// Nanoseconds per rule, in the order of the linter's; empty when nobody asked.
    pub(crate) rule_times: Vec<u64>,
}

/// Which limit struck.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LeftOut {
    /// It is too large.
    Unread,
    /// Parsing it takes too long.
    Unparsed,
}

pub(crate) fn analyse(request: &Request, scope: &Scope, id: FileId, found: &Found) -> Analysed {
    let mut analysed = Analysed::default();
    let limits = Limits::of(scope);
    let size = request.overlay.size(&found.disk);
    if let Some(size) = size.filter(|it| *it > limits.file_size) {
        (analysed.bytes, analysed.left_out) = (size, Some(LeftOut::Unread));
        analysed.findings.extend(limits.too_large(scope, id, size));
        return analysed;
    }
    match analysed
        .timing
        .measure(Phase::Read, || read::read(&found.disk, request.overlay))
    {
        Ok(text) => analysed.text(request, scope, id, found, text, limits),
        Err(error) => analysed.fail(request, found, format!("cannot be read: {error}")),
    }
    analysed
}

impl Analysed {
    /// A file that need not be looked at.
    pub(crate) fn unchanged(bytes: u64, hash: u128) -> Analysed {
        Analysed {
            bytes,
            hash,
            ..Analysed::default()
        }
    }

    fn text(
        &mut self,
        request: &Request,
        scope: &Scope,
        id: FileId,
        found: &Found,
        text: Text,
        limits: Limits,
    ) {
        (self.bytes, self.hash) = (text.bytes, text.hash);
        self.timing.bytes = text.bytes;
        if let Some(place) = text.invalid {
            let finding = not_utf8(scope, id, place);
            self.findings.extend(finding);
            return;
        }
        let limit = limits.parse_time(text.bytes);
        let timing = &mut self.timing;
        let prepared = guarded(|| {
            let tree = timing.measure(Phase::Parse, || match Notation::of_file(&found.path) {
                Some(notation) => Tree::parse_template_within(&text.text, notation, limit),
                None => Tree::parse_within(&text.text, limit),
            })?;
            let file = timing.measure(Phase::Lower, || tree.lower(text.text));
            let facts = timing.measure(Phase::Facts, || exlint_facts::collect(&found.path, &file));
            Some((file, facts))
        });
        let (file, facts) = match prepared {
            Ok(Some(prepared)) => prepared,
            Ok(None) => {
                self.left_out = Some(LeftOut::Unparsed);
                self.findings.extend(limits.too_slow(scope, id, self.bytes));
                return;
            }
            Err(panic) => return self.fail(request, found, format!("internal error: {panic}")),
        };
        self.suppressions = suppress::collect(file.source(), file.comments());
        self.check(request, scope, id, found, &file, &facts);
        self.facts = facts;
    }

    /// Runs the file rules, where somebody wants to hear what they say.
    fn check(
        &mut self,
        request: &Request,
        scope: &Scope,
        id: FileId,
        found: &Found,
        file: &File,
        facts: &FileFacts,
    ) {
        if !found.asked {
            return;
        }
        let mut times = vec![
            0;
            if request.timing {
                scope.linter.rules().len()
            } else {
                0
            }
        ];
        let checked = self.timing.measure(Phase::FileRules, || {
            let role = exlint_facts::role(&found.path);
            let times = request.timing.then_some(times.as_mut_slice());
            guarded(|| {
                scope
                    .linter
                    .check_file(&found.path, id, role, file, facts, times)
            })
        });
        match checked {
            Ok(findings) => self.findings = findings,
            Err(panic) => self.fail(request, found, rule_panic(&scope.linter, &panic)),
        }
        self.rule_times = times;
    }

    /// Whether nothing is missing that suppressions may wait for.
    pub(crate) fn is_complete(&self) -> bool {
        self.left_out.is_none()
    }

    fn fail(&mut self, request: &Request, found: &Found, message: String) {
        let path = Some(request.targets.show(&found.disk));
        self.failures.push(Failure { path, message });
    }
}

/// Names the rule in whose file the panic happened.
fn rule_panic(linter: &Linter, panic: &Panic) -> String {
    let file = panic.place.as_ref().map(|(file, _)| file.as_str());
    match linter
        .rules()
        .into_iter()
        .find(|rule| Some(rule.source) == file)
    {
        Some(rule) => format!("internal error in rule `{}`: {panic}", rule.name),
        None => format!("internal error in a rule: {panic}"),
    }
}

/// Such a file is not analysed at all, so it is reported even where `syntax-error` was not selected; only those who
/// switch the rule off do not hear of it.
fn not_utf8(scope: &Scope, id: FileId, span: Span) -> Option<Finding> {
    let level = match scope.rule(SYNTAX_ERROR) {
        Some(rule) if rule.on => rule.level,
        Some(rule) if rule.silenced => return None,
        _ => Level::Error,
    };
    Some(Finding {
        rule: SYNTAX_ERROR.into(),
        level,
        confidence: Confidence::High,
        file: id,
        span,
        message: "this file is not valid UTF-8".to_owned(),
        labels: Vec::new(),
        help: Some("save the file as UTF-8; Elixir reads no other encoding".to_owned()),
        fix: None,
    })
}
