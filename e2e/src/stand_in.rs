//! A stand-in for the API server, as far as policy-server asks one: it says which kinds there are, lists objects and gets
//! them by name. Nothing ever changes, so that watches stay open and silent.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use plimsoll::kube::kinds::{KINDS, Kind};
use serde_json::{Value, json};

/// It listens on loopback until the process ends.
pub struct ApiServer {
    /// Where.
    pub port: u16,
    shared: Arc<Shared>,
}

/// How it behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conduct {
    /// As it should.
    Prompt,
    /// It takes its time for each answer.
    Slow(Duration),
    /// Nobody is there: connections are closed.
    Away,
}

struct Shared {
    objects: BTreeMap<&'static str, Vec<Value>>,
    forbidden: BTreeSet<&'static str>,
    conduct: Mutex<Conduct>,
    open: Mutex<Vec<TcpStream>>,
}

impl ApiServer {
    /// Begins to listen, with these objects. The resources in `forbidden`, such as `secrets`, can't be read.
    ///
    /// # Errors
    /// When there is no port.
    pub fn start(objects: Vec<Value>, forbidden: &[&'static str]) -> anyhow::Result<ApiServer> {
        let mut by_resource: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
        for object in objects {
            // Other kinds are looked up by nobody.
            if let Some(kind) = Kind::of(&object).filter(|kind| kind.is_builtin()) {
                by_resource.entry(kind.plural).or_default().push(object);
            }
        }
        let shared = Arc::new(Shared {
            objects: by_resource,
            forbidden: forbidden.iter().copied().collect(),
            conduct: Mutex::new(Conduct::Prompt),
            open: Mutex::default(),
        });
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let port = listener.local_addr()?.port();
        let listening = shared.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = listening.clone();
                // A connection that breaks is opened again by the other side.
                std::thread::spawn(move || shared.converse(stream));
            }
        });
        Ok(ApiServer { port, shared })
    }

    /// Changes how it behaves from now on.
    pub fn conduct(&self, conduct: Conduct) {
        *self.shared.conduct.lock().unwrap_or_else(PoisonError::into_inner) = conduct;
        if conduct == Conduct::Away {
            for stream in self.shared.open.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
                // The other side may have closed it already.
                let _ = stream.shutdown(Shutdown::Both);
            }
        }
    }

    /// The configuration of a client.
    pub fn kubeconfig(&self) -> Value {
        json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "e2e",
            "clusters": [{"name": "e2e", "cluster": {"server": format!("http://127.0.0.1:{}", self.port)}}],
            "users": [{"name": "e2e", "user": {}}],
            "contexts": [{"name": "e2e", "context": {"cluster": "e2e", "user": "e2e"}}],
        })
    }
}

/// The kinds of Kubernetes whose preferred version this is.
fn served(api_version: &str) -> impl Iterator<Item = &'static Kind> {
    KINDS.iter().copied().filter(move |kind| kind.is_builtin() && kind.api_version() == api_version)
}

