use serde::Serialize;

use crate::{FileId, Level, Span};

/// The servers of a project and what they send each other, as people see it: plain data, from whoever knows the
/// project to whoever draws it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct MessageGraph {
    /// Those that belong together stand together, apart by their group.
    pub processes: Vec<GraphProcess>,
    /// In the order of the senders, then of the receivers.
    pub edges: Vec<GraphEdge>,
}

/// A node: a server, or a module that sends messages to servers from whatever process runs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GraphProcess {
    pub title: String,
    /// `GenServer`, `Agent`, `LiveView`; `None` for a module that is no process.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// What the process is registered under, where that is not the title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Processes of one group are connected by messages; those that neither send nor get any have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<u32>,
    #[serde(flatten)]
    pub place: Place,
    /// Findings about the process that lie on none of its messages.
    pub findings: Vec<Mark>,
}

/// All messages of one kind from one process to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GraphEdge {
    /// Indices of the processes.
    pub from: usize,
    pub to: usize,
    pub kind: MessageKind,
    pub messages: Vec<GraphMessage>,
}

/// One message, and where the sender comes to send it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GraphMessage {
    /// As far as it is known: `{:reserve, _}`.
    pub message: String,
    /// The callback or function of the sender: `handle_call/3`.
    pub sender: String,
    #[serde(flatten)]
    pub place: Place,
    /// How many more places of the sender send it.
    pub repeated: usize,
    /// Whether it is certain which processes send and receive it.
    pub certain: bool,
    /// Whether the way there leads through a module that the configuration names, so that another one may be meant.
    pub approximate: bool,
    /// For every place that sends it, the calls from the callback or function to the one that does.
    #[serde(skip)]
    pub ways: Vec<Vec<(FileId, Span)>>,
    pub findings: Vec<Mark>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum MessageKind {
    /// The sender waits for an answer.
    Call,
    /// The sender waits for the receiver to end.
    Stop,
    Cast,
    /// What `send/2` and timers send.
    Info,
}

impl MessageKind {
    pub fn name(self) -> &'static str {
        match self {
            MessageKind::Call => "call",
            MessageKind::Stop => "stop",
            MessageKind::Cast => "cast",
            MessageKind::Info => "info",
        }
    }

    /// Whether the sender waits.
    pub fn waits(self) -> bool {
        matches!(self, MessageKind::Call | MessageKind::Stop)
    }
}

/// A finding, where it is shown in a graph.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mark {
    pub rule: String,
    pub level: Level,
    pub message: String,
    #[serde(flatten)]
    pub place: Place,
}

/// A place in a file, with what its reader calls it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Place {
    #[serde(skip)]
    pub file: FileId,
    #[serde(skip)]
    pub span: Span,
    /// Empty until somebody reads the file.
    pub path: String,
    /// Counted from one; 0 until somebody reads the file.
    pub line: u32,
}

impl Place {
    pub fn new(file: FileId, span: Span) -> Self {
        Place {
            file,
            span,
            ..Place::default()
        }
    }
}

impl MessageGraph {
    /// Every place that is shown.
    pub fn places(&mut self) -> impl Iterator<Item = &mut Place> {
        fn all<'m>(
            place: &'m mut Place,
            marks: &'m mut [Mark],
        ) -> impl Iterator<Item = &'m mut Place> {
            std::iter::once(place).chain(marks.iter_mut().map(|mark| &mut mark.place))
        }
        let processes = self.processes.iter_mut();
        let messages = self.edges.iter_mut().flat_map(|edge| &mut edge.messages);
        processes
            .flat_map(|it| all(&mut it.place, &mut it.findings))
            .chain(messages.flat_map(|it| all(&mut it.place, &mut it.findings)))
    }
}
