use crate::kube::volume::volumes;
use crate::policies::prelude::*;

/// ## What it does
/// Reports Secrets of the type `kubernetes.io/service-account-token`, and projected tokens of pods that are valid for longer
/// than `maxSeconds`, a day by default.
///
/// ## Why
/// The token in such a Secret never expires and is bound to no pod. Whoever reads it once, in a backup, in a pipeline's log or
/// with `kubectl get secret`, has the account's rights until the Secret is deleted. The kubelet renews a pod's own token in
/// time, whatever its lifetime: a long one only helps whoever copies it.
///
/// ## What to write
/// ```yaml
/// volumes:
///   - name: token
///     projected:
///       sources:
///         - serviceAccountToken:
///             path: token
///             expirationSeconds: 3600
/// ```
/// A program outside of the cluster gets a token for as long as it needs one: `kubectl create token reporter --duration 1h`, or
/// through the identity provider of the cluster.
///
/// ## Limits
/// Secrets are checked in files only: in a cluster, the policy server would get the contents of each of them.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct TokenSecret {
    /// For how many seconds a projected token may be valid.
    pub max_seconds: u32,
}

impl Default for TokenSecret {
    fn default() -> TokenSecret {
        TokenSecret { max_seconds: 24 * 60 * 60 }
    }
}

impl Policy for TokenSecret {
    const METADATA: Metadata = Metadata {
        id: "token-secret",
        title: "Tokens of ServiceAccounts expire",
        why: "whoever copies the token has the account's rights for as long as it is valid",
        help: "use a token that expires: a projected volume in pods, kubectl create token elsewhere",
        category: Category::Access,
        severity: Severity::Medium,
        profile: Profile::Production,
        targets: &[
            &kinds::SECRET,
            &kinds::POD,
            &kinds::DEPLOYMENT,
            &kinds::REPLICA_SET,
            &kinds::STATEFUL_SET,
            &kinds::DAEMON_SET,
            &kinds::REPLICATION_CONTROLLER,
            &kinds::JOB,
            &kinds::CRON_JOB,
            &kinds::POD_TEMPLATE,
            &kinds::ROLLOUT,
            &kinds::CLONE_SET,
            &kinds::DEPLOYMENT_CONFIG,
        ],
        ephemeral: false,
        since: "0.1.0",
        sources: &[sources::TOKEN_SECRETS, sources::TOKEN_PROJECTION],
        ..Metadata::DEFAULT
    };

    // No module needs to see every Secret for this.
    const ADMISSION_TARGETS: &'static [&'static Kind] = &[
        &kinds::POD,
        &kinds::DEPLOYMENT,
        &kinds::REPLICA_SET,
        &kinds::STATEFUL_SET,
        &kinds::DAEMON_SET,
        &kinds::REPLICATION_CONTROLLER,
        &kinds::JOB,
        &kinds::CRON_JOB,
        &kinds::POD_TEMPLATE,
        &kinds::ROLLOUT,
        &kinds::CLONE_SET,
        &kinds::DEPLOYMENT_CONFIG,
    ];

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        if *cx.kind() == kinds::SECRET {
            let kind = cx.object().get("type");
            if kind.str()? == Some("kubernetes.io/service-account-token") {
                let account =
                    cx.object().get("metadata").get("annotations").entry("kubernetes.io/service-account.name");
                let of = match account.str()? {
                    Some(name) => text![" of ServiceAccount \"", name, "\""],
                    None => String::new(),
                };
                let message = text!["the Secret holds a token", of, " that never expires"];
                out.report(kind, message).help("delete the Secret, and use a token that expires");
            }
            return Ok(());
        }
        let Some(pod) = cx.pod()? else { return Ok(()) };
        for volume in volumes(pod)? {
            for source in volume.source("projected")?.get("sources").items()? {
                let place = source.mapping()?.get("serviceAccountToken").mapping()?.get("expirationSeconds");
                let Some(seconds) = place.int()?.filter(|seconds| *seconds > i64::from(self.max_seconds)) else {
                    continue;
                };
                let (seconds, most) = (seconds.to_string(), self.max_seconds.to_string());
                let message = text!["volume \"", volume.name, "\" has a token that is valid for ", seconds, " seconds"];
                let help = text!["set expirationSeconds to ", most, " or less"];
                out.report(place, message).help(help);
            }
        }
        Ok(())
    }
}
