use crate::kube::toleration::tolerations;
use crate::policies::prelude::*;

/// ## What it does
/// Reports tolerations whose fields contradict each other:
///
/// - `operator: Exists` with a value;
/// - any other operator, or none, without a key;
/// - an operator that there isn't: there are `Exists` and `Equal`, and from Kubernetes 1.35 on `Lt` and `Gt`;
/// - an effect that there isn't: there are `NoSchedule`, `PreferNoSchedule` and `NoExecute`, upper and lower case as here;
/// - `tolerationSeconds` with another effect than `NoExecute`, or without any.
///
/// An absent effect is no fault: it tolerates all three. Nor is `Exists` without a key, which tolerates everything; that is
/// `control-plane-toleration`'s affair.
///
/// ## Why
/// A toleration does nothing by itself, so nobody sees that it is wrong. The API server refuses these when the workload is
/// applied, which is during the release. The pod templates of custom resources, such as an Argo Rollout's, it doesn't
/// read: there the workload is accepted and never gets a pod.
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
        title: "Tolerations mean something",
        why: "the pod is refused when it is to be made",
        help: "write the toleration as a taint can be matched",
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
                let message = text!["the ", title, " has a value besides operator Exists"];
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

/// What to write instead of an effect that there isn't.
fn nearest(effect: &str) -> String {
    match EFFECTS.iter().find(|known| known.eq_ignore_ascii_case(effect)) {
        Some(known) => text!["write ", known],
        None => "write NoSchedule, PreferNoSchedule or NoExecute".to_owned(),
    }
}
