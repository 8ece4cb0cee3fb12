//! Comments that suppress findings are read, and written.
use crate::support::*;

#[test]
fn comments_are_written_for_the_findings_there_are() {
    let source = "defmodule A do\r\n  def f(params) do\r\n    x = String.to_atom(params[\"x\"]); y = String.to_atom(params[\"y\"])\r\n    \
                  \"\"\"\r\n    #{String.to_atom(params[\"z\"])}\r\n    \"\"\"\r\n  end\r\nend\r\n";
    let folder = project(&[("mix.exs", b"1\n"), ("lib/a.ex", source.as_bytes())]);
    let root = folder.path();
    let output = exlint(root, &["suppress", "--reason", "the caller\nis trusted"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert_eq!(stdout(&output), "3 findings suppressed in 1 file\n");
    assert_eq!(stderr(&output), "");
    let comment = "    # exlint:ignore dynamic-atom -- the caller is trusted\r\n    x =";
    // Inside the string, a comment would be part of the text.
    let string = source.find("    \"\"\"").expect("there is a string");
    let (before, string) = source.split_at(string);
    let (string, after) = string.split_at(string.find("  end").expect("it ends"));
    let expected = format!(
        "{}    # exlint:ignore-start dynamic-atom -- the caller is trusted\r\n{string}    \
         # exlint:ignore-end dynamic-atom\r\n{after}",
        before.replace("    x =", comment)
    );
    assert_eq!(read(root, "lib/a.ex"), expected);
    assert_eq!(findings(root, &[]), [""; 0]);
}

#[test]
fn code_means_the_same_with_the_comments() {
    // Findings in a pipeline, a sigil, a list, a string that ends where another one begins, and the last line.
    let source = "defmodule A do\n  def f(params) do\n    params[\"a\"]\n    |> String.trim()\n    \
                  |> String.to_atom()\n    |> to_string()\n  end\n\n  def g(params), do: [\n    \
                  a: ~s(\n      #{String.to_atom(params[\"x\"])}\n    ), b: \"b\n    \
                  #{String.to_atom(params[\"x\"])}\",\n    c: String.to_atom(params[\"x\"])\n  ]\n\n  \
                  def h(params), do: 'a\n  #{String.to_atom(params[\"x\"])}' end";
    let folder = project(&[("mix.exs", b"1\n"), ("lib/a.ex", source.as_bytes())]);
    let root = folder.path();
    let before = stdout(&exlint(root, &["debug", "quoted", "lib/a.ex"]));
    let output = exlint(root, &["suppress", "--reason", "trusted"]);
    assert_eq!(stdout(&output), "5 findings suppressed in 1 file\n");
    assert_eq!(findings(root, &[]), [""; 0]);
    let after = stdout(&exlint(root, &["debug", "quoted", "lib/a.ex"]));
    // Behind each line stands the place of what it shows.
    let without_places = |quoted: &str| {
        let is_place = |it: &str| it.bytes().all(|byte| byte.is_ascii_digit() || byte == b':');
        let lines = quoted.lines().map(|line| match line.rsplit_once(' ') {
            Some((shown, place)) if is_place(place) => shown.to_owned(),
            _ => line.to_owned(),
        });
        lines.collect::<Vec<_>>()
    };
    assert_eq!(without_places(&after), without_places(&before));
}

#[test]
fn what_is_said_of_comments_is_left() {
    let folder = project(&[("a.ex", b"1 # exlint:ignore bare-spawn\n(\n")]);
    let output = exlint(folder.path(), &["suppress", "--reason", "trusted"]);
    assert_eq!(stdout(&output), "0 findings suppressed in 0 files\n");
    assert!(
        stderr(&output).contains("left that no comment can suppress"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn a_block_that_nothing_ends_is_a_finding() {
    let source = "# exlint:ignore-start dynamic-atom -- trusted\n1\n# exlint:ignore-start\n# exlint:ignore-end\n";
    let folder = project(&[("a.ex", source.as_bytes())]);
    let output = exlint(folder.path(), &["check", "--format", "concise"]);
    let text = stdout(&output);
    assert!(
        text.starts_with(
            "a.ex:1:1: warning[unused-suppression] no `ignore-end` ends what this comment begins"
        ),
        "{text}"
    );
}

#[test]
fn what_is_suppressed_is_shown_when_asked_for() {
    let source = "defmodule A do\n  # exlint:ignore dynamic-atom -- trusted\n  \
                  def f(params), do: String.to_atom(params[\"x\"])\n  \
                  def g(params), do: String.to_atom(params[\"x\"])\nend\n";
    let folder = project(&[("mix.exs", b"1\n"), ("lib/a.ex", source.as_bytes())]);
    let root = folder.path();
    exlint(root, &["baseline"]);
    let arguments = ["check", "--format", "json", "--show-suppressed"];
    // The second run finds nothing changed.
    for _ in 0..2 {
        let output = exlint(root, &arguments);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        let report = json(&output);
        let suppressed = report["suppressed"].as_array().expect("a list").iter();
        let suppressed: Vec<_> = suppressed
            .map(|it| format!("{} {}", it["start"]["line"], it["suppressed"]))
            .collect();
        assert_eq!(
            suppressed,
            [
                r#"3 {"by":"comment","reason":"trusted"}"#,
                r#"4 {"by":"baseline","reason":null}"#
            ]
        );
    }
    let plain = json(&exlint(root, &["check", "--format", "json"]));
    assert!(plain.get("suppressed").is_none());
    let sarif = json(&exlint(root, &["check", "--format", "sarif"]));
    assert_eq!(sarif["runs"][0]["results"], serde_json::json!([]));
}

#[test]
fn what_the_baseline_holds_back_needs_no_comment() {
    let folder = project(&[
        ("mix.exs", b"1\n"),
        ("lib/a.ex", module("A", &["f"]).as_bytes()),
    ]);
    exlint(folder.path(), &["baseline"]);
    let output = exlint(folder.path(), &["suppress", "--reason", "trusted"]);
    assert_eq!(stdout(&output), "0 findings suppressed in 0 files\n");
}

#[test]
fn a_reason_is_needed() {
    let folder = project(&[("a.ex", b"1\n")]);
    assert_eq!(code(&exlint(folder.path(), &["suppress"])), 2);
    assert_eq!(
        code(&exlint(folder.path(), &["suppress", "--reason", " "])),
        2
    );
}

#[test]
fn blocks_and_comments_for_credo_are_heeded() {
    let source = "defmodule A do\n  # exlint:ignore-start dynamic-atom -- trusted\n  \
                  def f(params), do: String.to_atom(params[\"x\"])\n  # exlint:ignore-end\n  \
                  # credo:disable-for-next-line Credo.Check.Warning.UnsafeToAtom\n  \
                  def g(params), do: String.to_atom(params[\"x\"])\n  \
                  def h(params), do: String.to_atom(params[\"x\"])\n  \
                  # credo:disable-for-lines:2\n  \
                  def i(params), do: String.to_atom(params[\"x\"])\n  \
                  def j(params), do: String.to_atom(params[\"x\"])\n  \
                  def k(params), do: String.to_atom(params[\"x\"])\n  \
                  def l(params), do: String.to_atom(params[\"x\"])\n  \
                  # credo:disable-for-previous-line /UnsafeToAtom/\n  \
                  # credo:disable-for-next-line Credo.Check.Readability.ModuleDoc\n  \
                  def m(params), do: String.to_atom(params[\"x\"])\nend\n";
    let folder = project(&[("a.ex", source.as_bytes())]);
    assert_eq!(
        findings(folder.path(), &[]),
        [
            "a.ex:7 dynamic-atom",
            "a.ex:11 dynamic-atom",
            "a.ex:15 dynamic-atom"
        ]
    );
    let whole = format!("# credo:disable-for-this-file\n{source}");
    write(folder.path(), "a.ex", &whole);
    assert_eq!(findings(folder.path(), &[]), [""; 0]);
}

#[test]
fn comments_in_template_files_are_those_of_templates() {
    let view = "defmodule PageLive do\n  use Phoenix.LiveView\n\n  \
                def handle_event(\"c\", _, socket), do: {:noreply, socket}\nend\n";
    let template =
        "<p phx-click=\"a\">ä</p>\n<p\n  phx-click=\"b\"\n>b</p>\n<p phx-click=\"c\">c</p>\n";
    let folder = project(&[
        ("mix.exs", b"1\n"),
        ("lib/page_live.ex", view.as_bytes()),
        ("lib/page_live.html.heex", template.as_bytes()),
    ]);
    let root = folder.path();
    let found = |line: u32| format!("lib/page_live.html.heex:{line} liveview-unhandled-event");
    assert_eq!(findings(root, &[]), [found(1), found(3)]);
    let output = exlint(root, &["suppress", "--reason", "trusted"]);
    assert_eq!(stdout(&output), "1 finding suppressed in 1 file\n");
    let comment = "<%!-- exlint:ignore liveview-unhandled-event -- trusted --%>\n";
    let commented = format!("{comment}{template}");
    assert_eq!(read(root, "lib/page_live.html.heex"), commented);
    // Within a tag there is no place for one.
    assert_eq!(findings(root, &[]), [found(4)]);
}
