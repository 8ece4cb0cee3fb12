//! What Elixir's own guides of anti-patterns, and the catalogues of code smells, ask for: the rules that check it, or why
//! none does.

/// A practice that others have named.
#[derive(Clone, Copy, Debug)]
pub struct Practice {
    /// As its source calls it.
    pub name: &'static str,
    pub source: Source,
    /// The rules that check it, by name.
    pub rules: &'static [&'static str],
    /// What the rules leave open; where there are none, why the source does not decide it.
    pub remark: &'static str,
}

/// Where a practice is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    Code,
    Design,
    Process,
    Macros,
    /// Catalogues of code smells, and of what goes wrong in applications.
    Catalogue,
}

impl Source {
    pub const ALL: &[Source] = &[
        Source::Code,
        Source::Design,
        Source::Process,
        Source::Macros,
        Source::Catalogue,
    ];

    /// How the list of its practices is headed.
    pub fn title(self) -> &'static str {
        match self {
            Source::Code => "Code-related anti-patterns",
            Source::Design => "Design-related anti-patterns",
            Source::Process => "Process-related anti-patterns",
            Source::Macros => "Meta-programming anti-patterns",
            Source::Catalogue => "Code smells and other practices",
        }
    }
}

const fn checked(
    source: Source,
    name: &'static str,
    rules: &'static [&'static str],
    remark: &'static str,
) -> Practice {
    Practice {
        name,
        source,
        rules,
        remark,
    }
}

const fn undecided(source: Source, name: &'static str, remark: &'static str) -> Practice {
    checked(source, name, &[], remark)
}

