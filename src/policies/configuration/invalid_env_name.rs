use crate::lookup::reference::named;
use crate::policies::prelude::*;

/// ## What it does
/// Reports environment variable names that don't reach the program: those in `env`, the `prefix` of `envFrom`, and the
/// keys of ConfigMaps that `envFrom` imports, each with its prefix. There are two cases:
///
/// - Kubernetes rejects the pod, or skips the key with nothing but an event. Up to 1.31, names consist of letters,
///   digits, `_`, `-` and `.`, and don't start with a digit. From 1.32 on, any printable ASCII except `=` is allowed.
///   The setting `kubernetesVersion` selects the rule. Invalid keys from `envFrom` are skipped before 1.30.
/// - Kubernetes accepts the name, but shells can't use it: `$spring.profile` expands to `$spring` followed by
///   `.profile`. Such names are reported with severity `info` unless `portable` is off. Portable names consist of
///   letters, digits and `_`, and don't start with a digit.
///
/// ## Why
/// A missing variable surfaces at run time, in a program that quietly falls back to its default. Entrypoints that are
/// shell scripts may drop names they can't use: dash, Debian's `sh`, doesn't pass such variables on.
///
/// ## What to write
/// ```yaml
/// env:
///   - name: SPRING_PROFILES_ACTIVE
///     value: production
/// envFrom:
///   - prefix: APP_
///     configMapRef:
///       name: web
/// ```
/// Mount a ConfigMap whose keys are file names as a volume.
///
/// ## Limits
/// Keys of Secrets are not checked. A ConfigMap that doesn't exist is left to `missing-config-reference`. For programs
/// that read names with dots from their environment, such as Elasticsearch, set `portable: false`. Windows pods don't
/// need portable names.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct InvalidEnvName {
    /// Whether names that shells can't use are reported.
    pub portable: bool,
}

impl Default for InvalidEnvName {
    fn default() -> InvalidEnvName {
        InvalidEnvName { portable: true }
    }
}

impl Policy for InvalidEnvName {
    const METADATA: Metadata = Metadata {
        id: "invalid-env-name",
        title: "Environment variable names are valid and portable",
        why: "the program starts without the variable and falls back to its default",
        help: "use letters, digits and _ only, and don't start with a digit",
        category: Category::Configuration,
        severity: Severity::Low,
        profile: Profile::Production,
        targets: POD_KINDS,
        needs: &[&kinds::CONFIG_MAP],
        ephemeral: true,
        since: "0.1.0",
        sources: &[sources::ENVIRONMENT, sources::CONFIG_MAPS, sources::POSIX_ENVIRONMENT],
        ..Metadata::DEFAULT
    };

    fn check_pod(&self, pod: &Pod<'_>, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let rules = Rules {
            strict_names: !cx.kubernetes().at_least(32),
            // From 1.30 on the kubelet accepts any key, whatever the API server requires of names.
            strict_keys: !cx.kubernetes().at_least(30),
            portable: self.portable && !pod.is_windows(),
        };
        for container in pod.containers() {
            for variable in container.get("env").items()? {
                let node = variable.mapping()?.get("name");
                rules.report(container, node, node.str()?.unwrap_or_default(), out);
            }
            for source in container.get("envFrom").items()? {
                let node = source.mapping()?.get("prefix");
                if let Some(prefix) = node.str()?.filter(|prefix| !prefix.is_empty()) {
                    rules.report(container, node, prefix, out);
                }
            }
        }
        let mut unknown = None;
        for container in pod.containers() {
            for source in container.get("envFrom").items()? {
                match rules.check_keys(cx, container, source, out) {
                    Err(CheckError::Inventory(error @ InventoryError::NotGiven { .. })) => unknown = Some(error),
                    answer => answer?,
                }
            }
        }
        unknown.map_or(Ok(()), |error| Err(error.into()))
    }
}

/// The rules for names.
struct Rules {
    /// Whether the API server accepts only letters, digits and a few signs.
    strict_names: bool,
    /// Whether the kubelet skips keys that break the strict rule.
    strict_keys: bool,
    /// Whether shells must be able to use them.
    portable: bool,
}

impl Rules {
    /// True for a name that the API server rejects.
    fn refuses(&self, name: &str) -> bool {
        !is_printable(name) || self.strict_names && !is_strict(name)
    }

