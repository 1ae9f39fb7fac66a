use crate::kube::ingress::{certificates, class};
use crate::kube::owner::is_controlled;
use crate::lookup::reference::{Target, target};
use crate::policies::prelude::*;
use crate::settings::Glob;
use crate::text::holds;
use crate::text::table::Table;

/// ## What it does
/// Reports what is served without TLS:
///
/// - an Ingress without `tls`;
/// - a host of an Ingress that none of its `tls` entries covers; an entry without hosts covers all, and `*.example.com`
///   covers `shop.example.com`;
/// - a `secretName` in `tls` whose Secret doesn't exist;
/// - a Gateway with HTTP listeners and none for HTTPS or TLS.
///
/// Not reported are Ingresses and Gateways with annotations that hand TLS to something else: certificates of AWS, GKE or Azure,
/// Traefik's `router.tls`, an OpenShift route's termination, redirects to HTTPS. The same goes for classes that always
/// serve HTTPS (`tailscale`, `ngrok`, `cloudflare-tunnel`), Gateways inside the cluster or with listeners in objects of their
/// own (`allowedListeners`), and objects that a controller owns, such as the Ingresses of ACME challenges.
///
/// ## Why
/// Everybody between the client and the cluster can read and change what is sent: passwords, session cookies, downloads. With a
/// missing certificate, controllers serve a self-signed one instead, and browsers warn.
///
/// ## What to write
/// ```yaml
/// apiVersion: networking.k8s.io/v1
/// kind: Ingress
/// metadata:
///   name: web
///   annotations:
///     cert-manager.io/cluster-issuer: letsencrypt
/// spec:
///   tls:
///     - hosts: [shop.example.com]
///       secretName: shop-tls
///   rules:
///     - host: shop.example.com
/// ```
///
/// ## Limits
/// A load balancer or proxy in front that terminates TLS is only visible if the object has its annotations. With
/// annotations of cert-manager or kube-lego a Secret is expected to come. On Gateways with both kinds of listener, whether
/// the HTTP one redirects is not checked. The Secret may still arrive: unless `onViolation` is set, a missing one only
/// warns on CREATE.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct IngressWithoutTls {
    /// Hosts that need no TLS; `*` and `?` are wildcards.
    pub ignore_hosts: Vec<Glob>,
}

impl Default for IngressWithoutTls {
    fn default() -> IngressWithoutTls {
        let local = ["localhost", "*.localhost", "*.local", "*.test", "*.internal"];
        IngressWithoutTls { ignore_hosts: local.map(Glob::new).to_vec() }
    }
}

impl Policy for IngressWithoutTls {
    const METADATA: Metadata = Metadata {
        id: "ingress-without-tls",
        title: "Ingresses and Gateways serve HTTPS",
        why: "everybody between the client and the cluster can read and change what is sent",
        help: "add a tls entry with the host and the Secret of its certificate",
        category: Category::Networking,
        severity: Severity::Medium,
        profile: Profile::Production,
        targets: &[&kinds::INGRESS, &kinds::GATEWAY],
        needs: &[&kinds::SECRET],
        ephemeral: false,
        since: "0.1.0",
        sources: &[sources::INGRESS_TLS, sources::GATEWAYS],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        if is_controlled(cx.object()) || is_handled_elsewhere(cx.object())? {
            return Ok(());
        }
        if *cx.kind() == kinds::GATEWAY {
            return check_gateway(cx, out);
        }
        if matches!(class(cx.object())?, Some("tailscale" | "ngrok" | "cloudflare-tunnel")) {
            return Ok(());
        }
        self.check_hosts(cx, out)?;
        check_secrets(cx, out)
    }
}

impl IngressWithoutTls {
    fn check_hosts(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let spec = cx.spec().mapping()?;
        let mut uncovered = Vec::new();
        let (mut rules, mut any) = (0, false);
        let (mut known, mut stars) = (Table::default(), Table::default());
        let mut everything = false;
        for entry in spec.get("tls").items()? {
            any = true;
            let mut hosts = entry.mapping()?.get("hosts").items()?.peekable();
            everything |= hosts.peek().is_none();
            for host in hosts {
                let host = host.str()?.unwrap_or_default();
                known.insert(host, ());
                if let Some(rest) = host.strip_prefix("*.") {
                    stars.insert(rest, ());
                }
            }
        }
        for rule in spec.get("rules").items()? {
            rules += 1;
            let place = rule.mapping()?.get("host");
            let host = place.str()?.unwrap_or_default();
            let below = host.split_once('.').map_or("", |(_, rest)| rest);
            let ignored = self.ignore_hosts.iter().any(|glob| glob.matches(host));
            if !ignored && !known.contains(host) && !stars.contains(below) {
                uncovered.push((place, host));
            }
        }
        if everything || rules > 0 && uncovered.is_empty() {
            return Ok(());
        }
        if !any {
            out.report(spec.get("tls"), "the Ingress has no tls: it is served over plain HTTP");
            return Ok(());
        }
        // Requests without a known host get the controller's own certificate.
        for (place, host) in uncovered.into_iter().filter(|(_, host)| !host.is_empty()) {
            if known.insert(host, ()) {
                out.report(place, text!["no tls entry covers host \"", host, "\""]);
            }
        }
        Ok(())
    }
}

