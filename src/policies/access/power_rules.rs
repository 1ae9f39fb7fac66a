//! What the rules of a role allow that is worth more than it looks, shared by the policies about it.

use crate::kube::rbac::{self, RoleRef, Rule, Subject, is_aggregated, is_bootstrap};
use crate::lookup::access::{bindings_of_role, collected, role_of};
use crate::policies::prelude::*;

/// Something that a rule may allow.
pub struct Power {
    /// The API group.
    group: &'static str,
    /// The resources, any of which is enough.
    resources: &'static [&'static str],
    /// The verbs, any of which is enough.
    verbs: &'static [&'static str],
    /// Whether the verb says more than the resource.
    by_verb: bool,
    /// Whether a Role can't grant it, because the resource is in no namespace.
    needs_cluster: bool,
    /// How bad that is in the whole cluster.
    pub severity: Severity,
    /// How bad that is in one namespace.
    pub in_namespace: Severity,
    /// What it amounts to, after "may".
    pub does: &'static str,
    /// What to do about it.
    pub help: &'static str,
}

const RBAC: &str = "rbac.authorization.k8s.io";

/// The API group of certificates.
pub const CERTIFICATES: &str = "certificates.k8s.io";

const BASE: Power = Power {
    group: "",
    resources: &[],
    verbs: &[],
    by_verb: false,
    needs_cluster: false,
    severity: Severity::High,
    in_namespace: Severity::High,
    does: "",
    help: "",
};

/// Reading Secrets.
pub static READ_SECRETS: Power = Power {
    resources: &["secrets"],
    verbs: &["get", "list", "watch"],
    in_namespace: Severity::Medium,
    does: "read every Secret",
    help: "name the Secrets in resourceNames, or mount them",
    ..BASE
};

/// What leads to more rights than the rule shows.
pub static ESCALATIONS: &[Power] = &[
    Power {
        group: RBAC,
        resources: &["roles", "clusterroles"],
        verbs: &["escalate"],
        by_verb: true,
        does: "write any right into a role",
        help: "remove escalate",
        ..BASE
    },
    Power {
        group: RBAC,
        resources: &["roles", "clusterroles"],
        verbs: &["bind"],
        by_verb: true,
        does: "bind any role to anybody",
        help: "name the roles in resourceNames, or remove bind",
        ..BASE
    },
    Power {
        resources: &["users", "groups"],
        verbs: &["impersonate"],
        by_verb: true,
        needs_cluster: true,
        does: "act as anybody",
        help: "name the users and groups in resourceNames, or remove impersonate",
        ..BASE
    },
    Power {
        resources: &["serviceaccounts"],
        verbs: &["impersonate"],
        by_verb: true,
        does: "act as every ServiceAccount",
        help: "name the accounts in resourceNames, or remove impersonate",
        ..BASE
    },
    Power {
        resources: &["serviceaccounts/token"],
        verbs: &["create"],
        does: "get a token of every ServiceAccount",
        help: "name the accounts in resourceNames",
        ..BASE
    },
    Power {
        group: CERTIFICATES,
        resources: &[APPROVAL],
        verbs: &["update", "patch"],
        needs_cluster: true,
        does: "approve certificates in anybody's name",
        help: "leave approvals to the controller manager or to a person",
        ..BASE
    },
    Power {
        group: "admissionregistration.k8s.io",
        resources: &["mutatingwebhookconfigurations", "validatingwebhookconfigurations"],
        verbs: &["create", "update", "patch"],
        needs_cluster: true,
        does: "have every object and Secret sent to a webhook",
        help: "name the webhook configurations in resourceNames",
        ..BASE
    },
    Power {
        resources: &["nodes/proxy"],
        verbs: &["get", "create", "update", "patch", "delete"],
        needs_cluster: true,
        does: "run commands in every pod through the kubelets' API",
        help: "use nodes/metrics, nodes/stats or nodes/log in its place",
        ..BASE
    },
    RUN_COMMANDS,
    Power { resources: &["pods/ephemeralcontainers"], verbs: &["update", "patch"], ..RUN_COMMANDS },
    Power {
        resources: &["pods/portforward"],
        verbs: &["create", "get"],
        severity: Severity::Low,
        in_namespace: Severity::Low,
        does: "reach every port of every pod, whatever network policies say",
        help: "grant it to people for as long as they need it",
        ..BASE
    },
    Power { resources: &["pods"], ..WORKLOADS },
    Power { group: "apps", resources: &["deployments", "daemonsets", "statefulsets", "replicasets"], ..WORKLOADS },
    Power { group: "batch", resources: &["jobs", "cronjobs"], ..WORKLOADS },
    Power {
        resources: &["persistentvolumes"],
        verbs: &["create"],
        needs_cluster: true,
        severity: Severity::Info,
        in_namespace: Severity::Info,
        does: "reach every file of the nodes through a hostPath volume",
        help: "leave creating PersistentVolumes to provisioners",
        ..BASE
    },
    Power {
        resources: &["*"],
        verbs: &["deletecollection"],
        by_verb: true,
        severity: Severity::Info,
        in_namespace: Severity::Info,
        does: "delete all objects in one call",
        help: "remove deletecollection",
        ..BASE
    },
];

