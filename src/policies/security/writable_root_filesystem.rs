use crate::kube::security::SecurityContext;
use crate::kube::volume::{is_same_path, is_writable, mount_of, mounts, volumes};
use crate::policies::prelude::*;

/// ## What it does
/// Reports every container, including init, sidecar and ephemeral ones, that can write to its root file system: its
/// `readOnlyRootFilesystem` is not `true`. The field exists only on containers. Windows pods can't set it and are
/// skipped.
///
/// A container with a read-only root file system but nothing writable at `/tmp` gets an info finding (`recommendTmp`):
/// many programs and libraries fail there, some of them only rarely. Containers that set the environment variable
/// `TMPDIR`, and ephemeral ones, don't.
///
/// ## Why
/// An attacker who breaks into a container with a writable root file system leaves tools there, replaces programs, and
/// stays. The program itself fills the node's disk with what it writes, until pods are evicted, and loses it at the
/// next restart. A read-only root file system also means that the container runs exactly what its image contains.
///
/// ## What to write
/// ```yaml
/// containers:
///   - name: app
///     securityContext:
///       readOnlyRootFilesystem: true
///     volumeMounts:
///       - name: tmp
///         mountPath: /tmp
/// volumes:
///   - name: tmp
///     emptyDir:
///       sizeLimit: 1Gi
/// ```
/// Mount a volume at every other directory that the program writes to, such as a cache or `/var/run`.
///
/// ## Limits
/// Which directories the program writes to shows only at run time: test with the field set before you roll it out.
/// Images that write to their own directories at every start, as some web servers and JVM applications do, need a
/// volume for each, or an exemption until they are rebuilt.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct WritableRootFilesystem {
    /// Whether to report containers with a read-only root file system and nothing writable at `/tmp`.
    pub recommend_tmp: bool,
    /// Whether the fix also mounts an `emptyDir` of at most 1Gi at `/tmp` where nothing writable is mounted.
    pub add_tmp: bool,
}

impl Default for WritableRootFilesystem {
    fn default() -> WritableRootFilesystem {
        WritableRootFilesystem { recommend_tmp: true, add_tmp: false }
    }
}

impl Policy for WritableRootFilesystem {
    const METADATA: Metadata = Metadata {
        id: "writable-root-filesystem",
        title: "Containers have a read-only root file system",
        why: "an attacker can replace programs and leave tools, and files that pile up fill the node's disk",
        help: "set securityContext.readOnlyRootFilesystem to true and mount volumes where the program writes",
        category: Category::Security,
        severity: Severity::Medium,
        profile: Profile::Strict,
        targets: POD_KINDS,
        ephemeral: true,
        fix: FixAvailability::Unsafe,
        since: "0.1.0",
        sources: &[sources::SECURITY_CONTEXT, sources::EMPTY_DIR],
        ..Metadata::DEFAULT
    };

    fn check_container(
        &self,
        container: &Container<'_>,
        pod: &Pod<'_>,
        _cx: &Context<'_>,
        out: &mut Findings,
    ) -> Result<(), CheckError> {
        if pod.is_windows() {
            return Ok(());
        }
        let field = SecurityContext::of(container, pod)?.read_only_root_filesystem();
        let cause = match field.bool()? {
            Some(true) => return Ok(self.check_tmp(container, pod, out)?),
            Some(false) => "readOnlyRootFilesystem is false",
            None => "readOnlyRootFilesystem is not set",
        };
        let message = text![container.title(), " can write to its root file system: ", cause];
        let mut edits = vec![Edit::set(field, true)];
        let mut title = "set readOnlyRootFilesystem to true".to_owned();
        if self.add_tmp && needs_tmp(container, pod)? {
            let tmp = tmp_edits(container, pod)?;
            if !tmp.is_empty() {
                edits.extend(tmp);
                title.push_str(" and mount an emptyDir at /tmp");
            }
        }
        let finding = out.report(field, message).container(container).help(WritableRootFilesystem::METADATA.help);
        finding.unsafe_fix(title, edits);
        Ok(())
    }
}

impl WritableRootFilesystem {
    fn check_tmp(&self, container: &Container<'_>, pod: &Pod<'_>, out: &mut Findings) -> Result<(), Malformed> {
        if !self.recommend_tmp || !needs_tmp(container, pod)? {
            return Ok(());
        }
        let message = text![container.title(), " has a read-only root file system and nothing writable at /tmp"];
        let finding = out.report(container.get("volumeMounts"), message).container(container);
        let finding = finding.severity(Severity::Info);
        let why = "many programs and libraries write there, some of them only rarely, and fail";
        let finding = finding.why(why).help("mount an emptyDir at /tmp");
        let edits = if self.add_tmp { tmp_edits(container, pod)? } else { Vec::new() };
        if !edits.is_empty() {
            finding.unsafe_fix("mount an emptyDir at /tmp", edits);
        }
        Ok(())
    }
}

/// True when the container has no place for temporary files outside its root file system.
fn needs_tmp(container: &Container<'_>, pod: &Pod<'_>) -> Result<bool, Malformed> {
    if container.role() == Role::Ephemeral {
        // It can only mount volumes that its pod already has, and hardly lives long enough to need one.
        return Ok(false);
    }
    for variable in container.get("env").items()? {
        if variable.get("name").str()? == Some("TMPDIR") {
            return Ok(false);
        }
    }
    match mount_of(container, "/tmp")? {
        Some(mount) => Ok(!is_writable(&mount, pod)?),
        None => Ok(true),
    }
}

/// Edits that mount a volume of the container's own at `/tmp`; none when something is already mounted there.
fn tmp_edits(container: &Container<'_>, pod: &Pod<'_>) -> Result<Vec<Edit>, Malformed> {
    if mount_of(container, "/tmp")?.is_some_and(|mount| is_same_path(mount.path, "/tmp")) {
        return Ok(Vec::new());
    }
    let name = unused_volume_name(pod)?;
    let volume = json!({"name": name.as_str(), "emptyDir": {"sizeLimit": "1Gi"}});
    let mount = json!({"name": name.as_str(), "mountPath": "/tmp"});
    Ok(vec![Edit::append(pod.spec().get("volumes"), volume), Edit::append(container.get("volumeMounts"), mount)])
}

/// `tmp`, or `tmp-2` and so on when that name is taken. Claim templates are not in the pod: their names are known from
/// their mounts.
fn unused_volume_name(pod: &Pod<'_>) -> Result<String, Malformed> {
    let mut used: Vec<&str> = volumes(pod)?.into_iter().map(|volume| volume.name).collect();
    for container in pod.containers() {
        used.extend(mounts(container)?.into_iter().map(|mount| mount.volume));
    }
    let mut name = "tmp".to_owned();
    let mut number = 2_usize;
    while used.contains(&name.as_str()) {
        name = text!["tmp-", number.to_string()];
        number += 1;
    }
    Ok(name)
}
