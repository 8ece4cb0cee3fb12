defmodule Parity.Form do
  @moduledoc """
  The text form of Elixir's quoted expressions that `exlint debug quoted` prints too. See `README.md`.
  """

  @doc "Parses `source` as a file and returns its text form as iodata, or why Elixir rejects it."
  def from_source(source) do
    case parse(strip_bom(source)) do
      {:ok, quoted} -> {:ok, node(quoted, "")}
      {:error, reason} -> {:error, reason}
    end
  end

  @doc """
  Takes the place of standard error with a process that drops what it is sent, so that the tokenizer's warnings
  (which Elixir before 1.16 cannot turn off) are not seen. Returns the real standard error.
  """
  def silence_warnings do
    real = Process.whereis(:standard_error)
    sink = spawn(&drop_output/0)
    Process.unregister(:standard_error)
    Process.register(sink, :standard_error)
    real
  end

  defp drop_output do
    receive do
      {:io_request, from, reply_as, _request} -> send(from, {:io_reply, reply_as, :ok})
      _other -> :ok
    end

    drop_output()
  end

  defp strip_bom(<<0xEF, 0xBB, 0xBF, rest::binary>>), do: rest
  defp strip_bom(source), do: source

  defp parse(source) do
    case Code.string_to_quoted(source, columns: true, emit_warnings: false) do
      {:ok, quoted} -> {:ok, quoted}
      {:error, {meta, message, token}} -> {:error, "#{place(meta)}: #{message(message)}#{token}"}
    end
  rescue
    # Bytes that are no UTF-8, numbers too large for a float.
    error -> {:error, Exception.message(error)}
  end

  defp message({before, rest}), do: "#{before}#{rest}"
  defp message(message), do: message

  defp node(atom, indent) when is_atom(atom), do: [indent, "atom ", text(Atom.to_string(atom)), ?\n]
  defp node(int, indent) when is_integer(int), do: [indent, "int ", Integer.to_string(int), ?\n]
  defp node(float, indent) when is_float(float), do: [indent, "float 0x", bits(float), ?\n]
  defp node(binary, indent) when is_binary(binary), do: [indent, "string ", text(binary), ?\n]
  defp node(list, indent) when is_list(list), do: [indent, "list\n" | nodes(list, deeper(indent))]

  defp node({left, right}, indent) do
    below = deeper(indent)
    [indent, "pair\n", node(left, below), node(right, below)]
  end

  defp node({name, meta, context}, indent) when is_atom(name) and is_atom(context) do
    [indent, "var ", text(Atom.to_string(name)), ?\s, place(meta), ?\n]
  end

  defp node({name, meta, args}, indent) when is_atom(name) do
    [indent, "call ", text(Atom.to_string(name)), ?\s, place(meta), ?\n | nodes(args, deeper(indent))]
  end

  defp node({form, meta, args}, indent) do
    below = deeper(indent)
    [indent, "apply ", place(meta), ?\n, node(form, below) | nodes(args, below)]
  end

  defp nodes([first | rest], indent), do: [node(first, indent) | nodes(rest, indent)]
  defp nodes([], _indent), do: []

  defp deeper(indent), do: <<indent::binary, "  ">>

  defp place(meta) do
    case {meta[:line], meta[:column]} do
      {nil, _column} -> "-"
      {line, nil} -> [Integer.to_string(line), ":-"]
      {line, column} -> [Integer.to_string(line), ?:, Integer.to_string(column)]
    end
  end

  defp bits(float) do
    <<bits::64>> = <<float::float-64>>
    bits |> Integer.to_string(16) |> String.downcase() |> String.pad_leading(16, "0")
  end

  defp text(binary), do: [?", for(<<byte <- binary>>, into: "", do: escape(byte)), ?"]

  defp escape(?\\), do: "\\\\"
  defp escape(?"), do: "\\\""
  defp escape(byte) when byte in 0x20..0x7E, do: <<byte>>
  defp escape(byte), do: <<"\\x", hex(div(byte, 16)), hex(rem(byte, 16))>>

  defp hex(digit) when digit < 10, do: ?0 + digit
  defp hex(digit), do: ?a + digit - 10
end
