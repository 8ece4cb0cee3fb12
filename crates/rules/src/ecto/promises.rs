//! What changesets promise of the database: `unique_constraint`, `foreign_key_constraint` and their like.
use exlint_facts::Shape;
use exlint_project::{CallId, ModuleId, Project};

use super::database::text;
use crate::prelude::*;

/// A call in the module of a schema that waits for a constraint of its table.
pub(super) struct Promise {
    pub module: ModuleId,
    pub table: String,
    pub call: CallId,
}

/// The calls of these functions in modules of schemas.
pub(super) fn promises(project: &Project, cx: &ProjectCx, functions: &[&str]) -> Vec<Promise> {
    let mut found = Vec::new();
    for module in project.modules() {
        if !cx.covers(project.role_of_module(module)) {
            continue;
        }
        let Some(table) = table_of(project, module) else {
            continue;
        };
        let clauses = project
            .functions_of(module)
            .flat_map(|it| project.clauses_of(it));
        for (call, facts) in clauses.flat_map(|it| project.calls_of(it)) {
            if !facts.is_capture && functions.contains(&project.text(facts.name)) {
                let table = table.clone();
                found.push(Promise {
                    module,
                    table,
                    call,
                });
            }
        }
    }
    found
}

/// The table of a schema, unless some of its fields have columns of other names.
fn table_of(project: &Project, module: ModuleId) -> Option<String> {
    let body = &project.module(module).body;
    let source = project.name("source");
    let renames = body.calls.iter().any(|call| {
        let options = call.arguments.last();
        project.is(call.name, "field")
            && source.is_some_and(|key| options.is_some_and(|it| it.get(key).is_some()))
    });
    if renames {
        return None;
    }
    let schema = body.calls.iter().find(|it| project.is(it.name, "schema"))?;
    text(project, schema.arguments.first()?)
}

impl Promise {
    pub fn argument<'p>(&self, project: &'p Project, nth: usize) -> Option<&'p Shape> {
        let argument = project.call(self.call).arguments.get(nth)?;
        Some(project.value(self.call.clause, argument))
    }

    /// The name of the constraint that it waits for; `None` where that is not known.
    pub fn expected_name(
        &self,
        project: &Project,
        default: impl FnOnce() -> String,
    ) -> Option<String> {
        let options = self.argument(project, 2);
        let given = |key: &str| options?.get(project.name(key)?);
        if given("match").is_some() || options.is_some_and(|it| !matches!(it, Shape::Keywords(_))) {
            return None;
        }
        let name = match given("name") {
            Some(name) => text(project, name)?,
            None => default(),
        };
        // The database cuts longer names.
        (name.len() <= 63 && !name.ends_with("_pkey") && name != "PRIMARY").then_some(name)
    }
}
