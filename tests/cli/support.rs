//! Runs the built command in a scratch folder.
use std::fs;
#[cfg(unix)]
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// A folder with these files.
pub fn project(files: &[(&str, &[u8])]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (path, content) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a file has a folder")).expect("folders");
        fs::write(path, content).expect("a file");
    }
    folder
}

pub fn exlint(folder: &Path, arguments: &[&str]) -> Output {
    command(folder, arguments)
        .output()
        .expect("the command runs")
}

pub fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_exlint"));
    command
        .current_dir(folder)
        .args(arguments)
        .env_remove("NO_COLOR")
        .env_remove("CLICOLOR_FORCE")
        .env_remove("EXLINT_CACHE_DIR");
    command.stdin(Stdio::null());
    command
}

pub fn code(output: &Output) -> i32 {
    output
        .status
        .code()
        .unwrap_or_else(|| panic!("killed: {}", stderr(output)))
}

pub fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

pub fn json(output: &Output) -> serde_json::Value {
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", stderr(output)))
}

/// A module with one finding of `dynamic-atom` in each of these functions.
pub fn module(name: &str, functions: &[&str]) -> String {
    let functions: String = functions
        .iter()
        .map(|function| {
            format!(
                "  def {function}(params) do\n    String.to_atom(params[\"{function}\"])\n  end\n"
            )
        })
        .collect();
    format!("defmodule {name} do\n{functions}end\n")
}

/// `path:line rule` of each finding.
pub fn findings(folder: &Path, arguments: &[&str]) -> Vec<String> {
    let arguments = [&["check", "--format", "json"], arguments].concat();
    let output = exlint(folder, &arguments);
    let report = json(&output);
    let findings = report["findings"].as_array().expect("a list of findings");
    let place = |finding: &serde_json::Value| {
        let path = finding["path"].as_str().expect("a path");
        let rule = finding["rule"].as_str().expect("a name");
        format!("{path}:{} {rule}", finding["start"]["line"])
    };
    findings.iter().map(place).collect()
}

pub fn write(folder: &Path, path: &str, text: &str) {
    fs::write(folder.join(path), text).expect("a file");
}

pub fn read(folder: &Path, path: &str) -> String {
    fs::read_to_string(folder.join(path)).expect("a file")
}

/// The names of all formats that findings are reported in.
pub fn formats() -> impl Iterator<Item = &'static str> {
    exlint_report::Format::ALL.iter().map(|it| it.name())
}

/// As somebody, without settings of the machine.
pub fn git(folder: &Path, arguments: &[&str]) {
    let output = Command::new("git")
        .current_dir(folder)
        .args(["-c", "user.name=T", "-c", "user.email=t@example.org"])
        .args(arguments)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .output()
        .expect("git is there");
    assert!(output.status.success(), "{}", stderr(&output));
}

/// Runs as somebody who is not allowed everything; `None` where nobody else can be.
#[cfg(unix)]
pub fn as_nobody(folder: &Path, arguments: &[&str]) -> Option<Output> {
    let is_root = Command::new("id").arg("-u").output().ok()?.stdout == b"0\n";
    if !is_root {
        return Some(exlint(folder, arguments));
    }
    // The command may lie where only root gets.
    let place = tempfile::tempdir().expect("a folder");
    let copy = place.path().join("exlint");
    fs::copy(env!("CARGO_BIN_EXE_exlint"), &copy).expect("a copy");
    for path in [place.path(), folder] {
        let mode = fs::metadata(path).expect("a folder").permissions().mode();
        if mode & 0o055 != 0o055 {
            fs::set_permissions(path, PermissionsExt::from_mode(0o755)).expect("they are set");
        }
    }
    let output = Command::new("setpriv")
        .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
        .arg(copy)
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output();
    output.ok().filter(|it| it.status.code() != Some(127))
}
