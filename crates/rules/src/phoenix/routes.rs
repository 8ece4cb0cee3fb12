//! The routes of a router: what leads where, and what requests go through on the way.
//!
//! A router is code that runs when it is compiled, so that a route is known only where everything around it is: scopes,
//! sessions, resources. Whatever else stands around a route (a macro of the project's own) leaves it unknown.
use exlint_facts::{CallFacts, FileRole, Name, Shape};
use exlint_project::{At, ModuleId, Project};

use crate::prelude::*;

pub(super) struct Route {
    pub at: At,
    pub method: Method,
    /// `/admin/users/:id`; `None` where some of it is not known.
    pub path: Option<String>,
    /// The full name of the controller, plug or LiveView.
    pub module: String,
    /// The action, or what a plug is given.
    pub action: Option<Name>,
    /// The pipelines and plugs before it, by name; `None` where one is not known.
    pub through: Option<Vec<String>>,
    /// The `live_session` around it.
    pub session: Option<Session>,
    /// Where the innermost block around it begins.
    pub block: Option<u32>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Method {
    Get,
    /// Any that changes something, and `match`.
    Other,
    Live,
}

/// A `live_session`, by where it stands.
#[derive(Clone, Copy)]
pub(super) struct Session {
    pub at: At,
    pub mounts: bool,
}

#[derive(Default)]
pub(super) struct Routes {
    pub all: Vec<Route>,
    /// Whether some routes are not known.
    pub is_partial: bool,
    /// The plugs of each pipeline.
    pub pipelines: Vec<(String, Vec<String>)>,
    pub sessions: Vec<Session>,
}

/// The routers of the project.
pub(super) fn routers(project: &Project) -> impl Iterator<Item = ModuleId> {
    project.modules().filter(|it| {
        project.role_of_module(*it) == FileRole::Production
            && project.implements(*it, "Phoenix.Router")
    })
}

impl Routes {
    pub fn of(project: &Project, router: ModuleId) -> Self {
        let mut reader = Reader {
            project,
            router,
            frames: Vec::new(),
            routes: Routes::default(),
        };
        for call in &project.module(router).body.calls {
            reader.step(call);
        }
        reader.routes
    }
}

struct Reader<'p> {
    project: &'p Project,
    router: ModuleId,
    frames: Vec<Frame>,
    routes: Routes,
}

/// A block that the reader is in.
struct Frame {
    span: Span,
    /// What its routes' paths are below.
    path: Option<String>,
    /// What its routes' modules are below; `None` where that is not known.
    alias: Option<String>,
    through: Option<Vec<String>>,
    session: Option<Session>,
    /// The pipeline that it defines.
    pipeline: Option<usize>,
}

/// What may stand in a router without adding routes.
const HARMLESS: &[&str] = &[
    "plug",
    "pipe_through",
    "compile_env",
    "env",
    "get_env",
    "fetch_env!",
    "on_mount",
    "in",
    "==",
    "function_exported?",
    "ensure_loaded?",
];

