//! What exlint says about the source as such, and about its own comments.
use crate::Entry;

mod not_analysed;
mod syntax_error;
mod unused_suppression;

pub(crate) fn rules() -> Vec<Entry> {
    vec![
        Entry::of::<not_analysed::NotAnalysed>(),
        Entry::of::<syntax_error::SyntaxError>(),
        Entry::of::<unused_suppression::UnusedSuppression>(),
    ]
}
