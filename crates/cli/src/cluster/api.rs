//! Asking an API server. Nothing is ever sent but GET and SubjectAccessReviews, which change nothing.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::error::Error;
use std::time::{Duration, Instant};

use http::header::{CONTENT_LENGTH, RETRY_AFTER};
use http::{HeaderMap, StatusCode};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use kube::client::Body;
use kube::core::params::{GetParams, ListParams, PostParams};
use kube::core::request::{self, Request};
use kube::{Client, Config};
use plimsoll::kube::kinds::{self, Kind};
use plimsoll::kube::masks::strip;
use serde_json::{Map, Value, json};
use tokio::task::JoinSet;

use super::questions::{Question, is_private};

/// How long to wait for a connection.
pub(super) const CONNECT: Duration = Duration::from_secs(5);
/// How long to wait for an answer, with what a server that is too busy asks for.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often a server that is too busy is asked.
const TRIES: u32 = 4;
/// How long to wait when such a server doesn't say, the first time; then twice as long each time.
const PAUSE: Duration = Duration::from_millis(500);
/// How many bytes the answer to a question may have, all pages together.
const BYTES: usize = 256 << 20;
/// How many objects an answer may hold; more come in further pages.
const PAGE: u32 = 500;
/// Whoever has more pages than this goes round in circles.
const PAGES: usize = 2000;
/// How many questions are open at a time.
pub(super) const AT_ONCE: usize = 8;

/// What came of a question.
pub(crate) enum Answer {
    /// All that there is.
    Objects(Vec<Value>),
    /// Who asks may not know.
    Forbidden(String),
    /// Something that can't be understood.
    Wrong(String),
}

/// An API server, and what it serves.
pub(crate) struct Api {
    client: Client,
    /// The versions of each group; `None` when the server doesn't tell.
    groups: Option<HashMap<String, Vec<String>>>,
}

/// Why there is no answer.
enum Ended {
    /// Who asks is nobody, whatever is asked.
    Unauthorized(String),
    /// The server didn't answer this.
    Unanswered(String),
}

impl From<String> for Ended {
    fn from(reason: String) -> Ended {
        Ended::Unanswered(reason)
    }
}

impl From<Ended> for String {
    fn from(ended: Ended) -> String {
        match ended {
            Ended::Unauthorized(words) => format!("answered 401: {words}"),
            Ended::Unanswered(reason) => reason,
        }
    }
}

/// What the server said to one request.
enum Said {
    Value(Value),
    /// A status other than success, with its words.
    Status(u16, String),
    /// Success, but no JSON.
    Nonsense,
    /// More than is read.
    TooLong,
}

impl Api {
    /// Asks what the server serves. The error says why it can't be talked to.
    pub(crate) async fn connect(config: Config) -> Result<Api, String> {
        let url = config.cluster_url.to_string();
        let client = Client::try_from(config).map_err(|error| format!("{url}: {}", root_cause(&error)))?;
        let said = say(&client, Request::new("/apis").list(&ListParams::default())).await;
        let groups = match said.map_err(|reason| format!("{url}: {reason}"))? {
            Said::Value(value) => match groups(&value) {
                Some(groups) => Some(groups),
                None => return Err(format!("{url}apis is no list of API groups; is this an API server?")),
            },
            Said::Status(403, _) => None,
            Said::Status(code, words) => return Err(format!("{url}apis: answered {code}: {words}")),
            Said::Nonsense => return Err(format!("{url}apis is no JSON; is this an API server?")),
            Said::TooLong => return Err(format!("{url}apis: {}", too_long())),
        };
        Ok(Api { client, groups })
    }

    /// Asks all questions. The answers are in the order of the questions; the error says why the server can't be talked
    /// to any more.
    pub(super) async fn ask(&self, questions: &[Question]) -> Result<Vec<Answer>, String> {
        let asked = questions.iter().cloned().map(|question| {
            let (client, versions) = (self.client.clone(), self.versions(question.kind));
            async move { answer(&client, &question, &versions).await }
        });
        at_once(asked).await
    }

