//! The rules that are on, sorted by what they listen for, and how a file and a project go past them.
use std::time::Instant;

use exlint_facts::{FileFacts, FileRole};
use exlint_findings::{FileId, Finding, Level};
use exlint_project::{Project, Tables};
use exlint_syntax::{Call, Callee, File, Kind, Mode, Node, View};
use rustc_hash::FxHashMap;

use crate::{
    Cx, Enabled, Meta, On, Rule,
    cx::{covers, project_cx, run_project},
    on::{FileHandler, FunctionName, NodeHandler, ProjectHandler},
    security::KnownOutside,
    server::Servers,
};

/// An index into the rules that are on.
type RuleIndex = usize;

/// The rules that are on. Shared by all threads.
pub struct Linter {
    tables: Tables,
    rules: Vec<(&'static Meta, Level)>,
    by_kind: Vec<Vec<(RuleIndex, NodeHandler)>>,
    by_name: FxHashMap<&'static str, Vec<(RuleIndex, FunctionName, NodeHandler)>>,
    files: Vec<(RuleIndex, FileHandler)>,
    project: Vec<(RuleIndex, ProjectHandler)>,
}

impl Linter {
    /// Fails where an option has the wrong type.
    pub fn new(rules: Vec<Enabled>, tables: Tables) -> Result<Linter, toml::de::Error> {
        let by_kind = (0..Kind::COUNT).map(|_| Vec::new()).collect();
        let mut linter = Linter {
            tables,
            rules: Vec::new(),
            by_kind,
            by_name: FxHashMap::default(),
            files: Vec::new(),
            project: Vec::new(),
        };
        for Enabled {
            rule,
            level,
            options,
        } in rules
        {
            (rule.add)(&mut linter, level, options)?;
        }
        Ok(linter)
    }

    pub(crate) fn add<R: Rule>(&mut self, rule: R, level: Level) {
        let index = self.rules.len();
        self.rules.push((&R::META, level));
        let mut on = On::new(rule);
        R::listen(&mut on);
        for (kind, handler) in on.nodes {
            self.by_kind[kind as usize].push((index, handler));
        }
        for (function, handler) in on.calls {
            self.by_name
                .entry(function.name)
                .or_default()
                .push((index, function, handler));
        }
        self.files
            .extend(on.files.into_iter().map(|it| (index, it)));
        self.project
            .extend(on.project.into_iter().map(|it| (index, it)));
    }

    /// The rules that are on, in the order in which they were switched on.
    pub fn rules(&self) -> Vec<&'static Meta> {
        self.rules.iter().map(|(meta, _)| *meta).collect()
    }

    pub fn tables(&self) -> &Tables {
        &self.tables
    }

    /// The findings of all file and module rules in one file. `times` receives nanoseconds by rule, in the order of
    /// [`Linter::rules`].
    pub fn check_file(
        &self,
        path: &str,
        id: FileId,
        role: FileRole,
        file: &File,
        facts: &FileFacts,
        times: Option<&mut [u64]>,
    ) -> Vec<Finding> {
        let Some(&(rule, level)) = self.rules.first() else {
            return Vec::new();
        };
        let cx = Cx {
            path,
            role,
            file,
            facts,
            tables: &self.tables,
            id,
            rule,
            level,
            findings: Vec::new(),
            servers: Servers::default(),
            outside: KnownOutside::default(),
        };
        let active = self
            .rules
            .iter()
            .map(|(meta, _)| covers(meta, role))
            .collect();
        let mut run = Run {
            linter: self,
            cx,
            active,
            times,
            calls: CallsShown::new(self.rules.len()),
        };
        run.whole_file();
        run.nodes();
        run.cx.findings
    }

    /// The number of project-wide rules, each to be run with [`Linter::check_project`].
    pub fn project_rules(&self) -> usize {
        self.project.len()
    }

