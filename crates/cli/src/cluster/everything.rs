//! All objects that a cluster has of the kinds that policies look at.

use std::collections::BTreeSet;
use std::sync::Arc;

use plimsoll::inventory::{Asked, InventoryError};
use plimsoll::json::node::{Node, PathArena};
use plimsoll::kube::kinds::{self, KINDS, Kind, ONLY_IN_FILES};
use plimsoll::kube::owner::controller;
use plimsoll::policy::configured::Configured;
use plimsoll_lint::cluster_snapshot::ClusterSnapshot;
use plimsoll_lint::manifests::{self, Manifests, Values};
use plimsoll_lint::problem::Problem;
use plimsoll_lint::source::Source;
use serde_json::Value;

use super::api::{AT_ONCE, Answer, Api};
use super::questions::{self, Given, Question, is_private};
use super::{config, wait_for};

/// How many objects are read at most. Each takes some kilobytes.
const MOST: usize = 200_000;

/// The objects to check, as if they were files, and what else is known.
pub(crate) struct Everything {
    pub(crate) manifests: Manifests,
    pub(crate) around: ClusterSnapshot,
    /// The objects that are checked at their owner.
    pub(crate) owned: usize,
}

/// Reads all objects, or those of a namespace. The error says why there is no cluster to read from.
pub(crate) fn read(
    context: Option<&str>,
    namespace: Option<&str>,
    policies: &[Configured],
) -> Result<Everything, String> {
    wait_for(async {
        let (title, config) = config::find(context).await?;
        let asking = async {
            let api = Api::connect(config).await?;
            let mut read = Reading {
                around: ClusterSnapshot { title: title.clone(), whole: true, ..Default::default() },
                ..Default::default()
            };
            read.objects(&api, namespace, policies).await?;
            let manifests = manifests::read(read.sources, Values::Taken);
            let mut around = read.around;
            companions(&api, policies, &manifests, &mut around).await?;
            Ok::<_, String>(Everything { manifests, around, owned: read.owned })
        };
        asking.await.map_err(|reason| format!("the cluster of {title} cannot be asked: {reason}"))
    })
}

#[derive(Default)]
struct Reading {
    sources: Vec<Source>,
    around: ClusterSnapshot,
    owned: usize,
}

impl Reading {
    async fn objects(&mut self, api: &Api, namespace: Option<&str>, policies: &[Configured]) -> Result<(), String> {
        let mut namespaces: BTreeSet<String> = namespace.map(str::to_owned).into_iter().collect();
        let mut answers = Vec::new();
        let mut read: Vec<(&Kind, Vec<Value>)> = Vec::new();
        let mut number = 0;
        // What belongs to no namespace belongs to no scan of one.
        let mut kinds = kinds_of(policies);
        kinds.retain(|kind| namespace.is_none() || kind.namespaced || **kind == kinds::NAMESPACE);
        // Step by step, because a cluster that has too much is not read to the end.
        for some in kinds.chunks(AT_ONCE) {
            let answered = match namespace {
                None => api.all_of(some).await?,
                Some(within) => {
                    let question = |kind: &&'static Kind| Question {
                        kind,
                        within: within.to_owned(),
                        referenced: Default::default(),
                    };
                    api.ask(&some.iter().map(question).collect::<Vec<_>>()).await?
                }
            };
            for (kind, answer) in some.iter().copied().zip(answered) {
                let answer = match answer {
                    Answer::Objects(objects) => {
                        for object in &objects {
                            let is_namespace = *kind == kinds::NAMESPACE;
                            let field = if is_namespace { "/metadata/name" } else { "/metadata/namespace" };
                            let name = Some(text(object, field)).filter(|name| !name.is_empty());
                            namespaces.extend(name.map(str::to_owned));
                        }
                        number += objects.len();
                        if number > MOST {
                            return Err(format!(
                                "it has more than {MOST} objects; scan its namespaces one by one, with --namespace"
                            ));
                        }
                        read.push((kind, objects));
                        Ok(())
                    }
                    Answer::Forbidden(reason) | Answer::Wrong(reason) => {
                        let problem = format!("{}: cannot read {}: {reason}", self.around.title, kind.plural);
                        self.around.problems.push(Problem::general(problem));
                        self.around.unread.insert((kind.name, reason.clone()));
                        Err(InventoryError::Refused { kind: kind.name, reason })
                    }
                };
                answers.push((kind, answer));
            }
        }
        let owners: Vec<&Kind> =
            read.iter().filter(|(_, objects)| !objects.is_empty()).map(|(kind, _)| *kind).collect();
        for (kind, objects) in &read {
            let (owned, own): (Vec<&Value>, Vec<&Value>) = objects.iter().partition(|object| is_owned(object, &owners));
            self.owned += owned.len();
            self.sources.extend(own.into_iter().map(|object| source(kind, object)));
        }
        for (kind, answer) in answers {
            let asked = |within: &String| Asked { kind, within: within.clone(), answer: answer.clone() };
            self.around.asked.extend(namespaces.iter().map(asked));
        }
        Ok(())
    }
}

