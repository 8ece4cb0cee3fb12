use std::io::{self, Write};
use std::path::Path;

/// Puts `bytes` in the place of a file at once, so that nobody ever sees half of them. A file that is there keeps its
/// permissions, and a link to it stays a link.
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
    file.persist(&path)?;
    Ok(())
}

/// Puts `bytes` at once where no file is yet.
///
/// # Errors
///
/// Those of writing; `AlreadyExists` when something is there.
pub fn create(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = temporary_in(folder_of(path))?;
    file.write_all(bytes)?;
    file.persist_noclobber(path)?;
    Ok(())
}

/// A file that is gone unless it is put in the place of another, with the rights that any file made here would have.
///
/// # Errors
///
/// Those of making a file.
pub fn temporary_in(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".exlint-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}

fn folder_of(path: &Path) -> &Path {
    let folder = path.parent();
    let folder = folder.filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}