    /// Asks for all objects of these kinds, in all namespaces. The answers are in the order of the kinds; the error says why the
    /// server can't be talked to any more.
    pub(super) async fn all_of(&self, kinds: &[&'static Kind]) -> Result<Vec<Answer>, String> {
        let asked = kinds.iter().map(|kind| {
            let (client, versions, kind) = (self.client.clone(), self.versions(kind), *kind);
            async move { all(&client, kind, &versions).await }
        });
        at_once(asked).await
    }

    /// Whether the server serves the kind in the version that rules and look-ups name; `None` when it doesn't say.
    pub(crate) async fn serves(&self, kind: &Kind) -> Result<Option<bool>, String> {
        let version = kind.versions.first().copied().unwrap_or_default();
        let said = say(&self.client, Request::new(path(kind, version)).list(&ListParams::default())).await?;
        Ok(match said {
            Said::Value(value) => {
                let resources = value.get("resources").and_then(Value::as_array);
                resources.map(|all| all.iter().any(|resource| resource.get("name") == Some(&json!(kind.plural))))
            }
            Said::Status(404, _) => Some(false),
            Said::Status(401, words) => return Err(format!("answered 401: {words}")),
            Said::Status(..) | Said::Nonsense | Said::TooLong => None,
        })
    }

    /// All objects of a kind, in all namespaces.
    pub(crate) async fn all(&self, kind: &Kind) -> Result<Answer, String> {
        Ok(all(&self.client, kind, &self.versions(kind)).await?)
    }

    /// Whether there is such a service account; `None` when the server doesn't say.
    pub(crate) async fn has_account(&self, (namespace, name): (&str, &str)) -> Result<Option<bool>, String> {
        let request = Request::new(format!("/api/v1/namespaces/{namespace}/serviceaccounts"));
        Ok(match say(&self.client, request.get_metadata(name, &GetParams::default())).await? {
            Said::Value(_) => Some(true),
            Said::Status(404, _) => Some(false),
            Said::Status(401, words) => return Err(format!("answered 401: {words}")),
            Said::Status(..) | Said::Nonsense | Said::TooLong => None,
        })
    }

    /// Whether a service account may do this to objects of the kind in all namespaces. The inner error says why the server
    /// doesn't tell.
    pub(crate) async fn allows(
        &self,
        (namespace, name): (&str, &str),
        verb: &str,
        kind: &Kind,
    ) -> Result<Result<bool, String>, String> {
        let review = json!({
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SubjectAccessReview",
            "spec": {
                "user": format!("system:serviceaccount:{namespace}:{name}"),
                "groups": ["system:serviceaccounts", format!("system:serviceaccounts:{namespace}"), "system:authenticated"],
                "resourceAttributes": {"group": kind.group, "resource": kind.plural, "verb": verb},
            },
        });
        let request = Request::new("/apis/authorization.k8s.io/v1/subjectaccessreviews");
        let said = say(&self.client, request.create(&PostParams::default(), review.to_string().into_bytes())).await?;
        Ok(match said {
            Said::Value(value) => match value.pointer("/status/allowed").and_then(Value::as_bool) {
                Some(allowed) => Ok(allowed),
                None => Err("the answer is no SubjectAccessReview".to_owned()),
            },
            Said::Status(401, words) => return Err(format!("answered 401: {words}")),
            Said::Status(code, words) => Err(format!("answered {code}: {words}")),
            Said::Nonsense => Err("the answer is no JSON".to_owned()),
            Said::TooLong => Err(too_long()),
        })
    }

    /// Whether the server has this API group; true when it doesn't say.
    pub(crate) fn has_group(&self, group: &str) -> bool {
        self.groups.as_ref().is_none_or(|groups| groups.contains_key(group))
    }

    /// The versions of a kind to ask for, the best one first. A server has all objects in each version that it serves.
    fn versions(&self, kind: &Kind) -> Vec<&'static str> {
        let Some(groups) = self.groups.as_ref().filter(|_| !kind.group.is_empty()) else {
            return kind.versions.iter().take(1).copied().collect();
        };
        let served = groups.get(kind.group).map(Vec::as_slice).unwrap_or_default();
        kind.versions.iter().filter(|version| served.iter().any(|served| served == *version)).copied().collect()
    }
}

