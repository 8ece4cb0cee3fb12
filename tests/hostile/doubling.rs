//! Little source that stands for much: values made of the one before twice, functions whose ends lead to more ends.
//! Whoever follows each of them, however few they are, never comes back.
use std::fmt::Write;

use crate::cases::{Case, case, lines, module};

pub const CASES: &[Case] = &[
    case("values made of the one before twice", 28, doubled),
    case("ends that lead to as many ends", 30, ends),
    case("tuples of one tuple", 25, tuples),
];

/// Ways to make a value of another one, `@`, twice.
const STEPS: &[(&str, &str)] = &[
    ("Branch", "if x, do: @, else: @"),
    ("Tuple", "{@, @}"),
    ("Own", "own(@, @)"),
    ("Merged", "Map.merge(@, @)"),
    ("Helped", "Help.put(@, @)"),
    ("Map", "%{k: @, l: @}"),
    ("List", "[@, @]"),
    ("Joined", "@ ++ @"),
    ("Struct", "%Help{k: @, l: @}"),
    ("Task", "Task.async(fn -> {@, @} end)"),
    ("Repo", "Repo.preload(@, @)"),
    ("Assigned", "assign(@, k: @)"),
];

fn doubled(count: usize) -> String {
    let helper =
        "defmodule Help do\n  defstruct [:k, :l]\n  def put(a, b), do: %{a | k: [1 | b.k]}\nend\n";
    let modules = STEPS.iter().map(|(name, step)| {
        let chain = lines(count, |out, i| {
            _ = writeln!(out, "    v{} = {}", i + 1, step.replace('@', &format!("v{i}")));
        });
        format!(
            "defmodule {name} do\n  use GenServer\n  \
             def start_link(o), do: GenServer.start_link(__MODULE__, o, name: __MODULE__)\n  \
             def init(v0 = x) do\n{chain}    {{:ok, v{count}}}\n  end\n  \
             def handle_call({{:a, x}}, _from, v0) do\n{chain}    {{:reply, v{count}, v{count}}}\n  end\n  \
             def handle_cast({{:b, x}}, v0) do\n{chain}    send(self(), v{count})\n    :ets.insert(:t, v{count})\n    {{:noreply, v{count}}}\n  end\n  \
             def api(v0, x) do\n{chain}    GenServer.call(__MODULE__, {{:a, v{count}}})\n  end\n  \
             defp own(a, b), do: {{a, b}}\nend\n\
             defmodule {name}Live do\n  use Phoenix.LiveView\n  \
             def mount(x, _session, v0) do\n{chain}    {{:ok, assign(v{count}, :rows, v{count})}}\n  end\n  \
             def render(assigns), do: ~H\"<p :for={{r <- @rows}}>{{r}}</p>\"\n  \
             defp own(a, b), do: {{a, b}}\nend\n\
             defmodule {name}App do\n  use Application\n  \
             def start(x, v0) do\n{chain}    Supervisor.start_link([v{count}, {{{name}, v{count}}}], strategy: :one_for_one)\n  end\n  \
             def save(x, v0) do\n{chain}    Repo.transaction(fn -> Repo.update(v{count}) end)\n  end\n  \
             def go(x) do\n    v0 = Application.get_env(:a, :b)\n{chain}    v{count}.go(x)\n  end\n  \
             defp own(a, b), do: {{a, b}}\nend\n"
        )
    });
    helper.to_owned() + &modules.collect::<String>()
}

fn ends(count: usize) -> String {
    let clauses = lines(6, |out, i| {
        (0..count).for_each(|j| _ = writeln!(out, "  defp f{i}({j}), do: f{}({j})", i + 1));
    });
    let calls = lines(count, |out, i| {
        _ = writeln!(out, "  def go{i}(x), do: f0(x).call(x)")
    });
    module(&format!(
        "{clauses}  defp f6(_), do: Application.get_env(:a, :b)\n{calls}"
    ))
}

fn tuples(count: usize) -> String {
    let chain = lines(6, |out, i| {
        let parts = vec![format!("t{i}"); count].join(", ");
        _ = writeln!(out, "    t{} = {{{parts}}}", i + 1);
    });
    module(&format!(
        "  use GenServer\n  def start_link(_), do: GenServer.start_link(__MODULE__, [], name: __MODULE__)\n  \
         def init(_), do: {{:ok, []}}\n  def tell(m), do: GenServer.cast(__MODULE__, m)\n  \
         def handle_cast({{:a, _}}, s), do: {{:noreply, s}}\n  def go(x) do\n    t0 = {{:a, x}}\n{chain}    tell(t6)\n  end\n"
    ))
}