    /// The rule that [`Linter::check_project`] runs for `index`.
    pub fn project_rule(&self, index: usize) -> &'static Meta {
        self.rules[self.project[index].0].0
    }

    /// Runs the project rule of this number.
    pub fn check_project(&self, index: usize, project: &Project) -> Vec<Finding> {
        let (rule, handler) = &self.project[index];
        let (meta, level) = self.rules[*rule];
        run_project(handler, project, project_cx(&self.tables, meta, level))
    }
}

/// How many of the calls that a rule listens for it is shown in one definition or test. Of each it may ask what happens in the
/// rest of the definition: the time is bounded for those that a program has written, too.
const MAX_CALLS: u32 = 200;

/// How many calls each rule has been shown in the definition that is gone through.
struct CallsShown {
    /// The first node behind the definition, or the test.
    end: u32,
    by_rule: Vec<u32>,
    is_fresh: bool,
}

impl CallsShown {
    fn new(rules: usize) -> Self {
        Self {
            end: 0,
            by_rule: vec![0; rules],
            is_fresh: true,
        }
    }

    fn enter(&mut self, node: Node) {
        let is_test =
            |it: Node| it.is(Kind::Call) && matches!(it.name(), "test" | "setup" | "setup_all");
        if node.id() >= self.end && (node.is(Kind::Def) || is_test(node)) {
            self.end = node.limit();
            if !self.is_fresh {
                self.by_rule.fill(0);
                self.is_fresh = true;
            }
        }
    }

    /// Whether a rule is shown one more call.
    fn shows(&mut self, call: Node, rule: RuleIndex) -> bool {
        if call.id() >= self.end {
            return true;
        }
        self.is_fresh = false;
        self.by_rule[rule] += 1;
        self.by_rule[rule] <= MAX_CALLS
    }
}

/// One file on its way past the rules.
struct Run<'t, 'l, 'n> {
    linter: &'l Linter,
    cx: Cx<'t>,
    active: Vec<bool>,
    times: Option<&'n mut [u64]>,
    calls: CallsShown,
}

impl<'t> Run<'t, '_, '_> {
    fn whole_file(&mut self) {
        for (rule, handler) in &self.linter.files {
            self.timed(*rule, |cx| handler(cx));
        }
    }

    fn nodes(&mut self) {
        let file = self.cx.file;
        let none: &[(RuleIndex, FunctionName, NodeHandler)] = &[];
        let by_symbol: Vec<_> = file
            .symbols()
            .map(|(_, text)| self.linter.by_name.get(text).map_or(none, Vec::as_slice))
            .collect();
        for node in file.nodes() {
            for (rule, handler) in &self.linter.by_kind[node.kind() as usize] {
                self.timed(*rule, |cx| handler(node, cx));
            }
            self.calls.enter(node);
            let in_template = node.mode() == Mode::Template;
            if node.kind() != Kind::Call || !(in_template || node.mode() == Mode::Code) {
                continue;
            }
            let handlers = by_symbol
                .get(node.symbol().index())
                .copied()
                .unwrap_or(none);
            let Some(call) = Call::cast(node).filter(|_| !handlers.is_empty()) else {
                continue;
            };
            let Callee::Remote(module) = call.callee() else {
                continue;
            };
            let arity = call.arity();
            for (rule, function, handler) in handlers {
                let is_it =
                    module == function.module && function.arity.is_none_or(|it| it == arity);
                let looks = !in_template || self.linter.rules[*rule].0.in_templates;
                if is_it && looks && self.calls.shows(node, *rule) {
                    self.timed(*rule, |cx| handler(node, cx));
                }
            }
        }
    }

    fn timed(&mut self, rule: RuleIndex, check: impl FnOnce(&mut Cx<'t>)) {
        if !self.active[rule] {
            return;
        }
        (self.cx.rule, self.cx.level) = self.linter.rules[rule];
        let Some(times) = &mut self.times else {
            return check(&mut self.cx);
        };
        let start = Instant::now();
        check(&mut self.cx);
        times[rule] += start.elapsed().as_nanos() as u64;
    }
}
