use crate::policies::prelude::*;
use crate::settings::Glob;

/// ## What it does
/// Reports pods that run until they are stopped and have no `priorityClassName`, and pods of any kind that have one of
/// the classes `system-cluster-critical` and `system-node-critical` outside the `systemNamespaces`.
///
/// A manifest without a namespace may use these classes: nobody knows where it goes.
///
/// ## Why
/// When the nodes are full, the scheduler evicts pods of a lower priority to make room for those of a higher one, and a
/// node that runs out of memory kills by priority, too. Without a class all pods have priority 0: a batch job and the
/// service that earns the money wait in the same queue. The `system-` classes come before everything else, and evict it:
/// an application that has one takes the node from the cluster's DNS.
///
/// ## What to write
/// ```yaml
/// spec:
///   priorityClassName: business-critical
/// ```
/// with an object of kind `PriorityClass` and of that name. Two or three classes are enough.
///
/// ## Limits
/// A class with `globalDefault: true` isn't seen, nor whether a class exists: the API server rejects pods of an unknown
/// one. Jobs can do without: priority 0 is right for what can wait.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct MissingPriorityClass {
    /// Namespaces whose pods may have the classes that begin with `system-`, as patterns with `*` and `?`.
    pub system_namespaces: Vec<Glob>,
}

impl Default for MissingPriorityClass {
    fn default() -> MissingPriorityClass {
        MissingPriorityClass { system_namespaces: vec![Glob::new("kube-*"), Glob::new("*-system")] }
    }
}

impl Policy for MissingPriorityClass {
    const METADATA: Metadata = Metadata {
        id: "missing-priority-class",
        title: "Services have a priority class of their own",
        why: "when nodes are full, nothing says which pods matter more",
        help: "set priorityClassName",
        category: Category::Scheduling,
        severity: Severity::Low,
        profile: Profile::Strict,
        targets: POD_KINDS,
        ephemeral: false,
        since: "0.1.0",
        sources: &[sources::POD_PRIORITY],
        ..Metadata::DEFAULT
    };

    fn check_pod(&self, pod: &Pod<'_>, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let node = pod.spec().get("priorityClassName");
        let class = node.str()?.unwrap_or_default();
        if class.is_empty() {
            if pod.is_long_running() {
                out.report(node, "the pod has no priority class");
            }
            return Ok(());
        }
        let Some(namespace) = cx.stated_namespace().filter(|_| SYSTEM_CLASSES.contains(&class)) else { return Ok(()) };
        if !self.system_namespaces.iter().any(|allowed| allowed.matches(namespace)) {
            let message = text!["the pod has the priority class ", class, " in namespace ", namespace];
            out.report(node, message)
                .why("it evicts everything else on a full node, the cluster's own add-ons included")
                .help("use a PriorityClass of the application's own");
        }
        Ok(())
    }
}

/// The classes that Kubernetes brings.
const SYSTEM_CLASSES: [&str; 2] = ["system-cluster-critical", "system-node-critical"];
