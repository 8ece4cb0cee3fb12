use exlint_facts::Shape;
use exlint_project::{CallId, Target};

use crate::{
    app::{Loop, is_maintenance, is_worker, loop_around, production},
    prelude::*,
};

/// Inserts jobs one by one.
///
/// Each insert is a round trip to the database and, outside a transaction, a commit. When the loop fails half way, some
/// of the jobs are there and some are not. `Oban.insert_all/1` inserts all of them in one statement.
///
/// # Bad
///
/// ```elixir
/// defmodule Shop.Mails do
///   def remind(ids) do
///     Enum.each(ids, fn id -> Oban.insert(Shop.MailWorker.new(%{id: id})) end)
///   end
/// end
///
/// defmodule Shop.MailWorker do
///   use Oban.Worker
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Shop.Mails do
///   def remind(ids) do
///     ids
///     |> Enum.map(fn id -> Shop.MailWorker.new(%{id: id}) end)
///     |> Oban.insert_all()
///   end
/// end
///
/// defmodule Shop.MailWorker do
///   use Oban.Worker
/// end
/// ```
///
/// `insert_all` does not look at `unique:`, so jobs of workers that are unique are left alone, and so are jobs whose
/// worker is not known.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Jobs, confidence = Medium, scope = Project)]
pub struct ObanInsertInLoop {}

impl Rule for ObanInsertInLoop {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

impl ObanInsertInLoop {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        for clause in production(project) {
            for (call, facts) in project.calls_of(clause) {
                let inserts = matches!(project.text(facts.name), "insert" | "insert!")
                    && project.external_module(call) == Some("Oban");
                if !inserts || !is_plain_job(project, call) || is_maintenance(project, clause) {
                    continue;
                }
                let Some(around) = loop_around(project, call) else {
                    continue;
                };
                let at = project.at(call);
                let finding = cx.report(
                    at.file,
                    at.span,
                    format!(
                        "`{}` inserts one job for each element",
                        project.callee_text(call)
                    ),
                );
                if let Loop::Over(each) = around {
                    let at = project.at(each);
                    finding.label_in(
                        at.file,
                        at.span,
                        "called for each element of the collection",
                    );
                }
                finding.help("build the jobs in the loop and insert them with `Oban.insert_all/1`");
            }
        }
    }
}

/// Whether the job is one of a worker that is known and not unique.
fn is_plain_job(project: &Project, insert: CallId) -> bool {
    let job = project
        .call(insert)
        .arguments
        .iter()
        .map(|it| project.value(insert.clause, it))
        .find_map(|it| match it {
            Shape::Call(index) => Some(CallId {
                clause: insert.clause,
                index: *index,
            }),
            _ => None,
        });
    let Some(job) = job.filter(|it| project.is(project.call(*it).name, "new")) else {
        return false;
    };
    let Target::External(module) = project.target(job) else {
        return false;
    };
    let Some(worker) = project.find_module(*module, project.file_of(insert.clause)) else {
        return false;
    };
    let unique = project.name("unique");
    let is_unique = unique.is_some_and(|key| {
        let mut uses = project.module(worker).uses.iter();
        uses.any(|it| it.argument.get(key).is_some())
            || project
                .call(job)
                .arguments
                .iter()
                .any(|it| it.get(key).is_some())
    });
    is_worker(project, worker) && !is_unique
}
