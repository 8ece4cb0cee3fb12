//! Files, names and places that are out to do harm, or just odd.
use std::fs;
use std::io::Read;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::support::*;

const BAD: &[u8] = b"defmodule A do\n  def f(params), do: String.to_atom(params[\"x\"])\nend\n";

/// All that a program reads by lines or by commands.
const NAMES: &[&str] = &[
    "lib/new\nline.ex",
    "lib/return\r.ex",
    "lib/esc\u{1b}[2J.ex",
    "lib/osc\u{1b}]0;x\u{7}.ex",
    "lib/c1\u{9b}31m.ex",
    "lib/quote\"'.ex",
    "lib/back\\slash.ex",
    "lib/colons::error file=x,line=1::forged.ex",
    "lib/percent%0A::warning::.ex",
    "lib/<&>.ex",
    "lib/right\u{202e}left.ex",
    "lib/ space .ex",
    "::error file=x,line=1::forged.ex",
    "##[error]forged.ex",
    "lib/##vso[task.complete]x.ex",
    "lib/a ::error::b.ex",
    "lib/]]>&lt;.ex",
];

#[test]
fn names_control_no_terminal_and_forge_no_annotation() {
    let files: Vec<_> = NAMES.iter().map(|it| (*it, BAD)).collect();
    let folder = project(&files);
    for format in formats() {
        let arguments = ["check", "--select", "dynamic-atom", "--format", format];
        let output = exlint(folder.path(), &arguments);
        assert_eq!(code(&output), 1, "{format}: {}", stderr(&output));
        let text = stdout(&output);
        let is_for_people = matches!(format, "full" | "concise" | "github");
        // In JSON and XML, what lies beyond ASCII is data.
        let controls = |it: &char| match it {
            '\n' => false,
            '\u{202e}' => is_for_people,
            it => it.is_control() && (is_for_people || it.is_ascii()),
        };
        let control = text.chars().find(controls);
        assert_eq!(control, None, "{format}: {text:?}");
        if matches!(format, "full" | "concise") {
            assert_eq!(commands(&text), [""; 0], "{format}");
        }
        match format {
            "json" | "sarif" | "gitlab" | "rdjson" | "sonar" => {
                let report: Result<serde_json::Value, _> = serde_json::from_str(&text);
                assert!(report.is_ok(), "{format}: {report:?}");
            }
            "jsonl" => assert_eq!(text.lines().count(), NAMES.len()),
            "github" => assert_eq!(commands(&text).len(), NAMES.len(), "{text}"),
            "junit" | "checkstyle" => {
                let element = ["<testcase ", "<error "][usize::from(format == "checkstyle")];
                assert_eq!(text.matches(element).count(), NAMES.len(), "{text}");
                assert!(text.contains("&lt;&amp;&gt;.ex"), "{text}");
                assert!(text.contains("]]&gt;&amp;lt;.ex"), "{text}");
            }
            "concise" => {
                let findings = text.lines().filter(|it| it.contains("[dynamic-atom]"));
                assert_eq!(findings.count(), NAMES.len(), "{text}");
            }
            _ => {}
        }
    }
}

/// The lines that GitHub's or Azure's runner takes for commands in the log of a step.
fn commands(log: &str) -> Vec<&str> {
    let is_logging = |line: &str| {
        line.match_indices("##").any(|(at, _)| {
            let word = line[at + 2..].trim_start_matches(|it: char| it.is_ascii_alphabetic());
            word.starts_with('[')
        })
    };
    let is_command = |line: &&str| line.trim_start().starts_with("::") || is_logging(line);
    log.lines().filter(is_command).collect()
}

#[test]
fn what_a_file_holds_forges_no_annotation() {
    let source = "defmodule A do\n  # ##[error]one\n  def f(params), do: String.to_atom(params[\"##[error]two\"]) # ##vso[task.complete]three\n  \
                  def g(params), do: :\"::error::four\"\n  ::error::five\nend\n";
    let folder = project(&[("a.ex", source.as_bytes())]);
    let arguments = ["check", "--select", "all", "--format"];
    for format in ["full", "concise"] {
        let output = exlint(folder.path(), &[&arguments[..], &[format]].concat());
        let text = stdout(&output) + &stderr(&output);
        assert!(text.contains("a.ex:3:"), "{text}");
        assert_eq!(commands(&text), [""; 0], "{format}: {text}");
    }
    let github = stdout(&exlint(
        folder.path(),
        &[&arguments[..], &["github"]].concat(),
    ));
    let usual = |it: &&str| {
        it.starts_with("::warning title=exlint ") || it.starts_with("::error title=exlint ")
    };
    let forged: Vec<_> = commands(&github)
        .into_iter()
        .filter(|it| !usual(it))
        .collect();
    assert_eq!(forged, [""; 0], "{github}");
}

