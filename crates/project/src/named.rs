//! The calls of a project by the name of what they call. Most rules ask for few names, and there are many calls.
use exlint_facts::Name;

use crate::{CallId, ClauseId, index::Index};

pub(crate) struct Named {
    /// Where the calls of each name begin, by its number; one more at the end.
    first: Vec<u32>,
    /// By name, and in the order of the project where it is the same.
    calls: Vec<CallId>,
}

impl Named {
    pub fn of(index: &Index) -> Self {
        let mut first = vec![0; index.name_count() + 1];
        for (_, name) in calls(index) {
            first[name.0 as usize + 1] += 1;
        }
        let mut sum = 0;
        for count in &mut first {
            sum += *count;
            *count = sum;
        }
        let nothing = CallId {
            clause: ClauseId(0),
            index: 0,
        };
        let mut sorted = vec![nothing; sum as usize];
        let mut next = first.clone();
        for (call, name) in calls(index) {
            let place = &mut next[name.0 as usize];
            sorted[*place as usize] = call;
            *place += 1;
        }
        Self {
            first,
            calls: sorted,
        }
    }

    pub fn get(&self, name: Name) -> &[CallId] {
        let number = name.0 as usize;
        &self.calls[self.first[number] as usize..self.first[number + 1] as usize]
    }
}

fn calls(index: &Index) -> impl Iterator<Item = (CallId, Name)> {
    let clauses = (0..index.clauses.len() as u32).map(ClauseId);
    clauses.flat_map(|clause| {
        let calls = index.clause(clause).code.calls.iter().zip(0..);
        calls.map(move |(call, index)| (CallId { clause, index }, call.name))
    })
}
