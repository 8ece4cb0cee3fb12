use crate::prelude::*;

/// A file, or a part of one, is not looked at.
///
/// No rule says anything about it, and rules that look at the whole project do not know what it defines. Such files are
/// generated or made to do harm: larger than a limit, nested deeper than anybody reads, written so that parsing them
/// takes very long or very much memory, or with functions of so many clauses that not all of their calls are followed.
///
/// # Bad
///
/// ```elixir
/// # lib/table.ex: 20 MB that a script has written
/// def value(0), do: 1
/// ```
///
/// # Good
///
/// ```toml
/// # exlint.toml
/// exclude = ["lib/table.ex"]
/// ```
///
/// Raise a limit for the files that need it, under `[[override]]`, or exclude them. The limits hold when the rule is off,
/// too: then nothing is said.
#[derive(Deserialize, RuleMeta)]
#[rule(family = Exlint, confidence = High, scope = File, tests, scripts)]
#[serde(default)]
pub struct NotAnalysed {
    /// Larger files are not read, in bytes.
    pub max_file_size: u64,
    /// How long parsing a file may take, however small it is, in seconds of a processor's time.
    pub max_parse_seconds: u64,
    /// How much longer it may take for each million bytes of the file.
    pub max_parse_seconds_per_megabyte: u64,
}

impl Default for NotAnalysed {
    fn default() -> Self {
        Self {
            max_file_size: 8 << 20,
            max_parse_seconds: 2,
            max_parse_seconds_per_megabyte: 1,
        }
    }
}

impl Rule for NotAnalysed {
    fn listen(on: &mut On<Self>) {
        on.files(Self::check);
        on.project(Self::check_project);
    }
}

impl NotAnalysed {
    /// What is nested too deeply; of whole files the engine knows.
    fn check(&self, cx: &mut Cx) {
        if let Some(first) = cx.file.nodes().find(|it| it.is(Kind::TooDeep)) {
            cx.report(first, "nested too deeply to be looked at")
                .help("name the parts, or exclude the file if it is generated");
        }
    }

    /// Functions whose every call would have to be compared with too many clauses.
    fn check_project(&self, project: &Project, cx: &mut ProjectCx) {
        for function in project.unfollowed() {
            let mut clauses = project.clauses_of(*function);
            let count = clauses.len();
            let Some(first) = clauses.next().filter(|it| cx.covers(project.role_of(*it))) else {
                continue;
            };
            let at = project.at_clause(first);
            let name = project.mfa(*function);
            let message = format!("not all calls of `{name}` are followed: it has {count} clauses");
            cx.report(at.file, at.span, message)
                .help("exclude the file if it is generated");
        }
    }
}
