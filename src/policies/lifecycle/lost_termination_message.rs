use crate::policies::prelude::*;

/// ## What it does
/// Reports app containers, init containers and sidecars whose `terminationMessagePolicy` is not `FallbackToLogsOnError`.
/// A container with a `terminationMessagePath` of its own is left alone: somebody writes a message there.
///
/// ## Why
/// When a container ends, Kubernetes puts the content of `/dev/termination-log` into the pod's status. Hardly any program
/// writes to that file, so the status of a container that crashed holds an exit code and no reason. Its logs are kept for
/// one restart more, and are gone with the pod. With the fallback the last lines of the log stand in the status, where
/// `kubectl describe`, events and dashboards show them.
///
/// ## What to write
/// ```yaml
/// containers:
///   - name: app
///     terminationMessagePolicy: FallbackToLogsOnError
/// ```
/// A message in the file still comes first, and a container that ends well has none.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct LostTerminationMessage {}

/// Where the message is looked for by default.
const DEFAULT_PATH: &str = "/dev/termination-log";

impl Policy for LostTerminationMessage {
    const METADATA: Metadata = Metadata {
        id: "lost-termination-message",
        title: "A container that fails leaves its last words in the pod's status",
        why: "the status of a container that crashed holds no reason, and its log may be gone by then",
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
        // Somebody looks on while an ephemeral container runs.
        for container in pod.containers().iter().filter(|container| container.role() != Role::Ephemeral) {
            let policy = container.get("terminationMessagePolicy");
            let by_default = match policy.str()? {
                None | Some("") => " by default",
                Some("File") => "",
                Some(_) => continue,
            };
            let path = container.get("terminationMessagePath").str()?;
            if !matches!(path, None | Some("" | DEFAULT_PATH)) {
                continue;
            }
            let message =
                text![container.title(), " fails without a reason: terminationMessagePolicy is File", by_default];
            let edits = vec![Edit::set(policy, json!("FallbackToLogsOnError"))];
            out.report(policy, message)
                .container(container)
                .safe_fix("set terminationMessagePolicy to FallbackToLogsOnError", edits);
        }
        Ok(())
    }
}
