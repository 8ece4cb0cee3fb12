//! What calls of one file come to in others.
use exlint_facts::FileFacts;
use exlint_project::{
    CallId, ClauseId, ModuleId, Placement, Project, ServerCall, SinkKind, Tables, Target,
};

const RULES: &str = include_str!("../../../rules.toml");

fn link(source: &str) -> Project {
    link_files(&[("lib/a.ex", source)])
}

fn link_files(files: &[(&str, &str)]) -> Project {
    let tables: Tables = toml::from_str(RULES).expect("the shipped tables are right");
    let facts = |(path, source): &(&str, &str)| -> FileFacts {
        exlint_facts::collect(path, &exlint_syntax::parse(*source))
    };
    Project::link(files.iter().map(facts).collect(), &tables)
}

fn module(project: &Project, name: &str) -> ModuleId {
    let mut modules = project.modules();
    let found = modules.find(|it| project.module_name(*it) == name);
    found.expect("the module is there")
}

/// The clauses of a function, by its name.
fn clauses(project: &Project, owner: &str, name: &str) -> Vec<ClauseId> {
    let functions = project.functions_of(module(project, owner));
    let named = functions.filter(|it| project.is(project.function(*it).name, name));
    named.flat_map(|it| project.clauses_of(it)).collect()
}

/// The call of this name in a clause.
fn call(project: &Project, clause: ClauseId, name: &str) -> CallId {
    let mut calls = project.calls_of(clause);
    let found = calls.find(|(_, it)| project.is(it.name, name));
    found.expect("the call is there").0
}

/// The heads that a call may reach, as positions among the clauses of the function.
fn reached(project: &Project, id: CallId) -> Vec<usize> {
    let Target::Function {
        function, clauses, ..
    } = project.target(id)
    else {
        panic!("{} is not resolved", project.callee_text(id));
    };
    let all: Vec<_> = project.clauses_of(*function).collect();
    all.iter()
        .enumerate()
        .filter(|(_, it)| clauses.contains(it))
        .map(|(nth, _)| nth)
        .collect()
}

#[test]
fn use_of_a_web_module_dispatches_to_its_templates() {
    let project = link(
        "defmodule Web do
          def live_view do
            quote do
              use Phoenix.LiveView
              import Web.Core
            end
          end
          defmacro __using__(which), do: apply(__MODULE__, which, [])
        end
        defmodule Web.Core do
          def icon(name), do: name
        end
        defmodule Web.Page do
          use Web, :live_view
          def mount(_params, _session, socket), do: {:ok, icon(socket)}
        end",
    );
    assert!(project.implements(module(&project, "Web.Page"), "Phoenix.LiveView"));
    let mount = clauses(&project, "Web.Page", "mount")[0];
    assert_eq!(reached(&project, call(&project, mount, "icon")), [0]);
}

#[test]
fn use_brings_short_names_with_it() {
    let project = link(
        "defmodule ShopWeb do
           def html do
             quote do
               alias ShopWeb.Layouts
               alias Shop.Prices, as: Money
             end
           end

           defmacro __using__(which), do: apply(__MODULE__, which, [])
         end

         defmodule ShopWeb.Page do
           use ShopWeb, :html
           def show, do: Layouts.Wide.app(Money.sum())
         end

         defmodule ShopWeb.Layouts.Wide do
           def app(_), do: :ok
         end

         defmodule Shop.Prices do
           def sum, do: 1
         end",
    );
    let show = clauses(&project, "ShopWeb.Page", "show")[0];
    assert_eq!(reached(&project, call(&project, show, "app")), [0]);
    assert_eq!(reached(&project, call(&project, show, "sum")), [0]);
}

#[test]
fn delegates_are_calls() {
    let project = link(
        "defmodule A do
          defdelegate load(path), to: B, as: :fetch
          def run(path), do: load(path)
        end
        defmodule B do
          def fetch(path), do: File.read!(path)
        end",
    );
    let run = clauses(&project, "A", "run")[0];
    let reach = &project.reaches(run)[0];
    assert_eq!((reach.kind, reach.depth), (SinkKind::File, 2));
}

