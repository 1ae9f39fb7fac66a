//! An API server that answers what was recorded, and remembers what it was asked.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What is answered to a path, page after page.
type Answers = HashMap<String, (u16, String)>;

pub(crate) struct Recorded {
    port: u16,
    asked: Arc<Mutex<Vec<Request>>>,
}

#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) authorization: String,
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

    fn with(answers: Answers) -> Recorded {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (log, answers) = (Arc::clone(&asked), Arc::new(answers));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (log, answers) = (Arc::clone(&log), Arc::clone(&answers));
                std::thread::spawn(move || serve(stream, &log, &answers));
            }
        });
        Recorded { port, asked }
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

fn serve(stream: TcpStream, log: &Mutex<Vec<Request>>, answers: &Answers) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut stream = stream;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        let mut words = line.split_whitespace().map(str::to_owned);
        let (Some(method), Some(path)) = (words.next(), words.next()) else { return };
        let mut authorization = String::new();
        let mut length = 0;
        loop {
            let mut header = String::new();
            if reader.read_line(&mut header).unwrap_or(0) == 0 || header.trim().is_empty() {
                break;
            }
            let Some((name, value)) = header.split_once(':') else { continue };
            if name.eq_ignore_ascii_case("authorization") {
                value.trim().clone_into(&mut authorization);
            } else if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse().unwrap();
            }
        }
        if reader.read_exact(&mut vec![0; length]).is_err() {
            return;
        }
        let (bare, query) = path.split_once('?').unwrap_or((&path, ""));
        let continued = query.split('&').any(|part| part.starts_with("continue="));
        let recorded = answers.get(&format!("{bare}{}", if continued { "?continue" } else { "" }));
        let (status, body) = match recorded {
            Some((status, body)) => (*status, body.as_str()),
            None if bare.contains("/namespaces/") && bare.matches('/').count() > 4 => {
                (200, include_str!("../cluster/none.json"))
            }
            None => (404, include_str!("../cluster/not-found.json")),
        };
        let mut answer = String::new();
        write!(answer, "HTTP/1.1 {status} -\r\nContent-Type: application/json\r\n").unwrap();
        write!(answer, "Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        log.lock().unwrap().push(Request { method, path, authorization });
        if stream.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}
