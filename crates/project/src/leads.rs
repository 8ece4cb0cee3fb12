//! Which clauses the calls of a clause lead to, in the process that runs it.
use crate::{
    ClauseId,
    index::Index,
    placement::{Placement, Placements},
    resolve::Targets,
};

/// A call that leads to a clause of the project and runs it in the same process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lead {
    /// The number of the call in its clause.
    pub call: u32,
    pub to: ClauseId,
    /// Whether nothing had to be assumed.
    pub certain: bool,
}

/// The leads of every clause, in one array: most rules go along them.
#[derive(Default)]
pub(crate) struct Leads {
    leads: Vec<Lead>,
    /// Where the leads of each clause begin, and where those of the last one end.
    first: Vec<u32>,
}

impl Leads {
    pub fn of(index: &Index, placements: &Placements, targets: &Targets) -> Self {
        let mut all = Leads {
            leads: Vec::new(),
            first: vec![0],
        };
        for id in (0..index.clauses.len() as u32).map(ClauseId) {
            let code = &index.clause(id).code;
            for (target, call) in targets.of_clause(id).iter().zip(0..) {
                let (clauses, certain) = target.clauses();
                if clauses.is_empty() {
                    continue;
                }
                let scope = code.calls[call as usize].scope;
                if placements.of_scope(code, id, scope) == Placement::Inline {
                    let lead = |to: &ClauseId| Lead {
                        call,
                        to: *to,
                        certain,
                    };
                    all.leads.extend(clauses.iter().map(lead));
                }
            }
            all.first.push(all.leads.len() as u32);
        }
        all
    }

    /// In the order of the calls.
    pub fn from(&self, clause: ClauseId) -> &[Lead] {
        let place = clause.0 as usize;
        &self.leads[self.first[place] as usize..self.first[place + 1] as usize]
    }
}
