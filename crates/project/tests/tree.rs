//! The supervision tree of small projects, written as an outline.
use exlint_findings::{ProcessKind, ProcessNode};
use exlint_project::{Project, Tables};

/// The outline of one file: a line for each node, its details in brackets.
fn outline(source: &str) -> String {
    outline_with(source, &[])
}

/// The same in the company of other files, which no node stands in.
fn outline_with(source: &str, others: &[(&str, &str)]) -> String {
    let files = [&[("lib/a.ex", source)], others].concat();
    let facts = files.iter().map(|(path, text)| {
        let file = exlint_syntax::parse(*text);
        exlint_facts::collect(path, &file)
    });
    let project = Project::link(facts.collect(), &Tables::default());
    let mut text = String::new();
    for node in project.outline() {
        write(&node, 0, source, &mut text);
    }
    text
}

fn write(node: &ProcessNode, depth: usize, source: &str, text: &mut String) {
    let line = source[..node.span.start as usize].lines().count();
    let mut details: Vec<String> = Vec::new();
    details.extend(node.name.clone());
    details.extend(node.strategy.clone());
    details.extend(node.restart.clone());
    if node.conditional {
        details.push("conditional".to_owned());
    }
    if node.dynamic {
        details.push("dynamic".to_owned());
    }
    let title = match node.kind {
        ProcessKind::Hole => "?",
        _ => &node.title,
    };
    *text += &"  ".repeat(depth);
    *text += &format!("{title} [{}] {line}\n", details.join(" "));
    for child in &node.children {
        write(child, depth + 1, source, text);
    }
}

#[test]
fn forms_of_children() {
    let source = r#"
defmodule A.Application do
  use Application
  @last [A.Last]

  def start(_type, args) do
    children = [
      {Registry, keys: :unique, name: A.Names},
      %{id: :w, start: {A.Worker, :start_link, [args]}, restart: :transient},
      Supervisor.child_spec({A.Worker, 1}, id: :v),
      {:poller, period: 5}
    ]

    children = if args[:web], do: [A.Web | children], else: children
    Supervisor.start_link(children ++ more(args) ++ args ++ @last, strategy: :rest_for_one, name: A.Sup)
  end

  defp more(args), do: [A.Inner, args[:x] && A.Extra] |> Enum.reject(&is_nil/1)
end

defmodule A.Inner do
  use Supervisor
  def start_link(_), do: Supervisor.start_link(__MODULE__, [], name: __MODULE__)
  def init(_), do: Supervisor.init([A.Deep], strategy: :one_for_all)
end
"#;
    let expected = "\
A.Application [] 6
  A.Sup [rest_for_one] 15
    A.Web [conditional] 14
    Registry [A.Names] 8
    A.Worker [transient] 9
    A.Worker [] 10
    :poller [] 11
    A.Inner [one_for_all] 18
      A.Deep [] 24
    A.Extra [conditional] 18
    ? [] 15
    A.Last [] 15
";
    assert_eq!(outline(source), expected);
}

#[test]
fn branches_and_helpers_that_extend_a_list() {
    let source = r#"
defmodule B do
  def start_link(env) do
    [B.First]
    |> with_jobs(env)
    |> Supervisor.start_link(strategy: :one_for_one)
  end

  defp with_jobs(children, :test), do: children
  defp with_jobs(children, _env), do: children ++ [B.Jobs]
end
"#;
    let expected = "\
B [one_for_one] 6
  B.First [] 4
  B.Jobs [conditional] 10
";
    assert_eq!(outline(source), expected);
}

#[test]
fn recursion_ends() {
    let source = "
defmodule C do
  def start_link(n), do: Supervisor.start_link(list(n), strategy: :one_for_one)
  defp list(n), do: [C.Worker | list(n)]
end
";
    let text = outline(source);
    assert!(text.starts_with("C [one_for_one]"));
    assert!(text.lines().count() < 40);
}

#[test]
fn supervisors_in_specifications() {
    let source = r#"
defmodule A.Application do
  use Application

  def start(_type, _args) do
    inner = [A.One, %{id: :pg, start: {:pg, :start_link, [:scope]}}]

    children = [
      %{id: A.Pool, start: {Supervisor, :start_link, [inner, [strategy: :one_for_all, name: A.Pool]]}},
      A.Two
    ]

    Supervisor.start_link(children, strategy: :one_for_one)
  end
end
"#;
    let expected = "\
A.Application [] 5
  Supervisor [one_for_one] 13
    Supervisor [A.Pool one_for_all] 9
      A.One [] 6
      :pg [] 6
    A.Two [] 10
";
    assert_eq!(outline(source), expected);
}

#[test]
fn applications_that_only_mix_names() {
    let source = r#"
defmodule A do
  def start(_type, _args), do: Supervisor.start_link([A.One], strategy: :one_for_one)
end
"#;
    let mix = "
defmodule A.MixProject do
  use Mix.Project
  def application, do: [mod: {A, []}] ++ extra()
  defp extra, do: [extra_applications: [:logger]]
end
";
    let expected = "\
A [] 3
  Supervisor [one_for_one] 3
    A.One [] 3
";
    assert_eq!(outline_with(source, &[("mix.exs", mix)]), expected);
}

#[test]
fn children_that_are_started_one_by_one() {
    let source = r#"
defmodule A.Application do
  use Application

  def start(_type, _args) do
    children = [
      {DynamicSupervisor, name: A.Rooms},
      {PartitionSupervisor, child_spec: DynamicSupervisor, name: A.Games},
      A.Guests
    ]

    Supervisor.start_link(children, strategy: :one_for_one)
  end

  def open(id), do: DynamicSupervisor.start_child(A.Rooms, {A.Room, id})
  def again(id), do: DynamicSupervisor.start_child(A.Rooms, {A.Room, id})

  def play(id) do
    DynamicSupervisor.start_child({:via, PartitionSupervisor, {A.Games, id}}, {A.Game, id})
  end
end

defmodule A.Guests do
  use DynamicSupervisor
  def start_link(_), do: DynamicSupervisor.start_link(__MODULE__, [], name: __MODULE__)
  def init(_), do: DynamicSupervisor.init(strategy: :one_for_one)
  def enter(id), do: DynamicSupervisor.start_child(__MODULE__, %{id: id, start: {A.Guest, :start_link, [id]}, restart: :temporary})
end
"#;
    let expected = "\
A.Application [] 5
  Supervisor [one_for_one] 12
    DynamicSupervisor [A.Rooms] 7
      A.Room [dynamic] 15
    PartitionSupervisor [A.Games] 8
      A.Game [dynamic] 19
    A.Guests [one_for_one] 9
      A.Guest [temporary dynamic] 27
";
    assert_eq!(outline(source), expected);
}
