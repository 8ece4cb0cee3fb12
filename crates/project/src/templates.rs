//! Which function a template file is.
//!
//! `embed_templates "page/*"` makes each file of that pattern a function of its module; a LiveView or LiveComponent
//! without `render/1` renders the file that lies beside it and bears its name; and the files in `templates/page/` are
//! clauses of `render/2` of `PageView`. Once a file is known to be a function, it is one: calls of it, and those it
//! makes, are like any others.
use exlint_facts::{
    CallFacts, ClauseFacts, Code, FileFacts, FileRole, FunctionFacts, ModuleFacts, Name, Shape,
};
use exlint_findings::{FileId, Span};
use rustc_hash::FxHashMap;

use crate::index::Index;

/// A module: the number of its file, and its place there.
type Place = (usize, usize);

/// Adds to the modules of `files`, of which `index` has the names, the functions that template files are.
pub(crate) fn attach(files: &mut [FileFacts], index: &mut Index) {
    let is_template = |it: &usize| files[*it].role == FileRole::Template;
    let templates: Vec<usize> = (0..files.len()).filter(is_template).collect();
    if templates.is_empty() {
        return;
    }
    let finder = Finder::of(files, index);
    let found: Vec<(usize, Place, Function)> = templates
        .into_iter()
        .flat_map(|file| {
            let functions = finder.functions(&files[file].path);
            functions
                .into_iter()
                .map(move |(module, function)| (file, module, function))
        })
        .collect();
    for (file, (owner, nth), function) in found {
        let code = expanded(&files[file].top, &files[owner].modules[nth].aliases, index);
        let clause = ClauseFacts {
            span: Span::new(0, 0),
            is_impl: false,
            parameters: function.parameters(index).into(),
            guards: Default::default(),
            is_guarded: false,
            code,
            template: Some(FileId(file as u32)),
        };
        let name = index.add_name(function.name());
        add(&mut files[owner].modules[nth], name, clause);
    }
}

/// The function that a file is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Function {
    /// `name(assigns)`
    Named(String),
    /// `render("name.html", assigns)`
    Rendered(String),
}

impl Function {
    fn name(&self) -> &str {
        match self {
            Function::Named(name) => name,
            Function::Rendered(_) => "render",
        }
    }

    fn parameters(&self, index: &mut Index) -> Vec<Shape> {
        match self {
            Function::Named(_) => vec![Shape::Unknown],
            Function::Rendered(file) => {
                vec![Shape::String(index.add_name(file)), Shape::Unknown]
            }
        }
    }
}

fn add(module: &mut ModuleFacts, name: Name, clause: ClauseFacts) {
    let arity = clause.parameters.len() as u8;
    let functions = &mut module.functions;
    let known = functions
        .iter_mut()
        .find(|it| it.name == name && (it.min_arity..=it.max_arity).contains(&arity));
    match known {
        Some(function) => function.clauses.push(clause),
        None => functions.push(FunctionFacts {
            name,
            min_arity: arity,
            max_arity: arity,
            defaults: Default::default(),
            is_private: false,
            is_macro: false,
            clauses: [clause].into(),
        }),
    }
}

/// The code of a template, in which the aliases of its module are in force.
fn expanded(code: &Code, aliases: &[(Name, Name)], index: &mut Index) -> Code {
    let mut code = code.clone();
    let mut full: FxHashMap<Name, Name> = FxHashMap::default();
    let mut expand = |name: &mut Name, index: &mut Index| {
        let long = *full
            .entry(*name)
            .or_insert_with(|| long_name(*name, aliases, index));
        *name = long;
    };
    for call in &mut code.calls {
        for_each_module(call, &mut |name| expand(name, index));
    }
    code
}

