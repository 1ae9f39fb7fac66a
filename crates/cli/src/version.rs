//! What `--version` says.

use std::sync::LazyLock;

use plimsoll::kube::version::KubernetesVersion;

/// The version, the commit that a release was built from, and the newest version of Kubernetes that the policies know.
pub(crate) static LONG: LazyLock<String> = LazyLock::new(|| {
    let version = env!("CARGO_PKG_VERSION");
    let kubernetes = KubernetesVersion::NEWEST.minor();
    match option_env!("PLIMSOLL_COMMIT") {
        Some(commit) => format!("{version} ({commit})\nKubernetes 1.{kubernetes}"),
        None => format!("{version} (built from source)\nKubernetes 1.{kubernetes}"),
    }
});
