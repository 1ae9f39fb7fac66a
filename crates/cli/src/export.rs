//! `plimsoll export`: what puts the chosen policies into a cluster.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;

use anyhow::Context;
use plimsoll::engine::config::settings_of;
use plimsoll::policies::{self, PolicyEntry};
use plimsoll::policy::common::CommonSettings;
use plimsoll::policy::metadata::Severity;
use plimsoll_kubewarden::{
    Mode, Rollout, Shipped, context_aware, group, look_ups, merged, namespace_selector, rbac_for, rolled_out, rules,
};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::args::{self, ExportForm};
use crate::outcome::Outcome;
use crate::output;
use crate::selection::{self, Selected};

/// The name of the ClusterRole and of its binding.
const NAME: &str = "plimsoll";

/// The files of a Kustomize base, in the order in which they are applied.
const RIGHTS: &str = "rbac.yaml";
const POLICIES_FILE: &str = "policies.yaml";

/// Exports the policies.
pub(crate) fn run(args: &args::Export) -> anyhow::Result<Outcome> {
    let selected = match selection::select(&args.selection) {
        Ok(selected) => selected,
        Err(problems) => {
            output::problems(&problems);
            return Ok(Outcome::Failed);
        }
    };
    let on = policies_with_settings(&selected);
    anyhow::ensure!(!on.is_empty(), "no policy is on");
    if !selected.project.paths.is_empty() {
        output::note("Left out: `paths` of the configuration. A cluster has no files.");
    }
    if args.form == ExportForm::Kustomize {
        let folder = args.output.as_deref().context("a Kustomize base is a directory: name it with --output")?;
        return base(folder, &on, &selected, args);
    }
    let text = match args.form {
        ExportForm::HelmValues => helm_values(&selected, args)?,
        _ => {
            let (rights, policies) = (rights(&on, args)?, policies(&on, &selected, args)?);
            if rights.is_empty() { policies } else { [rights, policies].join("---\n") }
        }
    };
    match &args.output {
        None => {
            let mut out = output::results();
            out.write_all(text.as_bytes())?;
            out.flush()?;
        }
        Some(path) => replace(path, &text)?,
    }
    Ok(Outcome::Clean)
}

/// The policies that are on, each with the settings that its own module needs to check as the configuration says.
fn policies_with_settings(selected: &Selected) -> Vec<(&'static PolicyEntry, Value)> {
    let configuration = selected.settings();
    let configured = selected.configuration.policies.iter();
    let with_settings = configured.filter_map(|policy| {
        let id = policy.metadata.id;
        let mut settings = settings_of(&configuration, id);
        // What a profile leaves out by itself.
        let least = policy.common.min_severity;
        if least != Severity::Info {
            settings.entry(CommonSettings::MIN_SEVERITY).or_insert_with(|| Value::from(least.name()));
        }
        Some((policies::find(id)?, Value::Object(settings)))
    });
    with_settings.collect()
}

fn rollout(args: &args::Export) -> Rollout {
    Rollout {
        registry: args.registry.as_deref().map(|registry| registry.trim_end_matches('/').to_owned()),
        policy_server: Some(args.policy_server.clone()),
        mode: Some(if args.mode == args::RolloutMode::Protect { Mode::Protect } else { Mode::Monitor }),
        namespace_selector: namespace_selector(&args.namespaces, &args.excluded()),
    }
}

