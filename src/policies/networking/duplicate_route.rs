use crate::kube::ingress::{self, BackendPort, annotation};
use crate::kube::{gateway, owner};
use crate::policies::prelude::*;
use crate::text::table::Table;

/// ## What it does
/// Reports paths that two Ingresses, or two HTTPRoutes, send to different backends: the same host, the same path and the
/// same path type. A path that an object routes twice by itself is reported, too. Ingresses are compared if they are of one class,
/// HTTPRoutes if they are attached to the same listener of the same Gateway and match the same headers, parameters and
/// method.
///
/// At admission the finding is reported on whichever object is applied last. Among files the first by namespace and name
/// passes.
///
/// Not compared are canaries (`nginx.ingress.kubernetes.io/canary`), Ingresses that get a load balancer or proxy of their own
/// (`gce`, `tailscale`, `alb` without a group, Cilium's `dedicated`), Ingresses that annotations separate (Traefik's entry points, Kong's methods and
/// headers, ALB's groups and conditions), rules without a host in Ingresses that name no class, and objects that a
/// controller owns.
///
/// ## Why
/// Both objects are accepted, and one of the two backends never gets a request. Usually the older object wins: when it
/// is recreated, traffic moves to the other backend. Some controllers reject the newer object, others merge its
/// annotations, such as timeouts or authentication, into the older one's.
///
/// ## What to write
/// ```yaml
/// apiVersion: networking.k8s.io/v1
/// kind: Ingress
/// metadata:
///   name: cart
/// spec:
///   ingressClassName: nginx
///   rules:
///     - host: shop.example.com
///       http:
///         paths:
///           - path: /cart
///             pathType: Prefix
///             backend:
///               service:
///                 name: cart
///                 port: {name: http}
/// ```
/// Two Ingresses may share a host if each has its own paths.
///
/// ## Limits
/// At admission only Ingresses in the same namespace are looked up, among files those of all namespaces. Patterns are not compared:
/// `*.example.com` and `shop.example.com` are different hosts. HTTPRoutes are only compared among files.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct DuplicateRoute {}

impl Policy for DuplicateRoute {
    const METADATA: Metadata = Metadata {
        id: "duplicate-route",
        title: "Each path is routed once",
        why: "one of the two backends never gets a request",
        help: "remove one of the two, or change its host or path",
        category: Category::Networking,
        severity: Severity::High,
        profile: Profile::Production,
        targets: &[&kinds::INGRESS, &kinds::HTTP_ROUTE],
        needs: &[&kinds::INGRESS],
        ephemeral: false,
        since: "0.1.0",
        sources: &[sources::INGRESSES, sources::INGRESS_NGINX_MODEL, sources::HTTP_ROUTES],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let Some(own) = Router::read(cx.object(), cx.kind())? else { return Ok(()) };
        // The routes of this object by what they match, and of the others: the first one wins.
        let mut seen: Table<&str> = Table::default();
        let mut others: Table<Other> = Table::default();
        let (mut hosts, mut read): (Table<()>, Table<()>) = (Table::default(), Table::default());
        for route in &own.routes {
            let serving = if hosts.insert(route.host, ()) { serving(cx, route.host)? } else { Vec::new() };
            for found in serving {
                let object = cx.node(&found);
                if cx.is_target(&found) && namespace_of(object) == namespace_of(cx.object()) {
                    continue;
                }
                let key = text![namespace_of(object), "/", found.name()];
                if read.insert(&key, ()) {
                    remember(cx, &own, &found, key, &mut others)?;
                }
            }
            if let Some(first) = seen.get(&route.key) {
                if *first != route.backend && !own.is_conditional {
                    out.report(route.place, text![route.title(), " is routed twice in this ", cx.kind().name]);
                }
                continue;
            }
            seen.insert(&route.key, &route.backend);
            let Some(other) = others.get(&route.key).filter(|other| other.backend != route.backend) else { continue };
            if cx.is_batch() && text![namespace_of(cx.object()), "/", cx.name()?] < other.rank {
                continue;
            }
            let (namespace, name) = other.rank.split_once('/').unwrap_or_default();
            let elsewhere = match namespace == namespace_of(cx.object()) {
                true => String::new(),
                false => text![" in namespace \"", namespace, "\""],
            };
            let by = text![cx.kind().name, " \"", name, "\"", elsewhere];
            out.report(route.place, text![route.title(), " is already routed by ", by]).related(other.related.clone());
        }
        Ok(())
    }
}

