//! Tests: what makes them fail now and then, or pass whatever happens.
use exlint_facts::{Code, ModuleFacts};
use exlint_findings::Span;
use exlint_project::Project;

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

/// The code of a module: what stands in it, and in its functions.
fn codes(module: &ModuleFacts) -> impl Iterator<Item = &Code> {
    let clauses = module.functions.iter().flat_map(|it| &it.clauses);
    std::iter::once(&module.body).chain(clauses.map(|it| &it.code))
}

/// The `use` that makes the tests of a module asynchronous: the last one that says anything.
fn async_use(project: &Project, module: &ModuleFacts) -> Option<Span> {
    let key = project.name("async")?;
    let mut asking = module
        .uses
        .iter()
        .filter_map(|it| Some((it.span, it.argument.get(key)?)));
    let (span, value) = asking.next_back()?;
    value
        .atom()
        .is_some_and(|it| project.is(it, "true"))
        .then_some(span)
}
