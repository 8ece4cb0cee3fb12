//! Supervision: processes that no supervisor knows of, and supervisors that do not do what they are there for.
use crate::Entry;

pub(crate) mod starts;
mod unsupervised_fire_and_forget;
mod unsupervised_process;
pub(crate) mod work;

pub(crate) fn rules() -> Vec<Entry> {
    vec![
        Entry::of::<unsupervised_fire_and_forget::UnsupervisedFireAndForget>(),
        Entry::of::<unsupervised_process::UnsupervisedProcess>(),
    ]
}
