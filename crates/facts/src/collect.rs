//! From a file's tree to its facts.
use exlint_findings::{Span, Spanned};
use exlint_syntax::{Def, Directive, File, Kind, Mode, Module, Node, Op, Role, SectionKind, View};
use rustc_hash::FxHashMap;
use thin_vec::ThinVec;

use crate::{
    mentions::mentions,
    model::*,
    walk::{Walk, shape_of_literal},
};

/// What the file at `path` (relative to the root of the run, with `/`) tells its project.
pub fn collect(path: &str, file: &File) -> FileFacts {
    let mut names = Names {
        room: ROOM + 4 * file.root().limit() as usize,
        ..Names::default()
    };
    let mut modules: Vec<ModuleFacts> = Vec::new();
    let mut nodes: Vec<u32> = Vec::new();
    for module in file.modules() {
        let outer = module
            .enclosing::<Module>()
            .and_then(|it| nodes.binary_search(&it.id()).ok());
        modules.push(module_facts(module, outer.map(|it| it as u32), &mut names));
        nodes.push(module.id());
    }
    let top = file.root().children().filter(|it| !it.is(Kind::Module));
    let top = Walk::block(top.collect(), &mut names);
    FileFacts {
        path: path.to_owned(),
        role: crate::role(path),
        names: names.into_texts(),
        modules,
        top,
        mentioned: mentions(file),
    }
}

/// How many parts of values small files may hold more than once.
const ROOM: usize = 10_000;

/// The names of one file.
#[derive(Default)]
pub(crate) struct Names {
    texts: Texts,
    known: FxHashMap<Box<str>, Name>,
    /// How many parts of values may still be held once more: facts grow no faster than their file.
    pub room: usize,
    /// The code of the clause that is walked; its memory serves all of them.
    pub code: Code,
}

impl Names {
    /// Their texts, when no more of them come.
    pub fn into_texts(mut self) -> Texts {
        self.texts.shrink();
        self.texts
    }

    /// Another copy of what is known of a value; nothing is known any more where there is no room for it.
    pub fn copy(&mut self, shape: &Shape) -> Shape {
        let mut left = self.room;
        if shape.fits(&mut left) {
            self.room = left;
            return shape.clone();
        }
        // Finding that out costs time as well.
        self.room /= 2;
        Shape::Unknown
    }

    /// Whether there is room for a value that has as many parts as `node` has nodes.
    pub fn has_room_for(&mut self, node: Node) -> bool {
        let size = (node.limit() - node.id()) as usize;
        let left = self.room.checked_sub(size);
        self.room = left.unwrap_or(self.room);
        left.is_some()
    }

    pub fn name(&mut self, text: &str) -> Name {
        if let Some(&name) = self.known.get(text) {
            return name;
        }
        let name = self.texts.push(text);
        self.known.insert(text.into(), name);
        name
    }
}

