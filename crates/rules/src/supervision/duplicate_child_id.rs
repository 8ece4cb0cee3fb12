use exlint_facts::{Name, Shape};
use exlint_findings::Confidence;
use exlint_project::{At, Child, Item, Supervisor, SupervisorKind};

use crate::prelude::*;

/// Two children of a supervisor have the same id, or the same registered name.
///
/// A supervisor tells its children apart by their ids. Given two alike it does not start at all: `start_link` returns
/// `{:error, {:duplicate_child_name, id}}`, and with it the application fails. The id is the module unless the child
/// specification says otherwise, so the same module twice needs `Supervisor.child_spec(..., id: ...)`. Another id does not
/// help where the module registers its process under one name: the second start fails with `:already_started`, and the
/// supervisor with it.
///
/// # Bad
///
/// ```elixir
/// defmodule Shop.Supervisor do
///   use Supervisor
///
///   def init(_) do
///     children = [{Agent, fn -> [] end}, {Agent, fn -> %{} end}]
///     Supervisor.init(children, strategy: :one_for_one)
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Shop.Supervisor do
///   use Supervisor
///
///   def init(_) do
///     children = [
///       Supervisor.child_spec({Agent, fn -> [] end}, id: :orders),
///       Supervisor.child_spec({Agent, fn -> %{} end}, id: :prices)
///     ]
///
///     Supervisor.init(children, strategy: :one_for_one)
///   end
/// end
/// ```
///
/// Ids that are computed are not compared, nor are those of libraries whose child specification is not known. Children
/// in two branches of one condition are never started together.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Supervision, confidence = High, scope = Project)]
#[serde(default)]
pub struct DuplicateChildId {}

impl Rule for DuplicateChildId {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

impl DuplicateChildId {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        for supervisor in &project.tree().supervisors {
            if supervisor.kind == SupervisorKind::Static {
                check_children(project, supervisor, cx);
            }
        }
    }
}

fn check_children(project: &Project, supervisor: &Supervisor, cx: &mut ProjectCx) {
    let children: Vec<&Child> = supervisor.children.iter().filter_map(Item::child).collect();
    for (second, nth) in children.iter().zip(0..) {
        let earlier = children[..nth].iter().filter(|it| may_meet(it, second));
        let mut clashes = earlier.filter_map(|first| {
            let same = Same::of(project, first, second)?;
            Some((first, same, second.apart_from(first)?))
        });
        if let Some((first, same, places)) = clashes.next() {
            report((first, second), &same, places, cx);
        }
    }
}

/// What two children have in common and must not.
enum Same {
    Id(String),
    Name(String),
}

impl Same {
    fn of(project: &Project, first: &Child, second: &Child) -> Option<Same> {
        if let Some(id) = second
            .id
            .as_ref()
            .filter(|it| first.id.as_ref() == Some(it))
        {
            return Some(Same::Id(id_text(project, id)));
        }
        let name = project.registered_as(second)?;
        (project.registered_as(first) == Some(name))
            .then(|| Same::Name(project.text(name).to_owned()))
    }
}

fn report(
    (first, second): (&Child, &Child),
    same: &Same,
    (at, other): (At, At),
    cx: &mut ProjectCx,
) {
    let (message, label, help) = match same {
        Same::Id(id) => (
            format!("two children of one supervisor have the id `{id}`, so that it does not start"),
            format!("the first child with the id `{id}`"),
            "give one of them another id: `Supervisor.child_spec(child, id: ...)`",
        ),
        Same::Name(name) => (
            format!(
                "two children of one supervisor are registered as `{name}`, so that it does not start"
            ),
            format!("the first child named `{name}`"),
            "start the process once, or give each one a name of its own",
        ),
    };
    let finding = cx.report(at.file, at.span, message);
    finding.label_in(other.file, other.span, label).help(help);
    if !first.branches.is_empty() || !second.branches.is_empty() {
        finding.confidence(Confidence::Medium);
    }
}

/// Whether two children may be started together: one of them always is, or both are in the same branches.
fn may_meet(first: &Child, second: &Child) -> bool {
    !first.excludes(second)
        && (first.branches.is_empty()
            || second.branches.is_empty()
            || first.branches == second.branches)
}

fn id_text(project: &Project, id: &Shape) -> String {
    let text = |name: &Name| project.text(*name).to_owned();
    match id {
        Shape::Module(name) => text(name),
        Shape::Atom(name) => format!(":{}", project.text(*name)),
        Shape::String(name) => format!("{:?}", project.text(*name)),
        Shape::Int(number) => number.to_string(),
        Shape::Tuple(parts) => {
            let parts: Vec<_> = parts.iter().map(|it| id_text(project, it)).collect();
            format!("{{{}}}", parts.join(", "))
        }
        _ => "?".to_owned(),
    }
}
