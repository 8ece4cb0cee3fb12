//! The tables that rules share, as they stand in `rules.toml`.
use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// How long a call may keep its caller waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    Low,
    Medium,
    High,
}

/// What a blocking call waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SinkKind {
    Sleep,
    Await,
    ProcessCall,
    SupervisorCall,
    Rpc,
    Receive,
    Http,
    Network,
    Db,
    Redis,
    Mail,
    ExternalCommand,
    File,
    Queue,
    Cache,
    Compile,
    Cpu,
    Console,
    Lock,
    Callback,
}

/// `[[sink]]`: functions that keep their caller waiting.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sink {
    /// An exact module name, `use:X` (project modules that `use X`), or a glob with `*`.
    pub module: String,
    /// Names, with `/arity` where only some arities block; empty or `["*"]` for all functions of the module.
    #[serde(default)]
    pub functions: Vec<String>,
    pub kind: SinkKind,
    pub severity: Severity,
    /// Whether it waits for ever unless told otherwise.
    #[serde(default)]
    pub unbounded: bool,
    #[serde(default)]
    pub note: String,
}

/// Every table of `rules.toml`; a project's own rows are added to the shipped ones and win over them.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Tables {
    #[serde(rename = "sink")]
    pub sinks: Vec<Sink>,
    /// `Mod.fun/arity` of functions that run a function given to them in another process.
    pub spawners: Vec<String>,
    /// `Mod.fun` of functions that run a function given to them at once, in the calling process.
    pub inline: Vec<String>,
    /// `Mod.fun` of functions that do nothing but compute their result.
    pub pure: BTreeSet<String>,
}
