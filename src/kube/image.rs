//! Image references, as container runtimes read them.

/// The parts of an image reference such as `registry:5000/team/app:1.2@sha256:…`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageReference<'a> {
    /// The registry as written; `None` means Docker Hub.
    pub registry: Option<&'a str>,
    /// The path below the registry, as written.
    pub repository: &'a str,
    /// The tag, if one is written.
    pub tag: Option<&'a str>,
    /// The digest with its algorithm, if one is written.
    pub digest: Option<&'a str>,
}

impl<'a> ImageReference<'a> {
    /// Takes a reference apart. Nothing is checked beyond what telling the parts apart needs.
    pub fn parse(reference: &'a str) -> ImageReference<'a> {
        let (name, digest) = match reference.split_once('@') {
            Some((name, digest)) => (name, Some(digest)),
            None => (reference, None),
        };
        // A colon before the last slash belongs to a port, not to a tag.
        let (name, tag) = match name.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
            _ => (name, None),
        };
        let (registry, repository) = match name.split_once('/') {
            Some((first, rest)) if first.contains(['.', ':']) || first == "localhost" => (Some(first), rest),
            _ => (None, name),
        };
        ImageReference { registry, repository, tag, digest }
    }

    /// The full name without tag and digest: `nginx`, `library/nginx` and `docker.io/nginx` all are
    /// `docker.io/library/nginx`.
    pub fn normalised_name(&self) -> String {
        let registry = match self.registry {
            None | Some("docker.io" | "index.docker.io" | "registry-1.docker.io") => "docker.io",
            Some(registry) => registry,
        };
        let library = if registry == "docker.io" && !self.repository.contains('/') { "/library/" } else { "/" };
        [registry, library, self.repository].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_ports_from_tags() {
        let image = ImageReference::parse("host:5000/app");
        assert_eq!((image.registry, image.repository, image.tag), (Some("host:5000"), "app", None));
        let image = ImageReference::parse("host:5000/team/app:1.2@sha256:00");
        assert_eq!((image.tag, image.digest), (Some("1.2"), Some("sha256:00")));
        assert_eq!(ImageReference::parse("app:latest").tag, Some("latest"));
    }

    #[test]
    fn one_image_has_one_name() {
        for reference in ["nginx", "library/nginx:1", "docker.io/nginx", "index.docker.io/library/nginx@sha256:00"] {
            assert_eq!(ImageReference::parse(reference).normalised_name(), "docker.io/library/nginx", "{reference}");
        }
        assert_eq!(ImageReference::parse("localhost/app").normalised_name(), "localhost/app");
        assert_eq!(ImageReference::parse("team/app").normalised_name(), "docker.io/team/app");
    }
}
