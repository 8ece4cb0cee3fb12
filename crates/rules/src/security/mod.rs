//! What lets outsiders do harm.
use crate::Entry;

mod outside;
mod secret_in_log_or_inspect;
mod text;

pub(crate) use outside::KnownOutside;

mod code_eval;
mod command_injection;
mod dynamic_atom;
mod raw_html;
mod sql_injection;
mod timing_unsafe_compare;
mod unsafe_deserialization;

pub(crate) fn rules() -> Vec<Entry> {
    vec![
        Entry::of::<code_eval::CodeEval>(),
        Entry::of::<command_injection::CommandInjection>(),
        Entry::of::<dynamic_atom::DynamicAtom>(),
        Entry::of::<raw_html::RawHtml>(),
        Entry::of::<secret_in_log_or_inspect::SecretInLogOrInspect>(),
        Entry::of::<sql_injection::SqlInjection>(),
        Entry::of::<timing_unsafe_compare::TimingUnsafeCompare>(),
        Entry::of::<unsafe_deserialization::UnsafeDeserialization>(),
    ]
}
