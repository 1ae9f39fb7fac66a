//! Kinds and API versions that Kubernetes doesn't have.

use plimsoll::json::path::Path;

use crate::meant::nearest;
use crate::table::Table;
use crate::walk::is_template;
use crate::{Fault, Note, NoteFix};

/// Kinds that are no objects of a cluster, or that nobody writes into a file, but that exist.
const UNLISTED: &[(&str, &[&str])] = &[
    (
        "v1",
        &[
            "Binding",
            "ComponentStatus",
            "Config",
            "EncryptionConfig",
            "Event",
            "List",
            "Policy",
            "RangeAllocation",
            "SerializedReference",
            "Status",
            // OpenShift's, before they had groups.
            "Build",
            "BuildConfig",
            "DeploymentConfig",
            "Group",
            "Image",
            "ImageStream",
            "ImageStreamTag",
            "OAuthClient",
            "Project",
            "ProjectRequest",
            "Role",
            "RoleBinding",
            "ClusterRole",
            "ClusterRoleBinding",
            "Route",
            "SecurityContextConstraints",
            "Template",
            "User",
        ],
    ),
    ("autoscaling/v1", &["Scale"]),
    ("policy/v1", &["Eviction"]),
];

/// What is wrong if the kind came with a later version of Kubernetes.
pub(crate) fn too_new(table: &Table, api_version: &str, kind: &str, minor: u16) -> Option<Note> {
    let since = table.kind_since(api_version, kind);
    let message = || format!("Kubernetes 1.{minor} has no {kind} in `{api_version}`, it came with 1.{since}");
    (since > minor).then(|| note("apiVersion", message(), None))
}

/// What is wrong with what an object says it is, if that is a matter of Kubernetes' own groups. Alpha and beta versions come
/// and go, and are not asked about.
pub(crate) fn wrong(table: &Table, api_version: &str, kind: &str, minor: u16) -> Option<Note> {
    let is_plain = |text: &str| !text.is_empty() && !is_template(text) && !text.contains(char::is_whitespace);
    let own = || table.own_kinds();
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    if !is_plain(api_version) || !is_plain(kind) || minor > table.minor() {
        return None;
    }
    let homes: Vec<&str> = own().filter(|(_, name)| *name == kind).map(|(version, _)| version).collect();
    if !own().any(|(known, _)| group_of(known) == group) {
        return no_such_group(api_version, kind, &homes);
    }
    let is_version = version.strip_prefix('v').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    if !is_version {
        // `builtin`, for instance, is another tool's.
        let looks_like = version.trim_start_matches(['v', 'V']).starts_with(|c: char| c.is_ascii_digit());
        return (looks_like && !homes.is_empty()).then(|| of_other(kind, api_version, &homes));
    }
    let is_stable = version.bytes().skip(1).all(|byte| byte.is_ascii_digit());
    let is_unlisted = UNLISTED.iter().any(|(version, kinds)| *version == api_version && kinds.contains(&kind));
    if !is_stable || is_unlisted || kind.ends_with("List") || kind.ends_with("Options") {
        return None;
    }
    if !homes.is_empty() {
        return Some(of_other(kind, api_version, &homes));
    }
    let here: Vec<&str> = own().filter(|(version, _)| *version == api_version).map(|(_, name)| name).collect();
    if here.is_empty() {
        let mut known: Vec<&str> = own().map(|(version, _)| version).filter(|known| group_of(known) == group).collect();
        known.dedup();
        let message = format!("there is no API version `{api_version}`, only `{}`", known.join("` and `"));
        return Some(note("apiVersion", message, None));
    }
    let meant = nearest(kind, here.iter().copied());
    match meant.or_else(|| nearest(kind, own().map(|(_, name)| name))) {
        Some(other) => {
            let message = format!("`{api_version}` has no kind `{kind}`, did you mean `{other}`?");
            // Of another group, it needs another API version as well.
            let fix =
                meant.map(|with| NoteFix::Replace { with: with.to_owned(), sure: with.eq_ignore_ascii_case(kind) });
            Some(note("kind", message, fix))
        }
        // Other tools write `v1` above kinds of their own, too.
        None if group.is_empty() => None,
        None => {
            Some(note("kind", format!("`{api_version}` has no kind `{kind}` in Kubernetes {}", table.version()), None))
        }
    }
}

