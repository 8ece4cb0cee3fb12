//! The configuration of the project's own applications: which keys its files set, and where the code reads them.
use exlint_facts::{CallFacts, Callee, Code, FileFacts, FileRole, Name, Shape};
use exlint_findings::FileId;
use exlint_project::{At, Project};
use rustc_hash::FxHashSet;

/// Functions of `Application` and `:application` that read or change keys.
const ACCESSES: &[&str] = &[
    "compile_env",
    "compile_env!",
    "delete_env",
    "fetch_env",
    "fetch_env!",
    "get_all_env",
    "get_env",
    "put_all_env",
    "put_env",
    "set_env",
];

/// `config :app, key, value`, or one pair of `config :app, key: value`.
pub(crate) struct Setting<'p> {
    pub app: Name,
    pub key: Name,
    /// Whether the key is a module.
    pub is_module: bool,
    pub value: &'p Shape,
    pub at: At,
    pub path: &'p str,
}

impl Setting<'_> {
    /// The name of its file: `runtime.exs`.
    pub fn file_name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(self.path)
    }

    /// Whether the file is read when the system starts, not when it is compiled.
    pub fn is_at_run_time(&self) -> bool {
        matches!(self.file_name(), "runtime.exs" | "releases.exs")
    }
}

/// A call of `Application` that reads or changes a key.
pub(crate) struct Access<'p> {
    pub app: Option<Name>,
    /// `None` where it is computed, or all keys are meant.
    pub key: Option<Name>,
    /// The keys below it: `[:sub]` of `compile_env(:app, [Key, :sub])`; `None` where one is computed.
    pub below: Option<Vec<Name>>,
    pub function: &'p str,
    pub at: At,
    pub role: FileRole,
}

#[derive(Default)]
pub(crate) struct Settings<'p> {
    pub set: Vec<Setting<'p>>,
    pub accesses: Vec<Access<'p>>,
    /// The applications of the project.
    pub own: FxHashSet<Name>,
    /// Whether some of what is set is not known.
    pub is_unsure: bool,
    /// `Application` and `:application`.
    environment: [Option<Name>; 2],
}

impl<'p> Settings<'p> {
    pub fn of(project: &'p Project) -> Self {
        let mut settings = Self {
            environment: ["Application", ":application"].map(|it| project.name(it)),
            ..Self::default()
        };
        for (file, facts) in project.files() {
            settings.read_file(project, file, facts);
        }
        let calls = project.calls_named(ACCESSES);
        // The code of a template is that of its file.
        let calls = calls.filter(|(id, _)| project.clause(id.clause).template.is_none());
        for (id, call) in calls {
            let role = project.role_of(id.clause);
            settings.read_call(project, project.at(id), role, project.code(id.clause), call);
        }
        settings
            .accesses
            .sort_by_key(|it| (it.at.file, it.at.span.start));
        settings.note_missing_files(project);
        settings
    }

    /// Whether the project sets keys of this application in files.
    pub fn configures(&self, app: Name) -> bool {
        self.own.contains(&app) && self.set.iter().any(|it| it.app == app)
    }

    fn read_file(&mut self, project: &'p Project, file: FileId, facts: &'p FileFacts) {
        if is_named(facts, "mix.exs") {
            self.read_mix(project, facts);
        }
        if is_config(facts) {
            for call in &facts.top.calls {
                self.read_config(project, file, facts, call);
            }
        }
        self.read_code(project, file, facts, &facts.top);
        for module in &facts.modules {
            self.read_code(project, file, facts, &module.body);
        }
    }

    /// The name of the application, and the defaults under `env:`.
    fn read_mix(&mut self, project: &Project, facts: &FileFacts) {
        let functions = facts.modules.iter().flat_map(|it| &it.functions);
        for function in functions {
            let tails = function.clauses.iter().flat_map(|it| &it.code.tails);
            for tail in tails {
                let get = |key: &str| tail.shape.get(project.name(key)?);
                match project.text(function.name) {
                    "project" => self.own.extend(get("app").and_then(Shape::atom)),
                    // What it sets is the library's own.
                    "application" => self.is_unsure |= get("env").is_some(),
                    _ => {}
                }
            }
        }
    }

