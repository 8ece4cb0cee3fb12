use exlint_facts::Name;

/// A set of names: a bit for each, as names are numbers without gaps.
#[derive(Clone, Debug, Default)]
pub struct NameSet(Vec<u64>);

impl NameSet {
    /// Whether it was not there before.
    pub fn insert(&mut self, name: Name) -> bool {
        let (word, bit) = place(name);
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        let is_new = self.0[word] & bit == 0;
        self.0[word] |= bit;
        is_new
    }

    pub fn contains(&self, name: Name) -> bool {
        let (word, bit) = place(name);
        self.0.get(word).is_some_and(|it| it & bit != 0)
    }
}

impl Extend<Name> for NameSet {
    fn extend<I: IntoIterator<Item = Name>>(&mut self, names: I) {
        for name in names {
            self.insert(name);
        }
    }
}

impl FromIterator<Name> for NameSet {
    fn from_iter<I: IntoIterator<Item = Name>>(names: I) -> Self {
        let mut set = Self::default();
        set.extend(names);
        set
    }
}

fn place(name: Name) -> (usize, u64) {
    (name.0 as usize / 64, 1 << (name.0 % 64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_has_what_was_put_in_and_nothing_beside() {
        let mut set = NameSet::from_iter([Name(63), Name(64)]);
        assert!(set.insert(Name(1000)));
        assert!(!set.insert(Name(64)));
        let found: Vec<u32> = (0..2000).filter(|it| set.contains(Name(*it))).collect();
        assert_eq!(found, [63, 64, 1000]);
    }
}
