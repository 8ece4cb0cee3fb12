//! Closures, calls, messages and processes, of which a project has many; `# file: PATH` begins another file.
use std::fmt::Write;

use crate::cases::{Case, case, function, lines, module};

pub const CASES: &[Case] = &[
    case("callbacks", 5_000, callbacks),
    case("client functions of a server", 1_000, clients),
    case("servers", 1_000, servers),
    case("children of a supervisor", 3_000, children),
    case("fields of a state", 2_000, state_fields),
    case("messages", 3_000, own_messages),
    case("tasks", 3_000, |n| steps(n, "Task.start(fn -> f(x) end)")),
    case("processes", 3_000, |n| {
        steps(n, "spawn(fn -> Req.get!(x) end)")
    }),
    case("processes that loop", 3_000, loops),
    case("transactions", 3_000, |n| {
        steps(n, "Repo.transaction(fn -> Req.get!(x) end)")
    }),
    case("streams", 3_000, |n| steps(n, "File.stream!(x)")),
    case("closures that are called", 3_000, called_closures),
    case("functions of an agent", 2_000, agent),
    case("calls of many clauses", 3_000, |n| {
        clauses_and_calls(n, "i, x")
    }),
    case("calls that any clause may take", 2_000, |n| {
        clauses_and_calls(n, "x, i")
    }),
    case("clauses that call their function", 1_500, recursion),
    case("callers of many clauses", 2_000, callers),
    case("modules that use what uses others", 500, uses_of_uses),
    case("modules that use one template", 1_000, users),
    case("imports of the project's modules", 2_000, imports),
    case("imports of one module each", 2_000, one_import_each),
    case("messages to one server", 2_000, |n| messages(n, "i")),
    case("messages that any clause may take", 1_500, |n| {
        messages(n, "x")
    }),
    case("casts to one server", 1_500, casts),
    case("servers that call each other", 60, server_mesh),
    case("modules that call each other", 100, module_mesh),
    case("workers and supervisors", 500, supervisors),
    case("files", 1_000, files),
];

fn callbacks(count: usize) -> String {
    let clauses = lines(count, |out, i| {
        _ = writeln!(
            out,
            "  def handle_call({{:m{i}, x}}, _from, state) do\n    {{:reply, x, Map.put(state, :k{i}, x)}}\n  end"
        )
    });
    module(&format!(
        "  use GenServer\n  def init(x), do: {{:ok, %{{}}}}\n{clauses}"
    ))
}

fn clients(count: usize) -> String {
    let clients = lines(count, |out, i| {
        _ = writeln!(
            out,
            "  def get{i}(x), do: GenServer.call(__MODULE__, {{:m{i}, x}})"
        )
    });
    let clauses = lines(count, |out, i| {
        _ = writeln!(
            out,
            "  def handle_call({{:m{i}, x}}, _from, state), do: {{:reply, get{i}(x), state}}"
        )
    });
    module(&format!(
        "  use GenServer\n  def init(x), do: {{:ok, %{{}}}}\n{clients}{clauses}"
    ))
}

fn servers(count: usize) -> String {
    lines(count, |out, i| {
        _ = writeln!(
            out,
            "defmodule S{i} do\n  use GenServer\n  def start_link(x), do: GenServer.start_link(__MODULE__, x, name: __MODULE__)\n  \
             def init(x), do: {{:ok, x}}\n  def get(x), do: GenServer.call(__MODULE__, {{:get, x}})\n  \
             def handle_call({{:get, x}}, _from, state), do: {{:reply, S{}.get(x), state}}\nend",
            i + 1
        )
    })
}

fn children(count: usize) -> String {
    let children: Vec<String> = (0..count).map(|i| format!("{{W{i}, x: {i}}}")).collect();
    module(&format!(
        "  use Supervisor\n  def init(_) do\n    children = [{}]\n    Supervisor.init(children, strategy: :one_for_one)\n  end\n",
        children.join(", ")
    ))
}