/// A group that is misspelt: it is like that of the kind. Other groups may have kinds of the same name.
fn no_such_group(api_version: &str, kind: &str, homes: &[&str]) -> Option<Note> {
    let (group, _) = api_version.split_once('/')?;
    let near: Vec<&str> = homes.iter().copied().filter(|home| is_near(group, group_of(home))).collect();
    (!near.is_empty()).then(|| of_other(kind, api_version, &near))
}

fn is_near(group: &str, home: &str) -> bool {
    !home.is_empty() && nearest(group, std::iter::once(home)).is_some()
}

/// A kind that other API versions have.
fn of_other(kind: &str, api_version: &str, homes: &[&str]) -> Note {
    let message = format!("{kind} belongs to `{}`, not to `{api_version}`", homes.join("` or `"));
    let fix = match homes {
        [home] => Some(NoteFix::Replace { with: (*home).to_owned(), sure: true }),
        _ => None,
    };
    note("apiVersion", message, fix)
}

fn group_of(api_version: &str) -> &str {
    api_version.split_once('/').map_or("", |(group, _)| group)
}

fn note(field: &str, message: String, fix: Option<NoteFix>) -> Note {
    Note { path: Path::ROOT.key(field), fault: Fault::Kind, message, fix }
}

#[cfg(all(test, feature = "kubernetes"))]
mod tests {
    use super::*;

    fn said(version: &str, kind: &str) -> Option<(String, Option<NoteFix>)> {
        let table = Table::kubernetes();
        wrong(table, version, kind, table.minor()).map(|note| (note.message, note.fix))
    }

    #[test]
    fn own_groups_are_known() {
        let replace = |with: &str, sure| Some(NoteFix::Replace { with: with.to_owned(), sure });
        for (version, kind, message, fix) in [
            (
                "apps/v1",
                "Deploymnet",
                "`apps/v1` has no kind `Deploymnet`, did you mean `Deployment`?",
                replace("Deployment", false),
            ),
            (
                "apps/v1",
                "deployment",
                "`apps/v1` has no kind `deployment`, did you mean `Deployment`?",
                replace("Deployment", true),
            ),
            ("v1", "Deployment", "Deployment belongs to `apps/v1`, not to `v1`", replace("apps/v1", true)),
            ("app/v1", "Deployment", "Deployment belongs to `apps/v1`, not to `app/v1`", replace("apps/v1", true)),
            ("apps/V1", "Deployment", "Deployment belongs to `apps/v1`, not to `apps/V1`", replace("apps/v1", true)),
            (
                "networking.k8.io/v1",
                "Ingress",
                "Ingress belongs to `networking.k8s.io/v1`, not to `networking.k8.io/v1`",
                replace("networking.k8s.io/v1", true),
            ),
            (
                "apps/v1",
                "HorizontalPodAutoscaler",
                "HorizontalPodAutoscaler belongs to `autoscaling/v1` or `autoscaling/v2`, not to `apps/v1`",
                None,
            ),
            ("apps/v1", "Servic", "`apps/v1` has no kind `Servic`, did you mean `Service`?", None),
            ("apps/v2", "Thing", "there is no API version `apps/v2`, only `apps/v1`", None),
            ("apps/v1", "Zebra", "`apps/v1` has no kind `Zebra` in Kubernetes 1.36", None),
        ] {
            assert_eq!(said(version, kind), Some((message.to_owned(), fix)), "{version} {kind}");
        }
    }

    #[test]
    fn other_groups_and_versions_are_not_asked_about() {
        for (version, kind) in [
            ("apps/v1beta1", "Deploymnet"),
            ("example.com/v1", "Deployment"),
            ("networking.istio.io/v1", "Ingress"),
            ("serving.knative.dev/v1", "Service"),
            ("batch.volcano.sh/v1alpha1", "Job"),
            ("metrics.k8s.io/v1", "NodeMetrics"),
            ("v1", "PodList"),
            ("v1", "Event"),
            ("v1", "Config"),
            ("v1", "Template"),
            ("v1", "ContinuousQuery"),
            ("v1", "{{ kind }}"),
            ("builtin", "Service"),
            ("extensions/v1beta1", "Ingress"),
        ] {
            assert_eq!(said(version, kind), None, "{version} {kind}");
        }
        assert!(wrong(Table::kubernetes(), "apps/v2", "Deployment", 99).is_none());
    }
}
