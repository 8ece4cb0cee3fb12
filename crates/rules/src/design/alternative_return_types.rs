use crate::prelude::*;

/// An option of a function decides what kind of value it returns.
///
/// Whoever reads a call has to know the options to know what comes back, and where the options are made elsewhere nobody
/// does. Two functions, each with one kind of result, say it in their names.
///
/// # Bad
///
/// ```elixir
/// def parse(text, options \\ []) do
///   if options[:raw] do
///     []
///   else
///     {:ok, %{text: text}}
///   end
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// def parse(text), do: {:ok, %{text: text}}
///
/// def parse_raw(_text), do: []
/// ```
///
/// Opt-in, and reported only where both branches show what they return: a tagged tuple here, and a list, map, string or
/// number there.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Design, confidence = Medium, scope = File)]
pub struct AlternativeReturnTypes {}

impl Rule for AlternativeReturnTypes {
    fn listen(on: &mut On<Self>) {
        on.defs(Self::check);
    }
}

/// What a branch returns, as far as it shows.
#[derive(PartialEq, Eq)]
enum Form {
    Tagged,
    Bare(Kind),
}

impl AlternativeReturnTypes {
    fn check(&self, def: Def, cx: &mut Cx) {
        let Some(options) = def.parameters().last().and_then(options_name) else {
            return;
        };
        let last = def.body().and_then(|it| it.last()).and_then(Call::cast);
        let Some(choice) = last.filter(|it| it.name() == "if" && it.node().is_control()) else {
            return;
        };
        let asks = |it: Node| it.subtree().any(|it| it.is_var(options));
        if !choice.written_arguments().next().is_some_and(asks) {
            return;
        }
        let form_of = |kind| {
            let body = choice.section(kind)?;
            let tails = body.tails();
            let mut forms = tails.iter().map(|it| form(it.node));
            let first = forms.next()??;
            forms.all(|it| it.as_ref() == Some(&first)).then_some(first)
        };
        let (Some(one), Some(other)) = (form_of(SectionKind::Do), form_of(SectionKind::Else))
        else {
            return;
        };
        if (one == Form::Tagged) != (other == Form::Tagged) {
            let name = def.function_name();
            cx.report(
                choice.name_span(),
                format!("an option decides whether `{name}` returns a tagged tuple"),
            )
            .help("make a function for each kind of result");
        }
    }
}

/// The name of a parameter with options: `options \\ []`, `opts`.
fn options_name(parameter: Node<'_>) -> Option<&str> {
    let variable = if parameter.op() == Op::Default {
        parameter.child(Role::Left)?
    } else {
        parameter
    };
    let name = variable.is(Kind::Var).then(|| variable.name())?;
    matches!(name, "opts" | "options").then_some(name)
}

fn form(tail: Node) -> Option<Form> {
    match tail.kind() {
        Kind::Tuple => matches!(tail.tag(), Some("ok" | "error")).then_some(Form::Tagged),
        kind @ (Kind::List | Kind::Map | Kind::String | Kind::Integer | Kind::Struct) => {
            Some(Form::Bare(kind))
        }
        _ => None,
    }
}