/// Reports the Secrets of certificates that don't exist.
fn check_secrets(cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
    const ISSUERS: [&str; 4] =
        ["cert-manager.io/", "certmanager.k8s.io/", "acme.cert-manager.io/", "kubernetes.io/tls-acme"];
    let annotations = cx.object().get("metadata").get("annotations");
    for (key, _) in annotations.entries()? {
        if ISSUERS.iter().any(|issuer| key.starts_with(issuer)) {
            return Ok(());
        }
    }
    let mut unknown = None;
    let mut seen = Table::default();
    for (place, name) in certificates(cx.object())? {
        if !seen.insert(name, ()) {
            continue;
        }
        match target(cx, &kinds::SECRET, name) {
            Ok(Target::Missing(missing)) => {
                let message = text!["the certificate's Secret \"", name, "\" ", missing.verdict()];
                out.report(place, message)
                    .severity(missing.severity(IngressWithoutTls::METADATA.severity))
                    .why("the controller serves a self-signed certificate instead, or nothing")
                    .help(text!["create Secret \"", name, "\", or correct the name"])
                    .warn_on_create();
            }
            Ok(_) => {}
            Err(error @ InventoryError::NotGiven { .. }) => unknown = Some(error),
            Err(error) => return Err(error.into()),
        }
    }
    unknown.map_or(Ok(()), |error| Err(error.into()))
}

fn check_gateway(cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
    let spec = cx.spec().mapping()?;
    // Others may add listeners in objects of their own.
    if spec.get("allowedListeners").exists() {
        return Ok(());
    }
    let listeners = spec.get("listeners");
    let mut plain = None;
    for listener in listeners.items()? {
        match listener.mapping()?.get("protocol").str()? {
            Some("HTTP") => plain = plain.or(Some(listener)),
            Some("HTTPS" | "TLS") => return Ok(()),
            _ => {}
        }
    }
    if let Some(listener) = plain {
        let name = listener.get("name").str()?.unwrap_or_default();
        let message = text!["the Gateway serves HTTP (listener \"", name, "\") and no HTTPS"];
        out.report(listener.get("protocol"), message).help("add a listener for HTTPS, and redirect HTTP to it");
    }
    Ok(())
}

/// Annotations that show that something else serves HTTPS, or that nothing but a redirect is served.
const ELSEWHERE: &[&str] = &[
    "alb.ingress.kubernetes.io/certificate-arn",
    "alb.ingress.kubernetes.io/ssl-redirect",
    "appgw.ingress.kubernetes.io/appgw-ssl-certificate",
    "appgw.ingress.kubernetes.io/ssl-redirect",
    "haproxy-ingress.github.io/ssl-passthrough",
    "haproxy-ingress.github.io/ssl-redirect",
    "haproxy.org/ssl-passthrough",
    "haproxy.org/ssl-redirect",
    "ingress.gcp.kubernetes.io/pre-shared-cert",
    "ingress.kubernetes.io/force-ssl-redirect",
    "konghq.com/https-redirect-status-code",
    "networking.gke.io/certmap",
    "networking.gke.io/managed-certificates",
    "networking.gke.io/v1beta1.FrontendConfig",
    "nginx.ingress.kubernetes.io/force-ssl-redirect",
    "nginx.ingress.kubernetes.io/permanent-redirect",
    "nginx.ingress.kubernetes.io/ssl-passthrough",
    "nginx.ingress.kubernetes.io/temporal-redirect",
    "route.openshift.io/termination",
    "service.beta.kubernetes.io/aws-load-balancer-ssl-cert",
    "traefik.ingress.kubernetes.io/router.tls",
    "traefik.ingress.kubernetes.io/router.tls.certresolver",
];

/// True when annotations hand TLS to something else, or the Gateway is inside the cluster.
fn is_handled_elsewhere(object: Node<'_>) -> Result<bool, Malformed> {
    let infrastructure = object.get("spec").mapping()?.get("infrastructure").get("annotations");
    for place in [object.get("metadata").get("annotations"), infrastructure] {
        for (key, value) in place.entries()? {
            let value = value.str()?.unwrap_or_default();
            if ELSEWHERE.contains(&key) && !matches!(value, "" | "false") {
                return Ok(true);
            }
            let inside = key == "networking.istio.io/service-type" && value == "ClusterIP";
            // HTTPS among ALB's ports means that the certificate is found by its host.
            let secure = match key {
                "alb.ingress.kubernetes.io/listen-ports" => holds(value, "HTTPS"),
                "konghq.com/protocols" => value.trim() == "https",
                "traefik.ingress.kubernetes.io/router.entrypoints" => holds(value, "secure") || holds(value, "https"),
                "traefik.ingress.kubernetes.io/router.middlewares" => holds(value, "redirect") || holds(value, "https"),
                _ => false,
            };
            if inside || secure {
                return Ok(true);
            }
        }
    }
    Ok(false)
}
