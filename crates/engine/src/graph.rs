//! The servers of the targets and their messages, with the findings that lie on them.
use exlint_findings::{FileId, Finding, GraphMessage, Mark, MessageGraph, Place, Span};
use exlint_project::Project;
use exlint_rules::Family;

use crate::linked::Linked;
use crate::{Error, Failure, Request, in_pool};

/// The servers of the targets and their messages, and what could not be read.
pub fn message_graph(request: &Request) -> Result<(MessageGraph, Vec<Failure>), Error> {
    in_pool(request, || {
        let mut linked = Linked::of(request)?;
        let mut findings = linked.findings();
        findings.retain(|it| is_about_processes(request, it));
        crate::outcome::sort(&mut findings);
        let mut graph = linked.project.message_graph();
        for finding in &findings {
            mark(&linked.project, &mut graph, finding);
        }
        graph.places().for_each(|place| linked.name(place));
        Ok((graph, linked.failures))
    })?
}

fn is_about_processes(request: &Request, finding: &Finding) -> bool {
    let rule = request.settings.rule(&finding.rule);
    rule.is_some_and(|it| it.meta.family == Family::Process)
}

/// Marks the messages that a finding is about; if there are none, the process it stands in.
fn mark(project: &Project, graph: &mut MessageGraph, finding: &Finding) {
    let mark = Mark {
        rule: finding.rule.to_string(),
        level: finding.level,
        message: finding.message.clone(),
        place: Place::new(finding.file, finding.span),
    };
    let mut is_on_message = false;
    let messages = graph.edges.iter_mut().flat_map(|edge| &mut edge.messages);
    for message in messages.filter(|it| lies_on(finding, it)) {
        message.findings.push(mark.clone());
        is_on_message = true;
    }
    let module = project.module_at(finding.file, finding.span);
    if let Some(module) = module.filter(|_| !is_on_message) {
        let place = Place::new(project.file_of_module(module), project.module(module).span);
        let processes = graph.processes.iter_mut();
        let around = processes.filter(|it| it.kind.is_some() && it.place == place);
        around.for_each(|it| it.findings.push(mark.clone()));
    }
}

/// Whether a finding stands where the message is sent, or tells the whole way there.
fn lies_on(finding: &Finding, message: &GraphMessage) -> bool {
    let own = (finding.file, finding.span);
    let labels = || {
        let labels = finding.labels.iter();
        labels.map(|it| (it.file.unwrap_or(finding.file), it.span))
    };
    let tells = |place: &(FileId, Span)| *place == own || labels().any(|it| it == *place);
    let mut ways = message.ways.iter();
    ways.any(|way| way.last() == Some(&own) || way.iter().all(tells))
}
