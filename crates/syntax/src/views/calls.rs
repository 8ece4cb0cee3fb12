//! Calls: what they call, and what with.
use std::borrow::Cow;

use super::Call;
use crate::{Kind, Node, Role, file::flag, stdlib};

/// What a call calls, as far as the file tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Callee<'t> {
    /// A function of a named module: remote, imported, or of `Kernel`.
    Remote(Cow<'t, str>),
    /// A function that the module around the call defines.
    Own,
    /// A local call that the file does not explain: injected by `use`, or imported from a module of the project.
    Unknown,
    /// A call on a value: `module.f(x)`, `struct.field`.
    Dynamic,
}

impl<'t> Node<'t> {
    /// The arguments of a call as they are written, without the piped value; keyword arguments are one.
    pub fn written_arguments(self) -> impl Iterator<Item = Node<'t>> {
        self.children_with(Role::Argument)
    }

    /// The value piped into this node, if it is the right-hand side of `|>`.
    pub fn piped(self) -> Option<Node<'t>> {
        let pipe = self.parent().filter(|it| it.is(Kind::Pipe))?;
        if self.role() == Role::Right {
            pipe.child(Role::Left)
        } else {
            None
        }
    }

    /// The outermost pipe this node ends, or itself: the expression whose value is this call's.
    pub fn whole_pipe(self) -> Node<'t> {
        match self.parent() {
            Some(pipe) if pipe.is(Kind::Pipe) && self.role() == Role::Right => pipe,
            _ => self,
        }
    }
}

impl<'t> Call<'t> {
    /// What stands before the dot.
    pub fn receiver(self) -> Option<Node<'t>> {
        self.child(Role::Receiver)
    }

    pub fn is_remote(self) -> bool {
        self.receiver().is_some()
    }

    /// The module of a remote call, expanded: `Enum`, `:ets`.
    pub fn module(self) -> Option<Cow<'t, str>> {
        self.receiver()?.module_name()
    }

    pub fn has_parentheses(self) -> bool {
        self.has(flag::PARENS)
    }

    /// The arguments the function receives: a piped value comes first; a `do` block is not among them.
    pub fn arguments(self) -> impl Iterator<Item = Node<'t>> {
        self.piped().into_iter().chain(self.written_arguments())
    }

    pub fn argument(self, index: usize) -> Option<Node<'t>> {
        self.arguments().nth(index)
    }

    /// How many arguments the function receives; a `do` block is one.
    pub fn arity(self) -> usize {
        self.arguments().count() + usize::from(self.child(Role::Section).is_some())
    }

    /// The keyword arguments, if there are any.
    pub fn keywords(self) -> Option<Node<'t>> {
        self.written_arguments()
            .last()
            .filter(|it| matches!(it.kind(), Kind::Keywords | Kind::List))
    }

    /// The value of a keyword argument, or of a pair in a last argument that is a literal keyword list.
    pub fn option(self, key: &str) -> Option<Node<'t>> {
        self.keywords()?.value_of(key)
    }

    /// What is called. Own functions win over imports, imports over `Kernel`.
    pub fn callee(self) -> Callee<'t> {
        if let Some(receiver) = self.receiver() {
            return match receiver.module_name() {
                Some(module) => Callee::Remote(module),
                None => Callee::Dynamic,
            };
        }
        self.node().local_callee(self.arity())
    }

    /// Whether this calls `module.name/arity`, under whatever alias or import.
    pub fn is_to(self, module: &str, name: &str, arity: usize) -> bool {
        self.name() == name
            && self.arity() == arity
            && self.callee() == Callee::Remote(Cow::Borrowed(module))
    }

    /// `Module.name/arity` as it reads in documentation.
    pub fn mfa(self) -> String {
        let (name, arity) = (self.name(), self.arity());
        match self.callee() {
            Callee::Remote(module) if module != "Kernel" => format!("{module}.{name}/{arity}"),
            _ => format!("{name}/{arity}"),
        }
    }
}

impl<'t> Node<'t> {
    /// What a local call of this node's name means with `arity` arguments.
    pub fn local_callee(self, arity: usize) -> Callee<'t> {
        let name = self.name();
        let own = self.names_of_module();
        if own.is_some_and(|it| it.find(name, arity).is_some()) {
            return Callee::Own;
        }
        if let Some(module) = self.file.names().imported(name, arity, self.id) {
            return Callee::Remote(Cow::Borrowed(module));
        }
        if stdlib::exports("Kernel", name, arity) || stdlib::is_special_form(name, arity) {
            return Callee::Remote(Cow::Borrowed("Kernel"));
        }
        Callee::Unknown
    }

    /// Modules imported here whose functions the file does not list, the latest first.
    pub fn open_imports(self) -> impl Iterator<Item = &'t str> {
        self.file
            .names()
            .open_imports_at(self.id)
            .map(|it| it.module.as_str())
    }
}