fn state_fields(count: usize) -> String {
    let fields: Vec<String> = (0..count).map(|i| format!("k{i}: %{{}}")).collect();
    let clauses = lines(count, |out, i| {
        _ = writeln!(
            out,
            "  def handle_cast({{:put, {i}, k, v}}, state) do\n    {{:noreply, %{{state | k{i}: Map.put(state.k{i}, k, v)}}}}\n  end"
        )
    });
    module(&format!(
        "  use GenServer\n  def init(_), do: {{:ok, %{{{}}}}}\n{clauses}",
        fields.join(", ")
    ))
}

fn own_messages(count: usize) -> String {
    let sends = lines(count, |out, i| {
        _ = writeln!(
            out,
            "  def put{i}(x) do\n    send(self(), {{:m{i}, x}})\n    GenServer.cast(__MODULE__, {{:c{i}, x}})\n  end"
        )
    });
    let handlers = lines(count, |out, i| {
        _ = writeln!(
            out,
            "  def handle_info({{:m{i}, x}}, state), do: {{:noreply, [x | state]}}\n  def handle_cast({{:c{i}, x}}, state), do: {{:noreply, [x | state]}}"
        )
    });
    module(&format!(
        "  use GenServer\n  def init(_), do: {{:ok, []}}\n{sends}  def handle_info(:x, state), do: {{:noreply, state}}\n{handlers}"
    ))
}

fn steps(count: usize, step: &str) -> String {
    function(&format!("    {step}\n").repeat(count))
}

fn loops(count: usize) -> String {
    let step = "    spawn(fn -> loop(x) end)\n    spawn(__MODULE__, :loop, [x])\n";
    module(&format!(
        "  def run(x) do\n{}  end\n  def loop(x) do\n    receive do\n      y -> loop(y)\n    end\n{}  end\n",
        step.repeat(count),
        "    f(x)\n".repeat(count)
    ))
}

fn called_closures(count: usize) -> String {
    function(&lines(count, |out, i| {
        _ = writeln!(out, "    f{i} = fn y -> y end\n    f{i}.(x)")
    }))
}

fn agent(count: usize) -> String {
    let updates = lines(count, |out, i| {
        _ = writeln!(
            out,
            "    Agent.update(__MODULE__, fn it -> Map.put(it, {i}, x) end)"
        )
    });
    module(&format!(
        "  use Agent\n  def start_link(_), do: Agent.start_link(fn -> %{{}} end, name: __MODULE__)\n  def run(x) do\n{updates}  end\n"
    ))
}

/// `i` in the arguments is a number that counts.
fn clauses_and_calls(count: usize, arguments: &str) -> String {
    let clauses = lines(count, |out, i| {
        _ = writeln!(out, "  def f({i}, x), do: {{:ok, g(x, {i})}}")
    });
    let calls = lines(count, |out, i| {
        _ = writeln!(out, "    f({})", arguments.replace('i', &i.to_string()))
    });
    module(&format!("{clauses}  def run(x) do\n{calls}  end\n"))
}

fn recursion(count: usize) -> String {
    module(&lines(count, |out, i| {
        _ = writeln!(out, "  def f({i}, x), do: f(x, {i})")
    }))
}

fn callers(count: usize) -> String {
    module(&lines(count, |out, i| {
        _ = writeln!(
            out,
            "  def f({i}, x), do: {{:ok, Req.get!(x)}}\n  def g{i}(x), do: f(x, {i})"
        )
    }))
}

fn uses_of_uses(count: usize) -> String {
    lines(count, |out, i| {
        _ = writeln!(
            out,
            "defmodule U{i} do\n  defmacro __using__(_) do\n    quote do\n{}    end\n  end\nend\n\
             defmodule V{i} do\n  use U0\nend",
            format!("      use U{}\n", i + 1).repeat(6)
        )
    })
}

fn users(count: usize) -> String {
    let imports = lines(count, |out, i| _ = writeln!(out, "      import H{i}"));
    let users = lines(count, |out, i| {
        _ = writeln!(
            out,
            "defmodule M{i} do\n  use Web, :view\n  def f(x), do: g(x)\nend"
        )
    });
    format!(
        "defmodule Web do\n  defmacro __using__(which), do: apply(__MODULE__, which, [])\n  def view do\n    quote do\n{imports}    end\n  end\nend\n{users}"
    )
}