impl Reader<'_> {
    fn step(&mut self, call: &CallFacts) {
        while self
            .frames
            .last()
            .is_some_and(|it| !it.span.contains(call.span))
        {
            self.frames.pop();
        }
        match self.project.text(call.name) {
            "scope" => self.scope(call),
            "live_session" => self.session(call),
            "pipeline" => self.pipeline(call),
            "plug" => self.plug(call),
            "pipe_through" => self.pipe_through(call),
            "resources" => self.resources(call),
            "get" | "head" | "options" => self.route(call, Method::Get, 0),
            "post" | "put" | "patch" | "delete" | "connect" | "trace" => {
                self.route(call, Method::Other, 0)
            }
            "match" => self.route(call, Method::Other, 1),
            "live" => self.route(call, Method::Live, 0),
            "forward" => {}
            name if HARMLESS.contains(&name) => {}
            _ => self.unknown(call),
        }
    }

    fn at(&self, call: &CallFacts) -> At {
        At {
            file: self.project.file_of_module(self.router),
            span: call.span,
        }
    }

    fn option<'c>(&self, call: &'c CallFacts, key: &str) -> Option<&'c Shape> {
        call.arguments.last()?.get(self.project.name(key)?)
    }

    /// A frame with what is around it.
    fn frame(&self, call: &CallFacts) -> Frame {
        let outer = self.frames.last();
        Frame {
            span: call.span,
            path: outer.map_or(Some(String::new()), |it| it.path.clone()),
            alias: outer.map_or(Some(String::new()), |it| it.alias.clone()),
            through: outer.map_or(Some(Vec::new()), |it| it.through.clone()),
            session: outer.and_then(|it| it.session),
            pipeline: None,
        }
    }

    fn scope(&mut self, call: &CallFacts) {
        let mut frame = self.frame(call);
        let path = match call.arguments.first() {
            Some(Shape::Keywords(_)) => self.option(call, "path"),
            path => path,
        };
        if let Some(path) = path {
            frame.path = self.path_below(frame.path, path);
        }
        let written = match call.arguments.as_slice() {
            [_, alias @ (Shape::Module(_) | Shape::Unknown), ..] => Some(alias),
            _ => self.option(call, "alias"),
        };
        frame.alias = match (written, frame.alias) {
            (None, outer) => outer,
            (Some(Shape::Module(name)), Some(outer)) => {
                Some(join(&outer, self.project.text(*name)))
            }
            (Some(Shape::Atom(name)), _) if self.project.is(*name, "false") => Some(String::new()),
            _ => None,
        };
        self.frames.push(frame);
    }

    fn session(&mut self, call: &CallFacts) {
        let mut frame = self.frame(call);
        let session = Session {
            at: self.at(call),
            // Options that are computed may hold one.
            mounts: call.arguments.len() > 1
                && (self.option(call, "on_mount").is_some()
                    || !matches!(call.arguments.last(), Some(Shape::Keywords(_)))),
        };
        self.routes.sessions.push(session);
        frame.session = Some(session);
        self.frames.push(frame);
    }

    fn pipeline(&mut self, call: &CallFacts) {
        let mut frame = self.frame(call);
        let name = call.arguments.first().and_then(Shape::atom);
        let name = name.map_or(String::new(), |it| self.project.text(it).to_owned());
        frame.pipeline = Some(self.routes.pipelines.len());
        self.routes.pipelines.push((name, Vec::new()));
        self.frames.push(frame);
    }

    fn plug(&mut self, call: &CallFacts) {
        let Some(index) = self.frames.last().and_then(|it| it.pipeline) else {
            return;
        };
        let name = call.arguments.first().and_then(|it| self.name(it));
        let pipeline = &mut self.routes.pipelines[index].1;
        pipeline.push(name.unwrap_or_default());
    }

    fn pipe_through(&mut self, call: &CallFacts) {
        let names: Option<Vec<String>> = match call.arguments.first() {
            Some(Shape::List(all)) => all.iter().map(|it| self.name(it)).collect(),
            Some(one) => self.name(one).map(|it| vec![it]),
            None => None,
        };
        let Some(frame) = self.frames.last_mut() else {
            return;
        };
        match (&mut frame.through, names) {
            (Some(through), Some(names)) => through.extend(names),
            (through, _) => *through = None,
        }
    }

    fn path_below(&self, outer: Option<String>, path: &Shape) -> Option<String> {
        let Shape::String(path) = path else {
            return None;
        };
        let inner = self.project.text(*path).trim_matches('/');
        let outer = outer?;
        Some(match inner {
            "" => outer,
            _ => format!("{outer}/{inner}"),
        })
    }

    fn name(&self, shape: &Shape) -> Option<String> {
        match shape {
            Shape::Atom(name) | Shape::Module(name) => Some(self.project.text(*name).to_owned()),
            _ => None,
        }
    }

    fn resources(&mut self, call: &CallFacts) {
        const ACTIONS: &[&str] = &["index", "edit", "new", "show", "create", "update", "delete"];
        let listed = |key: &str| match self.option(call, key) {
            Some(Shape::List(actions)) => {
                let names = actions.iter().map(Shape::atom);
                names.collect::<Option<Vec<_>>>().map(Some)
            }
            Some(_) => None,
            None => Some(None),
        };
        let singleton = self.option(call, "singleton").is_some();
        let (Some(only), Some(except)) = (listed("only"), listed("except")) else {
            return self.unknown(call);
        };
        let names: Vec<&str> = ACTIONS
            .iter()
            .copied()
            .filter(|it| {
                let is = |name: &Name| self.project.is(*name, it);
                let allowed = only.as_ref().is_none_or(|only| only.iter().any(is));
                let banned = except.as_ref().is_some_and(|except| except.iter().any(is));
                allowed && !banned && !(singleton && *it == "index" && only.is_none())
            })
            .collect();
        for name in names {
            let method = if matches!(name, "create" | "update" | "delete") {
                Method::Other
            } else {
                Method::Get
            };
            match self.project.name(name) {
                Some(action) => self.add(call, method, 0, Some(action)),
                // Nobody in the project so much as mentions it.
                None => self.routes.is_partial = true,
            }
        }
        let mut frame = self.frame(call);
        if let Some(alias) = self.option(call, "alias") {
            frame.alias = match (alias, frame.alias) {
                (Shape::Module(name), Some(outer)) => Some(join(&outer, self.project.text(*name))),
                _ => None,
            };
        }
        self.frames.push(frame);
    }

    fn route(&mut self, call: &CallFacts, method: Method, first: usize) {
        if call.arguments.len() < first + 2 {
            return;
        }
        let action = match call.arguments.get(first + 2) {
            Some(Shape::Atom(action)) => Some(*action),
            Some(Shape::Keywords(_) | Shape::List(_)) | None => None,
            Some(_) => return self.routes.is_partial = true,
        };
        if self.option(call, "alias").is_some() {
            return self.routes.is_partial = true;
        }
        self.add(call, method, first, action);
    }

    /// Adds the route of which the path is the argument of this number, and the module the next one.
    fn add(&mut self, call: &CallFacts, method: Method, first: usize, action: Option<Name>) {
        let module = call.arguments.get(first + 1);
        let frame = self.frame(call);
        let (Some(Shape::Module(module)), Some(alias)) = (module, frame.alias) else {
            return self.routes.is_partial = true;
        };
        let route = Route {
            at: self.at(call),
            method,
            path: self.path_below(frame.path, &call.arguments[first]),
            module: join(&alias, self.project.text(*module)),
            action,
            through: frame.through,
            session: frame.session,
            block: self.frames.last().map(|it| it.span.start),
        };
        self.routes.all.push(route);
    }

    /// What may add routes of its own, and change those inside.
    fn unknown(&mut self, call: &CallFacts) {
        self.routes.is_partial = true;
        let mut frame = self.frame(call);
        frame.alias = None;
        frame.through = None;
        self.frames.push(frame);
    }
}

