//! What a run must not do: write where nobody asked it to, run what it reads, open connections.
#![cfg(unix)]
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::support::*;

/// All that tells whether somebody touched a file, a folder or a link.
#[derive(Clone, Debug, PartialEq)]
struct State {
    mode: u32,
    /// Seconds and their fraction.
    modified: (i64, i64),
    changed: (i64, i64),
    number: u64,
    content: Vec<u8>,
}

fn states(root: &Path) -> BTreeMap<PathBuf, State> {
    let mut states = BTreeMap::new();
    let mut paths = vec![root.to_owned()];
    while let Some(path) = paths.pop() {
        let data = fs::symlink_metadata(&path).expect("it is there");
        if data.is_dir() {
            let entries = fs::read_dir(&path).expect("a folder");
            paths.extend(entries.map(|it| it.expect("an entry").path()));
        }
        let state = State {
            mode: data.mode(),
            modified: (data.mtime(), data.mtime_nsec()),
            changed: (data.ctime(), data.ctime_nsec()),
            number: data.ino(),
            content: match data.is_file() {
                true => fs::read(&path).expect("a file"),
                false => Vec::new(),
            },
        };
        let name = path.strip_prefix(root).expect("it is within");
        states.insert(name.to_owned(), state);
    }
    states
}

/// What differs, without folders that differ because something in them does.
fn touched(before: &BTreeMap<PathBuf, State>, after: &BTreeMap<PathBuf, State>) -> Vec<String> {
    let paths = before.keys().chain(after.keys());
    let mut touched: Vec<_> = paths
        .filter(|path| before.get(*path) != after.get(*path))
        .collect();
    touched.sort();
    touched.dedup();
    let is_innermost = |path: &Path| {
        let mut others = touched.iter().filter(|other| **other != path);
        !others.any(|other| other.starts_with(path))
    };
    let innermost = touched.iter().filter(|path| is_innermost(path));
    innermost.map(|it| it.display().to_string()).collect()
}

/// A project in the middle of a home, a folder for temporary files, and others' work.
fn world() -> tempfile::TempDir {
    let bad = module("A", &["f", "g"]);
    let supervisor = "defmodule Tree do\n  use Supervisor\n  def init(_), do: Supervisor.init([Worker], strategy: :one_for_one)\nend\n";
    let world = project(&[
        ("app/mix.exs", b"1\n"),
        ("app/exlint.toml", b"fail-on = \"never\"\n"),
        ("app/lib/a.ex", bad.as_bytes()),
        ("app/lib/tree.ex", supervisor.as_bytes()),
        ("app/config/config.exs", b"import Config\n"),
        ("home/.bashrc", b""),
        ("tmp/other", b""),
        ("out/old.json", b"old"),
        ("beside/lib/b.ex", bad.as_bytes()),
    ]);
    git(&world.path().join("app"), &["init", "-qb", "main"]);
    git(&world.path().join("app"), &["add", "-A"]);
    git(&world.path().join("app"), &["commit", "-qm", "All"]);
    world
}

fn run(world: &Path, arguments: &[&str]) -> Output {
    let mut command = command(&world.join("app"), arguments);
    for (name, folder) in [
        ("HOME", "home"),
        ("TMPDIR", "tmp"),
        ("TMP", "tmp"),
        ("TEMP", "tmp"),
    ] {
        command.env(name, world.join(folder));
    }
    for name in ["XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"] {
        command.env_remove(name);
    }
    command.output().expect("the command runs")
}

