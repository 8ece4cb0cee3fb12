//! Design: the official anti-patterns of code, structure, configuration and macros that show in the source.
use crate::Entry;

mod alternative_return_types;
mod compile_time_app_config;
mod compile_time_read_of_runtime_key;
mod complex_extractions_in_clauses;
mod inappropriate_intimacy;
mod large_code_generation;
mod large_struct;
mod library_app_config;
mod long_parameter_list;
mod modules_with_identical_names;
mod namespace_trespassing;
mod unknown_telemetry_event;
mod unnecessary_macro;
mod unread_config_key;
mod unset_config_key;
mod untracked_compile_dependency;
mod use_instead_of_import;

pub(crate) fn rules() -> Vec<Entry> {
    vec![
        Entry::of::<alternative_return_types::AlternativeReturnTypes>(),
        Entry::of::<compile_time_app_config::CompileTimeAppConfig>(),
        Entry::of::<compile_time_read_of_runtime_key::CompileTimeReadOfRuntimeKey>(),
        Entry::of::<complex_extractions_in_clauses::ComplexExtractionsInClauses>(),
        Entry::of::<inappropriate_intimacy::InappropriateIntimacy>(),
        Entry::of::<large_code_generation::LargeCodeGeneration>(),
        Entry::of::<large_struct::LargeStruct>(),
        Entry::of::<library_app_config::LibraryAppConfig>(),
        Entry::of::<long_parameter_list::LongParameterList>(),
        Entry::of::<modules_with_identical_names::ModulesWithIdenticalNames>(),
        Entry::of::<namespace_trespassing::NamespaceTrespassing>(),
        Entry::of::<unknown_telemetry_event::UnknownTelemetryEvent>(),
        Entry::of::<unnecessary_macro::UnnecessaryMacro>(),
        Entry::of::<unread_config_key::UnreadConfigKey>(),
        Entry::of::<unset_config_key::UnsetConfigKey>(),
        Entry::of::<untracked_compile_dependency::UntrackedCompileDependency>(),
        Entry::of::<use_instead_of_import::UseInsteadOfImport>(),
    ]
}
