use crate::policies::configuration::credential_rules::CredentialRules;
use crate::policies::prelude::*;
use crate::settings::Glob;

/// ## What it does
/// Reports every key of a ConfigMap that holds a credential:
///
/// - by name: one that ends in `password`, `secret`, `token`, `api key`, `private key`, `credentials` or the like, in
///   snake, kebab or camel case, perhaps with a number or a stage such as `PROD` behind it;
/// - by value: a private key in PEM, a token of a well-known kind (AWS, GitHub, GitLab, Slack, Stripe, a JSON Web Token
///   and others), a URL or connection string with a password in it. They are found inside of files, too.
///
/// In keys that end in `.properties` or `.env`, each assignment is checked like a key.
///
/// A name alone is no proof. Nothing is reported when the value is empty, a switch, a number, a path, a plain URL, a text
/// in words, a placeholder (`changeme`, `<password>`), a reference (`${DB_PASSWORD}`, `vault:…`) or the name of a Secret
/// (`db-credentials`). Names that only have to do with a credential, such as `password.file`, `TOKEN_URL` or
/// `tls-secret-name`, are none; nor are certificates and public keys.
///
/// ## Why
/// Nothing treats a ConfigMap as secret. Everybody who may look around in a namespace reads it, it is not encrypted at
/// rest where Secrets are, tools print it in diffs and logs, and it lies in Git beside the manifests.
///
/// ## What to write
/// ```yaml
/// apiVersion: v1
/// kind: Secret
/// metadata:
///   name: checkout-db
/// stringData:
///   password: # from your secret store, not from Git
/// ```
/// In the ConfigMap the name of the variable or file is left, as `${DB_PASSWORD}`. What has been written out before should
/// be replaced, since it is known.
///
/// ## Limits
/// A credential with an ordinary name and no known shape is not found, nor is one by its name inside of YAML, JSON or
/// scripts, where `password: string` may be anything.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct SecretInConfigMap {
    /// More names that stand for credentials, with `*` and `?`. Their values are reported unless they are empty, a
    /// reference or a placeholder.
    pub patterns: Vec<Glob>,
    /// Names that may hold anything, with `*` and `?`.
    pub allow: Vec<Glob>,
}

impl Policy for SecretInConfigMap {
    const METADATA: Metadata = Metadata {
        id: "secret-in-config-map",
        title: "Credentials are in Secrets, not in ConfigMaps",
        why: "everybody who may look around in the namespace can read a ConfigMap",
        help: "move the value into a Secret",
        category: Category::Configuration,
        severity: Severity::High,
        profile: Profile::Production,
        targets: &[&kinds::CONFIG_MAP],
        ephemeral: false,
        since: "0.1.0",
        sources: &[sources::CONFIG_MAPS, sources::SECRET_PRACTICES],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let rules = CredentialRules { patterns: &self.patterns, allow: &self.allow };
        for field in ["data", "binaryData"] {
            for (key, node) in cx.object().get(field).entries()? {
                for found in rules.check_file(key, node.str()?.unwrap_or_default()) {
                    let place = match found.within {
                        Some(name) => text![" in \"", name, "\""],
                        None => String::new(),
                    };
                    out.report(node, text!["key \"", key, "\" holds ", found.what, place]).confidential();
                }
            }
        }
        Ok(())
    }
}
