use crate::prelude::*;

/// A suppression comment suppresses nothing, or names a rule that does not exist.
///
/// Such a comment misleads whoever reads it, and hides the next finding that appears there.
///
/// A comment is judged only when the rules it names took part in the run. The engine, which matches comments and
/// findings, reports this itself.
///
/// # Bad
///
/// ```elixir
/// # exlint:ignore dynamic-atom -- was needed before the rewrite
/// role = String.to_existing_atom(name)
/// ```
///
/// # Good
///
/// ```elixir
/// role = String.to_existing_atom(name)
/// ```
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Exlint, confidence = High, scope = File, fix = Safe, tests, scripts)]
pub struct UnusedSuppression {}

impl Rule for UnusedSuppression {
    fn listen(_on: &mut On<Self>) {}
}
