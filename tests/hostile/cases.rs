//! Source that nobody writes and that some program may make: much of one thing.
use std::fmt::Write;

/// One shape of file; `make(n)` has about `n` of what it is named after.
pub struct Case {
    pub name: &'static str,
    /// How many of them a test makes.
    pub size: usize,
    pub make: fn(usize) -> String,
}

pub const fn case(name: &'static str, size: usize, make: fn(usize) -> String) -> Case {
    Case { name, size, make }
}

pub const CASES: &[Case] = &[
    case("functions", 10_000, functions),
    case("public functions with docs", 5_000, documented),
    case("clauses of one function", 10_000, clauses),
    case("calls of one function", 20_000, calls),
    case("functions that call the next", 10_000, chain),
    case("functions that call one another", 100, mesh),
    case("modules", 5_000, modules),
    case("modules in modules", 300, nested_modules),
    case("aliases", 10_000, aliases),
    case("aliases of one name", 5_000, rebound_aliases),
    case("names in one alias", 10_000, multi_alias),
    case("imports", 5_000, imports),
    case("names in one import", 5_000, import_only),
    case("uses", 5_000, uses),
    case("attributes of one name", 10_000, attributes),
    case("attributes", 10_000, distinct_attributes),
    case("attributes that double", 40, doubling_attributes),
    case("reads of a long attribute", 2_000, attribute_reads),
    case("copies of a long value", 1_000, value_copies),
    case("values of values of a case", 500, cases_of_cases),
    case("specs", 5_000, specs),
    case("struct fields", 10_000, struct_fields),
    case("items of a list in one line", 100_000, list),
    case("tuples", 50_000, tuples),
    case("pairs of a keyword list", 30_000, keywords),
    case("pairs of a map", 30_000, map),
    case("items of a pattern", 20_000, pattern),
    case("operators in a row", 10_000, operators),
    case("operators that lean right", 20_000, right_operators),
    case("pipes in a row", 5_000, pipes),
    case("fields in a row", 5_000, fields),
    case("matches in a row", 5_000, matches),
    case("brackets in brackets", 20_000, |n| nested(n, "[", "]")),
    case("calls in calls", 20_000, |n| nested(n, "f(", ")")),
    case("tuples in tuples", 20_000, |n| nested(n, "{", "}")),
    case("maps in maps", 20_000, |n| nested(n, "%{a: ", "}")),
    case("functions in functions", 10_000, |n| {
        nested(n, "fn -> ", " end")
    }),
    case("unary operators", 20_000, |n| nested(n, "-", "")),
    case("negations", 20_000, |n| nested(n, "not ", "")),
    case("captures", 5_000, |n| nested(n, "& ", "")),
    case("calls without parentheses", 5_000, |n| {
        nested(n, "f a, ", "")
    }),
    case("quotes in quotes", 5_000, |n| {
        nested(n, "quote do\n", "\nend")
    }),
    case("ifs in ifs", 2_000, ifs),
    case("cases in cases", 200, cases),
    case("withs in withs", 100, withs),
    case("unclosed brackets", 5_000, |n| "[".repeat(n)),
    case("unopened brackets", 5_000, |n| "]".repeat(n)),
    case("unclosed blocks", 5_000, |n| "if x do\n".repeat(n)),
    case("unclosed modules", 3_000, |n| "defmodule A do\n".repeat(n)),
    case("ends", 5_000, |n| "end\n".repeat(n)),
    case("unclosed strings", 1_000, |n| "\"a\n".repeat(n) + "\"\n"),
    case("errors in functions", 5_000, broken_functions),
    case("letters beyond ASCII in errors", 20_000, foreign_errors),
    case("statements", 20_000, statements),
    case("variables", 20_000, variables),
    case("variables read together", 20_000, variables_read),
    case("bindings of one variable", 20_000, rebindings),
    case("steps of one clause with stories", 5_000, blocking_steps),
    case("closures", 3_000, closures),
    case("clauses of a case", 10_000, case_clauses),
    case("clauses of a with", 5_000, with_clauses),
    case("clauses of a cond", 10_000, cond_clauses),
    case("clauses of a rescue", 5_000, rescue_clauses),
    case("generators of a comprehension", 5_000, generators),
    case("parameters", 5_000, parameters),
    case("default arguments", 200, defaults),
    case("guards", 5_000, guards),
    case("lines of a heredoc", 50_000, heredoc),
    case("interpolations of a heredoc", 10_000, interpolated_heredoc),
    case("interpolations of a string", 20_000, interpolations),
    case("escapes of a string", 100_000, |n| {
        format!("x = \"{}\"\n", "\\n".repeat(n))
    }),
    case("digits of a number", 50_000, |n| {
        format!("x = {}\n", "7".repeat(n))
    }),
    case("letters of a name", 200_000, |n| {
        format!("{} = 1\n", "a".repeat(n))
    }),
    case("parts of an alias", 20_000, |n| {
        format!("A{}\n", ".B".repeat(n))
    }),
    case("sigils", 20_000, |n| "x = ~r/a/\n".repeat(n)),
    case("backslashes of a sigil", 50_000, |n| {
        format!("x = ~S({}a)\n", "\\\\".repeat(n))
    }),
    case("comments", 50_000, |n| "# a comment\n".repeat(n)),
    case("comments in code", 20_000, |n| {
        "f(1) # a comment\n".repeat(n)
    }),
    case("suppressions", 5_000, |n| {
        "f(1) # exlint:ignore dynamic-atom\n".repeat(n)
    }),
    case("suppressions of unknown rules", 3_000, |n| {
        lines(n, |out, i| {
            _ = writeln!(out, "f(1) # exlint:ignore dynamic-atomic-thing-{i}")
        })
    }),
    case("letters of an unknown rule", 200_000, |n| {
        format!("f(1) # exlint:ignore {}\n", "a".repeat(n))
    }),
    case("suppressions that suppress", 3_000, suppressed),
    case("names in one suppression", 5_000, |n| {
        format!(
            "f(1) # exlint:ignore {}\n",
            vec!["dynamic-atom"; n].join(", ")
        )
    }),
    case("regions of suppression", 2_000, credo),
    case("findings", 3_000, findings),
    case("findings of one line", 3_000, findings_in_one_line),
    case("blank lines", 200_000, |n| "\n".repeat(n)),
    case("spaces", 200_000, |n| " ".repeat(n)),
    case("NUL bytes", 20_000, |n| "\0".repeat(n)),
    case("semicolons", 20_000, |n| ";".repeat(n)),
    case("atoms", 50_000, |n| {
        lines(n, |out, i| _ = writeln!(out, ":atom_{i}"))
    }),
    case("quoted atoms", 20_000, |n| {
        lines(n, |out, i| _ = writeln!(out, ":\"an atom\\t{i}\""))
    }),
    case("ranges taken for arguments", 5_000, |n| "x..-1\n".repeat(n)),
    case("tests", 3_000, tests),
];

