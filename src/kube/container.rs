//! One container of a pod, and its role.

use crate::json::node::{Malformed, Node};
use crate::json::path::Path;

/// The names of common sidecars: proxies of meshes and clouds, and agents for secrets, logs, metrics and traces.
pub const KNOWN_SIDECARS: &[&str] = &[
    "istio-proxy",
    "envoy",
    "linkerd-proxy",
    "consul-dataplane",
    "kuma-sidecar",
    "daprd",
    "cloud-sql-proxy",
    "cloudsql-proxy",
    "oauth2-proxy",
    "kube-rbac-proxy",
    "vault-agent",
    "fluent-bit",
    "fluentd",
    "filebeat",
    "promtail",
    "otc-container",
    "otel-collector",
    "datadog-agent",
    "jaeger-agent",
    "xray-daemon",
    "config-reloader",
];

/// A container's role in its pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// One of `containers`.
    App,
    /// One of `initContainers` that completes before the app starts.
    Init,
    /// One of `initContainers` with `restartPolicy: Always`: starts first, lives as long as the pod.
    Sidecar,
    /// One of `ephemeralContainers`: added to a running pod for debugging.
    Ephemeral,
}

impl Role {
    fn noun(self) -> &'static str {
        match self {
            Role::App => "container",
            Role::Init => "init container",
            Role::Sidecar => "sidecar container",
            Role::Ephemeral => "ephemeral container",
        }
    }
}

/// How messages name several containers: `containers "app" and "proxy"`, `init container "migrate" and container "app"`,
/// `init containers "fetch" and "migrate" and container "app"`.
pub fn titles(containers: &[&Container<'_>]) -> String {
    let groups = containers.chunk_by(|one, next| one.role == next.role);
    groups.map(titles_alike).collect::<Vec<_>>().join(" and ")
}

/// The same for containers of one role.
fn titles_alike(containers: &[&Container<'_>]) -> String {
    let quoted = |container: &&Container<'_>| ["\"", container.name, "\""].concat();
    match containers {
        [] => String::new(),
        [only] => only.title(),
        [first @ .., last] => {
            let names: Vec<String> = first.iter().map(quoted).collect();
            [last.role.noun(), "s ", &names.join(", "), " and ", &quoted(last)].concat()
        }
    }
}

/// A container and its role.
#[derive(Clone, Copy)]
pub struct Container<'a> {
    node: Node<'a>,
    role: Role,
    name: &'a str,
    // Fields that many policies read, looked up once.
    security: Node<'a>,
    resources: Node<'a>,
}

impl<'a> Container<'a> {
    /// Reads what identifies a container.
    pub(super) fn read(node: Node<'a>, role: Role) -> Result<Container<'a>, Malformed> {
        let node = node.mapping()?;
        let name = node.get("name").str()?.unwrap_or_default();
        let (security, resources) = (node.get("securityContext"), node.get("resources"));
        Ok(Container { node, role, name, security, resources })
    }

    /// The same container, named so if it has no name.
    pub(super) fn or_named(self, name: &'a str) -> Container<'a> {
        if self.name.is_empty() { Container { name, ..self } } else { self }
    }

    /// Its place.
    pub fn node(&self) -> Node<'a> {
        self.node
    }

    /// One of its fields.
    pub fn get(&self, key: &'static str) -> Node<'a> {
        self.node.get(key)
    }

    /// The pointer to it.
    pub fn path(&self) -> Path {
        self.node.path()
    }

    /// Its own security context.
    pub(super) fn security(&self) -> Node<'a> {
        self.security
    }

    /// Its requests and limits.
    pub(super) fn resources(&self) -> Node<'a> {
        self.resources
    }

    /// Its name; empty when absent.
    pub fn name(&self) -> &'a str {
        self.name
    }

    /// Its role.
    pub fn role(&self) -> Role {
        self.role
    }

    /// True for an app container or a native sidecar, which run as long as the pod does.
    pub fn is_long_running(&self) -> bool {
        matches!(self.role, Role::App | Role::Sidecar)
    }

    /// Its name in messages: `container "app"`, `sidecar container "proxy"`, `init container "migrate"`.
    pub fn title(&self) -> String {
        [self.role.noun(), " \"", self.name, "\""].concat()
    }

    /// The image reference as written.
    ///
    /// # Errors
    /// When it is not a string.
    pub fn image(&self) -> Result<Option<&'a str>, Malformed> {
        self.get("image").str()
    }
}
