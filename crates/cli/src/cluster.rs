//! `--cluster`: what the given objects need to see besides, read from a live cluster before anything is checked.

#[cfg(feature = "cluster")]
pub(crate) mod api;
#[cfg(feature = "cluster")]
pub(crate) mod config;
#[cfg(feature = "cluster")]
mod credentials;
#[cfg(feature = "cluster")]
pub(crate) mod everything;
#[cfg(feature = "cluster")]
mod proxy;
#[cfg(feature = "cluster")]
mod questions;

use plimsoll::policy::configured::Configured;

use crate::args;
use plimsoll_lint::cluster_snapshot::ClusterSnapshot;
use plimsoll_lint::manifests::Manifests;
use plimsoll_lint::problem::Problem;

/// Reads them, if that is wanted. The error says why there is no cluster to read from.
pub(crate) fn cluster_snapshot(
    args: &args::Input,
    manifests: &Manifests,
    policies: &[Configured],
) -> Result<Option<ClusterSnapshot>, Problem> {
    if !args.cluster.cluster {
        return Ok(None);
    }
    read(args.cluster.context.as_deref(), args.namespace.as_deref(), manifests, policies)
        .map(Some)
        .map_err(Problem::general)
}

#[cfg(not(feature = "cluster"))]
fn read(_: Option<&str>, _: Option<&str>, _: &Manifests, _: &[Configured]) -> Result<ClusterSnapshot, String> {
    Err("this plimsoll was built without its feature `cluster`".to_owned())
}

#[cfg(feature = "cluster")]
fn read(
    context: Option<&str>,
    namespace: Option<&str>,
    manifests: &Manifests,
    policies: &[Configured],
) -> Result<ClusterSnapshot, String> {
    use plimsoll::inventory::{Asked, InventoryError};

    use self::api::{Answer, Api};
    use self::questions::Given;

    wait_for(async {
        let (title, config) = config::find(context).await?;
        let namespace = namespace.unwrap_or(&config.default_namespace).to_owned();
        let namespace = Some(namespace).filter(|namespace| namespace != "default");
        let mut around = ClusterSnapshot { title, namespace, ..ClusterSnapshot::default() };
        let given = Given::new(manifests, around.namespace.as_deref());
        let questions = questions::of(policies, &given);
        if questions.is_empty() {
            return Ok(around);
        }
        let answers = async { Api::connect(config).await?.ask(&questions).await }.await;
        let answers = answers.map_err(|reason| format!("the cluster of {} cannot be asked: {reason}", around.title))?;
        for (question, answer) in questions.into_iter().zip(answers) {
            let kind = question.kind;
            let reason = match answer {
                Answer::Objects(objects) => {
                    around
                        .objects
                        .extend(objects.into_iter().filter(|object| !given.has(object)).map(std::sync::Arc::new));
                    None
                }
                Answer::Forbidden(reason) => Some(reason),
                Answer::Wrong(reason) => {
                    let title = &around.title;
                    let problem = format!("{title}: cannot read {} in {}: {reason}", kind.plural, question.within);
                    around.problems.push(Problem::general(problem));
                    Some(reason)
                }
            };
            around.unread.extend(reason.clone().map(|reason| (kind.name, reason)));
            let refused = |reason| Err(InventoryError::Refused { kind: kind.name, reason });
            around.asked.push(Asked { kind, within: question.within, answer: reason.map_or(Ok(()), refused) });
        }
        Ok(around)
    })
}

/// Runs what asks a cluster.
#[cfg(feature = "cluster")]
pub(crate) fn wait_for<T>(asking: impl Future<Output = Result<T, String>>) -> Result<T, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| format!("the cluster cannot be asked: {error}"))?.block_on(asking)
}
