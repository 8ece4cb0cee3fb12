//! What nodes are, which part they play, and in which language they are written.

/// What a node is. The forms that give Elixir its shape (`defmodule`, `def`, `alias`, `|>`, ...) have kinds of
/// their own, so that `Kind::Call` means a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Kind {
    /// The file: its top-level expressions.
    Root,
    /// `( ... )` that is more than one expression, none, or clauses.
    Block,
    /// `defmodule`, `defprotocol`, `defimpl`.
    Module,
    /// `def`, `defp`, `defmacro`, `defguard`, `defdelegate`, ...
    Def,
    /// `alias`, `import`, `require`, `use`.
    Directive,
    /// `@name` or `@name value`.
    Attribute,
    /// A local call `f(x)` or a remote call `M.f(x)`, `value.f(x)`.
    Call,
    /// The `f(x)` of `def f(x)`, and of `@spec f(x) :: y`.
    Head,
    /// `value.name` without parentheses, where `value` is not a module: a map field or a call.
    Field,
    /// `fun.(x)`.
    Apply,
    /// A call whose callee is itself a call: `unquote(name)(x)`.
    Invoke,
    /// A variable, or a local call without parentheses or arguments: only the scope knows.
    Var,
    /// `container[key]`.
    Access,
    /// `left |> right`.
    Pipe,
    /// `left = right`.
    Match,
    /// Any other binary operator.
    Binary,
    /// A unary operator.
    Unary,
    /// `&f/1`, `&(&1 + 1)`.
    Capture,
    /// `&1`.
    CaptureArgument,
    /// `fn ... end`.
    Fn,
    /// `head -> body`.
    Clause,
    /// `when guard` of a clause.
    Guard,
    /// `do`, `else`, `rescue`, `catch` or `after` of a call, with its expressions or clauses.
    Section,
    /// Keyword arguments without brackets.
    Keywords,
    /// `key: value` or `key => value`.
    Pair,
    List,
    Tuple,
    Map,
    Struct,
    Bitstring,
    /// `Foo.Bar`; with a child where it starts with an expression, as in `__MODULE__.Bar`.
    Alias,
    /// `Foo.{A, B}`.
    MultiAlias,
    /// `:a`, `true`, `nil`, and the keys of keyword lists.
    Atom,
    /// `:"a#{b}"`.
    DynamicAtom,
    Integer,
    Float,
    /// `?a`.
    Char,
    /// With children only where it is interpolated.
    String,
    Charlist,
    /// With a child where it is interpolated, or where it holds a template.
    Sigil,
    /// What `~H` holds, or a file of that kind: the expressions in it.
    Template,
    /// `@name` in a template.
    Assign,
    /// A run of characters in an interpolated string.
    Text,
    /// `#{...}`.
    Interpolation,
    /// An operator in the place of a function name: the `+` of `&+/2`.
    OperatorName,
    /// What does not parse.
    Error,
    /// What is nested too deeply to be looked at.
    TooDeep,
}

impl Kind {
    pub const COUNT: usize = Kind::TooDeep as usize + 1;
}

/// The part a child plays in its parent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Role {
    /// An expression of a block, an element of a collection, a pair of a map.
    Element,
    /// What stands before the dot of a call, a field, an apply, or before the brackets of an access.
    Receiver,
    Argument,
    Left,
    Right,
    Operand,
    Key,
    Value,
    /// A block section of a call.
    Section,
    /// A parameter of a clause.
    Head,
    Guard,
    /// An expression of the body of a clause.
    Body,
    /// The name of a struct.
    Name,
}

/// The language a node is written in. The same brackets and dots are a call in code, a type in `@spec`, and no code
/// at all inside `quote`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Mode {
    Code,
    /// Variables are bound here, unless pinned.
    Pattern,
    Guard,
    Type,
    /// Code in `~H` and other templates.
    Template,
    /// Inside `quote`, outside `unquote`.
    Quoted,
}

macro_rules! operators {
    ($($name:ident $text:literal,)*) => {
        /// A unary or binary operator.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum Op { $($name,)* }

        impl Op {
            pub const ALL: &[Op] = &[$(Op::$name,)*];

            /// As it is written.
            pub fn text(self) -> &'static str {
                match self { $(Op::$name => $text,)* }
            }

            pub(crate) fn parse(text: &str) -> Option<Op> {
                match text { $($text => Some(Op::$name),)* _ => None }
            }
        }
    };
}

operators! {
    None "",
    Plus "+", Minus "-", Bang "!", Pin "^", BitNot "~~~", Not "not", Ampersand "&", At "@",
    LeftArrow "<-", Default "\\\\", When "when", Type "::", Bar "|", FatArrow "=>", Match "=",
    OrOr "||", BitOr "|||", Or "or", AndAnd "&&", BitAnd "&&&", And "and",
    Equal "==", NotEqual "!=", RegexMatch "=~", StrictEqual "===", StrictNotEqual "!==",
    Less "<", Greater ">", LessEqual "<=", GreaterEqual ">=",
    Pipe "|>", ShiftLeft "<<<", ShiftRight ">>>", ArrowLeftTilde "<<~", ArrowRightTilde "~>>",
    TildeLeft "<~", TildeRight "~>", TildeBoth "<~>", BarBoth "<|>",
    In "in", NotIn "not in", Xor "^^^", Step "//", Append "++", Subtract "--", Append3 "+++", Subtract3 "---",
    Concat "<>", Range "..", Multiply "*", Divide "/", Power "**", Stab "->", Dot ".",
}

/// A block section of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum SectionKind {
    Do,
    Else,
    Rescue,
    Catch,
    After,
}

impl SectionKind {
    pub const ALL: &[SectionKind] = &[
        SectionKind::Do,
        SectionKind::Else,
        SectionKind::Rescue,
        SectionKind::Catch,
        SectionKind::After,
    ];

    pub fn name(self) -> &'static str {
        match self {
            SectionKind::Do => "do",
            SectionKind::Else => "else",
            SectionKind::Rescue => "rescue",
            SectionKind::Catch => "catch",
            SectionKind::After => "after",
        }
    }
}