fn for_each_module(call: &mut CallFacts, expand: &mut impl FnMut(&mut Name)) {
    if let exlint_facts::Callee::Remote(name) = &mut call.callee {
        expand(name);
    }
    for argument in &mut call.arguments {
        match argument {
            Shape::Module(name) => expand(name),
            // What components are given: `<.live_component module={Cart}>`.
            Shape::Map(pairs, _) => {
                for (_, value) in pairs {
                    if let Shape::Module(name) = value {
                        expand(name);
                    }
                }
            }
            _ => {}
        }
    }
}

fn long_name(name: Name, aliases: &[(Name, Name)], index: &mut Index) -> Name {
    let text = index.text(name);
    let (first, rest) = text.split_once('.').unwrap_or((text, ""));
    let alias = aliases
        .iter()
        .rev()
        .find(|(it, _)| index.text(*it) == first);
    let Some((_, full)) = alias else {
        return name;
    };
    if rest.is_empty() {
        return *full;
    }
    let long = format!("{}.{rest}", index.text(*full));
    index.add_name(&long)
}

/// Where functions of template files may belong.
#[derive(Default)]
struct Finder {
    /// What `embed_templates` names: the folder and the pattern of the files in it, and what is put behind their names.
    embedded: FxHashMap<String, Vec<(String, String, Place)>>,
    /// Modules without `render/1`, by folder and the name of their template.
    beside: FxHashMap<(String, String), Place>,
    /// Modules called `...View`, by their names without that and the first segment.
    views: FxHashMap<Vec<String>, Vec<(String, Place)>>,
}

impl Finder {
    fn of(files: &[FileFacts], index: &Index) -> Finder {
        let mut finder = Finder::default();
        let modules = files.iter().enumerate().flat_map(|(file, facts)| {
            let modules = facts.modules.iter().enumerate();
            modules.map(move |(nth, module)| ((file, nth), facts, module))
        });
        for (place, file, module) in modules.filter(|it| it.1.role != FileRole::Template) {
            finder.module(place, &file.path, module, index);
        }
        finder
    }

    fn module(&mut self, place: Place, path: &str, module: &ModuleFacts, index: &Index) {
        let folder = folder(path);
        let name = index.text(module.name);
        let segments: Vec<String> = name.split('.').map(underscore).collect();
        let renders = |it: &FunctionFacts| index.text(it.name) == "render" && it.min_arity <= 1;
        if let Some(last) = segments.last()
            && !module.functions.iter().any(renders)
        {
            self.beside
                .entry((folder.to_owned(), last.clone()))
                .or_insert(place);
        }
        if let [_, middle @ .., last] = segments.as_slice()
            && let Some(last) = last.strip_suffix("_view")
        {
            let key = middle.iter().cloned().chain([last.to_owned()]).collect();
            self.views
                .entry(key)
                .or_default()
                .push((path.to_owned(), place));
        }
        let calls = module.body.calls.iter();
        for call in calls.filter(|it| index.text(it.name) == "embed_templates") {
            self.embed(place, folder, call, index);
        }
    }

    fn embed(&mut self, place: Place, folder: &str, call: &CallFacts, index: &Index) {
        let text = |shape: Option<&Shape>| match shape {
            Some(Shape::String(text)) => Some(index.text(*text).to_owned()),
            _ => None,
        };
        let option = |key: &str| {
            let options = call.arguments.get(1)?.pairs();
            let (_, value) = options.iter().find(|(it, _)| index.text(*it) == key)?;
            Some(text(Some(value)))
        };
        let (Some(pattern), None) = (text(call.arguments.first()), option("root")) else {
            return;
        };
        let suffix = option("suffix").flatten().unwrap_or_default();
        let (inner, files) = pattern.rsplit_once('/').unwrap_or(("", &pattern));
        let folder = joined(folder, inner);
        let embedded = self.embedded.entry(folder).or_default();
        embedded.push((files.to_owned(), suffix, place));
    }

