use crate::policies::prelude::*;
use crate::text::table::Table;

/// ## What it does
/// Reports every entry of a container's `env` that a later entry of the same name overrides, in all containers,
/// including init, sidecar and ephemeral ones. Two kinds of duplicates work as intended, are less severe and are left
/// alone by the fix: an entry that a later one reads (`$(PATH)`, but not the escaped `$$(PATH)`), and an entry that
/// counts while a later `optional` reference has no value. Names that differ in case are different names. Names that
/// also arrive through `envFrom` are not checked: `env` is meant to override them.
///
/// In a cluster nothing is fixed: `kubectl apply` computes the next change from the manifest, which still has both
/// entries, and would set the value that didn't count.
///
/// ## Why
/// Only the last entry counts. Usually two people set the same variable: one value is silently lost, and whoever
/// changes the first entry wonders why nothing happens. Tools that merge lists by name, such as `kubectl apply`, keep
/// an arbitrary one, and server-side apply rejects the manifest.
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
        title: "Each environment variable is set once per container",
        why: "only the last entry counts, and earlier values are silently lost",
        help: "keep one entry per name",
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
        cx: &Context<'_>,
        out: &mut Findings,
    ) -> Result<(), CheckError> {
        let mut variables = Vec::new();
        for node in container.get("env").items()? {
            variables.push(Variable::read(node)?);
        }
        let readers = readers(&variables);
        let later = later(&variables);
        for ((position, variable), later) in variables.iter().enumerate().zip(&later) {
            if let Some(later) = later {
                let is_read = is_read(&readers, variable.name, position, later.certain);
                report(variable, is_read, later, container, cx.is_batch(), out);
            }
        }
        Ok(())
    }
}

/// The later entries of the same name.
#[derive(Clone, Copy)]
struct Later {
    /// The position of the first that certainly overrides; `None` when each may have no value.
    certain: Option<usize>,
}

/// Of each entry whether there are later ones of its name: one pass from the end.
fn later(variables: &[Variable<'_>]) -> Vec<Option<Later>> {
    let mut known: Table<Later> = Table::default();
    let mut later: Vec<Option<Later>> = Vec::with_capacity(variables.len());
    for (position, variable) in variables.iter().enumerate().rev() {
        let named = !variable.name.is_empty();
        later.push(known.get(variable.name).copied().filter(|_| named));
        let certain = Some(position).filter(|_| !variable.optional);
        known.update(variable.name, Later { certain: None }, |own| own.certain = certain.or(own.certain));
    }
    later.reverse();
    later
}

/// The positions of the entries that read a variable, rising, by its name.
fn readers(variables: &[Variable<'_>]) -> Table<Vec<usize>> {
    let mut readers = Table::default();
    for (position, variable) in variables.iter().enumerate() {
        for name in references(variable.value) {
            readers.update(name, Vec::new(), |positions| positions.push(position));
        }
    }
    readers
}

/// Whether a later entry reads the variable, up to the one that certainly overrides it.
fn is_read(readers: &Table<Vec<usize>>, name: &str, position: usize, end: Option<usize>) -> bool {
    let readers = readers.get(name).map(Vec::as_slice).unwrap_or_default();
    let next = readers.get(readers.partition_point(|reader| *reader <= position));
    next.is_some_and(|next| end.is_none_or(|end| *next <= end))
}

/// An entry of `env`.
struct Variable<'a> {
    node: Node<'a>,
    name: &'a str,
    /// Its literal value; empty when it has none.
    value: &'a str,
    /// Whether the variable is left unset when the object or key it refers to is missing.
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

/// Reports one entry. It can be removed where that removes it from the manifest.
fn report(
    variable: &Variable<'_>,
    is_read: bool,
    later: &Later,
    container: &Container<'_>,
    removable: bool,
    out: &mut Findings,
) {
    let start = text![container.title(), " sets env \"", variable.name, "\" more than once"];
    let message = |consequence: &str| text![start.as_str(), consequence];
    if is_read {
        let message = message("; only the entries in between read this value");
        let help = "combine the values in one entry, or rename one of them";
        out.report(variable.node, message).container(container).help(help).severity(Severity::Low);
    } else if later.certain.is_none() {
        let message = message("; this value counts only while the later optional reference has none");
        let help = "keep one entry, and move the default into the ConfigMap or Secret";
        out.report(variable.node, message).container(container).help(help).severity(Severity::Low);
    } else {
        let overridden = out.report(variable.node, message("; a later entry overrides this one")).container(container);
        if removable {
            overridden.safe_fix(text!["remove this entry of ", variable.name], vec![Edit::remove(variable.node)]);
        }
    }
}

/// The variables that the value refers to: `$(NAME)`, but not `$$(NAME)`, which is the escaped text.
fn references(value: &str) -> Vec<&str> {
    let mut references = Vec::new();
    let mut rest = value;
    while let Some((_, after)) = rest.split_once('$') {
        rest = after.strip_prefix('$').unwrap_or(after);
        let inner = after.strip_prefix('(').and_then(|inner| inner.split_once(')'));
        references.extend(inner.map(|(name, _)| name));
    }
    references
}

#[cfg(test)]
mod tests {
    use super::references;

    #[test]
    fn doubled_dollar_is_not_a_reference() {
        for (value, expected) in [
            ("$(PATH):/opt", true),
            ("/opt:$(PATH)", true),
            ("$$$(PATH)", true),
            ("$$(PATH)", false),
            ("$(PATHS)", false),
            ("$PATH", false),
            ("$", false),
            ("", false),
        ] {
            assert_eq!(references(value).contains(&"PATH"), expected, "{value}");
        }
    }
}
