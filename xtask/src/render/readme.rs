//! A policy's README.md, and the shorter usage text in its module.

use std::fmt::Write;

use anyhow::Result;
use plimsoll::policies::PolicyEntry;
use plimsoll::policy::metadata::{FixAvailability, Metadata, Status};
use plimsoll_kubewarden::{Shipped, manifest};
use serde_json::{Value, json};

use crate::render::metadata::{self, checked, looked_up, rules_for};
use crate::render::settings::{self, Setting};
use crate::render::yaml;
use crate::workspace::Workspace;

/// README.md.
pub(crate) fn render(workspace: &Workspace, entry: &'static PolicyEntry) -> Result<String> {
    let mut text = beginning(entry)?;
    if let Some(example) = example(workspace, entry.metadata)? {
        write!(text, "\n## What it says\n{example}")?;
    }
    settings_of(&mut text, entry, &settings::url())?;
    in_a_cluster(&mut text, entry)?;
    sources(&mut text, entry.metadata)?;
    Ok(text)
}

/// The page in docs/ about a policy that no module has.
pub(crate) fn only_for_files(entry: &'static PolicyEntry) -> Result<String> {
    let mut text = beginning(entry)?;
    settings_of(&mut text, entry, "settings.md")?;
    sources(&mut text, entry.metadata)?;
    Ok(text)
}

fn beginning(entry: &'static PolicyEntry) -> Result<String> {
    let metadata = entry.metadata;
    let mut text =
        format!("<!-- Made by `make gen`. -->\n# {}\n\n{}: {}.\n\n", metadata.id, metadata.title, metadata.why);
    facts(&mut text, metadata)?;
    write!(text, "\n{}\n", settings::documentation(entry).trim())?;
    Ok(text)
}

fn settings_of(text: &mut String, entry: &'static PolicyEntry, url: &str) -> Result<()> {
    text.push_str("\n## Settings\n");
    let own = settings::own(entry);
    if !own.is_empty() {
        table(text, &own)?;
        text.push('\n');
    }
    let common: Vec<String> = settings::common().iter().map(|setting| format!("`{}`", setting.name)).collect();
    writeln!(text, "Every policy has [these settings]({url}): {}.", common.join(", "))?;
    Ok(())
}

fn sources(text: &mut String, metadata: &Metadata) -> Result<()> {
    text.push_str("\n## Sources\n");
    for source in metadata.sources {
        writeln!(text, "- [{}]({})", source.title, source.url)?;
    }
    Ok(())
}

/// The text that a module carries and `kwctl inspect` shows: the policy's documentation and its own settings. The
/// common settings would add 5 kB to every module.
pub(crate) fn usage(entry: &PolicyEntry) -> Result<String> {
    let metadata = entry.metadata;
    let mut text = format!("# {}\n\n{}.\n\n{}\n", metadata.id, metadata.title, settings::documentation(entry).trim());
    let own = settings::own(entry);
    if !own.is_empty() {
        text.push_str("\n## Settings\n");
        for setting in &own {
            writeln!(text, "- `{}`: {}", setting.name, setting.documentation())?;
        }
    }
    write!(text, "\nMore: {}\n", metadata::url(metadata))?;
    Ok(text)
}

/// The page at the address of an id that a policy had: findings and modules of earlier versions lead there.
pub(crate) fn moved(from: &str, to: &str) -> String {
    format!(
        "<!-- Made by `make gen`. -->\n# {from}\n\nWas renamed to [{to}](../{to}/README.md).\n\n\
         [What that changes](../../docs/guides/versioning.md#a-policy-with-another-id)\n"
    )
}

