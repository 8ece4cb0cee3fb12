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
    assert_eq!(stdout(&output), "2 findings suppressed in 1 file\n");
    assert_eq!(
        stderr(&output),
        "note: 1 finding left that no comment can suppress\n"
    );
    let comment = "    # exlint:ignore dynamic-atom -- the caller is trusted\r\n    x =";
    assert_eq!(read(root, "lib/a.ex"), source.replace("    x =", comment));
    assert_eq!(findings(root, &[]), ["lib/a.ex:6 dynamic-atom"]);
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
                  def h(params), do: String.to_atom(params[\"x\"])\nend\n";
    let folder = project(&[("a.ex", source.as_bytes())]);
    assert_eq!(findings(folder.path(), &[]), ["a.ex:7 dynamic-atom"]);
}

#[test]
fn comments_in_templates_are_those_of_templates() {
    let source = "defmodule PageLive do\n  use Phoenix.LiveView\n\n  def render(assigns) do\n    ~H\"\"\"\n    \
                  <p phx-click=\"a\">ä</p>\n    <p\n      phx-click=\"b\"\n    >b</p>\n    \"\"\"\n  end\n\n  \
                  def handle_event(\"c\", _, socket), do: {:noreply, socket}\nend\n";
    let folder = project(&[("mix.exs", b"1\n"), ("lib/a.ex", source.as_bytes())]);
    let root = folder.path();
    let unhandled = "liveview-unhandled-event";
    let found = [
        format!("lib/a.ex:6 {unhandled}"),
        format!("lib/a.ex:8 {unhandled}"),
    ];
    assert_eq!(findings(root, &[]), found);
    let output = exlint(root, &["suppress", "--reason", "trusted"]);
    assert_eq!(stdout(&output), "1 finding suppressed in 1 file\n");
    let comment =
        "    <%!-- exlint:ignore liveview-unhandled-event -- trusted --%>\n    <p phx-click=\"a\"";
    let commented = source.replace("    <p phx-click=\"a\"", comment);
    assert_eq!(read(root, "lib/a.ex"), commented);
    // Within a tag there is no place for one.
    assert_eq!(findings(root, &[]), [format!("lib/a.ex:9 {unhandled}")]);
}
