//! The names that users write for rules: one rule, a family, `recommended`, `all`.
use exlint_rules::{Family, Meta};

/// The rules that a name can mean, and the check of their options.
#[derive(Clone, Debug)]
pub(crate) struct Catalogue {
    rules: Vec<&'static Meta>,
    check: fn(&str, toml::Table) -> Result<(), toml::de::Error>,
}

/// What a name in a selection stands for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Selector {
    All,
    Recommended,
    Family(Family),
    Rule(&'static Meta),
}

impl Catalogue {
    /// Every rule that exlint has.
    pub(crate) fn shipped() -> Self {
        let rules = exlint_rules::all().iter().map(|entry| entry.meta).collect();
        Self {
            rules,
            check: check_options,
        }
    }

    #[cfg(test)]
    pub(crate) fn of(
        rules: Vec<&'static Meta>,
        check: fn(&str, toml::Table) -> Result<(), toml::de::Error>,
    ) -> Self {
        Self { rules, check }
    }

    pub(crate) fn rules(&self) -> &[&'static Meta] {
        &self.rules
    }

    pub(crate) fn rule(&self, name: &str) -> Option<&'static Meta> {
        self.rules.iter().find(|rule| rule.name == name).copied()
    }

    pub(crate) fn selector(&self, name: &str) -> Option<Selector> {
        match name {
            "all" => Some(Selector::All),
            "recommended" => Some(Selector::Recommended),
            _ => family(name)
                .map(Selector::Family)
                .or_else(|| self.rule(name).map(Selector::Rule)),
        }
    }

    pub(crate) fn rule_names(&self) -> impl Iterator<Item = &'static str> {
        self.rules.iter().map(|rule| rule.name)
    }

    /// Everything that may stand in a selection.
    pub(crate) fn selector_names(&self) -> impl Iterator<Item = &'static str> {
        let families = Family::ALL.iter().map(|family| family.name());
        ["all", "recommended"]
            .into_iter()
            .chain(families)
            .chain(self.rule_names())
    }

    /// Whether `options` are of the types that the rule wants.
    pub(crate) fn check_options(
        &self,
        rule: &str,
        options: toml::Table,
    ) -> Result<(), toml::de::Error> {
        (self.check)(rule, options)
    }
}

impl Selector {
    /// Whether `rule` is among those meant; `recommended` says whether it is on unless told otherwise.
    pub(crate) fn covers(self, rule: &Meta, recommended: bool) -> bool {
        match self {
            Selector::All => true,
            Selector::Recommended => recommended,
            Selector::Family(family) => rule.family == family,
            Selector::Rule(meta) => meta.name == rule.name,
        }
    }
}

pub(crate) fn family(name: &str) -> Option<Family> {
    Family::ALL
        .iter()
        .find(|family| family.name() == name)
        .copied()
}

/// Nothing that is meant is longer, in bytes; to compare takes time that grows with both lengths.
const LONGEST: usize = 64;

/// The candidate that `name` is a slip of.
pub(crate) fn nearest<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let length = name.chars().count();
    let allowed = (length / 3).max(1);
    let distance = |candidate: &str| {
        // At least so much has to be added or taken away.
        let least = candidate.chars().count().abs_diff(length);
        let may_be = least <= allowed && name.len() <= LONGEST;
        let distance = may_be.then(|| strsim::damerau_levenshtein(name, candidate));
        distance.filter(|it| *it <= allowed)
    };
    let near = candidates
        .into_iter()
        .filter_map(|it| Some((distance(it)?, it)));
    near.min_by_key(|(distance, _)| *distance).map(|(_, it)| it)
}

/// So many candidates are shown when none of them looks like what was meant.
const FEW: usize = 8;

/// A question whether the candidate was meant that `name` looks like.
pub(crate) fn question(name: &str, candidates: &[&str]) -> Option<String> {
    let all = || candidates.iter().copied();
    let meant = nearest(name, all()).or_else(|| all().find(|it| is_part(name, it)))?;
    Some(format!("did you mean `{meant}`?"))
}

/// The same; the candidates when none looks like it and they are few.
pub(crate) fn suggestion<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    let candidates: Vec<&str> = candidates.into_iter().collect();
    let few = 1..=FEW;
    question(name, &candidates).or_else(|| {
        let all: Vec<String> = candidates.iter().map(|it| format!("`{it}`")).collect();
        few.contains(&all.len())
            .then(|| format!("there is {}", all.join(", ")))
    })
}

/// The same for the name of a rule, or of more than one; says where they are listed when none looks like it.
pub fn rule_suggestion<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    let candidates: Vec<&str> = candidates.into_iter().collect();
    let list = || "`exlint rules` lists the rules".to_owned();
    Some(question(name, &candidates).unwrap_or_else(list))
}

/// Whether `name` is some of the words of a candidate, as `spawn` is of `bare-spawn`.
fn is_part(name: &str, candidate: &str) -> bool {
    let at_word = |start: usize| start == 0 || candidate[..start].ends_with('-');
    let mut places = candidate.match_indices(name);
    name.len() > 3 && places.any(|(start, _)| at_word(start))
}

fn check_options(rule: &str, options: toml::Table) -> Result<(), toml::de::Error> {
    match exlint_rules::all()
        .iter()
        .find(|entry| entry.meta.name == rule)
    {
        Some(entry) => entry.check_options(options),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_asked_about_and_few_candidates_are_shown() {
        let names = ["select", "ignore", "bare-spawn"];
        assert_eq!(
            suggestion("selct", names).as_deref(),
            Some("did you mean `select`?")
        );
        assert_eq!(
            suggestion("spawn", names).as_deref(),
            Some("did you mean `bare-spawn`?")
        );
        assert_eq!(
            suggestion("what", names).as_deref(),
            Some("there is `select`, `ignore`, `bare-spawn`")
        );
        let many = ["a"; FEW + 1];
        assert_eq!(suggestion("what", many), None);
        assert_eq!(suggestion("x", []), None);
        let long = "a".repeat(1_000_000);
        assert_eq!(question(&long, &[&long[1..]]), None);
    }
}
