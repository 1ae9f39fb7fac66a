use crate::policies::prelude::*;

/// ## What it does
/// Reports app containers, init containers and sidecars whose `terminationMessagePolicy` is not
/// `FallbackToLogsOnError`. A container with a custom `terminationMessagePath` is left alone: something writes a
/// message there.
///
/// ## Why
/// When a container exits, Kubernetes copies `/dev/termination-log` into the pod's status. Hardly any program writes to
/// that file, so the status of a crashed container holds an exit code and no reason. Its logs survive one more restart
/// and are deleted with the pod. With the fallback, the last lines of the log are kept in the status, where `kubectl
/// describe` and dashboards show them.
///
/// ## What to write
/// ```yaml
/// containers:
///   - name: app
///     terminationMessagePolicy: FallbackToLogsOnError
/// ```
/// A message in the file still takes precedence, and a container that exits with 0 leaves none.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct LostTerminationMessage {}

/// The default of `terminationMessagePath`.
const DEFAULT_PATH: &str = "/dev/termination-log";

impl Policy for LostTerminationMessage {
    const METADATA: Metadata = Metadata {
        id: "lost-termination-message",
        title: "Containers that crash leave a reason in the pod status",
        why: "the status of a crashed container holds no reason, and its logs may be gone by the time somebody looks",
        help: "set terminationMessagePolicy to FallbackToLogsOnError",
        category: Category::Lifecycle,
        severity: Severity::Low,
        profile: Profile::Strict,
        targets: POD_KINDS,
        ephemeral: false,
        fix: FixAvailability::Safe,
        since: "0.1.0",
        sources: &[sources::TERMINATION_MESSAGE],
        ..Metadata::DEFAULT
    };

    fn check_pod(&self, pod: &Pod<'_>, _cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        // Somebody is watching while an ephemeral container runs.
        for container in pod.containers().iter().filter(|container| container.role() != Role::Ephemeral) {
            let policy = container.get("terminationMessagePolicy");
            let is_file = match policy.str()? {
                None | Some("") => "terminationMessagePolicy defaults to File",
                Some("File") => "terminationMessagePolicy is File",
                Some(_) => continue,
            };
            let path = container.get("terminationMessagePath").str()?;
            if !matches!(path, None | Some("" | DEFAULT_PATH)) {
                continue;
            }
            let message = text![container.title(), " leaves no reason in the pod status when it crashes: ", is_file];
            let edits = vec![Edit::set(policy, "FallbackToLogsOnError")];
            out.report(policy, message)
                .container(container)
                .safe_fix("set terminationMessagePolicy to FallbackToLogsOnError", edits);
        }
        Ok(())
    }
}
