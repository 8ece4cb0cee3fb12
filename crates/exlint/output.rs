//! Where output goes. A reader who closes the pipe has read enough: that is no error.
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, ErrorKind, StdoutLock, Write};
use std::path::{Path, PathBuf};

use exlint_engine::Error;
use tempfile::NamedTempFile;

use crate::{End, Stop};

/// Standard output, or a file that is there only when it is complete.
pub enum Output {
    /// Standard error, where standard output holds something else.
    Error(io::Stderr),
    Standard(BufWriter<StdoutLock<'static>>),
    /// A file beside the one to be replaced.
    Complete(BufWriter<NamedTempFile>, PathBuf),
    /// Something that is no file, such as a device or a pipe, cannot be replaced.
    Device(BufWriter<File>, PathBuf),
}

impl Output {
    pub fn open(path: Option<&Path>) -> Result<Output, Stop> {
        let is_standard =
            |path: &&Path| *path == Path::new("-") || *path == Path::new("/dev/stdout");
        let Some(path) = path.filter(|path| !is_standard(path)) else {
            return Ok(Output::Standard(BufWriter::new(io::stdout().lock())));
        };
        let failed = |error: io::Error| Stop::Output {
            path: path.display().to_string(),
            error,
        };
        if path.is_dir() {
            return Err(failed(ErrorKind::IsADirectory.into()));
        }
        // `/dev/stderr` may well lead to a file, which others write to as well.
        if path.starts_with("/dev") || (path.exists() && !path.is_file()) {
            let device = OpenOptions::new().append(true).open(path).map_err(failed)?;
            return Ok(Output::Device(BufWriter::new(device), path.to_owned()));
        }
        // A link stays, and what it leads to is replaced.
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder).map_err(failed)?;
        let file = exlint_engine::temporary_in(folder).map_err(failed)?;
        Ok(Output::Complete(BufWriter::new(file), path))
    }

    pub fn error() -> Output {
        Output::Error(io::stderr())
    }

    pub fn is_file(&self) -> bool {
        matches!(self, Output::Complete(..) | Output::Device(..))
    }

    /// Hands out what is still held back, and puts the file in its place.
    pub fn finish(self) -> Result<(), Stop> {
        match self {
            Output::Error(mut out) => Ok(out.flush()?),
            Output::Standard(mut out) => {
                Ok(forgive_closed_pipe(out.flush()).map_err(about_standard)?)
            }
            Output::Device(mut out, path) => Ok(out.flush().map_err(about(&path))?),
            Output::Complete(out, path) => {
                let file = out.into_inner().map_err(io::IntoInnerError::into_error);
                let file = file.map_err(about(&path))?;
                let put = exlint_engine::put_in_place(file, &path);
                put.map_err(|error| Stop::Output {
                    path: path.display().to_string(),
                    error,
                })
            }
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Output::Error(out) => out.write(bytes),
            Output::Standard(out) => match out.write(bytes) {
                Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(bytes.len()),
                result => result.map_err(about_standard),
            },
            Output::Complete(out, path) => out.write(bytes).map_err(about(path)),
            Output::Device(out, path) => out.write(bytes).map_err(about(path)),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Output::Error(out) => out.flush(),
            Output::Standard(out) => forgive_closed_pipe(out.flush()).map_err(about_standard),
            Output::Complete(out, path) => out.flush().map_err(about(path)),
            Output::Device(out, path) => out.flush().map_err(about(path)),
        }
    }
}

fn about(path: &Path) -> impl Fn(io::Error) -> io::Error {
    move |error| named(error, &format!("`{}`", path.display()))
}

fn about_standard(error: io::Error) -> io::Error {
    named(error, "standard output")
}

/// Says what an error is about; what was interrupted is tried again, and stays as it is.
fn named(error: io::Error, what: &str) -> io::Error {
    match error.kind() {
        ErrorKind::Interrupted => error,
        kind => io::Error::new(kind, format!("{what}: {error}")),
    }
}

/// Prints to standard output.
pub fn print(text: &str) -> Result<End, Stop> {
    let mut out = Output::open(None)?;
    out.write_all(text.as_bytes())?;
    out.finish()?;
    Ok(End::Clean)
}

/// Prints each file as Elixir's quoted expression; several under their names.
pub fn quoted(files: &[PathBuf]) -> Result<End, Stop> {
    let work = || -> Result<End, Stop> {
        let mut out = Output::open(None)?;
        for path in files {
            let text = std::fs::read_to_string(path).map_err(|error| Error::Unreadable {
                path: path.clone(),
                error,
            })?;
            let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
            if files.len() > 1 {
                writeln!(out, "# {}", path.display())?;
            }
            writeln!(
                out,
                "{}",
                exlint_syntax::quoted(&exlint_syntax::parse(text)).trim_end()
            )?;
        }
        out.finish()?;
        Ok(End::Clean)
    };
    // Deeply nested source needs more stack than the main thread has.
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new()
            .stack_size(exlint_engine::STACK)
            .spawn_scoped(scope, work)?;
        thread
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

fn forgive_closed_pipe(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}
