//! Label selectors, with `matchLabels` and `matchExpressions`.

use crate::json::node::{Malformed, Node};
use crate::text::is_template;

/// The labels of an object or pod template: a mapping of strings.
#[derive(Clone, Copy)]
pub struct Labels<'a>(Node<'a>);

impl<'a> Labels<'a> {
    /// The labels in `metadata`.
    pub fn of(metadata: Node<'a>) -> Labels<'a> {
        Labels(metadata.get("labels"))
    }

    /// The labels that a selector requires by value: everything it selects has these, and perhaps others.
    pub fn demanded_by(selector: Node<'a>) -> Labels<'a> {
        Labels(selector.get("matchLabels"))
    }

    /// The value of a label; `None` when it is absent or isn't a string.
    pub fn get(self, key: &str) -> Option<&'a str> {
        self.0.value()?.get(key)?.as_str()
    }

    /// Each label whose value is a string.
    pub fn iter(self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let fields = self.0.value().and_then(|value| value.as_object());
        fields.into_iter().flatten().filter_map(|(key, value)| Some((key.as_str(), value.as_str()?)))
    }
}

/// A label selector. One without requirements selects everything. An absent one selects nothing: [`Selector::read`]
/// returns `None` for it.
pub struct Selector<'a> {
    equal: Vec<(&'a str, &'a str)>,
    expressions: Vec<Expression<'a>>,
}

/// A requirement that labels don't meet.
#[derive(Debug, PartialEq, Eq)]
pub struct Unmet<'a> {
    /// The label's key.
    pub key: &'a str,
    /// How messages name it: `the label app=web`, `the label tier in (a, b)`, `no label legacy`.
    pub wanted: String,
    /// The only value that would meet it, if there is only one.
    pub value: Option<&'a str>,
}

struct Expression<'a> {
    key: &'a str,
    operator: Operator,
    values: Vec<&'a str>,
}

#[derive(PartialEq, Eq)]
enum Operator {
    In,
    NotIn,
    Exists,
    DoesNotExist,
}