fn join(outer: &str, inner: &str) -> String {
    if outer.is_empty() {
        inner.to_owned()
    } else {
        format!("{outer}.{inner}")
    }
}

/// Whether a plug, pipeline or hook of this name turns away whom it does not know.
pub(super) fn demands_login(name: &str) -> bool {
    let name: String = name
        .chars()
        .filter(|it| *it != '_')
        .flat_map(char::to_lowercase)
        .collect();
    let demands = [
        "requireauth",
        "ensureauth",
        "requireuser",
        "requirelogin",
        "requirelogged",
        "requireadmin",
        "ensureadmin",
        "ensurelogged",
        "ensureuser",
        "requiresuperuser",
    ];
    demands.iter().any(|it| name.contains(it))
        && !["redirectif", "maybe", "notauth"]
            .iter()
            .any(|it| name.contains(it))
}

impl Routes {
    /// Whether what the request goes through turns away whom it does not know; `None` where that is not known.
    pub fn is_guarded(&self, route: &Route) -> Option<bool> {
        let through = route.through.as_ref()?;
        Some(through.iter().any(|it| self.demands_login(it)))
    }

    fn demands_login(&self, name: &str) -> bool {
        let mut pipelines = self.pipelines.iter().filter(|(it, _)| it == name);
        demands_login(name) || pipelines.any(|(_, plugs)| plugs.iter().any(|it| demands_login(it)))
    }
}
