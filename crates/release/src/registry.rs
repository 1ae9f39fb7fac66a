//! A registry: credentials, retries, and what it has already.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use docker_credential::{CredentialRetrievalError, DockerCredential};
use oci_client::client::{ClientConfig, ClientProtocol};
use oci_client::errors::{OciDistributionError, OciErrorCode};
use oci_client::manifest::OCI_IMAGE_MEDIA_TYPE;
use oci_client::secrets::RegistryAuth;
use oci_client::{Client, Reference, RegistryOperation};
use serde_json::Value;

use crate::artifact::{Artifact, hex_digest};
use crate::attestation::{Attestation, EMPTY_CONFIG};
use crate::beside;
use crate::layout::{Descriptor, INDEX, canonical, index};

/// How often a request is sent before the registry is given up.
const ATTEMPTS: u32 = 4;
/// Before the second attempt; doubled each time.
const PAUSE: Duration = Duration::from_millis(500);

/// Where modules go: `HOST[:PORT]/PREFIX`.
pub(crate) struct Registry {
    client: Client,
    auth: RegistryAuth,
    prefix: String,
}

/// What became of a module.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pushed {
    /// It is in the registry now.
    New,
    /// It was there, byte for byte.
    Unchanged,
}

impl Registry {
    /// A registry on loopback speaks HTTP.
    pub(crate) fn new(prefix: &str) -> Result<Self> {
        let prefix = prefix.trim_end_matches('/').to_owned();
        let example: Reference = format!("{prefix}/policy:v0").parse().with_context(|| format!("registry {prefix}"))?;
        let host = example.registry().to_owned();
        let name = host.rsplit_once(':').map_or(host.as_str(), |(name, _)| name);
        let protocol = if matches!(name, "localhost" | "127.0.0.1" | "[::1]") {
            ClientProtocol::Http
        } else {
            ClientProtocol::Https
        };
        let config = ClientConfig {
            protocol,
            connect_timeout: Some(Duration::from_secs(30)),
            read_timeout: Some(Duration::from_secs(60)),
            ..ClientConfig::default()
        };
        Ok(Self { client: Client::new(config), auth: auth(&host)?, prefix })
    }

    /// The address of a module's release.
    pub(crate) fn reference(&self, artifact: &Artifact) -> Result<Reference> {
        let text = format!("{}/{}:v{}", self.prefix, artifact.id, artifact.version);
        text.parse().with_context(|| text.clone())
    }

    /// Whether a release is new.
    ///
    /// # Errors
    /// When the tag is there with other bytes: a tag never moves.
    pub(crate) async fn compare(&self, artifact: &Artifact) -> Result<Pushed> {
        let reference = self.reference(artifact)?;
        match attempts(async || self.digest(&reference).await).await.with_context(|| reference.to_string())? {
            None => Ok(Pushed::New),
            Some(digest) if digest == artifact.digest => Ok(Pushed::Unchanged),
            Some(digest) => bail!(
                "{reference} is there with other bytes, and a tag never moves: {digest} there, {} here",
                artifact.digest
            ),
        }
    }

    /// Pushes what the registry doesn't have: blobs first, so that no manifest names a missing one.
    pub(crate) async fn push(&self, artifact: &Artifact) -> Result<Pushed> {
        if self.compare(artifact).await? == Pushed::Unchanged {
            return Ok(Pushed::Unchanged);
        }
        let reference = self.reference(artifact)?;
        self.push_blob(&reference, &artifact.layer.data).await?;
        self.push_blob(&reference, &artifact.config.data).await?;
        self.push_manifest(&reference, OCI_IMAGE_MEDIA_TYPE, &artifact.body).await?;
        match self.compare(artifact).await? {
            Pushed::Unchanged => Ok(Pushed::New),
            Pushed::New => Err(anyhow!("{reference} was pushed, and is not there")),
        }
    }

