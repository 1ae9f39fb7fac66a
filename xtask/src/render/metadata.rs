//! metadata.yml, and the same content as the section of a module that Kubewarden reads.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};
use plimsoll::policy::metadata::Metadata;
pub(crate) use plimsoll_kubewarden::{
    ContextAwareResource, HostCall, Rule, checked, host_calls, image, look_ups, looked_up, rules, rules_for,
};
use plimsoll_kubewarden::{Shipped, context_aware};
use serde::{Deserialize, Serialize};

use crate::render::display_name;
use crate::workspace::VERSION;

/// The section of a module that holds its metadata.
pub(crate) const SECTION: &str = "io.kubewarden.metadata";

/// The first version of Kubewarden whose look-ups support field masks.
const MINIMUM_KUBEWARDEN: &str = "1.33.0";

pub(crate) const AUTHOR: &str = env!("CARGO_PKG_AUTHORS");
const LICENSE: &str = env!("CARGO_PKG_LICENSE");
pub(crate) const SOURCE: &str = env!("CARGO_PKG_REPOSITORY");

/// Kubewarden's metadata of a policy, with Kubewarden's names. It ignores unknown ones.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct MetadataFile {
    /// The protocol between host and module: only in the module, where a tool would otherwise add it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) protocol_version: Option<String>,
    pub(crate) rules: Vec<Rule>,
    pub(crate) mutating: bool,
    pub(crate) background_audit: bool,
    pub(crate) execution_mode: String,
    pub(crate) policy_type: String,
    pub(crate) context_aware_resources: Vec<ContextAwareResource>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) host_capabilities: Vec<String>,
    pub(crate) minimum_kubewarden_version: String,
    pub(crate) annotations: BTreeMap<String, String>,
}

/// The address of the policy's page.
pub(crate) fn url(metadata: &Metadata) -> String {
    format!("{SOURCE}/tree/main/policies/{}", metadata.id)
}

/// The metadata of a policy, as in its metadata.yml.
pub(crate) fn metadata(shipped: Shipped) -> MetadataFile {
    let metadata = shipped.metadata();
    let capabilities =
        host_calls(metadata).iter().flat_map(|call| call.capabilities()).map(|name| (*name).to_owned()).collect();
    MetadataFile {
        protocol_version: None,
        rules: rules(shipped),
        mutating: false,
        background_audit: true,
        execution_mode: "kubewarden-wapc".to_owned(),
        policy_type: "kubernetes".to_owned(),
        context_aware_resources: context_aware(metadata),
        host_capabilities: capabilities,
        minimum_kubewarden_version: MINIMUM_KUBEWARDEN.to_owned(),
        annotations: annotations(metadata),
    }
}

/// The content of a module's section: what `kwctl annotate` would make from metadata.yml and README.md.
pub(crate) fn section(shipped: Shipped, usage: &str) -> Result<Vec<u8>> {
    let mut metadata = metadata(shipped);
    metadata.protocol_version = Some("v1".to_owned());
    metadata.annotations.insert("io.kubewarden.policy.usage".to_owned(), usage.to_owned());
    Ok(serde_json::to_vec(&metadata)?)
}

/// metadata.yml.
pub(crate) fn render(shipped: Shipped) -> Result<String> {
    let metadata = metadata(shipped);
    check(&metadata)?;
    Ok(format!("# Made by `make gen`.\n{}", super::yaml(&metadata)?))
}

fn annotations(metadata: &Metadata) -> BTreeMap<String, String> {
    [
        ("io.kubewarden.policy.title", metadata.id.to_owned()),
        ("io.kubewarden.policy.version", VERSION.to_owned()),
        ("io.kubewarden.policy.description", format!("{}: {}", metadata.title, metadata.why)),
        ("io.kubewarden.policy.author", AUTHOR.to_owned()),
        ("io.kubewarden.policy.license", LICENSE.to_owned()),
        ("io.kubewarden.policy.ociUrl", image(metadata.id)),
        ("io.kubewarden.policy.source", SOURCE.to_owned()),
        ("io.kubewarden.policy.url", url(metadata)),
        ("io.kubewarden.policy.severity", metadata.severity.name().to_owned()),
        ("io.kubewarden.policy.category", metadata.category.name().to_owned()),
        // One policy's own release: it holds the asset `policy.wasm` that Artifact Hub links to.
        ("com.github.release.tag", format!("{}/v{VERSION}", metadata.id)),
        ("io.artifacthub.displayName", display_name(metadata.id)),
        ("io.artifacthub.resources", metadata.target_names().join(", ")),
        ("io.artifacthub.keywords", keywords(metadata).join(", ")),
    ]
    .into_iter()
    .map(|(key, value)| (key.to_owned(), value))
    .collect()
}

/// The words that people search for.
pub(crate) fn keywords(metadata: &Metadata) -> Vec<String> {
    let mut keywords = vec!["best practices".to_owned(), metadata.category.name().to_owned()];
    keywords.extend(metadata.id.split('-').filter(|word| word.len() > 3).map(str::to_owned));
    keywords.dedup();
    keywords
}

