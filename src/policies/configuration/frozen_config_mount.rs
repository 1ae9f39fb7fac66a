use crate::kube::config_ref::{has_content_hash, is_immutable};
use crate::kube::volume::{Volume, by_name, mounts, volumes};
use crate::lookup::reference::named;
use crate::policies::prelude::*;
use crate::text::table::Table;

/// ## What it does
/// Reports mounts with `subPath` or `subPathExpr` of volumes whose content can change: ConfigMaps, Secrets, projected
/// volumes, and labels or annotations from the downward API. App containers and native sidecars are checked. Init
/// containers, Jobs and CronJobs are not: they read their configuration once and finish.
///
/// Not reported are ConfigMaps with `immutable: true`, unless `allowImmutable` is off, and ConfigMaps and Secrets whose
/// name ends in a content hash, as Kustomize generates them.
///
/// ## Why
/// When the object changes, the kubelet updates the files of such volumes in running pods, except files mounted with
/// `subPath`: those keep the content that they had when the container started. A renewed certificate or token never
/// arrives, and pods of one workload run with different configuration depending on when each one started.
///
/// ## What to write
/// Mount the whole volume into a directory of its own:
/// ```yaml
/// volumeMounts:
///   - name: config
///     mountPath: /etc/web
/// ```
/// If the file has to sit among others, select it with the volume's `items` and point the program at the new directory,
/// or make the ConfigMap immutable and give each version its own name.
///
/// ## Limits
/// Whether a Secret is immutable is not looked up.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct FrozenConfigMount {
    /// Whether an immutable ConfigMap may be mounted with `subPath`.
    pub allow_immutable: bool,
}

impl Default for FrozenConfigMount {
    fn default() -> FrozenConfigMount {
        FrozenConfigMount { allow_immutable: true }
    }
}

impl Policy for FrozenConfigMount {
    const METADATA: Metadata = Metadata {
        id: "frozen-config-mount",
        title: "Mounted configuration is updated when its object changes",
        why: "files mounted with subPath are never updated in running pods",
        help: "mount the whole volume into a directory of its own",
        category: Category::Configuration,
        severity: Severity::Low,
        profile: Profile::Production,
        targets: LONG_RUNNING,
        pods: PodScope::LongRunning,
        needs: &[&kinds::CONFIG_MAP],
        ephemeral: false,
        since: "0.1.0",
        sources: &[sources::CONFIG_MAPS, sources::SUB_PATH],
        ..Metadata::DEFAULT
    };

    fn check_pod(&self, pod: &Pod<'_>, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let volumes = volumes(pod)?;
        let volumes = by_name(&volumes);
        let mut frozen = Vec::new();
        for container in pod.long_running_containers() {
            for mount in mounts(container)? {
                let Some(field) = sub_path(mount.node)? else { continue };
                let Some(volume) = volumes.get(mount.volume) else { continue };
                for content in contents(volume)? {
                    frozen.push((container, mount, field, content));
                }
            }
        }
        let mut reported = Table::default();
        // Certain findings first: whether a ConfigMap may change can be unknown.
        for asks in [false, true] {
            for (container, mount, field, content) in frozen.iter().filter(|(.., content)| self.asks(content) == asks) {
                let place = mount.node.get(field);
                let path = place.path();
                if reported.contains(path.as_str()) {
                    continue;
                }
                let found = if asks { named(cx, &kinds::CONFIG_MAP, content.name)? } else { None };
                if found.as_ref().is_some_and(|found| is_immutable(cx.node(found))) {
                    continue;
                }
                let mut what = content.what.to_owned();
                if !content.name.is_empty() {
                    what = text![what, " \"", content.name, "\""];
                }
                let title = container.title();
                let message = [&title, " mounts ", mount.path, " with ", field, " and never sees changes to ", &what];
                let finding = out.report(place, message.concat()).container(container).recognised_by(mount.path);
                if asks && found.is_none() {
                    // It may arrive as an immutable one.
                    finding.warn_on_create();
                }
                reported.insert(path.as_str(), ());
            }
        }
        Ok(())
    }
}

impl FrozenConfigMount {
    /// True when only the object itself shows whether it can change.
    fn asks(&self, content: &Content<'_>) -> bool {
        self.allow_immutable && content.kind == Some(&kinds::CONFIG_MAP)
    }
}

/// The field that limits the mount to a part of the volume.
fn sub_path(mount: Node<'_>) -> Result<Option<&'static str>, Malformed> {
    for field in ["subPath", "subPathExpr"] {
        if mount.get(field).str()?.is_some_and(|path| !path.is_empty()) {
            return Ok(Some(field));
        }
    }
    Ok(None)
}

/// Something in a volume that may change.
struct Content<'a> {
    /// What messages call it.
    what: &'static str,
    /// The kind of object that holds it, if one does.
    kind: Option<&'static Kind>,
    /// That object's name; empty without one.
    name: &'a str,
}

/// The content of the volume that may change while the pod runs.
fn contents<'a>(volume: &Volume<'a>) -> Result<Vec<Content<'a>>, Malformed> {
    let mut found = Vec::new();
    object(volume.source("configMap")?, &kinds::CONFIG_MAP, "name", &mut found)?;
    object(volume.source("secret")?, &kinds::SECRET, "secretName", &mut found)?;
    downward(volume.source("downwardAPI")?, &mut found)?;
    for source in volume.source("projected")?.get("sources").items()? {
        let source = source.mapping()?;
        object(source.get("configMap"), &kinds::CONFIG_MAP, "name", &mut found)?;
        object(source.get("secret"), &kinds::SECRET, "name", &mut found)?;
        downward(source.get("downwardAPI"), &mut found)?;
        for (field, what) in [
            ("serviceAccountToken", "the service account token"),
            ("clusterTrustBundle", "the trust bundle"),
            ("podCertificate", "the pod's certificate"),
        ] {
            if source.get(field).exists() {
                found.push(Content { what, kind: None, name: "" });
            }
        }
    }
    Ok(found)
}

fn object<'a>(
    source: Node<'a>,
    kind: &'static Kind,
    field: &'static str,
    found: &mut Vec<Content<'a>>,
) -> Result<(), Malformed> {
    let name = source.mapping()?.get(field).str()?.unwrap_or_default();
    if !name.is_empty() && !has_content_hash(name) {
        found.push(Content { what: kind.name, kind: Some(kind), name });
    }
    Ok(())
}

/// Of the downward API's fields, only labels and annotations can change.
fn downward(source: Node<'_>, found: &mut Vec<Content<'_>>) -> Result<(), Malformed> {
    for item in source.mapping()?.get("items").items()? {
        let field = item.get("fieldRef").get("fieldPath").str()?.unwrap_or_default();
        for (prefix, what) in [("metadata.labels", "a label"), ("metadata.annotations", "an annotation")] {
            if field.starts_with(prefix) {
                found.push(Content { what, kind: None, name: "" });
            }
        }
    }
    Ok(())
}
