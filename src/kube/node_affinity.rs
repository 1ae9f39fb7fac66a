//! The nodes that a pod may run on and those that it prefers: `nodeSelector` and node affinity.

use crate::json::node::{Malformed, Node};

/// A requirement of one node label, or of the node's name.
pub struct Requirement<'a> {
    /// Its place: an entry of `nodeSelector`, or an expression.
    pub node: Node<'a>,
    /// The label; in `matchFields` the field `metadata.name`.
    pub key: &'a str,
    /// How the values are compared with it.
    pub operator: Operator,
    /// The values.
    pub values: Vec<&'a str>,
    of_field: bool,
}

/// How values are compared with a node's label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// It has one of the values.
    In,
    /// It has none of the values, or is absent.
    NotIn,
    /// It exists.
    Exists,
    /// It is absent.
    DoesNotExist,
    /// It is a number above the value.
    Gt,
    /// It is a number below the value.
    Lt,
}

impl<'a> Requirement<'a> {
    fn read(node: Node<'a>, of_field: bool) -> Result<Requirement<'a>, Malformed> {
        let operator = match node.mapping()?.get("operator").str()? {
            Some("In") => Operator::In,
            Some("NotIn") => Operator::NotIn,
            Some("Exists") => Operator::Exists,
            Some("DoesNotExist") => Operator::DoesNotExist,
            Some("Gt") => Operator::Gt,
            Some("Lt") => Operator::Lt,
            _ => return Err(node.get("operator").malformed("In, NotIn, Exists, DoesNotExist, Gt or Lt")),
        };
        let mut values = Vec::new();
        for value in node.get("values").items()? {
            values.push(value.str()?.unwrap_or_default());
        }
        Ok(Requirement { node, key: node.get("key").str()?.unwrap_or_default(), operator, values, of_field })
    }

    /// True when it needs values but has none.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty() && !matches!(self.operator, Operator::Exists | Operator::DoesNotExist)
    }

    /// True when only nodes with the label match.
    pub fn needs_label(&self) -> bool {
        matches!(self.operator, Operator::In | Operator::Exists | Operator::Gt | Operator::Lt)
    }

    /// The values of which the label must have one; empty if others match too.
    pub fn only(&self) -> &[&'a str] {
        if self.operator == Operator::In { &self.values } else { &[] }
    }

    /// The same requirement with only this value.
    #[must_use]
    pub fn only_value(&self, value: &'a str) -> Requirement<'a> {
        Requirement { values: vec![value], ..*self }
    }

    fn has_same_key(&self, other: &Requirement<'_>) -> bool {
        self.key == other.key && self.of_field == other.of_field
    }

    fn bound(&self, operator: Operator) -> Option<i64> {
        if self.operator == operator { self.values.first()?.parse().ok() } else { None }
    }

    fn accepts(&self, value: &str) -> bool {
        let number = value.parse::<i64>().ok();
        match self.operator {
            Operator::In => self.values.contains(&value),
            Operator::NotIn => !self.values.contains(&value),
            Operator::Exists => true,
            Operator::DoesNotExist => false,
            Operator::Gt => self.bound(Operator::Gt).is_none_or(|bound| number.is_some_and(|number| number > bound)),
            Operator::Lt => self.bound(Operator::Lt).is_none_or(|bound| number.is_some_and(|number| number < bound)),
        }
    }
}

/// Requirements that a node has to meet all together.
pub struct Term<'a> {
    /// Its place.
    pub node: Node<'a>,
    /// The requirements.
    pub requirements: Vec<Requirement<'a>>,
}

impl<'a> Term<'a> {
    fn read(node: Node<'a>) -> Result<Term<'a>, Malformed> {
        let node = node.mapping()?;
        let mut requirements = Vec::new();
        for expression in node.get("matchExpressions").items()? {
            requirements.push(Requirement::read(expression, false)?);
        }
        for expression in node.get("matchFields").items()? {
            requirements.push(Requirement::read(expression, true)?);
        }
        Ok(Term { node, requirements })
    }

    /// True when only nodes with a label that `wanted` accepts match.
    pub fn needs_label(&self, wanted: impl Fn(&str) -> bool) -> bool {
        self.requirements.iter().any(|requirement| requirement.needs_label() && wanted(requirement.key))
    }
}

/// A preferred term.
pub struct Preference<'a> {
    /// Its place, with the weight.
    pub node: Node<'a>,
    /// The weight; `None` when it has none.
    pub weight: Option<i64>,
    /// The preference.
    pub term: Term<'a>,
}

