//! Phoenix: what belongs where.
use crate::Entry;

mod repo_in_web;

pub(crate) fn rules() -> Vec<Entry> {
    vec![Entry::of::<repo_in_web::RepoInWeb>()]
}
