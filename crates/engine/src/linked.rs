//! The project of the targets, linked from what its files tell.
use exlint_facts::FileFacts;
use exlint_findings::{FileId, Finding, Place, Source};
use exlint_project::Project;
use rustc_hash::FxHashMap;

use crate::analyse::Analysed;
use crate::cache::Kept;
use crate::discover::{Found, discover};
use crate::guard::guarded;
use crate::outcome::Failure;
use crate::scopes::Scopes;
use crate::timing::Timing;
use crate::{Error, Request, analyse_all, project, read, take_findings, unsuppressed};

pub(crate) struct Linked<'r> {
    request: &'r Request<'r>,
    found: Vec<Found>,
    files: Vec<Analysed>,
    scopes: Scopes,
    pub(crate) project: Project,
    /// What could not be read.
    pub(crate) failures: Vec<Failure>,
    sources: FxHashMap<FileId, Option<Source>>,
}

impl<'r> Linked<'r> {
    pub(crate) fn of(request: &'r Request<'r>) -> Result<Self, Error> {
        let (mut found, mut failures) = discover(request.targets, request.settings);
        let scopes = Scopes::sort(request.settings, request.targets, &mut found)?;
        let mut kept = Kept::open(request, &scopes, &found);
        kept.load();
        let mut files = analyse_all(request, &scopes, &found, &kept);
        failures.extend(files.iter_mut().flat_map(|file| file.failures.drain(..)));
        let facts: Vec<FileFacts> = files
            .iter_mut()
            .map(|file| std::mem::take(&mut file.facts))
            .collect();
        let linked = guarded(|| Project::link(facts, &scopes.tables));
        let project = linked.unwrap_or_else(|panic| {
            let message = format!("internal error while linking the project: {panic}");
            let path = None;
            failures.push(Failure { path, message });
            Project::link(Vec::new(), &scopes.tables)
        });
        Ok(Linked {
            request,
            found,
            files,
            scopes,
            project,
            failures,
            sources: FxHashMap::default(),
        })
    }

    /// What the rules find, but for what is suppressed.
    pub(crate) fn findings(&mut self) -> Vec<Finding> {
        let mut timing = Timing::default();
        let mut findings = take_findings(&mut self.files);
        let checked = project::run_rules(&self.scopes, &self.project, &mut timing);
        findings.extend(checked.findings);
        self.failures.extend(checked.failures);
        unsuppressed(self.request, &self.scopes, &mut self.files, findings, false).kept
    }

    /// Says where a place is, in the words of its reader.
    pub(crate) fn name(&mut self, place: &mut Place) {
        if let Some(source) = self.source(place.file) {
            place.path.clone_from(&source.path);
            place.line = source.line(place.span.start);
        }
    }

    /// Reads a file again that something is shown of.
    fn source(&mut self, file: FileId) -> Option<&Source> {
        let (request, found) = (self.request, &self.found);
        let read = || {
            let found = found.get(file.0 as usize)?;
            let text = read::read(&found.disk, request.overlay).ok()?;
            Some(Source::new(request.targets.show(&found.disk), text.text))
        };
        self.sources.entry(file).or_insert_with(read).as_ref()
    }
}