pub fn lines(count: usize, write: impl Fn(&mut String, usize)) -> String {
    let mut out = String::new();
    (0..count).for_each(|index| write(&mut out, index));
    out
}

pub fn module(body: &str) -> String {
    format!("defmodule Big do\n{body}end\n")
}

pub fn function(body: &str) -> String {
    module(&format!("  def run(x, params) do\n{body}    x\n  end\n"))
}

fn nested(depth: usize, open: &str, close: &str) -> String {
    function(&format!(
        "    y = {}x{}\n",
        open.repeat(depth),
        close.repeat(depth)
    ))
}

fn functions(count: usize) -> String {
    module(&lines(count, |out, i| {
        _ = writeln!(out, "  def f{i}(x), do: x + {i}")
    }))
}

fn documented(count: usize) -> String {
    module(&lines(count, |out, i| {
        _ = writeln!(
            out,
            "  @doc \"Function {i}.\"\n  @spec f{i}(term, keyword) :: {{:ok, term}} | {{:error, term}}\n  \
             def f{i}(x, opts \\\\ []) do\n    case Enum.fetch(opts, x) do\n      {{:ok, y}} -> {{:ok, y}}\n      \
             :error -> {{:error, x}}\n    end\n  end\n"
        )
    }))
}

fn clauses(count: usize) -> String {
    module(&lines(count, |out, i| {
        _ = writeln!(out, "  def f({i}, x), do: {{:ok, g(x, {i})}}")
    }))
}

