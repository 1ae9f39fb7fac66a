//! A real registry on loopback.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// A registry that stops with its test.
pub(crate) struct Registry {
    process: Child,
    pub(crate) port: u16,
    _storage: TempDir,
}

impl Registry {
    pub(crate) fn start() -> Self {
        let storage = TempDir::new().unwrap();
        let port = free_port();
        let config = storage.path().join("config.yml");
        let root = storage.path().join("data");
        std::fs::write(
            &config,
            format!(
                "version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {}}}}}\nhttp: {{addr: \
                 '127.0.0.1:{port}'}}\n",
                root.display()
            ),
        )
        .unwrap();
        let mut registry = Command::new("docker-registry");
        registry.arg("serve").arg(&config);
        Self::run(registry, port, storage, "`make registry-tests` installs docker-registry")
    }

    /// Crane's, which answers a push without a location.
    #[allow(dead_code, reason = "not all tests need it")]
    pub(crate) fn of_crane() -> Self {
        let port = free_port();
        let mut registry = Command::new("crane");
        registry.args(["registry", "serve", "--address", &format!("127.0.0.1:{port}")]);
        Self::run(registry, port, TempDir::new().unwrap(), "`make setup-release` installs crane")
    }

    fn run(mut program: Command, port: u16, storage: TempDir, advice: &str) -> Self {
        let process = program.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect(advice);
        let registry = Self { process, port, _storage: storage };
        wait_until("the registry answers", || TcpStream::connect(("127.0.0.1", port)).is_ok());
        registry
    }

    pub(crate) fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// The body of a GET, and its status.
    pub(crate) fn get(&self, path: &str) -> (u16, Vec<u8>) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let accept = "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json, \
                      application/octet-stream";
        write!(stream, "GET {path} HTTP/1.0\r\nHost: {}\r\nAccept: {accept}\r\n\r\n", self.host()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let end = answer.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
        let (head, body) = answer.split_at(end);
        let status = String::from_utf8_lossy(head).split(' ').nth(1).unwrap().parse().unwrap();
        (status, body.get(4..).unwrap().to_vec())
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_secs(60), "not so after a minute: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}
