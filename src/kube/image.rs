//! Image references, as container runtimes read them, and the places where pods have them.

use crate::kube::container::Container;
use crate::kube::node::{Malformed, Node};
use crate::kube::pod::Pod;

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

/// What a reference is held by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pin<'a> {
    /// A digest: always the same image, whatever tag stands beside it.
    Digest(&'a str),
    /// A tag: whatever image has it now.
    Tag(&'a str),
    /// Nothing, which runtimes read as the tag `latest`.
    Nothing,
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

    /// What holds the reference to an image.
    pub fn pin(&self) -> Pin<'a> {
        match (self.digest, self.tag) {
            (Some(digest), _) => Pin::Digest(digest),
            (None, Some(tag)) if !tag.is_empty() => Pin::Tag(tag),
            _ => Pin::Nothing,
        }
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

/// An image that a pod uses.
#[derive(Clone, Copy)]
pub struct UsedImage<'p, 'a> {
    /// Where the reference is written.
    pub node: Node<'a>,
    /// The reference as written; never empty.
    pub reference: &'a str,
    /// What uses it.
    pub user: ImageUser<'p, 'a>,
}

/// What a pod uses an image for.
#[derive(Clone, Copy)]
pub enum ImageUser<'p, 'a> {
    /// A container runs it.
    Container(&'p Container<'a>),
    /// The volume of this name mounts its files.
    Volume(&'a str),
}

impl<'p, 'a> UsedImage<'p, 'a> {
    /// How messages name the user: `container "app"`, `image volume "models"`.
    pub fn title(&self) -> String {
        match self.user {
            ImageUser::Container(container) => container.title(),
            ImageUser::Volume(name) => ["image volume \"", name, "\""].concat(),
        }
    }

    /// The container that runs it.
    pub fn container(&self) -> Option<&'p Container<'a>> {
        match self.user {
            ImageUser::Container(container) => Some(container),
            ImageUser::Volume(_) => None,
        }
    }
}

/// Every image of the pod: those of its containers, then those of its image volumes. Left out is what has none written
/// yet, as is allowed in templates that something else completes: no `image`, or Istio's `auto`.
///
/// # Errors
/// When an image is no string, or `volumes` no list.
pub fn images<'p, 'a>(pod: &'p Pod<'a>) -> Result<Vec<UsedImage<'p, 'a>>, Malformed> {
    let mut images = Vec::new();
    for container in pod.containers() {
        let node = container.get("image");
        let Some(reference) = node.str()?.filter(|reference| !reference.is_empty()) else { continue };
        // Istio's injector puts the proxy's image there.
        if reference != "auto" || container.name() != "istio-proxy" {
            images.push(UsedImage { node, reference, user: ImageUser::Container(container) });
        }
    }
    for volume in pod.spec().get("volumes").items()? {
        let node = volume.get("image").mapping()?.get("reference");
        if let Some(reference) = node.str()?.filter(|reference| !reference.is_empty()) {
            let name = volume.get("name").str()?.unwrap_or_default();
            images.push(UsedImage { node, reference, user: ImageUser::Volume(name) });
        }
    }
    Ok(images)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kube::kinds::POD;
    use crate::kube::node::Trails;

    #[test]
    fn a_digest_beats_a_tag() {
        assert_eq!(ImageReference::parse("app:latest@sha256:00").pin(), Pin::Digest("sha256:00"));
        assert_eq!(ImageReference::parse("host:5000/app:1").pin(), Pin::Tag("1"));
        assert_eq!(ImageReference::parse("host:5000/app").pin(), Pin::Nothing);
        assert_eq!(ImageReference::parse("app:").pin(), Pin::Nothing);
    }

    #[test]
    fn finds_every_image_of_a_pod() {
        let object = json!({"spec": {
            "initContainers": [{"name": "init", "image": "a"}],
            "containers": [{"name": "app", "image": "b"}, {"name": "unset"}, {"name": "istio-proxy", "image": "auto"}],
            "ephemeralContainers": [{"name": "debug", "image": "c"}],
            "volumes": [{"name": "tmp", "emptyDir": {}}, {"name": "models", "image": {"reference": "d"}}],
        }});
        let trails = Trails::new();
        let pod = Pod::of(Node::root(&object, &trails), &POD).unwrap().unwrap();
        let found: Vec<_> = images(&pod).unwrap().iter().map(|image| (image.reference, image.title())).collect();
        let expected = [
            ("a", "init container \"init\""),
            ("b", "container \"app\""),
            ("c", "ephemeral container \"debug\""),
            ("d", "image volume \"models\""),
        ];
        assert_eq!(found, expected.map(|(reference, title)| (reference, title.to_owned())));
    }

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
