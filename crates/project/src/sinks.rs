//! The `[[sink]]` rows, sorted by function, so that a look-up costs one hash of a name.
use rustc_hash::FxHashMap;

use crate::Sink;

/// Modules that go by this name, or end in it, are taken for what `use:...Repo` and its like describe.
const CONVENTIONAL: &[&str] = &["Repo", "Mailer", "Oban", "Presence", "EventStore"];

#[derive(Clone, Debug, Default)]
pub(crate) struct SinkIndex {
    by_name: FxHashMap<String, Vec<Row>>,
    /// Rows for every function of a module.
    whole: Vec<Row>,
}

#[derive(Clone, Debug)]
struct Row {
    module: ModulePattern,
    arity: Option<usize>,
    sink: usize,
}

#[derive(Clone, Debug)]
enum ModulePattern {
    Exact(String),
    /// The texts between the stars.
    Glob(Vec<String>),
    /// Modules that use this one.
    Use(String),
}

impl SinkIndex {
    pub fn of(sinks: &[Sink]) -> Self {
        let mut index = Self::default();
        for (number, sink) in sinks.iter().enumerate() {
            let row = |arity| Row {
                module: ModulePattern::parse(&sink.module),
                arity,
                sink: number,
            };
            if sink.functions.is_empty() {
                index.whole.push(row(None));
            }
            for function in &sink.functions {
                match function.rsplit_once('/') {
                    None if function == "*" => index.whole.push(row(None)),
                    None => index.named(function, row(None)),
                    Some((name, arity)) => index.named(name, row(arity.parse().ok())),
                }
            }
        }
        index
    }

    fn named(&mut self, name: &str, row: Row) {
        self.by_name.entry(name.to_owned()).or_default().push(row);
    }

    /// The last row for `name/arity` whose module `fits`; rows of a project stand after the shipped ones.
    fn find(
        &self,
        name: &str,
        arity: usize,
        fits: impl Fn(&ModulePattern) -> bool,
    ) -> Option<usize> {
        let named = self.by_name.get(name).map_or(&[][..], Vec::as_slice);
        let rows = named.iter().chain(&self.whole);
        rows.filter(|it| it.arity.is_none_or(|it| it == arity) && fits(&it.module))
            .map(|it| it.sink)
            .max()
    }

    pub fn of_module(&self, module: &str, name: &str, arity: usize) -> Option<usize> {
        self.find(name, arity, |it| it.matches(module))
    }

    pub fn of_user(&self, used: &str, name: &str, arity: usize) -> Option<usize> {
        self.find(
            name,
            arity,
            |it| matches!(it, ModulePattern::Use(it) if it == used),
        )
    }
}

impl ModulePattern {
    fn parse(text: &str) -> Self {
        match text.strip_prefix("use:") {
            Some(used) => Self::Use(used.to_owned()),
            None if text.contains('*') => Self::Glob(text.split('*').map(str::to_owned).collect()),
            None => Self::Exact(text.to_owned()),
        }
    }

    fn matches(&self, module: &str) -> bool {
        match self {
            Self::Exact(name) => name == module,
            Self::Glob(pieces) => glob_matches(pieces, module),
            Self::Use(used) => {
                let name = last_segment(used);
                CONVENTIONAL.contains(&name) && last_segment(module).ends_with(name)
            }
        }
    }
}

/// Whether `text` is the pieces in order, with anything between them.
fn glob_matches(pieces: &[String], text: &str) -> bool {
    let [first, middle @ .., last] = pieces else {
        return false;
    };
    let Some(mut rest) = text.strip_prefix(first.as_str()) else {
        return false;
    };
    for piece in middle {
        match rest.split_once(piece.as_str()) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last.as_str())
}

fn last_segment(module: &str) -> &str {
    module.rsplit('.').next().unwrap_or(module)
}

#[cfg(test)]
mod tests {
    use crate::{Severity, Sink, SinkKind, Tables};

    fn tables() -> Tables {
        let sink = |module: &str, functions: &[&str], kind| Sink {
            module: module.to_owned(),
            functions: functions.iter().map(|it| (*it).to_owned()).collect(),
            kind,
            severity: Severity::High,
            unbounded: false,
            lazy: false,
            note: String::new(),
        };
        Tables {
            sinks: vec![
                sink("File", &["read", "open/2"], SinkKind::File),
                sink("GoogleApi.*.Api.*", &["*"], SinkKind::Http),
                sink("use:Ecto.Repo", &["all"], SinkKind::Db),
                sink("use:HTTPoison.Base", &["get"], SinkKind::Http),
                sink("File", &["read/1"], SinkKind::Network),
            ],
            ..Tables::default()
        }
    }

    fn kind(module: &str, name: &str, arity: usize) -> Option<SinkKind> {
        tables().sink(module, name, arity).map(|it| it.kind)
    }

    #[test]
    fn names_with_and_without_arity() {
        assert_eq!(kind("File", "open", 2), Some(SinkKind::File));
        assert_eq!(kind("File", "open", 1), None);
        assert_eq!(kind("File", "read", 2), Some(SinkKind::File));
        assert_eq!(kind("Files", "read", 2), None);
    }

    #[test]
    fn later_rows_win() {
        assert_eq!(kind("File", "read", 1), Some(SinkKind::Network));
    }

    #[test]
    fn globs() {
        assert_eq!(
            kind("GoogleApi.Drive.Api.Files", "x", 0),
            Some(SinkKind::Http)
        );
        assert_eq!(kind("GoogleApi.Drive.Model", "x", 0), None);
    }

    #[test]
    fn modules_that_use_another() {
        assert_eq!(kind("Shop.Repo", "all", 1), Some(SinkKind::Db));
        assert_eq!(kind("Shop.ReadRepo", "all", 1), Some(SinkKind::Db));
        assert_eq!(kind("Shop.Repo", "to_query", 1), None);
        // `Base` says nothing.
        assert_eq!(kind("Shop.Base", "get", 1), None);
        let of_user = |used| tables().sink_of_user(used, "get", 1).map(|it| it.kind);
        assert_eq!(of_user("HTTPoison.Base"), Some(SinkKind::Http));
        assert_eq!(of_user("Ecto.Repo"), None);
    }
}
