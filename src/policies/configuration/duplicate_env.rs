use crate::policies::prelude::*;

/// ## What it does
/// Reports every entry of a container's `env` behind which another one has the same name, in containers of every sort.
/// Two that play together are reported, too, but are less severe and left alone by the fix: an entry that a later one
/// reads (`$(PATH)`), and an entry that counts while the reference behind it is `optional` and its key is missing. Names
/// that differ in upper and lower case are different names. Names that also come through `envFrom` are not checked: `env`
/// is meant to override them.
///
/// ## Why
/// Only the last of them counts. Usually two people each added what the other one had set already, one of the two values
/// is simply lost, and whoever corrects the first one wonders why nothing happens. Tools that merge lists by name, as
/// `kubectl apply` does, keep either of them by chance, and server-side apply refuses the manifest.
///
/// ## What to write
/// ```yaml
/// env:
///   - name: LOG_LEVEL
///     value: info
/// ```
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct DuplicateEnv {}

impl Policy for DuplicateEnv {
    const METADATA: Metadata = Metadata {
        id: "duplicate-env",
        title: "A container sets each environment variable once",
        why: "only the last entry counts, and the value of the others is lost",
        help: "keep one entry for each name",
        category: Category::Configuration,
        severity: Severity::Medium,
        profile: Profile::Production,
        targets: POD_KINDS,
        ephemeral: true,
        fix: FixAvailability::Safe,
        since: "0.1.0",
        sources: &[sources::ENVIRONMENT],
        ..Metadata::DEFAULT
    };

    fn check_container(
        &self,
        container: &Container<'_>,
        _pod: &Pod<'_>,
        _cx: &Context<'_>,
        out: &mut Findings,
    ) -> Result<(), CheckError> {
        let mut variables = Vec::new();
        for node in container.get("env").items()? {
            variables.push(Variable::read(node)?);
        }
        let mut rest = variables.as_slice();
        while let Some((variable, later)) = rest.split_first() {
            rest = later;
            if !variable.name.is_empty() {
                report(variable, later, container, out);
            }
        }
        Ok(())
    }
}

/// An entry of `env`.
struct Variable<'a> {
    node: Node<'a>,
    name: &'a str,
    /// Its literal value; empty when it has none.
    value: &'a str,
    /// Whether it is left out when what it refers to is missing.
    optional: bool,
}

impl<'a> Variable<'a> {
    fn read(node: Node<'a>) -> Result<Variable<'a>, Malformed> {
        let node = node.mapping()?;
        let mut optional = false;
        for source in ["configMapKeyRef", "secretKeyRef", "fileKeyRef"] {
            optional |= node.get("valueFrom").get(source).get("optional").bool()? == Some(true);
        }
        Ok(Variable {
            node,
            name: node.get("name").str()?.unwrap_or_default(),
            value: node.get("value").str()?.unwrap_or_default(),
            optional,
        })
    }
}

/// Checks one entry by those behind it.
fn report(variable: &Variable<'_>, later: &[Variable<'_>], container: &Container<'_>, out: &mut Findings) {
    let same = |other: &&Variable<'_>| other.name == variable.name;
    if !later.iter().any(|other| same(&other)) {
        return;
    }
    // Up to the entry that takes its place in any case.
    let end = later.iter().position(|other| same(&other) && !other.optional);
    let reach = end.and_then(|end| later.get(..=end)).unwrap_or(later);
    let reference = text!["$(", variable.name, ")"];
    let is_read = reach.iter().any(|other| other.value.contains(&reference));
    let start = text![container.title(), " sets env \"", variable.name, "\" again later: this entry "];
    let says = |consequence: &str| text![start.as_str(), consequence];
    if is_read {
        let message = says("is only read by others in between");
        let help = "put the values together in one entry, or give one of them another name";
        out.report(variable.node, message).container(container).help(help).severity(Severity::Low);
    } else if end.is_none() {
        let message = says("counts only while the optional one has nothing");
        let help = "keep one entry, and the other value in what it refers to";
        out.report(variable.node, message).container(container).help(help).severity(Severity::Low);
    } else {
        let title = text!["remove this entry of ", variable.name];
        let edits = vec![Edit::remove(variable.node)];
        out.report(variable.node, says("is lost")).container(container).safe_fix(title, edits);
    }
}