impl Shared {
    fn now(&self) -> Conduct {
        *self.conduct.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers the requests of one connection, one after the other.
    fn converse(&self, stream: TcpStream) -> std::io::Result<()> {
        if self.now() == Conduct::Away {
            return Ok(());
        }
        self.open.lock().unwrap_or_else(PoisonError::into_inner).push(stream.try_clone()?);
        let mut stream = BufReader::new(stream);
        loop {
            let mut first = String::new();
            stream.read_line(&mut first)?;
            let Some(target) = first.split_whitespace().nth(1) else { return Ok(()) };
            let mut length = 0;
            loop {
                let mut line = String::new();
                stream.read_line(&mut line)?;
                let Some((name, value)) = line.trim_end().split_once(':') else { break };
                if name.eq_ignore_ascii_case("content-length") {
                    length = value.trim().parse().unwrap_or_default();
                }
            }
            std::io::copy(&mut stream.by_ref().take(length), &mut std::io::sink())?;
            match self.now() {
                Conduct::Prompt => {}
                Conduct::Slow(delay) => std::thread::sleep(delay),
                Conduct::Away => return Ok(()),
            }
            let (path, query) = target.split_once('?').unwrap_or((target, ""));
            let parameter = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
            let (status, answer) = self.answer(path, parameter("limit"), parameter("continue"));
            if status == 200 && parameter("watch").is_some_and(|wanted| wanted == "true" || wanted == "1") {
                let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
                stream.get_mut().write_all(head.as_bytes())?;
                // Until the other side has had enough of it.
                std::io::copy(&mut stream, &mut std::io::sink())?;
                return Ok(());
            }
            let answer = answer.to_string();
            let head = format!(
                "HTTP/1.1 {status} {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
                if status == 200 { "OK" } else { "No" },
                answer.len()
            );
            let stream = stream.get_mut();
            stream.write_all(head.as_bytes())?;
            stream.write_all(answer.as_bytes())?;
        }
    }

    fn answer(&self, path: &str, limit: Option<&str>, after: Option<&str>) -> (u16, Value) {
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        let (api_version, rest) = match parts.as_slice() {
            ["version"] => return (200, json!({"major": "1", "minor": "36", "gitVersion": "v1.36.0"})),
            ["api", version, rest @ ..] => ((*version).to_owned(), rest),
            ["apis", group, version, rest @ ..] => (format!("{group}/{version}"), rest),
            _ => return failure(404, "NotFound", path),
        };
        let (namespace, resource, name) = match rest {
            [] => return (200, resources(&api_version)),
            ["namespaces", namespace, resource] => (Some(*namespace), *resource, None),
            ["namespaces", namespace, resource, name] => (Some(*namespace), *resource, Some(*name)),
            [resource] => (None, *resource, None),
            [resource, name] => (None, *resource, Some(*name)),
            _ => return failure(404, "NotFound", path),
        };
        let Some(kind) = served(&api_version).find(|kind| kind.plural == resource) else {
            return failure(404, "NotFound", path);
        };
        if self.forbidden.contains(kind.plural) {
            return failure(403, "Forbidden", path);
        }
        let text = |object: &Value, key: &str| object.pointer(key).and_then(Value::as_str).map(str::to_owned);
        let there = self.objects.get(kind.plural).into_iter().flatten();
        let mut found = there.filter(|object| {
            let is = |key: &str, wanted: Option<&str>| wanted.is_none() || text(object, key).as_deref() == wanted;
            is("/metadata/namespace", namespace) && is("/metadata/name", name)
        });
        if name.is_some() {
            return found.next().map_or_else(|| failure(404, "NotFound", path), |object| (200, object.clone()));
        }
        let limit = limit.and_then(|limit| limit.parse().ok()).unwrap_or(usize::MAX);
        let first: usize = after.and_then(|after| after.parse().ok()).unwrap_or_default();
        let mut found = found.skip(first);
        let items: Vec<&Value> = found.by_ref().take(limit).collect();
        let mut metadata = json!({"resourceVersion": "1"});
        if found.next().is_some()
            && let Some(fields) = metadata.as_object_mut()
        {
            fields.insert("continue".to_owned(), json!((first + items.len()).to_string()));
        }
        let list = format!("{}List", kind.name);
        (200, json!({"apiVersion": api_version, "kind": list, "metadata": metadata, "items": items}))
    }
}

fn resources(api_version: &str) -> Value {
    let resources: Vec<Value> = served(api_version)
        .map(|kind| {
            json!({"name": kind.plural, "singularName": "", "namespaced": kind.namespaced, "kind": kind.name,
                "verbs": ["get", "list", "watch"]})
        })
        .collect();
    json!({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": api_version, "resources": resources})
}

fn failure(code: u16, reason: &str, path: &str) -> (u16, Value) {
    let status = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "code": code,
        "reason": reason, "message": format!("{path}: {reason}")});
    (code, status)
}