fn calls(count: usize) -> String {
    let calls = lines(count, |out, i| _ = writeln!(out, "    f({i})"));
    module(&format!(
        "  def f(0), do: 1\n  def f(x), do: x\n  def run(x) do\n{calls}    x\n  end\n"
    ))
}

fn chain(count: usize) -> String {
    module(&lines(count, |out, i| {
        _ = writeln!(out, "  def f{i}(x), do: f{}(x)", i + 1)
    }))
}

fn mesh(count: usize) -> String {
    module(&lines(count, |out, i| {
        _ = writeln!(out, "  def f{i}(x) do");
        (0..count).for_each(|j| _ = writeln!(out, "    f{j}(x)"));
        _ = writeln!(out, "  end");
    }))
}

fn modules(count: usize) -> String {
    lines(count, |out, i| {
        _ = writeln!(
            out,
            "defmodule M{i} do\n  def f(x), do: M{}.f(x)\nend",
            i + 1
        )
    })
}

fn nested_modules(depth: usize) -> String {
    lines(depth, |out, i| _ = writeln!(out, "defmodule M{i} do")) + &"end\n".repeat(depth)
}

fn aliases(count: usize) -> String {
    let aliases = lines(count, |out, i| _ = writeln!(out, "  alias A.B{i}.C{i}"));
    let uses = lines(count, |out, i| _ = writeln!(out, "    C{i}.f(x)"));
    module(&format!("{aliases}  def run(x) do\n{uses}  end\n"))
}

fn rebound_aliases(count: usize) -> String {
    function(&lines(count, |out, i| {
        _ = writeln!(out, "    alias A{i}.C\n    C.f(x)")
    }))
}

fn multi_alias(count: usize) -> String {
    let names: Vec<String> = (0..count).map(|i| format!("C{i}")).collect();
    let uses = lines(count, |out, i| _ = writeln!(out, "    C{i}.f(x)"));
    module(&format!(
        "  alias A.{{{}}}\n  def run(x) do\n{uses}  end\n",
        names.join(", ")
    ))
}

fn imports(count: usize) -> String {
    let imports = lines(count, |out, i| {
        _ = writeln!(out, "  import A.B{i}, only: [f{i}: 1]")
    });
    let uses = lines(count, |out, i| _ = writeln!(out, "    f{i}(x)"));
    module(&format!("{imports}  def run(x) do\n{uses}  end\n"))
}

fn import_only(count: usize) -> String {
    let names: Vec<String> = (0..count).map(|i| format!("f{i}: 1")).collect();
    let uses = lines(count, |out, i| _ = writeln!(out, "    f{i}(x)"));
    module(&format!(
        "  import A, only: [{}]\n  def run(x) do\n{uses}  end\n",
        names.join(", ")
    ))
}

fn uses(count: usize) -> String {
    module(&lines(count, |out, i| {
        _ = writeln!(out, "  use A.B{i}, x: {i}")
    }))
}

fn attributes(count: usize) -> String {
    let attributes = lines(count, |out, i| {
        _ = writeln!(out, "  @value {i}\n  def f{i}, do: @value")
    });
    module(&attributes)
}

fn distinct_attributes(count: usize) -> String {
    let attributes = lines(count, |out, i| {
        _ = writeln!(out, "  @value{i} {i}\n  def f{i}, do: @value{i}")
    });
    module(&attributes)
}

fn doubling_attributes(count: usize) -> String {
    let attributes = lines(count, |out, i| {
        _ = writeln!(
            out,
            "  @value{} [@value{i}, @value{i}]\n  def f{i}, do: g(@value{i})",
            i + 1
        )
    });
    module(&format!("  @value0 [1]\n{attributes}"))
}

fn attribute_reads(count: usize) -> String {
    let reads = lines(count, |out, i| {
        _ = writeln!(out, "  def f{i}(x), do: g(@value, x in @value)")
    });
    module(&format!("  @value [{}nil]\n{reads}", "1, ".repeat(count)))
}

fn value_copies(count: usize) -> String {
    let names: Vec<String> = (0..count).map(|i| format!("v{i}")).collect();
    let list = "x, ".repeat(count);
    function(&format!(
        "    {} = [{list}nil]\n    [{}] = [{list}nil]\n",
        names.join(" = "),
        names.join(", ")
    ))
}

