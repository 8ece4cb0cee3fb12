use super::{
    outside::{Outside, is_tool},
    text::dynamic_parts,
};
use crate::prelude::*;

/// Puts a value into a command line that a shell reads.
///
/// The shell does not know which part of the text was meant as an argument: a value with `;`, `$(...)`, a quote or a space
/// becomes another command, run with the rights of the application. The weakness is known as CWE-78.
///
/// # Bad
///
/// ```elixir
/// System.shell("convert #{path} out.png")
/// ```
///
/// # Good
///
/// ```elixir
/// System.cmd("convert", [path, "out.png"])
/// ```
///
/// Numbers, module attributes and what is written in the source are fine, and so are Mix tasks. A command that arrives
/// whole, as an argument of the function, is not looked into unless it comes from a request.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Security, confidence = High, scope = File)]
pub struct CommandInjection {}

impl Rule for CommandInjection {
    fn listen(on: &mut On<Self>) {
        on.calls_to(
            &[
                "System.shell",
                ":os.cmd",
                "System.cmd",
                "Port.open",
                "MuonTrap.cmd",
            ],
            Self::check,
        );
    }
}

impl CommandInjection {
    fn check(&self, call: Call, cx: &mut Cx) {
        let Some(command) = command(call).filter(|_| !is_tool(call.node())) else {
            return;
        };
        let mut parts = dynamic_parts(command);
        if parts.is_empty() && Outside::around(call.node(), cx).holds(command) {
            parts.push(command);
        }
        let Some(part) = parts.first() else {
            return;
        };
        cx.report(
            call,
            format!(
                "`{}` hands a value to the shell as part of the command",
                call.mfa()
            ),
        )
        .label(*part, "the shell reads this as code")
        .help("give the program its arguments as a list: `System.cmd(program, [argument])`");
    }
}

/// The text that a shell reads.
fn command(call: Call) -> Option<Node> {
    match call.name() {
        "shell" => call.argument(0),
        "cmd" if call.module()? == ":os" => call.argument(0),
        "open" => {
            let name = call.argument(0)?.tuple();
            name.get(1).copied().filter(|_| name[0].is_atom("spawn"))
        }
        _ => {
            let program = call.argument(0)?.string_value()?;
            let program = program.rsplit('/').next()?.to_owned();
            if !["sh", "bash", "zsh", "dash", "ksh", "cmd.exe", "powershell"]
                .contains(&program.as_str())
            {
                return None;
            }
            let arguments: Vec<_> = call.argument(1)?.children().collect();
            let flag = arguments.iter().position(|it| {
                let flag = it.string_value();
                flag.is_some_and(|it| matches!(&*it, "-c" | "-lc" | "/c" | "-Command"))
            })?;
            arguments.get(flag + 1).copied()
        }
    }
}
