# elixir quoted.exs FILE
#
# Prints what Elixir's own parser makes of FILE, in the form described in README.md.

Code.require_file("form.exs", __DIR__)

stderr = Parity.Form.silence_warnings()

fail = fn message ->
  IO.puts(stderr, message)
  System.halt(1)
end

with [path] <- System.argv(),
     {:read, {:ok, source}} <- {:read, File.read(path)},
     {:ok, form} <- Parity.Form.from_source(source) do
  :ok = :file.write(:standard_io, form)
else
  {:read, {:error, reason}} -> fail.("#{hd(System.argv())}: #{:file.format_error(reason)}")
  {:error, reason} -> fail.("#{hd(System.argv())}:#{reason}")
  _arguments -> fail.("usage: elixir quoted.exs FILE")
end
