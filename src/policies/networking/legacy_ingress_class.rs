use crate::kube::ingress::{CLASS_ANNOTATION, annotation};
use crate::kube::owner::is_controlled;
use crate::policies::prelude::*;
use crate::settings::{Glob, ObjectName};

/// ## What it does
/// Reports Ingresses that name their class by the annotation `kubernetes.io/ingress.class`, alone or beside
/// `spec.ingressClassName`. Classes whose controller only reads the annotation are ignored, GKE's above all: see
/// `ignoreClasses`.
///
/// ## Why
/// Kubernetes has deprecated the annotation since 1.18, and newer controllers ignore it: the Ingress is accepted and
/// serves nothing. The name in it is never checked, while a field with a wrong name shows in `kubectl describe`. With
/// both, the API server rejects a new Ingress, so that it can't be created again.
///
/// ## What to write
/// ```yaml
/// apiVersion: networking.k8s.io/v1
/// kind: Ingress
/// metadata:
///   name: web
/// spec:
///   ingressClassName: nginx
/// ```
///
/// ## Limits
/// The fix is unsafe because the field names an object: the cluster needs an IngressClass of that name, which the
/// controllers' charts create.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct LegacyIngressClass {
    /// Classes whose controller only reads the annotation; `*` and `?` are wildcards.
    pub ignore_classes: Vec<Glob>,
}

impl Default for LegacyIngressClass {
    fn default() -> LegacyIngressClass {
        LegacyIngressClass { ignore_classes: ["gce", "gce-*"].map(Glob::new).to_vec() }
    }
}

impl Policy for LegacyIngressClass {
    const METADATA: Metadata = Metadata {
        id: "legacy-ingress-class",
        title: "Ingresses name their class in ingressClassName",
        why: "newer controllers ignore the annotation, and the Ingress serves nothing",
        help: "name an IngressClass in spec.ingressClassName and remove the annotation",
        category: Category::Networking,
        severity: Severity::Low,
        profile: Profile::Production,
        targets: &[&kinds::INGRESS],
        ephemeral: false,
        fix: FixAvailability::Unsafe,
        since: "0.1.0",
        sources: &[sources::INGRESS_CLASSES],
        ..Metadata::DEFAULT
    };

    fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let place = annotation(cx.object(), CLASS_ANNOTATION);
        let Some(class) = place.str()?.filter(|class| !class.is_empty()) else { return Ok(()) };
        if is_controlled(cx.object()) || self.ignore_classes.iter().any(|glob| glob.matches(class)) {
            return Ok(());
        }
        let field = cx.spec().mapping()?.get("ingressClassName");
        let mut edits = vec![Edit::remove(place)];
        if let Some(named) = field.str()?.filter(|named| !named.is_empty()) {
            let message =
                text!["the class is set twice: annotation ", CLASS_ANNOTATION, " and ingressClassName ", named];
            out.report(place, message)
                .why("the API server rejects a new Ingress with both")
                .unsafe_fix(text!["remove annotation ", CLASS_ANNOTATION], edits);
            return Ok(());
        }
        let finding = out.report(place, text!["class \"", class, "\" is named by annotation ", CLASS_ANNOTATION]);
        // An IngressClass can't have the name of Azure's class, azure/application-gateway.
        if ObjectName::parse(class).is_some() {
            edits.push(Edit::set(field, class));
            finding.unsafe_fix(text!["set ingressClassName to ", class, " and remove the annotation"], edits);
        }
        Ok(())
    }
}