#[test]
fn what_a_file_holds_controls_no_terminal() {
    let source = "defmodule A do\n  def f(params), do: String.to_atom(params[\"\u{1b}[2J\u{9b}31m\u{202e}\\u{7}\"])\n\
                  \u{7}end \u{0} \u{1b}]0;title\u{7}\n";
    let folder = project(&[("a.ex", source.as_bytes())]);
    for format in ["full", "concise", "github"] {
        let text = stdout(&exlint(folder.path(), &["check", "--format", format]));
        let control = text
            .chars()
            .find(|it| it.is_control() && *it != '\n' || *it == '\u{202e}');
        assert_eq!(control, None, "{format}: {text:?}");
    }
}

/// Whatever is quoted of the source, a report stays one that can be read.
#[test]
fn names_of_a_megabyte_are_quoted_in_part() {
    let name = "a".repeat(1_000_000);
    let server = format!(
        "defmodule M do\n  use GenServer\n  def init(_), do: {{:ok, 1}}\n  def get, do: GenServer.call(__MODULE__, {{:\"{name}\", 1}})\n  \
         def handle_call(:get, _from, state), do: {{:reply, state, state}} # exlint:ignore {name}\nend\n"
    );
    let folder = project(&[("a.ex", server.as_bytes())]);
    for format in formats() {
        let output = exlint(folder.path(), &["check", "--no-cache", "--format", format]);
        let text = stdout(&output);
        assert_eq!(code(&output), 1, "{format}: {}", stderr(&output));
        assert!(text.contains("unhandled-message"), "{format}");
        let longest = text.lines().map(str::len).max();
        assert!(longest < Some(10_000), "{format}: {longest:?}");
    }
}

#[test]
fn nul_bytes_are_a_syntax_error() {
    let folder = project(&[("a.ex", b"x = 1\0\0\0y\n"), ("b.ex", &[0; 10_000])]);
    let found = findings(folder.path(), &[]);
    assert_eq!(found, ["a.ex:1 syntax-error", "b.ex:1 syntax-error"]);
}

#[test]
fn large_files_are_left_out_and_named() {
    let folder = project(&[
        ("mix.exs", b"1\n"),
        (
            "exlint.toml",
            b"[rules.not-analysed]\nmax_file_size = 1000\n",
        ),
        ("lib/large.ex", "x = 1\n".repeat(1_000).as_bytes()),
        ("lib/small.ex", BAD),
    ]);
    let found = findings(folder.path(), &[]);
    assert_eq!(
        found,
        ["lib/large.ex:1 not-analysed", "lib/small.ex:2 dynamic-atom"]
    );
    let text = stdout(&exlint(folder.path(), &["check", "--format", "full"]));
    assert!(text.contains("6000 bytes"), "{text}");
    let others = ["--select", "security", "--fail-on", "never"];
    assert_eq!(findings(folder.path(), &others), found);
    let ignored = ["--ignore", "not-analysed"];
    assert_eq!(
        findings(folder.path(), &ignored),
        ["lib/small.ex:2 dynamic-atom"]
    );
}

#[test]
fn a_file_of_a_hundred_megabytes_is_not_read() {
    let folder = project(&[]);
    let file = fs::File::create(folder.path().join("a.ex")).expect("a file");
    file.set_len(100 << 20).expect("a sparse file");
    assert_eq!(findings(folder.path(), &[]), ["a.ex:1 not-analysed"]);
}

