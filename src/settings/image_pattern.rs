//! Registries, and repositories in them, in settings.

use serde::Deserialize;
use serde::de::Error;

use crate::kube::image::normalised_registry;
use crate::settings::Glob;

/// A registry, or a registry and the beginning of a path: `docker.io`, `ghcr.io/my-team`, `*.example.com`. It matches
/// every image below it. `*` and `?` match characters between two slashes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize))]
pub struct ImagePattern(String);

impl ImagePattern {
    /// Parses a pattern; `None` when it doesn't begin with a registry, or has a tag.
    pub fn parse(text: &str) -> Option<ImagePattern> {
        let (registry, path) = text.split_once('/').map_or((text, None), |(registry, path)| (registry, Some(path)));
        let is_registry = registry.contains(['.', ':', '*', '?']) || registry == "localhost";
        let path_fits = path.is_none_or(|path| path.split('/').all(|part| !part.is_empty()) && !path.contains(':'));
        let has_invalid = text.contains(|letter: char| letter == '@' || letter == '=' || letter.is_whitespace());
        if !is_registry || !path_fits || has_invalid {
            return None;
        }
        let path = path.map_or(String::new(), |path| ["/", path].concat());
        Some(ImagePattern([normalised_registry(registry), path].concat()))
    }

    /// The pattern, with the registry's normalised name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// True when the image with this normalised name is below it.
    pub fn matches(&self, name: &str) -> bool {
        let mut parts = name.split('/');
        self.0.split('/').all(|pattern| parts.next().is_some_and(|part| Glob::new(pattern).matches(part)))
    }
}

impl<'de> Deserialize<'de> for ImagePattern {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<ImagePattern, D::Error> {
        ImagePattern::parse(<&str>::deserialize(deserializer)?)
            .ok_or_else(|| D::Error::custom("should be a registry or a path in one, such as docker.io or ghcr.io/team"))
    }
}

#[cfg(feature = "catalogue")]
impl schemars::JsonSchema for ImagePattern {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ImagePattern".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "pattern": "^(localhost|[^/@=\\s]*[.:*?][^/@=\\s]*)(/[^/:@=\\s]+)*$",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::ImagePattern;

    #[test]
    fn matches_everything_below_it() {
        for (pattern, name, expected) in [
            ("docker.io", "docker.io/library/nginx", true),
            ("registry-1.docker.io", "docker.io/library/nginx", true),
            ("docker.io/library", "docker.io/library/nginx", true),
            ("docker.io/library/nginx", "docker.io/library/nginx", true),
            ("docker.io/lib", "docker.io/library/nginx", false),
            ("docker.io/library/nginx/more", "docker.io/library/nginx", false),
            ("example.com", "example.com.evil.io/app", false),
            ("example.com", "example.com:5000/app", false),
            ("*.example.com", "eu.example.com/shop/app", true),
            // A star stops at a slash: otherwise anyone could put the name into a path.
            ("*.example.com", "evil.io/eu.example.com/app", false),
            ("*/shop", "ghcr.io/shop/app", true),
            ("ghcr.io/team-?", "ghcr.io/team-a/app", true),
            ("*", "quay.io/a/b", true),
        ] {
            assert_eq!(ImagePattern::parse(pattern).unwrap().matches(name), expected, "{name} below {pattern}");
        }
    }

    #[test]
    fn must_begin_with_a_registry() {
        for text in ["docker.io", "localhost/app", "host:5000", "GHCR.io/team", "*"] {
            assert!(ImagePattern::parse(text).is_some(), "{text}");
        }
        for text in ["", "nginx", "library/nginx", "docker.io/", "docker.io//a", "docker.io/nginx:1", "a.io/b@sha256:0"]
        {
            assert_eq!(ImagePattern::parse(text), None, "{text}");
        }
    }
}
