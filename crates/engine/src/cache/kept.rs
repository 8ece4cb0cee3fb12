//! The results of the run before, as far as they still hold, and those of this one.
use std::borrow::Cow;
use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use exlint_facts::FileFacts;
use exlint_findings::{FileId, Finding};
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use super::stamp::Stamp;
use super::store::{self, Place, Records, Writer};
use super::{Cache, key, sound};
use crate::analyse::Analysed;
use crate::discover::Found;
use crate::scopes::Scopes;
use crate::suppress::Suppression;
use crate::{Request, read};

/// When more files than this, and more than one in as many, had to be read to tell that they are the same, it is worth
/// noting their stamps down.
const WORN: usize = 20;

#[derive(Default, Serialize, Deserialize)]
pub(super) struct Index<'a> {
    pub(super) entries: Cow<'a, [Entry]>,
    whole: Option<Whole<'a>>,
}

/// A file that a run has seen.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Entry {
    path: String,
    /// `None` when the file had just been written, so that it may have changed again since then.
    stamp: Option<Stamp>,
    /// In bytes.
    size: u64,
    pub(super) hash: u128,
    scope: u64,
    /// Whether its findings were asked for.
    checked: bool,
    pub(super) record: Place,
}

/// What a run as a whole found, suppressions applied, in the files that were checked.
#[derive(Serialize, Deserialize)]
struct Whole<'a> {
    judged: Judged,
    findings: Cow<'a, [Finding]>,
}

/// What the judgement of suppressions depends on.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Judged {
    whole: bool,
    narrowed: bool,
}

impl Judged {
    fn of(request: &Request) -> Judged {
        Judged {
            whole: request.targets.whole,
            narrowed: request.settings.layers.is_narrowed(),
        }
    }
}

/// What is known of the files of a run from the one before.
pub(crate) struct Kept<'a> {
    request: &'a Request<'a>,
    cache: Option<(&'a Cache, u128)>,
    index: Index<'static>,
    records: Option<Records>,
    /// By scope.
    keys: Vec<u64>,
    /// By file.
    looks: Vec<Look>,
    start: SystemTime,
    /// Whether anything of the run before was made use of.
    was_used: AtomicBool,
    /// Where the results of this run go.
    writer: Mutex<Option<Writer>>,
}

/// A file as it is found.
#[derive(Default)]
struct Look {
    stamp: Option<Stamp>,
    /// The entry that still holds.
    entry: Option<usize>,
    /// Whether its content had to be read to tell.
    was_read: bool,
}