const RUN_COMMANDS: Power = Power {
    resources: &["pods/exec", "pods/attach"],
    verbs: &["create", "get"],
    severity: Severity::Medium,
    in_namespace: Severity::Low,
    does: "run commands in every pod",
    help: "grant it to people for as long as they need it",
    ..BASE
};

/// It is the purpose of every operator and of every pipeline.
const WORKLOADS: Power = Power {
    verbs: &["create"],
    severity: Severity::Info,
    in_namespace: Severity::Info,
    does: "run pods as every ServiceAccount and with every Secret of their namespace",
    help: "leave creating workloads to whatever deploys them",
    ..BASE
};

/// What approves requests for certificates, together with a rule about the signer.
const APPROVAL: &str = "certificatesigningrequests/approval";

impl Power {
    /// True for the approval of certificates.
    pub fn approves(&self) -> bool {
        self.resources == [APPROVAL]
    }

    /// Where a rule of a role of that kind grants it, in so many words or by a wildcard. A rule about named objects doesn't.
    pub fn granted_by<'a>(&self, rule: &Rule<'a>, kind: &Kind) -> Option<Grant<'a>> {
        if !rule.names.is_empty() || self.needs_cluster && *kind == kinds::ROLE {
            return None;
        }
        let any_resource = self.resources.contains(&"*");
        if any_resource {
            let verb = self.verbs.iter().find_map(|verb| rule.verbs.find(verb))?;
            let is_builtin = rule.groups.iter().any(|group| rbac::is_builtin_group(group.text));
            return is_builtin.then_some(Grant { place: verb.node, is_literal: true });
        }
        if !rule.covers_group(self.group) {
            return None;
        }
        let verb = self.verbs.iter().find_map(|verb| rule.verb(verb))?;
        let named = self.resources.iter().find_map(|resource| rule.resources.find(resource));
        let resource = named.or_else(|| self.resources.iter().find_map(|resource| rule.resource(resource)))?;
        let is_literal = resource.text != "*" && !(self.by_verb && verb.text == "*");
        Some(Grant { place: if self.by_verb { verb.node } else { resource.node }, is_literal })
    }

    /// How bad it is in a role of that kind with these bindings.
    pub fn severity_of(&self, reach: Reach) -> Severity {
        match reach {
            Reach::Cluster => self.severity,
            Reach::Namespaces | Reach::Namespace => self.in_namespace,
        }
    }
}

/// What a rule grants.
pub struct Grant<'a> {
    /// The entry to edit.
    pub place: Node<'a>,
    /// Whether the rule names what it grants, rather than a wildcard that contains it.
    pub is_literal: bool,
}

/// Where a role's rules hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Everywhere.
    Cluster,
    /// In the namespaces whose RoleBindings grant the ClusterRole.
    Namespaces,
    /// In the Role's own namespace.
    Namespace,
}

impl Reach {
    /// The reach of the checked role. A ClusterRole without known bindings may have any.
    pub fn of(cx: &Context<'_>, bindings: &[Found]) -> Reach {
        let in_namespaces = |found: &Found| *found.kind == kinds::ROLE_BINDING;
        if *cx.kind() == kinds::ROLE {
            Reach::Namespace
        } else if !bindings.is_empty() && bindings.iter().all(in_namespaces) {
            Reach::Namespaces
        } else {
            Reach::Cluster
        }
    }

    /// The end of messages.
    pub fn scope(self) -> &'static str {
        match self {
            Reach::Cluster => " in the cluster",
            Reach::Namespaces => " where the role is bound",
            Reach::Namespace => " in its namespace",
        }
    }

    /// The kind of role that could grant as much there.
    pub fn kind(self) -> &'static Kind {
        if self == Reach::Cluster { &kinds::CLUSTER_ROLE } else { &kinds::ROLE }
    }
}