/// Waits for what is asked, so many at a time, and returns the answers in their order.
async fn at_once<A>(mut asked: impl Iterator<Item = A>) -> Result<Vec<Answer>, String>
where
    A: Future<Output = Result<Answer, Ended>> + Send + 'static,
{
    let mut answers = Vec::new();
    loop {
        let mut open = JoinSet::new();
        for (position, one) in asked.by_ref().take(AT_ONCE).enumerate() {
            open.spawn(async move { (position, one.await) });
        }
        if open.is_empty() {
            return Ok(answers);
        }
        let mut answered = Vec::with_capacity(open.len());
        let mut unanswered = None;
        while let Some(done) = open.join_next().await {
            let (position, answer) = done.map_err(|error| error.to_string())?;
            let answer = match answer {
                Ok(answer) => answer,
                Err(Ended::Unauthorized(words)) => return Err(format!("answered 401: {words}")),
                Err(Ended::Unanswered(reason)) => {
                    let reason = unanswered.insert(reason);
                    Answer::Wrong(reason.clone())
                }
            };
            answered.push((position, answer));
        }
        // One question may be too much for a server. When it answers none, there is no use in asking more.
        if let Some(reason) = unanswered
            && answered.iter().all(|(_, answer)| matches!(answer, Answer::Wrong(_)))
        {
            return Err(reason);
        }
        answered.sort_by_key(|(position, _)| *position);
        answers.extend(answered.into_iter().map(|(_, answer)| answer));
    }
}

/// The versions of each group in the answer to `/apis`.
fn groups(value: &Value) -> Option<HashMap<String, Vec<String>>> {
    let group = |group: &Value| {
        let versions = group.get("versions")?.as_array()?.iter();
        let versions = versions.filter_map(|version| version.get("version")?.as_str().map(str::to_owned));
        Some((group.get("name")?.as_str()?.to_owned(), versions.collect()))
    };
    value.get("groups")?.as_array()?.iter().map(group).collect()
}

/// Where the resources of a kind's group are.
fn path(kind: &Kind, version: &str) -> String {
    if kind.group.is_empty() { format!("/api/{version}") } else { format!("/apis/{}/{version}", kind.group) }
}