/// What routes an object's requests, and the routes that it declares.
struct Router<'a> {
    /// What else has to be equal: class, and annotations that separate Ingresses of a class; for an HTTPRoute what it is
    /// attached to.
    routers: Vec<String>,
    routes: Vec<Route<'a>>,
    /// Whether a path may have several rules, with conditions in annotations.
    is_conditional: bool,
}

/// One path of one host.
struct Route<'a> {
    place: Node<'a>,
    host: &'a str,
    path: &'a str,
    /// What it matches.
    key: String,
    /// What gets the requests.
    backend: String,
}

/// A route of another object.
struct Other {
    /// Its namespace and name.
    rank: String,
    backend: String,
    related: Related,
}

impl Route<'_> {
    fn title(&self) -> String {
        text!["\"", self.host, self.path, "\""]
    }
}

impl<'a> Router<'a> {
    /// `None` if it is not compared with others.
    fn read(object: Node<'a>, kind: &Kind) -> Result<Option<Router<'a>>, Malformed> {
        if owner::is_controlled(object) {
            return Ok(None);
        }
        if *kind == kinds::HTTP_ROUTE { Router::of_route(object).map(Some) } else { Router::of_ingress(object) }
    }

    fn of_ingress(object: Node<'a>) -> Result<Option<Router<'a>>, Malformed> {
        if annotation(object, "nginx.ingress.kubernetes.io/canary").str()? == Some("true") {
            return Ok(None);
        }
        let class = ingress::class(object)?;
        let mut router = text![class.unwrap_or_default(), "\n"];
        if ingress::has_own_balancer(object)? {
            let name = object.get("metadata").get("name").str()?.unwrap_or_default();
            router = text![router, namespace_of(object), "/", name];
        }
        let mut is_conditional = false;
        for (key, value) in object.get("metadata").get("annotations").entries()? {
            if SEPARATING.iter().any(|prefix| key.starts_with(prefix)) {
                router = text![router, key, "=", value.str()?.unwrap_or_default(), "\n"];
            }
            is_conditional |= key.starts_with(CONDITIONS);
        }
        let mut routes = Vec::new();
        for rule in object.get("spec").mapping()?.get("rules").items()? {
            let host = rule.mapping()?.get("host").str()?.unwrap_or_default();
            if host.is_empty() && class.is_none() {
                continue;
            }
            for place in rule.get("http").get("paths").items()? {
                routes.push(Route::of_path(host, place, namespace_of(object))?);
            }
        }
        Ok(Some(Router { routers: vec![router], routes, is_conditional }))
    }

    fn of_route(object: Node<'a>) -> Result<Router<'a>, Malformed> {
        let mut routers = Vec::new();
        for parent in gateway::parents(object)? {
            let namespace = parent.namespace.unwrap_or_else(|| namespace_of(object));
            let port = parent.port.unwrap_or_default().to_string();
            let kind = parent.kind.map_or("", |kind| kind.name);
            let section = parent.section.unwrap_or_default();
            routers.push([kind, namespace, parent.name, section, &port].join("\n"));
        }
        let hosts = gateway::hosts(object)?;
        let mut routes = Vec::new();
        for rule in object.get("spec").get("rules").items()? {
            let written = |key| rule.get(key).value().map_or_else(String::new, Value::to_string);
            let backend = [namespace_of(object), &written("backendRefs"), &written("filters")].join("\n");
            let mut matches: Vec<Node<'a>> = rule.mapping()?.get("matches").items()?.collect();
            if matches.is_empty() {
                // A rule without any gets everything.
                matches.push(rule.get("matches"));
            }
            for place in matches {
                let path = place.get("path");
                let kind = path.get("type").str()?.unwrap_or("PathPrefix");
                let value = path.get("value").str()?.unwrap_or("/");
                let also = ["headers", "queryParams", "method"].map(|key| place.get(key).value());
                let also = also.map(|value| value.map_or_else(String::new, Value::to_string)).join("\n");
                for host in &hosts {
                    let key = [host, kind, trimmed(value, kind), &also].join("\n");
                    routes.push(Route { place, host, path: value, key, backend: backend.clone() });
                }
            }
        }
        Ok(Router { routers, routes, is_conditional: false })
    }
}

impl<'a> Route<'a> {
    fn of_path(host: &'a str, place: Node<'a>, namespace: &str) -> Result<Route<'a>, Malformed> {
        let kind = place.mapping()?.get("pathType").str()?.unwrap_or_default();
        let path = place.get("path").str()?.unwrap_or("/");
        let backend = match ingress::backend(place.get("backend"))? {
            Some(backend) => match backend.port {
                Some(BackendPort::Number(number)) => text![backend.name, ":", number.to_string()],
                Some(BackendPort::Name(port)) => text![backend.name, ":", port],
                None => backend.name.to_owned(),
            },
            None => place.get("backend").value().map_or_else(String::new, Value::to_string),
        };
        let key = [host, kind, trimmed(path, kind)].join("\n");
        Ok(Route { place, host, path, key, backend: text![namespace, "/", backend] })
    }
}

/// Prefixes of annotations by which controllers separate Ingresses for one host.
const SEPARATING: &[&str] = &[
    "alb.ingress.kubernetes.io/group.name",
    "alb.ingress.kubernetes.io/scheme",
    "haproxy-ingress.github.io/http-",
    "konghq.com/headers",
    "konghq.com/methods",
    "konghq.com/protocols",
    "konghq.com/snis",
    "traefik.ingress.kubernetes.io/router.",
];

/// The prefix of annotations that add conditions to the paths of one backend.
const CONDITIONS: &str = "alb.ingress.kubernetes.io/conditions.";

/// A prefix without the slash at its end, which makes no difference.
fn trimmed<'p>(path: &'p str, kind: &str) -> &'p str {
    match kind {
        "Prefix" | "PathPrefix" => path.strip_suffix('/').unwrap_or(path),
        _ => path,
    }
}

