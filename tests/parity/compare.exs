# elixir compare.exs EXLINT_BINARY DIR_OR_FILE... [--show N] [--rejected]
#
# Compares `exlint debug quoted` with Elixir's own parser on every .ex and .exs file below the folders.

Code.require_file("form.exs", __DIR__)

defmodule Parity.Compare do
  @context 4
  @default_show 20

  def main(argv, stderr) do
    switches = [show: :integer, rejected: :boolean]

    case OptionParser.parse(argv, strict: switches) do
      {options, [binary | [_ | _] = roots], []} ->
        binary |> Path.expand() |> run(roots, options)

      _other ->
        IO.puts(stderr, "usage: elixir compare.exs EXLINT_BINARY DIR... [--show N] [--rejected]")
        System.halt(2)
    end
  end

  defp run(binary, roots, options) do
    show = Keyword.get(options, :show, @default_show)

    counts =
      roots
      |> Enum.flat_map(&sources/1)
      |> Task.async_stream(&{&1, compare(binary, &1)}, max_concurrency: 2, timeout: :infinity)
      |> Enum.reduce(%{same: 0, differ: 0, rejected: 0}, fn {:ok, {path, outcome}}, counts ->
        report(path, outcome, counts.differ < show, options[:rejected])
        Map.update!(counts, kind(outcome), &(&1 + 1))
      end)

    files = counts.same + counts.differ + counts.rejected

    IO.puts(
      "#{files} files, #{counts.same} identical, #{counts.differ} differ, " <>
        "#{counts.rejected} rejected by Elixir"
    )

    if counts.differ > 0, do: System.halt(1)
  end

  defp sources(root) do
    if File.dir?(root) do
      root |> Path.join("**/*.{ex,exs}") |> Path.wildcard(match_dot: true) |> Enum.filter(&File.regular?/1)
    else
      [root]
    end
  end

  # Only what is needed for the report leaves the task, so a text form never outlives its file.
  defp compare(binary, path) do
    case path |> File.read!() |> Parity.Form.from_source() do
      {:ok, form} -> compare_form(IO.iodata_to_binary(form), binary, path)
      {:error, reason} -> {:rejected, reason}
    end
  end

  defp compare_form(theirs, binary, path) do
    case System.cmd(binary, ["debug", "quoted", path], stderr_to_stdout: true) do
      {^theirs, 0} -> :same
      {ours, status} -> {:differ, status, difference(lines(theirs), lines(ours), 1, [])}
    end
  end

  defp lines(text), do: String.split(text, "\n", trim: true)

  defp difference([line | theirs], [line | ours], number, before) do
    difference(theirs, ours, number + 1, Enum.take([line | before], @context))
  end

  defp difference(theirs, ours, number, before) do
    copy({number, Enum.reverse(before), Enum.take(theirs, @context), Enum.take(ours, @context)})
  end

  # Lines are slices of the whole text; copies let the text go.
  defp copy({number, before, theirs, ours}) do
    {number, Enum.map(before, &:binary.copy/1), Enum.map(theirs, &:binary.copy/1), Enum.map(ours, &:binary.copy/1)}
  end

  defp kind(:same), do: :same
  defp kind({:differ, _status, _difference}), do: :differ
  defp kind({:rejected, _reason}), do: :rejected

  defp report(path, {:differ, status, {number, before, theirs, ours}}, true, _rejected) do
    exit = if status == 0, do: "", else: ", exlint exits with #{status}"

    IO.write([
      "#{path}: line #{number} of the quoted form#{exit}\n",
      marked("    ", before),
      marked("  - ", theirs),
      marked("  + ", ours),
      "\n"
    ])
  end

  defp report(path, {:rejected, reason}, _show, true) do
    [first | _more] = reason |> IO.iodata_to_binary() |> String.split("\n", parts: 2)
    IO.puts("#{path}: rejected by Elixir: #{first}")
  end

  defp report(_path, _outcome, _show, _rejected), do: :ok

  defp marked(mark, lines), do: Enum.map(lines, &[mark, &1, ?\n])
end

Parity.Compare.main(System.argv(), Parity.Form.silence_warnings())
