//! Facts of small files.
use crate::*;

fn facts(source: &str) -> FileFacts {
    collect("lib/a.ex", &exlint_syntax::parse(source))
}

fn text(facts: &FileFacts, name: Name) -> &str {
    facts.names.get(name).expect("a name of the file")
}

/// Each call as `Module.name/arity`, with its flow and scope.
fn calls(body: &str) -> Vec<String> {
    let facts = facts(&format!(
        "defmodule A do\n  alias X.Y\n  def f(x) do\n{body}\n  end\n  def g(x), do: x\nend"
    ));
    let code = &facts.modules[0].functions[0].clauses[0].code;
    code.calls
        .iter()
        .map(|it| {
            let module = match &it.callee {
                Callee::Remote(module) => format!("{}.", text(&facts, *module)),
                Callee::Local => String::new(),
                _ => "?.".to_owned(),
            };
            format!(
                "{module}{}/{} {:?} {}",
                text(&facts, it.name),
                it.arity,
                it.flow,
                it.scope.0
            )
        })
        .collect()
}

#[test]
fn calls_in_order_of_evaluation() {
    let body = "x |> Y.a(Z.b()) |> g()\n{:ok, _} = Y.c(x)\nY.d()";
    let expected = [
        "Z.b/0 Used 0",
        "X.Y.a/2 Used 0",
        "g/1 Discarded 0",
        "X.Y.c/1 Ignored 0",
        "X.Y.d/0 Returned 0",
    ];
    assert_eq!(calls(body), expected);
}

#[test]
fn closures_and_captures() {
    let body = "Task.start(fn -> Y.a(x) end)\nEnum.map(x, &Y.b/1)\napply(Y, :c, [x])";
    let expected = [
        "X.Y.a/1 Returned 1",
        "Task.start/1 Discarded 0",
        "X.Y.b/1 Returned 2",
        "Enum.map/2 Discarded 0",
        "Kernel.apply/3 Returned 0",
        "X.Y.c/1 Returned 0",
    ];
    assert_eq!(calls(body), expected);
}

#[test]
fn control_flow_passes_its_value_on() {
    let body = "if x do\n  Y.a()\nelse\n  case Y.b() do\n    1 -> Y.c()\n  end\nend";
    let expected = ["X.Y.a/0 Returned 0", "X.Y.b/0 Used 0", "X.Y.c/0 Returned 0"];
    assert_eq!(calls(body), expected);
}

#[test]
fn defaults_for_all_but_ok() {
    let facts = facts(
        "defmodule A do\n  def f(x) do\n    case g(x) do\n      {:ok, y} -> y\n      _ -> nil\n    end\n    with {:ok, z} <- h(x), 1 <- x do\n      z\n    else\n      _ -> []\n    end\n    case g(x) do\n      {:ok, y} -> y\n      other -> other\n    end\n  end\nend",
    );
    let code = &facts.modules[0].functions[0].clauses[0].code;
    let found: Vec<_> = code
        .fallbacks
        .iter()
        .map(|it| (text(&facts, it.value), it.subject.clone()))
        .collect();
    assert_eq!(found, [("nil", Shape::Call(0)), ("[]", Shape::Call(1))]);
}

#[test]
fn tails_and_variables() {
    let facts = facts(
        "defmodule A do\n  def f(s) do\n    n = {:a, s}\n    if s, do: {:reply, n, s}, else: :no\n  end\nend",
    );
    let clause = &facts.modules[0].functions[0].clauses[0];
    let tags: Vec<_> = clause
        .code
        .tails
        .iter()
        .filter_map(|it| it.shape.tag())
        .collect();
    assert_eq!(
        tags.iter()
            .map(|(name, len)| (text(&facts, *name), *len))
            .collect::<Vec<_>>(),
        [("reply", 3), ("no", 0)]
    );
    assert_eq!(clause.code.variables[0], Shape::Parameter(0));
    assert!(matches!(clause.code.variables[1], Shape::Tuple(_)));
}

