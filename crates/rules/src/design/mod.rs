//! How modules are cut and configured.
use crate::Entry;

mod compile_time_app_config;

pub(crate) fn rules() -> Vec<Entry> {
    vec![Entry::of::<compile_time_app_config::CompileTimeAppConfig>()]
}
