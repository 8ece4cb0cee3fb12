//! Tests: what makes them fail now and then, or pass whatever happens.
use crate::Entry;

mod global_config_in_async_test;
mod named_process_in_async_test;
mod refute_receive_race;
mod sleep_in_test;
mod start_link_in_test;
mod test_not_async;

pub(crate) fn rules() -> Vec<Entry> {
    vec![
        Entry::of::<global_config_in_async_test::GlobalConfigInAsyncTest>(),
        Entry::of::<named_process_in_async_test::NamedProcessInAsyncTest>(),
        Entry::of::<refute_receive_race::RefuteReceiveRace>(),
        Entry::of::<sleep_in_test::SleepInTest>(),
        Entry::of::<start_link_in_test::StartLinkInTest>(),
        Entry::of::<test_not_async::TestNotAsync>(),
    ]
}