/// The permissions that come first: what PolicyServer may not look up makes every request hang.
fn rights(on: &[(&'static PolicyEntry, Value)], args: &args::Export) -> anyhow::Result<String> {
    let account = &args.service_account;
    let look_ups = on.iter().flat_map(|(entry, _)| look_ups(entry.metadata));
    let Some([role, binding]) = rbac_for(NAME, look_ups, &account.namespace, &account.name) else {
        return Ok(String::new());
    };
    Ok([yaml(&role)?, yaml(&binding)?].join("---\n"))
}

/// The custom resources.
fn policies(on: &[(&'static PolicyEntry, Value)], selected: &Selected, args: &args::Export) -> anyhow::Result<String> {
    match args.form {
        ExportForm::Group => yaml(&group(on, rollout(args))),
        ExportForm::Cap => {
            let each = on
                .iter()
                .map(|(entry, settings)| yaml(&rolled_out(Shipped::Policy(entry), settings.clone(), rollout(args))));
            Ok(each.collect::<anyhow::Result<Vec<_>>>()?.join("---\n"))
        }
        ExportForm::Suite | ExportForm::Kustomize | ExportForm::HelmValues => {
            let mut suite = rolled_out(Shipped::Suite, selected.settings(), rollout(args));
            // It is asked about what its policies check, and may read what they look up, and nothing else.
            suite.spec.rules = merged(on.iter().flat_map(|(entry, _)| rules(Shipped::Policy(entry))));
            let looked_up = on.iter().flat_map(|(entry, _)| context_aware(entry.metadata));
            let looked_up: BTreeSet<_> = looked_up.map(|kind| (kind.api_version, kind.kind)).collect();
            suite
                .spec
                .context_aware_resources
                .retain(|kind| looked_up.contains(&(kind.api_version.clone(), kind.kind.clone())));
            yaml(&suite)
        }
    }
}

/// Values for the chart `plimsoll-policies`.
fn helm_values(selected: &Selected, args: &args::Export) -> anyhow::Result<String> {
    anyhow::ensure!(
        args.namespaces.is_empty(),
        "the chart leaves namespaces out and names none: use --exclude-namespace, or another form"
    );
    let mut settings = selected.settings();
    let mut values = Map::new();
    values.insert("as".to_owned(), json!("suite"));
    if let Some(fields) = settings.as_object_mut() {
        fields.remove("profile");
    }
    if selected.only().is_empty() {
        values.insert("profile".to_owned(), json!(selected.configuration.profile.name()));
    } else {
        values.insert("policies".to_owned(), json!(selected.only()));
    }
    values.insert("mode".to_owned(), json!(args.mode.name()));
    values.insert("excludedNamespaces".to_owned(), json!(args.excluded()));
    if let Some(registry) = rollout(args).registry {
        values.insert("registry".to_owned(), json!(registry));
    }
    let account = &args.service_account;
    let account = json!({"name": account.name, "namespace": account.namespace});
    values.insert("policyServer".to_owned(), json!({"name": args.policy_server, "serviceAccount": account}));
    values.insert("settings".to_owned(), settings);
    yaml(&values)
}

/// Writes a directory that Kustomize builds.
fn base(
    folder: &Path,
    on: &[(&'static PolicyEntry, Value)],
    selected: &Selected,
    args: &args::Export,
) -> anyhow::Result<Outcome> {
    let (rights, policies) = (rights(on, args)?, policies(on, selected, args)?);
    let files = [(RIGHTS, rights), (POLICIES_FILE, policies)];
    let files = files.iter().filter(|(_, text)| !text.is_empty());
    let kustomization = json!({
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": files.clone().map(|(name, _)| name).collect::<Vec<_>>(),
        // Permissions before policies.
        "sortOptions": {"order": "fifo"},
    });
    std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    for (name, text) in files {
        replace(&folder.join(name), text)?;
    }
    replace(&folder.join("kustomization.yaml"), &yaml(&kustomization)?)?;
    output::note_untrusted(&format!("Written. Next: kubectl apply -k {}", folder.display()));
    Ok(Outcome::Clean)
}

fn yaml(value: &impl Serialize) -> anyhow::Result<String> {
    serde_saphyr::to_string(value).context("cannot write YAML")
}

/// Writes a file as a whole, or not at all.
fn replace(path: &Path, text: &str) -> anyhow::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let place = || path.display().to_string();
    let mut temporary = tempfile::Builder::new();
    // As a shell creates it when it redirects.
    #[cfg(unix)]
    temporary.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut temporary = temporary.tempfile_in(folder).with_context(place)?;
    temporary.write_all(text.as_bytes()).with_context(place)?;
    temporary.persist(path).with_context(place)?;
    Ok(())
}
