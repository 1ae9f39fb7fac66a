//! Missing requests and missing limits, found in the same way.

use crate::kube::quantity::Quantity;
use crate::kube::resources::{Resources, title};
use crate::lookup::limit_range::LimitRanges;
use crate::policies::prelude::*;

/// A half of `resources`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Half {
    /// `requests`.
    Requests,
    /// `limits`.
    Limits,
}

/// The amounts that every container must have.
pub(super) struct ResourceRules<'s> {
    /// The half of `resources` that is checked.
    pub(super) half: Half,
    /// The resources that need an amount.
    pub(super) resources: &'s [&'s str],
    /// Whether init containers need it. Native sidecars always do, ephemeral containers can't have it.
    pub(super) init: bool,
}

impl ResourceRules<'_> {
    /// Reports every container without an amount, unless the pod as a whole has it.
    pub(super) fn check(&self, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let Some(pod) = cx.pod()? else { return Ok(()) };
        let whole = Resources::pod_level(pod, cx.kubernetes())?;
        let mut wanted = Vec::new();
        for &resource in self.resources {
            let of_pod = whole.map(|whole| self.half.amount(&whole, resource)).transpose()?.flatten();
            if of_pod.is_none() {
                wanted.push(resource);
            }
        }
        if wanted.is_empty() {
            return Ok(());
        }
        let bounds = Bounds { whole, limit_ranges: LimitRanges::of(cx)? };
        for container in pod.containers().iter().filter(|container| self.checks(container)) {
            self.check_one(container, &bounds, &wanted, cx, out)?;
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
        bounds: &Bounds<'_>,
        wanted: &[&str],
        cx: &Context<'_>,
        out: &mut Findings,
    ) -> Result<(), CheckError> {
        let resources = Resources::of_container(container)?;
        // One finding for all missing amounts that a fix can write, and one for the others.
        let (mut fixable, mut others) = (Vec::new(), Vec::new());
        for &resource in wanted {
            if self.half.amount(&resources, resource)?.is_some() {
                continue;
            }
            let written = self.half.node(&resources, resource);
            let ranges = &bounds.limit_ranges;
            let is_set = match self.half {
                Half::Requests => ranges.default_request(cx, resource).is_some(),
                Half::Limits => ranges.default_limit(cx, resource).is_some(),
            };
            if is_set && !written.exists() {
                continue;
            }
            let is_limited = bounds.whole.is_some_and(|whole| whole.limit_node(resource).exists());
            let amount = match self.half {
                _ if is_limited => None,
                Half::Requests => amount_to_request(&resources, resource)?,
                Half::Limits => amount_to_limit(&resources, resource)?,
            };
            let accepted = |amount: &Value| {
                let text = amount.as_str().map_or_else(|| amount.to_string(), str::to_owned);
                Quantity::parse(&text).is_some_and(|amount| ranges.accept(cx, resource, amount))
            };
            let amount = amount.filter(accepted);
            let missing = Missing { resource, written, amount };
            if cx.reports_separately() || written.exists() {
                self.report(container, &[missing], out);
            } else if missing.amount.is_some() {
                fixable.push(missing);
            } else {
                others.push(missing);
            }
        }
        self.report(container, &fixable, out);
        self.report(container, &others, out);
        Ok(())
    }

    /// Reports all amounts that are missing at one place.
    fn report(&self, container: &Container<'_>, missing: &[Missing<'_>], out: &mut Findings) {
        let Some(first) = missing.first() else { return };
        let is_written = first.written.exists();
        let place = if is_written { first.written } else { container.node() };
        let names: Vec<&str> = missing.iter().map(|missing| title(missing.resource)).collect();
        let field = |missing: &Missing<'_>| text!["resources.", self.half.field(), ".", missing.resource];
        let fields: Vec<String> = missing.iter().map(field).collect();
        let message = text![container.title(), self.half.violation(is_written, &names)];
        let help = text!["set ", fields.join(" and ")];
        let mut finding = out.report(place, message).container(container).help(help);
        if container.role() == Role::Init {
            // It runs for a moment, and within what the app containers request.
            finding = finding.severity(Severity::Low);
        }
        let (mut titles, mut edits) = (Vec::new(), Vec::new());
        for (missing, field) in missing.iter().zip(&fields) {
            let Some(amount) = &missing.amount else { return };
            let text = amount.as_str().map_or_else(|| amount.to_string(), str::to_owned);
            titles.push(text![field, " to ", text]);
            edits.push(Edit::set(missing.written, amount.clone()));
        }
        finding.unsafe_fix(text!["set ", titles.join(" and ")], edits);
    }
}

/// Other sources or bounds of a container's amounts.
struct Bounds<'a> {
    /// The pod-level resources. Under a limit of theirs, the containers' requests must not add up to more, and no
    /// container's limit may exceed it.
    whole: Option<Resources<'a>>,
    limit_ranges: LimitRanges,
}

/// An amount that a container doesn't have.
struct Missing<'a> {
    resource: &'a str,
    /// Its place, where it may be written as 0.
    written: Node<'a>,
    /// The amount that a fix writes.
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

    fn violation(self, is_written: bool, names: &[&str]) -> String {
        match (self, is_written) {
            (Half::Requests, false) => text![" requests no ", names.join(" and no ")],
            (Half::Requests, true) => text![" requests 0 ", names.concat()],
            (Half::Limits, false) => text![" has no ", names.join(" limit and no "), " limit"],
            (Half::Limits, true) => text![" has a ", names.concat(), " limit of 0, which means unlimited"],
        }
    }
}

/// The request that a fix sets when the manifest doesn't say how much is needed.
fn start(resource: &str) -> Option<&'static str> {
    match resource {
        "cpu" => Some("100m"),
        "memory" => Some("128Mi"),
        _ => None,
    }
}

/// An amount to start with; `None` when the API would accept none next to the other amounts. A limit is what the request
/// defaults to where it isn't written as 0.
fn amount_to_request(resources: &Resources<'_>, resource: &str) -> Result<Option<Value>, CheckError> {
    let Some(start) = start(resource) else { return Ok(None) };
    let limit = resources.limit_node(resource);
    match Quantity::read(limit)? {
        Some(amount) if amount <= Quantity::ZERO => Ok(None),
        Some(_) => Ok(limit.value().cloned()),
        None => Ok(Some(json!(start))),
    }
}

/// The container's request is the one amount that somebody has thought about; `None` without one. The amount to start
/// with doesn't count: a fix may have written it, and a program that needs more would be killed.
fn amount_to_limit(resources: &Resources<'_>, resource: &str) -> Result<Option<Value>, CheckError> {
    let request = resources.request_node(resource);
    let guess = start(resource).and_then(Quantity::parse);
    let requested = Quantity::read(request)?.is_some_and(|amount| amount > Quantity::ZERO && Some(amount) != guess);
    Ok(request.value().filter(|_| requested).cloned())
}
