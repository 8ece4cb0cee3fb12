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
