//! Roles and their bindings: what the rules of a role allow, and to whom a binding grants it.

use crate::json::node::{Malformed, Node};
use crate::kube::kinds::{self, Kind};

/// The ClusterRole that allows everything.
pub const CLUSTER_ADMIN: &str = "cluster-admin";

/// The API groups of Kubernetes' own resources; all others are of custom resources and of metrics.
const BUILTIN_GROUPS: &[&str] = &[
    "",
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "apiregistration.k8s.io",
    "apps",
    "authentication.k8s.io",
    "authorization.k8s.io",
    "autoscaling",
    "batch",
    "certificates.k8s.io",
    "coordination.k8s.io",
    "discovery.k8s.io",
    "events.k8s.io",
    "extensions",
    "flowcontrol.apiserver.k8s.io",
    "internal.apiserver.k8s.io",
    "networking.k8s.io",
    "node.k8s.io",
    "policy",
    "rbac.authorization.k8s.io",
    "resource.k8s.io",
    "scheduling.k8s.io",
    "storage.k8s.io",
    "storagemigration.k8s.io",
];

/// True for an API group of Kubernetes' own resources; also for `*`, which contains them.
pub fn is_builtin_group(group: &str) -> bool {
    group == "*" || BUILTIN_GROUPS.contains(&group)
}

/// True for a ClusterRole that every cluster has: one for people, or one for a component of Kubernetes.
fn is_builtin_role(name: &str) -> bool {
    matches!(name, CLUSTER_ADMIN | "admin" | "edit" | "view") || name.starts_with("system:")
}

/// True for a role or binding that the API server makes and restores at every start. Its label alone could be anybody's.
pub fn is_bootstrap(object: Node<'_>) -> bool {
    let metadata = object.get("metadata");
    let label = metadata.get("labels").entry("kubernetes.io/bootstrapping");
    label.str() == Ok(Some("rbac-defaults")) && text(metadata, "name").is_some_and(is_builtin_role)
}

/// True for a ClusterRole whose rules a controller collects from others: those are the ones to edit.
pub fn is_aggregated(role: Node<'_>) -> bool {
    role.get("aggregationRule").exists()
}

/// One entry of a list of words.
#[derive(Clone, Copy)]
pub struct Word<'a> {
    /// Its place.
    pub node: Node<'a>,
    /// The word.
    pub text: &'a str,
}

/// A list of words, such as verbs.
pub struct Words<'a>(Vec<Word<'a>>);

impl<'a> Words<'a> {
    fn read(node: Node<'a>) -> Result<Words<'a>, Malformed> {
        let mut words = Vec::new();
        for node in node.items()? {
            words.extend(node.str()?.map(|text| Word { node, text }));
        }
        Ok(Words(words))
    }

    /// The entry that is written like that.
    pub fn find(&self, text: &str) -> Option<Word<'a>> {
        self.0.iter().find(|word| word.text == text).copied()
    }

    /// The words, in their order.
    pub fn iter(&self) -> impl Iterator<Item = &Word<'a>> {
        self.0.iter()
    }

    /// True without any.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The words with commas between them; the first few of many.
    pub fn list(&self) -> String {
        const SHOWN: usize = 4;
        let written = |word: &Word<'a>| if word.text.is_empty() { "\"\"" } else { word.text };
        let texts: Vec<&str> = self.0.iter().map(written).take(SHOWN).collect();
        let more = if self.0.len() > SHOWN { ", …" } else { "" };
        [texts.join(", ").as_str(), more].concat()
    }
}

/// A rule of a role.
pub struct Rule<'a> {
    /// Its place.
    pub node: Node<'a>,
    /// `apiGroups`.
    pub groups: Words<'a>,
    /// `resources`.
    pub resources: Words<'a>,
    /// `verbs`.
    pub verbs: Words<'a>,
    /// `nonResourceURLs`.
    pub urls: Words<'a>,
    /// `resourceNames`; with any, it is about these objects only.
    pub names: Words<'a>,
}