#[test]
fn lists_of_children_know_their_places() {
    let source =
        "defmodule A do\n  def f(x), do: [B, {C, x} | x]\n  def g([h | _]), do: [h, 1]\nend";
    let facts = facts(source);
    let code = |nth: usize| &facts.modules[0].functions[nth].clauses[0].code;
    let lists = &code(0).lists;
    let texts: Vec<_> = lists[0]
        .spans
        .iter()
        .map(|it| &source[it.range()])
        .collect();
    assert_eq!(texts, ["B", "{C, x}"]);
    assert!(
        matches!(&code(0).tails[0].shape, Shape::Concat(heads, _) if **heads == Shape::List(lists[0].elements.clone()))
    );
    assert!(code(1).lists.is_empty());
}

#[test]
fn templates_are_read() {
    let source = "defmodule Web do\n  def live_view do\n    quote do\n      use Phoenix.LiveView\n      unquote(helpers())\n    end\n  end\n  defp helpers do\n    quote do\n      import Web.Core\n    end\n  end\n  defmacro __using__(which), do: apply(__MODULE__, which, [])\nend";
    let facts = facts(source);
    let templates = &facts.modules[0].templates;
    assert_eq!(templates.len(), 3);
    assert_eq!(
        text(&facts, templates[0].uses[0].module),
        "Phoenix.LiveView"
    );
    assert_eq!(text(&facts, templates[0].includes[0]), "helpers");
    assert!(templates[2].dispatches);
}

#[test]
fn roles_by_path() {
    assert_eq!(role("lib/a.ex"), FileRole::Production);
    assert_eq!(role("apps/a/test/support/b.ex"), FileRole::Test);
    assert_eq!(role("config/runtime.exs"), FileRole::Script);
    assert_eq!(role("lib/a_test.exs"), FileRole::Test);
}

#[test]
fn functions_may_be_called_like_directives() {
    let facts =
        facts("defmodule A do\n  def import(conn, %{}), do: conn\n  def use(x), do: x\nend");
    let functions = facts.modules[0].functions.iter();
    let names: Vec<_> = functions
        .map(|it| (text(&facts, it.name), it.max_arity))
        .collect();
    assert_eq!(names, [("import", 2), ("use", 1)]);
}

#[test]
fn what_attributes_and_options_of_use_call() {
    let facts = facts(
        "defmodule A do\n  use B, from: X.a()\n  @url Y.b(:c)\n  @doc \"z\"\n  @list [1, 2]\n  @spec f(Z.t()) :: Z.t()\nend",
    );
    let calls = facts.modules[0].body.calls.iter();
    let names: Vec<_> = calls.map(|it| text(&facts, it.name)).collect();
    assert_eq!(names, ["a", "b"]);
}

#[test]
fn templates_that_bring_an_on_mount() {
    let facts = facts(
        "defmodule A do\n  def live do\n    quote do\n      on_mount B\n    end\n  end\n  def page do\n    quote do\n      import B\n    end\n  end\nend",
    );
    let templates = facts.modules[0].templates.iter();
    let mounts: Vec<_> = templates.map(|it| it.mounts).collect();
    assert_eq!(mounts, [true, false]);
}

#[test]
fn what_is_collected_is_sound() {
    let mut folders = vec![concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures").into()];
    let mut count = 0;
    while let Some(folder) = folders.pop() {
        let folder: std::path::PathBuf = folder;
        for entry in std::fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(source) = std::fs::read_to_string(&path) {
                assert!(facts(&source).is_sound(), "{path:?}");
                count += 1;
            }
        }
    }
    assert!(count > 100, "{count}");
}

#[test]
fn what_leads_astray_is_not_sound() {
    let source = "defmodule A do\n  def f(x), do: Enum.map(x, fn y -> g(y) end)\nend\n";
    let changes: [fn(&mut Code); 5] = [
        |code| code.closures[0].outer = Scope::of_closure(0),
        |code| code.closures[0].given_to = Some((0, 1)),
        |code| code.closures[0].calls = 0..9,
        |code| code.calls[1].arguments[0] = Shape::Call(1),
        |code| code.tails[0].shape = Shape::Within(Box::new(Shape::Atom(Name(99)))),
    ];
    for change in changes {
        let mut facts = facts(source);
        assert!(facts.is_sound());
        change(&mut facts.modules[0].functions[0].clauses[0].code);
        assert!(!facts.is_sound());
    }
}
