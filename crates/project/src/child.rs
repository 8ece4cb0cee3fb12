//! What a list of children holds, once it is read.
use exlint_facts::{Name, Shape};

use crate::{At, CallId, ClauseId};

/// One element of a list of children.
#[derive(Clone, Debug)]
pub enum Item {
    Child(Box<Child>),
    /// Children that are only known at run time, or none.
    Hole(Hole),
}

/// A place in a list of children where something unknown stands.
#[derive(Clone, Debug)]
pub struct Hole {
    pub at: At,
    /// The branches it stands in, as numbers of the choice and of the branch.
    pub branches: Vec<(u32, u32)>,
}

/// A child specification.
#[derive(Clone, Debug)]
pub struct Child {
    pub at: At,
    /// The calls of functions of the project that lead to it, innermost first.
    pub through: Vec<At>,
    /// The clause whose variables the argument may mention.
    pub clause: ClauseId,
    /// The module that is started.
    pub module: Option<Name>,
    /// What it is started with.
    pub argument: Shape,
    /// Its id, where it is known.
    pub id: Option<Shape>,
    /// The name its process is registered under, as far as the specification tells.
    pub name: Option<Name>,
    pub restart: Option<Name>,
    pub shutdown: Option<Shape>,
    /// The branches it stands in, as numbers of the choice and of the branch.
    pub branches: Vec<(u32, u32)>,
    /// The supervisor that it is, among those of the tree.
    pub supervisor: Option<usize>,
    /// The supervisor that its specification writes out, until the tree takes it over.
    pub(crate) written: Option<Box<Written>>,
}

/// A child that is started while the project runs: `DynamicSupervisor.start_child(Shop.Carts, {Shop.Cart, id})`.
#[derive(Clone, Debug)]
pub struct DynamicChild {
    /// The name of the supervisor, where it is known.
    pub under: Option<Name>,
    pub call: CallId,
    pub child: Child,
}

/// A supervisor as it is written: in a call, or as `start: {Supervisor, :start_link, [children, options]}`.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    pub name: Option<Name>,
    pub strategy: Option<Name>,
    pub max_restarts: Option<i64>,
    pub max_seconds: Option<i64>,
    pub children: Vec<Item>,
}

impl Item {
    pub fn child(&self) -> Option<&Child> {
        match self {
            Item::Child(child) => Some(child),
            Item::Hole(_) => None,
        }
    }

    pub fn at(&self) -> At {
        match self {
            Item::Child(child) => child.at,
            Item::Hole(hole) => hole.at,
        }
    }

    /// Whether it is there only in some branch.
    pub fn is_conditional(&self) -> bool {
        !self.branches().is_empty()
    }

    pub fn branches(&self) -> &[(u32, u32)] {
        match self {
            Item::Child(child) => &child.branches,
            Item::Hole(hole) => &hole.branches,
        }
    }

    pub(crate) fn branches_mut(&mut self) -> &mut Vec<(u32, u32)> {
        match self {
            Item::Child(child) => &mut child.branches,
            Item::Hole(hole) => &mut hole.branches,
        }
    }
}

impl Child {
    /// Where it and another one stand, so that the places differ: what writes them out, or else the calls of the functions
    /// that make both. `None` for one and the same.
    pub fn apart_from(&self, other: &Child) -> Option<(At, At)> {
        let ways = |it: &Child| [vec![it.at], it.through.clone()].concat();
        let mut pairs = ways(self).into_iter().zip(ways(other));
        pairs.find(|(own, other)| own != other)
    }

    /// Whether it and another one can never be started together: they stand in two branches of one choice.
    pub fn excludes(&self, other: &Child) -> bool {
        self.branches.iter().any(|(choice, branch)| {
            other
                .branches
                .iter()
                .any(|(it, its)| it == choice && its != branch)
        })
    }
}
