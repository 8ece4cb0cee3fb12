//! Phoenix: what belongs where.
use crate::Entry;

mod context_boundary;
mod mix_at_run_time;
mod repo_in_web;

pub(crate) fn rules() -> Vec<Entry> {
    vec![
        Entry::of::<context_boundary::ContextBoundary>(),
        Entry::of::<mix_at_run_time::MixAtRunTime>(),
        Entry::of::<repo_in_web::RepoInWeb>(),
    ]
}
