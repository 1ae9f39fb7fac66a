use crate::kube::port::declared_ports;
use crate::policies::prelude::*;

/// ## What it does
/// Reports containers that declare TCP port 22, on which SSH servers listen.
///
/// ## Why
/// Nobody needs SSH to get into a container: `kubectl exec` and `kubectl debug` ask the API server who may, and log
/// it. An SSH server has users, keys and patches of its own, and a login that RBAC doesn't know of.
///
/// ## What to write
/// ```yaml
/// containers:
///   - name: web
///     image: registry.example.com/shop/web:1.4.2
///     ports:
///       - name: http
///         containerPort: 8080
/// ```
/// If SSH is what the pod is for, as with Git or SFTP, let it listen on an unprivileged port such as 2222, with 22 as the port
/// of its Service.
///
/// ## Limits
/// A container may listen on a port without declaring it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct SshPort {}

impl Policy for SshPort {
    const METADATA: Metadata = Metadata {
        id: "ssh-port",
        title: "Containers run no SSH server",
        why: "it is a way in that RBAC and the audit log don't know of",
        help: "remove the SSH server and use kubectl exec or kubectl debug",
        category: Category::Networking,
        severity: Severity::Low,
        profile: Profile::Strict,
        targets: POD_KINDS,
        ephemeral: false,
        since: "0.1.0",
        sources: &[sources::DEBUGGING],
        ..Metadata::DEFAULT
    };

    fn check_container(
        &self,
        container: &Container<'_>,
        _: &Pod<'_>,
        _: &Context<'_>,
        out: &mut Findings,
    ) -> Result<(), CheckError> {
        let ssh = declared_ports(container)?.into_iter().find(|port| port.number == 22 && port.protocol == "TCP");
        if let Some(port) = ssh {
            let message = text![container.title(), " declares port 22, on which SSH servers listen"];
            out.report(port.node.get("containerPort"), message).container(container);
        }
        Ok(())
    }
}
