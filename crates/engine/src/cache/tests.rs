//! Runs over a small project, with a cache and without: what they report is always the same.
use std::fs;
use std::path::{Path, PathBuf};

use exlint_findings::Applicability;
use tempfile::TempDir;

use super::forge::forge;
use super::stamp::{COARSEST, Stamp};
use super::*;
use crate::{ConfigFile, Fixed, Outcome, Overlay, Overrides, Phase, Request, Settings};

const RULES: &str = include_str!("../../../../rules.toml");

const CLOCK: &str = "defmodule Clock do
  use GenServer

  def now, do: GenServer.call(__MODULE__, :now)

  @impl true
  def init(_), do: {:ok, %{}}

  @impl true
  def handle_call(:now, _from, state) do
    {:reply, Web.get(), state}
  end
end
";
const WEB: &str = "defmodule Web do
  def get, do: Req.get!(\"http://localhost\").body

  # exlint:ignore sql-injection, dynamic-atom -- one of them is needed
  def name(params), do: String.to_atom(params[\"name\"])

  def role(params), do: String.to_atom(params[\"role\"])
end
";

struct Project {
    folder: TempDir,
    select: Vec<String>,
}

impl Project {
    fn new() -> Project {
        let project = Project {
            folder: tempfile::tempdir().expect("a folder"),
            select: Vec::new(),
        };
        project.write("mix.exs", "1\n");
        project.write("lib/clock.ex", CLOCK);
        project.write("lib/web.ex", WEB);
        project
    }

    fn path(&self, path: &str) -> PathBuf {
        let root = self.folder.path().canonicalize().expect("it is there");
        root.join(path)
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("a file has a folder")).expect("folders");
        fs::write(path, text).expect("a file");
    }

    /// Runs as `exlint check PATH --threads THREADS` does.
    fn run(&self, path: &str, threads: usize, cached: bool) -> Outcome {
        self.with(path, |request, cache| {
            crate::check(&Request {
                threads: Some(threads),
                cache: cache.filter(|_| cached),
                ..*request
            })
            .expect("it runs")
        })
    }

    fn fix(&self, cached: bool) -> Fixed {
        self.with(".", |request, cache| {
            let cache = cache.filter(|_| cached);
            let request = Request { cache, ..*request };
            crate::fix(&request, Applicability::Unsafe).expect("it runs")
        })
    }

    fn with<T>(&self, path: &str, work: impl FnOnce(&Request, Option<&Cache>) -> T) -> T {
        let targets = Targets::resolve_in(&self.path(""), &[path.into()]).expect("it is there");
        let overrides = Overrides {
            select: self.select.clone(),
            ..Overrides::default()
        };
        let settings = Settings::load(RULES, &ConfigFile::Find, &overrides, &targets);
        let settings = settings.expect("settings");
        let cache = Cache::of(&targets, None);
        let overlay = Overlay::default();
        let request = Request {
            threads: Some(1),
            ..Request::of(&targets, &settings, &overlay)
        };
        work(&request, cache.as_ref())
    }

    /// Asserts that runs with and without the cache say the same, and hands that with it over.
    fn check(&self, path: &str) -> Outcome {
        let cached = self.run(path, 1, true);
        assert_eq!(said(&cached), said(&self.run(path, 1, false)));
        cached
    }

    /// The files with results.
    fn files(&self) -> Vec<PathBuf> {
        let cache = Cache {
            folder: self.path(FOLDER),
            prefix: String::new(),
        };
        cache.files().unwrap_or_default()
    }

    fn file(&self) -> PathBuf {
        let files = self.files();
        assert_eq!(files.len(), 1, "{files:?}");
        files[0].clone()
    }
}

fn said(outcome: &Outcome) -> String {
    let Outcome {
        findings,
        failures,
        fails,
        files,
        bytes,
        all_bytes,
        ..
    } = outcome;
    format!("{findings:#?} {failures:?} {fails} {files} {bytes} {all_bytes}")
}

/// How much of a run was spared.
fn spared(outcome: &Outcome) -> &'static str {
    let took_time = |phase| !outcome.timing.of(phase).is_zero();
    match (took_time(Phase::Parse), took_time(Phase::Link)) {
        (true, _) => "nothing",
        (false, true) => "analysis",
        (false, false) => "all",
    }
}

fn rules(outcome: &Outcome) -> Vec<&str> {
    let findings = outcome.findings.iter();
    findings.map(|finding| finding.rule.as_ref()).collect()
}

#[test]
fn warm_runs_say_what_cold_ones_say() {
    let project = Project::new();
    let cold = project.check(".");
    assert_eq!(spared(&cold), "nothing");
    let found = rules(&cold);
    for rule in ["blocking-genserver", "unused-suppression", "dynamic-atom"] {
        assert!(found.contains(&rule), "{found:?}");
    }
    for threads in [1, 2, 16] {
        let warm = project.run(".", threads, true);
        assert_eq!((spared(&warm), said(&warm)), ("all", said(&cold)));
        // Without the results as a whole, from those of each file.
        project.write("lib/extra.ex", "1\n");
        project.check(".");
        fs::remove_file(project.path("lib/extra.ex")).expect("it was there");
        let linked = project.run(".", threads, true);
        assert_eq!((spared(&linked), said(&linked)), ("analysis", said(&cold)));
    }
}

#[test]
fn a_changed_file_is_analysed_and_its_project_linked() {
    let project = Project::new();
    let before = project.check(".");
    project.write("lib/web.ex", &WEB.replace("Req.get!", "Example.peek!"));
    let after = project.check(".");
    assert!(rules(&before).contains(&"blocking-genserver"));
    assert!(!rules(&after).contains(&"blocking-genserver"));
    assert_eq!(spared(&project.check(".")), "all");
}

#[test]
fn a_change_of_equal_length_and_time_is_seen() {
    let project = Project::new();
    let path = project.path("lib/web.ex");
    let time = path
        .metadata()
        .and_then(|it| it.modified())
        .expect("a time");
    project.check(".");
    project.write("lib/web.ex", &WEB.replace("to_atom", "to_bomb"));
    let file = fs::File::options().write(true).open(&path);
    file.and_then(|file| file.set_modified(time))
        .expect("it is set");
    assert!(!rules(&project.check(".")).contains(&"dynamic-atom"));
}

#[test]
fn only_stamps_of_settled_files_are_trusted() {
    let project = Project::new();
    let stamp = Stamp::of(&project.path("mix.exs")).expect("it is there");
    let now = SystemTime::now();
    assert!(!stamp.is_settled(now));
    assert!(stamp.is_settled(now + Duration::from_secs(5)));
    assert!(!stamp.is_settled(SystemTime::UNIX_EPOCH));
}

#[test]
fn a_stamp_that_lies_is_found_out() {
    let project = Project::new();
    std::thread::sleep(COARSEST + Duration::from_secs(1));
    let expected = said(&project.check("."));
    let file = project.file();
    forge(&file, |entry, _| entry.hash ^= 1);
    let outcome = project.run(".", 1, true);
    assert_eq!((spared(&outcome), said(&outcome)), ("nothing", expected));
    assert_eq!(project.files(), Vec::<PathBuf>::new());
}

#[test]
fn a_record_that_is_forged_does_no_harm() {
    let project = Project::new();
    project.write("mix.exs", "999\n");
    project.check(".");
    let file = project.file();
    let whole = fs::read(&file).expect("it is there");
    let mut random = 1_u64;
    for round in 0..150 {
        fs::write(&file, &whole).expect("a file");
        forge(&file, |_, bytes| {
            for _ in 0..=round % 4 {
                random = random
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                let at = (random >> 33) as usize % bytes.len();
                bytes[at] = (random >> 20) as u8;
            }
        });
        // The records are read only when something changed.
        project.write("mix.exs", &format!("{round:03}\n"));
        assert_eq!(project.run(".", 1, true).failures, [], "{round}");
    }
}

#[test]
fn a_record_is_not_followed_without_end() {
    let project = Project::new();
    project.write("mix.exs", "999\n");
    let expected = said(&project.check("."));
    let file = project.file();
    let deep = |within: &[u8]| {
        // A script of one call with one argument, which is something within something within ...
        let mut facts = exlint_facts::collect("a.exs", &exlint_syntax::parse("f(:a)\n"));
        facts.top.calls[0].arguments = [exlint_facts::Shape::Within(Box::default())].into();
        let bytes = postcard::to_allocvec(&facts).expect("it is written");
        let two = postcard::to_allocvec(&exlint_facts::Shape::Within(Box::default()));
        let two = two.expect("it is written");
        let at = bytes
            .windows(2)
            .rposition(|it| *it == two)
            .expect("it is there");
        // Neither suppressions nor findings.
        [&bytes[..at], within, &bytes[at..], &[0, 0]].concat()
    };
    let marker = postcard::to_allocvec(&exlint_facts::Shape::Within(Box::default()));
    let marker = marker.expect("it is written")[0];
    for bytes in [
        deep(&vec![marker; 60_000]),
        vec![0xff; 1 << 20],
        vec![0x7f; 64 << 20],
    ] {
        project.check(".");
        forge(&file, |_, record| record.clone_from(&bytes));
        project.write("mix.exs", "998\n");
        assert_eq!(said(&project.run(".", 1, true)), expected);
        project.write("mix.exs", "999\n");
    }
}

#[test]
fn a_file_that_vanished_is_forgotten() {
    let project = Project::new();
    let holds = |path: &str| {
        let bytes = fs::read(project.file()).expect("it is there");
        bytes.windows(path.len()).any(|it| it == path.as_bytes())
    };
    project.check(".");
    assert!(holds("lib/web.ex"));
    fs::remove_file(project.path("lib/web.ex")).expect("it was there");
    project.check(".");
    assert!(!holds("lib/web.ex"));
}

#[test]
fn a_changed_configuration_is_heeded() {
    let project = Project::new();
    project.check(".");
    project.write("exlint.toml", "[rules.dynamic-atom]\nlevel = \"off\"\n");
    assert!(!rules(&project.check(".")).contains(&"dynamic-atom"));
    project.write("exlint.toml", "[rules.dynamic-atom]\nlevel = \"error\"\n");
    let outcome = project.check(".");
    assert_eq!(outcome.count(exlint_findings::Level::Error), 1);
    project.write("lib/exlint.toml", "ignore = [\"security\"]\n");
    assert!(!rules(&project.check(".")).contains(&"dynamic-atom"));
    assert_eq!(spared(&project.check(".")), "all");
}

#[test]
fn some_of_the_files_and_all_of_them_share_results() {
    let project = Project::new();
    for paths in [["lib/clock.ex", "."], [".", "lib/clock.ex"]] {
        for path in paths {
            project.check(path);
            project.check(path);
        }
        assert_eq!(spared(&project.check("lib/web.ex")), "all");
        project.write("lib/clock.ex", CLOCK);
        fs::remove_file(project.file()).expect("it was there");
    }
}

#[test]
fn what_is_fixed_is_checked_again() {
    let project = Project::new();
    project.check(".");
    let (cached, fresh) = (project.fix(true), project.fix(false));
    assert_eq!(said(&cached.outcome), said(&fresh.outcome));
    let texts = |fixed: &Fixed| -> Vec<String> {
        let files = fixed.files.iter();
        files.map(|file| file.after()).collect()
    };
    assert!(!cached.files.is_empty());
    assert_eq!(texts(&cached), texts(&fresh));
    for file in &cached.files {
        file.write().expect("it is written");
    }
    let after = project.check(".");
    assert_eq!(said(&after), said(&cached.outcome));
}

#[test]
fn a_text_that_stands_for_a_file_is_not_kept() {
    let project = Project::new();
    project.check(".");
    let before = fs::read(project.file()).expect("it is there");
    project.with("lib/web.ex", |request, cache| {
        let overlay = request.targets.overlay(b"defmodule Web do\nend\n".to_vec());
        let request = Request {
            overlay: &overlay,
            cache,
            ..*request
        };
        let outcome = crate::check(&request).expect("it runs");
        assert!(!rules(&outcome).contains(&"dynamic-atom"));
    });
    assert_eq!(fs::read(project.file()).expect("it is there"), before);
}

#[test]
fn a_file_cut_anywhere_is_not_trusted() {
    let project = Project::new();
    fs::write(project.path("lib/clock.ex"), "").expect("a file");
    let expected = said(&project.check("."));
    let whole = fs::read(project.file()).expect("it is there");
    let file = project.file();
    project.with(".", |request, cache| {
        let request = Request { cache, ..*request };
        for length in (0..whole.len()).rev() {
            fs::write(&file, &whole[..length]).expect("a file");
            let outcome = crate::check(&request).expect("it runs");
            assert_eq!(spared(&outcome), "nothing", "{length}");
            assert_eq!(said(&outcome), expected, "{length}");
        }
    });
}

#[test]
fn a_file_with_wrong_bytes_is_not_trusted() {
    let project = Project::new();
    project.write("mix.exs", "999\n");
    let expected = said(&project.check("."));
    let whole = fs::read(project.file()).expect("it is there");
    let mut random = 1_u64;
    for round in 0..300 {
        let mut damaged = whole.clone();
        for _ in 0..=round % 3 {
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let at = (random >> 33) as usize % damaged.len();
            damaged[at] ^= 1 << ((random >> 20) % 8);
        }
        fs::write(project.file(), &damaged).expect("a file");
        // The records are read only when something changed.
        project.write("mix.exs", &format!("{round:03}\n"));
        assert_eq!(said(&project.run(".", 1, true)), expected, "{round}");
    }
}

#[test]
fn results_of_another_build_are_not_trusted() {
    let project = Project::new();
    project.check(".");
    let mut bytes = fs::read(project.file()).expect("it is there");
    bytes[7] ^= 1;
    fs::write(project.file(), &bytes).expect("a file");
    assert_eq!(spared(&project.check(".")), "nothing");
    let other = project.path(FOLDER).join(format!("{:032x}.cache", 1));
    fs::rename(project.file(), &other).expect("it is there");
    project.check(".");
    fs::remove_file(&other).expect("it is there");
    let mine = project.file();
    project.run(".", 1, true);
    fs::write(&other, fs::read(&mine).expect("it is there")).expect("a file");
    assert!(store::open::<()>(&other, 1).is_none());
}

#[test]
fn runs_at_the_same_time_do_not_disturb_each_other() {
    let project = Project::new();
    let expected = said(&project.run(".", 1, false));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for round in 0..10 {
                    assert_eq!(said(&project.run(".", 2, true)), expected);
                    if round % 3 == 0 {
                        let _ = fs::remove_file(project.path(FOLDER).join("CACHEDIR.TAG"));
                        for file in project.files() {
                            let _ = fs::remove_file(file);
                        }
                    }
                }
            });
        }
    });
    let left = entries(&project.path(FOLDER)).expect("it is there");
    let is_unfinished = |path: &&PathBuf| name(path).starts_with(".exlint-");
    assert_eq!(left.iter().find(is_unfinished), None);
}

