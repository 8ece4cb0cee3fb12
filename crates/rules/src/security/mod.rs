//! What lets outsiders do harm.
use crate::Entry;

mod dynamic_atom;

pub(crate) fn rules() -> Vec<Entry> {
    vec![Entry::of::<dynamic_atom::DynamicAtom>()]
}
