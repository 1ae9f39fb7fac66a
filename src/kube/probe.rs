//! Probes: what they check, and when.

use crate::json::node::{Malformed, Node};
use crate::kube::container::Container;
use crate::kube::port::Port;
use crate::text::shell::words_of;

/// What a probe decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// `startupProbe`: whether the container has started; until then the other two don't run.
    Startup,
    /// `readinessProbe`: whether the pod gets traffic.
    Readiness,
    /// `livenessProbe`: whether the container is restarted.
    Liveness,
}

impl Purpose {
    /// All of them.
    pub const ALL: [Purpose; 3] = [Purpose::Startup, Purpose::Readiness, Purpose::Liveness];

    /// The container's field that holds the probe.
    pub fn field(self) -> &'static str {
        match self {
            Purpose::Startup => "startupProbe",
            Purpose::Readiness => "readinessProbe",
            Purpose::Liveness => "livenessProbe",
        }
    }

    /// Its name in messages: `liveness probe`.
    pub fn title(self) -> &'static str {
        match self {
            Purpose::Startup => "startup probe",
            Purpose::Readiness => "readiness probe",
            Purpose::Liveness => "liveness probe",
        }
    }
}

/// A probe with a handler.
#[derive(Clone, Copy)]
pub struct Probe<'a> {
    container: Container<'a>,
    purpose: Purpose,
    node: Node<'a>,
}

const HANDLERS: [&str; 4] = ["exec", "httpGet", "tcpSocket", "grpc"];

impl<'a> Probe<'a> {
    /// The container's probe for that purpose; `None` when there is none, or one without a handler, which does nothing
    /// (`readinessProbe: {}`).
    ///
    /// # Errors
    /// When it is not a mapping.
    pub fn of(container: &Container<'a>, purpose: Purpose) -> Result<Option<Probe<'a>>, Malformed> {
        let node = container.get(purpose.field()).mapping()?;
        let has_handler = node.exists() && HANDLERS.iter().any(|handler| node.get(handler).exists());
        Ok(has_handler.then_some(Probe { container: *container, purpose, node }))
    }

    /// The container's probes in order: a malformed one doesn't hide those before it.
    pub fn all(container: &Container<'a>) -> impl Iterator<Item = Result<Probe<'a>, Malformed>> {
        let container = *container;
        Purpose::ALL.into_iter().filter_map(move |purpose| Probe::of(&container, purpose).transpose())
    }

    /// What it decides.
    pub fn purpose(&self) -> Purpose {
        self.purpose
    }

    /// Its place.
    pub fn node(&self) -> Node<'a> {
        self.node
    }

    /// One of its fields.
    pub fn get(&self, key: &'static str) -> Node<'a> {
        self.node.get(key)
    }

    /// What it checks.
    ///
    /// # Errors
    /// When the handler, or the container's ports, are malformed.
    pub fn handler(&self) -> Result<Handler<'a>, Malformed> {
        let [exec, http, tcp, grpc] = HANDLERS.map(|handler| self.node.get(handler));
        if exec.exists() {
            return Ok(Handler::Exec { command: words_of(exec.mapping()?.get("command"))? });
        }
        if http.exists() {
            let http = http.mapping()?;
            let mut headers = Vec::new();
            for header in http.get("httpHeaders").items()? {
                let text = |key| header.get(key).str();
                headers.push((text("name")?.unwrap_or_default(), text("value")?.unwrap_or_default()));
            }
            return Ok(Handler::HttpGet {
                host: http.get("host").str()?.filter(|host| !host.is_empty()),
                port: self.port(http)?,
                path: http.get("path").str()?.filter(|path| !path.is_empty()).unwrap_or("/"),
                scheme: http.get("scheme").str()?.filter(|scheme| !scheme.is_empty()).unwrap_or("HTTP"),
                headers: Headers(headers),
            });
        }
        if tcp.exists() {
            let tcp = tcp.mapping()?;
            let host = tcp.get("host").str()?.filter(|host| !host.is_empty());
            return Ok(Handler::TcpSocket { host, port: self.port(tcp)? });
        }
        let grpc = grpc.mapping()?;
        Ok(Handler::Grpc { port: self.port(grpc)?, service: grpc.get("service").str()?.unwrap_or_default() })
    }

    fn port(&self, handler: Node<'a>) -> Result<Option<Port<'a>>, Malformed> {
        Port::resolve(handler.get("port"), &self.container)
    }

    /// The place of its port, which `exec` probes don't have.
    pub fn port_node(&self) -> Option<Node<'a>> {
        let [_, network @ ..] = HANDLERS;
        network
            .into_iter()
            .map(|handler| self.node.get(handler))
            .find(|node| node.exists())
            .map(|node| node.get("port"))
    }

    /// The host that the kubelet contacts instead of the pod, and its place; `None` when it contacts the pod.
    ///
    /// # Errors
    /// When the host is not a string.
    pub fn host(&self) -> Result<Option<(Node<'a>, &'a str)>, Malformed> {
        for handler in ["httpGet", "tcpSocket"] {
            let node = self.node.get(handler).get("host");
            if let Some(host) = node.str()?.filter(|host| !host.is_empty()) {
                return Ok(Some((node, host)));
            }
        }
        Ok(None)
    }

    /// A number of the probe as messages show it: `livenessProbe.timeoutSeconds defaults to 1`.
    ///
    /// # Errors
    /// When it is not a number.
    pub fn number_text(&self, key: &'static str, number: i64) -> Result<String, Malformed> {
        let written = self.get(key).int()?.is_some_and(|written| written != 0);
        let is = if written { " is " } else { " defaults to " };
        Ok([self.purpose.field(), ".", key, is, &number.to_string()].concat())
    }

    /// When it runs.
    ///
    /// # Errors
    /// When one of the numbers is malformed.
    pub fn timing(&self) -> Result<Timing, Malformed> {
        let number = |key, default| {
            // The API replaces 0 with the default, too.
            Ok(self.node.get(key).int()?.filter(|number| *number != 0).unwrap_or(default))
        };
        Ok(Timing {
            initial_delay_seconds: number("initialDelaySeconds", 0)?,
            period_seconds: number("periodSeconds", 10)?,
            timeout_seconds: number("timeoutSeconds", 1)?,
            success_threshold: number("successThreshold", 1)?,
            failure_threshold: number("failureThreshold", 3)?,
        })
    }

    /// Seconds from the container's start until `failureThreshold` is reached: a startup probe's window.
    ///
    /// # Errors
    /// When one of the numbers is malformed.
    pub fn window_seconds(&self) -> Result<i64, Malformed> {
        let timing = self.timing()?;
        Ok(timing.initial_delay_seconds.saturating_add(timing.patience_seconds()))
    }
}

/// What a probe checks. Equal handlers run the same check: port names are resolved, absent fields have their defaults.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Handler<'a> {
    /// Runs a command in the container.
    Exec {
        /// The program and its arguments.
        command: Vec<&'a str>,
    },
    /// Sends an HTTP request; 200 to 399 is a success.
    HttpGet {
        /// The host, unless it is the pod itself.
        host: Option<&'a str>,
        /// The port; `None` in a manifest that the API rejects.
        port: Option<Port<'a>>,
        /// The path.
        path: &'a str,
        /// `HTTP` or `HTTPS`.
        scheme: &'a str,
        /// Names and values of headers.
        headers: Headers<'a>,
    },
    /// Opens a connection.
    TcpSocket {
        /// The host, unless it is the pod itself.
        host: Option<&'a str>,
        /// The port; `None` in a manifest that the API rejects.
        port: Option<Port<'a>>,
    },
    /// Calls the gRPC health service.
    Grpc {
        /// The port; `None` in a manifest that the API rejects.
        port: Option<Port<'a>>,
        /// The service to check; empty for the server as a whole.
        service: &'a str,
    },
}