/// In a folder they are passed over; what is given by name is read as far as it may reach.
#[cfg(target_os = "linux")]
#[test]
fn what_has_no_end_is_not_read_to_its_end() {
    use std::os::unix::fs::symlink;
    let folder = project(&[("mix.exs", b"1\n"), ("lib/a.ex", BAD)]);
    symlink("/dev/zero", folder.path().join("lib/zero.ex")).expect("a link");
    let limited = |arguments: &[&str]| {
        let mut command = std::process::Command::new("sh");
        let limit = "ulimit -v 4000000; exec \"$0\" \"$@\"";
        command.args(["-c", limit, env!("CARGO_BIN_EXE_exlint")]);
        command.args(arguments).current_dir(folder.path());
        command.output().expect("the command runs")
    };
    let output = limited(&["check", "--format", "concise"]);
    assert_eq!(code(&output), 1, "{}", stderr(&output));
    assert!(stdout(&output).contains("lib/a.ex:2:"));
    let zero = limited(&["check", "--no-cache", "lib/zero.ex"]);
    assert_eq!(code(&zero), 3, "{}", stderr(&zero));
    let told = stdout(&zero) + &stderr(&zero);
    assert!(
        told.contains("lib/zero.ex") && told.contains("no end"),
        "{told}"
    );
    for (option, exit) in [("--config", 2), ("--baseline", 2)] {
        let output = limited(&["check", option, "/dev/zero"]);
        assert_eq!(code(&output), exit, "{}", stderr(&output));
        assert!(stderr(&output).contains("no end"), "{}", stderr(&output));
    }
    write(folder.path(), "exlint.toml", "extends = \"/dev/zero\"\n");
    let output = limited(&["check"]);
    assert_eq!(code(&output), 2, "{}", stderr(&output));
    assert!(stderr(&output).contains("no end"), "{}", stderr(&output));
}

#[test]
fn what_takes_too_long_to_parse_is_named() {
    let config = |seconds: u32, per_megabyte: u32| {
        format!(
            "[rules.not-analysed]\nmax_parse_seconds = {seconds}\nmax_parse_seconds_per_megabyte = {per_megabyte}\n"
        )
    };
    let folder = project(&[
        ("mix.exs", b"1\n"),
        ("lib/a.ex", "f(x)\n".repeat(50_000).as_bytes()),
    ]);
    let found = |seconds, per_megabyte| {
        write(folder.path(), "exlint.toml", &config(seconds, per_megabyte));
        findings(folder.path(), &["lib/a.ex"])
    };
    assert_eq!(found(0, 0), ["lib/a.ex:1 not-analysed"]);
    assert_eq!(found(0, 1_000), [""; 0]);
    assert_eq!(found(1_000, 0), [""; 0]);
}

/// The grammar takes each `end` for a name as well, and would need gigabytes to find out that none is.
#[test]
fn thousands_of_rescues_are_no_trap() {
    let functions = |between: &str| -> String {
        let function = |number| {
            format!(
                "  def f{number}(x) do\n    g(x)\n  rescue\n    e in E -> {{:error, e}}{between}\n  end\n\n"
            )
        };
        let functions: String = (0..4_000).map(function).collect();
        format!("defmodule Big do\n{functions}end\n")
    };
    let folder = project(&[
        ("plain.ex", functions("").as_bytes()),
        ("with_comments.ex", functions(" # as it is").as_bytes()),
    ]);
    let start = Instant::now();
    let found = findings(folder.path(), &["--ignore", "readability"]);
    assert_eq!(found, ["with_comments.ex:1 not-analysed"]);
    assert!(
        start.elapsed() < Duration::from_secs(10),
        "{:?}",
        start.elapsed()
    );
}

#[test]
fn what_is_nested_too_deeply_is_named() {
    let nested = format!("x = {}1{}\n", "[".repeat(5_000), "]".repeat(5_000));
    let folder = project(&[("a.ex", nested.as_bytes())]);
    assert_eq!(findings(folder.path(), &[]), ["a.ex:1 not-analysed"]);
}

/// Each is either analysed or left out and named, and no memory beyond its limits is asked for.
#[test]
fn much_of_one_thing_is_survived() {
    let functions: String = (0..100_000)
        .map(|number| format!("  def f{number}(x), do: x + {number}\n"))
        .collect();
    let nested = |open: &str, close: &str| {
        format!("x = {}1{}\n", open.repeat(100_000), close.repeat(100_000))
    };
    let cases = [
        (
            "operators",
            format!("y = x{}\n", " + x".repeat(1_000_000)),
            "not-analysed",
        ),
        ("functions", format!("defmodule A do\n{functions}end\n"), ""),
        ("lists", nested("[", "]"), "not-analysed"),
        ("closures", nested("fn -> ", " end"), "not-analysed"),
        ("blocks", nested("if x do\n", "\nend"), "not-analysed"),
        ("line", format!("x = [{}1]\n", "1, ".repeat(1_666_000)), ""),
        ("nul", "\0".repeat(5_000_000), "syntax-error"),
        (
            "pipes",
            format!("y = x{}\n", " |> f(1)".repeat(50_000)),
            "not-analysed",
        ),
        (
            "appends",
            format!("y = x{}\n", " ++ x".repeat(50_000)),
            "not-analysed",
        ),
    ];
    for (name, text, expected) in cases {
        let folder = project(&[("a.ex", text.as_bytes())]);
        let output = exlint(folder.path(), &["check", "--no-cache", "--format", "json"]);
        assert!(code(&output) < 2, "{name}: {}", stderr(&output));
        let report = json(&output);
        let rule = report["findings"][0]["rule"].as_str().unwrap_or_default();
        assert_eq!(rule, expected, "{name}");
    }
}

