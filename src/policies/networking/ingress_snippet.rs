use crate::policies::prelude::*;
use crate::settings::Glob;
use crate::text::holds;

/// ## What it does
/// Reports what an Ingress writes into the proxy's configuration:
///
/// - annotations with snippets: `configuration-snippet`, `server-snippet` and all others of ingress-nginx, and the snippets of
///   NGINX's own and HAProxy's controllers;
/// - values of other annotations of ingress-nginx, and paths, that break out of the directive that they are written into: a line
///   break or a quotation mark, or a `;` in an annotation that is a URL or a name;
/// - paths, and values of annotations of NGINX's controllers, that reach for the controller's credentials or run Lua.
///
/// ## Why
/// The proxy may read the Secrets of all namespaces, and every snippet runs with its rights: whoever can create one
/// Ingress in one namespace can read the credentials of the whole cluster (CVE-2021-25742), and one wrong brace stops new
/// configuration for everybody. Values with a line break, a quotation mark or a `;` are how the same was done without snippets
/// (CVE-2021-25745, CVE-2023-5044, CVE-2025-1097, CVE-2025-1098, CVE-2025-15566, CVE-2025-24514, CVE-2026-1580,
/// CVE-2026-3288, CVE-2026-24512).
///
/// ## What to write
/// ```yaml
/// metadata:
///   annotations:
///     nginx.ingress.kubernetes.io/proxy-body-size: 8m
///     nginx.ingress.kubernetes.io/proxy-read-timeout: "30"
///     nginx.ingress.kubernetes.io/custom-headers: shop/security-headers
/// ```
/// Most snippets have an annotation of their own, or belong in the controller's ConfigMap, which its operator reviews.
///
/// ## Limits
/// The version of the controller is not checked: since 1.9 ingress-nginx rejects snippets unless
/// `allow-snippet-annotations` is on, and it has had no releases, and no fixes, since March 2026.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct IngressSnippet {
    /// Keys of annotations with snippets that are accepted; `*` and `?` are wildcards.
    pub allow: Vec<Glob>,
}

impl Policy for IngressSnippet {
    const METADATA: Metadata = Metadata {
        id: "ingress-snippet",
        title: "Ingresses don't write the proxy's configuration",
        why: "the proxy runs it with its rights, which include the Secrets of all namespaces",
        help: "use the annotation that is made for it, or the controller's ConfigMap",
        category: Category::Networking,
        severity: Severity::High,
        profile: Profile::Production,
        targets: &[&kinds::INGRESS],
        ephemeral: false,
        fix: FixAvailability::Unsafe,
        since: "0.1.0",
        sources: &[sources::INGRESS_SNIPPETS, sources::INGRESS_INJECTION],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let metadata = cx.object().get("metadata").mapping()?;
        for (key, place) in metadata.get("annotations").entries()? {
            let value = place.str()?.unwrap_or_default().trim();
            if value.is_empty() {
                continue;
            }
            let (message, help) = if is_snippet(key) {
                if self.allow.iter().any(|glob| glob.matches(key)) {
                    continue;
                }
                (text!["annotation ", key, " adds to the proxy's configuration"], Self::METADATA.help)
            } else if let Some(what) = escapes(key, value) {
                (
                    text!["annotation ", key, " has ", what, BREAKS_OUT],
                    "remove the annotation, or write nothing but the URL or name",
                )
            } else if let Some(what) = reaches(value).filter(|_| NGINX.iter().any(|prefix| key.starts_with(prefix))) {
                (text!["annotation ", key, " has ", what], "remove the annotation")
            } else {
                continue;
            };
            let edits = vec![Edit::remove(place)];
            out.report(place, message).help(help).unsafe_fix(text!["remove annotation ", key], edits);
        }
        for rule in cx.spec().mapping()?.get("rules").items()? {
            for path in rule.get("http").get("paths").items()? {
                let place = path.get("path");
                let text = place.str()?.unwrap_or_default();
                let (what, so) = match (reaches(text), breaks(text)) {
                    (Some(what), _) => (what, ""),
                    (None, Some(what)) => (what, BREAKS_OUT),
                    (None, None) => continue,
                };
                out.report(place, text!["the path has ", what, so]).help("write the path that clients ask for");
            }
        }
        Ok(())
    }
}

/// True for an annotation with configuration: all snippets of a controller, the next version's included.
fn is_snippet(key: &str) -> bool {
    let Some((prefix, name)) = key.split_once('/') else { return false };
    match prefix {
        "haproxy-ingress.github.io" => matches!(name, "config-backend" | "config-frontend"),
        "haproxy.org" | "ingress.kubernetes.io" | "nginx.com" | "nginx.ingress.kubernetes.io" | "nginx.org" => {
            name.ends_with("-snippet") || name.ends_with("-snippets")
        }
        _ => false,
    }
}

/// The prefixes of annotations of ingress-nginx, and of NGINX's own controller.
const NGINX: [&str; 3] = ["nginx.ingress.kubernetes.io/", "nginx.org/", "nginx.com/"];

/// Annotations of ingress-nginx whose value was written into the configuration unchecked, in some version: a URL, a host
/// or a name.
const UNCHECKED: &[&str] = &[
    "auth-method",
    "auth-proxy-set-headers",
    "auth-signin",
    "auth-tls-match-cn",
    "auth-url",
    "mirror-host",
    "mirror-target",
    "permanent-redirect",
    "rewrite-target",
    "temporal-redirect",
];

const BREAKS_OUT: &str = ", which breaks out of the directive that it is written into";

/// What in a value ends the string or the line that it is written into.
fn breaks(value: &str) -> Option<&'static str> {
    if value.contains(['\n', '\r']) {
        return Some("a line break");
    }
    value.contains('"').then_some("a quotation mark")
}

/// What in an annotation's value ends the directive that it is written into.
fn escapes(key: &str, value: &str) -> Option<&'static str> {
    let name = key.strip_prefix("nginx.ingress.kubernetes.io/").filter(|name| UNCHECKED.contains(name))?;
    // A regular expression may have a semicolon.
    breaks(value).or_else(|| (value.contains(';') && name != "auth-tls-match-cn").then_some("a \";\""))
}

/// What in a path or in an annotation is not for clients.
fn reaches(path: &str) -> Option<&'static str> {
    if holds(path, "_by_lua") {
        return Some("Lua, which the proxy would run");
    }
    let credentials = ["/var/run/secrets", "serviceaccount/token", "/etc/ingress-controller"];
    credentials.iter().any(|part| holds(path, part)).then_some("the place of the controller's credentials")
}
