//! Image references as container runtimes read them, and where pods use them.

use crate::json::node::{Malformed, Node};
use crate::kube::container::Container;
use crate::kube::pod::Pod;
use crate::text::holds;

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

/// What pins a reference to an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pin<'a> {
    /// A digest: always the same image, whatever tag is next to it.
    Digest(&'a str),
    /// A digest that isn't one: the kubelet rejects the whole reference.
    Invalid(&'a str),
    /// A tag: whichever image has it now.
    Tag(&'a str),
    /// Nothing, which runtimes read as the tag `latest`.
    Nothing,
}

impl<'a> ImageReference<'a> {
    /// Splits a reference into its parts without validating them.
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
            Some((first, rest)) if is_registry(first) => (Some(first), rest),
            _ => (None, name),
        };
        ImageReference { registry, repository, tag, digest }
    }

    /// What pins the reference to an image.
    pub fn pin(&self) -> Pin<'a> {
        match (self.digest, self.tag) {
            (Some(digest), _) if is_digest(digest) => Pin::Digest(digest),
            (Some(digest), _) => Pin::Invalid(digest),
            (None, Some(tag)) if !tag.is_empty() => Pin::Tag(tag),
            _ => Pin::Nothing,
        }
    }

    /// The full name without tag and digest: `nginx`, `library/nginx` and `docker.io/nginx` all are
    /// `docker.io/library/nginx`.
    pub fn normalised_name(&self) -> String {
        let registry = self.registry.map_or_else(|| DOCKER_HUB.to_owned(), normalised_registry);
        let library = if registry == DOCKER_HUB && !self.repository.contains('/') { "/library/" } else { "/" };
        [&registry, library, self.repository].concat()
    }

    /// The `imagePullPolicy` that the API sets where there is none.
    pub fn default_pull_policy(&self) -> &'static str {
        // It looks only at the tag, even next to a digest.
        if self.tag == Some("latest") || self.pin() == Pin::Nothing { "Always" } else { "IfNotPresent" }
    }
}

/// True when container runtimes accept the digest, as `distribution/reference` checks it.
fn is_digest(digest: &str) -> bool {
    let Some((algorithm, hex)) = digest.split_once(':') else { return false };
    let length = match algorithm {
        "sha256" => 64,
        "sha384" => 96,
        "sha512" => 128,
        _ => return false,
    };
    hex.len() == length && hex.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// True for text that a tool still has to replace: `${IMAGE}`, `{{ .Values.image }}`, `<image>`, `ko://…`. None of these
/// characters may stand in a reference.
fn is_placeholder(text: &str) -> bool {
    holds(text, "://") || text.contains(['$', '{', '}', '<', '>', '%']) || text.contains(char::is_whitespace)
}

const DOCKER_HUB: &str = "docker.io";

/// True when the first part of a name is a registry and not part of the path. Paths have no upper case.
fn is_registry(first: &str) -> bool {
    first.contains(['.', ':']) || first == "localhost" || first.bytes().any(|byte| byte.is_ascii_uppercase())
}

/// One name for a registry that has several: case and the default port make no difference.
pub fn normalised_registry(registry: &str) -> String {
    let host = registry.to_ascii_lowercase();
    let host = host.strip_suffix(":443").unwrap_or(&host);
    match host {
        "index.docker.io" | "registry-1.docker.io" | "registry.hub.docker.com" => DOCKER_HUB.to_owned(),
        host => host.to_owned(),
    }
}

/// An image that a pod uses.
#[derive(Clone, Copy)]
pub struct UsedImage<'p, 'a> {
    /// Where the reference is written.
    pub node: Node<'a>,
    /// The reference as written; never empty.
    pub reference: &'a str,
    /// The place of its pull policy.
    pub pull_policy: Node<'a>,
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

    /// True when the reference is still a template, or has a part that is one.
    pub fn is_template(&self) -> bool {
        let repository = ImageReference::parse(self.reference).repository;
        is_placeholder(self.reference) || repository.bytes().any(|byte| byte.is_ascii_uppercase())
    }

    /// The tag, if it is written, whatever is still a template in front of it: `${REGISTRY}/shop/web:latest`.
    pub fn tag(&self) -> Option<&'a str> {
        ImageReference::parse(self.reference).tag.filter(|tag| !tag.is_empty() && !is_placeholder(tag))
    }

    /// True when the registry is known, whatever is still a template behind it.
    pub fn has_registry(&self) -> bool {
        let first = self.reference.split('/').next().unwrap_or_default();
        !self.is_template() || self.reference.contains('/') && !is_placeholder(first) && !holds(self.reference, "://")
    }

    /// The container that runs it.
    pub fn container(&self) -> Option<&'p Container<'a>> {
        match self.user {
            ImageUser::Container(container) => Some(container),
            ImageUser::Volume(_) => None,
        }
    }
}