impl<'a> Kept<'a> {
    /// Opens what there is, and looks which files are still the same.
    pub(crate) fn open(request: &'a Request, scopes: &Scopes, found: &[Found]) -> Kept<'a> {
        let mut kept = Kept {
            request,
            cache: None,
            index: Index::default(),
            records: None,
            keys: Vec::new(),
            looks: found.iter().map(|_| Look::default()).collect(),
            start: SystemTime::now(),
            was_used: AtomicBool::new(false),
            writer: Mutex::default(),
        };
        let Some(cache) = request.cache.filter(|cache| cache.is_safe()) else {
            return kept;
        };
        let Some(key) = key::of_run(request.settings, scopes) else {
            return kept;
        };
        kept.cache = Some((cache, key));
        kept.keys = scopes.all.iter().map(key::of_scope).collect();
        let opened = store::open::<Index>(&cache.file(key), key);
        let opened = opened.filter(|(index, records)| {
            let lengths = index.entries.iter().map(|entry| entry.record.length());
            let length = lengths.fold(0, u64::saturating_add);
            records.length() == length
        });
        if let Some((index, records)) = opened {
            (kept.index, kept.records) = (index, Some(records));
        }
        kept.look(scopes, found);
        kept
    }

    fn look(&mut self, scopes: &Scopes, found: &[Found]) {
        let entries = self.index.entries.iter().enumerate();
        let known: FxHashMap<&str, usize> = entries
            .map(|(index, entry)| (entry.path.as_str(), index))
            .collect();
        let files = found.par_iter().zip(scopes.indices());
        let looks = files.map(|(found, scope)| {
            let index = known.get(found.path.as_str()).copied();
            let entry = index.map(|index| &self.index.entries[index]);
            let fits =
                |entry: &&Entry| entry.scope == self.keys[*scope] && entry.checked >= found.asked;
            self.look_at(found, entry.filter(fits), index)
        });
        self.looks = looks.collect();
    }

    fn look_at(&self, found: &Found, entry: Option<&Entry>, index: Option<usize>) -> Look {
        let overlay = self.request.overlay;
        let is_laid_over = overlay.covers(&found.disk);
        let stamp = match is_laid_over {
            true => None,
            false => Stamp::of(&found.disk),
        };
        let mut look = Look {
            stamp,
            ..Look::default()
        };
        let Some(entry) = entry else {
            return look;
        };
        if let Some(now) = stamp
            && stamp == entry.stamp
            && now.size() == entry.size
        {
            look.entry = index;
        } else if is_laid_over || stamp.is_some_and(|stamp| stamp.size() == entry.size) {
            let hash = overlay.bytes(&found.disk).map(|bytes| read::hash(&bytes));
            look.was_read = true;
            look.entry = index.filter(|_| hash.is_ok_and(|hash| hash == entry.hash));
        }
        look
    }

    /// The files and findings of a run if nothing has changed since the one before.
    pub(crate) fn unchanged(&mut self) -> Option<(Vec<Analysed>, Vec<Finding>)> {
        let is_same = |(index, look): (usize, &Look)| look.entry == Some(index);
        let are_same = self.looks.len() == self.index.entries.len()
            && self.looks.iter().enumerate().all(is_same);
        let read = self.looks.iter().filter(|look| look.was_read).count();
        let is_worn = read > WORN.max(self.looks.len() / WORN);
        let judged = Judged::of(self.request);
        let whole = self.index.whole.take();
        let whole = whole.filter(|whole| are_same && !is_worn && whole.judged == judged)?;
        if !sound::name_files(&whole.findings, self.looks.len()) {
            return None;
        }
        self.was_used.store(true, Ordering::Relaxed);
        let files = self.index.entries.iter();
        let files = files.map(|entry| Analysed::unchanged(entry.size, entry.hash));
        Some((files.collect(), whole.findings.into_owned()))
    }

    /// Whether anything of the run before was made use of.
    pub(crate) fn was_used(&self) -> bool {
        self.was_used.load(Ordering::Relaxed)
    }

    /// Removes what turned out to be wrong.
    pub(crate) fn forget(&self) {
        if let Some((cache, key)) = self.cache {
            // What stays is forgotten with the next change.
            let _ = fs::remove_file(cache.file(key));
        }
    }

    /// Gets ready to read the records there are.
    pub(crate) fn load(&mut self) {
        if let Some(records) = &mut self.records
            && records.load().is_err()
        {
            self.records = None;
        }
    }

    /// Gets ready to write those of this run.
    pub(crate) fn begin(&mut self) {
        // What stands for a file may never be written to the disk.
        if let Some((cache, key)) = self.cache
            && self.request.overlay.is_empty()
        {
            let writer = cache.begin().and_then(|file| Writer::begin(file, key));
            self.writer = Mutex::new(writer.ok());
        }
    }

    /// What the run before found in a file, if that still holds.
    pub(crate) fn recall(&self, id: FileId) -> Option<Analysed> {
        let entry = &self.index.entries[self.looks[id.0 as usize].entry?];
        if entry.record.length() > sound::most_bytes(entry.size) {
            return None;
        }
        let bytes = self.records.as_ref()?.get(&entry.record)?;
        let record = Record::read(bytes)?;
        self.was_used.store(true, Ordering::Relaxed);
        let mut findings = record.findings.into_owned();
        findings.iter_mut().for_each(|finding| finding.file = id);
        Some(Analysed {
            facts: record.facts.into_owned(),
            suppressions: record.suppressions.into_owned(),
            findings,
            entry: self.rewrite(bytes, entry, id),
            ..Analysed::unchanged(entry.size, entry.hash)
        })
    }

    /// Notes down what a file has come to.
    pub(crate) fn remember(
        &self,
        id: FileId,
        found: &Found,
        scope: usize,
        analysed: &mut Analysed,
    ) {
        let is_whole = analysed.failures.is_empty() && analysed.is_complete();
        if !is_whole || !self.is_writing() {
            return;
        }
        let record = Record {
            facts: Cow::Borrowed(&analysed.facts),
            suppressions: Cow::Borrowed(&analysed.suppressions),
            findings: Cow::Borrowed(&analysed.findings),
        };
        let Ok(bytes) = postcard::to_allocvec(&record) else {
            return;
        };
        if bytes.len() as u64 > sound::most_bytes(analysed.bytes) {
            return;
        }
        analysed.entry = self.write(&bytes, xxh3_64(&bytes)).map(|record| Entry {
            path: found.path.clone(),
            stamp: self.stamp(id),
            size: analysed.bytes,
            hash: analysed.hash,
            scope: self.keys[scope],
            checked: found.asked,
            record,
        });
    }

    fn rewrite(&self, bytes: &[u8], entry: &Entry, id: FileId) -> Option<Entry> {
        self.write(bytes, entry.record.sum).map(|record| Entry {
            stamp: self.stamp(id),
            record,
            ..entry.clone()
        })
    }

    /// The stamp of a file, if it can be trusted later on.
    fn stamp(&self, id: FileId) -> Option<Stamp> {
        let stamp = self.looks[id.0 as usize].stamp;
        stamp.filter(|stamp| stamp.is_settled(self.start))
    }

    fn is_writing(&self) -> bool {
        self.lock().is_some()
    }

    /// Writes a record; after a failure, nothing more is written.
    fn write(&self, bytes: &[u8], sum: u64) -> Option<Place> {
        let mut writer = self.lock();
        let place = writer.as_mut()?.record(bytes, sum).ok();
        if place.is_none() {
            *writer = None;
        }
        place
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Writer>> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts the results of this run in the place of those of the one before. `findings` are those of the run as a
    /// whole, unless something was missing.
    pub(crate) fn save(&self, files: &mut [Analysed], findings: Option<&[Finding]>) {
        let Some((writer, (cache, key))) = self.lock().take().zip(self.cache) else {
            return;
        };
        let entries: Vec<Entry> = files.iter_mut().filter_map(|it| it.entry.take()).collect();
        let whole = findings.map(|findings| Whole {
            judged: Judged::of(self.request),
            findings: Cow::Borrowed(findings),
        });
        let index = Index {
            whole: whole.filter(|_| entries.len() == files.len()),
            entries: Cow::Owned(entries),
        };
        // Who cannot write has no cache, and all the same results.
        let _ = writer
            .finish(&index, &cache.file(key))
            .and_then(|()| cache.prune());
    }
}

/// What is kept of a file.
#[derive(Serialize, Deserialize)]
struct Record<'a> {
    facts: Cow<'a, FileFacts>,
    suppressions: Cow<'a, [Suppression]>,
    findings: Cow<'a, [Finding]>,
}

impl Record<'_> {
    /// The record that was written as these bytes, if it can have been.
    fn read(bytes: &[u8]) -> Option<Record<'static>> {
        let record: Record = postcard::from_bytes(bytes).ok()?;
        // The findings of one file are about no other.
        let is_own = |finding: &Finding| finding.labels.iter().all(|label| label.file.is_none());
        (record.facts.is_sound() && record.findings.iter().all(is_own)).then_some(record)
    }
}