/// The checked role, if a person wrote its rules.
pub struct OwnRules<'a> {
    /// Its rules.
    pub rules: Vec<Rule<'a>>,
    /// Its bindings, where they are known.
    pub bindings: Vec<Found>,
    /// Where it holds.
    pub reach: Reach,
}

impl<'a> OwnRules<'a> {
    /// The rules of the checked role; none of one that the API server makes, or that a controller collects from others.
    ///
    /// # Errors
    /// When a rule is malformed, or bindings can't be looked up.
    pub fn of(cx: &Context<'a>) -> Result<OwnRules<'a>, CheckError> {
        if is_bootstrap(cx.object()) || is_aggregated(cx.object()) {
            return Ok(OwnRules { rules: Vec::new(), bindings: Vec::new(), reach: Reach::Namespaces });
        }
        let rules = rbac::rules(cx.object())?;
        let bindings = if rules.is_empty() { Vec::new() } else { bindings_of_role(cx)? };
        let reach = Reach::of(cx, &bindings);
        Ok(OwnRules { rules, bindings, reach })
    }

    /// Adds whom the role is granted to.
    pub fn relate<'f>(&self, cx: &Context<'_>, mut finding: FindingBuilder<'f>) -> FindingBuilder<'f> {
        for found in self.bindings.iter().take(RELATED) {
            let root = cx.node(found);
            let mut subjects = rbac::subjects(root).unwrap_or_default().into_iter();
            let Some(first) = subjects.next() else { continue };
            let more = if subjects.next().is_some() { " and others" } else { "" };
            let message = text!["grants it to ", first.title(), more];
            finding = finding.related(Related::to(found.kind, root.get("roleRef"), root, message));
        }
        finding
    }
}

/// The most bindings that a finding names.
const RELATED: usize = 3;

/// Groups that nobody is chosen for, and what they are.
pub fn everybody(subject: &Subject<'_>) -> Option<&'static str> {
    match subject.who {
        rbac::Who::User("system:anonymous") | rbac::Who::Group("system:unauthenticated") => {
            Some("everybody who reaches the API server, without credentials")
        }
        rbac::Who::Group("system:authenticated") => Some("everybody with any credentials"),
        rbac::Who::Group(rbac::ACCOUNTS) => Some("every pod of the cluster"),
        _ => None,
    }
}

/// The words of a rule: `get, list`, or what `*` stands for.
pub fn spelt(words: &rbac::Words<'_>, all: &'static str) -> String {
    words.find("*").map_or_else(|| words.list(), |_| all.to_owned())
}

/// Something that a binding grants.
pub struct Right {
    /// What it is, after "may".
    pub does: &'static str,
    /// How bad it is.
    pub severity: Severity,
}

/// What a binding grants that is worth knowing, each once; `None` when its role isn't known.
///
/// # Errors
/// When the role can't be looked up or read.
pub fn granted(cx: &Context<'_>, binding: &Found) -> Result<Option<Vec<Right>>, InventoryError> {
    let role = RoleRef::of(cx.node(binding)).map_err(|malformed| binding.unreadable(&malformed))?;
    let Some(role) = role else { return Ok(None) };
    let reach = if *binding.kind == kinds::ROLE_BINDING { Reach::Namespaces } else { Reach::Cluster };
    let of = |power: &Power| Right { does: power.does, severity: power.severity_of(reach) };
    if *role.kind == kinds::CLUSTER_ROLE {
        match role.name {
            rbac::CLUSTER_ADMIN => return Ok(Some(vec![Right { does: EVERYTHING, severity: Severity::Critical }])),
            "admin" | "edit" => return Ok(Some(vec![of(&READ_SECRETS), of(&RUN_COMMANDS)])),
            "view" => return Ok(Some(Vec::new())),
            _ => {}
        }
    }
    let Some(found) = role_of(cx, binding)? else { return Ok(None) };
    let mut rights: Vec<Right> = Vec::new();
    for part in collected(cx, found)? {
        for rule in rbac::rules(cx.node(&part)).map_err(|malformed| part.unreadable(&malformed))? {
            if [&rule.verbs, &rule.resources, &rule.groups].iter().all(|words| words.find("*").is_some()) {
                return Ok(Some(vec![Right { does: EVERYTHING, severity: Severity::Critical }]));
            }
            for power in [&READ_SECRETS].into_iter().chain(ESCALATIONS) {
                if power.granted_by(&rule, reach.kind()).is_some()
                    && !rights.iter().any(|known| known.does == power.does)
                {
                    rights.push(of(power));
                }
            }
        }
    }
    Ok(Some(rights))
}

/// What `cluster-admin` may do where it is bound.
const EVERYTHING: &str = "do everything";
