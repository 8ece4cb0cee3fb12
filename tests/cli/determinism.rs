//! The same input gives the same bytes: whatever the number of threads, whether cold or warm, wherever the project
//! lies, in whatever order its files were made.
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

use crate::support::*;

/// Files by their path in the project.
type Files = BTreeMap<String, Vec<u8>>;
type Reports = BTreeMap<&'static str, String>;

#[test]
fn reports_on_fixtures_are_the_same_to_the_byte() {
    let projects = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/projects");
    let entries = fs::read_dir(&projects).expect("there are projects");
    let each = entries.map(|entry| files_in(&entry.expect("an entry").path()));
    let mut cases: Vec<_> = each.map(Places::of).collect();
    cases.push(Places::of(files_in(&projects)));
    // Of a file that was written just before, a run does not rely on the times.
    thread::sleep(Duration::from_secs(4));
    cases.iter().for_each(Places::compare);
}

#[test]
fn reports_on_servers_that_call_one_another_are_the_same_to_the_byte() {
    let module = |number: usize| {
        let next = (number * 7 + 1) % 40;
        let text = format!(
            "defmodule App.M{number} do\n  use GenServer\n  alias App.M{next}, as: Next\n  def init(x), do: {{:ok, x}}\n  \
             def start_link(x), do: GenServer.start_link(__MODULE__, x, name: __MODULE__)\n  \
             def get(x), do: GenServer.call(__MODULE__, {{:get, x}})\n  \
             def handle_call({{:get, x}}, _from, state), do: {{:reply, Next.get(x), Map.put(state, x, x)}}\n  \
             def f(params), do: spawn(fn -> String.to_atom(params[\"x\"]) end)\nend\n"
        );
        (format!("lib/m{number}.ex"), text.into_bytes())
    };
    let mut files: Files = (0..40).map(module).collect();
    files.insert("mix.exs".to_owned(), b"1\n".to_vec());
    Places::of(files).compare();
}

/// Copies of a project, made in different orders.
struct Places {
    folders: Vec<(TempDir, PathBuf)>,
}

impl Places {
    fn of(files: Files) -> Places {
        // In memory, a folder lists its files in the order in which they were made.
        let places = [PathBuf::from("/dev/shm"), std::env::temp_dir()];
        let places = places.iter().filter(|it| it.is_dir());
        let copy = |(place, seed): (&PathBuf, usize)| {
            let folder = tempfile::tempdir_in(place).expect("a folder");
            let root = folder.path().join(["a", "another place/é"][seed - 1]);
            shuffled(&files, seed).for_each(|(path, bytes)| make(&root, path, bytes));
            (folder, root)
        };
        let folders = places.flat_map(|it| [(it, 1), (it, 2)]).map(copy);
        Places {
            folders: folders.collect(),
        }
    }

    fn compare(&self) {
        let mut expected = None;
        for (_, root) in &self.folders {
            for threads in ["1", "2", "16"] {
                for cache in [&["--no-cache"][..], &[], &[]] {
                    let reports = reports(root, &[&["--threads", threads], cache].concat());
                    let expected = expected.get_or_insert_with(|| reports.clone());
                    for (format, report) in &reports {
                        assert!(report.len() > 1_000, "{format}: {report}");
                        let is_same = *report == expected[format];
                        assert!(is_same, "{format}: {root:?}, {threads} threads, {cache:?}");
                    }
                }
                exlint(root, &["clean"]);
            }
        }
    }
}

/// In every format, from one run.
fn reports(root: &Path, arguments: &[&str]) -> Reports {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |format: &str| folder.path().join(format);
    let outputs = formats().map(|it| format!("--output={it}={}", path(it).display()));
    let outputs: Vec<String> = outputs.collect();
    let usual = ["check", "--no-config", "--select", "all", "--exit-zero"];
    let outputs = outputs.iter().map(String::as_str);
    let arguments: Vec<&str> = usual
        .into_iter()
        .chain(outputs)
        .chain(arguments.iter().copied())
        .collect();
    let output = exlint(root, &arguments);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let read = |format| {
        let report = fs::read_to_string(path(format)).expect("a report");
        (format, without_time(&report))
    };
    formats().map(read).collect()
}

/// The last line for people says how long it took.
fn without_time(report: &str) -> String {
    let line = report.rfind(" checked in ");
    let Some((before, time)) = line.map(|at| report.split_at(at)) else {
        return report.to_owned();
    };
    let (_, rest) = time.split_once(" s: ").unwrap_or(("", time));
    format!("{before}{rest}")
}

fn files_in(folder: &Path) -> Files {
    let mut files = Files::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(at) = folders.pop() {
        for entry in fs::read_dir(at).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).expect("it is within");
                let name = name.to_str().expect("UTF-8").to_owned();
                files.insert(name, fs::read(path).expect("a file"));
            }
        }
    }
    files
}

fn shuffled(files: &Files, seed: usize) -> impl Iterator<Item = (&String, &Vec<u8>)> {
    let mut files: Vec<_> = files.iter().enumerate().collect();
    files.sort_by_key(|(index, _)| (index * 7919 * seed + seed * seed) % 10_007);
    files.into_iter().map(|(_, file)| file)
}

fn make(root: &Path, path: &str, bytes: &[u8]) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().expect("a file has a folder")).expect("folders");
    fs::write(path, bytes).expect("a file");
}
