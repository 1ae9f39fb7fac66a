use crate::policies::configuration::credential_rules::CredentialRules;
use crate::policies::prelude::*;
use crate::settings::Glob;
use crate::text::credential::{EMPTY_PASSWORD, NO_PASSWORD};

/// ## What it does
/// Reports every environment variable with a credential in its `value`, in every container, including init, sidecar and
/// ephemeral ones:
///
/// - by name: a name that ends in `password`, `secret`, `token`, `api key`, `private key`, `credentials` or the like,
///   in snake, kebab or camel case, optionally followed by a number or a stage such as `PROD`;
/// - by value: a database's switch for an empty root password, or for logins without one (severity `medium`), a PEM private key, a token of a well-known kind (AWS,
///   GitHub, GitLab, Slack, Stripe, JSON Web Tokens and others), a URL or connection string with a password in it.
///
/// A name alone proves nothing. Nothing is reported if the value is empty, a switch, a number, a path, a plain URL,
/// prose, a placeholder (`changeme`, `<password>`), a reference (`$(DB_PASSWORD)`, `vault:…`) or the name of a Secret
/// (`db-credentials`). Names that merely relate to a credential, such as `DB_PASSWORD_FILE`, `TOKEN_URL` or
/// `TLS_SECRET_NAME`, are ignored. `valueFrom` is never reported.
///
/// ## Why
/// A pod's manifest is no place for secrets: it sits in Git, in Helm's release history and in the `last-applied`
/// annotation, `kubectl describe` prints it, and everyone who may read Deployments can read it. Every copy holds the
/// password, and rotating it means changing the manifest and all its copies.
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
/// A file is better still: child processes don't inherit a mounted Secret, and it doesn't show up in crash reports.
/// Rotate a credential that has been exposed.
///
/// ## Limits
/// A credential with an ordinary name and no known format is not found. `command` and `args` are not searched.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct SecretInEnv {
    /// More names that stand for credentials; `*` and `?` are wildcards. Their values are reported unless empty, a
    /// reference or a placeholder.
    pub patterns: Vec<Glob>,
    /// Names whose values are never reported; `*` and `?` are wildcards.
    pub allow: Vec<Glob>,
}

impl Policy for SecretInEnv {
    const METADATA: Metadata = Metadata {
        id: "secret-in-env",
        title: "Credentials are not literal environment values",
        why: "everyone who can read the manifest, or a copy of it, has the credential",
        help: "move the value into a Secret, reference it with valueFrom.secretKeyRef, and rotate it",
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
                    let message = text![container.title(), " has ", what, " in env \"", name, "\""];
                    // At the name, not the value: reports quote the place.
                    let finding = out.report(variable.get("name"), message).container(container);
                    let finding = finding.confidential(variable.get("value"));
                    if what == EMPTY_PASSWORD {
                        finding.help("set a root password, from a Secret");
                    } else if what == NO_PASSWORD {
                        finding
                            .severity(Severity::Medium)
                            .why("everything that reaches the port may read and change the data")
                            .help("set a password, from a Secret");
                    }
                }
            }
        }
        Ok(())
    }
}
