use crate::policies::configuration::credential_rules::CredentialRules;
use crate::policies::prelude::*;
use crate::settings::Glob;
use crate::text::base64::decode;

/// ## What it does
/// Reports every key of a ConfigMap that holds a credential:
///
/// - by name: a name that ends in `password`, `secret`, `token`, `api key`, `private key`, `credentials` or the like,
///   in snake, kebab or camel case, optionally followed by a number or a stage such as `PROD`;
/// - by value: a PEM private key, a token of a well-known kind (AWS, GitHub, GitLab, Slack, Stripe, JSON Web Tokens and
///   others), a URL or connection string with a password in it. These are found inside files, too.
///
/// In files of assignments (`.properties`, `.env`, `.ini`, `.cnf`, `.conf`, `.toml`), each assignment is checked like a
/// key; in YAML and JSON, so is each field whose value isn't a plain word. `binaryData` is decoded.
///
/// A name alone proves nothing. Nothing is reported if the value is empty, a switch, a number, a path, a plain URL,
/// prose, a placeholder (`changeme`, `<password>`), a reference (`${DB_PASSWORD}`, `vault:…`) or the name of a Secret
/// (`db-credentials`). Names that merely relate to a credential, such as `password.file`, `TOKEN_URL` or
/// `tls-secret-name`, are ignored, as are certificates and public keys.
///
/// ## Why
/// Nothing treats a ConfigMap as secret. Everyone with read access to the namespace can see it, it is not encrypted at
/// rest as Secrets can be, tools print it in diffs and logs, and it sits in Git next to the manifests.
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
/// The ConfigMap keeps the name of the variable or file, such as `${DB_PASSWORD}`. Rotate a credential that has been
/// exposed.
///
/// ## Limits
/// A credential with an ordinary name and no known format is not found. Names inside scripts are not checked, and
/// neither are values that are plain words inside YAML and JSON: there, `password: string` may be anything.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct SecretInConfigMap {
    /// More names that stand for credentials; `*` and `?` are wildcards. Their values are reported unless empty, a
    /// reference or a placeholder.
    pub patterns: Vec<Glob>,
    /// Names whose values are never reported; `*` and `?` are wildcards.
    pub allow: Vec<Glob>,
}

impl Policy for SecretInConfigMap {
    const METADATA: Metadata = Metadata {
        id: "secret-in-config-map",
        title: "Credentials are in Secrets, not in ConfigMaps",
        why: "everyone with read access to the namespace can see it",
        help: "move the value into a Secret, and rotate it",
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
                let written = node.str()?.unwrap_or_default();
                let decoded = if field == "binaryData" { decode(written) } else { None };
                let mut all = rules.check_file(key, decoded.as_deref().unwrap_or(written));
                if all.is_empty() && decoded.is_some() {
                    all = rules.check_file(key, written);
                }
                for found in all {
                    let place = match found.within {
                        Some(name) => text![" in \"", name, "\""],
                        None => String::new(),
                    };
                    out.report(node, text!["key \"", key, "\" holds ", found.what, place]).confidential(node);
                }
            }
        }
        Ok(())
    }
}