impl<'a> Selector<'a> {
    /// Reads a selector; `None` if it is absent.
    ///
    /// # Errors
    /// When its parts have the wrong types or an operator is unknown.
    pub fn read(node: Node<'a>) -> Result<Option<Selector<'a>>, Malformed> {
        if !node.mapping()?.exists() {
            return Ok(None);
        }
        let mut equal = Vec::new();
        for (key, value) in node.get("matchLabels").entries()? {
            equal.push((key, value.str()?.unwrap_or_default()));
        }
        let mut expressions = Vec::new();
        for expression in node.get("matchExpressions").items()? {
            expressions.push(Expression::read(expression)?);
        }
        Ok(Some(Selector { equal, expressions }))
    }

    /// Reads the older form of a selector, a plain mapping of labels (Service, ReplicationController). An empty mapping
    /// selects nothing, and is `None`.
    ///
    /// # Errors
    /// When it isn't a mapping of strings.
    pub fn read_plain(node: Node<'a>) -> Result<Option<Selector<'a>>, Malformed> {
        let mut equal = Vec::new();
        for (key, value) in node.entries()? {
            equal.push((key, value.str()?.unwrap_or_default()));
        }
        Ok((!equal.is_empty()).then_some(Selector { equal, expressions: Vec::new() }))
    }

    /// The selector without requirements.
    pub fn everything() -> Selector<'a> {
        Selector { equal: Vec::new(), expressions: Vec::new() }
    }

    /// True when an object with these labels is selected.
    pub fn matches(&self, labels: Labels<'_>) -> bool {
        self.equal.iter().all(|(key, value)| labels.get(key) == Some(value))
            && self.expressions.iter().all(|expression| expression.matches(labels.get(expression.key)))
    }

    /// The requirements that these labels don't meet.
    pub fn unmet(&self, labels: Labels<'_>) -> Vec<Unmet<'a>> {
        let mut unmet = Vec::new();
        for (key, value) in &self.equal {
            if labels.get(key) != Some(value) {
                let wanted = ["the label ", key, "=", value].concat();
                unmet.push(Unmet { key, wanted, value: Some(value) });
            }
        }
        for expression in &self.expressions {
            if !expression.matches(labels.get(expression.key)) {
                unmet.push(Unmet { key: expression.key, wanted: expression.title(), value: None });
            }
        }
        unmet
    }

    /// True when it certainly selects everything that `other` selects: each of its requirements is one of the other's, or is
    /// met by a label that the other requires.
    pub fn covers(&self, other: &Selector<'_>) -> bool {
        self.equal.iter().all(|equal| other.equal.contains(equal))
            && self.expressions.iter().all(|expression| {
                let required = other.equal.iter().find(|(key, _)| *key == expression.key);
                required.is_some_and(|(_, value)| expression.matches(Some(value)))
                    || other.expressions.iter().any(|others| expression.is_same(others))
            })
    }

    /// True when certainly no object is selected by both: they require different values of a label.
    pub fn contradicts(&self, other: &Selector<'_>) -> bool {
        self.required().any(|(key, values)| {
            other.required().any(|(others, other)| key == others && !values.iter().any(|value| other.contains(value)))
        })
    }

    /// True when it certainly selects an object of which only this label is known.
    pub fn accepts(&self, key: &str, value: &str) -> bool {
        self.equal.iter().all(|equal| *equal == (key, value))
            && self.expressions.iter().all(|expression| expression.key == key && expression.matches(Some(value)))
    }

    /// True when it has no requirements and so selects everything.
    pub fn is_empty(&self) -> bool {
        self.equal.is_empty() && self.expressions.is_empty()
    }

    /// The same selector without its requirements on labels for which `ignored` holds.
    #[must_use]
    pub fn without(mut self, ignored: impl Fn(&str) -> bool) -> Selector<'a> {
        self.equal.retain(|(key, _)| !ignored(key));
        self.expressions.retain(|expression| !ignored(expression.key));
        self
    }

    /// Every requirement on label values, as `(key, values)`: a selected object has one of the values.
    pub fn required(&self) -> impl Iterator<Item = (&'a str, &[&'a str])> {
        let equal = self.equal.iter().map(|(key, value)| (*key, std::slice::from_ref(value)));
        let among = self.expressions.iter().filter(|expression| matches!(expression.operator, Operator::In));
        equal.chain(among.map(|expression| (expression.key, expression.values.as_slice())))
    }
}

impl Selector<'_> {
    /// True when a tool has yet to fill in a value that it requires.
    pub fn is_template(&self) -> bool {
        self.required().any(|(_, values)| values.iter().any(|value| is_template(value)))
    }

    /// The labels that it requires, to show what may be misspelled: ` app=web, tier=front`. Empty if there is no such label.
    pub fn required_text(&self) -> String {
        let mut required = String::new();
        for (key, values) in self.required() {
            if let [value] = values {
                let before = if required.is_empty() { " " } else { ", " };
                required = [&required, before, key, "=", value].concat();
            }
        }
        required
    }
}

