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

/// The candidate that `name` most looks like.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .into_iter()
        .min_by_key(|candidate| strsim::damerau_levenshtein(name, candidate))
}

/// A hint at the nearest candidate; a question when it is near enough to be a slip of the finger.
pub fn suggestion<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let nearest = nearest(name, candidates)?;
    Some(match is_slip(name, nearest) {
        true => format!("did you mean `{nearest}`?"),
        false => format!("the nearest is `{nearest}`"),
    })
}

pub(crate) fn is_slip(name: &str, nearest: &str) -> bool {
    let allowed = (name.chars().count() / 3).max(1);
    strsim::damerau_levenshtein(name, nearest) <= allowed
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
    fn a_slip_is_asked_about_and_anything_else_is_shown() {
        let names = ["select", "ignore"];
        assert_eq!(
            suggestion("selct", names).as_deref(),
            Some("did you mean `select`?")
        );
        assert_eq!(
            suggestion("signore-it", names).as_deref(),
            Some("the nearest is `ignore`")
        );
        assert_eq!(suggestion("x", []), None);
    }
}