#[test]
fn arguments_select_clauses() {
    let project = link(
        "defmodule A do
          def a, do: push(%A{}, 1)
          def b(state) when is_map(state), do: push({:pid, state}, 1)
          def c, do: push(:name, 1)
          def push(%A{} = state, _), do: state
          def push({:pid, _} = pid, _), do: pid
          def push(name, _) when is_atom(name), do: name
        end",
    );
    let of = |name: &str| {
        let clause = clauses(&project, "A", name)[0];
        reached(&project, call(&project, clause, "push"))
    };
    assert_eq!(of("a"), [0]);
    assert_eq!(of("b"), [1]);
    assert_eq!(of("c"), [2]);
}

#[test]
fn closures_run_where_the_functions_of_the_project_run_them() {
    let project = link(
        "defmodule A do
          def run(fun), do: pass(fun)
          def pass(fun), do: fun.()
          def start(fun), do: Task.start(fun)
          def here, do: run(fn -> File.read!(\"a\") end)
          def there, do: start(fn -> File.read!(\"a\") end)
          def kept, do: {:ok, fn -> File.read!(\"a\") end}
        end",
    );
    let placed = |name: &str| {
        let clause = clauses(&project, "A", name)[0];
        let read = call(&project, clause, "read!");
        project.placement(clause, project.call(read).scope)
    };
    assert_eq!(placed("here"), Placement::Inline);
    assert_eq!(placed("there"), Placement::OtherProcess);
    assert_eq!(placed("kept"), Placement::Deferred);
}

#[test]
fn streams_wait_where_they_are_consumed() {
    let project = link(
        "defmodule A do
          def lazy(path), do: path |> File.stream!() |> Stream.map(& &1)
          def eager(path), do: path |> File.stream!() |> Stream.map(& &1) |> Enum.to_list()
          def each(path), do: for(line <- File.stream!(path), do: line)
        end",
    );
    let waits = |name: &str| !project.reaches(clauses(&project, "A", name)[0]).is_empty();
    assert_eq!(["lazy", "eager", "each"].map(waits), [false, true, true]);
}

const SERVERS: &str = "defmodule A do
  use GenServer
  def start_link(opts), do: GenServer.start_link(__MODULE__, opts, name: __MODULE__)
  def get(key), do: GenServer.call(__MODULE__, {:get, key})
  def init(opts), do: {:ok, opts}
  def handle_call({:get, key}, _from, state), do: {:reply, B.of(key), state}
  def handle_call(:all, _from, state), do: {:reply, total(self()), state}
  def total(server), do: GenServer.call(server, :total)
end
defmodule B do
  use GenServer
  def start_link(opts), do: GenServer.start_link(__MODULE__, opts, name: __MODULE__)
  def of(key), do: GenServer.call(__MODULE__, {:of, key})
  def init(opts), do: {:ok, opts}
  def handle_call({:of, _key}, _from, state), do: {:reply, state, state}
  def handle_call(:reset, _from, _state), do: {:reply, :ok, %{}}
end";

#[test]
fn a_message_selects_the_clauses_that_may_receive_it() {
    let project = link(SERVERS);
    let graph = project.server_graph();
    let edges = graph
        .edges
        .iter()
        .filter(|it| it.to == module(&project, "B"));
    let edges: Vec<_> = edges.collect();
    assert_eq!(edges.len(), 1);
    assert_eq!(edges[0].kind, ServerCall::Call);
    assert!(edges[0].is_certain);
    let handlers: Vec<_> = edges[0].handlers.iter().map(|it| it.clause).collect();
    assert_eq!(handlers, [clauses(&project, "B", "handle_call")[0]]);
}

#[test]
fn parameters_come_from_the_callers_on_the_way() {
    let project = link(SERVERS);
    let all = clauses(&project, "A", "handle_call")[1];
    let runs = project.runs(all);
    let total = clauses(&project, "A", "total")[0];
    let sent = call(&project, total, "call");
    let receiver = &project.call(sent).arguments[0];
    let (clause, value) = runs.origin(&project, total, receiver);
    assert!(project.is_self(clause, value));
    assert_eq!(runs.path_to(sent).len(), 2);
}

/// The modules of the clauses that a call may lead to.
fn modules_reached(project: &Project, id: CallId) -> Vec<&str> {
    let (clauses, _) = project.target(id).clauses();
    let modules = clauses.iter().map(|it| project.module_of_clause(*it));
    let mut names: Vec<_> = modules.map(|it| project.module_name(it)).collect();
    names.sort_unstable();
    names
}

#[test]
fn the_configuration_names_what_is_called() {
    let project = link_files(&[
        (
            "config/config.exs",
            "import Config
            config :shop, Shop.Mail, adapter: Shop.Smtp, from: \"shop\"
            config :shop, :rates, Shop.Rates.Http
            config :shop, lock: Shop.Lock.Local
            if config_env() == :prod do
              config :shop, :rates, Shop.Rates.Bank
            end",
        ),
        ("config/test.exs", "import Config\nconfig :shop, :rates, Shop.Rates.Mock"),
        (
            "lib/shop.ex",
            "defmodule Shop do
              @lock Application.compile_env(:shop, :lock)
              @mail Application.compile_env!(:shop, Shop.Mail)[:adapter]
              @post Keyword.get(Application.compile_env(:shop, Shop.Mail, []), :adapter)
              @send :shop |> Application.compile_env(Shop.Mail) |> Keyword.get(:mailer, Shop.Store)
              def send(text), do: @send.get(text)
              def card(text), do: @post.deliver(text)
              def rate(currency), do: rates().rate(currency)
              def lock(key), do: @lock.take(key)
              def mail(text), do: @mail.deliver(text)
              def post(text), do: Keyword.fetch!(Application.get_env(:shop, Shop.Mail), :adapter).deliver(text)
              def store(key), do: Application.get_env(:shop, :store, Shop.Store).get(key)
              def given(module), do: module.rate(1)
              def unset(key), do: Application.get_env(:shop, :nothing).get(key)
              defp rates, do: Application.get_env(:shop, :rates)
            end
            defmodule Shop.Smtp do
              def deliver(text), do: text
            end
            defmodule Shop.Rates.Http do
              def rate(currency), do: Req.get!(currency)
            end
            defmodule Shop.Rates.Bank do
              def rate(currency), do: currency
            end
            defmodule Shop.Rates.Mock do
              def rate(_currency), do: 1
            end
            defmodule Shop.Lock.Local do
              def take(key), do: key
            end
            defmodule Shop.Store do
              def get(key), do: key
            end",
        ),
    ]);
    let reached = |function: &str, name: &str| {
        let clause = clauses(&project, "Shop", function)[0];
        modules_reached(&project, call(&project, clause, name))
    };
    assert_eq!(
        reached("rate", "rate"),
        ["Shop.Rates.Bank", "Shop.Rates.Http"]
    );
    assert_eq!(reached("lock", "take"), ["Shop.Lock.Local"]);
    assert_eq!(reached("mail", "deliver"), ["Shop.Smtp"]);
    assert_eq!(reached("post", "deliver"), ["Shop.Smtp"]);
    assert_eq!(reached("card", "deliver"), ["Shop.Smtp"]);
    assert_eq!(reached("send", "get"), ["Shop.Store"]);
    assert_eq!(reached("store", "get"), ["Shop.Store"]);
    assert!(reached("given", "rate").is_empty());
    assert!(reached("unset", "get").is_empty());
    let rate = clauses(&project, "Shop", "rate")[0];
    let waits = project.reaches(rate);
    let http = waits.iter().find(|it| it.kind == SinkKind::Http);
    assert!(http.is_some_and(|it| !it.certain));
}

#[test]
fn arguments_skip_the_defaults_that_a_call_leaves_out() {
    let project = link(
        "defmodule A do
          def call(server \\\\ :name, message, timeout \\\\ 10), do: {server, message, timeout}
        end",
    );
    let function = project.function_of_clause(clauses(&project, "A", "call")[0]);
    let places = |count: usize| (0..3).map(move |it| function.argument_for(it, count));
    assert_eq!(places(1).collect::<Vec<_>>(), [None, Some(0), None]);
    assert_eq!(places(2).collect::<Vec<_>>(), [Some(0), Some(1), None]);
    assert_eq!(places(3).collect::<Vec<_>>(), [Some(0), Some(1), Some(2)]);
}

#[test]
fn calls_are_found_by_name_once_each_and_in_order() {
    let project = link(
        "defmodule A do
          def a(x), do: first(x) + second(x) + first(x)
          def b(x), do: second(x) + third(x)
        end",
    );
    let named = |names: &[&str]| -> Vec<String> {
        let calls = project.calls_named(names);
        calls
            .map(|(id, call)| {
                let function = project.function_of_clause(id.clause).name;
                format!("{} {}", project.text(function), project.text(call.name))
            })
            .collect()
    };
    assert_eq!(
        named(&["second", "first", "second"]),
        ["a first", "a second", "a first", "b second"]
    );
    assert!(named(&["fourth"]).is_empty());
}
