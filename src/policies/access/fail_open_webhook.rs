use crate::kube::object::NAMESPACE_NAME;
use crate::kube::rbac::is_builtin_group;
use crate::kube::selector::Selector;
use crate::policies::prelude::*;

/// ## What it does
/// Reports admission webhooks that
///
/// - are passed over when they don't answer: `failurePolicy: Ignore`, with severity `low` in a
///   MutatingWebhookConfiguration, which often only adds something, and for custom resources, which their operator checks
///   again;
/// - block the cluster when they don't answer: `failurePolicy: Fail` for all pods, those of `kube-system` included, on whose
///   components the webhook itself depends;
/// - may take longer than `maxSeconds` for an answer, with severity `low`.
///
/// `failurePolicy` defaults to `Fail` and the time to 10 seconds, in `v1beta1` to `Ignore` and 30. A webhook with an
/// `objectSelector` or `matchConditions` is taken to be for some pods only. Of a `namespaceSelector` only the label
/// `kubernetes.io/metadata.name` counts: which others `kube-system` has is unknown.
///
/// ## Why
/// A policy that is passed over while its server restarts is none: an attacker, or a deployment at the wrong moment, gets through.
/// One that blocks everything, on the other hand, keeps the network plugin and the DNS from starting after an outage, and
/// with them its own pods: the cluster doesn't come back until somebody deletes the webhook.
///
/// ## What to write
/// ```yaml
/// webhooks:
///   - name: policies.example.com
///     failurePolicy: Fail
///     timeoutSeconds: 5
///     namespaceSelector:
///       matchExpressions:
///         - key: kubernetes.io/metadata.name
///           operator: NotIn
///           values: [kube-system]
/// ```
///
/// ## Limits
/// The API server asks no webhook about webhooks: in a cluster, this is reported in the background audit.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct FailOpenWebhook {
    /// For how many seconds the API server may wait for an answer.
    pub max_seconds: u8,
}

impl Default for FailOpenWebhook {
    fn default() -> FailOpenWebhook {
        FailOpenWebhook { max_seconds: 10 }
    }
}

impl Policy for FailOpenWebhook {
    const METADATA: Metadata = Metadata {
        id: "fail-open-webhook",
        title: "Admission webhooks neither let everything through nor block the cluster",
        why: "what the webhook is to prevent gets through while its server is away",
        help: "set failurePolicy to Fail, and leave kube-system out with a namespaceSelector",
        category: Category::Access,
        severity: Severity::Medium,
        profile: Profile::Production,
        targets: &[&kinds::VALIDATING_WEBHOOK_CONFIGURATION, &kinds::MUTATING_WEBHOOK_CONFIGURATION],
        ephemeral: false,
        since: "0.1.0",
        sources: &[sources::WEBHOOK_PRACTICES, sources::WEBHOOK_FAILURE_POLICY],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let mutates = *cx.kind() == kinds::MUTATING_WEBHOOK_CONFIGURATION;
        // Its first version had other defaults.
        let is_beta = cx.api_version()?.ends_with("/v1beta1");
        let (absent_policy, absent_seconds) = if is_beta { ("Ignore", 30) } else { ("Fail", 10) };
        for webhook in cx.object().get("webhooks").items()? {
            let webhook = webhook.mapping()?;
            let title = text!["webhook \"", webhook.get("name").str()?.unwrap_or_default(), "\""];
            let policy = webhook.get("failurePolicy");
            if policy.str()?.unwrap_or(absent_policy) == "Ignore" {
                let message = text![title, " is passed over when its server doesn't answer"];
                let severity = if mutates || !concerns_builtin(webhook)? { Severity::Low } else { Severity::Medium };
                let help = match concerns_all_pods(webhook)? && concerns_system(webhook)? {
                    true => Self::METADATA.help,
                    false => "set failurePolicy to Fail",
                };
                out.report(policy, message).severity(severity).help(help);
            } else if concerns_all_pods(webhook)? && concerns_system(webhook)? {
                let message = text![title, " blocks pods of kube-system when its server doesn't answer"];
                let why = "after an outage the components that the webhook depends on can't start";
                let help = "leave kube-system out with a namespaceSelector";
                out.report(webhook.get("namespaceSelector"), message).why(why).help(help);
            }
            let timeout = webhook.get("timeoutSeconds");
            let seconds = timeout.int()?.unwrap_or(absent_seconds);
            if seconds > i64::from(self.max_seconds) {
                let (seconds, most) = (seconds.to_string(), self.max_seconds.to_string());
                let message = text![title, " may take ", seconds, " seconds, more than ", most];
                let why = "each request waits that long while its server doesn't answer";
                let finding = out.report(timeout, message).severity(Severity::Low).why(why);
                finding.help(text!["set timeoutSeconds to ", most, " or less"]);
            }
        }
        Ok(())
    }
}

/// True when the webhook is asked about every new pod.
fn concerns_all_pods(webhook: Node<'_>) -> Result<bool, Malformed> {
    if webhook.get("matchConditions").items()?.len() > 0
        || Selector::read(webhook.get("objectSelector"))?.is_some_and(|selector| !selector.is_empty())
    {
        return Ok(false);
    }
    for rule in webhook.get("rules").items()? {
        let rule = rule.mapping()?;
        let has = |key, words: &[&str]| -> Result<bool, Malformed> {
            for word in rule.get(key).items()? {
                if word.str()?.is_some_and(|word| words.contains(&word)) {
                    return Ok(true);
                }
            }
            Ok(false)
        };
        if has("apiGroups", &["", "*"])?
            && has("resources", &["pods", "*", "*/*"])?
            && has("operations", &["CREATE", "*"])?
            && rule.get("scope").str()? != Some("Cluster")
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// True unless the webhook is asked about custom resources only.
fn concerns_builtin(webhook: Node<'_>) -> Result<bool, Malformed> {
    for rule in webhook.get("rules").items()? {
        for group in rule.mapping()?.get("apiGroups").items()? {
            if group.str()?.is_some_and(is_builtin_group) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// True when the webhook is asked about kube-system for certain: labels that somebody gave the namespace are unknown.
fn concerns_system(webhook: Node<'_>) -> Result<bool, Malformed> {
    let selector = Selector::read(webhook.get("namespaceSelector"))?;
    Ok(selector.is_none_or(|selector| selector.accepts(NAMESPACE_NAME, "kube-system")))
}
