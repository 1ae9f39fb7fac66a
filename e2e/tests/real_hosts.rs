//! The modules in Kubewarden's own programs. `make real-hosts` runs these tests if the programs are installed.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test says what is wrong by failing")]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use plimsoll::policies::POLICIES;
use plimsoll_e2e::{in_namespace, modules_dir, on_path, plural};
use plimsoll_host::{Operation, request};
use serde_json::{Value, json};

fn run(command: &mut Command) -> Output {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}\n{}", String::from_utf8_lossy(&output.stderr));
    output
}

/// A request that the policy denies without looking up other objects.
fn failing_request(id: &str) -> Option<Value> {
    let cases = plimsoll_fixtures::of(id).unwrap();
    let case = cases.iter().find(|case| case.file.starts_with("fail") && case.settings.is_null())?;
    let configured = [case.configured().unwrap()];
    let objects = case.objects();
    let checked = case.checked.iter().find(|checked| {
        !plimsoll::engine::evaluate::evaluate(&configured, &case.review(&checked.object, &objects)).findings.is_empty()
    })?;
    request(&in_namespace(&checked.object), Operation::Create, None, plural).ok()
}

#[test]
#[ignore = "needs kwctl"]
fn kwctl_inspects_scaffolds_and_runs_every_module() {
    let kwctl = on_path("kwctl").unwrap();
    let folder = tempfile::tempdir().unwrap();
    for entry in POLICIES {
        let module = modules_dir().join(format!("{}.wasm", entry.metadata.id));
        run(Command::new(&kwctl).arg("inspect").arg(&module));
        run(Command::new(&kwctl)
            .args(["scaffold", "manifest", "--type", "ClusterAdmissionPolicy", "--allow-context-aware"])
            .arg(&module));
        let Some(request) = failing_request(entry.metadata.id).filter(|_| entry.metadata.needs.is_empty()) else {
            continue;
        };
        let file = folder.path().join("request.json");
        std::fs::write(&file, request.to_string()).unwrap();
        let output = run(Command::new(&kwctl).arg("run").arg("--request-path").arg(&file).arg(&module));
        let answer = String::from_utf8_lossy(&output.stdout);
        assert!(answer.contains("\"allowed\":false"), "{}: {answer}", entry.metadata.id);
    }
}

/// A server that is stopped when the test ends, even by a panic.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        // It may have exited already, which the test has noticed before.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// One HTTP request on loopback: status line and body. `None` until a server listens.
fn http(port: u16, head: &str, body: &str) -> Option<(String, String)> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
    write!(
        stream,
        "{head} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n{body}",
        body.len()
    )
    .ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    Some((head.lines().next().unwrap_or_default().to_owned(), body.to_owned()))
}

#[test]
#[ignore = "needs policy-server"]
fn policy_server_denies_a_violation_of_every_policy() {
    let program = on_path("policy-server").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let asked: Vec<(&str, Value)> = POLICIES
        .iter()
        .filter(|entry| entry.metadata.needs.is_empty())
        .filter_map(|entry| Some((entry.metadata.id, failing_request(entry.metadata.id)?)))
        .collect();
    let policies: Value = asked
        .iter()
        .map(|(id, _)| {
            let module = std::path::absolute(modules_dir().join(format!("{id}.wasm"))).unwrap();
            ((*id).to_owned(), json!({"module": format!("file://{}", module.display())}))
        })
        .collect();
    let file = folder.path().join("policies.yml");
    // JSON is valid YAML.
    std::fs::write(&file, policies.to_string()).unwrap();

    let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    let mut server = Server(
        Command::new(program)
            .arg("--policies")
            .arg(&file)
            .args(["--addr", "127.0.0.1", "--port", &port.to_string(), "--ignore-kubernetes-connection-failure"])
            .current_dir(folder.path())
            .stdout(Stdio::null())
            .spawn()
            .unwrap(),
    );
    // It compiles all modules before it listens.
    let ready = (0..240).any(|_| {
        assert!(server.0.try_wait().unwrap().is_none(), "policy-server stopped");
        std::thread::sleep(Duration::from_millis(500));
        TcpStream::connect(("127.0.0.1", port)).is_ok()
    });
    assert!(ready, "policy-server doesn't listen");
    for (id, request) in asked {
        let review = json!({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": request});
        let (status, body) = http(port, &format!("POST /validate/{id}"), &review.to_string()).unwrap();
        assert!(status.contains("200"), "{id}: {status} {body}");
        assert!(body.contains("\"allowed\":false"), "{id}: {body}");
    }
}
