//! From flags and the configuration to policies.

use std::path::Path;

use plimsoll::engine::config::{Choice, Configuration, ENABLED};
use plimsoll::policy::metadata::{Category, Profile, Severity};
use plimsoll::settings::Glob;
use plimsoll_lint::problem::Problem;
use plimsoll_lint::unknown_field::{self, ONLY_FILES};
use plimsoll_lint::words::did_you_mean;
use serde_json::{Map, Value, json};

use crate::args::Selection;
use crate::overrides::ByFile;
use crate::project::Project;

/// What was chosen.
pub(crate) struct Selected {
    /// The policies of files for which nothing else is said.
    pub(crate) configuration: Configuration,
    /// The configuration that says so.
    pub(crate) project: Project,
    /// The configuration's part that all hosts read.
    value: Value,
    /// What flags turn on or off.
    switches: Vec<(&'static str, bool)>,
    /// The least severity that was asked for.
    min_severity: Option<Severity>,
}

/// Configures the policies.
pub(crate) fn select(args: &Selection) -> Result<Selected, Vec<Problem>> {
    select_for(args, None)
}

/// Configures the policies to report findings of this severity or more, unless the configuration says otherwise.
pub(crate) fn select_for(args: &Selection, min_severity: Option<Severity>) -> Result<Selected, Vec<Problem>> {
    let project = Project::open(&args.configuration)?;
    let value = project.file.value().clone();
    let switches = switches(args).map_err(|problem| vec![problem])?;
    let mut finished = value.clone();
    switch(&mut finished, &switches);
    let choice = choice(args, min_severity);
    let configuration = Configuration::read(&finished, choice).map_err(|error| project.file.problems(&error, ""))?;
    for (position, entry) in project.paths.iter().enumerate() {
        let alone = Value::Object(entry.configuration.clone());
        let read = Configuration::read(&alone, Choice { more: &ONLY_FILES, ..Choice::default() });
        read.map_err(|error| project.file.problems(&error, &format!("paths[{position}].")))?;
    }
    Ok(Selected { configuration, project, value, switches, min_severity })
}

impl Selected {
    /// The configuration as a cluster reads it, with what the flags say.
    pub(crate) fn settings(&self, args: &Selection) -> Value {
        let mut settings = if self.value.is_null() { json!({}) } else { self.value.clone() };
        switch(&mut settings, &self.switches);
        let Some(fields) = settings.as_object_mut() else { return settings };
        // No cluster has those that only files need.
        if let Some(entries) = fields.get_mut("policies").and_then(Value::as_object_mut) {
            entries.retain(|id, _| ONLY_FILES.iter().all(|entry| entry.metadata.id != id));
        }
        let mut profile = self.configuration.profile.name();
        if !args.policies.is_empty() {
            profile = Profile::Off.name();
            let entries = fields.entry("policies").or_insert_with(|| json!({}));
            let known = entries.as_object().cloned().unwrap_or_default();
            let in_cluster = |id: &&String| ONLY_FILES.iter().all(|entry| entry.metadata.id != id.as_str());
            let only = args.policies.iter().filter(in_cluster).map(|id| {
                let mut own = known.get(id).and_then(Value::as_object).cloned().unwrap_or_default();
                own.insert(ENABLED.to_owned(), Value::Bool(true));
                (id.clone(), Value::Object(own))
            });
            *entries = Value::Object(only.collect());
        }
        fields.insert("profile".to_owned(), Value::from(profile));
        settings
    }

    /// The policies of each file.
    pub(crate) fn by_file<'f>(
        &self,
        args: &Selection,
        files: impl Iterator<Item = Option<&'f Path>>,
    ) -> Result<ByFile, Problem> {
        ByFile::new(
            &self.value,
            &self.project.paths,
            files,
            &|value| switch(value, &self.switches),
            choice(args, self.min_severity),
        )
    }
}

fn choice(args: &Selection, min_severity: Option<Severity>) -> Choice<'_> {
    Choice { profile: args.profile.map(|profile| profile.0), only: &args.policies, min_severity, more: &ONLY_FILES }
}

/// The policies that flags turn on or off. The later ones win.
fn switches(args: &Selection) -> Result<Vec<(&'static str, bool)>, Problem> {
    let mut switches = Vec::new();
    for (flag, selectors, on) in [("enable", &args.enable, true), ("disable", &args.disable, false)] {
        for selector in selectors {
            let ids = matching(selector);
            if ids.is_empty() {
                let ids = unknown_field::all().map(|entry| entry.metadata.id);
                let hint = did_you_mean(selector, ids.chain(Category::ALL.map(Category::name)));
                let message = format!("--{flag}: there is no policy or category `{selector}`{hint}");
                return Err(Problem::general(message));
            }
            switches.extend(ids.into_iter().map(|id| (id, on)));
        }
    }
    Ok(switches)
}

/// The policies that a selector names: by id, pattern or category.
fn matching(selector: &str) -> Vec<&'static str> {
    let pattern = Glob::new(selector);
    let is_meant = |id: &str, category: Category| pattern.matches(id) || category.name() == selector;
    let metadata = unknown_field::all().map(|entry| entry.metadata);
    metadata.filter(|metadata| is_meant(metadata.id, metadata.category)).map(|metadata| metadata.id).collect()
}

fn switch(value: &mut Value, switches: &[(&'static str, bool)]) {
    if switches.is_empty() {
        return;
    }
    if value.is_null() {
        *value = Value::Object(Map::new());
    }
    let Some(fields) = value.as_object_mut() else { return };
    let policies = fields.entry("policies").or_insert_with(|| json!({}));
    if policies.is_null() {
        *policies = json!({});
    }
    for (id, on) in switches {
        let Some(policies) = policies.as_object_mut() else { return };
        let policy = policies.entry(*id).or_insert_with(|| json!({}));
        if policy.is_null() {
            *policy = json!({});
        }
        if let Some(policy) = policy.as_object_mut() {
            policy.insert(ENABLED.to_owned(), Value::Bool(*on));
        }
    }
}
