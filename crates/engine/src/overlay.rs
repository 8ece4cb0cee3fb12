use std::io;
use std::path::{Path, PathBuf};

use rustc_hash::FxHashMap;

use crate::read;

/// Texts that stand for files of the disk: what came through standard input, what fixes have changed.
#[derive(Clone, Debug, Default)]
pub struct Overlay {
    texts: FxHashMap<PathBuf, Vec<u8>>,
}

impl Overlay {
    pub(crate) fn set(&mut self, path: PathBuf, text: Vec<u8>) {
        self.texts.insert(path, text);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// Whether a text stands for this file.
    pub(crate) fn covers(&self, path: &Path) -> bool {
        self.texts.contains_key(path)
    }

    /// The bytes of a file.
    ///
    /// # Errors
    ///
    /// Those of reading it from the disk.
    pub(crate) fn bytes(&self, path: &Path) -> io::Result<Vec<u8>> {
        match self.texts.get(path) {
            Some(text) => Ok(text.clone()),
            None => read::whole(path),
        }
    }

    /// How many bytes it has, if it is there.
    pub(crate) fn size(&self, path: &Path) -> Option<u64> {
        match self.texts.get(path) {
            Some(text) => Some(text.len() as u64),
            None => Some(std::fs::metadata(path).ok()?.len()),
        }
    }

    /// The text, when there is just one.
    pub fn only(&self) -> Option<&[u8]> {
        let mut texts = self.texts.values();
        texts
            .next()
            .filter(|_| texts.next().is_none())
            .map(Vec::as_slice)
    }
}
