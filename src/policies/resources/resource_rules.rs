//! What containers should ask for: the same for requests and for limits.

use crate::kube::quantity::Quantity;
use crate::kube::resources::Resources;
use crate::policies::prelude::*;

/// A half of `resources`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Half {
    /// `requests`.
    Requests,
    /// `limits`.
    Limits,
}

/// What every container should have.
pub(super) struct ResourceRules<'s> {
    /// The half of `resources` in which it stands.
    pub(super) half: Half,
    /// The resources of which an amount is needed.
    pub(super) resources: &'s [&'s str],
    /// Whether init containers need it, too. Native sidecars always do, ephemeral containers can't have it.
    pub(super) init: bool,
}

impl ResourceRules<'_> {
    /// Reports every container that lacks an amount which the pod as a whole hasn't got either.
    pub(super) fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let Some(pod) = cx.pod()? else { return Ok(()) };
        let whole = Resources::of_pod(pod)?;
        let mut wanted = Vec::new();
        for &resource in self.resources {
            if self.half.amount(&whole, resource)?.is_none() {
                wanted.push(resource);
            }
        }
        for container in pod.containers().iter().filter(|container| self.checks(container)) {
            self.check_one(container, pod, &wanted, cx.reports_separately(), out)?;
        }
        Ok(())
    }

    fn checks(&self, container: &Container<'_>) -> bool {
        match container.role() {
            Role::App | Role::Sidecar => true,
            Role::Init => self.init,
            Role::Ephemeral => false,
        }
    }

    fn check_one(
        &self,
        container: &Container<'_>,
        pod: &Pod<'_>,
        wanted: &[&str],
        singly: bool,
        out: &mut Findings,
    ) -> Result<(), CheckError> {
        let resources = Resources::of_container(container)?;
        // What is not there is told at once, that which a fix can write apart from the rest.
        let (mut fixable, mut others) = (Vec::new(), Vec::new());
        for &resource in wanted {
            if self.half.amount(&resources, resource)?.is_some() {
                continue;
            }
            let amount = match self.half {
                Half::Requests => amount_to_request(&resources, pod, resource)?,
                Half::Limits => amount_to_allow(&resources, pod, resource)?,
            };
            let written = self.half.node(&resources, resource);
            let lack = Lack { resource, written, amount };
            if singly || written.exists() {
                self.report(container, &[lack], out);
            } else if lack.amount.is_some() {
                fixable.push(lack);
            } else {
                others.push(lack);
            }
        }
        self.report(container, &fixable, out);
        self.report(container, &others, out);
        Ok(())
    }

    /// Reports all amounts that are lacking at one place.
    fn report(&self, container: &Container<'_>, lacks: &[Lack<'_>], out: &mut Findings) {
        let Some(first) = lacks.first() else { return };
        let there = first.written.exists();
        let place = if there { first.written } else { container.node() };
        let names: Vec<&str> = lacks.iter().map(|lack| lack.resource).collect();
        let fields: Vec<String> =
            names.iter().map(|resource| text!["resources.", self.half.field(), ".", resource]).collect();
        let message = text![container.title(), self.half.lacks(there, &names)];
        let help = text!["set ", fields.join(" and ")];
        let finding = out.report(place, message).container(container).help(help);
        let (mut titles, mut edits) = (Vec::new(), Vec::new());
        for (lack, field) in lacks.iter().zip(&fields) {
            let Some(amount) = &lack.amount else { return };
            let text = amount.as_str().map_or_else(|| amount.to_string(), str::to_owned);
            titles.push(text![field, " to ", text]);
            edits.push(Edit::set(lack.written, amount.clone()));
        }
        finding.unsafe_fix(text!["set ", titles.join(" and ")], edits);
    }
}

/// An amount that a container lacks.
struct Lack<'a> {
    resource: &'a str,
    /// Where it is 0, or would stand.
    written: Node<'a>,
    /// What a fix can write there.
    amount: Option<Value>,
}

impl Half {
    fn field(self) -> &'static str {
        match self {
            Half::Requests => "requests",
            Half::Limits => "limits",
        }
    }

    fn node<'a>(self, resources: &Resources<'a>, resource: &str) -> Node<'a> {
        match self {
            Half::Requests => resources.request_node(resource),
            Half::Limits => resources.limit_node(resource),
        }
    }

    fn amount(self, resources: &Resources<'_>, resource: &str) -> Result<Option<Quantity>, Malformed> {
        match self {
            Half::Requests => resources.request(resource),
            Half::Limits => resources.limit(resource),
        }
    }

    fn lacks(self, written: bool, resources: &[&str]) -> String {
        match (self, written) {
            (Half::Requests, false) => text![" requests no ", resources.join(" and no ")],
            (Half::Requests, true) => text![" requests 0 ", resources.concat()],
            (Half::Limits, false) => text![" has no ", resources.join(" limit and no "), " limit"],
            (Half::Limits, true) => text![" has a ", resources.concat(), " limit of 0, which is none"],
        }
    }
}

/// What a fix requests where nobody has said how much is needed.
fn start(resource: &str) -> Option<&'static str> {
    match resource {
        "cpu" => Some("100m"),
        "memory" => Some("128Mi"),
        _ => None,
    }
}

/// An amount to start with; `None` when there is none that the API would accept beside what is written.
fn amount_to_request(resources: &Resources<'_>, pod: &Pod<'_>, resource: &str) -> Result<Option<Value>, CheckError> {
    let Some(start) = start(resource) else { return Ok(None) };
    // A request of 0 under a limit of the whole pod, which the sum of all requests must not exceed.
    if Resources::of_pod(pod)?.limit_node(resource).exists() {
        return Ok(None);
    }
    let limit = resources.limit_node(resource);
    match Quantity::read(limit)? {
        Some(amount) if amount <= Quantity::ZERO => Ok(None),
        Some(amount) if Quantity::parse(start).is_some_and(|start| amount < start) => Ok(limit.value().cloned()),
        _ => Ok(Some(json!(start))),
    }
}

/// What the container requests is the one amount that somebody has thought about; `None` when nobody has. That may be so
/// of the amount to start with as well: a fix wrote it, and a program that needs more would now be killed.
fn amount_to_allow(resources: &Resources<'_>, pod: &Pod<'_>, resource: &str) -> Result<Option<Value>, CheckError> {
    // A limit of 0 of the whole pod, which no container's may exceed.
    if Resources::of_pod(pod)?.limit_node(resource).exists() {
        return Ok(None);
    }
    let request = resources.request_node(resource);
    let guess = start(resource).and_then(Quantity::parse);
    let requested = Quantity::read(request)?.is_some_and(|amount| amount > Quantity::ZERO && Some(amount) != guess);
    Ok(request.value().filter(|_| requested).cloned())
}