/// Every image of the pod: those of its containers, then those of its image volumes. Containers whose image is filled in
/// later are left out: those without `image`, and Istio's `auto`.
///
/// # Errors
/// When an image is not a string, or `volumes` not a list.
pub fn images<'p, 'a>(pod: &'p Pod<'a>) -> Result<Vec<UsedImage<'p, 'a>>, Malformed> {
    let mut images = Vec::new();
    for container in pod.containers() {
        let node = container.get("image");
        let Some(reference) = node.str()?.filter(|reference| !reference.is_empty()) else { continue };
        // Istio's injector replaces it with the proxy's image.
        if reference != "auto" {
            let pull_policy = container.get("imagePullPolicy");
            images.push(UsedImage { node, reference, pull_policy, user: ImageUser::Container(container) });
        }
    }
    for volume in pod.spec().get("volumes").items()? {
        let source = volume.get("image").mapping()?;
        let (node, pull_policy) = (source.get("reference"), source.get("pullPolicy"));
        if let Some(reference) = node.str()?.filter(|reference| !reference.is_empty()) {
            let name = volume.get("name").str()?.unwrap_or_default();
            images.push(UsedImage { node, reference, pull_policy, user: ImageUser::Volume(name) });
        }
    }
    Ok(images)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::json::node::PathArena;
    use crate::kube::kinds::POD;

    #[test]
    fn digest_wins_over_tag() {
        let sha256 = ["sha256:", &"0a".repeat(32)].concat();
        let sha512 = ["sha512:", &"0a".repeat(64)].concat();
        for digest in [&sha256, &sha512] {
            assert_eq!(ImageReference::parse(&["app:latest@", digest].concat()).pin(), Pin::Digest(digest));
        }
        let upper = sha256.to_ascii_uppercase();
        for digest in ["", "latest", "sha256", "sha256:", "sha256:abc", "md5:00", &sha256[..70], &upper] {
            assert_eq!(ImageReference::parse(&["app:1@", digest].concat()).pin(), Pin::Invalid(digest));
        }
        assert_eq!(ImageReference::parse("host:5000/app:1").pin(), Pin::Tag("1"));
        assert_eq!(ImageReference::parse("host:5000/app").pin(), Pin::Nothing);
        assert_eq!(ImageReference::parse("app:").pin(), Pin::Nothing);
    }

    #[test]
    fn only_latest_defaults_to_always() {
        for (reference, expected) in [
            ("app", "Always"),
            ("app:latest", "Always"),
            ("app:latest@sha256:00", "Always"),
            ("app@sha256:00", "IfNotPresent"),
            ("host:5000/app:1", "IfNotPresent"),
        ] {
            assert_eq!(ImageReference::parse(reference).default_pull_policy(), expected, "{reference}");
        }
    }

    #[test]
    fn templates_are_not_rendered() {
        for (reference, template, registry, tag) in [
            ("nginx", false, true, None),
            ("GHCR.io/team/app:v1-RC", false, true, Some("v1-RC")),
            ("${IMAGE}", true, false, None),
            ("$(IMAGE)", true, false, None),
            ("{{ .Values.image.repository }}:{{ .Values.image.tag }}", true, false, None),
            ("{{ .Values.registry }}/shop/cart:1.0", true, false, Some("1.0")),
            ("<your-image>", true, false, None),
            ("IMAGE_PLACEHOLDER", true, false, None),
            ("ko://example.com/cmd/app", true, false, None),
            ("${REGISTRY}/shop/cart:latest", true, false, Some("latest")),
            ("${IMAGE:-cart:latest}", true, false, None),
            ("registry.example.com/shop/cart:${TAG}", true, true, None),
        ] {
            let object = json!({"spec": {"containers": [{"name": "app", "image": reference}]}});
            let arena = PathArena::new();
            let pod = Pod::of(Node::root(&object, &arena), &POD).unwrap().unwrap();
            let image = images(&pod).unwrap()[0];
            assert_eq!(
                (image.is_template(), image.has_registry(), image.tag()),
                (template, registry, tag),
                "{reference}"
            );
        }
    }

    #[test]
    fn lists_images_of_containers_and_volumes() {
        let object = json!({"spec": {
            "initContainers": [{"name": "init", "image": "a"}],
            "containers": [{"name": "app", "image": "b"}, {"name": "unset"}, {"name": "istio-proxy", "image": "auto"}],
            "ephemeralContainers": [{"name": "debug", "image": "c"}],
            "volumes": [{"name": "tmp", "emptyDir": {}}, {"name": "models", "image": {"reference": "d"}}],
        }});
        let arena = PathArena::new();
        let pod = Pod::of(Node::root(&object, &arena), &POD).unwrap().unwrap();
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
    fn port_is_not_a_tag() {
        let image = ImageReference::parse("host:5000/app");
        assert_eq!((image.registry, image.repository, image.tag), (Some("host:5000"), "app", None));
        let image = ImageReference::parse("host:5000/team/app:1.2@sha256:00");
        assert_eq!((image.tag, image.digest), (Some("1.2"), Some("sha256:00")));
        assert_eq!(ImageReference::parse("app:latest").tag, Some("latest"));
    }

    #[test]
    fn normalised_name_is_unique() {
        for reference in ["nginx", "library/nginx:1", "docker.io/nginx", "index.docker.io/library/nginx@sha256:00"] {
            assert_eq!(ImageReference::parse(reference).normalised_name(), "docker.io/library/nginx", "{reference}");
        }
        for reference in ["GHCR.io/team/app", "ghcr.io:443/team/app:1"] {
            assert_eq!(ImageReference::parse(reference).normalised_name(), "ghcr.io/team/app", "{reference}");
        }
        assert_eq!(ImageReference::parse("registry.hub.docker.com/team/app").normalised_name(), "docker.io/team/app");
        assert_eq!(ImageReference::parse("Host/app").normalised_name(), "host/app");
        assert_eq!(ImageReference::parse("localhost/app").normalised_name(), "localhost/app");
        assert_eq!(ImageReference::parse("team/app").normalised_name(), "docker.io/team/app");
    }
}