/// Rejects what kwctl and the controller would reject.
pub(crate) fn check(metadata: &MetadataFile) -> Result<()> {
    ensure!(!metadata.rules.is_empty(), "a policy needs a rule");
    for rule in &metadata.rules {
        for list in [&rule.api_groups, &rule.api_versions, &rule.resources, &rule.operations] {
            ensure!(!list.is_empty(), "a rule has an empty list: {rule:?}");
            ensure!(!list.iter().any(|item| item == "*") || list.len() == 1, "`*` stands alone: {rule:?}");
        }
        ensure!(rule.resources.iter().all(|resource| !resource.is_empty()), "an empty resource: {rule:?}");
        let known = ["CREATE", "UPDATE", "DELETE", "CONNECT", "*"];
        ensure!(rule.operations.iter().all(|word| known.contains(&word.as_str())), "unknown operation: {rule:?}");
    }
    ensure!(is_semver(&metadata.minimum_kubewarden_version), "not a version: {}", metadata.minimum_kubewarden_version);
    let text = |key: &str| metadata.annotations.get(key).map_or("", String::as_str);
    let title = text("io.kubewarden.policy.title");
    ensure!(is_dns_name(title), "the title is not a Kubernetes name: {title:?}");
    let version = text("io.kubewarden.policy.version");
    ensure!(is_semver(version), "the version is not a semantic version: {version:?}");
    for key in ["io.kubewarden.policy.description", "io.artifacthub.displayName"] {
        let line = text(key);
        ensure!(!line.is_empty() && !line.contains('\n'), "{key} is not one line: {line:?}");
    }
    for key in ["io.kubewarden.policy.source", "io.kubewarden.policy.url"] {
        ensure!(is_url(text(key)), "{key} is not a URL: {:?}", text(key));
    }
    ensure!(is_image(text("io.kubewarden.policy.ociUrl")), "not an image: {:?}", text("io.kubewarden.policy.ociUrl"));
    ensure!(!maintainers(text("io.kubewarden.policy.author")).is_empty(), "no author, as in `Name <mail>`");
    let keywords = text("io.artifacthub.keywords");
    ensure!(keywords.split(',').all(|word| !word.trim().is_empty()), "an empty keyword: {keywords:?}");
    let severity = text("io.kubewarden.policy.severity");
    ensure!(plimsoll::policy::metadata::Severity::named(severity).is_some(), "unknown severity: {severity:?}");
    Ok(())
}

/// The names and mail addresses in `Name <mail>, Other <mail>`; empty if one is malformed.
pub(crate) fn maintainers(authors: &str) -> Vec<(&str, &str)> {
    authors
        .split(',')
        .map(|author| {
            let (name, mail) = author.trim().strip_suffix('>')?.split_once('<')?;
            let (user, host) = mail.split_once('@')?;
            let plain =
                |part: &str| !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || "<>@,".contains(c));
            (plain(user) && is_dns_name(host) && !name.trim().is_empty()).then_some((name.trim(), mail))
        })
        .collect::<Option<_>>()
        .unwrap_or_default()
}

/// A lower-case RFC 1123 name: labels of letters, digits and dashes, with dots between them.
fn is_dns_name(name: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
    };
    name.len() <= 253 && name.split('.').all(is_label)
}

/// `major.minor.patch`, with or without a pre-release.
fn is_semver(version: &str) -> bool {
    let (core, pre) = version.split_once('-').unwrap_or((version, "0"));
    let is_number = |part: &str| {
        part.chars().all(|c| c.is_ascii_digit()) && (part == "0" || !part.is_empty() && !part.starts_with('0'))
    };
    let is_word = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    core.split('.').count() == 3 && core.split('.').all(is_number) && pre.split('.').all(is_word)
}

fn is_url(url: &str) -> bool {
    url.strip_prefix("https://").is_some_and(|rest| {
        is_dns_name(rest.split('/').next().unwrap_or_default()) && !rest.contains(char::is_whitespace)
    })
}

/// A registry and a path, without tag.
fn is_image(image: &str) -> bool {
    image.split_once('/').is_some_and(|(registry, path)| {
        is_dns_name(registry) && path.split('/').all(|part| is_dns_name(&part.replace('_', "-")))
    })
}

#[cfg(test)]
mod tests {
    use plimsoll::policies::POLICIES;

    use plimsoll_kubewarden::Shipped;

    use super::{
        ContextAwareResource, HostCall, MetadataFile, check, host_calls, is_semver, is_url, maintainers, metadata,
        render, section,
    };

    fn first() -> Shipped {
        Shipped::Policy(&POLICIES[0])
    }

