use crate::lookup::config_ref::named;
use crate::policies::prelude::*;

/// ## What it does
/// Reports names of environment variables that don't arrive. They are those of `env`, the `prefix` of `envFrom`, and the
/// keys of the ConfigMaps that `envFrom` pulls in, each with its prefix. Two things can happen to a name:
///
/// - Kubernetes refuses the pod, or leaves the key out without a word but an event. Up to 1.31 names are letters, digits,
///   `_`, `-` and `.`, and begin with no digit. From 1.32 on they are printable ASCII without `=`. The setting
///   `kubernetesVersion` says which holds. Keys that `envFrom` pulls in are left out before 1.30.
/// - Kubernetes takes it and shells don't: `$spring.profile` is `$spring` and a dot. Such names are reported with severity
///   `info` unless `portable` is off. A name that shells know has letters, digits and `_`, and begins with no digit.
///
/// ## Why
/// A variable that isn't there is found out at run time, by a program that quietly takes its default. And every entrypoint
/// that is a shell script may lose what it can't name: dash, the `sh` of Debian, doesn't hand such variables on.
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
/// Give a ConfigMap whose keys are file names to the container as a volume.
///
/// ## Limits
/// The keys of Secrets are not looked at. A ConfigMap that doesn't exist is another policy's affair. Programs that read
/// names with dots from their environment, as Elasticsearch does, want `portable: false`. Of Windows pods portable names
/// are not asked.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct InvalidEnvName {
    /// Whether names have to be ones that a shell can use.
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
        title: "Environment variables have names that arrive",
        why: "the program starts without the variable and takes its default",
        help: "name it with letters, digits and _, beginning with no digit",
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
            // From 1.30 on the kubelet takes keys as they are, whatever the API server says of names.
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

/// What names have to be.
struct Rules {
    /// Whether the API server takes few names only.
    strict_names: bool,
    /// Whether the kubelet takes few keys only.
    strict_keys: bool,
    /// Whether shells have to know them.
    portable: bool,
}

impl Rules {
    /// True for a name that the API server doesn't take.
    fn refuses(&self, name: &str) -> bool {
        !is_printable(name) || self.strict_names && !is_strict(name)
    }

    /// Checks the name of a variable, or the prefix of some.
    fn report(&self, container: &Container<'_>, node: Node<'_>, name: &str, out: &mut Findings) {
        if name.is_empty() {
            let message = text!["an environment variable of ", container.title(), " has no name"];
            out.report(node, message).container(container);
        } else if self.refuses(name) {
            let message = [&container.title(), " has an environment name that Kubernetes refuses: ", &shown(name)];
            out.report(node, message.concat()).container(container);
        } else if self.portable && !is_portable(name) {
            let message = [&container.title(), " has an environment name that shells don't know: ", &shown(name)];
            out.report(node, message.concat()).container(container).severity(Severity::Info);
        }
    }

    /// Checks the keys that `envFrom` pulls in.
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
        // What the prefix spoils is the prefix's fault.
        if self.refuses(prefix) || self.portable && !is_portable(prefix) {
            return Ok(());
        }
        let (mut skipped, mut unknown) = (Vec::new(), Vec::new());
        for (key, node) in object.get("data").entries().map_err(|malformed| found.unreadable(&malformed))? {
            let name = text![prefix, key];
            // Whatever a ConfigMap may have for a key is printable.
            if self.strict_keys && !is_strict(&name) {
                skipped.push((name, node));
            } else if self.portable && !is_portable(&name) {
                unknown.push((name, node));
            }
        }
        let what = [
            (skipped, " of ConfigMap \"", "\" that Kubernetes leaves out: ", Self::SKIPPED),
            (unknown, " of ConfigMap \"", "\" whose names shells don't know: ", Severity::Info),
        ];
        for (keys, of, which, severity) in what {
            if keys.is_empty() {
                continue;
            }
            let count = if keys.len() == 1 { "a key".to_owned() } else { text![keys.len().to_string(), " keys"] };
            let names: Vec<String> = keys.iter().take(NAMED).map(|(name, _)| shown(name)).collect();
            let more = if keys.len() > NAMED { ", …" } else { "" };
            let message =
                text![container.title(), " pulls in ", count, of, found.name(), which, names.join(", "), more];
            let mut finding = out
                .report(place, message)
                .container(container)
                .severity(severity)
                .help("rename the keys, or mount the ConfigMap as a volume");
            for (_, node) in keys.iter().take(NAMED) {
                finding = finding.related(Related::to(&kinds::CONFIG_MAP, *node, object, "this key"));
            }
        }
        Ok(())
    }

    /// How bad a key is that doesn't arrive.
    const SKIPPED: Severity = InvalidEnvName::METADATA.severity;
}

/// More keys than these are only counted.
const NAMED: usize = 5;

/// The name, with what can't be printed spelt out.
fn shown(name: &str) -> String {
    if is_printable(name) { name.to_owned() } else { name.escape_default().collect() }
}

fn is_printable(name: &str) -> bool {
    name.bytes().all(|byte| (b' '..=b'~').contains(&byte) && byte != b'=')
}

/// What the API demanded up to 1.31.
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
    fn names_are_what_the_api_takes() {
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
