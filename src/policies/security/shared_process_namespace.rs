use crate::policies::prelude::*;

/// ## What it does
/// Reports pods with `shareProcessNamespace: true`, whose containers see each other's processes. An ephemeral container
/// that joins the processes of a single container (`targetContainerName`) is not reported. Windows pods can't share
/// processes and are skipped.
///
/// ## Why
/// Containers of one pod are isolated from each other like those of different pods. In a shared process namespace a
/// sidecar can read the app's command line and, as root or the same user, its environment and its files under `/proc`,
/// secrets included, and can signal or stop it. The app is no longer process 1 either: a program that relies on that,
/// such as an init system, doesn't start.
///
/// ## What to write
/// ```yaml
/// spec:
///   shareProcessNamespace: false
/// ```
/// Or leave it out: `false` is the default. To look into a running pod, use `kubectl debug --target`, which joins the
/// processes of a single container; let containers communicate through a volume or localhost. There is no fix, because
/// a sidecar that signals the app, for example to reload its configuration, would stop working.
///
/// ## Limits
/// The host's processes (`hostPID`) are covered by `host-namespaces`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct SharedProcessNamespace {}

impl Policy for SharedProcessNamespace {
    const METADATA: Metadata = Metadata {
        id: "shared-process-namespace",
        title: "Containers of a pod don't share a process namespace",
        why: "every container in the pod can read the others' environment and files and signal their processes",
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
            out.report(field, "the containers share a process namespace: shareProcessNamespace is true");
        }
        Ok(())
    }
}
