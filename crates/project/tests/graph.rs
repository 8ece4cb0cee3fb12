//! Servers and messages of a small project, as people see them.
use exlint_findings::MessageKind;
use exlint_project::{Project, Tables};

const SOURCE: &str = r#"
defmodule A.Stock do
  use GenServer
  def start_link(opts), do: GenServer.start_link(__MODULE__, opts, name: __MODULE__)
  def take(item), do: GenServer.call(__MODULE__, {:take, item, nil})
  def init(opts), do: {:ok, opts, {:continue, :load}}

  def handle_continue(:load, state) do
    Process.send_after(self(), :tick, 1_000)
    {:noreply, state}
  end

  def handle_call({:take, item, _}, _from, state) do
    A.Log.note({:taken, item})
    {:reply, :ok, state}
  end
end

defmodule A.Log do
  use GenServer
  def start_link(opts), do: GenServer.start_link(__MODULE__, opts, name: __MODULE__)
  def note(text), do: GenServer.cast(__MODULE__, {:note, text})
  def init(opts), do: {:ok, opts}
  def handle_cast({:note, _}, state), do: {:noreply, state}
end

defmodule A.Idle do
  use GenServer
  def init(opts), do: {:ok, opts}
end

defmodule A.Shop do
  def buy(item), do: order(item)
  defp order(item), do: A.Stock.take(item)
end
"#;

#[test]
fn servers_come_in_groups_and_clients_last() {
    let file = exlint_syntax::parse(SOURCE);
    let facts = exlint_facts::collect("lib/a.ex", &file);
    let graph = Project::link(vec![facts], &Tables::default()).message_graph();
    let processes = graph
        .processes
        .iter()
        .map(|it| (it.title.as_str(), it.group));
    assert_eq!(
        processes.collect::<Vec<_>>(),
        [
            ("A.Log", Some(0)),
            ("A.Stock", Some(0)),
            ("A.Idle", None),
            ("A.Shop", None)
        ]
    );
    let edges = graph.edges.iter().map(|it| {
        let message = &it.messages[0];
        let (text, sender) = (message.message.as_str(), message.sender.as_str());
        (it.from, it.to, it.kind, text, sender)
    });
    assert_eq!(
        edges.collect::<Vec<_>>(),
        [
            (1, 0, MessageKind::Cast, "{:note, _}", "handle_call/3"),
            (1, 1, MessageKind::Info, ":tick", "handle_continue/2"),
            (3, 1, MessageKind::Call, "{:take, _, nil}", "order/1"),
        ]
    );
}

const CONFIGURED: &str = r#"
defmodule B.Mail do
  use GenServer
  def start_link(opts), do: GenServer.start_link(__MODULE__, opts, name: __MODULE__)
  def deliver(mail), do: GenServer.cast(__MODULE__, {:deliver, mail})
  def init(opts), do: {:ok, opts}
  def handle_cast({:deliver, _}, state), do: {:noreply, state}
end

defmodule B.Orders do
  use GenServer
  def start_link(opts), do: GenServer.start_link(__MODULE__, opts, name: __MODULE__)
  def init(opts), do: {:ok, opts}

  def handle_call({:order, item}, _from, state) do
    mailer().deliver(item)
    {:reply, :ok, state}
  end

  defp mailer, do: Application.get_env(:b, :mailer)
end

defmodule B.Shop do
  @mailer Application.compile_env(:b, :mailer)
  def buy(item), do: @mailer.deliver(item)
end
"#;

#[test]
fn edges_through_the_configuration_are_approximate() {
    let collect =
        |path: &str, source: &str| exlint_facts::collect(path, &exlint_syntax::parse(source));
    let config = "import Config\nconfig :b, mailer: B.Mail\n";
    let files = vec![
        collect("config/config.exs", config),
        collect("lib/b.ex", CONFIGURED),
    ];
    let graph = Project::link(files, &Tables::default()).message_graph();
    let edges = graph.edges.iter().map(|it| {
        let title = |number: usize| graph.processes[number].title.as_str();
        let message = &it.messages[0];
        let text = message.message.as_str();
        (title(it.from), title(it.to), text, message.approximate)
    });
    assert_eq!(
        edges.collect::<Vec<_>>(),
        [
            ("B.Orders", "B.Mail", "{:deliver, _}", true),
            ("B.Shop", "B.Mail", "{:deliver, _}", true),
        ]
    );
}
