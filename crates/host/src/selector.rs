//! Label and field selectors as text, as the API server reads them.

use serde_json::Value;

enum Test<'a> {
    In(Vec<&'a str>),
    NotIn(Vec<&'a str>),
    Exists,
    Absent,
}

/// Whether the object's labels satisfy the selector.
pub(crate) fn labels_match(selector: &str, object: &Value) -> Result<bool, String> {
    let labels = object.pointer("/metadata/labels");
    for term in terms(selector) {
        let (key, test) = label_term(term).ok_or_else(|| format!("unable to parse label selector: {selector:?}"))?;
        let value = labels.and_then(|labels| labels.get(key)).and_then(Value::as_str);
        let holds = match test {
            Test::In(values) => value.is_some_and(|value| values.contains(&value)),
            // An object without the label satisfies a negative term.
            Test::NotIn(values) => value.is_none_or(|value| !values.contains(&value)),
            Test::Exists => value.is_some(),
            Test::Absent => value.is_none(),
        };
        if !holds {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether the object's fields satisfy the selector. The API server supports a few fields of each kind; this takes any
/// path to a scalar. An absent field is the empty string.
pub(crate) fn fields_match(selector: &str, object: &Value) -> Result<bool, String> {
    for term in terms(selector) {
        let (path, wanted, value) = comparison(term).ok_or_else(|| format!("invalid field selector: {selector:?}"))?;
        let field = path.split('.').try_fold(object, |value, member| value.get(member));
        let text = match field {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        };
        if (text == value) != wanted {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The comma-separated parts; commas in parentheses separate values.
fn terms(selector: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_u32;
    selector
        .split(move |c| {
            match c {
                '(' => depth += 1,
                ')' => depth = depth.saturating_sub(1),
                _ => {}
            }
            c == ',' && depth == 0
        })
        .map(str::trim)
        .filter(|term| !term.is_empty())
}

/// Left side, whether the operator is equality, right side.
fn comparison(term: &str) -> Option<(&str, bool, &str)> {
    let (left, wanted, right) = match term.split_once("!=") {
        Some((left, right)) => (left, false, right),
        None => {
            let (left, right) = term.split_once('=')?;
            (left, true, right.strip_prefix('=').unwrap_or(right))
        }
    };
    let left = left.trim();
    (!left.is_empty()).then_some((left, wanted, right.trim()))
}

fn label_term(term: &str) -> Option<(&str, Test<'_>)> {
    if let Some(values) = term.strip_suffix(')') {
        let (left, values) = values.split_once('(')?;
        let values = values.split(',').map(str::trim).collect();
        let mut words = left.split_whitespace();
        let found = match (words.next()?, words.next()?) {
            (key, "in") => (key, Test::In(values)),
            (key, "notin") => (key, Test::NotIn(values)),
            _ => return None,
        };
        return words.next().is_none().then_some(found);
    }
    if term.contains('=') {
        let (key, wanted, value) = comparison(term)?;
        return Some((key, if wanted { Test::In(vec![value]) } else { Test::NotIn(vec![value]) }));
    }
    let (key, test) = match term.strip_prefix('!') {
        Some(key) => (key.trim(), Test::Absent),
        None => (term, Test::Exists),
    };
    (!key.is_empty() && !key.contains(char::is_whitespace)).then_some((key, test))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn label_selectors_match_as_in_the_api_server() {
        let object = json!({ "metadata": { "labels": { "app": "web", "tier": "front" } } });
        for (selector, holds) in [
            ("", true),
            ("app=web", true),
            ("app==web,tier=front", true),
            ("app=web,tier=back", false),
            ("app!=web", false),
            ("zone!=a", true),
            ("app in (api, web)", true),
            ("app in (api)", false),
            ("app notin (api,db),tier", true),
            ("zone notin (a)", true),
            ("tier", true),
            ("zone", false),
            ("!zone", true),
            ("!app", false),
        ] {
            assert_eq!(labels_match(selector, &object), Ok(holds), "{selector}");
        }
        for selector in ["app within (web)", "=web", "a b", "app in (web) now", "!"] {
            assert!(labels_match(selector, &object).is_err(), "{selector}");
        }
    }

    #[test]
    fn field_selectors_compare_scalars() {
        let object = json!({ "metadata": { "name": "a" }, "spec": { "nodeName": "n1", "replicas": 3 } });
        for (selector, holds) in [
            ("metadata.name=a", true),
            ("metadata.name==b", false),
            ("spec.nodeName!=n2,metadata.name=a", true),
            ("spec.replicas=3", true),
            ("status.phase=", true),
            ("status.phase!=Running", true),
        ] {
            assert_eq!(fields_match(selector, &object), Ok(holds), "{selector}");
        }
        assert!(fields_match("metadata.name", &object).is_err());
    }
}
