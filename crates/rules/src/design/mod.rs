//! Design: the official anti-patterns of code, structure, configuration and macros that show in the source.
use crate::Entry;

mod compile_time_app_config;
mod large_code_generation;
mod large_struct;
mod long_parameter_list;
mod modules_with_identical_names;
mod unnecessary_macro;
mod untracked_compile_dependency;
mod use_instead_of_import;

pub(crate) fn rules() -> Vec<Entry> {
    vec![
        Entry::of::<compile_time_app_config::CompileTimeAppConfig>(),
        Entry::of::<large_code_generation::LargeCodeGeneration>(),
        Entry::of::<large_struct::LargeStruct>(),
        Entry::of::<long_parameter_list::LongParameterList>(),
        Entry::of::<modules_with_identical_names::ModulesWithIdenticalNames>(),
        Entry::of::<unnecessary_macro::UnnecessaryMacro>(),
        Entry::of::<untracked_compile_dependency::UntrackedCompileDependency>(),
        Entry::of::<use_instead_of_import::UseInsteadOfImport>(),
    ]
}