#[test]
fn a_folder_that_cannot_be_written_is_no_failure() {
    let project = Project::new();
    project.write(FOLDER, "in the way");
    assert_eq!(spared(&project.check(".")), "nothing");
    assert_eq!(project.check(".").failures, []);
}

#[cfg(unix)]
#[test]
fn a_link_does_not_lead_out_of_the_project() {
    let project = Project::new();
    let elsewhere = tempfile::tempdir().expect("a folder");
    std::os::unix::fs::symlink(elsewhere.path(), project.path(FOLDER)).expect("a link");
    project.check(".");
    assert_eq!(entries(elsewhere.path()).expect("it is there").len(), 0);
}

#[test]
fn few_files_are_kept_and_clean_removes_them() {
    let mut project = Project::new();
    project.check(".");
    for rule in [
        "blocking-init",
        "dynamic-atom",
        "code-eval",
        "raw-html",
        "growing-state",
    ] {
        project.select = vec![rule.to_owned()];
        project.check(".");
    }
    assert_eq!(project.files().len(), KEPT);
    let clean = |project: &Project| {
        project.with(".", |_, cache| {
            let cache = cache.expect("a project has a cache");
            cache.clean().expect("it can be removed")
        })
    };
    project.write(".exlint_cache/notes.txt", "mine");
    assert!(clean(&project));
    assert!(project.path(".exlint_cache/notes.txt").exists());
    fs::remove_file(project.path(".exlint_cache/notes.txt")).expect("it is there");
    assert!(!clean(&project));
    assert!(!project.path(FOLDER).exists());
    assert!(!clean(&project));
}