/// Asks one question. What no version of has a path is not there.
async fn answer(client: &Client, question: &Question, versions: &[&'static str]) -> Result<Answer, Ended> {
    let Question { kind, within, .. } = question;
    for version in versions {
        let mut path = path(kind, version);
        if kind.namespaced {
            path.push_str(&format!("/namespaces/{within}"));
        }
        let resource = Request::new(format!("{path}/{}", kind.plural));
        if is_private(kind) {
            return metadata(client, &resource, question, version).await;
        }
        let answer = match kind.namespaced {
            true => list(client, &resource, kind, version).await?,
            false => get(client, &resource, kind, version, within).await?,
        };
        if let Some(answer) = answer {
            return Ok(answer);
        }
    }
    Ok(Answer::Objects(Vec::new()))
}

/// All objects of a kind, in all namespaces. What no version of has a path is not there.
async fn all(client: &Client, kind: &Kind, versions: &[&'static str]) -> Result<Answer, Ended> {
    for version in versions {
        let resource = Request::new(format!("{}/{}", path(kind, version), kind.plural));
        if let Some(answer) = list(client, &resource, kind, version).await? {
            return Ok(answer);
        }
    }
    Ok(Answer::Objects(Vec::new()))
}

async fn get(
    client: &Client,
    resource: &Request,
    kind: &Kind,
    version: &str,
    name: &str,
) -> Result<Option<Answer>, Ended> {
    let said = say(client, resource.get(name, &GetParams::default())).await?;
    let value = match understood(said)? {
        Ok(value) => value,
        Err(answer) => return Ok(answer),
    };
    Ok(Some(match read(value, kind, version) {
        Some(object) => Answer::Objects(vec![object]),
        None => Answer::Wrong("the answer is no object".to_owned()),
    }))
}

/// What is referenced of a private kind, by its metadata.
async fn metadata(client: &Client, resource: &Request, question: &Question, version: &str) -> Result<Answer, Ended> {
    let mut objects = Vec::new();
    for (name, keys) in &question.referenced {
        let said = say(client, resource.get_metadata(name, &GetParams::default())).await?;
        match understood(said)? {
            Ok(value) => match outlined(&value, question.kind, version, keys) {
                Some(object) => objects.push(object),
                None => return Ok(Answer::Wrong("the answer is no object".to_owned())),
            },
            Err(Some(answer)) => return Ok(answer),
            Err(None) => {}
        }
    }
    Ok(Answer::Objects(objects))
}

/// A Secret or ConfigMap with its keys and without its values: who manages an object says which fields it has. Where nobody
/// does, the keys that are used count as there.
fn outlined(object: &Value, kind: &Kind, version: &str, used: &BTreeSet<String>) -> Option<Value> {
    let metadata = object.get("metadata")?;
    let name = metadata.get("name")?.as_str()?;
    let managers = metadata.get("managedFields").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let fields = || managers.iter().filter_map(|manager| manager.get("fieldsV1")?.as_object());
    let keys = |field: &'static str| -> Map<String, Value> {
        let managed = fields().filter_map(move |fields| fields.get(field)?.as_object()).flat_map(Map::keys);
        managed.filter_map(|key| Some((key.strip_prefix("f:")?.to_owned(), json!("")))).collect()
    };
    let (mut data, binary) = (keys("f:data"), keys("f:binaryData"));
    if fields().next().is_none() {
        data.extend(used.iter().map(|key| (key.clone(), json!(""))));
    }
    let mut outlined = json!({
        "apiVersion": version,
        "kind": kind.name,
        "metadata": {"name": name, "namespace": metadata.get("namespace")?},
        "data": data,
        "binaryData": binary,
    });
    if fields().any(|fields| fields.contains_key("f:immutable")) {
        outlined.as_object_mut()?.insert("immutable".to_owned(), json!(true));
    }
    Some(outlined)
}

/// All pages of a list; `None` when there is no such resource.
async fn list(client: &Client, resource: &Request, kind: &Kind, version: &str) -> Result<Option<Answer>, Ended> {
    let mut objects = Vec::new();
    // Helm keeps a megabyte for each release, which no workload refers to.
    let all = match *kind == kinds::SECRET {
        true => ListParams::default().fields("type!=helm.sh/release.v1"),
        false => ListParams::default(),
    };
    let mut params = all.clone().limit(PAGE);
    let mut room = BYTES;
    let mut tokens = HashSet::new();
    for _ in 0..PAGES {
        let said = say_within(client, resource.list(&params), &mut room).await?;
        if let Said::Status(410, _) = said
            && params.continue_token.is_some()
            && params.limit.is_some()
        {
            // It took too long, and what comes next is forgotten: all at once, as kubectl does.
            objects.clear();
            room = BYTES;
            params = all.clone();
            continue;
        }
        let mut value = match understood(said)? {
            Ok(value) => value,
            Err(answer) => return Ok(answer),
        };
        let Some(Value::Array(items)) = value.get_mut("items").map(Value::take) else {
            return Ok(Some(Answer::Wrong("the answer is no list".to_owned())));
        };
        for item in items {
            match read(item, kind, version) {
                Some(object) => objects.push(object),
                None => return Ok(Some(Answer::Wrong("the answer lists what is no object".to_owned()))),
            }
        }
        match value.pointer("/metadata/continue").and_then(Value::as_str).filter(|token| !token.is_empty()) {
            Some(token) if !tokens.insert(token.to_owned()) => {
                return Ok(Some(Answer::Wrong("the answer comes back to a page that was read".to_owned())));
            }
            Some(token) => params = params.continue_token(token),
            None => return Ok(Some(Answer::Objects(objects))),
        }
    }
    Ok(Some(Answer::Wrong("the answer has no end".to_owned())))
}

/// The value that was said, or what it comes to that none was: `None` when what was asked for is not there. The outer
/// error ends all asking.
fn understood(said: Said) -> Result<Result<Value, Option<Answer>>, Ended> {
    Ok(match said {
        Said::Value(value) => Ok(value),
        Said::Nonsense => Err(Some(Answer::Wrong("the answer is no JSON".to_owned()))),
        Said::TooLong => Err(Some(Answer::Wrong(too_long()))),
        Said::Status(401, words) => return Err(Ended::Unauthorized(words)),
        Said::Status(403, words) => Err(Some(Answer::Forbidden(format!("forbidden: {words}")))),
        Said::Status(404, _) => Err(None),
        Said::Status(code, words) => Err(Some(Answer::Wrong(format!("answered {code}: {words}")))),
    })
}

/// An object as policies see it: with its kind, which a list leaves out, and without what none of them reads.
fn read(mut object: Value, kind: &Kind, version: &str) -> Option<Value> {
    strip(&mut object, kind);
    let fields = object.as_object_mut()?;
    fields.remove("status");
    fields.get_mut("metadata")?.as_object_mut()?.remove("managedFields");
    let api_version = if kind.group.is_empty() { version.to_owned() } else { format!("{}/{version}", kind.group) };
    fields.insert("apiVersion".to_owned(), Value::String(api_version));
    fields.insert("kind".to_owned(), Value::String(kind.name.to_owned()));
    Some(object)
}

fn too_long() -> String {
    format!("the answer is longer than the {} MiB that are read", BYTES >> 20)
}

/// Makes one request. The error says why the server can't be talked to.
async fn say(client: &Client, request: Result<http::Request<Vec<u8>>, request::Error>) -> Result<Said, String> {
    say_within(client, request, &mut { BYTES }).await
}

/// The same, with an answer of at most `room` bytes, which are taken off. A server that is too busy is asked again, when it
/// wants to be.
async fn say_within(
    client: &Client,
    request: Result<http::Request<Vec<u8>>, request::Error>,
    room: &mut usize,
) -> Result<Said, String> {
    let request = request.map_err(|error| root_cause(&error))?;
    let end = Instant::now() + PATIENCE;
    let mut pause = PAUSE;
    for attempt in 1.. {
        let exchange = exchange(client, request.clone().map(Body::from), *room);
        let (status, headers, body) = match tokio::time::timeout_at(end.into(), exchange).await {
            Ok(answer) => answer?,
            Err(_) => return Err(format!("no answer within {} s", PATIENCE.as_secs())),
        };
        let Some(body) = body else { return Ok(Said::TooLong) };
        *room = room.saturating_sub(body.len());
        let value = serde_json::from_slice::<Value>(&body);
        if status.is_success() {
            return Ok(value.map_or(Said::Nonsense, Said::Value));
        }
        // The words of the API server itself, not the page of whatever else may answer.
        let words = value.ok().and_then(|value| value.get("message")?.as_str().map(one_line));
        let mut words = words.or_else(|| status.canonical_reason().map(str::to_owned)).unwrap_or_default();
        if ![StatusCode::TOO_MANY_REQUESTS, StatusCode::SERVICE_UNAVAILABLE].contains(&status) {
            return Ok(Said::Status(status.as_u16(), words));
        }
        let asked = headers.get(RETRY_AFTER).and_then(|after| after.to_str().ok()?.trim().parse().ok());
        let wait = asked.map_or(pause, Duration::from_secs);
        if attempt >= TRIES || Instant::now() + wait >= end {
            words.push_str(&match asked {
                Some(seconds) => format!(" (tries: {attempt}; it wants to be asked again after {seconds} s)"),
                None => format!(" (tries: {attempt})"),
            });
            return Ok(Said::Status(status.as_u16(), words));
        }
        tokio::time::sleep(wait).await;
        pause *= 2;
    }
    Err(format!("no answer within {} s", PATIENCE.as_secs()))
}

/// Sends a request and reads the whole answer; no body when that is too long.
async fn exchange(
    client: &Client,
    request: http::Request<Body>,
    room: usize,
) -> Result<(StatusCode, HeaderMap, Option<Vec<u8>>), String> {
    let answer = client.send(request).await.map_err(|error| root_cause(&error))?;
    let (parts, body) = answer.into_parts();
    let length = parts.headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if length.is_some_and(|length| length > room) {
        return Ok((parts.status, parts.headers, None));
    }
    match Limited::new(body, room).collect().await {
        Ok(read) => Ok((parts.status, parts.headers, Some(read.to_bytes().to_vec()))),
        Err(error) if error.is::<LengthLimitError>() => Ok((parts.status, parts.headers, None)),
        Err(error) => Err(root_cause(&*error)),
    }
}

/// The innermost cause of an error, which is what a person can do something about, on one line.
pub(super) fn root_cause(error: &(dyn Error + 'static)) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    one_line(&cause.to_string())
}

/// The first line of what others say, and not without end.
fn one_line(text: &str) -> String {
    let line = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default().trim();
    line.chars().take(300).collect()
}