    #[test]
    fn metadata_that_kwctl_rejects_is_rejected() {
        let good = metadata(first());
        assert!(check(&good).is_ok());
        for (key, value) in [
            ("io.kubewarden.policy.title", "Missing_Prestop"),
            ("io.kubewarden.policy.version", "v1.0.0"),
            ("io.kubewarden.policy.author", "myself"),
            ("io.kubewarden.policy.source", "plimsoll.dev"),
            ("io.kubewarden.policy.ociUrl", "ghcr.io/x/y:v1"),
            ("io.kubewarden.policy.description", "two\nlines"),
            ("io.artifacthub.keywords", "a, , b"),
            ("io.kubewarden.policy.severity", "mild"),
        ] {
            let mut bad = good.clone();
            bad.annotations.insert(key.to_owned(), value.to_owned());
            assert!(check(&bad).is_err(), "{key}: {value}");
        }
        let mut bad = good.clone();
        bad.rules[0].operations.push("*".to_owned());
        assert!(check(&bad).is_err());
        bad.rules.clear();
        assert!(check(&bad).is_err());
    }

    #[test]
    fn metadata_of_every_policy_is_valid() {
        for entry in POLICIES {
            check(&metadata(Shipped::Policy(entry))).unwrap_or_else(|error| panic!("{}: {error}", entry.metadata.id));
        }
    }

    #[test]
    fn metadata_has_only_keys_that_kubewarden_reads() {
        for entry in POLICIES {
            let text = render(Shipped::Policy(entry)).unwrap();
            let read: MetadataFile =
                yaml_serde::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", entry.metadata.id));
            assert_eq!(
                serde_json::to_value(&read).unwrap(),
                serde_json::to_value(metadata(Shipped::Policy(entry))).unwrap()
            );
        }
        let nested = "annotations: {}\nhostCapabilities: []\ncontextAware: true\n";
        assert!(yaml_serde::from_str::<MetadataFile>(nested).unwrap_err().to_string().contains("contextAware"));
    }

    #[test]
    fn declared_host_calls_are_those_of_the_look_ups() {
        for entry in POLICIES {
            let metadata = metadata(Shipped::Policy(entry));
            let declared = &metadata.context_aware_resources;
            for kind in entry.admission_needs.iter().filter(|kind| kind.is_builtin()) {
                let wanted = ContextAwareResource { api_version: kind.api_version(), kind: kind.name.to_owned() };
                assert!(declared.contains(&wanted), "{}: {wanted:?}", entry.metadata.id);
            }
            assert_eq!(declared.is_empty(), metadata.host_capabilities.is_empty(), "{}", entry.metadata.id);
        }
    }

    #[test]
    fn named_objects_are_fetched_and_others_listed() {
        let calls = |id: &str| {
            let entry = POLICIES.iter().find(|entry| entry.metadata.id == id).unwrap();
            (host_calls(entry.metadata), metadata(Shipped::Policy(entry)).host_capabilities)
        };
        let get = "kubernetes/get_resource".to_owned();
        let list = ["kubernetes/list_resources_all", "kubernetes/list_resources_by_namespace"].map(str::to_owned);
        let both = [vec![get.clone()], list.to_vec()].concat();
        assert_eq!(calls("early-proxy-shutdown"), (vec![HostCall::Get], vec![get.clone()]));
        assert_eq!(calls("missing-config-reference"), (vec![HostCall::Get], vec![get.clone()]));
        assert_eq!(calls("dangling-autoscaler"), (vec![HostCall::Get], vec![get]));
        assert_eq!(calls("missing-quota"), (vec![HostCall::List], list.to_vec()));
        assert_eq!(calls("single-replica"), (vec![HostCall::Get, HostCall::List], both));
        assert_eq!(calls("root-user"), (Vec::new(), Vec::new()));
    }

    #[test]
    fn every_rule_has_one_api_group() {
        for rule in POLICIES.iter().flat_map(|entry| super::rules(Shipped::Policy(entry))) {
            assert_eq!((rule.api_groups.len(), rule.api_versions.len()), (1, 1), "{rule:?}");
        }
    }

    #[test]
    fn section_has_the_protocol_and_the_usage() {
        let section = section(first(), "# Usage").unwrap();
        let read: MetadataFile = serde_json::from_slice(&section).unwrap();
        assert_eq!(read.protocol_version.as_deref(), Some("v1"));
        assert_eq!(read.annotations["io.kubewarden.policy.usage"], "# Usage");
        assert_eq!(read.rules, super::rules(first()));
    }

    #[test]
    fn versions_urls_and_maintainers_are_validated() {
        assert!(is_semver("0.1.0") && is_semver("1.0.0-rc.1"));
        assert!(!is_semver("1.0") && !is_semver("01.0.0") && !is_semver("1.0.x") && !is_semver(""));
        assert!(is_url("https://plimsoll.dev/x") && !is_url("https://") && !is_url("http://plimsoll.dev"));
        assert_eq!(maintainers("A B <a@b.c>, D <d@e.f>"), [("A B", "a@b.c"), ("D", "d@e.f")]);
        for bad in ["", "a@b.c", "A <a>", "A <a@b.c>, B", "A <a@@b.c>", "<a@b.c>"] {
            assert!(maintainers(bad).is_empty(), "{bad}");
        }
    }
}