#[test]
fn only_projects_have_a_folder_of_their_own() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("a.ex"), "1\n").expect("a file");
    let base = folder.path().canonicalize().expect("it is there");
    let targets = Targets::resolve_in(&base, &["a.ex".into()]).expect("it is there");
    assert!(Cache::of(&targets, None).is_none());
    let given = Cache::of(&targets, Some(Path::new("results"))).expect("it was asked for");
    assert_eq!(given.folder, Path::new("results"));
}

#[test]
fn a_template_that_changes_is_read_again() {
    let project = Project::new();
    let view = "defmodule PageLive do\n  use Phoenix.LiveView\n  def handle_event(\"a\", _, s), do: {:noreply, s}\nend\n";
    project.write("lib/page_live.ex", view);
    project.write("lib/page_live.html.heex", "<p phx-click=\"a\">ä</p>\n");
    let events = |outcome: &Outcome| {
        let rules = outcome.findings.iter().map(|it| it.rule.as_ref());
        rules.filter(|it| *it == "liveview-unhandled-event").count()
    };
    assert_eq!(events(&project.check(".")), 0);
    project.write("lib/page_live.html.heex", "<p phx-click=\"b\">ä</p>\n");
    assert_eq!(events(&project.check(".")), 1);
    assert_eq!(events(&project.check(".")), 1);
}
