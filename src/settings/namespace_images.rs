//! Which images a namespace may use, in settings.

use serde::Deserialize;
use serde::de::Error;

use crate::settings::{Glob, ImagePattern};

/// Images that the namespaces of a pattern may use, written `namespace=image`: `shop-*=registry.example.com/shop`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamespaceImages {
    namespace: Glob,
    images: ImagePattern,
}

impl NamespaceImages {
    /// Parses `namespace=image`; `None` when it isn't valid.
    pub fn parse(text: &str) -> Option<NamespaceImages> {
        let (namespace, images) = text.split_once('=')?;
        let is_namespace =
            |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || "-*?".contains(letter);
        let fits = !namespace.is_empty() && namespace.chars().all(is_namespace);
        Some(NamespaceImages { namespace: Glob::new(namespace), images: ImagePattern::parse(images)? }).filter(|_| fits)
    }

    /// True when it is about this namespace.
    pub fn is_for(&self, namespace: &str) -> bool {
        self.namespace.matches(namespace)
    }

    /// The images.
    pub fn images(&self) -> &ImagePattern {
        &self.images
    }
}

impl<'de> Deserialize<'de> for NamespaceImages {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<NamespaceImages, D::Error> {
        NamespaceImages::parse(<&str>::deserialize(deserializer)?)
            .ok_or_else(|| D::Error::custom("should be namespace=image, such as shop-*=registry.example.com/shop"))
    }
}

#[cfg(feature = "catalogue")]
impl serde::Serialize for NamespaceImages {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&[self.namespace.as_str(), "=", self.images.as_str()].concat())
    }
}

#[cfg(feature = "catalogue")]
impl schemars::JsonSchema for NamespaceImages {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "NamespaceImages".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "pattern": "^[-a-z0-9*?]+=(localhost|[^/@=\\s]*[.:*?][^/@=\\s]*)(/[^/:@=\\s]+)*$",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::NamespaceImages;

    #[test]
    fn matches_its_namespaces_only() {
        let shop = NamespaceImages::parse("shop-*=registry.example.com/shop").unwrap();
        assert!(shop.is_for("shop-eu"));
        assert!(!shop.is_for("shop"));
        assert!(shop.images().matches("registry.example.com/shop/cart"));
        for text in ["", "shop", "=registry.example.com", "shop=", "shop=cart", "Shop=registry.example.com"] {
            assert_eq!(NamespaceImages::parse(text), None, "{text}");
        }
    }
}
