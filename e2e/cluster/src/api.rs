//! The API server, asked over HTTP.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use serde_json::Value;
use ureq::http::{Method, Request};
use ureq::tls::{Certificate, ClientCert, PrivateKey, RootCerts, TlsConfig};

use crate::certificates::{Authority, Identity};

/// A client of the API server, as a user.
#[derive(Clone)]
pub struct Api {
    agent: ureq::Agent,
    /// Where the API server is.
    pub url: String,
}

/// What was answered.
#[derive(Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The object, or a Status.
    pub body: Value,
}

impl Answer {
    /// The body of a success.
    ///
    /// # Errors
    /// When it was none.
    pub fn ok(self) -> anyhow::Result<Value> {
        anyhow::ensure!(self.status < 300, "{}: {}", self.status, self.body);
        Ok(self.body)
    }
}

/// A client that trusts one authority, for any server on loopback.
///
/// # Errors
/// When a certificate can't be read.
pub fn agent(authority: &Authority, identity: Option<&Identity>) -> anyhow::Result<ureq::Agent> {
    let root = Certificate::from_pem(authority.certificate.as_bytes())?;
    let client = match identity {
        None => None,
        Some(identity) => {
            let certificate = Certificate::from_pem(identity.certificate.as_bytes())?;
            let key = PrivateKey::from_pem(identity.key.as_bytes())?;
            Some(ClientCert::new_with_certs(&[certificate], key))
        }
    };
    let tls = TlsConfig::builder()
        .root_certs(RootCerts::new_with_certs(&[root]))
        .client_cert(client)
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .build();
    let config = ureq::Agent::config_builder()
        .tls_config(tls)
        .proxy(None)
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_secs(60)))
        .build();
    Ok(config.into())
}

impl Api {
    /// A client for the API server at `url`.
    pub fn new(url: String, agent: ureq::Agent) -> Api {
        Api { agent, url }
    }

    /// One request.
    ///
    /// # Errors
    /// When there is no answer at all.
    pub fn ask(&self, method: Method, path: &str, content: &str, body: Option<&Value>) -> anyhow::Result<Answer> {
        let request = Request::builder().method(method).uri(format!("{}{path}", self.url));
        let body = body.map(Value::to_string).unwrap_or_default();
        let request = request.header("Content-Type", content).header("Accept", "application/json").body(body)?;
        let mut answer = self.agent.run(request).with_context(|| path.to_owned())?;
        let status = answer.status().as_u16();
        let text = answer.body_mut().with_config().limit(64 << 20).read_to_string()?;
        // Some answers are plain words.
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Ok(Answer { status, body })
    }

    /// An object, or `None` when it isn't there.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn get(&self, path: &str) -> anyhow::Result<Option<Value>> {
        let answer = self.ask(Method::GET, path, JSON, None)?;
        if answer.status == 404 { Ok(None) } else { answer.ok().map(Some) }
    }

    /// The objects of a list.
    ///
    /// # Errors
    /// When they can't be read.
    pub fn list(&self, path: &str) -> anyhow::Result<Vec<Value>> {
        let list = self.ask(Method::GET, path, JSON, None)?.ok()?;
        Ok(list.get("items").and_then(Value::as_array).cloned().unwrap_or_default())
    }

    /// Creates an object, which may be there.
    ///
    /// # Errors
    /// When it was refused.
    pub fn create(&self, path: &str, object: &Value) -> anyhow::Result<()> {
        let answer = self.ask(Method::POST, path, JSON, Some(object))?;
        if answer.status != 409 {
            answer.ok()?;
        }
        Ok(())
    }

    /// Merges a patch into an object.
    ///
    /// # Errors
    /// When it was refused.
    pub fn merge(&self, path: &str, patch: &Value) -> anyhow::Result<Value> {
        self.ask(Method::PATCH, path, "application/merge-patch+json", Some(patch))?.ok()
    }

    /// Deletes an object or a list, which may not be there.
    ///
    /// # Errors
    /// When it was refused.
    pub fn delete(&self, path: &str, options: Option<&Value>) -> anyhow::Result<()> {
        let answer = self.ask(Method::DELETE, path, JSON, options)?;
        if answer.status != 404 {
            answer.ok()?;
        }
        Ok(())
    }
}

/// The type of a whole object.
pub const JSON: &str = "application/json";
