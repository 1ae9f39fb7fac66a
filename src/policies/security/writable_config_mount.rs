use crate::kube::volume::{Volume, by_name, mounts, volumes};
use crate::policies::prelude::*;

/// ## What it does
/// Reports configuration and host files that are not protected from writing:
///
/// - mounts of `hostPath` volumes without `readOnly: true`, in all containers, including init, sidecar and ephemeral
///   ones. Sockets and devices (by the volume's `type`) are skipped, since `readOnly` doesn't stop anyone from writing
///   *through* them.
/// - a `defaultMode` or `mode` of a `configMap`, `secret`, `downwardAPI` or `projected` volume that lets the group or
///   others write. Windows has no file modes, so those of its pods are not checked.
///
/// ## Why
/// An attacker who breaks into a container changes whatever it can write to. On a hostPath that is the node, and what
/// other pods read there. Files of a ConfigMap or Secret are mounted read-only, so write bits in their mode have no
/// effect today; but programs such as `ssh` and `psql` reject keys that others can write, and a copy of the file keeps
/// its mode.
///
/// ## What to write
/// ```yaml
/// spec:
///   containers:
///     - name: agent
///       volumeMounts:
///         - name: logs
///           mountPath: /var/log
///           readOnly: true
///   volumes:
///     - name: logs
///       hostPath:
///         path: /var/log
///     - name: config
///       configMap:
///         name: agent
///         defaultMode: 0644
/// ```
/// ## Limits
/// `readOnly` covers only the volume itself. Other file systems that are mounted below it on the node stay writable
/// unless `recursiveReadOnly` is set.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct WritableConfigMount {}

/// The bits that let the group and others write.
const WRITABLE: i64 = 0o022;

impl Policy for WritableConfigMount {
    const METADATA: Metadata = Metadata {
        id: "writable-config-mount",
        title: "Configuration and host files are mounted read-only",
        why: "an attacker in the container can change whatever it can write to",
        help: "set readOnly to true",
        category: Category::Security,
        severity: Severity::Low,
        profile: Profile::Strict,
        targets: POD_KINDS,
        ephemeral: true,
        fix: FixAvailability::SafeOrUnsafe,
        since: "0.1.0",
        sources: &[sources::VOLUMES],
        ..Metadata::DEFAULT
    };

    fn check_pod(&self, pod: &Pod<'_>, _cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let volumes = volumes(pod)?;
        check_mounts(pod, &volumes, out)?;
        if pod.is_windows() {
            return Ok(());
        }
        for volume in &volumes {
            for node in modes(volume)? {
                let mode = node.int()?.unwrap_or_default();
                if mode & WRITABLE == 0 {
                    continue;
                }
                let stricter = mode & !WRITABLE;
                let who = if mode & 0o002 == 0 { "their group" } else { "others" };
                let message =
                    text!["files of volume \"", volume.name, "\" are writable by ", who, ": mode ", octal(mode)];
                let title = text!["set the mode to ", octal(stricter)];
                let edits = vec![Edit::set(node, stricter)];
                out.report(node, message).safe_fix(title, edits);
            }
        }
        Ok(())
    }
}

fn check_mounts(pod: &Pod<'_>, volumes: &[Volume<'_>], out: &mut Findings) -> Result<(), Malformed> {
    let volumes = by_name(volumes);
    for container in pod.containers() {
        for mount in mounts(container)?.iter().filter(|mount| !mount.read_only) {
            let Some(volume) = volumes.get(mount.volume) else { continue };
            let source = volume.source("hostPath")?;
            let kind = source.get("type").str()?;
            if !source.exists() || matches!(kind, Some("Socket" | "CharDevice" | "BlockDevice")) {
                continue;
            }
            let node = mount.node.get("readOnly");
            let path = source.get("path").str()?.unwrap_or_default();
            let message = text![container.title(), " can write to host path ", path, ", mounted at ", mount.path];
            let edits = vec![Edit::set(node, true)];
            out.report(node, message).container(container).unsafe_fix("set readOnly to true", edits);
        }
    }
    Ok(())
}

/// Every place where the volume sets the mode of its files.
fn modes<'a>(volume: &Volume<'a>) -> Result<Vec<Node<'a>>, Malformed> {
    let mut found = Vec::new();
    for kind in ["configMap", "secret", "downwardAPI", "projected"] {
        let source = volume.source(kind)?;
        found.push(source.get("defaultMode"));
        add_items(source, &mut found)?;
        if kind == "projected" {
            for projection in source.get("sources").items()? {
                for kind in ["configMap", "secret", "downwardAPI"] {
                    add_items(projection.get(kind), &mut found)?;
                }
            }
        }
    }
    Ok(found)
}

fn add_items<'a>(source: Node<'a>, found: &mut Vec<Node<'a>>) -> Result<(), Malformed> {
    found.extend(source.get("items").items()?.map(|item| item.get("mode")));
    Ok(())
}

/// A mode as `chmod` writes it: `0644`.
fn octal(mode: i64) -> String {
    let digit = |shift: u32| char::from(b'0' + ((mode >> shift) & 0o7) as u8);
    [9, 6, 3, 0].into_iter().map(digit).collect()
}