impl<'a> Rule<'a> {
    fn read(node: Node<'a>) -> Result<Rule<'a>, Malformed> {
        let node = node.mapping()?;
        Ok(Rule {
            node,
            groups: Words::read(node.get("apiGroups"))?,
            resources: Words::read(node.get("resources"))?,
            verbs: Words::read(node.get("verbs"))?,
            urls: Words::read(node.get("nonResourceURLs"))?,
            names: Words::read(node.get("resourceNames"))?,
        })
    }

    /// The entry that allows a verb: its own, or the wildcard.
    pub fn verb(&self, verb: &str) -> Option<Word<'a>> {
        self.verbs.find(verb).or_else(|| self.verbs.find("*"))
    }

    /// The entry that covers a resource, perhaps with its subresource as in `pods/exec`: its own, or a wildcard.
    pub fn resource(&self, resource: &str) -> Option<Word<'a>> {
        let own = self.resources.find(resource).or_else(|| self.resources.find("*"));
        own.or_else(|| {
            let (_, subresource) = resource.split_once('/')?;
            self.resources.find(&["*/", subresource].concat())
        })
    }

    /// True when it covers resources of the group.
    pub fn covers_group(&self, group: &str) -> bool {
        self.groups.find(group).or_else(|| self.groups.find("*")).is_some()
    }
}

/// The rules of a Role or ClusterRole.
///
/// # Errors
/// When one of them is malformed.
pub fn rules<'a>(role: Node<'a>) -> Result<Vec<Rule<'a>>, Malformed> {
    role.get("rules").items()?.map(Rule::read).collect()
}

/// Whom a binding grants its role to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who<'a> {
    /// A ServiceAccount, by its namespace, if it is known, and its name.
    Account(Option<&'a str>, &'a str),
    /// A user.
    User(&'a str),
    /// A group.
    Group(&'a str),
}

/// A subject of a binding.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// Its place.
    pub node: Node<'a>,
    /// Who it is.
    pub who: Who<'a>,
}

impl Subject<'_> {
    /// How messages name it: `ServiceAccount "shop/web"`, `Group "dev"`.
    pub fn title(&self) -> String {
        let (kind, namespace, name) = self.who.parts();
        let namespace = namespace.map(|namespace| [namespace, "/"].concat()).unwrap_or_default();
        [kind, " \"", &namespace, name, "\""].concat()
    }
}

impl<'a> Who<'a> {
    fn parts(self) -> (&'static str, Option<&'a str>, &'a str) {
        match self {
            Who::Account(namespace, name) => (kinds::SERVICE_ACCOUNT.name, namespace, name),
            Who::User(name) => ("User", None, name),
            Who::Group(name) => ("Group", None, name),
        }
    }

    /// How settings name it: `ServiceAccount/shop/web`, `Group/dev`.
    pub fn key(self) -> String {
        let (kind, namespace, name) = self.parts();
        let namespace = namespace.map(|namespace| [namespace, "/"].concat()).unwrap_or_default();
        [kind, "/", &namespace, name].concat()
    }

    fn of(kind: &str, namespace: Option<&'a str>, name: &'a str) -> Option<Who<'a>> {
        match kind {
            "ServiceAccount" => Some(Who::Account(namespace, name)),
            "Group" => Some(Who::Group(name)),
            // Every account is a user, too.
            "User" => Some(match account_of_user(name) {
                Some((namespace, name)) => Who::Account(Some(namespace), name),
                None => Who::User(name),
            }),
            _ => None,
        }
    }
}

/// The group of all ServiceAccounts, and with `:NAMESPACE` behind it of those of a namespace.
pub const ACCOUNTS: &str = "system:serviceaccounts";

/// The namespace and name of the ServiceAccount that a user is.
fn account_of_user(user: &str) -> Option<(&str, &str)> {
    user.strip_prefix("system:serviceaccount:")?.split_once(':')
}

/// The subjects of a RoleBinding or ClusterRoleBinding. An account without a namespace is one of the binding's.
///
/// # Errors
/// When one of them is malformed.
pub fn subjects<'a>(binding: Node<'a>) -> Result<Vec<Subject<'a>>, Malformed> {
    let home = text(binding.get("metadata"), "namespace");
    let mut subjects = Vec::new();
    for node in binding.get("subjects").items()? {
        let node = node.mapping()?;
        let kind = node.get("kind").str()?.unwrap_or_default();
        let Some(name) = node.get("name").str()? else { continue };
        let namespace = node.get("namespace").str()?.filter(|namespace| !namespace.is_empty()).or(home);
        subjects.extend(Who::of(kind, namespace, name).map(|who| Subject { node, who }));
    }
    Ok(subjects)
}