    /// Pushes what refers to a module.
    pub(crate) async fn attach(&self, artifact: &Artifact, attestation: &Attestation) -> Result<Pushed> {
        let descriptor = &attestation.descriptor;
        if self.refers(artifact, descriptor).await? {
            return Ok(Pushed::Unchanged);
        }
        // The digest in a tag's place: the client panics where a registry answers a push by digest without a location.
        let reference = self.tagged(artifact, &descriptor.digest)?;
        self.push_blob(&reference, &attestation.blob).await?;
        self.push_blob(&reference, EMPTY_CONFIG).await?;
        self.push_manifest(&reference, OCI_IMAGE_MEDIA_TYPE, &attestation.body).await?;
        if !self.refers(artifact, descriptor).await? {
            // A registry that keeps no such lists has them under a tag.
            self.list(artifact, descriptor).await?;
        }
        Ok(Pushed::New)
    }

    /// Whether something is among what refers to a module.
    async fn refers(&self, artifact: &Artifact, descriptor: &Descriptor) -> Result<bool> {
        Ok(self.referrers(artifact, &artifact.digest).await?.contains(&descriptor.digest))
    }

    /// The digests of what refers to a manifest beside a module: by the registry's own list, or else by that under a tag.
    pub(crate) async fn referrers(&self, artifact: &Artifact, digest: &str) -> Result<Vec<String>> {
        let subject = self.at(artifact, digest)?;
        let request = async || {
            self.client.auth(&subject, &self.auth, RegistryOperation::Pull).await?;
            self.client.pull_referrers(&subject, None).await
        };
        let index = attempts(request).await.with_context(|| format!("what refers to {subject}"))?;
        Ok(index.manifests.into_iter().map(|entry| entry.digest).collect())
    }

    /// The manifest beside a module with a digest or a tag, if there is one.
    pub(crate) async fn manifest(&self, artifact: &Artifact, name: &str, media_type: &str) -> Result<Option<Vec<u8>>> {
        let reference = self.at(artifact, name)?;
        let request = async || match self.client.pull_manifest_raw(&reference, &self.auth, &[media_type]).await {
            Ok((bytes, _)) => Ok(Some(bytes.to_vec())),
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => Err(error),
        };
        attempts(request).await.with_context(|| reference.to_string())
    }

    /// A blob of what lies beside a module.
    pub(crate) async fn blob(&self, artifact: &Artifact, digest: &str) -> Result<Vec<u8>> {
        let reference = self.at(artifact, digest)?;
        attempts(async || {
            let mut bytes = Vec::new();
            self.client.auth(&reference, &self.auth, RegistryOperation::Pull).await?;
            self.client.pull_blob(&reference, digest, &mut bytes).await?;
            Ok(bytes)
        })
        .await
        .with_context(|| reference.to_string())
    }

    /// Adds to the list under a module's tag what refers to it, as OCI's specification wants it of clients.
    async fn list(&self, artifact: &Artifact, descriptor: &Descriptor) -> Result<()> {
        let tag = beside::list(&artifact.digest);
        let list = self.tagged(artifact, &tag)?;
        let mut index = match self.manifest(artifact, &tag, INDEX).await? {
            Some(bytes) => serde_json::from_slice(&bytes).with_context(|| list.to_string())?,
            None => index(&[]),
        };
        let entry = serde_json::to_value(descriptor).context("a descriptor")?;
        index.get_mut("manifests").and_then(Value::as_array_mut).context("an index without manifests")?.push(entry);
        self.push_manifest(&list, INDEX, &canonical(&index)?).await
    }

    /// The address of something beside a module, by its digest or its tag.
    fn at(&self, artifact: &Artifact, name: &str) -> Result<Reference> {
        if !name.contains(':') {
            return self.tagged(artifact, name);
        }
        let text = format!("{}/{}@{name}", self.prefix, artifact.id);
        text.parse().with_context(|| text.clone())
    }

    fn tagged(&self, artifact: &Artifact, tag: &str) -> Result<Reference> {
        let module = self.reference(artifact)?;
        Ok(Reference::with_tag(module.registry().to_owned(), module.repository().to_owned(), tag.to_owned()))
    }