fn module_facts(module: Module, outer: Option<u32>, names: &mut Names) -> ModuleFacts {
    let kind = match module.keyword() {
        "defprotocol" => ModuleKind::Protocol,
        "defimpl" => ModuleKind::Implementation,
        _ => ModuleKind::Module,
    };
    let end = module
        .written_name()
        .map_or(module.span().end, |it| it.span().end);
    let mut facts = ModuleFacts {
        name: names.name(module.name()),
        kind,
        span: Span::new(module.span().start, end),
        outer,
        uses: Vec::new(),
        behaviours: Vec::new(),
        imports: Vec::new(),
        aliases: Vec::new(),
        functions: Vec::new(),
        fields: None,
        body: Code::default(),
        templates: Vec::new(),
        is_hidden: false,
    };
    let mut steps = Vec::new();
    for node in module.body() {
        match node.kind() {
            Kind::Directive => {
                directive(node, &mut facts, names);
                steps.extend(
                    node.written_arguments()
                        .skip(1)
                        .filter(|it| is_evaluated(*it)),
                );
            }
            Kind::Attribute => {
                attribute(node, &mut facts, names);
                steps.extend(node.children().filter(|it| is_evaluated(*it)));
            }
            Kind::Call if node.name() == "defstruct" => facts.fields = struct_fields(node, names),
            Kind::Def | Kind::Module => {}
            _ => steps.push(node),
        }
    }
    // Directives inside functions count as well: what they import is called there.
    for node in module
        .descendants()
        .filter(|it| it.is(Kind::Directive) && it.mode() == Mode::Code)
    {
        let own = node
            .enclosing::<Module>()
            .is_some_and(|it| it.id() == module.id());
        if own
            && node
                .parent()
                .and_then(Node::parent)
                .is_some_and(|it| it.id() != module.id())
            && node.name() == "import"
        {
            directive(node, &mut facts, names);
        }
    }
    facts.body = Walk::block(steps, names);
    for function in module.functions() {
        let clauses: Vec<Def> = function
            .clauses
            .iter()
            .filter_map(|it| module.file().def(*it))
            .collect();
        let name = names.name(module.file().symbol_text(function.name));
        for def in &clauses {
            facts.templates.extend(template(*def, name, names));
        }
        facts.functions.push(FunctionFacts {
            name,
            min_arity: function.min_arity.min(255) as u8,
            max_arity: function.max_arity.min(255) as u8,
            defaults: defaults(&clauses),
            is_private: function.is_private,
            is_macro: function.is_macro,
            clauses: clauses
                .into_iter()
                .map(|it| clause_facts(it, names))
                .collect(),
        });
    }
    facts
}

/// Whether the value of an attribute, or an option of a `use`, calls something when the module is compiled:
/// `@key Application.compile_env(...)`.
fn is_evaluated(value: Node) -> bool {
    value.mode() == Mode::Code
        && !value.is(Kind::String)
        && value.subtree().any(|it| it.is(Kind::Call))
}

fn attribute(node: Node, facts: &mut ModuleFacts, names: &mut Names) {
    let Some(value) = node.children().next() else {
        return;
    };
    match node.name() {
        "behaviour" => facts
            .behaviours
            .extend(value.module_name().map(|it| names.name(&it))),
        "moduledoc" => facts.is_hidden = value.is_atom("false"),
        _ => {}
    }
}

fn directive(node: Node, facts: &mut ModuleFacts, names: &mut Names) {
    let Some(directive) = Directive::cast(node) else {
        return;
    };
    match directive.keyword() {
        "use" => facts.uses.extend(use_facts(directive, names)),
        "import" => facts.imports.extend(import_facts(directive, names)),
        "alias" => aliases(directive, facts, names),
        _ => {}
    }
}

fn aliases(directive: Directive, facts: &mut ModuleFacts, names: &mut Names) {
    let mut add = |short: &str, full: &str| {
        facts.aliases.push((names.name(short), names.name(full)));
    };
    for full in directive.modules() {
        let short = match directive.option("as") {
            Some(short) => short.name(),
            None => full.rsplit('.').next().unwrap_or(&full),
        };
        add(short, &full);
    }
}

fn use_facts(directive: Directive, names: &mut Names) -> Option<Use> {
    let module = directive.argument()?.module_name()?;
    let argument = directive.written_arguments().nth(1);
    let argument = argument.map_or(Shape::Unknown, |it| shape_of_literal(it, names));
    Some(Use {
        module: names.name(&module),
        argument,
        span: directive.span(),
    })
}

fn import_facts(directive: Directive, names: &mut Names) -> Option<Import> {
    let module = directive.argument()?.module_name()?;
    let mut listed = |key: &str| -> Option<Vec<(Name, u8)>> {
        let list = directive.option(key).filter(|it| it.is(Kind::List))?;
        let pairs = list.pairs().filter_map(|(key, value)| {
            let arity = u8::try_from(value.integer()?).ok()?;
            Some((names.name(key.name()), arity))
        });
        Some(pairs.collect())
    };
    let only = listed("only");
    let except = listed("except").unwrap_or_default();
    Some(Import {
        module: names.name(&module),
        only,
        except,
    })
}