#[test]
fn a_hundred_thousand_empty_files_are_checked() {
    let folder = project(&[]);
    for number in 0..100_000 {
        fs::write(folder.path().join(format!("f{number}.ex")), "").expect("a file");
    }
    // Cold, then with what was kept.
    for _ in 0..2 {
        let output = exlint(folder.path(), &["check", "--format", "json"]);
        assert_eq!(code(&output), 0);
        assert_eq!(json(&output)["summary"]["files"], 100_000);
    }
}

#[cfg(unix)]
#[test]
fn links_that_loop_or_lead_out_are_no_trap() {
    use std::os::unix::fs::symlink;
    let outside = project(&[("secret.ex", BAD)]);
    let folder = project(&[("lib/a.ex", BAD)]);
    let path = |path: &str| folder.path().join(path);
    symlink(folder.path(), path("lib/loop")).expect("a link");
    symlink(path("lib/itself.ex"), path("lib/itself.ex")).expect("a link");
    symlink(outside.path(), path("lib/outside")).expect("a link");
    let output = exlint(folder.path(), &["check", "--format", "concise"]);
    assert_eq!(code(&output), 3, "{}", stderr(&output));
    let text = stdout(&output) + &stderr(&output);
    assert!(text.contains("lib/itself.ex"), "{text}");
    assert_eq!(
        stdout(&output).matches("[dynamic-atom]").count(),
        1,
        "{}",
        stdout(&output)
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told() {
    let folder = project(&[("a.ex", BAD)]);
    for format in ["json", "full", "sarif"] {
        let output = exlint(
            folder.path(),
            &["check", "--output", &format!("{format}=/dev/full")],
        );
        assert_eq!(code(&output), 3, "{format}: {}", stderr(&output));
        assert!(stderr(&output).contains("/dev/full"), "{}", stderr(&output));
        let full = fs::OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .expect("a full disk");
        let output = command(folder.path(), &["check", "--format", format])
            .stdout(full)
            .output();
        let output = output.expect("the command runs");
        assert_eq!(code(&output), 3, "{format}: {}", stderr(&output));
        assert!(!stderr(&output).contains("panicked"), "{}", stderr(&output));
    }
}

/// Reports and fixes are put in place at once: whenever the run is killed, a file is the old one or the new one.
#[cfg(unix)]
#[test]
fn a_run_that_is_killed_leaves_whole_files() {
    let source = module("A", &["a", "b", "c"]).repeat(200);
    let folder = project(&[("lib/a.ex", source.as_bytes()), ("report.json", b"old")]);
    for delay in 0..12 {
        let arguments = [
            "check",
            "--fix",
            "--unsafe-fixes",
            "--output",
            "json=report.json",
        ];
        let mut child = command(folder.path(), &arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the command runs");
        std::thread::sleep(Duration::from_millis(delay * 40));
        // It may have ended by itself.
        _ = child.kill();
        child.wait().expect("it has ended");
        let text = read(folder.path(), "lib/a.ex");
        assert!(
            text.ends_with("end\n") && text.len() >= source.len(),
            "after {delay}"
        );
        let report = read(folder.path(), "report.json");
        let is_whole =
            report == "old" || serde_json::from_str::<serde_json::Value>(&report).is_ok();
        assert!(is_whole, "after {delay}");
    }
}

#[test]
fn files_that_vanish_while_they_are_read_do_no_harm() {
    let folder = project(&[]);
    let path = |number: usize| folder.path().join(format!("f{number}.ex"));
    (0..500).for_each(|number| fs::write(path(number), BAD).expect("a file"));
    let mut child = command(folder.path(), &["check", "--format", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command runs");
    (0..500)
        .rev()
        .for_each(|number| fs::remove_file(path(number)).expect("it was there"));
    let mut report = String::new();
    let mut out = child.stdout.take().expect("a pipe");
    out.read_to_string(&mut report).expect("text");
    let output = child.wait_with_output().expect("it ends");
    assert!(matches!(code(&output), 0 | 1 | 3), "{}", stderr(&output));
    assert!(
        serde_json::from_str::<serde_json::Value>(&report).is_ok(),
        "{report}"
    );
    assert!(!stderr(&output).contains("panicked"), "{}", stderr(&output));
}