/// Every practice of the official guides, and those of the catalogues that no rule checks.
pub const PRACTICES: &[Practice] = &[
    undecided(
        Source::Code,
        "Comments overuse",
        "whether a comment says more than the code below it is a question of its meaning",
    ),
    checked(
        Source::Code,
        "Complex `else` clauses in `with`",
        &["with-complex-else"],
        "",
    ),
    checked(
        Source::Code,
        "Complex extractions in clauses",
        &["complex-extractions-in-clauses"],
        "a measure: three clauses, two arguments, three values",
    ),
    checked(
        Source::Code,
        "Dynamic atom creation",
        &["dynamic-atom"],
        "where the text comes from outside",
    ),
    checked(
        Source::Code,
        "Long parameter list",
        &["long-parameter-list"],
        "",
    ),
    checked(
        Source::Code,
        "Namespace trespassing",
        &["namespace-trespassing", "modules-with-identical-names"],
        "for Elixir and the packages that the rule knows",
    ),
    checked(
        Source::Code,
        "Non-assertive map access",
        &["non-assertive-map-access"],
        "for structs; which keys a plain map must have, the source does not say",
    ),
    checked(
        Source::Code,
        "Non-assertive pattern matching",
        &["non-assertive-pattern-matching", "ok-or-default"],
        "",
    ),
    checked(
        Source::Code,
        "Non-assertive truthiness",
        &["non-assertive-truthiness"],
        "where both operands are booleans for certain",
    ),
    checked(
        Source::Code,
        "Structs with 32 fields or more",
        &["large-struct"],
        "",
    ),
    checked(
        Source::Design,
        "Alternative return types",
        &["alternative-return-types"],
        "where both branches show what they return",
    ),
    undecided(
        Source::Design,
        "Boolean obsession",
        "whether two booleans may be true together is known to those who set them, not to the code that reads them",
    ),
    checked(
        Source::Design,
        "Exceptions for control-flow",
        &["exceptions-for-control-flow"],
        "",
    ),
    checked(
        Source::Design,
        "Primitive obsession",
        &["float-money"],
        "for money alone; that a string or number stands for something else is a question of its meaning",
    ),
    undecided(
        Source::Design,
        "Unrelated multi-clause function",
        "whether two clauses have to do with each other is a question of what they are for",
    ),
    checked(
        Source::Design,
        "Using application configuration for libraries",
        &["library-app-config"],
        "",
    ),
    checked(
        Source::Process,
        "Code organization by process",
        &["code-organization-by-process", "genserver-as-kv-store"],
        "",
    ),
    checked(
        Source::Process,
        "Scattered process interfaces",
        &["scattered-process-interface"],
        "",
    ),
    checked(
        Source::Process,
        "Sending unnecessary data",
        &["sending-unnecessary-data", "liveview-async-captures-socket"],
        "for values whose size is known: connections, sockets, states",
    ),
    checked(
        Source::Process,
        "Unsupervised processes",
        &[
            "unsupervised-process",
            "unsupervised-fire-and-forget",
            "bare-spawn",
        ],
        "",
    ),
    undecided(
        Source::Macros,
        "Compile-time dependencies",
        "which files are compiled again for which is what the compiler records: `mix xref` tells exactly",
    ),
    checked(
        Source::Macros,
        "Large code generation",
        &["large-code-generation"],
        "",
    ),
    checked(
        Source::Macros,
        "Unnecessary macros",
        &["unnecessary-macro"],
        "",
    ),
    checked(
        Source::Macros,
        "`use` instead of `import`",
        &["use-instead-of-import"],
        "",
    ),
    checked(
        Source::Macros,
        "Untracked compile-time dependencies",
        &["untracked-compile-dependency"],
        "",
    ),
    undecided(
        Source::Catalogue,
        "Complex branching",
        "how many outcomes of a service belong into one function is a matter of taste",
    ),
    undecided(
        Source::Catalogue,
        "Working with invalid data",
        "what a function may be given takes types to tell",
    ),
    undecided(
        Source::Catalogue,
        "Untested polymorphic behaviour",
        "which types a protocol call is meant for takes types to tell",
    ),
    undecided(
        Source::Catalogue,
        "Speculative generality",
        "a function without callers may be there for those who use the library",
    ),
    undecided(
        Source::Catalogue,
        "Feature envy",
        "where a function belongs is a question of what it is for",
    ),
    checked(
        Source::Catalogue,
        "Inappropriate intimacy",
        &["inappropriate-intimacy", "scattered-process-interface"],
        "between processes; which fields of a struct are private, the source does not say",
    ),
    undecided(
        Source::Catalogue,
        "Duplicated code",
        "from which length on the same code is one too many is a matter of taste",
    ),
    checked(
        Source::Catalogue,
        "Speculative assumptions, accessing fields that are not there",
        &[
            "non-assertive-pattern-matching",
            "non-assertive-map-access",
            "ok-or-default",
        ],
        "",
    ),
    checked(
        Source::Catalogue,
        "GenServer envy, Agent obsession, large messages",
        &[
            "task-as-server",
            "scattered-process-interface",
            "sending-unnecessary-data",
        ],
        "how large a message is shows at run time; what is known to be large is told",
    ),
    checked(
        Source::Catalogue,
        "Data manipulation by migration",
        &["migration-data-manipulation"],
        "",
    ),
    checked(
        Source::Catalogue,
        "Compile-time global configuration",
        &[
            "compile-time-app-config",
            "compile-time-read-of-runtime-key",
        ],
        "",
    ),
    checked(
        Source::Catalogue,
        "A socket or conn that is changed and thrown away",
        &["unused-pure-result", "lost-rebind"],
        "",
    ),
    undecided(
        Source::Catalogue,
        "Switch statements",
        "the same `case` in several functions is often the plainest way to write it",
    ),
    undecided(
        Source::Catalogue,
        "Shotgun surgery, divergent change",
        "they show in the history of the code, not in the code",
    ),
    undecided(
        Source::Catalogue,
        "Large module, long function",
        "from which size on a module is too large is a matter of taste",
    ),
    undecided(
        Source::Catalogue,
        "Jobs that may not run twice",
        "whether a service takes the same request twice is known to the service",
    ),
    undecided(
        Source::Catalogue,
        "The wrong tool for the job",
        "whether a timer should be a job, or a queue a pipeline, depends on what must survive a restart",
    ),
    checked(
        Source::Catalogue,
        "Awaiting a task in a server",
        &["blocking-genserver", "nested-timeout-inversion"],
        "waiting for a task is one of the ways to keep callers waiting, and is told as such",
    ),
    undecided(
        Source::Catalogue,
        "Children that one should restart with the other",
        "where nothing in the code connects two children, only their author knows",
    ),
    undecided(
        Source::Catalogue,
        "Business logic in the right context",
        "`repo-in-web`, `context-boundary` and `fat-controller` see layers; which context is the right one they do not",
    ),
];