fn imports(count: usize) -> String {
    let modules = lines(count, |out, i| {
        _ = writeln!(out, "defmodule B{i} do\n  def f{i}(x), do: x\nend")
    });
    let imports = lines(count, |out, i| _ = writeln!(out, "  import B{i}"));
    let calls = lines(count, |out, i| _ = writeln!(out, "    f{i}(x)"));
    let body = format!("{imports}  def run(x) do\n{calls}  end\n");
    modules + &module(&body)
}

fn one_import_each(count: usize) -> String {
    lines(count, |out, i| {
        _ = writeln!(
            out,
            "defmodule M{i} do\n  import Enum\n  def f(x), do: map(x, g(x))\nend"
        )
    })
}

fn server(name: &str, clauses: &str) -> String {
    format!(
        "defmodule {name} do\n  use GenServer\n  def start_link(x), do: GenServer.start_link(__MODULE__, x, name: __MODULE__)\n  \
         def init(x), do: {{:ok, x}}\n{clauses}end\n"
    )
}

/// `i` in the message is a number that counts.
fn messages(count: usize, message: &str) -> String {
    let clauses = lines(count, |out, i| {
        _ = writeln!(
            out,
            "  def handle_call({{:m{i}, x}}, _from, state), do: {{:reply, x, state}}"
        )
    });
    let calls = lines(count, |out, i| {
        let message = match message {
            "i" => format!("{{:m{i}, x}}"),
            other => other.to_owned(),
        };
        _ = writeln!(
            out,
            "  def get{i}(x), do: GenServer.call(Server, {message})"
        )
    });
    server("Server", &clauses) + &module(&calls)
}

fn casts(count: usize) -> String {
    let clauses = lines(count, |out, i| {
        _ = writeln!(
            out,
            "  def handle_cast({{:m{i}, x}}, state) do\n    Req.get!(x)\n    {{:noreply, state}}\n  end"
        )
    });
    let casts = lines(count, |out, i| {
        _ = writeln!(
            out,
            "  def put{i}(x), do: GenServer.cast(Server, {{:m{i}, x}})"
        )
    });
    server("Server", &clauses) + &module(&casts)
}

/// Each calls every other while it is called.
fn server_mesh(count: usize) -> String {
    lines(count, |out, i| {
        let calls = lines(count, |out, j| _ = writeln!(out, "    S{j}.get(x)"));
        let clauses = format!(
            "  def get(x), do: GenServer.call(__MODULE__, {{:get, x}})\n  \
             def handle_call({{:get, x}}, _from, state) do\n{calls}    {{:reply, x, state}}\n  end\n"
        );
        let server = server(&format!("S{i}"), &clauses);
        _ = write!(out, "# file: lib/s{i}.ex\n{server}");
    })
}

fn module_mesh(count: usize) -> String {
    lines(count, |out, i| {
        let calls = lines(count, |out, j| _ = writeln!(out, "    M{j}.f(x)"));
        _ = writeln!(
            out,
            "# file: lib/m{i}.ex\ndefmodule M{i} do\n  def f(x) do\n{calls}    Req.get!(x)\n  end\nend"
        )
    })
}

fn supervisors(count: usize) -> String {
    lines(count, |out, i| {
        _ = writeln!(
            out,
            "defmodule S{i} do\n  use Supervisor\n  def start_link(x), do: Supervisor.start_link(__MODULE__, x, name: __MODULE__)\n  \
             def init(_) do\n    Supervisor.init([S{}, {{W{i}, name: W{i}}}], strategy: :one_for_one)\n  end\nend\n{}",
            i + 1,
            server(&format!("W{i}"), "")
        )
    })
}

fn files(count: usize) -> String {
    lines(count, |out, i| {
        _ = writeln!(
            out,
            "# file: lib/d{}/m{i}.ex\ndefmodule App.M{i} do\n  alias App.M{}, as: Next\n  def f(x), do: Next.f(x)\nend",
            i % 10,
            i * 7 % count
        )
    })
}