#[test]
fn nothing_is_written_but_the_cache_and_what_was_asked_for() {
    const CACHE: &str = "app/.exlint_cache/";
    // What is run, and the beginnings of what it may write.
    let runs: &[(&[&str], &[&str])] = &[
        (&["check"], &[CACHE]),
        (&["check", "--threads", "16", "--select", "all"], &[CACHE]),
        (&["check", "--cache-dir", "../out/kept"], &["out/kept/"]),
        (&["check", "--no-cache"], &[]),
        (
            &[
                "check",
                "--no-cache",
                "--diff",
                "--unsafe-fixes",
                "--exit-zero",
            ],
            &[],
        ),
        (
            &[
                "check",
                "--no-cache",
                "--fix",
                "--diff",
                "--unsafe-fixes",
                "--exit-zero",
            ],
            &[],
        ),
        (&["check", "--no-cache", "--since", "HEAD"], &[]),
        (&["check", "--no-cache", "--statistics"], &[]),
        (&["check", "--no-cache", "--timing"], &[]),
        (&["check", "--no-cache", "--show-files"], &[]),
        (&["check", "--no-cache", "--exit-zero", "../beside"], &[]),
        (
            &["check", "--no-cache", "--stdin-filename", "lib/a.ex", "-"],
            &[],
        ),
        (
            &[
                "check",
                "--no-cache",
                "--fix",
                "--stdin-filename",
                "lib/a.ex",
                "-",
            ],
            &[],
        ),
        (
            &[
                "check",
                "--no-cache",
                "--output-file",
                "../out/old.json",
                "--output",
                "sarif=../out/new.sarif",
            ],
            &["out/old.json", "out/new.sarif"],
        ),
        (
            &["check", "--no-cache", "--fix", "--unsafe-fixes", "lib"],
            &["app/lib/a.ex"],
        ),
        (&["baseline", "--no-cache"], &["app/.exlint-baseline.json"]),
        (
            &["baseline", "--no-cache", "--baseline", "../out/known.json"],
            &["out/known.json"],
        ),
        (
            &["suppress", "--no-cache", "--reason", "known"],
            &["app/lib/a.ex"],
        ),
        (&["tree"], &[]),
        (&["graph"], &[]),
        (&["rules"], &[]),
        (&["explain", "dynamic-atom"], &[]),
        (&["config"], &[]),
        (&["schema"], &[]),
        (&["completions", "bash"], &[]),
        (&["man"], &[]),
        (&["clean"], &[]),
        (&["docs", "../out/pages"], &["out/pages/"]),
    ];
    let formats: Vec<_> = formats()
        .map(|it| ["check", "--no-cache", "--format", it])
        .collect();
    let formats = formats.iter().map(|it| (&it[..], &[][..]));
    for (arguments, expected) in runs.iter().copied().chain(formats) {
        let world = world();
        let before = states(world.path());
        let output = run(world.path(), arguments);
        assert_eq!(code(&output), 0, "{arguments:?}: {}", stderr(&output));
        let touched = touched(&before, &states(world.path()));
        let is_unasked = |it: &&String| !expected.iter().any(|wanted| it.starts_with(wanted));
        let unasked: Vec<_> = touched.iter().filter(is_unasked).collect();
        assert!(unasked.is_empty(), "{arguments:?} wrote {unasked:?}");
        for wanted in expected {
            let is_there = touched.iter().any(|it| it.starts_with(wanted));
            assert!(is_there, "{arguments:?} wrote {touched:?}, not {wanted}");
        }
    }
}

#[test]
fn a_project_that_may_not_be_written_is_checked() {
    let world = world();
    let app = world.path().join("app");
    let arguments = ["check", "--format", "json"];
    let usual = stdout(&run(
        world.path(),
        &[&arguments[..], &["--no-cache"]].concat(),
    ));
    set_modes(&app, 0o555, 0o444);
    let before = states(&app);
    let output = as_nobody(&app, &arguments);
    let after = states(&app);
    set_modes(&app, 0o755, 0o644);
    let Some(output) = output else { return };
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let without_time = |report: &str| {
        let lines = report.lines().filter(|it| !it.contains("elapsed"));
        lines.collect::<Vec<_>>().join("\n")
    };
    assert_eq!(without_time(&stdout(&output)), without_time(&usual));
    assert_eq!(touched(&before, &after), [""; 0]);
}

fn set_modes(folder: &Path, of_folders: u32, of_files: u32) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        match path.is_dir() {
            true => set_modes(&path, of_folders, of_files),
            false => set_mode(&path, of_files),
        }
    }
    set_mode(folder, of_folders);
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("they are set");
}

/// Every program that a project's files ask for, and what a linter might be tempted to ask.
const PROGRAMS: &[&str] = &[
    "elixir", "elixirc", "mix", "iex", "erl", "erlc", "escript", "rebar3", "sh", "bash", "env",
    "make", "cc", "node", "npm", "tput", "less", "uname",
];

#[test]
fn no_code_of_a_project_is_run() {
    let acts = |name: &str| {
        format!(
            "File.write!(\"ran-{name}\", \"\")\nSystem.cmd(\"sh\", [\"-c\", \"touch ran-{name}\"])\n\
             defmodule Acts.{name} do\n  @now File.write!(\"ran-{name}\", \"\")\n  defmacro __using__(_), do: File.touch!(\"ran-{name}\")\n  \
             def f(params), do: String.to_atom(params[@now])\nend\n"
        )
    };
    let folder = project(&[
        ("app/mix.exs", acts("Mix").as_bytes()),
        ("app/.formatter.exs", acts("Formatter").as_bytes()),
        ("app/.credo.exs", acts("Credo").as_bytes()),
        ("app/.iex.exs", acts("Iex").as_bytes()),
        ("app/config/config.exs", acts("Config").as_bytes()),
        ("app/config/runtime.exs", acts("Runtime").as_bytes()),
        ("app/lib/acts.ex", acts("Lib").as_bytes()),
        (
            "app/lib/user.ex",
            b"defmodule User do\n  use Acts.Lib\nend\n",
        ),
        ("app/test/test_helper.exs", acts("Test").as_bytes()),
        ("app/priv/repo/seeds.exs", acts("Seeds").as_bytes()),
        (
            "app/lib/page.html.heex",
            b"<%= File.write!(\"ran-page\", \"\") %>\n",
        ),
    ]);
    let programs = folder.path().join("programs");
    fs::create_dir(&programs).expect("a folder");
    let mark = folder.path().join("app/ran-program");
    for program in PROGRAMS {
        script(&programs.join(program), &mark);
    }
    let runs: [&[&str]; 9] = [
        &["check", "--select", "all", "--exit-zero"],
        &["check", "--diff", "--unsafe-fixes", "--exit-zero"],
        &["check", "--fix", "--unsafe-fixes", "--exit-zero"],
        &["check", "--exit-zero", "mix.exs", "config/runtime.exs"],
        &["baseline"],
        &["suppress", "--reason", "known"],
        &["tree"],
        &["graph"],
        &["config"],
    ];
    let app = folder.path().join("app");
    for arguments in runs {
        let mut command = command(&app, arguments);
        let output = command.env("PATH", &programs).output();
        let output = output.expect("the command runs");
        assert_eq!(code(&output), 0, "{arguments:?}: {}", stderr(&output));
        assert_eq!(ran(&app), [""; 0], "{arguments:?}");
    }
}