impl<'a> Expression<'a> {
    fn read(expression: Node<'a>) -> Result<Expression<'a>, Malformed> {
        let operator = match expression.get("operator").str()? {
            Some("In") => Operator::In,
            Some("NotIn") => Operator::NotIn,
            Some("Exists") => Operator::Exists,
            Some("DoesNotExist") => Operator::DoesNotExist,
            _ => return Err(expression.get("operator").malformed("In, NotIn, Exists or DoesNotExist")),
        };
        let mut values = Vec::new();
        for value in expression.get("values").items()? {
            values.push(value.str()?.unwrap_or_default());
        }
        Ok(Expression { key: expression.get("key").str()?.unwrap_or_default(), operator, values })
    }

    /// How messages name it: `the label tier in (web, api)`, `no label legacy`.
    fn title(&self) -> String {
        let values = || ["(", &self.values.join(", "), ")"].concat();
        match self.operator {
            Operator::In => ["the label ", self.key, " in ", &values()].concat(),
            Operator::NotIn => ["the label ", self.key, " not in ", &values()].concat(),
            Operator::Exists => ["the label ", self.key].concat(),
            Operator::DoesNotExist => ["no label ", self.key].concat(),
        }
    }

    fn is_same(&self, other: &Expression<'_>) -> bool {
        self.key == other.key && self.operator == other.operator && self.values == other.values
    }

    fn matches(&self, label: Option<&str>) -> bool {
        match self.operator {
            Operator::In => label.is_some_and(|label| self.values.contains(&label)),
            Operator::NotIn => !label.is_some_and(|label| self.values.contains(&label)),
            Operator::Exists => label.is_some(),
            Operator::DoesNotExist => label.is_none(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::json::node::PathArena;

    fn matches(selector: Value, labels: Value) -> Option<bool> {
        let arena = PathArena::new();
        let metadata = json!({"labels": labels});
        let labels = Labels::of(Node::root(&metadata, &arena));
        Selector::read(Node::root(&selector, &arena)).unwrap().map(|selector| selector.matches(labels))
    }

    #[test]
    fn empty_selects_all_and_absent_selects_none() {
        assert_eq!(matches(json!({}), json!({})), Some(true));
        assert_eq!(matches(json!(null), json!({})), None);
    }

    #[test]
    fn labels_and_expressions_must_both_match() {
        let selector = json!({"matchLabels": {"app": "web"}, "matchExpressions": [
            {"key": "tier", "operator": "In", "values": ["a", "b"]},
            {"key": "legacy", "operator": "DoesNotExist"},
            {"key": "track", "operator": "NotIn", "values": ["canary"]},
            {"key": "team", "operator": "Exists"}]});
        let labels = json!({"app": "web", "tier": "b", "team": "x"});
        assert_eq!(matches(selector.clone(), labels.clone()), Some(true));
        for (key, value) in [("app", "api"), ("tier", "c"), ("legacy", "yes"), ("track", "canary")] {
            let mut labels = labels.clone();
            labels[key] = json!(value);
            assert_eq!(matches(selector.clone(), labels), Some(false), "{key}");
        }
        assert_eq!(matches(selector, json!({"app": "web", "tier": "b"})), Some(false));
    }

    #[test]
    fn one_known_label_is_accepted_when_nothing_else_is_asked() {
        let accepts = |selector: Value| {
            let arena = PathArena::new();
            Selector::read(Node::root(&selector, &arena)).unwrap().unwrap().accepts("name", "web")
        };
        let not_in = |key: &str, value: &str| json!({"key": key, "operator": "NotIn", "values": [value]});
        assert!(accepts(json!({})));
        assert!(accepts(json!({"matchLabels": {"name": "web"}, "matchExpressions": [not_in("name", "api")]})));
        assert!(!accepts(json!({"matchExpressions": [not_in("name", "web")]})));
        assert!(!accepts(json!({"matchExpressions": [not_in("tier", "web")]})));
        assert!(!accepts(json!({"matchLabels": {"name": "web", "tier": "front"}})));
        assert!(!accepts(json!({"matchLabels": {"name": "api"}})));
    }

    #[test]
    fn selectors_with_different_values_contradict() {
        let contradict = |one: Value, other: Value| {
            let arena = PathArena::new();
            let [one, other] = [&one, &other].map(|value| Selector::read(Node::root(value, &arena)).unwrap().unwrap());
            assert_eq!(one.contradicts(&other), other.contradicts(&one));
            one.contradicts(&other)
        };
        let web = || json!({"matchLabels": {"app": "web", "tier": "a"}});
        let among = |values| json!({"matchExpressions": [{"key": "app", "operator": "In", "values": values}]});
        assert!(contradict(web(), json!({"matchLabels": {"app": "api"}})));
        assert!(contradict(web(), among(json!(["api", "job"]))));
        assert!(!contradict(web(), among(json!(["api", "web"]))));
        assert!(!contradict(web(), json!({"matchLabels": {"tier": "a"}})));
        assert!(!contradict(web(), json!({})));
        let excluded = json!({"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["web"]}]});
        assert!(!contradict(web(), excluded), "only values that are required count");
    }

    #[test]
    fn broader_selector_covers_narrower_one() {
        let covers = |wide: Value, filter: Value| {
            let arena = PathArena::new();
            let read = |selector| Selector::read(Node::root(selector, &arena)).unwrap().unwrap();
            read(&wide).covers(&read(&filter))
        };
        let web = json!({"matchLabels": {"app": "web"}});
        let stable = json!({"matchLabels": {"app": "web", "track": "stable"}});
        let expression = |operator: &str, values: Value| {
            json!({"matchLabels": {"app": "web"}, "matchExpressions": [
                {"key": "track", "operator": operator, "values": values}]})
        };
        assert!(covers(web.clone(), web.clone()));
        assert!(covers(web.clone(), stable.clone()));
        assert!(!covers(stable.clone(), web.clone()));
        assert!(covers(json!({}), web.clone()));
        assert!(covers(web.clone(), expression("Exists", json!([]))));
        assert!(covers(expression("NotIn", json!(["canary"])), stable.clone()));
        assert!(!covers(expression("DoesNotExist", json!([])), stable));
        assert!(!covers(expression("NotIn", json!(["canary"])), web));
        assert!(covers(expression("NotIn", json!(["canary"])), expression("NotIn", json!(["canary"]))));
    }

    #[test]
    fn unmet_requirements_are_named() {
        let arena = PathArena::new();
        let selector = json!({"matchLabels": {"app": "web", "team": "x"}, "matchExpressions": [
            {"key": "tier", "operator": "In", "values": ["a", "b"]},
            {"key": "track", "operator": "NotIn", "values": ["canary"]},
            {"key": "legacy", "operator": "DoesNotExist"},
            {"key": "zone", "operator": "Exists"}]});
        let metadata = json!({"labels": {"app": "web", "track": "canary", "legacy": ""}});
        let selector = Selector::read(Node::root(&selector, &arena)).unwrap().unwrap();
        let unmet = selector.unmet(Labels::of(Node::root(&metadata, &arena)));
        let said: Vec<String> = unmet.into_iter().map(|unmet| [unmet.key, ": ", &unmet.wanted].concat()).collect();
        let expected = [
            "team: the label team=x",
            "tier: the label tier in (a, b)",
            "track: the label track not in (canary)",
            "legacy: no label legacy",
            "zone: the label zone",
        ];
        assert_eq!(said, expected);
    }

    #[test]
    fn removing_a_label_broadens_the_selector() {
        let arena = PathArena::new();
        let selector = json!({"matchLabels": {"app": "web", "role": "primary"},
            "matchExpressions": [{"key": "role", "operator": "Exists"}]});
        let metadata = json!({"labels": {"app": "web"}});
        let read = || Selector::read(Node::root(&selector, &arena)).unwrap().unwrap();
        let labels = Labels::of(Node::root(&metadata, &arena));
        assert!(!read().matches(labels));
        assert!(read().without(|key| key == "role").matches(labels));
        assert!(read().without(|_| true).is_empty());
    }

    #[test]
    fn unknown_operator_reports_path() {
        let arena = PathArena::new();
        let selector = json!({"matchExpressions": [{"key": "a", "operator": "Like"}]});
        let error = Selector::read(Node::root(&selector, &arena)).err().unwrap();
        assert_eq!(error.path.as_str(), "/matchExpressions/0/operator");
    }
}