    /// The functions that the file at `path` is.
    fn functions(&self, path: &str) -> Vec<(Place, Function)> {
        let (folder, file) = (folder(path), path.rsplit('/').next().unwrap_or(path));
        let without_engine = file.rsplit_once('.').map_or(file, |(name, _)| name);
        let name = without_engine
            .rsplit_once('.')
            .map_or(without_engine, |(name, _)| name);
        let embedded = self.embedded.get(folder).into_iter().flatten();
        let embedded = embedded.filter(|(pattern, ..)| matches(pattern, without_engine));
        let mut functions: Vec<_> = embedded
            .map(|(_, suffix, place)| (*place, Function::Named(format!("{name}{suffix}"))))
            .collect();
        if let Some(place) = self.beside.get(&(folder.to_owned(), name.to_owned())) {
            functions.push((*place, Function::Named("render".to_owned())));
        }
        if let Some(place) = self.view(folder) {
            functions.push((place, Function::Rendered(without_engine.to_owned())));
        }
        functions
    }

    /// The view of the templates in `folder`: `lib/shop_web/templates/admin/user` has that of `ShopWeb.Admin.UserView`.
    fn view(&self, folder: &str) -> Option<Place> {
        let (root, inner) = match folder.rsplit_once("/templates/") {
            Some((root, inner)) => (root, inner),
            None => ("", folder.strip_prefix("templates/")?),
        };
        let key: Vec<String> = inner.split('/').map(str::to_owned).collect();
        let views = self.views.get(&key)?;
        let near = |(path, _): &&(String, Place)| path.starts_with(root);
        let mut near = views.iter().filter(near);
        match (near.next(), near.next()) {
            (Some((_, place)), None) => Some(*place),
            _ => None,
        }
    }
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// `inner` below `folder`, with `..` resolved.
fn joined(folder: &str, inner: &str) -> String {
    let mut segments: Vec<&str> = folder.split('/').filter(|it| !it.is_empty()).collect();
    for segment in inner.split('/') {
        match segment {
            "" | "." => {}
            ".." => _ = segments.pop(),
            other => segments.push(other),
        }
    }
    segments.join("/")
}

/// Whether a file without the end that names its engine, as `index.html`, is one of `*`, `*.html`, `index`.
fn matches(pattern: &str, file: &str) -> bool {
    let pattern = pattern.strip_suffix(".heex").unwrap_or(pattern);
    let pattern = pattern.strip_suffix(".html").unwrap_or(pattern);
    let file = file.strip_suffix(".html").unwrap_or(file);
    match pattern.split_once('*') {
        None => pattern == file,
        Some((before, after)) => {
            let after = after.trim_start_matches('*');
            file.len() >= before.len() + after.len()
                && file.starts_with(before)
                && file.ends_with(after)
        }
    }
}

/// As `Macro.underscore/1`: `HTMLView` is `html_view`.
fn underscore(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut written = String::with_capacity(name.len() + 4);
    for (nth, letter) in letters.iter().enumerate() {
        let before = nth.checked_sub(1).map(|it| letters[it]);
        let after = letters.get(nth + 1);
        let begins_word = before.is_some_and(|it| it.is_lowercase() || it.is_ascii_digit())
            || before.is_some_and(char::is_uppercase) && after.is_some_and(|it| it.is_lowercase());
        if letter.is_uppercase() && begins_word {
            written.push('_');
        }
        written.extend(letter.to_lowercase());
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_are_written_as_files_are() {
        assert_eq!(underscore("PageLive"), "page_live");
        assert_eq!(underscore("HTMLView"), "html_view");
        assert_eq!(underscore("OAuth2View"), "o_auth2_view");
    }

    #[test]
    fn patterns_name_files() {
        assert!(matches("*", "index.html") && matches("*.html", "index.html"));
        assert!(matches("index", "index.html") && matches("in*.html.heex", "index.html"));
        assert!(!matches("show", "index.html") && !matches("index*x", "index.html"));
        assert_eq!(joined("lib/web/live", "../page"), "lib/web/page");
    }
}
