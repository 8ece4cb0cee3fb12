//! What `--help` says behind the options.

pub const EXAMPLES: &str = "\
Examples:
  exlint init                              write an exlint.toml to begin with
  exlint check                             the project in this folder
  exlint check lib apps/web/lib/web.ex     report on some of it
  exlint check --fix                       and apply the safe fixes
  exlint check --since origin/main         what this branch changed
  exlint baseline                          hold back what is known, to see what is new
  exlint explain blocking-genserver        what a rule is about

Environment:
  NO_COLOR          no colour and no links
  CLICOLOR_FORCE    colour even where the output goes to no terminal
  FORCE_HYPERLINK   whether the terminal has links: 1 or 0, in place of what its name tells
  EXLINT_CACHE_DIR  as --cache-dir

`exlint COMMAND --help` says more about each command, `exlint man` says it all.";

pub const CHECK: &str = "\
Examples:
  exlint check                             the project in this folder
  exlint check --select all --ignore readability
  exlint check --fail-on error             let warnings pass
  exlint check --output full --output sarif=exlint.sarif
  exlint check --diff --unsafe-fixes       what fixes would change
  exlint check --since origin/main         what this branch changed
  exlint check --stdin-filename lib/a.ex - < lib/a.ex

Exit codes:
  0  no finding at or above --fail-on
  1  at least one, or a fix where --diff or --exit-non-zero-on-fix asks for it
  2  the arguments or the configuration are wrong
  3  something could not be checked; what could be is reported; or a file could not be written, and is as it was

A finding is suppressed by a comment on its line or above it, around lines, or anywhere for a file:
  # exlint:ignore rule-name -- reason
  # exlint:ignore-start rule-name -- reason
  # exlint:ignore-end
  # exlint:ignore-file rule-name -- reason";

pub const BASELINE: &str = "\
Examples:
  exlint baseline                          write all present findings to .exlint-baseline.json
  exlint check                             report what is new since then
  exlint baseline --prune                  take out what was fixed, add nothing

A finding is known by its rule, its function and its code: it stays known when lines move, the file is formatted or
renamed, or the function moves within its module.";

pub const SUPPRESS: &str = "\
Examples:
  exlint suppress --select bare-spawn --reason 'lives as long as the node'
  exlint suppress lib/legacy --reason 'to be rewritten'";

pub const TREE: &str = "\
Examples:
  exlint tree                              the project in this folder
  exlint tree apps/web --format mermaid    to be pasted into Markdown
  exlint tree --format svg > tree.svg      a picture";

pub const GRAPH_ABOUT: &str = "\
Show which servers of a project send each other what

Calls, casts and plain messages, from the callback that comes to send them to the server that gets \
them, and the findings of the rules about processes, each at the message or server that it is about. \
Messages whose receiver is only known at run time are left out.";

pub const GRAPH: &str = "\
Examples:
  exlint graph                             the project in this folder
  exlint graph --format json               for programs
  exlint graph --format dot | dot -Tpdf -o graph.pdf
  exlint graph --format svg > graph.svg    a picture, drawn without other programs";

pub const RULES: &str = "\
Examples:
  exlint rules                             every rule, with the level it has here
  exlint rules --format json               the same with all documentation, for programs";

pub const EXPLAIN: &str = "\
Example:
  exlint explain blocking-genserver";

pub const CONFIG: &str = "\
Examples:
  exlint config                            what is in force in this folder
  exlint config apps/web/lib/web.ex        what is in force for a file, overrides included";

pub const INIT: &str = "\
Everything in the file is commented out, so it changes nothing by itself. One that is there is never overwritten.";

pub const SCHEMA: &str = "\
Example:
  exlint schema > exlint.schema.json       for an editor, with `#:schema ./exlint.schema.json` in exlint.toml";

pub const COMPLETIONS: &str = "\
Examples:
  exlint completions bash > ~/.local/share/bash-completion/completions/exlint
  exlint completions fish > ~/.config/fish/completions/exlint.fish
  exlint completions zsh > \"${fpath[1]}/_exlint\"";

pub const MAN: &str = "\
Example:
  exlint man > ~/.local/share/man/man1/exlint.1";
