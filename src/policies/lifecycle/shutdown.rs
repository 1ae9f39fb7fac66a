//! The assumptions and findings of the policies about shutdown, for the timeline of a pod's termination.

use serde_json::Value;

use crate::json::node::Malformed;
use crate::kube::container::Container;
use crate::kube::hook;
use crate::kube::mesh::Mesh;
use crate::kube::pod::Pod;
use crate::kube::version::KubernetesVersion;
use crate::policies::lifecycle::early_proxy_shutdown::EarlyProxyShutdown;
pub(crate) use crate::policies::lifecycle::early_proxy_shutdown::ProxyLifetime;
use crate::policies::lifecycle::endless_prestop::EndlessPrestop;
use crate::policies::lifecycle::missing_prestop::MissingPrestop;
pub(crate) use crate::policies::lifecycle::short_grace_period::DEFAULT_SECONDS;
use crate::policies::lifecycle::short_grace_period::ShortGracePeriod;
use crate::policy::configured;
use crate::policy::context::Context;
use crate::policy::error::CheckError;
use crate::policy::finding::Findings;
use crate::policy::rule::Policy;
use crate::text::shell::words_of;

pub(crate) const EARLY_PROXY_SHUTDOWN: &str = EarlyProxyShutdown::METADATA.id;
pub(crate) const ENDLESS_PRESTOP: &str = EndlessPrestop::METADATA.id;
pub(crate) const MISSING_PRESTOP: &str = MissingPrestop::METADATA.id;
pub(crate) const SHORT_GRACE_PERIOD: &str = ShortGracePeriod::METADATA.id;

/// The policies about shutdown, with their settings.
#[derive(Debug)]
pub struct ShutdownRules {
    kubernetes: KubernetesVersion,
    prestop: MissingPrestop,
    grace: ShortGracePeriod,
    endless: EndlessPrestop,
    proxy: EarlyProxyShutdown,
}

impl Default for ShutdownRules {
    fn default() -> ShutdownRules {
        ShutdownRules::with(|_| Value::Null)
    }
}

impl ShutdownRules {
    /// The policies with their settings by id: mappings, or null. Invalid settings leave the defaults.
    pub fn with(settings: impl Fn(&'static str) -> Value) -> ShutdownRules {
        let proxy = settings(EARLY_PROXY_SHUTDOWN);
        let version = proxy.get("kubernetesVersion").and_then(Value::as_str).and_then(KubernetesVersion::parse);
        ShutdownRules {
            kubernetes: version.unwrap_or(KubernetesVersion::NEWEST),
            prestop: configured::own(&settings(MISSING_PRESTOP)),
            grace: configured::own(&settings(SHORT_GRACE_PERIOD)),
            endless: configured::own(&settings(ENDLESS_PRESTOP)),
            proxy: configured::own(&proxy),
        }
    }

    /// The version of Kubernetes, which decides how a mesh injects its proxy.
    pub(crate) fn kubernetes(&self) -> KubernetesVersion {
        self.kubernetes
    }

    /// The seconds until no more requests are sent to a pod that ends.
    pub(crate) fn seconds_in_rotation(&self, pod: &Pod<'_>, cx: &Context<'_>) -> Result<i64, CheckError> {
        self.prestop.min_seconds(pod, cx)
    }

    /// The names of the containers that should wait longer before they stop.
    pub(crate) fn without_wait(&self, cx: &Context<'_>) -> Result<Vec<String>, CheckError> {
        let mut reported = Findings::new(const { &MissingPrestop::METADATA });
        self.prestop.check(cx, &mut reported)?;
        Ok(reported.into_vec().into_iter().filter_map(|finding| finding.container).collect())
    }

    /// The seconds that a process gets to finish its work.
    pub(crate) fn drain_seconds(&self) -> u16 {
        self.grace.min_drain_seconds
    }

    /// The names of proxies that have to outlive the other containers.
    pub(crate) fn proxies(&self) -> &[String] {
        &self.proxy.proxy_containers
    }

    /// True when the container's hook never ends.
    pub(crate) fn is_endless(&self, container: &Container<'_>) -> Result<bool, Malformed> {
        let command = container.get("lifecycle").get("preStop").get("exec").get("command");
        let in_proxy = self.endless.proxy_containers.iter().any(|proxy| proxy == container.name());
        Ok(hook::endless(&words_of(command)?, in_proxy).is_some())
    }

    /// What keeps a proxy among the pod's own containers running.
    pub(crate) fn lifetime_of_container(
        &self,
        proxy: &Container<'_>,
        pod: &Pod<'_>,
    ) -> Result<ProxyLifetime, Malformed> {
        self.proxy.lifetime_of_container(proxy, pod)
    }

    /// The mesh that injects a proxy into the pod, if any, and what keeps that proxy running.
    pub(crate) fn injected(
        &self,
        cx: &Context<'_>,
        pod: &Pod<'_>,
    ) -> Result<Option<(Mesh, ProxyLifetime)>, CheckError> {
        self.proxy.injected(cx, pod)
    }

    /// What `early-proxy-shutdown` reports about the pod's proxy.
    pub(crate) fn early_proxy(&self, cx: &Context<'_>) -> Result<Vec<String>, CheckError> {
        let mut early = Findings::new(const { &EarlyProxyShutdown::METADATA });
        self.proxy.check(cx, &mut early)?;
        Ok(early.into_vec().into_iter().map(|finding| finding.message).collect())
    }
}