/// Whether an object is checked where it comes from: at the workload that made it, if there are any of its kind. The Pods
/// that a node makes from its files can't be changed in the cluster.
fn is_owned(object: &Value, owners: &[&Kind]) -> bool {
    let arena = PathArena::new();
    let Some(owner) = controller(Node::root(object, &arena)) else { return false };
    let text = |field: &'static str| owner.get(field).str().ok().flatten().unwrap_or_default();
    let (api_version, kind) = (text("apiVersion"), text("kind"));
    (api_version, kind) == ("v1", "Node")
        || owners.iter().any(|known| known.template.is_some() && known.is(api_version, kind))
}

/// An object as a file: `shop/deployments/web.json`.
fn source(kind: &Kind, object: &Value) -> Source {
    let (namespace, name) = (text(object, "/metadata/namespace"), text(object, "/metadata/name"));
    let slash = if namespace.is_empty() { "" } else { "/" };
    let text = format!("{object:#}\n").into_bytes();
    let name = format!("{namespace}{slash}{}/{name}.json", kind.plural);
    Source { name, path: None, text, named: true, pass_over: false, cut: false }
}

/// The kinds that policies check or look up, and custom resources, which count where they are. Of Secrets and ConfigMaps only
/// those are read that something refers to.
fn kinds_of(policies: &[Configured]) -> Vec<&'static Kind> {
    let is_wanted = |kind: &&'static Kind| {
        let of_policy =
            |policy: &Configured| policy.metadata.targets.contains(kind) || policy.metadata.needs.contains(kind);
        !is_private(kind) && !ONLY_IN_FILES.contains(kind) && (!kind.is_builtin() || policies.iter().any(of_policy))
    };
    KINDS.iter().copied().filter(is_wanted).collect()
}

/// Reads the metadata of the Secrets and ConfigMaps that the objects refer to.
async fn companions(
    api: &Api,
    policies: &[Configured],
    manifests: &Manifests,
    around: &mut ClusterSnapshot,
) -> Result<(), String> {
    let given = Given::new(manifests, None);
    let private = |question: &Question| is_private(question.kind);
    let questions: Vec<Question> = questions::of(policies, &given).into_iter().filter(private).collect();
    let answers = api.ask(&questions).await?;
    for (Question { kind, within, .. }, answer) in questions.into_iter().zip(answers) {
        let answer = match answer {
            Answer::Objects(objects) => {
                around.objects.extend(objects.into_iter().map(Arc::new));
                Ok(())
            }
            Answer::Forbidden(reason) => {
                around.unread.insert((kind.name, reason.clone()));
                Err(InventoryError::Refused { kind: kind.name, reason })
            }
            Answer::Wrong(reason) => {
                let problem = format!("{}: cannot read {} in {within}: {reason}", around.title, kind.plural);
                around.problems.push(Problem::general(problem));
                around.unread.insert((kind.name, reason.clone()));
                Err(InventoryError::Refused { kind: kind.name, reason })
            }
        };
        around.asked.push(Asked { kind, within, answer });
    }
    Ok(())
}

fn text<'o>(object: &'o Value, pointer: &str) -> &'o str {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}