/// A program that leaves `mark` when it is run.
fn script(path: &Path, mark: &Path) {
    let text = format!("#!/bin/sh\n: > '{}'\n", mark.display());
    fs::write(path, text).expect("a file");
    set_mode(path, 0o755);
}

fn ran(app: &Path) -> Vec<String> {
    let names = fs::read_dir(app).expect("a folder");
    let names = names.map(|it| it.expect("an entry").file_name());
    let names = names.map(|it| it.to_string_lossy().into_owned());
    names.filter(|it| it.starts_with("ran")).collect()
}

/// A project may come with settings for git, as in an archive; `--since` asks git, which would follow them.
#[test]
fn no_program_that_a_repository_names_is_run() {
    let folder = project(&[
        ("mix.exs", b"1\n"),
        ("lib/a.ex", module("A", &["f"]).as_bytes()),
        (
            ".gitattributes",
            b"*.ex filter=own diff=own\n*.exs filter=a=b.c\n",
        ),
    ]);
    let root = folder.path();
    git(root, &["init", "-qb", "main"]);
    git(root, &["add", "-A"]);
    git(root, &["commit", "-qm", "All"]);
    let mark = root.join("ran");
    let trap = root.join(".git/trap");
    script(&trap, &mark);
    let trap = trap.to_str().expect("a path");
    for name in [
        "core.fsmonitor",
        "core.pager",
        "core.editor",
        "core.sshCommand",
        "diff.external",
        "diff.own.command",
        "diff.own.textconv",
        "filter.own.clean",
        "filter.own.process",
        "filter.a=b.c.clean",
    ] {
        git(root, &["config", name, trap]);
    }
    git(root, &["config", "filter.own.required", "true"]);
    fs::create_dir_all(root.join(".git/hooks")).expect("folders");
    script(&root.join(".git/hooks/post-index-change"), &mark);
    write(root, "lib/a.ex", &module("A", &["f", "g"]));
    // Git looks at the content of a file whose times have changed.
    write(root, "mix.exs", "1\n");

    let found = findings(root, &["--since", "main"]);
    assert_eq!(found, ["lib/a.ex:6 dynamic-atom"]);
    assert!(!mark.exists(), "git ran a program of the repository");
    // It would have.
    let usual = ["diff", "--no-ext-diff", "HEAD"];
    _ = Command::new("git").current_dir(root).args(usual).output();
    assert!(mark.exists(), "the trap is none");
}

/// The command cannot open a connection, as it does not know how: of what that takes, the C library is asked for
/// nothing.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[test]
fn the_command_has_no_means_to_open_connections() {
    let binary = fs::read(env!("CARGO_BIN_EXE_exlint")).expect("it is there");
    let names = names_asked_for(&binary);
    assert!(names.contains(&&b"posix_spawnp"[..]), "they are elsewhere");
    for name in [
        "socket",
        "connect",
        "bind",
        "listen",
        "accept",
        "accept4",
        "sendto",
        "getaddrinfo",
        "gethostbyname",
    ] {
        assert!(!names.contains(&name.as_bytes()), "{name}");
    }
}

/// What an ELF file asks other libraries for: the strings of its table of dynamic symbols.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn names_asked_for(binary: &[u8]) -> Vec<&[u8]> {
    const DYNAMIC_SYMBOLS: usize = 11;
    let number = |at: usize, bytes: usize| {
        let bytes = binary[at..at + bytes].iter().rev();
        bytes.fold(0, |sum, byte| sum << 8 | usize::from(*byte))
    };
    let (sections, size, count) = (number(0x28, 8), number(0x3a, 2), number(0x3c, 2));
    let section = |index: usize| sections + index * size;
    let symbols = (0..count).map(section);
    let symbols = { symbols }.find(|it| number(it + 4, 4) == DYNAMIC_SYMBOLS);
    let strings = section(number(symbols.expect("it is linked") + 0x28, 4));
    let (start, length) = (number(strings + 0x18, 8), number(strings + 0x20, 8));
    let strings = &binary[start..start + length];
    strings.split(|byte| *byte == 0).collect()
}