fn struct_fields(call: Node, names: &mut Names) -> Option<Vec<Name>> {
    let list = call.written_arguments().next()?.constant();
    if !matches!(list.kind(), Kind::List | Kind::Keywords) {
        return None;
    }
    let mut fields = Vec::new();
    for element in list.children() {
        let key = if element.is(Kind::Pair) {
            element.child(Role::Key)?
        } else {
            element
        };
        fields.push(names.name(key.is(Kind::Atom).then(|| key.name())?));
    }
    Some(fields)
}

/// The parameters with defaults: of the only clause, or of the head without a body.
fn defaults(clauses: &[Def]) -> ThinVec<u8> {
    let of = |def: &Def| -> ThinVec<u8> {
        let parameters = def.parameters().zip(0..=u8::MAX);
        let with_default = parameters.filter(|(it, _)| it.op() == Op::Default);
        with_default.map(|(_, nth)| nth).collect()
    };
    let mut all = clauses.iter().map(of);
    all.find(|it| !it.is_empty()).unwrap_or_default()
}

fn clause_facts(def: Def, names: &mut Names) -> ClauseFacts {
    let end = def
        .written_arguments()
        .next()
        .map_or(def.span().end, |it| it.span().end);
    let (parameters, guards, code) = Walk::clause(def, names);
    ClauseFacts {
        span: Span::new(def.span().start, end),
        is_impl: def.attribute("impl").is_some_and(|it| !it.is_atom("false")),
        parameters,
        guards,
        is_guarded: def.guard().is_some(),
        code,
        template: None,
    }
}

/// What the `quote`s of a definition put into other modules.
fn template(def: Def, function: Name, names: &mut Names) -> Option<Template> {
    let body = def.body()?;
    let mut template = Template {
        function: Some(function),
        ..Template::default()
    };
    let mut found = false;
    for node in body.descendants() {
        let in_code = node.mode() == Mode::Code;
        match node.kind() {
            Kind::Call if node.name() == "quote" => found = true,
            Kind::Call if in_code && node.name() == "apply" => {
                let first = node.written_arguments().next();
                template.dispatches |= first.is_some_and(|it| it.is_var("__MODULE__"));
                found |= template.dispatches;
            }
            Kind::Directive if node.mode() == Mode::Quoted => {
                let Some(directive) = Directive::cast(node) else {
                    continue;
                };
                match directive.keyword() {
                    "use" => template.uses.extend(use_facts(directive, names)),
                    "import" => template.imports.extend(import_facts(directive, names)),
                    _ => {}
                }
            }
            Kind::Attribute if node.mode() == Mode::Quoted && node.name() == "behaviour" => {
                let module = node.children().next().and_then(Node::module_name);
                template.behaviours.extend(module.map(|it| names.name(&it)));
            }
            Kind::Def if node.mode() == Mode::Quoted => {
                if let Some(def) = Def::cast(node)
                    && let Some(name) = def.name_node()
                {
                    template
                        .functions
                        .push((names.name(name.name()), def.arity().1.min(255) as u8));
                }
            }
            Kind::Call if node.name() == "on_mount" && node.mode() == Mode::Quoted => {
                template.mounts = true;
            }
            Kind::Call if node.name() == "unquote" => {
                let inner = node.written_arguments().next();
                if let Some(inner) =
                    inner.filter(|it| it.is(Kind::Call) && it.child(Role::Receiver).is_none())
                {
                    template.includes.push(names.name(inner.name()));
                }
            }
            _ => {}
        }
    }
    found.then_some(template)
}

/// The sections that hold handlers.
pub(crate) fn is_handler(kind: SectionKind) -> bool {
    matches!(kind, SectionKind::Rescue | SectionKind::Catch)
}