    async fn push_blob(&self, reference: &Reference, data: &[u8]) -> Result<()> {
        let digest = format!("sha256:{}", hex_digest(data));
        attempts(async || {
            self.client.auth(reference, &self.auth, RegistryOperation::Push).await?;
            if !self.client.blob_exists(reference, &digest).await? {
                self.client.push_blob(reference, data.to_vec(), &digest).await?;
            }
            Ok(())
        })
        .await
        .with_context(|| format!("{reference}: {digest}"))
    }

    async fn push_manifest(&self, reference: &Reference, media_type: &str, body: &[u8]) -> Result<()> {
        attempts(async || {
            let media_type = media_type
                .parse()
                .map_err(|_| OciDistributionError::UnsupportedMediaTypeError(media_type.to_owned()))?;
            self.client.push_manifest_raw(reference, body.to_vec(), media_type).await
        })
        .await
        .with_context(|| reference.to_string())?;
        Ok(())
    }

    async fn digest(&self, reference: &Reference) -> Result<Option<String>, OciDistributionError> {
        match self.client.fetch_manifest_digest(reference, &self.auth).await {
            Ok(digest) => Ok(Some(digest)),
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// The credentials that `docker login` wrote for a host.
fn auth(host: &str) -> Result<RegistryAuth> {
    match docker_credential::get_credential(host) {
        Ok(DockerCredential::UsernamePassword(user, password)) => Ok(RegistryAuth::Basic(user, password)),
        Ok(DockerCredential::IdentityToken(_)) => {
            bail!("Docker's configuration has an identity token for {host}: log in with a user name and a password")
        }
        Err(CredentialRetrievalError::NoCredentialConfigured | CredentialRetrievalError::ConfigNotFound) => {
            Ok(RegistryAuth::Anonymous)
        }
        Err(CredentialRetrievalError::ConfigReadError) if !has_configuration() => Ok(RegistryAuth::Anonymous),
        // A helper's output may hold the credential.
        Err(CredentialRetrievalError::HelperFailure { helper, .. }) => bail!("credential helper {helper} failed"),
        Err(error) => bail!("credentials for {host}: {error}"),
    }
}

/// Whether there is a file that Docker's credentials are read from.
fn has_configuration() -> bool {
    let folder = std::env::var_os("DOCKER_CONFIG")
        .map(PathBuf::from)
        .or_else(|| std::env::home_dir().map(|home| home.join(".docker")));
    folder.is_some_and(|folder| folder.join("config.json").exists())
}

fn is_absent(error: &OciDistributionError) -> bool {
    match error {
        OciDistributionError::ImageManifestNotFoundError(_) | OciDistributionError::ServerError { code: 404, .. } => {
            true
        }
        OciDistributionError::RegistryError { envelope, .. } => envelope.errors.iter().any(|error| {
            matches!(error.code, OciErrorCode::ManifestUnknown | OciErrorCode::NameUnknown | OciErrorCode::NotFound)
        }),
        _ => false,
    }
}

/// Whether the same request may pass later: the connection broke, or the registry has too much to do.
fn is_passing(error: &OciDistributionError) -> bool {
    match error {
        OciDistributionError::RequestError(_) | OciDistributionError::IoError(_) => true,
        // It has the blob, but doesn't say where: the next attempt finds it.
        OciDistributionError::RegistryNoLocationError => true,
        OciDistributionError::ServerError { code, .. } => *code >= 500 || *code == 429,
        OciDistributionError::RegistryError { envelope, .. } => {
            envelope.errors.iter().any(|error| error.code == OciErrorCode::Toomanyrequests)
        }
        _ => false,
    }
}

async fn attempts<T>(request: impl AsyncFn() -> Result<T, OciDistributionError>) -> Result<T, OciDistributionError> {
    let mut pause = PAUSE;
    for _ in 1..ATTEMPTS {
        match request().await {
            Err(error) if is_passing(&error) => tokio::time::sleep(pause).await,
            done => return done,
        }
        pause *= 2;
    }
    request().await
}
