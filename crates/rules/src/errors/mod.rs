//! How failures are raised, caught, told and hidden.
use crate::Entry;

mod across;
mod callback_rescues_everything;
mod catch_misses_normal_stop;
mod catch_only_throws;
mod defensive_nil_check;
mod exception_message_field;
mod exceptions_for_control_flow;
mod handler;
mod ignored_error_result;
mod interpolated_term;
mod match_instead_of_arrow;
mod non_assertive_map_access;
mod non_assertive_pattern_matching;
mod non_assertive_truthiness;
mod ok_or_default;
mod reach;
mod reduce_without_error_clause;
mod remote_failure_falls_through;
mod rescue_around_batch;
mod rescue_log_without_stacktrace;
mod rescue_misses_exit;
mod rescue_returns_plausible_default;
mod rescue_swallow;
mod rescue_too_broad;
mod rescue_value_cannot_match;
mod swallow;
mod twin;
mod unreachable_error_branch;
mod unseen_write;
mod value;
mod with_complex_else;

pub(crate) fn rules() -> Vec<Entry> {
    vec![
        Entry::of::<callback_rescues_everything::CallbackRescuesEverything>(),
        Entry::of::<catch_misses_normal_stop::CatchMissesNormalStop>(),
        Entry::of::<catch_only_throws::CatchOnlyThrows>(),
        Entry::of::<defensive_nil_check::DefensiveNilCheck>(),
        Entry::of::<exception_message_field::ExceptionMessageField>(),
        Entry::of::<exceptions_for_control_flow::ExceptionsForControlFlow>(),
        Entry::of::<ignored_error_result::IgnoredErrorResult>(),
        Entry::of::<interpolated_term::InterpolatedTerm>(),
        Entry::of::<match_instead_of_arrow::MatchInsteadOfArrow>(),
        Entry::of::<non_assertive_map_access::NonAssertiveMapAccess>(),
        Entry::of::<non_assertive_pattern_matching::NonAssertivePatternMatching>(),
        Entry::of::<non_assertive_truthiness::NonAssertiveTruthiness>(),
        Entry::of::<ok_or_default::OkOrDefault>(),
        Entry::of::<reduce_without_error_clause::ReduceWithoutErrorClause>(),
        Entry::of::<remote_failure_falls_through::RemoteFailureFallsThrough>(),
        Entry::of::<rescue_around_batch::RescueAroundBatch>(),
        Entry::of::<rescue_log_without_stacktrace::RescueLogWithoutStacktrace>(),
        Entry::of::<rescue_misses_exit::RescueMissesExit>(),
        Entry::of::<rescue_returns_plausible_default::RescueReturnsPlausibleDefault>(),
        Entry::of::<rescue_swallow::RescueSwallow>(),
        Entry::of::<rescue_too_broad::RescueTooBroad>(),
        Entry::of::<rescue_value_cannot_match::RescueValueCannotMatch>(),
        Entry::of::<unreachable_error_branch::UnreachableErrorBranch>(),
        Entry::of::<with_complex_else::WithComplexElse>(),
    ]
}
