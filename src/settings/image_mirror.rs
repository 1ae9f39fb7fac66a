//! Mirrors of images, in settings.

use serde::Deserialize;
use serde::de::Error;

use crate::settings::ImagePattern;

/// Where the images of a registry, or of a path in one, have been copied to: `docker.io=registry.example.com/docker-hub`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageMirror {
    from: String,
    to: String,
}

impl ImageMirror {
    /// Parses `from=to`; `None` when either isn't a registry or a path in one.
    pub fn parse(text: &str) -> Option<ImageMirror> {
        let place = |text: &str| {
            let exact = !text.contains(['*', '?']);
            ImagePattern::parse(text).filter(|_| exact).map(|pattern| pattern.as_str().to_owned())
        };
        let (from, to) = text.split_once('=')?;
        Some(ImageMirror { from: place(from)?, to: place(to)? })
    }

    /// The name of the copy of the image with this normalised name; `None` when it isn't copied.
    pub fn copy_of(&self, name: &str) -> Option<String> {
        let rest = name.strip_prefix(self.from.as_str())?;
        (rest.is_empty() || rest.starts_with('/')).then(|| [&self.to, rest].concat())
    }
}

impl<'de> Deserialize<'de> for ImageMirror {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<ImageMirror, D::Error> {
        ImageMirror::parse(<&str>::deserialize(deserializer)?)
            .ok_or_else(|| D::Error::custom("should be written from=to, such as docker.io=registry.example.com/hub"))
    }
}

#[cfg(feature = "catalogue")]
impl serde::Serialize for ImageMirror {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&[&self.from, "=", &self.to].concat())
    }
}

#[cfg(feature = "catalogue")]
impl schemars::JsonSchema for ImageMirror {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ImageMirror".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "pattern": "^[^=@*?\\s]+=[^=@*?\\s]+$"})
    }
}

#[cfg(test)]
mod tests {
    use super::ImageMirror;

    #[test]
    fn replaces_only_whole_path_segments() {
        let mirror = ImageMirror::parse("docker.io=registry.example.com/hub").unwrap();
        let copy = mirror.copy_of("docker.io/library/nginx");
        assert_eq!(copy.as_deref(), Some("registry.example.com/hub/library/nginx"));
        assert_eq!(mirror.copy_of("docker.io.evil.io/nginx"), None);
        let mirror = ImageMirror::parse("ghcr.io/team=localhost:5000").unwrap();
        assert_eq!(mirror.copy_of("ghcr.io/team/app").as_deref(), Some("localhost:5000/app"));
        assert_eq!(mirror.copy_of("ghcr.io/teams/app"), None);
    }

    #[test]
    fn needs_two_exact_registries() {
        for text in ["", "docker.io", "docker.io=", "=a.io", "*.io=a.io", "a.io=b.io=c.io", "hub=a.io", "a.io=b.io/*"] {
            assert_eq!(ImageMirror::parse(text), None, "{text}");
        }
    }
}