fn cases_of_cases(count: usize) -> String {
    let steps = lines(count, |out, i| {
        _ = writeln!(
            out,
            "    y{} = case y{i} do\n      {{:ok, z}} -> {{:ok, z, y{i}}}\n      z -> {{z, y{i}}}\n    end",
            i + 1
        )
    });
    function(&format!("    y0 = x\n{steps}"))
}

fn specs(count: usize) -> String {
    module(&lines(count, |out, i| {
        _ = writeln!(
            out,
            "  @type t{i} :: %{{a: t{i}, b: integer}} | nil\n  @callback c{i}(t{i}) :: t{i}"
        )
    }))
}

fn struct_fields(count: usize) -> String {
    let fields: Vec<String> = (0..count).map(|i| format!("k{i}: {i}")).collect();
    module(&format!("  defstruct [{}]\n", fields.join(", ")))
}

fn list(count: usize) -> String {
    format!("[{}nil]\n", "1, ".repeat(count))
}

fn tuples(count: usize) -> String {
    format!("x = [{}nil]\n", "{:ok, \"text\"}, ".repeat(count))
}

fn keywords(count: usize) -> String {
    let pairs: Vec<String> = (0..count).map(|i| format!("k{i}: x")).collect();
    function(&format!("    f({})\n", pairs.join(", ")))
}

fn map(count: usize) -> String {
    let pairs: Vec<String> = (0..count).map(|i| format!("k{i}: x")).collect();
    function(&format!("    y = %{{{}}}\n", pairs.join(", ")))
}

fn pattern(count: usize) -> String {
    let names: Vec<String> = (0..count).map(|i| format!("v{i}")).collect();
    function(&format!("    [{0}] = x\n    f({0})\n", names.join(", ")))
}

fn operators(count: usize) -> String {
    function(&format!("    y = {}x\n", "x + ".repeat(count)))
}

fn right_operators(count: usize) -> String {
    function(&format!("    y = {}x\n", "x <> ".repeat(count)))
}

fn pipes(count: usize) -> String {
    function(&format!("    x{}\n", "\n    |> f(1)".repeat(count)))
}

fn fields(count: usize) -> String {
    function(&format!("    x{}\n", ".a".repeat(count)))
}

fn matches(count: usize) -> String {
    function(&format!("    {}x\n", "y = ".repeat(count)))
}

fn ifs(depth: usize) -> String {
    function(&format!(
        "{}x\n{}",
        "if x > 1 do\n".repeat(depth),
        "else\nparams\nend\n".repeat(depth)
    ))
}

fn cases(depth: usize) -> String {
    function(&format!(
        "{}x\n{}",
        "case f(x) do\n{:ok, x} ->\n".repeat(depth),
        "_ -> params\nend\n".repeat(depth)
    ))
}

fn withs(depth: usize) -> String {
    function(&format!(
        "{}x\n{}",
        "with {:ok, x} <- f(x) do\n".repeat(depth),
        "else\n{:error, x} -> x\nend\n".repeat(depth)
    ))
}

fn broken_functions(count: usize) -> String {
    module(&lines(count, |out, i| {
        _ = writeln!(out, "  def f{i}(x), do: x +) {i}")
    }))
}

fn foreign_errors(count: usize) -> String {
    format!("x = ) {}\n", "é ".repeat(count))
}

fn statements(count: usize) -> String {
    function(&lines(count, |out, i| {
        _ = writeln!(out, "    Map.put(params, :k{i}, f(x))")
    }))
}

fn variables(count: usize) -> String {
    function(&lines(count, |out, i| {
        _ = writeln!(out, "    v{} = g(v{i})", i + 1)
    }))
}

fn variables_read(count: usize) -> String {
    let bound = lines(count, |out, i| _ = writeln!(out, "    v{i} = g(x)"));
    let read = lines(count, |out, i| _ = writeln!(out, "    h(v{i})"));
    function(&(bound + &read))
}

fn rebindings(count: usize) -> String {
    function(&lines(count, |out, i| {
        _ = writeln!(out, "    x = g(x, {i})")
    }))
}

fn blocking_steps(count: usize) -> String {
    let steps = lines(count, |out, i| {
        _ = writeln!(out, "    y{i} = HTTPoison.get!(\"http://x/{i}\")")
    });
    module(&format!(
        "  use GenServer\n  def init(x), do: {{:ok, x}}\n  def handle_call(:a, _from, state) do\n{steps}    {{:reply, :ok, state}}\n  end\n"
    ))
}