    fn read_config(
        &mut self,
        project: &'p Project,
        file: FileId,
        facts: &'p FileFacts,
        call: &'p CallFacts,
    ) {
        if !project.is(call.name, "config") {
            return;
        }
        let mut add = |app, key, is_module, value| {
            self.set.push(Setting {
                app,
                key,
                is_module,
                value,
                at: At {
                    file,
                    span: call.span,
                },
                path: &facts.path,
            });
        };
        match call.arguments.as_slice() {
            [Shape::Atom(app), Shape::Atom(key), value] => add(*app, *key, false, value),
            [Shape::Atom(app), Shape::Module(key), value] => add(*app, *key, true, value),
            [Shape::Atom(app), Shape::Keywords(pairs)] => {
                for (key, value) in pairs {
                    add(*app, *key, is_module_name(project.text(*key)), value);
                }
            }
            [Shape::Atom(_), Shape::List(none)] if none.is_empty() => {}
            _ => self.is_unsure = true,
        }
    }

    fn read_code(&mut self, project: &'p Project, file: FileId, facts: &FileFacts, code: &'p Code) {
        for call in &code.calls {
            let at = At {
                file,
                span: call.span,
            };
            self.read_call(project, at, facts.role, code, call);
        }
    }

    fn read_call(
        &mut self,
        project: &'p Project,
        at: At,
        role: FileRole,
        code: &'p Code,
        call: &'p CallFacts,
    ) {
        let is_environment = matches!(&call.callee, Callee::Remote(module)
            if self.environment.contains(&Some(*module)));
        let function = project.text(call.name);
        if !is_environment || !ACCESSES.contains(&function) {
            return;
        }
        let argument = |nth: usize| call.arguments.get(nth).map(|it| follow(code, it));
        let (key, below) = keys(argument(1));
        self.accesses.push(Access {
            app: argument(0).and_then(Shape::atom),
            key: key.filter(|_| !function.contains("all_env")),
            below,
            function,
            at,
            role,
        });
    }

    /// Files of secrets that are not in the repository may set anything.
    fn note_missing_files(&mut self, project: &Project) {
        let Some(import) = project.name("import_config") else {
            return;
        };
        let files: FxHashSet<&str> = project.files().map(|(_, it)| last(&it.path)).collect();
        for (_, facts) in project.files().filter(|(_, it)| is_config(it)) {
            for call in facts.top.calls.iter().filter(|it| it.name == import) {
                let Some(Shape::String(name)) = call.arguments.first() else {
                    continue;
                };
                let name = project.text(*name);
                self.is_unsure |= !name.contains('*') && !files.contains(last(name));
            }
        }
    }
}

/// What a variable of some code holds, or the value itself.
pub(crate) fn follow<'c>(code: &'c Code, shape: &'c Shape) -> &'c Shape {
    match shape {
        Shape::Variable(variable) => match code.variables.get(variable.0 as usize) {
            Some(Shape::Unknown) | None => shape,
            Some(held) => held,
        },
        _ => shape,
    }
}

/// A key, and those below it.
fn keys(argument: Option<&Shape>) -> (Option<Name>, Option<Vec<Name>>) {
    let one = |shape: &Shape| match shape {
        Shape::Atom(name) | Shape::Module(name) => Some(*name),
        _ => None,
    };
    match argument {
        Some(Shape::List(path)) => {
            let below = path.iter().skip(1).map(one).collect();
            (path.first().and_then(one), below)
        }
        Some(shape) => (one(shape), Some(Vec::new())),
        None => (None, None),
    }
}

fn is_module_name(key: &str) -> bool {
    key.starts_with(char::is_uppercase)
}

/// Whether a file is one of configuration: `config/prod.exs`.
fn is_config(facts: &FileFacts) -> bool {
    let path = &facts.path;
    path.ends_with(".exs") && (path.starts_with("config/") || path.contains("/config/"))
}

fn is_named(facts: &FileFacts, name: &str) -> bool {
    last(&facts.path) == last(name)
}

/// The last part of a path.
fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