/// What a binding grants.
#[derive(Clone, Copy)]
pub struct RoleRef<'a> {
    /// Role or ClusterRole.
    pub kind: &'static Kind,
    /// The place of its name.
    pub node: Node<'a>,
    /// Its name.
    pub name: &'a str,
}

impl<'a> RoleRef<'a> {
    /// The role of a binding; `None` when it names none.
    ///
    /// # Errors
    /// When the reference is malformed.
    pub fn of(binding: Node<'a>) -> Result<Option<RoleRef<'a>>, Malformed> {
        let reference = binding.get("roleRef").mapping()?;
        let kind = match reference.get("kind").str()? {
            Some("Role") => &kinds::ROLE,
            Some("ClusterRole") => &kinds::CLUSTER_ROLE,
            _ => return Ok(None),
        };
        let node = reference.get("name");
        Ok(node.str()?.filter(|name| !name.is_empty()).map(|name| RoleRef { kind, node, name }))
    }

    /// How messages name it: `ClusterRole "admin"`.
    pub fn title(&self) -> String {
        [self.kind.name, " \"", self.name, "\""].concat()
    }

    /// True for a role that every cluster has: a ClusterRole, or a Role of a component of Kubernetes.
    pub fn is_builtin(&self) -> bool {
        match *self.kind == kinds::CLUSTER_ROLE {
            true => is_builtin_role(self.name),
            false => self.name.starts_with("system:") || self.name == "extension-apiserver-authentication-reader",
        }
    }

    /// True for a ClusterRole of that name.
    pub fn is_cluster_role(&self, name: &str) -> bool {
        *self.kind == kinds::CLUSTER_ROLE && self.name == name
    }
}

fn text<'a>(node: Node<'a>, key: &'static str) -> Option<&'a str> {
    node.get(key).str().ok().flatten().filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::json::node::PathArena;

    #[test]
    fn rules_cover_what_the_api_server_lets_them() {
        let arena = PathArena::new();
        let covers = |resources: Value, resource: &str| {
            let role = json!({"rules": [{"resources": resources}]});
            rules(Node::root(&role, &arena)).unwrap().first().unwrap().resource(resource).is_some()
        };
        assert!(covers(json!(["pods/exec"]), "pods/exec"));
        assert!(covers(json!(["*"]), "pods/exec"));
        assert!(covers(json!(["*/exec"]), "pods/exec"));
        assert!(!covers(json!(["pods"]), "pods/exec"));
        assert!(!covers(json!(["pods/*"]), "pods/exec"));
        assert!(!covers(json!(["*/exec"]), "pods"));
    }

    #[test]
    fn accounts_are_users_too() {
        let arena = PathArena::new();
        let binding = json!({"metadata": {"namespace": "shop"}, "subjects": [
            {"kind": "ServiceAccount", "name": "web"},
            {"kind": "ServiceAccount", "name": "web", "namespace": "bank"},
            {"kind": "User", "name": "system:serviceaccount:bank:api"},
            {"kind": "User", "name": "system:anonymous"},
            {"kind": "Group", "name": "dev"},
            {"kind": "Robot", "name": "r2"},
        ]});
        let found = subjects(Node::root(&binding, &arena)).unwrap();
        let titles: Vec<String> = found.iter().map(Subject::title).collect();
        assert_eq!(
            titles,
            [
                "ServiceAccount \"shop/web\"",
                "ServiceAccount \"bank/web\"",
                "ServiceAccount \"bank/api\"",
                "User \"system:anonymous\"",
                "Group \"dev\"",
            ]
        );
        assert_eq!(found.first().unwrap().who.key(), "ServiceAccount/shop/web");
    }

    #[test]
    fn bootstrap_objects_have_the_label_and_the_name() {
        let arena = PathArena::new();
        let is = |name: &str, labels: Value| {
            is_bootstrap(Node::root(&json!({"metadata": {"name": name, "labels": labels}}), &arena))
        };
        let label = json!({"kubernetes.io/bootstrapping": "rbac-defaults"});
        assert!(is("system:discovery", label.clone()));
        assert!(is("cluster-admin", label.clone()));
        assert!(!is("web", label));
        assert!(!is("system:discovery", json!({})));
    }
}
