use crate::kube::toleration::tolerations;
use crate::policies::prelude::*;

/// ## What it does
/// Reports tolerations whose fields are invalid or contradict each other:
///
/// - `operator: Exists` with a value;
/// - any other operator, or none, without a key;
/// - an unknown operator: there are `Exists` and `Equal`, and from Kubernetes 1.35 `Lt` and `Gt`;
/// - an unknown effect: there are `NoSchedule`, `PreferNoSchedule` and `NoExecute`, spelt exactly like this;
/// - `tolerationSeconds` with an effect other than `NoExecute`, or without one.
///
/// An absent effect is valid: it tolerates all three. So is `Exists` without a key, which tolerates everything;
/// `control-plane-toleration` reports that.
///
/// ## Why
/// The API server rejects these when the workload is applied, in the middle of a release. It doesn't validate the pod
/// templates of custom resources, such as an Argo Rollout's: there the workload is accepted and never gets a pod.
///
/// ## What to write
/// ```yaml
/// tolerations:
///   - key: example.com/gpu
///     operator: Exists
///     effect: NoSchedule
///   - key: node.kubernetes.io/unreachable
///     operator: Exists
///     effect: NoExecute
///     tolerationSeconds: 30
/// ```
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct MalformedToleration {}

const EFFECTS: [&str; 3] = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

impl Policy for MalformedToleration {
    const METADATA: Metadata = Metadata {
        id: "malformed-toleration",
        title: "Tolerations are valid",
        why: "the API server rejects the pod",
        help: "correct the toleration",
        category: Category::Scheduling,
        severity: Severity::Medium,
        profile: Profile::Production,
        targets: POD_KINDS,
        ephemeral: false,
        since: "0.1.0",
        sources: &[sources::TAINTS],
        ..Metadata::DEFAULT
    };

    fn check_pod(&self, pod: &Pod<'_>, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        for toleration in tolerations(pod.spec())? {
            let (node, title) = (toleration.node, toleration.title());
            let operator = match toleration.operator {
                "Exists" | "Equal" => true,
                "Lt" | "Gt" => cx.kubernetes().at_least(35),
                _ => false,
            };
            if !operator {
                let message = text!["the ", title, " has the unknown operator ", toleration.operator];
                out.report(node.get("operator"), message).help("write Equal or Exists");
            } else if toleration.operator == "Exists" && !toleration.value.is_empty() {
                let message = text!["the ", title, " has operator Exists and a value"];
                out.report(node.get("value"), message).help("remove the value, or write operator Equal");
            } else if toleration.operator != "Exists" && toleration.key.is_empty() {
                let message = text!["a toleration with operator ", toleration.operator, " has no key"];
                out.report(node.get("key"), message).help("add the taint's key");
            }
            if !toleration.effect.is_empty() && !EFFECTS.contains(&toleration.effect) {
                let message = text!["the ", title, " has the unknown effect ", toleration.effect];
                out.report(node.get("effect"), message).help(nearest(toleration.effect));
            } else if toleration.seconds.is_some() && toleration.effect != "NoExecute" {
                let message = text!["the ", title, " has tolerationSeconds without effect NoExecute"];
                out.report(node.get("tolerationSeconds"), message)
                    .help("remove tolerationSeconds, or set effect to NoExecute");
            }
        }
        Ok(())
    }
}

/// What to write instead of an unknown effect.
fn nearest(effect: &str) -> String {
    match EFFECTS.iter().find(|known| known.eq_ignore_ascii_case(effect)) {
        Some(known) => text!["write ", known],
        None => "write NoSchedule, PreferNoSchedule or NoExecute".to_owned(),
    }
}
