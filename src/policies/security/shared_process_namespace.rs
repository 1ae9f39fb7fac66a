use crate::policies::prelude::*;

/// ## What it does
/// Reports pods with `shareProcessNamespace: true`, whose containers see each other's processes. An ephemeral container
/// that joins the processes of one other (`targetContainerName`) is left alone, and so are Windows pods, which can't
/// share them.
///
/// ## Why
/// Containers of one pod are kept apart as those of two pods are. With one process namespace, a sidecar reads the command
/// line of the app, and as the same user or as root also its environment and its files under `/proc`, secrets included,
/// and can signal or stop it. The app is no longer process 1 either: a program that counts on that, such as an init
/// system, no longer starts.
///
/// ## What to write
/// ```yaml
/// spec:
///   shareProcessNamespace: false
/// ```
/// Or nothing: `false` is the default. To look into a running pod, `kubectl debug --target` joins the processes of a
/// single container; what one container has to tell another goes through a volume or localhost. There is no fix, since a
/// sidecar that signals the app, say to reload its configuration, stops working without it.
///
/// ## Limits
/// The node's processes (`hostPID`) are the business of `host-namespaces`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct SharedProcessNamespace {}

impl Policy for SharedProcessNamespace {
    const METADATA: Metadata = Metadata {
        id: "shared-process-namespace",
        title: "Containers of a pod don't see each other's processes",
        why: "every container of the pod can read the others' environment and files and signal their processes",
        help: "remove shareProcessNamespace",
        category: Category::Security,
        severity: Severity::Low,
        profile: Profile::Strict,
        targets: POD_KINDS,
        ephemeral: false,
        since: "0.1.0",
        sources: &[sources::SHARED_PROCESSES],
        ..Metadata::DEFAULT
    };

    fn check_pod(&self, pod: &Pod<'_>, _cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let field = pod.spec().get("shareProcessNamespace");
        if !pod.is_windows() && field.bool()? == Some(true) {
            out.report(field, "the containers see each other's processes: shareProcessNamespace is true");
        }
        Ok(())
    }
}