/// A pod's node selector and node affinity.
pub struct NodeChoice<'a> {
    /// `nodeSelector`, as a term.
    pub selector: Term<'a>,
    /// The place of the required terms, which may be absent.
    pub required_node: Node<'a>,
    /// Whether there is required node affinity.
    pub has_required: bool,
    /// The required terms, of which a node has to meet one.
    pub required: Vec<Term<'a>>,
    /// The preferred terms.
    pub preferred: Vec<Preference<'a>>,
}

impl<'a> NodeChoice<'a> {
    /// Reads the pod's spec.
    ///
    /// # Errors
    /// When its fields have the wrong types or an operator is unknown.
    pub fn of(spec: Node<'a>) -> Result<NodeChoice<'a>, Malformed> {
        let node = spec.get("nodeSelector");
        let mut requirements = Vec::new();
        for (key, value) in node.entries()? {
            let values = vec![value.str()?.unwrap_or_default()];
            requirements.push(Requirement { node: value, key, operator: Operator::In, values, of_field: false });
        }
        let selector = Term { node, requirements };

        let affinity = spec.get("affinity").mapping()?.get("nodeAffinity").mapping()?;
        let required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution").mapping()?;
        let required_node = required.get("nodeSelectorTerms");
        let mut choice = NodeChoice {
            selector,
            required_node,
            has_required: required.exists(),
            required: Vec::new(),
            preferred: Vec::new(),
        };
        for term in required_node.items()? {
            choice.required.push(Term::read(term)?);
        }
        for node in affinity.get("preferredDuringSchedulingIgnoredDuringExecution").items()? {
            let weight = node.mapping()?.get("weight").int()?;
            choice.preferred.push(Preference { node, weight, term: Term::read(node.get("preference"))? });
        }
        Ok(choice)
    }

    /// All requirements of a required term, including those of `nodeSelector`.
    pub fn with_selector<'c>(&'c self, term: &'c Term<'a>) -> Vec<&'c Requirement<'a>> {
        self.selector.requirements.iter().chain(&term.requirements).collect()
    }

    /// The alternatives, each a list of requirements that a node has to meet all together. Without any, no node matches: an
    /// empty term matches none.
    pub fn alternatives(&self) -> Vec<Vec<&Requirement<'a>>> {
        if !self.has_required {
            return vec![self.selector.requirements.iter().collect()];
        }
        let terms = self.required.iter().filter(|term| !term.requirements.is_empty());
        terms.map(|term| self.with_selector(term)).filter(|all| contradiction(all).is_none()).collect()
    }

    /// True when the pod can only run on nodes with a label that `wanted` accepts.
    pub fn needs_label(&self, wanted: impl Fn(&str) -> bool) -> bool {
        let every = !self.required.is_empty() && self.required.iter().all(|term| term.needs_label(&wanted));
        every || self.selector.needs_label(&wanted)
    }

    /// True when all nodes on which the pod can run have the same value of a label, or it can run on none. `metadata.name` is
    /// the node's name.
    pub fn pins(&self, key: &str) -> bool {
        let mut value = None;
        self.alternatives().iter().all(|all| {
            let mut own = all.iter().filter(|requirement| requirement.key == key);
            own.any(|requirement| match requirement.only() {
                [only] => *value.get_or_insert(*only) == *only,
                _ => false,
            })
        })
    }

    /// True when the pod prefers nodes with a label that `wanted` accepts.
    pub fn prefers_label(&self, wanted: impl Fn(&str) -> bool) -> bool {
        self.preferred.iter().any(|preference| preference.term.needs_label(&wanted))
    }
}

