use crate::kube::owner::is_controlled;
use crate::kube::service::Service;
use crate::lookup::service::selected_by;
use crate::policies::prelude::*;
use crate::settings::Glob;

/// ## What it does
/// Reports Services whose selector matches the labels of no pod and of no pod template in their namespace, whatever kind
/// of workload that belongs to.
///
/// Not reported are Services without a selector, which lead to endpoints that somebody else writes, `ExternalName`
/// Services, and Services that belong to another object (an owner reference with `controller: true`), whose controller
/// knows what it selects. Labels that pods only get when they run count as matched: see `runtimeLabels`.
///
/// ## Why
/// A Service with a misspelt selector is accepted, has a name and an address, and refuses every connection. Nothing in its
/// own status says so.
///
/// ## What to write
/// ```yaml
/// apiVersion: v1
/// kind: Service
/// metadata:
///   name: web
/// spec:
///   selector:
///     app: web
///   ports:
///     - port: 80
/// ```
/// `spec.selector` names labels of `spec.template.metadata.labels`, all of which a pod has to have. The Deployment's own
/// labels don't count.
///
/// ## Limits
/// The workload ordinarily arrives after its Service: unless `onViolation` is set, a finding only warns on CREATE. In a
/// cluster Deployments, StatefulSets and DaemonSets are looked up, and only if none of them is selected, Pods: those of
/// Jobs, Rollouts and custom controllers are seen once they run. Among files a Service is checked as soon as one Deployment,
/// StatefulSet or DaemonSet was given.
///
/// A workload whose labels change so that a Service is left behind is not told; the Service is, in the background audit.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct DanglingService {
    /// Labels that pods get when they run, from controllers or from programs that elect a leader: no pod template has to
    /// have them.
    pub runtime_labels: Vec<Glob>,
}

impl Default for DanglingService {
    fn default() -> DanglingService {
        let labels = [
            "apps.kubernetes.io/pod-index",
            "batch.kubernetes.io/*",
            "cnpg.io/*",
            "controller-revision-hash",
            "controller-uid",
            "job-name",
            "pod-template-hash",
            "rollouts-pod-template-hash",
            "spilo-role",
            "statefulset.kubernetes.io/pod-name",
            "topology.kubernetes.io/*",
            "vault-*",
        ];
        DanglingService { runtime_labels: labels.into_iter().map(Glob::new).collect() }
    }
}

impl Policy for DanglingService {
    const METADATA: Metadata = Metadata {
        id: "dangling-service",
        title: "Services select pods",
        why: "every connection to the Service is refused",
        help: "give spec.selector the labels that the pod template has",
        category: Category::Networking,
        severity: Severity::Medium,
        profile: Profile::Production,
        targets: &[&kinds::SERVICE],
        needs: &[&kinds::DEPLOYMENT, &kinds::STATEFUL_SET, &kinds::DAEMON_SET, &kinds::POD],
        ephemeral: false,
        expects_later_object: true,
        since: "0.1.0",
        sources: &[sources::SERVICES],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let service = Service::read(cx.object())?;
        let place = service.selector_node();
        let Some(selector) = service.selector.filter(|_| !is_controlled(cx.object())) else { return Ok(()) };
        let selector = selector.without(|key| self.runtime_labels.iter().any(|label| label.matches(key)));
        // What only running pods have can't be told from templates.
        if selector.is_empty() || !selected_by(cx, &selector, true)?.is_empty() {
            return Ok(());
        }
        let mut labels = Vec::new();
        for (key, values) in selector.required() {
            labels.push(text![key, "=", values.first().copied().unwrap_or_default()]);
        }
        out.report(place, text!["no pod has the labels ", labels.join(", "), " that the selector asks for"]);
        Ok(())
    }
}
