//! Files are written beside the place where they belong and put there when they are complete, so that nobody ever sees
//! half of one.
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::NamedTempFile;

/// The files that are neither complete nor given up; some may be gone.
static UNFINISHED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Puts `bytes` in the place of a file at once. A file that is there keeps its permissions, and a link to it stays a
/// link.
///
/// # Errors
///
/// Those of writing.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let mut file = temporary_in(folder_of(&path))?;
    file.write_all(bytes)?;
    if let Ok(metadata) = path.metadata() {
        file.as_file().set_permissions(metadata.permissions())?;
    }
    put_in_place(file, &path)
}

/// Puts `bytes` at once where no file is yet.
///
/// # Errors
///
/// Those of writing; `AlreadyExists` when something is there.
pub fn create(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = temporary_in(folder_of(path))?;
    file.write_all(bytes)?;
    let _held = unfinished();
    file.persist_noclobber(path)?;
    Ok(())
}

/// A file that is gone unless it is put in its place, with the rights that any file made here would have.
///
/// # Errors
///
/// Those of making a file.
pub fn temporary_in(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".exlint-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let mut unfinished = unfinished();
    let file = builder.tempfile_in(folder)?;
    unfinished.push(file.path().to_owned());
    Ok(file)
}

/// Puts a complete file where it belongs, in the place of what is there.
///
/// # Errors
///
/// Those of renaming; the file is gone then.
pub fn put_in_place(file: NamedTempFile, path: &Path) -> io::Result<()> {
    let _held = unfinished();
    file.persist(path)?;
    Ok(())
}

/// Removes every file that is not complete, and lets none be begun or put in its place any more: the process is about to
/// end.
pub fn abandon_files() {
    let unfinished = unfinished();
    for path in unfinished.iter() {
        // Their names are random: what was put in its place is no longer there, and nothing else is.
        let _ = std::fs::remove_file(path);
    }
    std::mem::forget(unfinished);
}

fn unfinished() -> MutexGuard<'static, Vec<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

fn folder_of(path: &Path) -> &Path {
    let folder = path.parent();
    let folder = folder.filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}