/// Names and values of HTTP headers, compared regardless of order and of the case of names.
#[derive(Clone, Debug)]
pub struct Headers<'a>(Vec<(&'a str, &'a str)>);

impl Headers<'_> {
    fn cover(&self, other: &Headers<'_>) -> bool {
        let has = |name: &str, value: &str| self.0.iter().any(|own| own.0.eq_ignore_ascii_case(name) && own.1 == value);
        other.0.iter().all(|(name, value)| has(name, value))
    }
}

impl PartialEq for Headers<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.0.len() == other.0.len() && self.cover(other) && other.cover(self)
    }
}

impl Eq for Headers<'_> {}

/// When a probe runs, with the API's defaults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// Seconds from the container's start to the first attempt.
    pub initial_delay_seconds: i64,
    /// Seconds from one attempt to the next.
    pub period_seconds: i64,
    /// Seconds until an attempt times out.
    pub timeout_seconds: i64,
    /// Consecutive successes after which the probe counts as passed.
    pub success_threshold: i64,
    /// Consecutive failures after which the probe counts as failed.
    pub failure_threshold: i64,
}

impl Timing {
    /// Seconds for which failures are tolerated once the probe runs.
    pub fn patience_seconds(&self) -> i64 {
        self.failure_threshold.saturating_mul(self.period_seconds)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::json::node::PathArena;
    use crate::kube::kinds;
    use crate::kube::pod::Pod;

    fn with_probes<T>(container: Value, check: impl FnOnce(&Container<'_>) -> T) -> T {
        let object = json!({"spec": {"containers": [container]}});
        let arena = PathArena::new();
        let pod = Pod::of(Node::root(&object, &arena), &kinds::POD).unwrap().unwrap();
        check(&pod.containers()[0])
    }

    #[test]
    fn probe_without_handler_is_none() {
        for probe in [json!(null), json!({}), json!({"periodSeconds": 5}), json!({"exec": null})] {
            with_probes(json!({"readinessProbe": probe}), |container| {
                assert!(Probe::of(container, Purpose::Readiness).unwrap().is_none(), "{probe}");
            });
        }
        with_probes(json!({"readinessProbe": "no"}), |container| {
            assert!(Probe::of(container, Purpose::Readiness).is_err());
        });
    }

    #[test]
    fn absent_and_zero_numbers_mean_the_default() {
        let probe = json!({"tcpSocket": {"port": 80}, "timeoutSeconds": 0, "periodSeconds": 5});
        with_probes(json!({"livenessProbe": probe}), |container| {
            let timing = Probe::of(container, Purpose::Liveness).unwrap().unwrap().timing().unwrap();
            let expected = Timing {
                initial_delay_seconds: 0,
                period_seconds: 5,
                timeout_seconds: 1,
                success_threshold: 1,
                failure_threshold: 3,
            };
            assert_eq!(timing, expected);
            let probe = Probe::of(container, Purpose::Liveness).unwrap().unwrap();
            assert_eq!(probe.number_text("periodSeconds", 5).unwrap(), "livenessProbe.periodSeconds is 5");
            assert_eq!(probe.number_text("timeoutSeconds", 1).unwrap(), "livenessProbe.timeoutSeconds defaults to 1");
            assert_eq!(timing.patience_seconds(), 15);
        });
    }

    #[test]
    fn window_includes_the_initial_delay() {
        let probe = json!({"tcpSocket": {"port": 80}, "initialDelaySeconds": 20, "failureThreshold": 30});
        with_probes(json!({"startupProbe": probe}), |container| {
            let probe = Probe::of(container, Purpose::Startup).unwrap().unwrap();
            assert_eq!(probe.window_seconds().unwrap(), 320);
        });
    }

    #[test]
    fn handlers_are_compared_by_meaning() {
        let ports = json!([{"name": "http", "containerPort": 8080}, {"name": "admin", "containerPort": 9090}]);
        for (one, other, same) in [
            (
                json!({"httpGet": {"port": "http"}}),
                json!({"httpGet": {"port": 8080, "path": "/", "scheme": "HTTP"}}),
                true,
            ),
            (json!({"httpGet": {"port": "http"}}), json!({"httpGet": {"port": "8080", "host": ""}}), true),
            (json!({"tcpSocket": {"port": "http"}}), json!({"tcpSocket": {"port": "admin"}}), false),
            (json!({"tcpSocket": {"port": "nowhere"}}), json!({"tcpSocket": {"port": "elsewhere"}}), false),
            (json!({"grpc": {"port": 9090}}), json!({"grpc": {"port": 9090, "service": ""}}), true),
            (json!({"grpc": {"port": 9090}}), json!({"tcpSocket": {"port": 9090}}), false),
            (json!({"exec": {"command": ["a", "b"]}}), json!({"exec": {"command": ["a b"]}}), false),
            (
                json!({"httpGet": {"port": 1, "httpHeaders": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]}}),
                json!({"httpGet": {"port": 1, "httpHeaders": [{"name": "b", "value": "2"}, {"name": "a", "value": "1"}]}}),
                true,
            ),
            (
                json!({"httpGet": {"port": 1, "httpHeaders": [{"name": "A", "value": "1"}]}}),
                json!({"httpGet": {"port": 1, "httpHeaders": [{"name": "A", "value": "2"}]}}),
                false,
            ),
        ] {
            let container = json!({"ports": ports, "livenessProbe": one, "readinessProbe": other});
            with_probes(container, |container| {
                let probe = |purpose| Probe::of(container, purpose).unwrap().unwrap();
                let (liveness, readiness) = (probe(Purpose::Liveness), probe(Purpose::Readiness));
                let equal = liveness.handler().unwrap() == readiness.handler().unwrap();
                assert_eq!(equal, same, "{one} and {other}");
            });
        }
    }

    #[test]
    fn unknown_port_names_stay_names() {
        with_probes(json!({"startupProbe": {"httpGet": {"port": "web"}}}), |container| {
            let probe = Probe::of(container, Purpose::Startup).unwrap().unwrap();
            let Handler::HttpGet { port, .. } = probe.handler().unwrap() else { panic!("not an HTTP probe") };
            assert_eq!(port, Some(Port::Unknown("web")));
            let place = probe.port_node().unwrap().path();
            assert_eq!(place.as_str(), "/spec/containers/0/startupProbe/httpGet/port");
        });
    }
}
