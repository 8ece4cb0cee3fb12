//! Servers whose name is an option with a default: where one child is started without the option, there is one process
//! of the server, and it has that name.
use exlint_facts::{Name, Shape};

use crate::{CallId, Child, ClauseId, Item, ModuleId, Project, servers::start_options};

impl Project {
    /// Takes the default names for names where the tree shows that nothing else is used.
    pub(crate) fn settle_names(&mut self) {
        let settled: Vec<(ModuleId, Name)> = self
            .servers()
            .iter()
            .filter(|it| it.names == [None])
            .filter_map(|it| Some((it.module, self.default_name(it.module)?)))
            .filter(|(module, _)| self.is_started_once(*module))
            .collect();
        for (module, name) in settled {
            let to_name: Vec<usize> = (0..self.servers.messages.len())
                .filter(|it| self.is_sent_to(*it, name))
                .collect();
            self.servers.settle(module, name, &to_name);
            let module = self.module(module).name;
            let supervisors = self.tree.supervisors.iter_mut();
            for item in supervisors.flat_map(|it| &mut it.children) {
                if let Item::Child(child) = item
                    && child.module == Some(module)
                {
                    child.name = Some(name);
                }
            }
        }
    }

    /// The name that the process of a child is registered under, whatever its start function is given besides. `None` where
    /// that is not certain.
    pub fn registered_as(&self, child: &Child) -> Option<Name> {
        const NAMED: &[&str] = &[
            "Registry",
            "DynamicSupervisor",
            "Task.Supervisor",
            "PartitionSupervisor",
        ];
        let module = child.module?;
        let Some(module) = self.find_module(module, self.file_of(child.clause)) else {
            return child.name.filter(|_| NAMED.contains(&self.text(module)));
        };
        let key = self.name("name")?;
        let mut names = start_options(self, module).map(|(clause, options)| {
            let name = self.value(clause, options).get(key)?;
            self.literal(clause, name)
                .or_else(|| self.name_for(child, clause, name))
        });
        let first = names.next()??;
        names.all(|it| it == Some(first)).then_some(first)
    }

    /// What a start function takes out of its options for a name: what the child says, or else the default.
    fn name_for(&self, child: &Child, clause: ClauseId, name: &Shape) -> Option<Name> {
        let own = match &child.argument {
            Shape::Keywords(_) => child.argument.get(self.name("name")?),
            Shape::List(parts) if parts.is_empty() => None,
            _ => return None,
        };
        match own {
            Some(own) => self
                .is_name_option(clause, name)
                .then(|| self.literal(child.clause, own))?,
            None => self.default_in(clause, name),
        }
    }

    /// Whether a value is `opts[:name]`, or `Keyword.fetch!(opts, :name)`, of the first parameter.
    fn is_name_option(&self, clause: ClauseId, shape: &Shape) -> bool {
        let is_options = |it: &Shape| *self.value(clause, it) == Shape::Parameter(0);
        match self.value(clause, shape) {
            Shape::Field(base, key) => is_options(base) && self.is(*key, "name"),
            Shape::Within(base) => self.is_name_option(clause, base),
            Shape::Choice(shapes) => shapes.iter().any(|it| self.is_name_option(clause, it)),
            Shape::Call(index) => {
                let call = self.named_call(clause, *index);
                call.is_some_and(|(function, arguments)| {
                    const TAKES: &[&str] = &[
                        "Keyword.get",
                        "Keyword.fetch!",
                        "Keyword.pop",
                        "Keyword.pop!",
                        "Access.get",
                    ];
                    let taken = arguments.first().zip(arguments.get(1));
                    TAKES.contains(&function.as_str())
                        && taken.is_some_and(|(options, key)| {
                            is_options(options) && self.is_name_key(clause, key)
                        })
                })
            }
            _ => false,
        }
    }

    /// The name that the start function of a module falls back to.
    fn default_name(&self, module: ModuleId) -> Option<Name> {
        let mut options = start_options(self, module);
        options.find_map(|(clause, shape)| match self.value(clause, shape) {
            options @ Shape::Keywords(_) => {
                self.default_in(clause, options.get(self.name("name")?)?)
            }
            Shape::Call(index) => {
                let (function, arguments) = self.named_call(clause, *index)?;
                match (function.as_str(), arguments) {
                    ("Keyword.put_new", [_, key, value]) if self.is_name_key(clause, key) => {
                        self.literal(clause, value)
                    }
                    ("Keyword.merge", [defaults, _]) => {
                        let defaults = self.value(clause, defaults);
                        self.literal(clause, defaults.get(self.name("name")?)?)
                    }
                    _ => None,
                }
            }
            _ => None,
        })
    }

    /// The default of `Keyword.get(opts, :name, __MODULE__)`, and of `opts[:name] || __MODULE__`.
    fn default_in(&self, clause: ClauseId, shape: &Shape) -> Option<Name> {
        match self.value(clause, shape) {
            Shape::Within(base) => self.default_in(clause, base),
            Shape::Choice(shapes) => {
                let mut literals = shapes.iter().filter_map(|it| self.literal(clause, it));
                literals.next().filter(|_| literals.next().is_none())
            }
            Shape::Call(index) => {
                let (function, arguments) = self.named_call(clause, *index)?;
                let has_default = matches!(
                    function.as_str(),
                    "Keyword.get" | "Keyword.pop" | "Map.get" | "Map.pop"
                );
                match arguments {
                    [_, key, default] if has_default && self.is_name_key(clause, key) => {
                        self.literal(clause, default)
                    }
                    _ => None,
                }
            }
            _ => None,
        }
    }

    fn named_call(&self, clause: ClauseId, index: u32) -> Option<(String, &[Shape])> {
        let id = CallId { clause, index };
        Some((self.external_name(id)?, &self.call(id).arguments))
    }

    fn is_name_key(&self, clause: ClauseId, shape: &Shape) -> bool {
        let key = self.value(clause, shape).atom();
        key.is_some_and(|it| self.is(it, "name"))
    }

    fn literal(&self, clause: ClauseId, shape: &Shape) -> Option<Name> {
        let shape = self.value(clause, shape);
        let name = shape.module().or(shape.atom())?;
        (self.text(name) != "nil").then_some(name)
    }

    /// Whether one child is this module, started without a name, and nothing starts more of them.
    fn is_started_once(&self, module: ModuleId) -> bool {
        let is = |child: &&Child| {
            let file = self.file_of(child.clause);
            child.module.and_then(|it| self.find_module(it, file)) == Some(module)
        };
        let listed = self.tree.supervisors.iter().flat_map(|it| &it.children);
        let mut listed = listed.filter_map(Item::child).filter(is);
        let mut dynamic = self.tree.dynamic.iter().map(|it| &it.child);
        let is_unnamed = |child: &Child| {
            let key = self.name("name");
            let is_known = matches!(
                child.argument,
                Shape::List(_) | Shape::Keywords(_) | Shape::Map(_, false) | Shape::Atom(_)
            );
            is_known
                && child.name.is_none()
                && key.is_none_or(|it| child.argument.get(it).is_none())
        };
        listed.next().is_some_and(is_unnamed)
            && listed.next().is_none()
            && !dynamic.any(|it| is(&it))
    }

    fn is_sent_to(&self, message: usize, name: Name) -> bool {
        let message = &self.servers.messages[message];
        let clause = message.call.clause;
        let arguments = &self.call(message.call).arguments;
        let receiver = arguments.get(message.receiver as usize);
        receiver.and_then(|it| self.literal(clause, it)) == Some(name)
    }
}
