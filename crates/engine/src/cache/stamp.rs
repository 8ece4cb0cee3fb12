//! Whether a file was written to, as its folder tells.
use std::fs::Metadata;
use std::path::Path;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

/// A file may change again within this time and keep its time stamps: the coarsest that file systems count in.
pub(super) const COARSEST: Duration = Duration::from_secs(2);

/// Size and times of a file. Two that are equal mean the same content, if the first was taken when the file had been
/// left alone for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stamp {
    size: u64,
    /// When its content was last written, as anyone may set it.
    modified: SystemTime,
    /// When anything of it last changed, in seconds and nanoseconds, which nobody can set.
    changed: (i64, i64),
}

impl Stamp {
    pub(super) fn of(path: &Path) -> Option<Stamp> {
        let metadata = path.metadata().ok()?;
        Some(Stamp {
            size: metadata.len(),
            modified: metadata.modified().ok()?,
            changed: changed(&metadata),
        })
    }

    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// Whether the file has been left alone long enough before `now` for a change since then to show.
    pub(super) fn is_settled(&self, now: SystemTime) -> bool {
        let Ok(now) = now.duration_since(SystemTime::UNIX_EPOCH) else {
            return false;
        };
        let modified = self.modified.duration_since(SystemTime::UNIX_EPOCH);
        let settled = now.saturating_sub(COARSEST);
        modified.is_ok_and(|modified| modified < settled)
            && self.changed.0 < settled.as_secs() as i64
    }
}

#[cfg(unix)]
fn changed(metadata: &Metadata) -> (i64, i64) {
    use std::os::unix::fs::MetadataExt;
    (metadata.ctime(), metadata.ctime_nsec())
}

#[cfg(not(unix))]
fn changed(_: &Metadata) -> (i64, i64) {
    (0, 0)
}
