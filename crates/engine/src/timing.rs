//! Where the time of a run goes.
use std::time::{Duration, Instant};

/// The steps of a run, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    Walk,
    Read,
    Parse,
    Lower,
    Facts,
    FileRules,
    Link,
    ProjectRules,
    Report,
}

impl Phase {
    pub const ALL: [Phase; 9] = [
        Phase::Walk,
        Phase::Read,
        Phase::Parse,
        Phase::Lower,
        Phase::Facts,
        Phase::FileRules,
        Phase::Link,
        Phase::ProjectRules,
        Phase::Report,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Phase::Walk => "walk",
            Phase::Read => "read",
            Phase::Parse => "parse",
            Phase::Lower => "lower",
            Phase::Facts => "facts",
            Phase::FileRules => "file rules",
            Phase::Link => "link",
            Phase::ProjectRules => "project rules",
            Phase::Report => "report",
        }
    }
}

/// Time per phase, summed over all threads; time per rule when it was asked for.
#[derive(Clone, Debug, Default)]
pub struct Timing {
    spent: [Duration; Phase::ALL.len()],
    /// Sorted by time, longest first.
    pub rules: Vec<RuleTime>,
}

/// What one rule cost and what it found, before suppressions.
#[derive(Clone, Debug)]
pub struct RuleTime {
    pub name: &'static str,
    pub time: Duration,
    pub findings: usize,
}

impl Timing {
    pub fn of(&self, phase: Phase) -> Duration {
        self.spent[phase as usize]
    }

    /// Does `work` and books its time to `phase`.
    pub fn measure<T>(&mut self, phase: Phase, work: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let result = work();
        self.spent[phase as usize] += start.elapsed();
        result
    }

    pub(crate) fn add(&mut self, other: &Timing) {
        for (sum, more) in std::iter::zip(&mut self.spent, other.spent) {
            *sum += more;
        }
    }

    pub(crate) fn book(&mut self, phase: Phase, time: Duration) {
        self.spent[phase as usize] += time;
    }
}
