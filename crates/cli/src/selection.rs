//! From flags and the configuration to policies.

use std::collections::BTreeSet;
use std::path::Path;

use plimsoll::engine::config::{Choice, Configuration, ENABLED};
use plimsoll::engine::renamed::Renamed;
use plimsoll::policy::metadata::{Category, Metadata, Profile, Severity};
use plimsoll::settings::Glob;
use plimsoll_lint::problem::Problem;
use plimsoll_lint::unknown_field::{self, ONLY_FILES};
use plimsoll_lint::words::did_you_mean;
use serde_json::{Map, Value, json};

use crate::args::Selection;
use crate::output;
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
    flags: Flags,
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
    let flags = Flags::read(args, unknown_field::metadata()).map_err(|problem| vec![problem])?;
    let mut finished = value.clone();
    switch(&mut finished, &flags.switches);
    let choice = choice(args, &flags, min_severity);
    let configuration = Configuration::read(&finished, choice).map_err(|error| project.file.problems(&error, ""))?;
    for (position, entry) in project.paths.iter().enumerate() {
        let alone = Value::Object(entry.configuration.clone());
        let read = Configuration::read(&alone, Choice { more: &ONLY_FILES, ..Choice::default() });
        read.map_err(|error| project.file.problems(&error, &format!("paths[{position}].")))?;
    }
    let notes: BTreeSet<String> = project.file.notes().chain(flags.notes.iter().cloned()).collect();
    notes.iter().for_each(|note| output::note_untrusted(note));
    Ok(Selected { configuration, project, value, flags, min_severity })
}

impl Selected {
    /// The policies that `--policy` names, if any.
    pub(crate) fn only(&self) -> &[String] {
        &self.flags.only
    }

    /// The configuration as a cluster reads it, with what the flags say.
    pub(crate) fn settings(&self) -> Value {
        let mut settings = if self.value.is_null() { json!({}) } else { self.value.clone() };
        switch(&mut settings, &self.flags.switches);
        let Some(fields) = settings.as_object_mut() else { return settings };
        // No cluster has those that only files need.
        if let Some(entries) = fields.get_mut("policies").and_then(Value::as_object_mut) {
            entries.retain(|id, _| ONLY_FILES.iter().all(|entry| entry.metadata.id != id));
        }
        let mut profile = self.configuration.profile.name();
        if !self.only().is_empty() {
            profile = Profile::Off.name();
            let entries = fields.entry("policies").or_insert_with(|| json!({}));
            let known = entries.as_object().cloned().unwrap_or_default();
            let in_cluster = |id: &&String| ONLY_FILES.iter().all(|entry| entry.metadata.id != id.as_str());
            let only = self.only().iter().filter(in_cluster).map(|id| {
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
            &|value| switch(value, &self.flags.switches),
            choice(args, &self.flags, self.min_severity),
        )
    }
}

fn choice<'f>(args: &Selection, flags: &'f Flags, min_severity: Option<Severity>) -> Choice<'f> {
    Choice { profile: args.profile.map(|profile| profile.0), only: &flags.only, min_severity, more: &ONLY_FILES }
}

/// The policies that flags name, by the ids that they have.
struct Flags {
    /// What alone checks.
    only: Vec<String>,
    /// What they turn on or off. The later ones win.
    switches: Vec<(&'static str, bool)>,
    /// What to say of ids that policies had.
    notes: Vec<String>,
}

impl Flags {
    fn read(args: &Selection, all: impl Iterator<Item = &'static Metadata> + Clone) -> Result<Flags, Problem> {
        let mut flags = Flags { only: Vec::new(), switches: Vec::new(), notes: Vec::new() };
        for id in &args.policies {
            let renamed = Renamed::of(id, all.clone());
            flags.only.push(renamed.as_ref().map_or(id.as_str(), |renamed| renamed.to).to_owned());
            flags.notes.extend(renamed.map(|renamed| format!("--policy: {renamed}")));
        }
        for (flag, selectors, on) in [("enable", &args.enable, true), ("disable", &args.disable, false)] {
            for selector in selectors {
                let before = flags.switches.len();
                let pattern = Glob::new(selector);
                for policy in all.clone() {
                    let had = || policy.renamed_from.iter().find(|id| pattern.matches(id));
                    if pattern.matches(policy.id) || policy.category.name() == selector {
                        flags.switches.push((policy.id, on));
                    } else if let Some(from) = had() {
                        flags.switches.push((policy.id, on));
                        flags.notes.push(format!("--{flag} {selector}: {from} was renamed to {}", policy.id));
                    }
                }
                if flags.switches.len() == before {
                    let ids = all.map(|policy| policy.id);
                    let hint = did_you_mean(selector, ids.chain(Category::ALL.map(Category::name)));
                    let message = format!("--{flag}: there is no policy or category `{selector}`{hint}");
                    return Err(Problem::general(message));
                }
            }
        }
        Ok(flags)
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    static RENAMED: Metadata = Metadata {
        id: "absent-hook",
        renamed_from: &["no-hook", "missing-hook"],
        category: Category::Lifecycle,
        ..Metadata::DEFAULT
    };
    static OTHER: Metadata = Metadata { id: "missing-probe", category: Category::Health, ..Metadata::DEFAULT };

    fn flags(change: impl Fn(&mut Selection)) -> Result<Flags, Problem> {
        let mut args = Selection::default();
        change(&mut args);
        Flags::read(&args, [&RENAMED, &OTHER].into_iter())
    }

    #[test]
    fn flags_take_ids_that_policies_had() {
        let flags = flags(|args| args.policies = vec!["no-hook".to_owned(), "missing-probe".to_owned()]).unwrap();
        assert_eq!(flags.only, ["absent-hook", "missing-probe"]);
        assert_eq!(flags.notes, ["--policy: no-hook was renamed to absent-hook"]);
    }

    #[test]
    fn patterns_match_ids_that_policies_had() {
        for (pattern, switched, notes) in [
            (
                "missing-*",
                &["absent-hook", "missing-probe"][..],
                &["--disable missing-*: missing-hook was renamed to absent-hook"][..],
            ),
            ("no-hook", &["absent-hook"], &["--disable no-hook: no-hook was renamed to absent-hook"]),
            // The id that it has and the category say nothing of others.
            ("*-hook", &["absent-hook"], &[]),
            ("lifecycle", &["absent-hook"], &[]),
        ] {
            let flags = flags(|args| args.disable = vec![pattern.to_owned()]).unwrap();
            assert_eq!(flags.switches.iter().map(|(id, _)| *id).collect::<Vec<_>>(), switched, "{pattern}");
            assert_eq!(flags.notes, notes, "{pattern}");
        }
        assert!(flags(|args| args.enable = vec!["absent".to_owned()]).is_err());
    }
}
