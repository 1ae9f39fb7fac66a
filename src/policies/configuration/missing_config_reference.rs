use crate::kube::config_ref::{ConfigRef, is_given, references};
use crate::lookup::reference::{Target, target};
use crate::policies::prelude::*;
use crate::settings::Glob;
use crate::text::table::Table;

/// ## What it does
/// Reports references to ConfigMaps and Secrets that don't exist or don't have the key: in `env`, in `envFrom`, and in
/// volumes (`configMap`, `secret`, `projected`, and the credentials of other volumes). A missing object is reported
/// once per pod, at its first reference. References with `optional: true` are ignored.
///
/// Secrets that an ExternalSecret, a SealedSecret or a Certificate among the files creates count as existing, and so does
/// what a kustomization generates, and the ConfigMaps that every namespace has, such as `kube-root-ca.crt`. Among files that aren't declared complete, a
/// missing object is reported with severity `low`, and only if its namespace has other objects of its kind in the same
/// directory. Nothing is reported if a custom resource in the namespace or a Kustomize generator may create the object.
///
/// ## Why
/// The pod is accepted and never starts: its container waits in `CreateContainerConfigError`, or its volume can't be
/// mounted. A rollout gets stuck at its first new pod, and once a node restarts, the old pods are gone too.
///
/// ## What to write
/// ```yaml
/// apiVersion: v1
/// kind: ConfigMap
/// metadata:
///   name: web
/// data:
///   host: db.example.com
/// ```
/// Create it before the workload, in the same namespace. If the program can do without it, mark it optional:
/// ```yaml
/// env:
///   - name: HOST
///     valueFrom:
///       configMapKeyRef:
///         name: web
///         key: host
///         optional: true
/// ```
///
/// ## Limits
/// The missing object may still arrive: unless `onViolation` is set, a finding only warns on CREATE. A key that is
/// removed from a ConfigMap later is noticed when the workload is checked again, for example by the background audit.
///
/// In a cluster, the policy server needs permission to read Secrets. The module drops their values at once and never
/// repeats them. Set `secrets: false` to do without that permission. Image pull secrets are not checked: a pod starts
/// without them.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct MissingConfigReference {
    /// Names of ConfigMaps and Secrets that another system creates. They are assumed to exist.
    pub external: Vec<Glob>,
    /// Whether Secrets are looked up.
    pub secrets: bool,
}

impl Default for MissingConfigReference {
    fn default() -> MissingConfigReference {
        MissingConfigReference { external: Vec::new(), secrets: true }
    }
}

impl Policy for MissingConfigReference {
    const METADATA: Metadata = Metadata {
        id: "missing-config-reference",
        title: "Referenced ConfigMaps and Secrets exist",
        why: "the pod is accepted and never starts",
        help: "create the object before the workload, correct the name, or set optional: true",
        category: Category::Configuration,
        severity: Severity::High,
        profile: Profile::Production,
        targets: POD_KINDS,
        needs: &[&kinds::CONFIG_MAP, &kinds::SECRET],
        ephemeral: true,
        expects_later_object: true,
        since: "0.1.0",
        sources: &[sources::CONFIG_MAPS, sources::SECRETS],
        ..Metadata::DEFAULT
    };

    fn check_pod(&self, pod: &Pod<'_>, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let mut unknown = None;
        let mut missing = Table::default();
        for reference in references(pod)?.into_iter().filter(|reference| !self.leaves(reference)) {
            let key = text![reference.kind.plural, " ", reference.name];
            if missing.contains(&key) {
                continue;
            }
            match target(cx, reference.kind, reference.name) {
                Ok(Target::Found(found)) => {
                    let object = cx.node(&found);
                    let Some(key) = reference.key.filter(|key| !reference.has_key(object, key.name)) else { continue };
                    let of = reference.title();
                    let message =
                        text![reference.user(), " needs key \"", key.name, "\" of ", of, ", which has no such key"];
                    let help = text!["add key \"", key.name, "\" to ", of, ", correct the key, or set optional: true"];
                    let related = Related::to(found.kind, object.get("data"), object, "its keys");
                    let finding =
                        out.report(key.node, message).help(help).related(related).recognised_by(reference.user());
                    if let Some(container) = &reference.container {
                        finding.container(container);
                    }
                }
                Ok(Target::Created) => {}
                Ok(Target::Missing(absent)) => {
                    let message = text![reference.user(), " needs ", reference.title(), ", which ", absent.verdict()];
                    let help = text![
                        "create ",
                        reference.title(),
                        " before the workload, correct the name, or set optional: true",
                    ];
                    let severity = absent.severity(Self::METADATA.severity);
                    let finding = out.report(reference.name_node, message).severity(severity).help(help);
                    if let Some(container) = &reference.container {
                        finding.container(container);
                    }
                    missing.insert(&key, ());
                }
                Err(error @ InventoryError::NotGiven { .. }) => unknown = unknown.or(Some(error)),
                Err(error) => return Err(error.into()),
            }
        }
        unknown.map_or(Ok(()), |error| Err(error.into()))
    }
}

impl MissingConfigReference {
    /// True for a reference that needs no object, or whose object isn't looked up.
    fn leaves(&self, reference: &ConfigRef<'_>) -> bool {
        reference.optional
            || is_given(reference.kind, reference.name)
            || (*reference.kind == kinds::SECRET && !self.secrets)
            || self.external.iter().any(|external| external.matches(reference.name))
    }
}
