//! An API server that answers what was recorded, and remembers what it was asked.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// What is answered to a path, page after page.
type Answers = HashMap<String, (u16, String)>;

pub(crate) struct Recorded {
    port: u16,
    /// Of its own certificate, when it speaks TLS.
    authority: Option<String>,
    asked: Arc<Mutex<Vec<Request>>>,
}

#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) authorization: String,
    pub(crate) accept: String,
}

impl Recorded {
    /// Serves the recordings by path, with their status. What else is asked for is a list without items, or for what is
    /// not in a list not there.
    pub(crate) fn serve(answers: &[(&str, u16, &str)]) -> Recorded {
        let read = |(path, status, file): &(&str, u16, &str)| {
            let file = format!("{}/tests/cluster/{file}", env!("CARGO_MANIFEST_DIR"));
            (path.to_string(), (*status, std::fs::read_to_string(file).unwrap()))
        };
        let mut answers: Answers = answers.iter().map(read).collect();
        let (path, apis) = read(&("/apis", 200, "apis.json"));
        answers.entry(path).or_insert(apis);
        Recorded::with(answers)
    }

    /// Serves these texts.
    pub(crate) fn serve_texts(texts: &[(&str, u16, &str)]) -> Recorded {
        let (path, apis) = ("/apis".to_owned(), include_str!("../cluster/apis.json").to_owned());
        let mut answers = Answers::from([(path, (200, apis))]);
        answers.extend(texts.iter().map(|(path, status, text)| (path.to_string(), (*status, text.to_string()))));
        Recorded::with(answers)
    }

    /// Serves lists without items, by TLS.
    pub(crate) fn serve_tls() -> Recorded {
        let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(signing_key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let config = config.with_no_client_auth().with_single_cert(vec![cert.der().clone()], key).unwrap();
        let answers = Answers::from([("/apis".to_owned(), (200, include_str!("../cluster/apis.json").to_owned()))]);
        Recorded::listen(answers, Some((Arc::new(config), cert.pem())))
    }

    fn with(answers: Answers) -> Recorded {
        Recorded::listen(answers, None)
    }

    fn listen(answers: Answers, tls: Option<(Arc<ServerConfig>, String)>) -> Recorded {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (log, answers) = (Arc::clone(&asked), Arc::new(answers));
        let (config, authority) = tls.unzip();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (log, answers, config) = (Arc::clone(&log), Arc::clone(&answers), config.clone());
                std::thread::spawn(move || match config {
                    Some(config) => {
                        let connection = ServerConnection::new(config).unwrap();
                        serve(BufReader::new(StreamOwned::new(connection, stream)), &log, &answers);
                    }
                    None => serve(BufReader::new(stream), &log, &answers),
                });
            }
        });
        Recorded { port, authority, asked }
    }

    /// A kubeconfig with one context, `dev`, that knows the server's certificate.
    pub(crate) fn trusting_kubeconfig(&self, user: &str) -> String {
        use base64::Engine as _;
        let authority = base64::engine::general_purpose::STANDARD.encode(self.authority.as_ref().unwrap());
        let server = format!("https://localhost:{}', certificate-authority-data: '{authority}", self.port);
        kubeconfig(&server, user)
    }

    /// A kubeconfig that takes any certificate.
    pub(crate) fn careless_kubeconfig(&self, user: &str) -> String {
        kubeconfig(&format!("https://localhost:{}', insecure-skip-tls-verify: true, extra: '", self.port), user)
    }

    /// A kubeconfig with one context, `dev`, whose user is this.
    pub(crate) fn kubeconfig(&self, user: &str) -> String {
        kubeconfig(&format!("http://127.0.0.1:{}", self.port), user)
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn asked(&self) -> Vec<Request> {
        self.asked.lock().unwrap().clone()
    }

    /// The paths asked for, sorted.
    pub(crate) fn paths(&self) -> Vec<String> {
        let mut paths: Vec<String> = self.asked().into_iter().map(|request| request.path).collect();
        paths.sort();
        paths
    }
}

/// A kubeconfig of the contexts `dev`, which is current, and `shop`, whose objects go to the namespace shop.
pub(crate) fn kubeconfig(server: &str, user: &str) -> String {
    format!(
        "apiVersion: v1
kind: Config
clusters:
- name: dev
  cluster: {{server: '{server}'}}
users:
- name: jane
  user: {user}
contexts:
- name: dev
  context: {{cluster: dev, user: jane}}
- name: shop
  context: {{cluster: dev, user: jane, namespace: shop}}
current-context: dev
"
    )
}

fn serve(mut reader: BufReader<impl Read + Write>, log: &Mutex<Vec<Request>>, answers: &Answers) {
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        let mut words = line.split_whitespace().map(str::to_owned);
        let (Some(method), Some(path)) = (words.next(), words.next()) else { return };
        let (mut authorization, mut accept) = (String::new(), String::new());
        let mut length = 0;
        loop {
            let mut header = String::new();
            if reader.read_line(&mut header).unwrap_or(0) == 0 || header.trim().is_empty() {
                break;
            }
            let Some((name, value)) = header.split_once(':') else { continue };
            if name.eq_ignore_ascii_case("authorization") {
                value.trim().clone_into(&mut authorization);
            } else if name.eq_ignore_ascii_case("accept") {
                value.trim().clone_into(&mut accept);
            } else if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse().unwrap();
            }
        }
        if reader.read_exact(&mut vec![0; length]).is_err() {
            return;
        }
        let (bare, query) = path.split_once('?').unwrap_or((&path, ""));
        let continued = query.split('&').any(|part| part.starts_with("continue="));
        let again = log.lock().unwrap().iter().any(|request| request.path == path);
        let recorded = answers.get(&format!("{bare}?again")).filter(|_| again);
        let recorded = recorded.or_else(|| answers.get(&format!("{bare}{}", if continued { "?continue" } else { "" })));
        let (status, body) = match recorded {
            Some((status, body)) => (*status, body.as_str()),
            // One object of the core group.
            None if bare.starts_with("/api/") && bare.matches('/').count() == 6 => {
                (404, include_str!("../cluster/not-found.json"))
            }
            None if bare.contains("/namespaces/") && bare.matches('/').count() > 4 => {
                (200, include_str!("../cluster/none.json"))
            }
            None => (404, include_str!("../cluster/not-found.json")),
        };
        let mut answer = String::new();
        write!(answer, "HTTP/1.1 {status} -\r\nContent-Type: application/json\r\n").unwrap();
        if [429, 503].contains(&status) {
            let after = if body.contains("later") { 3600 } else { 0 };
            write!(answer, "Retry-After: {after}\r\n").unwrap();
        }
        let length = if body.starts_with("endless") { 300_000_000 } else { body.len() };
        write!(answer, "Content-Length: {length}\r\n\r\n{body}").unwrap();
        let waits = answers.contains_key(&format!("{bare}?together"));
        log.lock().unwrap().push(Request { method, path, authorization, accept });
        let is_asked = |path: &str| log.lock().unwrap().iter().any(|request| request.path.starts_with(path));
        while waits && !answers.keys().filter_map(|path| path.strip_suffix("?together")).all(is_asked) {
            std::thread::yield_now();
        }
        if reader.get_mut().write_all(answer.as_bytes()).is_err() || reader.get_mut().flush().is_err() {
            return;
        }
    }
}
