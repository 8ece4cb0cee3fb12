//! The supervision tree of the targets, with the places of its nodes.
use exlint_findings::{Place, ProcessNode};

use crate::linked::Linked;
use crate::{Error, Failure, Request, in_pool};

/// The supervision tree of the targets, and what could not be read.
pub fn supervision_tree(request: &Request) -> Result<(Vec<ProcessNode>, Vec<Failure>), Error> {
    in_pool(request, || {
        let mut linked = Linked::of(request)?;
        let mut nodes = linked.project.outline();
        nodes.iter_mut().for_each(|node| name(node, &mut linked));
        Ok((nodes, linked.failures))
    })?
}

fn name(node: &mut ProcessNode, linked: &mut Linked) {
    let mut place = Place::new(node.file, node.span);
    linked.name(&mut place);
    (node.path, node.line) = (place.path, place.line);
    node.children
        .iter_mut()
        .for_each(|child| name(child, linked));
}
