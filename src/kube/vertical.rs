//! VerticalPodAutoscalers.

use crate::json::node::{Malformed, Node};
use crate::kube::kinds::{self, Kind};

/// A VerticalPodAutoscaler.
#[derive(Clone, Copy)]
pub struct Vertical<'a>(Node<'a>);

impl<'a> Vertical<'a> {
    /// Reads a VerticalPodAutoscaler.
    pub fn read(object: Node<'a>) -> Vertical<'a> {
        Vertical(object)
    }

    /// The place of its target.
    pub fn target_node(&self) -> Node<'a> {
        self.0.get("spec").get("targetRef")
    }

    /// The kind and name of its target; `None` for kinds that are unknown here.
    ///
    /// # Errors
    /// If fields of the reference have the wrong type.
    pub fn target(&self) -> Result<Option<(&'static Kind, &'a str)>, Malformed> {
        let target = self.target_node().mapping()?;
        let (Some(kind), Some(name)) = (target.get("kind").str()?, target.get("name").str()?) else { return Ok(None) };
        let kind = Kind::named(target.get("apiVersion").str()?.unwrap_or_default(), kind);
        Ok(kind.filter(|kind| kind.template.is_some()).map(|kind| (kind, name)))
    }

    /// The place of its mode.
    pub fn mode_node(&self) -> Node<'a> {
        self.0.get("spec").get("updatePolicy").get("updateMode")
    }

    /// True when it changes the requests of running pods. `Off` only recommends, and `Initial` leaves running pods alone.
    ///
    /// # Errors
    /// If the mode isn't a string.
    pub fn changes_pods(&self) -> Result<bool, Malformed> {
        Ok(!matches!(self.mode_node().str()?, Some("Off" | "Initial")))
    }

    /// True when it sets that resource's request in one of these containers.
    ///
    /// # Errors
    /// If its policies are malformed.
    pub fn controls(&self, resource: &str, containers: &[&str]) -> Result<bool, Malformed> {
        let policies = self.0.get("spec").get("resourcePolicy").get("containerPolicies");
        for container in containers {
            // Policies for the container replace those for all.
            let mut verdicts: [Option<bool>; 2] = [None, None];
            for policy in policies.items()? {
                let name = policy.mapping()?.get("containerName").str()?.unwrap_or_default();
                let Some(verdict) = (match name {
                    "*" => verdicts.last_mut(),
                    name if name == *container => verdicts.first_mut(),
                    _ => None,
                }) else {
                    continue;
                };
                let mut controlled = !policy.get("controlledResources").exists();
                for named in policy.get("controlledResources").items()? {
                    controlled |= named.str()? == Some(resource);
                }
                controlled &= policy.get("mode").str()? != Some("Off");
                *verdict = Some(verdict.unwrap_or(false) || controlled);
            }
            let [own, all] = verdicts;
            if own.or(all).unwrap_or(matches!(resource, "cpu" | "memory")) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// The kinds of target that are looked up.
pub static TARGETS: &[&Kind] = &[&kinds::DEPLOYMENT, &kinds::STATEFUL_SET, &kinds::DAEMON_SET];

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::json::node::PathArena;

    #[test]
    fn policies_of_a_container_replace_those_of_all() {
        let controls = |policies: Value, resource: &str, containers: &[&str]| {
            let object = json!({"spec": {"resourcePolicy": {"containerPolicies": policies}}});
            Vertical::read(Node::root(&object, &PathArena::new())).controls(resource, containers).unwrap()
        };
        let memory = |name: &str| json!({"containerName": name, "controlledResources": ["memory"]});
        assert!(controls(json!([]), "cpu", &["app"]));
        assert!(!controls(json!([]), "example.com/gpu", &["app"]));
        assert!(!controls(json!([memory("*")]), "cpu", &["app"]));
        assert!(controls(json!([memory("*")]), "memory", &["app"]));
        assert!(controls(json!([memory("app")]), "cpu", &["app", "proxy"]));
        assert!(!controls(json!([memory("app"), {"containerName": "*", "mode": "Off"}]), "cpu", &["app", "proxy"]));
        assert!(controls(json!([memory("*"), {"containerName": "app"}]), "cpu", &["app"]));
        // Several entries for one container add up.
        assert!(controls(
            json!([memory("app"), {"containerName": "app", "controlledResources": ["cpu"]}]),
            "cpu",
            &["app"]
        ));
    }

    #[test]
    fn recommendations_change_no_pods() {
        for (mode, expected) in
            [(Value::Null, true), (json!("Auto"), true), (json!("InPlaceOrRecreate"), true), (json!("Off"), false)]
        {
            let object = json!({"spec": {"updatePolicy": {"updateMode": mode}}});
            let arena = PathArena::new();
            assert_eq!(Vertical::read(Node::root(&object, &arena)).changes_pods(), Ok(expected), "{object}");
        }
    }
}