fn facts(text: &mut String, metadata: &Metadata) -> Result<()> {
    let mut rows = vec![
        ("severity", metadata.severity.name().to_owned()),
        ("profile", metadata.profile.name().to_owned()),
        ("category", metadata.category.name().to_owned()),
        ("fix", metadata.fix.name().to_owned()),
    ];
    if metadata.targets.is_empty() {
        rows.push(("checks", "every kind, in files".to_owned()));
    } else {
        rows.push(("checks", metadata.target_names().join(", ")));
    }
    if !metadata.needs.is_empty() {
        let names: Vec<&str> = metadata.needs.iter().map(|kind| kind.name).collect();
        rows.push(("looks up", names.join(", ")));
    }
    rows.push(("since", metadata.since.to_owned()));
    // Nearly all are stable and never had another id.
    if metadata.status != Status::Stable {
        rows.push(("status", metadata.status.name().to_owned()));
    }
    if !metadata.renamed_from.is_empty() {
        rows.push(("formerly", metadata.renamed_from.join(", ")));
    }
    text.push_str("| | |\n|---|---|\n");
    for (name, value) in rows {
        writeln!(text, "| {name} | {value} |")?;
    }
    Ok(())
}

pub(crate) fn table(text: &mut String, settings: &[Setting]) -> Result<()> {
    text.push_str("| setting | type | default | meaning |\n|---|---|---|---|\n");
    for setting in settings {
        let default = match setting.default() {
            Some(Value::String(word)) => format!("`{word}`"),
            Some(other) => format!("`{other}`"),
            None => String::new(),
        };
        let kind = settings::type_in_words(setting.value_schema());
        let meaning = setting.documentation().replace('|', "\\|");
        writeln!(
            text,
            "| `{}` | {} | {} | {meaning} |",
            setting.name,
            kind.replace('|', "\\|"),
            default.replace('|', "\\|")
        )?;
    }
    Ok(())
}

fn in_a_cluster(text: &mut String, entry: &'static PolicyEntry) -> Result<()> {
    let metadata = entry.metadata;
    let checks = manifest(Shipped::Policy(entry), json!({}));
    write!(
        text,
        "\n## In a cluster\nWith [Kubewarden](https://docs.kubewarden.io) installed:\n\n```yaml\n{}```\n",
        yaml(&checks)?
    )?;
    text.push_str(
        "\nWith `onViolation: warn` objects are accepted, with a warning for each finding. The policy never rejects a \
         DELETE, nor a kind that it does not check.\n",
    );
    let mutating = match metadata.fix {
        FixAvailability::Safe | FixAvailability::SafeOrUnsafe => Some(json!({"onViolation": "fix"})),
        FixAvailability::Unsafe => Some(json!({"onViolation": "fix", "applyFixes": "unsafe"})),
        FixAvailability::None | FixAvailability::NewObject => None,
    };
    if let Some(settings) = mutating {
        let unsafe_only = match metadata.fix {
            FixAvailability::Unsafe => " Its fixes may change how a workload behaves, so they have to be enabled.",
            FixAvailability::SafeOrUnsafe => {
                " `applyFixes: unsafe` adds the fixes that may change how a workload behaves."
            }
            _ => "",
        };
        write!(
            text,
            "\nTo fix instead of rejecting, set `mutating: true`.{unsafe_only} Findings without a fix warn; with \
             `otherwise: deny` they reject the object:\n\n```yaml\n{}```\n",
            yaml(&json!({"spec": {"mutating": true, "settings": settings}}))?
        )?;
    }
    if metadata.expects_later_object {
        text.push_str(
            "\nThe policy asks for an object that is usually applied after the one it checks, so it says nothing on CREATE: the \
             background audit reports what is still missing. `onMissingCompanion: warn` or `deny` asks for the other object \
             to come first.\n",
        );
    }
    if looked_up(metadata).next().is_some() {
        write!(
            text,
            "\nThe policy looks up other objects, for which PolicyServer needs permissions: apply `rbac.yaml` first, with the name \
             and namespace of your PolicyServer's service account. A namespaced AdmissionPolicy can look nothing up. What \
             happens when a look-up fails is the setting `onError`.\n"
        )?;
    }
    if entry.admission_targets.len() < metadata.targets.len() {
        text.push_str("\nThe rules name fewer kinds than the policy checks: the others are checked in files only.\n");
    }
    let (_, optional) = checked(Shipped::Policy(entry));
    if !optional.is_empty() {
        let names = optional.iter().map(|kind| format!("{}.{}", kind.plural, kind.group)).collect::<Vec<_>>();
        write!(
            text,
            "\nIn a cluster that has {}, add this to `rules`; without the resource, the background audit would fail:\n\n\
             ```yaml\n{}```\n",
            names.join(" and "),
            yaml(&rules_for(&optional))?
        )?;
    }
    Ok(())
}

