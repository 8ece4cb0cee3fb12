//! How failures are raised, caught, told and hidden.
use crate::Entry;

mod catch_only_throws;
mod exception_message_field;
mod handler;
mod pattern;
mod reach;
mod rescue_returns_plausible_default;
mod rescue_swallow;
mod rescue_value_cannot_match;
mod swallow;
mod value;

pub(crate) fn rules() -> Vec<Entry> {
    vec![
        Entry::of::<catch_only_throws::CatchOnlyThrows>(),
        Entry::of::<exception_message_field::ExceptionMessageField>(),
        Entry::of::<rescue_returns_plausible_default::RescueReturnsPlausibleDefault>(),
        Entry::of::<rescue_swallow::RescueSwallow>(),
        Entry::of::<rescue_value_cannot_match::RescueValueCannotMatch>(),
    ]
}
