use exlint_facts::Shape;
use exlint_project::{CallId, ClauseId, Target};

use crate::{
    app::{is_worker, production, repo_function},
    prelude::*,
};

/// Gives a job arguments that JSON does not bring back.
///
/// Arguments are stored as JSON. A tuple, a pid or a function cannot be encoded, and the insert raises; a struct comes
/// back, if at all, as a plain map with string keys, holding what was true when the job was inserted rather than what
/// is true when it runs.
///
/// # Bad
///
/// ```elixir
/// defmodule Shop.Mails do
///   def welcome(%Shop.User{} = user), do: Oban.insert(Shop.MailWorker.new(%{user: user}))
/// end
///
/// defmodule Shop.MailWorker do
///   use Oban.Worker
///
///   @impl Oban.Worker
///   def perform(%Oban.Job{args: %{"user" => user}}), do: Shop.Mailer.welcome(user)
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Shop.Mails do
///   def welcome(%Shop.User{} = user), do: Oban.insert(Shop.MailWorker.new(%{user_id: user.id}))
/// end
///
/// defmodule Shop.MailWorker do
///   use Oban.Worker
///
///   @impl Oban.Worker
///   def perform(%Oban.Job{args: %{"user_id" => id}}), do: Shop.Mailer.welcome(Shop.Users.get!(id))
/// end
/// ```
///
/// Dates, times and decimals become strings, which is usual, and are not reported.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Jobs, confidence = High, scope = Project)]
pub struct ObanRichArgs {}

impl Rule for ObanRichArgs {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

impl ObanRichArgs {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        let Some(new) = project.name("new") else {
            return;
        };
        for clause in production(project) {
            for (call, facts) in project.calls_of(clause) {
                if facts.name != new || facts.is_capture || !builds_job(project, call) {
                    continue;
                }
                let arguments = facts.arguments.first();
                let Some(arguments) = arguments.map(|it| project.value(clause, it)) else {
                    continue;
                };
                if let Shape::Struct(name, _) = arguments {
                    whole(project, call, project.text(*name), cx);
                    continue;
                }
                for (key, value) in arguments.pairs() {
                    let Some(what) = lost(project, clause, value) else {
                        continue;
                    };
                    let key = project.text(*key);
                    let at = project.at(call);
                    cx.report(
                        at.file,
                        at.span,
                        format!("the argument `{key}` of the job is {what}"),
                    )
                    .help("pass the id, and load the rest when the job runs");
                }
            }
        }
    }
}

/// `Worker.new(...)`, where `use Oban.Worker` has defined it.
fn builds_job(project: &Project, call: CallId) -> bool {
    let Target::External(module) = project.target(call) else {
        return false;
    };
    let module = project.find_module(*module, project.file_of(call.clause));
    module.is_some_and(|it| {
        is_worker(project, it)
            && !project
                .module(it)
                .body
                .calls
                .iter()
                .any(|it| project.is(it.name, "args_schema"))
    })
}

/// What JSON does not bring back, in words.
fn lost(project: &Project, clause: ClauseId, value: &Shape) -> Option<String> {
    match project.value(clause, value) {
        Shape::Tuple(_) => Some("a tuple, which JSON cannot hold".to_owned()),
        Shape::Closure(_) => Some("a function, which JSON cannot hold".to_owned()),
        Shape::Call(index) => {
            let id = CallId {
                clause,
                index: *index,
            };
            if project.is_to(id, "Kernel", "self", 0) {
                return Some("a pid, which JSON cannot hold".to_owned());
            }
            made_by(project, id)
        }
        Shape::Struct(name, _) => a_struct(project.text(*name)),
        Shape::Parameter(nth) => match project.clause(clause).parameters.get(*nth as usize)? {
            Shape::Struct(name, _) => a_struct(project.text(*name)),
            _ => None,
        },
        _ => None,
    }
}

/// What functions of Ecto give: changesets, and rows.
fn made_by(project: &Project, id: CallId) -> Option<String> {
    let name = project.text(project.call(id).name);
    if project.external_module(id) == Some("Ecto.Changeset") {
        let is_one = matches!(name, "change" | "cast" | "put_change");
        return is_one.then(|| "a changeset, which JSON cannot hold".to_owned());
    }
    let gives_row = repo_function(project, id).is_some_and(|it| ROWS.contains(&it));
    gives_row.then(|| "a row, which comes back as a map with string keys, if at all".to_owned())
}

/// Functions of a repository that give a row, as it is.
const ROWS: &[&str] = &[
    "get", "get!", "get_by", "get_by!", "insert!", "update!", "reload", "reload!",
];

/// `%Args{} |> Worker.new()`
fn whole(project: &Project, call: CallId, name: &str, cx: &mut ProjectCx) {
    let at = project.at(call);
    cx.report(
        at.file,
        at.span,
        format!("the arguments of the job are a `%{name}{{}}`, where a map is wanted"),
    )
    .help("make a map of it: `Map.from_struct/1`, or write the map out");
}

fn a_struct(name: &str) -> Option<String> {
    let is_text = matches!(
        name,
        "Date" | "Time" | "DateTime" | "NaiveDateTime" | "Decimal" | "Version" | "URI"
    );
    (!is_text).then(|| format!("a `%{name}{{}}`, which comes back as a map with string keys"))
}