fn closures(count: usize) -> String {
    function(&lines(count, |out, i| {
        _ = writeln!(
            out,
            "    Enum.each(x, fn y -> send(y, {i}) end)\n    Task.start(fn -> f(x) end)"
        )
    }))
}

fn case_clauses(count: usize) -> String {
    let clauses = lines(count, |out, i| {
        _ = writeln!(out, "      {{:ok, {i}}} -> {{:error, {i}}}")
    });
    function(&format!("    case f(x) do\n{clauses}    end\n"))
}

fn with_clauses(count: usize) -> String {
    let clauses: Vec<String> = (0..count)
        .map(|i| format!("{{:ok, v{i}}} <- f{i}(x)"))
        .collect();
    let elses = lines(count, |out, i| {
        _ = writeln!(out, "      {{:error, :e{i}}} -> {i}")
    });
    function(&format!(
        "    with {} do\n      v1\n    else\n{elses}    end\n",
        clauses.join(",\n      ")
    ))
}

fn cond_clauses(count: usize) -> String {
    let clauses = lines(count, |out, i| _ = writeln!(out, "      x == {i} -> {i}"));
    function(&format!("    cond do\n{clauses}    end\n"))
}

fn rescue_clauses(count: usize) -> String {
    let clauses = lines(count, |out, i| {
        _ = writeln!(out, "      e in E{i} -> {{:error, e.message}}")
    });
    function(&format!(
        "    try do\n      f(x)\n    rescue\n{clauses}    end\n"
    ))
}

fn generators(count: usize) -> String {
    let generators: Vec<String> = (0..count).map(|i| format!("v{i} <- x")).collect();
    function(&format!(
        "    for {} do\n      v1\n    end\n",
        generators.join(", ")
    ))
}

fn parameters(count: usize) -> String {
    let names: Vec<String> = (0..count).map(|i| format!("v{i}")).collect();
    module(&format!("  def f({0}), do: f({0})\n", names.join(", ")))
}

fn defaults(count: usize) -> String {
    let names: Vec<String> = (0..count).map(|i| format!("v{i} \\\\ {i}")).collect();
    module(&format!("  def f({}), do: f(1)\n", names.join(", ")))
}

fn guards(count: usize) -> String {
    module(&format!(
        "  def f(x) when {}is_nil(x), do: x\n",
        "is_atom(x) or ".repeat(count)
    ))
}

fn heredoc(count: usize) -> String {
    module(&format!(
        "  @moduledoc \"\"\"\n{}  \"\"\"\n",
        "  A line of text.\n".repeat(count)
    ))
}

fn interpolated_heredoc(count: usize) -> String {
    function(&format!(
        "    y = \"\"\"\n{}    \"\"\"\n",
        "    A line of #{x}.\n".repeat(count)
    ))
}

fn interpolations(count: usize) -> String {
    function(&format!("    y = \"{}\"\n", "a#{x}".repeat(count)))
}

fn suppressed(count: usize) -> String {
    module(&lines(count, |out, i| {
        _ = writeln!(
            out,
            "  # exlint:ignore dynamic-atom -- as it is\n  def f{i}(x), do: String.to_atom(x)"
        )
    }))
}

fn credo(count: usize) -> String {
    module(&lines(count, |out, i| {
        _ = writeln!(
            out,
            "  # credo:disable-for-next-line Credo.Check.Warning.UnsafeToAtom\n  def f{i}(x), do: String.to_atom(x)"
        )
    }))
}

fn findings(count: usize) -> String {
    module(&lines(count, |out, i| {
        _ = writeln!(out, "  def f{i}(x), do: String.to_atom(x)")
    }))
}

fn findings_in_one_line(count: usize) -> String {
    function(&format!(
        "    [{}nil]\n",
        "String.to_atom(x), ".repeat(count)
    ))
}

fn tests(count: usize) -> String {
    let tests = lines(count, |out, i| {
        _ = writeln!(
            out,
            "  test \"number {i}\", %{{x: x}} do\n    assert f(x) == {i}\n    Process.sleep(10)\n    refute x\n  end"
        )
    });
    format!("defmodule BigTest do\n  use ExUnit.Case\n{tests}end\n")
}
