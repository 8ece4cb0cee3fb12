//! How failures are raised, caught, told and hidden.
use crate::Entry;

mod catch_only_throws;
mod exception_message_field;
mod handler;
mod interpolated_term;
mod match_instead_of_arrow;
mod non_assertive_map_access;
mod non_assertive_truthiness;
mod pattern;
mod reach;
mod reduce_without_error_clause;
mod rescue_misses_exit;
mod rescue_returns_plausible_default;
mod rescue_swallow;
mod rescue_value_cannot_match;
mod swallow;
mod value;

pub(crate) fn rules() -> Vec<Entry> {
    vec![
        Entry::of::<catch_only_throws::CatchOnlyThrows>(),
        Entry::of::<exception_message_field::ExceptionMessageField>(),
        Entry::of::<interpolated_term::InterpolatedTerm>(),
        Entry::of::<match_instead_of_arrow::MatchInsteadOfArrow>(),
        Entry::of::<non_assertive_map_access::NonAssertiveMapAccess>(),
        Entry::of::<non_assertive_truthiness::NonAssertiveTruthiness>(),
        Entry::of::<reduce_without_error_clause::ReduceWithoutErrorClause>(),
        Entry::of::<rescue_misses_exit::RescueMissesExit>(),
        Entry::of::<rescue_returns_plausible_default::RescueReturnsPlausibleDefault>(),
        Entry::of::<rescue_swallow::RescueSwallow>(),
        Entry::of::<rescue_value_cannot_match::RescueValueCannotMatch>(),
    ]
}