/// The longest manifest, in lines, that still works as an example.
const LONGEST_EXAMPLE: usize = 60;

/// The first case of the failing fixtures, and its findings.
fn example(workspace: &Workspace, metadata: &Metadata) -> Result<Option<String>> {
    let fixture = format!("policies/{}/fixtures/fail", metadata.id);
    let (manifest, snapshot) = (format!("{fixture}.yaml"), format!("{fixture}.snap"));
    if !workspace.path(&manifest).exists() || !workspace.path(&snapshot).exists() {
        return Ok(None);
    }
    let manifest = first_case(&workspace.read(manifest)?);
    let messages = first_messages(&workspace.read(snapshot)?);
    if manifest.is_empty() || manifest.lines().count() > LONGEST_EXAMPLE || messages.is_empty() {
        return Ok(None);
    }
    Ok(Some(format!("Of\n\n```yaml\n{manifest}```\n\nit says\n\n```text\n{}\n```\n", messages.join("\n"))))
}

/// The objects of the first case, without markers and comments about the case.
fn first_case(fixture: &str) -> String {
    let is_case = |document: &str| document.lines().any(|line| line.trim_end() == "kind: Case");
    let documents: Vec<&str> = fixture.split("\n---\n").map(|document| document.trim_start_matches("---\n")).collect();
    let first = documents.iter().position(|document| !is_case(document)).unwrap_or(documents.len());
    let case: Vec<String> = documents
        .iter()
        .skip(first)
        .take_while(|document| !is_case(document))
        .map(|document| {
            let lines = document.lines().skip_while(|line| line.starts_with('#') || line.is_empty());
            let unmarked = lines.map(|line| line.split(" #~").next().unwrap_or(line).trim_end());
            unmarked.map(|line| format!("{line}\n")).collect::<String>()
        })
        .collect();
    case.join("---\n")
}

/// The findings of the first case, as the snapshot has them: the message, and what to do. Objects without any are left out.
fn first_messages(snapshot: &str) -> Vec<String> {
    let case = snapshot.split("\n\n").next().unwrap_or_default();
    case.lines()
        .filter_map(|line| line.strip_prefix("  "))
        .filter(|line| *line != "nothing" && (!line.starts_with(' ') || line.starts_with("  help: ")))
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{first_case, first_messages};

    #[test]
    fn example_is_the_first_case_without_markers() {
        let fixture = "# About the file.\nkind: Case\nname: one\n---\n# About it.\nkind: A\nx: 1 #~ some-id\n---\nkind: B\n---\nkind: Case\n---\nkind: C\n";
        assert_eq!(first_case(fixture), "kind: A\nx: 1\n---\nkind: B\n");
        assert_eq!(first_case("kind: A\ny: 2\n"), "kind: A\ny: 2\n");
        assert_eq!(first_case("kind: Case\nname: none\n"), "");
    }

    #[test]
    fn messages_are_those_of_the_first_case() {
        let snapshot = "# one\nService a\n  nothing\nDeployment a\n  high: is wrong\n    at: /spec\n    help: fix it\n\n# two\nPod b\n  low: other\n";
        assert_eq!(first_messages(snapshot), ["high: is wrong", "  help: fix it"]);
    }
}
