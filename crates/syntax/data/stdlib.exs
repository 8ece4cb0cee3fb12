# elixir stdlib.exs > stdlib.txt
#
# Writes what the standard library exports, one module a line: its functions, then ` | ` and its macros.
# Run with Elixir 1.14; what later versions added stands in `added.txt`, in the same form.

applications = [:elixir, :eex, :ex_unit, :iex, :logger, :mix]

erlang_modules = ~w(
  application array atomics auth base64 beam_lib binary calendar code compile counters crypto dbg dets dict digraph
  digraph_utils disk_log epp erl_anno erl_eval erl_parse erl_pp erl_scan erl_tar erlang erpc error_logger ets file
  file_sorter filelib filename ftp gb_sets gb_trees gen_event gen_fsm gen_sctp gen_server gen_statem gen_tcp gen_udp
  global global_group heart httpc httpd inet inet_res init io io_lib lists logger logger_disk_log_h logger_filters
  logger_formatter logger_std_h maps math mnesia ms_transform msacc net net_adm net_kernel orddict ordsets os peer
  persistent_term pg pool proc_lib proplists public_key qlc queue rand random re rpc scheduler seq_trace sets slave
  socket sofs ssl string supervisor supervisor_bridge sys timer unicode uri_string win32reg zip zlib
)a

defmodule Stdlib do
  def elixir_modules(application) do
    ebin = application |> :code.lib_dir() |> Path.join("ebin")

    for path <- Path.wildcard(Path.join(ebin, "Elixir.*.beam")),
        module = path |> Path.basename(".beam") |> String.to_atom(),
        documented?(path),
        not implementation?(module),
        do: module
  end

  # Code that calls or imports a module without documentation relies on a private detail.
  defp documented?(path) do
    case Code.fetch_docs(path) do
      {:docs_v1, _anno, _language, _format, :hidden, _meta, _docs} -> false
      {:docs_v1, _anno, _language, _format, _moduledoc, _meta, _docs} -> true
      {:error, _reason} -> false
    end
  end

  defp implementation?(module) do
    Code.ensure_loaded!(module)
    function_exported?(module, :__impl__, 1)
  end

  # In force everywhere, `__MODULE__` and its kin included.
  def exports(Kernel.SpecialForms), do: {[], Enum.map(Kernel.SpecialForms.__info__(:macros), &named/1)}

  def exports(module) do
    if function_exported?(module, :__info__, 1) do
      {importable(module.__info__(:functions)), importable(module.__info__(:macros))}
    else
      {importable(module.module_info(:exports) -- [module_info: 0, module_info: 1]), []}
    end
  end

  # `import` leaves out names that start with an underscore.
  defp importable(exports) do
    for export <- exports, name = named(export), not String.starts_with?(name, "_"), do: name
  end

  defp named({name, arity}), do: "#{name}/#{arity}"

  def added(path) do
    for line <- File.stream!(path), do: parse(String.trim_trailing(line))
  end

  defp parse(line) do
    {functions, macros} =
      case String.split(line, " | ") do
        [functions] -> {functions, ""}
        [functions, macros] -> {functions, macros}
      end

    [module | functions] = String.split(functions)
    {module, {functions, String.split(macros)}}
  end

  def merge({functions, macros}, {more_functions, more_macros}) do
    {functions ++ more_functions, macros ++ more_macros}
  end

  def line({module, {functions, macros}}) do
    [module, names(functions), if(macros == [], do: [], else: [" |", names(macros)]), ?\n]
  end

  defp names(exports), do: exports |> Enum.uniq() |> Enum.sort_by(&key/1) |> Enum.map(&[?\s, &1])

  # Operators may contain a slash themselves.
  defp key(export) do
    {name, [arity]} = export |> String.split("/") |> Enum.split(-1)
    {Enum.join(name, "/"), String.to_integer(arity)}
  end
end

installed =
  for module <- Enum.flat_map(applications, &Stdlib.elixir_modules/1) ++ erlang_modules,
      match?({:module, _module}, Code.ensure_loaded(module)),
      do: {inspect(module), Stdlib.exports(module)}

(installed ++ Stdlib.added(Path.join(__DIR__, "added.txt")))
|> Enum.reduce(%{}, fn {module, exports}, all -> Map.update(all, module, exports, &Stdlib.merge(&1, exports)) end)
|> Enum.sort()
|> Enum.map(&Stdlib.line/1)
|> IO.write()
