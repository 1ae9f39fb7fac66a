//! Which cluster is meant, and how it is reached.

use std::env;
use std::path::PathBuf;

use kube::Config;
use kube::config::{KubeConfigOptions, Kubeconfig, KubeconfigError};

use super::api::root_cause;
use super::{credentials, proxy};

/// The cluster of the named context or of the current one; in a pod without a kubeconfig the pod's own. With what a
/// person calls it. The error names what was tried.
pub(crate) async fn find(context: Option<&str>) -> Result<(String, Config), String> {
    let files = files();
    let tried = if files.is_empty() {
        "no kubeconfig (there is neither KUBECONFIG nor a home directory)".to_owned()
    } else {
        files.iter().map(|file| file.display().to_string()).collect::<Vec<_>>().join(", ")
    };
    let kubeconfig = match read(&files) {
        Ok(kubeconfig) => kubeconfig,
        Err(error) => {
            // In a pod there is none, and no contexts to choose from.
            if context.is_none()
                && matches!(&error, KubeconfigError::ReadConfig(..) | KubeconfigError::FindPath)
                && let Ok(config) = Config::incluster()
            {
                return Ok(("this pod".to_owned(), bounded(config)));
            }
            let elsewhere = if context.is_none() { ", and this is no pod of a cluster" } else { "" };
            return Err(format!("there is no cluster to ask: {tried}: {}{elsewhere}", reason(&error)));
        }
    };
    let name = context.map(str::to_owned).or_else(|| kubeconfig.current_context.clone()).unwrap_or_default();
    if name.is_empty() {
        return Err(format!("there is no cluster to ask: {tried}: no current context is set; name one with --context"));
    }
    let known: Vec<&str> = kubeconfig.contexts.iter().map(|context| context.name.as_str()).collect();
    if !known.contains(&name.as_str()) {
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        return Err(format!("there is no cluster to ask: {tried}: there is no context \"{name}\", only {known}"));
    }
    let title = format!("context \"{name}\"");
    let has_proxy = has_proxy(&kubeconfig, &name);
    let options = KubeConfigOptions { context: Some(name), ..KubeConfigOptions::default() };
    let config = Config::from_custom_kubeconfig(kubeconfig, &options).await;
    let mut config =
        config.map_err(|error| format!("there is no cluster to ask: {tried}: {title}: {}", reason(&error)))?;
    if !has_proxy && proxy::is_direct(&config) {
        config.proxy_url = None;
    }
    credentials::settle(&mut config)
        .map_err(|reason| format!("there is no cluster to ask: {tried}: {title}: {reason}"))?;
    Ok((title, bounded(config)))
}

/// Merges the files as kubectl does: those that aren't there are left out, and the first to say something wins.
fn read(files: &[PathBuf]) -> Result<Kubeconfig, KubeconfigError> {
    let mut there: Vec<&PathBuf> = files.iter().filter(|file| file.exists()).collect();
    if there.is_empty() {
        there.extend(files.first());
    }
    let mut merged: Option<Kubeconfig> = None;
    for file in there {
        let next = Kubeconfig::read_from(file)?;
        merged = Some(match merged {
            Some(merged) => merged.merge(next)?,
            None => next,
        });
    }
    merged.ok_or(KubeconfigError::FindPath)
}

/// The files that a kubeconfig is read from.
fn files() -> Vec<PathBuf> {
    let named: Vec<PathBuf> = env::var_os("KUBECONFIG")
        .map(|paths| env::split_paths(&paths).filter(|path| !path.as_os_str().is_empty()).collect())
        .unwrap_or_default();
    if !named.is_empty() {
        return named;
    }
    env::home_dir().map(|home| home.join(".kube").join("config")).into_iter().collect()
}

/// Whether the kubeconfig itself says that the cluster is behind a proxy.
fn has_proxy(kubeconfig: &Kubeconfig, context: &str) -> bool {
    let context = kubeconfig.contexts.iter().find(|known| known.name == context);
    let cluster = context.and_then(|known| known.context.as_ref()).map(|context| context.cluster.as_str());
    let cluster = kubeconfig.clusters.iter().find(|known| Some(known.name.as_str()) == cluster);
    cluster.and_then(|known| known.cluster.as_ref()).is_some_and(|cluster| cluster.proxy_url.is_some())
}

/// A server that isn't there should not be waited for long.
fn bounded(mut config: Config) -> Config {
    config.connect_timeout = Some(super::api::CONNECT);
    // A server that is too busy is asked again by ourselves, who know when to give up.
    config.default_retry = false;
    config
}

/// Why a kubeconfig can't be used. What it holds may be secret, so that its words are not repeated.
fn reason(error: &KubeconfigError) -> String {
    match error {
        KubeconfigError::Parse(error) => match error.location() {
            Some(place) => {
                format!("is no kubeconfig: line {}, column {} can't be understood", place.line(), place.column())
            }
            None => "is no kubeconfig".to_owned(),
        },
        KubeconfigError::ReadConfig(error, file) => format!("{} cannot be read: {error}", file.display()),
        error => root_cause(error),
    }
}
