//! Who may do what: the bindings and roles around the checked object.

use crate::inventory::{Filter, Found, InventoryError};
use crate::kube::kinds::{self, Kind};
use crate::kube::object;
use crate::kube::rbac::{ACCOUNTS, RoleRef, is_aggregated};
use crate::kube::selector::{Labels, Selector};
use crate::kube::service_account::{grants, grants_everybody};
use crate::policy::context::Context;
use crate::text::table::Table;

static BINDINGS: [&Kind; 2] = [&kinds::ROLE_BINDING, &kinds::CLUSTER_ROLE_BINDING];

/// The bindings that grant rights to an account, or to a group of all accounts that it is in. At admission these are the
/// RoleBindings of the checked object's namespace: a cluster lists no others. In a file that names no namespace it may be
/// any.
///
/// # Errors
/// When they can't be looked up; among files also when there is none.
pub fn bindings_of_account(cx: &Context<'_>, name: &str) -> Result<Vec<Found>, InventoryError> {
    let mut bindings: Vec<Found> = Vec::new();
    let namespace = cx.namespace();
    if cx.knows_optional() {
        let group = [ACCOUNTS, ":", namespace].concat();
        let mut known = Table::default();
        for kind in BINDINGS {
            for subject in [name, &group, ACCOUNTS] {
                for found in cx.list_optional_everywhere(kind, Filter::Granting(subject))? {
                    let home = object::namespace(&found.object);
                    if known.insert(&[kind.name, home, found.name()].join("/"), ()) {
                        bindings.push(found);
                    }
                }
            }
        }
        if bindings.is_empty() {
            cx.list(&kinds::ROLE_BINDING, Filter::Named(""))?;
        }
    } else {
        // All of them: groups count, too.
        bindings = cx.list(&kinds::ROLE_BINDING, Filter::All)?;
    }
    bindings.retain(|found| {
        let binding = cx.node(found);
        grants(binding, name, cx.stated_namespace()) || grants_everybody(binding, namespace)
    });
    Ok(bindings)
}

/// The bindings of the checked Role or ClusterRole. They are unknown at admission.
///
/// # Errors
/// When they can't be looked up.
pub fn bindings_of_role(cx: &Context<'_>) -> Result<Vec<Found>, InventoryError> {
    let name = cx.target.name;
    let mut bindings = Vec::new();
    for kind in BINDINGS {
        bindings.extend(cx.list_optional_everywhere(kind, Filter::Binding(name))?);
    }
    bindings.retain(|found| {
        let role = RoleRef::of(cx.node(found)).ok().flatten();
        let is_own = role.is_some_and(|role| *role.kind == *cx.kind() && role.name == name);
        is_own && (*cx.kind() == kinds::CLUSTER_ROLE || object::namespace(&found.object) == cx.namespace())
    });
    Ok(bindings)
}

/// The role that a binding grants; `None` when it isn't known.
///
/// # Errors
/// When it can't be looked up.
pub fn role_of(cx: &Context<'_>, binding: &Found) -> Result<Option<Found>, InventoryError> {
    let role = RoleRef::of(cx.node(binding)).map_err(|malformed| binding.unreadable(&malformed))?;
    let Some(role) = role else { return Ok(None) };
    match cx.named_in(role.kind, Some(object::namespace(&binding.object)), role.name) {
        Err(InventoryError::NotGiven { .. }) => Ok(None),
        answer => answer,
    }
}

/// A role, and for an aggregated ClusterRole among files those whose rules a controller will collect in it.
///
/// # Errors
/// When they can't be looked up.
pub fn collected(cx: &Context<'_>, role: Found) -> Result<Vec<Found>, InventoryError> {
    let mut known = Table::default();
    let mut roles = Vec::new();
    let mut open = vec![role];
    while let Some(role) = open.pop() {
        if !known.insert(role.name(), ()) {
            continue;
        }
        let node = cx.node(&role);
        if is_aggregated(node) {
            let selectors = node.get("aggregationRule").get("clusterRoleSelectors").items();
            for node in selectors.map_err(|malformed| role.unreadable(&malformed))? {
                let selector = Selector::read(node).map_err(|malformed| role.unreadable(&malformed))?;
                let Some(selector) = selector else { continue };
                let found = cx.list_optional_everywhere(&kinds::CLUSTER_ROLE, Filter::SelectedBy(&selector))?;
                open.extend(
                    found
                        .into_iter()
                        .filter(|found| selector.matches(Labels::of(found.root(cx.arena()).get("metadata")))),
                );
            }
        }
        roles.push(role);
    }
    Ok(roles)
}
