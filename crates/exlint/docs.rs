//! Writes the documentation of the rules to files.
use std::fs;
use std::path::Path;

use exlint_engine::{ConfigFile, Overrides, RuleSetting, Settings, Targets};
use exlint_report::{RulePage, RuleRow};
use exlint_rules::guide::PRACTICES;

use crate::{End, RULES, Stop};

/// Writes a page for each shipped rule, and an index, to `folder`.
pub fn write(folder: &Path) -> Result<End, Stop> {
    let targets = Targets::resolve(&[".".into()])?;
    let settings = Settings::load(RULES, &ConfigFile::None, &Overrides::default(), &targets)?;
    let pages: Vec<RulePage> = settings.rules.iter().map(page).collect();
    let failed = |path: &Path, error| Stop::Output {
        path: path.display().to_string(),
        error,
    };
    fs::create_dir_all(folder).map_err(|error| failed(folder, error))?;
    for (name, text) in exlint_report::docs(&pages, PRACTICES) {
        let path = folder.join(name);
        exlint_engine::replace(&path, text.as_bytes()).map_err(|error| failed(&path, error))?;
    }
    Ok(End::Clean)
}

/// A rule as it is documented.
pub fn page(setting: &RuleSetting) -> RulePage {
    RulePage {
        row: RuleRow {
            meta: setting.meta,
            level: Some(setting.level),
            recommended: setting.recommended,
        },
        defaults: setting.written_options(),
    }
}
