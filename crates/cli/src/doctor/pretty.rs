//! The diagnosis for people.

use std::io::{self, Write};

use crate::visible::visible;

use super::diagnosis::Diagnosis;
use super::objects::{Objects, Policy};
use super::permissions::Permissions;
use crate::output::count;

/// How many namespaces are named before the rest is counted.
const NAMESPACES: usize = 3;

pub(super) fn write(diagnosis: &Diagnosis, out: &mut impl Write) -> io::Result<()> {
    let policies = count(diagnosis.policies, "policy", "policies");
    writeln!(out, "{}, {policies} of profile {}", plain(&diagnosis.cluster), diagnosis.profile)?;
    if !diagnosis.has_kubewarden {
        writeln!(out, "Kubewarden isn't installed: the API server doesn't serve policies.kubewarden.io.")?;
    }
    permissions(&diagnosis.permissions, out)?;
    unserved(diagnosis, out)?;
    objects(&diagnosis.objects, out)?;
    next(diagnosis, out)
}

fn permissions(permissions: &Permissions, out: &mut impl Write) -> io::Result<()> {
    let account = plain(&permissions.service_account);
    writeln!(out, "\nPermissions of service account {account}")?;
    if permissions.exists == Some(false) {
        writeln!(
            out,
            "  There is no such service account: name PolicyServer's with --service-account NAMESPACE/NAME."
        )?;
    }
    if let Some(reason) = &permissions.unknown {
        return writeln!(out, "  not checked: {}", plain(reason));
    }
    if permissions.missing.is_empty() {
        return match permissions.needed {
            0 => writeln!(out, "  none needed: the policies look nothing up"),
            needed => writeln!(out, "  all {needed} there"),
        };
    }
    let width = permissions.missing.iter().map(|missing| missing.resource.len()).max().unwrap_or_default();
    for missing in &permissions.missing {
        let (resource, verbs) = (&missing.resource, missing.verbs.join(", "));
        writeln!(out, "  missing  {resource:width$}  {verbs:16}  for {}", some(&missing.policies, 1))?;
    }
    writeln!(
        out,
        "  Without a permission to list, PolicyServer keeps each request waiting until the webhook times out, and the"
    )?;
    writeln!(out, "  request is rejected, whatever onError says.")
}

fn unserved(diagnosis: &Diagnosis, out: &mut impl Write) -> io::Result<()> {
    if diagnosis.unserved.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nKinds that the API server doesn't serve")?;
    for unserved in &diagnosis.unserved {
        writeln!(out, "  {} {}  for {}", unserved.api_version, unserved.kind, some(&unserved.policies, 1))?;
    }
    Ok(())
}

fn objects(objects: &Objects, out: &mut impl Write) -> io::Result<()> {
    let checked = count(objects.checked, "object", "objects");
    writeln!(out, "\n{checked} in {}", count(objects.namespaces, "namespace", "namespaces"))?;
    if !objects.left_out.is_empty() {
        writeln!(out, "  left out: {} (check it with --namespace)", plain(&objects.left_out.join(", ")))?;
    }
    for unread in &objects.unread {
        writeln!(out, "  not read: {}: {}", unread.kind, plain(&unread.reason))?;
    }
    for unchecked in &objects.unchecked {
        let number = count(unchecked.objects, "object", "objects");
        writeln!(out, "  not checked by {}: {number}: {}", unchecked.policy, plain(&unchecked.reason))?;
    }
    if objects.policies.is_empty() {
        return writeln!(out, "  no findings");
    }
    let rejected = count(objects.rejected, "object", "objects");
    writeln!(out, "  {rejected} would be rejected if created now; what runs isn't touched.")?;
    match objects.rejecting_updates.as_slice() {
        [] => writeln!(out, "  Updates are rejected only for findings that they add.")?,
        always => writeln!(out, "  Updates, too, with onUpdate: always, as set for {}.", some(always, 1))?,
    }
    if objects.controlled > 0 {
        let number = count(objects.controlled, "object passes", "objects pass");
        writeln!(out, "  {number} because a controller created them; their owners are checked.")?;
    }
    let width = objects.policies.iter().map(|policy| policy.policy.len()).max().unwrap_or_default();
    writeln!(out, "\n  REJECTED  PASS  NOTED  SEVERITY  {:width$}  WHERE", "POLICY")?;
    for policy in &objects.policies {
        let Policy { policy: id, severity, rejected, noted, controlled, .. } = policy;
        let line = format!("  {rejected:8}  {controlled:4}  {noted:5}  {severity:8}  {id:width$}  {}", places(policy));
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

fn next(diagnosis: &Diagnosis, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "\nNext")?;
    let mut steps: Vec<String> = Vec::new();
    if !diagnosis.has_kubewarden {
        steps.push("Install Kubewarden: https://docs.kubewarden.io".to_owned());
    }
    if !diagnosis.permissions.missing.is_empty() {
        steps
            .push("Grant the permissions: the same command with --rbac prints them, for kubectl apply -f -".to_owned());
    }
    if !diagnosis.unserved.is_empty() {
        steps.push("Leave out the policies whose kinds aren't served.".to_owned());
    }
    steps.push("Apply the policies with mode: monitor, and read PolicyServer's log and the audit reports.".to_owned());
    if diagnosis.objects.rejected > 0 {
        steps.push("Fix or exempt what is listed here, with its owners.".to_owned());
    }
    steps.push("Then mode: protect with onViolation: warn, then deny.".to_owned());
    for (number, step) in steps.iter().enumerate() {
        writeln!(out, "  {}. {step}", number + 1)?;
    }
    Ok(())
}

/// The namespaces with most objects, or the only object.
fn places(policy: &Policy) -> String {
    if let ([object], 1) = (policy.examples.as_slice(), policy.rejected) {
        return plain(object);
    }
    let mut namespaces: Vec<(&String, &usize)> = policy.namespaces.iter().collect();
    namespaces.sort_by_key(|(_, number)| std::cmp::Reverse(**number));
    let named: Vec<String> = namespaces.iter().map(|(name, number)| plain(&format!("{name} ({number})"))).collect();
    some(&named, NAMESPACES)
}

/// The first of these, and how many more there are.
fn some(all: &[impl AsRef<str>], number: usize) -> String {
    let named: Vec<&str> = all.iter().take(number).map(AsRef::as_ref).collect();
    match all.len().saturating_sub(number) {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}

/// Words of a cluster must not steer the terminal.
fn plain(text: &str) -> String {
    visible(text).into_owned()
}
