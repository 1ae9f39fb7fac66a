//! The files for Artifact Hub.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use plimsoll::policy::metadata::Status;
use plimsoll_kubewarden::Shipped;
use serde::Serialize;

use crate::render::metadata::{self, MetadataFile};
use crate::workspace::VERSION;

/// It says when the current version was released.
const CHANGELOG: &str = include_str!("../../../CHANGELOG.md");

/// A package, in the order in which `kwctl scaffold artifacthub` writes it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Package {
    version: String,
    name: String,
    display_name: String,
    created_at: String,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    deprecated: bool,
    description: String,
    license: String,
    #[serde(rename = "homeURL")]
    home_url: String,
    containers_images: Vec<Image>,
    keywords: Vec<String>,
    links: Vec<Link>,
    install: String,
    maintainers: Vec<Maintainer>,
    provider: Provider,
    recommendations: Vec<Recommendation>,
    annotations: BTreeMap<String, String>,
}

#[derive(Serialize)]
struct Image {
    name: &'static str,
    image: String,
}

#[derive(Serialize)]
struct Link {
    name: &'static str,
    url: String,
}

#[derive(Serialize)]
struct Maintainer {
    name: String,
    email: String,
}

#[derive(Serialize)]
struct Provider {
    name: &'static str,
}

#[derive(Serialize)]
struct Recommendation {
    url: &'static str,
}

/// A module's artifacthub-pkg.yml, made from its metadata and its questions-ui.yml.
pub(crate) fn render(shipped: Shipped, questions: &str) -> Result<String> {
    let package = package(&metadata::metadata(shipped), shipped.metadata().status, questions)?;
    Ok(format!("# Made by `make gen`.\n{}", super::yaml(&package)?))
}

fn package(metadata: &MetadataFile, status: Status, questions: &str) -> Result<Package> {
    let text = |key: &str| metadata.annotations.get(key).cloned().unwrap_or_default();
    let image = format!("{}:v{VERSION}", text("io.kubewarden.policy.ociUrl"));
    let source = text("io.kubewarden.policy.source");
    let tag = text("com.github.release.tag").replace('/', "%2F");
    let mut annotations = BTreeMap::from([
        ("kubewarden/mutation".to_owned(), metadata.mutating.to_string()),
        ("kubewarden/rules".to_owned(), super::yaml(&metadata.rules)?),
        ("kubewarden/resources".to_owned(), text("io.artifacthub.resources")),
        ("kubewarden/questions-ui".to_owned(), questions.to_owned()),
    ]);
    if !metadata.context_aware_resources.is_empty() {
        annotations
            .insert("kubewarden/contextAwareResources".to_owned(), super::yaml(&metadata.context_aware_resources)?);
    }
    let author = text("io.kubewarden.policy.author");
    let maintainer = |(name, email): (&str, &str)| Maintainer { name: name.to_owned(), email: email.to_owned() };
    Ok(Package {
        version: VERSION.to_owned(),
        name: text("io.kubewarden.policy.title"),
        display_name: text("io.artifacthub.displayName"),
        created_at: created_at(CHANGELOG)?,
        deprecated: status == Status::Deprecated,
        description: text("io.kubewarden.policy.description"),
        license: text("io.kubewarden.policy.license"),
        home_url: text("io.kubewarden.policy.url"),
        keywords: text("io.artifacthub.keywords").split(',').map(|word| word.trim().to_owned()).collect(),
        links: vec![
            Link { name: "policy", url: format!("{source}/releases/download/{tag}/policy.wasm") },
            Link { name: "source", url: source },
        ],
        install: install(&image),
        containers_images: vec![Image { name: "policy", image }],
        maintainers: metadata::maintainers(&author).into_iter().map(maintainer).collect(),
        provider: Provider { name: "plimsoll" },
        recommendations: vec![Recommendation {
            url: "https://artifacthub.io/packages/helm/kubewarden/kubewarden-controller",
        }],
        annotations,
    })
}

/// The day of the version's heading in the changelog: `cargo xtask release` writes both.
fn created_at(changelog: &str) -> Result<String> {
    let heading = format!("## [{VERSION}] - ");
    let day = changelog.lines().find_map(|line| line.strip_prefix(&heading));
    let day = day.with_context(|| format!("CHANGELOG.md has no part for {VERSION}"))?;
    Ok(format!("{day}T00:00:00Z"))
}

fn install(image: &str) -> String {
    format!(
        "Fetch the policy with [kwctl](https://docs.kubewarden.io/howtos/install-kwctl):\n\
         ```console\n\
         kwctl pull {image}\n\
         ```\n\
         and make a manifest of it, to be adjusted and applied:\n\
         ```console\n\
         kwctl scaffold manifest -t ClusterAdmissionPolicy registry://{image}\n\
         ```\n"
    )
}

/// artifacthub-repo.yml: the owners of the packages.
pub(crate) fn repository() -> Result<String> {
    #[derive(Serialize)]
    struct Repository {
        owners: Vec<Maintainer>,
    }
    let maintainer = |(name, email): (&str, &str)| Maintainer { name: name.to_owned(), email: email.to_owned() };
    let owners = metadata::maintainers(metadata::AUTHOR).into_iter().map(maintainer).collect();
    Ok(format!("# Made by `make gen`.\n{}", super::yaml(&Repository { owners })?))
}
