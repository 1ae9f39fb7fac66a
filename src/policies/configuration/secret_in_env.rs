use crate::policies::configuration::credential_rules::CredentialRules;
use crate::policies::prelude::*;
use crate::settings::Glob;

/// ## What it does
/// Reports every environment variable, of whatever sort of container, with a credential in its `value`:
///
/// - by name: one that ends in `password`, `secret`, `token`, `api key`, `private key`, `credentials` or the like, in
///   snake, kebab or camel case, perhaps with a number or a stage such as `PROD` behind it;
/// - by value: a private key in PEM, a token of a well-known kind (AWS, GitHub, GitLab, Slack, Stripe, a JSON Web Token
///   and others), a URL or connection string with a password in it.
///
/// A name alone is no proof. Nothing is reported when the value is empty, a switch, a number, a path, a plain URL, a text
/// in words, a placeholder (`changeme`, `<password>`), a reference (`$(DB_PASSWORD)`, `vault:…`) or the name of a Secret
/// (`db-credentials`). Names that only have to do with a credential, such as `DB_PASSWORD_FILE`, `TOKEN_URL` or
/// `TLS_SECRET_NAME`, are none. `valueFrom` is never reported.
///
/// ## Why
/// A pod's manifest is no place for secrets: it lies in Git, in Helm's release history and in the `last-applied`
/// annotation, `kubectl describe` prints it, and everybody who may read Deployments reads it. Whoever copies it has the
/// password, and changing the password means changing the manifest and all its copies.
///
/// ## What to write
/// ```yaml
/// env:
///   - name: DB_PASSWORD
///     valueFrom:
///       secretKeyRef:
///         name: checkout-db
///         key: password
/// ```
/// A file is better still: a mounted Secret is not inherited by child processes and doesn't show up in crash reports.
/// What has been written out before should be replaced, since it is known.
///
/// ## Limits
/// A credential with an ordinary name and no known shape is not found. `command` and `args` are not searched.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct SecretInEnv {
    /// More names that stand for credentials, with `*` and `?`. Their values are reported unless they are empty, a
    /// reference or a placeholder.
    pub patterns: Vec<Glob>,
    /// Names that may hold anything, with `*` and `?`.
    pub allow: Vec<Glob>,
}

impl Policy for SecretInEnv {
    const METADATA: Metadata = Metadata {
        id: "secret-in-env",
        title: "Credentials don't stand in the environment as literals",
        why: "everybody who can read the manifest or its copies has the credential",
        help: "move the value into a Secret and refer to it with valueFrom.secretKeyRef",
        category: Category::Configuration,
        severity: Severity::High,
        profile: Profile::Starter,
        targets: POD_KINDS,
        ephemeral: true,
        since: "0.1.0",
        sources: &[sources::SECRETS, sources::SECRET_PRACTICES],
        ..Metadata::DEFAULT
    };

    fn check_pod(&self, pod: &Pod<'_>, _cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let rules = CredentialRules { patterns: &self.patterns, allow: &self.allow };
        for container in pod.containers() {
            for variable in container.get("env").items()? {
                let name = variable.get("name").str()?.unwrap_or_default();
                let Some(value) = variable.get("value").str()? else { continue };
                if let Some(what) = rules.report(name, value) {
                    let message = text![container.title(), " holds ", what, " in env \"", name, "\""];
                    // Not at the value: whoever shows the place would show the secret.
                    out.report(variable.get("name"), message).container(container).confidential();
                }
            }
        }
        Ok(())
    }
}
