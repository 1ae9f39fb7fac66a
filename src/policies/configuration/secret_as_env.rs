use crate::policies::prelude::*;
use crate::text::table::Table;

/// ## What it does
/// Reports containers, including init, sidecar and ephemeral ones, that take a Secret as environment variables: by
/// `valueFrom.secretKeyRef` or by `envFrom.secretRef`. Each Secret is one finding for each container. A Secret that is
/// mounted as a file is fine, and so is a variable with the file's path.
///
/// Secrets that stand in the manifest itself are covered by `secret-in-env`.
///
/// ## Why
/// The environment is the most talkative place of a process: error reports and debug pages print it, every child process
/// inherits it, and `docker inspect` or `/proc/<pid>/environ` show it on the node. It also never changes: a Secret that is
/// rotated reaches a mounted file within a minute or two, but a variable only after a restart.
///
/// ## What to write
/// ```yaml
/// containers:
///   - name: checkout
///     env:
///       - name: DB_PASSWORD_FILE
///         value: /etc/checkout/db/password
///     volumeMounts:
///       - name: db
///         mountPath: /etc/checkout/db
///         readOnly: true
/// volumes:
///   - name: db
///     secret:
///       secretName: checkout-db
/// ```
///
/// ## Limits
/// Some programs read their credentials from the environment only. Exempt them by name: a Secret in a variable is still
/// far better than a password in the manifest.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct SecretAsEnv {}

impl Policy for SecretAsEnv {
    const METADATA: Metadata = Metadata {
        id: "secret-as-env",
        title: "Secrets are files, not environment variables",
        why: "the environment is printed, logged and inherited, and doesn't follow when the Secret changes",
        help: "mount the Secret as a file",
        category: Category::Configuration,
        severity: Severity::Low,
        profile: Profile::Strict,
        targets: POD_KINDS,
        ephemeral: true,
        since: "0.1.0",
        sources: &[sources::SECRET_PRACTICES, sources::SECRETS],
        ..Metadata::DEFAULT
    };

    fn check_container(
        &self,
        container: &Container<'_>,
        _pod: &Pod<'_>,
        _cx: &Context<'_>,
        out: &mut Findings,
    ) -> Result<(), CheckError> {
        let mut reported = Table::default();
        let mut report = |reference: Node<'_>| -> Result<(), Malformed> {
            let name = reference.mapping()?.get("name").str()?.unwrap_or_default();
            if reference.exists() && reported.insert(name, ()) {
                let message = text![container.title(), " takes Secret \"", name, "\" as environment variables"];
                // A rotated Secret has another name; only one more of them is new.
                out.report(reference, message).container(container).recognised_by("");
            }
            Ok(())
        };
        for variable in container.get("env").items()? {
            report(variable.mapping()?.get("valueFrom").mapping()?.get("secretKeyRef"))?;
        }
        for source in container.get("envFrom").items()? {
            report(source.mapping()?.get("secretRef"))?;
        }
        Ok(())
    }
}