    /// Checks the name of a variable, or the prefix of some.
    fn report(&self, container: &Container<'_>, node: Node<'_>, name: &str, out: &mut Findings) {
        if name.is_empty() {
            let message = text![container.title(), " has an environment variable without a name"];
            out.report(node, message).container(container);
        } else if self.refuses(name) {
            let message =
                [&container.title(), " has an environment variable name that Kubernetes rejects: ", &shown(name)];
            out.report(node, message.concat()).container(container);
        } else if self.portable && !is_portable(name) {
            let message =
                [&container.title(), " has an environment variable name that shells can't use: ", &shown(name)];
            out.report(node, message.concat()).container(container).severity(Severity::Info);
        }
    }

    /// Checks the keys that `envFrom` imports.
    fn check_keys(
        &self,
        cx: &Context<'_>,
        container: &Container<'_>,
        source: Node<'_>,
        out: &mut Findings,
    ) -> Result<(), CheckError> {
        let place = source.get("configMapRef").mapping()?.get("name");
        let Some(name) = place.str()?.filter(|name| !name.is_empty()) else { return Ok(()) };
        if !self.portable && !self.strict_keys {
            return Ok(());
        }
        let Some(found) = named(cx, &kinds::CONFIG_MAP, name)? else { return Ok(()) };
        let object = cx.node(&found);
        let prefix = source.get("prefix").str()?.unwrap_or_default();
        // An invalid prefix is reported on its own.
        if self.refuses(prefix) || self.portable && !is_portable(prefix) {
            return Ok(());
        }
        let (mut skipped, mut unknown) = (Vec::new(), Vec::new());
        for (key, node) in object.get("data").entries().map_err(|malformed| found.unreadable(&malformed))? {
            let name = text![prefix, key];
            // The API accepts only printable keys in a ConfigMap.
            if self.strict_keys && !is_strict(&name) {
                skipped.push((name, node));
            } else if self.portable && !is_portable(&name) {
                unknown.push((name, node));
            }
        }
        let what = [
            (skipped, " of ConfigMap \"", "\" that Kubernetes skips: ", Self::SKIPPED),
            (unknown, " of ConfigMap \"", "\" that shells can't use: ", Severity::Info),
        ];
        for (keys, of, which, severity) in what {
            if keys.is_empty() {
                continue;
            }
            let count = if keys.len() == 1 { "a key".to_owned() } else { text![keys.len().to_string(), " keys"] };
            let names: Vec<String> = keys.iter().take(NAMED).map(|(name, _)| shown(name)).collect();
            let more = if keys.len() > NAMED { ", …" } else { "" };
            let message = text![container.title(), " imports ", count, of, found.name(), which, names.join(", "), more];
            let mut finding = out
                .report(place, message)
                .container(container)
                .recognised_by(names.concat())
                .severity(severity)
                .help("rename the keys, or mount the ConfigMap as a volume");
            for (_, node) in keys.iter().take(NAMED) {
                finding = finding.related(Related::to(&kinds::CONFIG_MAP, *node, object, "this key"));
            }
        }
        Ok(())
    }

    /// How bad a skipped key is.
    const SKIPPED: Severity = InvalidEnvName::METADATA.severity;
}

/// How many keys a message names; the rest are only counted.
const NAMED: usize = 5;

/// The name, with unprintable characters escaped.
fn shown(name: &str) -> String {
    if is_printable(name) { name.to_owned() } else { name.escape_default().collect() }
}

fn is_printable(name: &str) -> bool {
    name.bytes().all(|byte| (b' '..=b'~').contains(&byte) && byte != b'=')
}

/// The API's rule up to 1.31.
fn is_strict(name: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    name.bytes().all(known)
        && !name.starts_with(|first: char| first.is_ascii_digit())
        && name != "."
        && !name.starts_with("..")
}

fn is_portable(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && !name.starts_with(|first: char| first.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rule_accepts_its_names() {
        for (name, printable, strict, portable) in [
            ("HOST", true, true, true),
            ("_1", true, true, true),
            ("spring.profile", true, true, false),
            ("http-proxy", true, true, false),
            ("1ST", true, false, false),
            (".", true, false, false),
            ("..data", true, false, false),
            (".a", true, true, false),
            ("two words", true, false, false),
            ("a=b", false, false, false),
            ("größe", false, false, false),
            ("a\nb", false, false, false),
        ] {
            let seen = (is_printable(name), is_strict(name), is_portable(name));
            assert_eq!(seen, (printable, strict, portable), "{name}");
        }
        assert_eq!(shown("a=b\n"), "a=b\\n");
    }
}
