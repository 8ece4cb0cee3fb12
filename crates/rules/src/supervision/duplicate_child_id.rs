use exlint_facts::{Name, Shape};
use exlint_findings::Confidence;
use exlint_project::{Child, Item, Supervisor, SupervisorKind};

use crate::prelude::*;

/// Two children of a supervisor have the same id.
///
/// A supervisor tells its children apart by their ids. Given two alike it does not start at all: `start_link` returns
/// `{:error, {:duplicate_child_name, id}}`, and with it the application fails. The id is the module unless the child
/// specification says otherwise, so the same module twice needs `Supervisor.child_spec(..., id: ...)`.
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
        let Some(id) = &second.id else { continue };
        let earlier = &children[..nth];
        let Some(first) = earlier
            .iter()
            .find(|it| it.id.as_ref() == Some(id) && may_meet(it, second) && it.at != second.at)
        else {
            continue;
        };
        let text = id_text(project, id);
        let finding = cx.report(
            second.at.file,
            second.at.span,
            format!(
                "two children of one supervisor have the id `{text}`, so that it does not start"
            ),
        );
        finding
            .label_in(
                first.at.file,
                first.at.span,
                format!("the first child with the id `{text}`"),
            )
            .help("give one of them another id: `Supervisor.child_spec(child, id: ...)`");
        if !first.branches.is_empty() || !second.branches.is_empty() {
            finding.confidence(Confidence::Medium);
        }
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
