//! The supervision tree of the targets, with the places of its nodes.
use exlint_findings::{FileId, ProcessNode, Source};
use exlint_project::Project;
use rustc_hash::FxHashMap;

use crate::analyse::Analysed;
use crate::cache::Kept;
use crate::discover::{Found, discover};
use crate::outcome::Failure;
use crate::scopes::Scopes;
use crate::{Error, Request, analyse_all, in_pool, read};

/// The supervision tree of the targets, and what could not be read.
pub fn supervision_tree(request: &Request) -> Result<(Vec<ProcessNode>, Vec<Failure>), Error> {
    in_pool(request, || run(request))?
}

fn run(request: &Request) -> Result<(Vec<ProcessNode>, Vec<Failure>), Error> {
    let (mut found, mut failures) = discover(request.targets, request.settings);
    let scopes = Scopes::sort(request.settings, request.targets, &mut found)?;
    let mut kept = Kept::open(request, &scopes, &found);
    kept.load();
    let mut files: Vec<Analysed> = analyse_all(request, &scopes, &found, &kept);
    failures.extend(files.iter_mut().flat_map(|file| file.failures.drain(..)));
    let facts = files.into_iter().map(|file| file.facts).collect();
    let mut nodes = Project::link(facts, &scopes.tables).outline();
    let mut places = Places {
        request,
        found: &found,
        sources: FxHashMap::default(),
    };
    nodes.iter_mut().for_each(|node| places.fill(node));
    Ok((nodes, failures))
}

/// Reads the files again that nodes stand in.
struct Places<'r> {
    request: &'r Request<'r>,
    found: &'r [Found],
    sources: FxHashMap<FileId, Option<Source>>,
}

impl Places<'_> {
    fn fill(&mut self, node: &mut ProcessNode) {
        if let Some(source) = self.source(node.file) {
            node.path.clone_from(&source.path);
            node.line = source.line(node.span.start);
        }
        node.children.iter_mut().for_each(|child| self.fill(child));
    }

    fn source(&mut self, file: FileId) -> Option<&Source> {
        let (request, found) = (self.request, self.found);
        let read = || {
            let found = found.get(file.0 as usize)?;
            let text = read::read(&found.disk, request.overlay).ok()?;
            Some(Source::new(request.targets.show(&found.disk), text.text))
        };
        self.sources.entry(file).or_insert_with(read).as_ref()
    }
}
