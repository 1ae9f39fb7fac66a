//! Keys of labels and annotations in settings.

use std::fmt;

use serde::Deserialize;
use serde::de::{Error, SeqAccess, Visitor};

/// The key of a label or an annotation, or several, any of which is enough.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize))]
pub struct Keys(Vec<String>);

impl Keys {
    /// Alternative keys; `None` without any, or with an invalid one.
    pub fn new(keys: &[&str]) -> Option<Keys> {
        let valid = !keys.is_empty() && keys.iter().all(|key| is_key(key));
        valid.then(|| Keys(keys.iter().map(|&key| key.to_owned()).collect()))
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// How messages name them: `app.kubernetes.io/name (or app)`.
    pub fn title(&self) -> String {
        match self.0.split_first() {
            Some((first, others)) if !others.is_empty() => [first, " (or ", &others.join(", "), ")"].concat(),
            _ => self.0.concat(),
        }
    }
}

/// `name` or `domain/name`; the name has at most 63 letters, digits, dashes, underscores and dots, with a letter or digit
/// at both ends.
fn is_key(key: &str) -> bool {
    let (domain, name) = key.split_once('/').unwrap_or(("x", key));
    let plain = |part: &str, signs: &[u8]| {
        let ends = [part.bytes().next(), part.bytes().next_back()];
        ends.into_iter().all(|end| end.is_some_and(|byte| byte.is_ascii_alphanumeric()))
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || signs.contains(&byte))
    };
    domain.len() <= 253 && plain(domain, b"-.") && name.len() <= 63 && plain(name, b"-_.")
}

const EXPECTED: &str = "a key such as app.kubernetes.io/name, or a list of keys";

impl<'de> Deserialize<'de> for Keys {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Keys, D::Error> {
        struct OneOrMore;

        impl<'de> Visitor<'de> for OneOrMore {
            type Value = Keys;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(EXPECTED)
            }

            fn visit_str<E: Error>(self, key: &str) -> Result<Keys, E> {
                Keys::new(&[key]).ok_or_else(|| E::custom(["should be ", EXPECTED].concat()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Keys, A::Error> {
                let mut keys = Vec::new();
                while let Some(key) = list.next_element::<&str>()? {
                    keys.push(key);
                }
                Keys::new(&keys).ok_or_else(|| A::Error::custom(["should be ", EXPECTED].concat()))
            }
        }

        deserializer.deserialize_any(OneOrMore)
    }
}

#[cfg(feature = "catalogue")]
impl schemars::JsonSchema for Keys {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Keys".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let key = "^([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?$";
        schemars::json_schema!({
            "anyOf": [
                {"type": "string", "pattern": key},
                {"type": "array", "items": {"type": "string", "pattern": key}, "minItems": 1},
            ],
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn reads_one_key_or_several() {
        for (written, title) in [
            (json!("app"), "app"),
            (json!(["app.kubernetes.io/name", "app"]), "app.kubernetes.io/name (or app)"),
            (json!(["a", "b", "c"]), "a (or b, c)"),
            (json!("a_b.c-D"), "a_b.c-D"),
        ] {
            assert_eq!(Keys::deserialize(&written).unwrap().title(), title);
        }
    }

    #[test]
    fn rejects_keys_that_the_api_rejects() {
        let long: Value = "x".repeat(64).into();
        for wrong in [json!(""), json!([]), json!(["app", ""]), json!("a b"), json!("/a"), json!("a/"), json!(1)] {
            assert!(Keys::deserialize(&wrong).is_err(), "{wrong}");
        }
        for wrong in [json!("-a"), json!("a."), json!("a/b/c"), json!("a_b/c"), json!({"a": 1}), json!([["a"]]), long] {
            assert!(Keys::deserialize(&wrong).is_err(), "{wrong}");
        }
    }
}
