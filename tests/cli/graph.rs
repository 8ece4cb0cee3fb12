//! The servers and their messages, drawn.
use crate::support::*;

const SERVERS: &str = "\
defmodule Stock do
  use GenServer

  def start_link(opts), do: GenServer.start_link(__MODULE__, opts, name: __MODULE__)
  def reserve(item), do: GenServer.call(__MODULE__, {:reserve, item})
  def count(item), do: GenServer.call(__MODULE__, {:count, item})

  @impl true
  def init(_opts) do
    Process.send_after(self(), :tick, 1_000)
    {:ok, %{}}
  end

  @impl true
  def handle_call({:reserve, item}, _from, state), do: {:reply, Price.of(item), state}
  def handle_call({:count, item}, _from, state), do: {:reply, state[item], state}

  @impl true
  def handle_info(:tick, state), do: {:noreply, state}
end

defmodule Price do
  use GenServer

  def start_link(opts), do: GenServer.start_link(__MODULE__, opts, name: __MODULE__)
  def of(item), do: GenServer.call(__MODULE__, {:of, item})

  @impl true
  def init(_opts), do: {:ok, %{}}

  @impl true
  def handle_call({:of, item}, _from, state), do: {:reply, 100 / Stock.count(item), state}
end

defmodule Shop do
  def buy(item), do: Stock.reserve(item)
end
";

#[test]
fn every_format_shows_servers_messages_and_findings() {
    let folder = project(&[("mix.exs", b"1\n"), ("lib/shop.ex", SERVERS.as_bytes())]);
    let draw = |format: &str| exlint(folder.path(), &["graph", "--format", format]);
    let text = draw("text");
    assert_eq!(code(&text), 0, "{}", stderr(&text));
    for line in [
        "Stock  GenServer  lib/shop.ex:1",
        "call to Price  {:of, _}  in handle_call/3  lib/shop.ex:15",
        "warning[genserver-call-cycle] `Price` calls `Stock`, which waits for it at this moment",
        "info to itself  :tick  in init/1  lib/shop.ex:10",
        "call from Shop  {:reserve, _}  lib/shop.ex:36",
    ] {
        assert!(stdout(&text).contains(line), "{line}\n{}", stdout(&text));
    }
    let graph = json(&draw("json"));
    assert_eq!(graph["processes"][0]["title"], "Price");
    assert_eq!(graph["edges"][0]["kind"], "call");
    let message = &graph["edges"][0]["messages"][0];
    assert_eq!(message["message"], "{:count, _}");
    assert_eq!(message["findings"][0]["rule"], "genserver-call-cycle");
    for format in ["mermaid", "dot", "svg"] {
        let drawn = stdout(&draw(format));
        assert!(drawn.contains("call {:of, _}"), "{drawn}");
        assert!(drawn.contains("genserver-call-cycle"), "{drawn}");
    }
}

#[test]
fn the_same_project_gives_the_same_drawing() {
    let folder = project(&[("mix.exs", b"1\n"), ("lib/shop.ex", SERVERS.as_bytes())]);
    let draw = || stdout(&exlint(folder.path(), &["graph", "--format", "svg"]));
    assert_eq!(draw(), draw());
}

#[test]
fn a_suppressed_finding_is_not_marked() {
    let comment = "# exlint:ignore-file genserver-call-cycle -- a test\n";
    let source = format!("{comment}{SERVERS}");
    let folder = project(&[("mix.exs", b"1\n"), ("lib/shop.ex", source.as_bytes())]);
    let text = stdout(&exlint(folder.path(), &["graph"]));
    assert!(text.contains("call to Price"), "{text}");
    assert!(!text.contains("genserver-call-cycle"), "{text}");
}

#[test]
fn a_project_without_servers_has_no_graph() {
    let folder = project(&[("mix.exs", b"1\n"), ("lib/a.ex", b"defmodule A do\nend\n")]);
    let output = exlint(folder.path(), &["graph"]);
    assert_eq!((code(&output), stdout(&output)), (0, String::new()));
    assert!(stderr(&output).contains("no server found"));
}

#[test]
fn help_shows_examples() {
    let folder = project(&[]);
    let help = stdout(&exlint(folder.path(), &["graph", "--help"]));
    assert!(help.contains("exlint graph --format svg > graph.svg"));
    let manual = stdout(&exlint(folder.path(), &["man"]));
    assert!(manual.contains("exlint\\-graph") || manual.contains("exlint-graph"));
}
