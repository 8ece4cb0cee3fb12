//! The supervision tree, drawn.
use crate::support::*;

const APPLICATION: &str = "\
defmodule Shop.Application do
  use Application

  def start(_type, args) do
    children = [Shop.Repo, {Registry, keys: :unique, name: Shop.Names}]
    children = if args[:web], do: children ++ [ShopWeb.Endpoint], else: children
    Supervisor.start_link(children, strategy: :one_for_one, name: Shop.Supervisor)
  end
end
";

#[test]
fn every_format_shows_the_whole_tree() {
    let folder = project(&[("mix.exs", b"1\n"), ("lib/shop.ex", APPLICATION.as_bytes())]);
    let draw = |format: &str| exlint(folder.path(), &["tree", "--format", format]);
    let text = draw("text");
    assert_eq!(code(&text), 0, "{}", stderr(&text));
    for line in [
        "Shop.Supervisor  one_for_one  lib/shop.ex:7",
        "Registry as Shop.Names  lib/shop.ex:5",
        "ShopWeb.Endpoint  conditional  lib/shop.ex:6",
    ] {
        assert!(stdout(&text).contains(line), "{}", stdout(&text));
    }
    let tree = json(&draw("json"));
    assert_eq!(tree[0]["children"][0]["children"][0]["title"], "Shop.Repo");
    for format in ["mermaid", "dot", "svg"] {
        assert!(stdout(&draw(format)).contains("ShopWeb.Endpoint"));
    }
}

#[test]
fn a_project_without_supervisors_has_no_tree() {
    let folder = project(&[("mix.exs", b"1\n"), ("lib/a.ex", b"defmodule A do\nend\n")]);
    let output = exlint(folder.path(), &["tree"]);
    assert_eq!((code(&output), stdout(&output)), (0, String::new()));
    assert!(stderr(&output).contains("no supervisor found"));
}