fn namespace_of<'a>(object: Node<'a>) -> &'a str {
    object.get("metadata").get("namespace").str().ok().flatten().unwrap_or("default")
}

/// The objects of the checked kind that route requests for the host.
fn serving(cx: &Context<'_>, host: &str) -> Result<Vec<Found>, InventoryError> {
    match cx.is_batch() {
        true => cx.list_optional_everywhere(cx.kind(), Filter::Serving(host)),
        false if *cx.kind() == kinds::INGRESS => cx.list(&kinds::INGRESS, Filter::Serving(host)),
        false => Ok(Vec::new()),
    }
}

/// Remembers the routes of another object with the same router, unless a smaller one has the route.
fn remember(
    cx: &Context<'_>,
    own: &Router<'_>,
    found: &Found,
    rank: String,
    others: &mut Table<Other>,
) -> Result<(), InventoryError> {
    let object = cx.node(found);
    let read = Router::read(object, found.kind).map_err(|malformed| found.unreadable(&malformed))?;
    let Some(router) = read.filter(|router| router.routers.iter().any(|router| own.routers.contains(router))) else {
        return Ok(());
    };
    for route in router.routes {
        let related = Related::to(found.kind, route.place, object, "routes the same path");
        let other = || Other { rank: rank.clone(), backend: route.backend.clone(), related: related.clone() };
        others.update(&route.key, other(), |known| {
            if rank < known.rank {
                *known = other();
            }
        });
    }
    Ok(())
}