/// The first requirement that contradicts the others, so that no node can meet them all; `None` if a node could. Requirements
/// without the values that they need are ignored.
pub fn contradiction<'r, 'a>(requirements: &[&'r Requirement<'a>]) -> Option<&'r Requirement<'a>> {
    requirements.iter().copied().find(|requirement| {
        let same = || requirements.iter().filter(|other| other.has_same_key(requirement) && !other.is_empty());
        match requirement.operator {
            Operator::In => {
                let possible = |value: &&str| same().all(|other| other.accepts(value));
                !requirement.is_empty() && !requirement.values.iter().any(possible)
            }
            Operator::DoesNotExist => same().any(|other| other.needs_label()),
            Operator::Gt => {
                let least = requirement.bound(Operator::Gt);
                let most = same().filter_map(|other| other.bound(Operator::Lt)).min();
                least.zip(most).is_some_and(|(least, most)| most <= least.saturating_add(1))
            }
            _ => false,
        }
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::json::node::PathArena;

    fn clash(expressions: Value) -> Option<String> {
        let arena = PathArena::new();
        let term = json!({"matchExpressions": expressions});
        let term = Term::read(Node::root(&term, &arena)).unwrap();
        let requirements: Vec<_> = term.requirements.iter().collect();
        contradiction(&requirements).map(|requirement| requirement.key.to_owned())
    }

    #[test]
    fn requirements_of_the_same_label_may_contradict_each_other() {
        for (expressions, expected) in [
            (json!([]), None),
            (json!([{"key": "a", "operator": "In", "values": ["x"]}]), None),
            (json!([{"key": "a", "operator": "In", "values": ["x"]}, {"key": "b", "operator": "DoesNotExist"}]), None),
            (json!([{"key": "a", "operator": "In", "values": ["x"]}, {"key": "a", "operator": "Exists"}]), None),
            (json!([{"key": "a", "operator": "NotIn", "values": ["x"]}, {"key": "a", "operator": "Exists"}]), None),
            (
                json!([{"key": "a", "operator": "NotIn", "values": ["x"]}, {"key": "a", "operator": "DoesNotExist"}]),
                None,
            ),
            (
                json!([{"key": "a", "operator": "Gt", "values": ["1"]}, {"key": "a", "operator": "Lt", "values": ["3"]}]),
                None,
            ),
            (json!([{"key": "a", "operator": "In", "values": []}]), None),
            (
                json!([{"key": "a", "operator": "In", "values": ["x"]}, {"key": "a", "operator": "In", "values": ["y"]}]),
                Some("a"),
            ),
            (
                json!([{"key": "a", "operator": "In", "values": ["x"]}, {"key": "a", "operator": "DoesNotExist"}]),
                Some("a"),
            ),
            (json!([{"key": "a", "operator": "Exists"}, {"key": "a", "operator": "DoesNotExist"}]), Some("a")),
            (
                json!([{"key": "a", "operator": "In", "values": ["8"]}, {"key": "a", "operator": "Gt", "values": ["8"]}]),
                Some("a"),
            ),
            (
                json!([{"key": "a", "operator": "Gt", "values": ["1"]}, {"key": "a", "operator": "Lt", "values": ["2"]}]),
                Some("a"),
            ),
            (
                json!([
                    {"key": "a", "operator": "In", "values": ["x", "y"]},
                    {"key": "a", "operator": "NotIn", "values": ["x"]},
                    {"key": "a", "operator": "NotIn", "values": ["y"]}]),
                Some("a"),
            ),
        ] {
            assert_eq!(clash(expressions.clone()).as_deref(), expected, "{expressions}");
        }
    }

    #[test]
    fn selector_or_every_term_pins_a_label() {
        let pins = |spec: Value| NodeChoice::of(Node::root(&spec, &PathArena::new())).unwrap().pins("zone");
        let terms = |terms: Value| {
            json!({"affinity": {"nodeAffinity":
                {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}}})
        };
        let zone = |values: Value| json!({"matchExpressions": [{"key": "zone", "operator": "In", "values": values}]});
        assert!(!pins(json!({})));
        assert!(pins(json!({"nodeSelector": {"zone": "a"}})));
        assert!(!pins(json!({"nodeSelector": {"region": "a"}})));
        assert!(pins(terms(json!([zone(json!(["a"]))]))));
        assert!(!pins(terms(json!([zone(json!(["a", "b"]))]))));
        assert!(!pins(terms(json!([zone(json!(["a"])), zone(json!(["b"]))]))));
    }

    #[test]
    fn selector_or_every_term_requires_a_label() {
        let arena = PathArena::new();
        let bound = |spec: Value| {
            NodeChoice::of(Node::root(&spec, &PathArena::new())).unwrap().needs_label(|key| key == "group")
        };
        let terms = |terms: Value| {
            json!({"affinity": {"nodeAffinity":
                {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}}})
        };
        let group = json!({"matchExpressions": [{"key": "group", "operator": "In", "values": ["a"]}]});
        let other = json!({"matchExpressions": [{"key": "zone", "operator": "In", "values": ["a"]}]});
        let not = json!({"matchExpressions": [{"key": "group", "operator": "NotIn", "values": ["a"]}]});
        assert!(!bound(json!({})));
        assert!(bound(json!({"nodeSelector": {"group": "a"}})));
        assert!(bound(terms(json!([group]))));
        assert!(!bound(terms(json!([group, other]))));
        assert!(!bound(terms(json!([not]))));
        let spec = terms(json!([group, other]));
        assert_eq!(NodeChoice::of(Node::root(&spec, &arena)).unwrap().alternatives().len(), 2);
    }
}
