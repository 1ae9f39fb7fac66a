//! A directory with manifests, and the command run in it.

#![allow(dead_code, reason = "each test file uses its part")]

pub(crate) mod recorded;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

pub(crate) struct Playground(tempfile::TempDir);

pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Playground {
    pub(crate) fn with(files: &[(&str, &str)]) -> Playground {
        let playground = Playground(tempfile::tempdir().unwrap());
        for (name, text) in files {
            playground.write(name, text.as_bytes());
        }
        playground
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &[u8]) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        String::from_utf8(std::fs::read(self.path(name)).unwrap()).unwrap()
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll"));
        command.current_dir(self.0.path()).args(args);
        for name in ["NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "COLUMNS", "FORCE_HYPERLINK"] {
            command.env_remove(name);
        }
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        self.run_with(args, b"")
    }

    pub(crate) fn run_with(&self, args: &[&str], input: &[u8]) -> Ran {
        let mut command = self.command(args);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        Ran::of(child.wait_with_output().unwrap())
    }
}

impl Ran {
    pub(crate) fn of(output: Output) -> Ran {
        Ran {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap()
    }
}

/// A Deployment whose only violation, as far as `missing-prestop` goes, is that it has no hook.
pub(crate) const FAILING: &str = "\
# The shop's front.
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    spec:
      containers:
      - name: 'web'  # quoted on purpose
        ports:
        - containerPort: 8080
";

/// The same with two pods: in a directory the number of pods may be an autoscaler's, and a missing hook then weighs less.
pub(crate) fn replicated() -> String {
    FAILING.replace("  template:\n", "  replicas: 2\n  template:\n")
}

/// The same without ports, which then needs no hook.
pub(crate) const FINE: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: worker}
spec:
  template:
    spec:
      containers:
      - name: worker
";

/// The flags of a run that only `missing-prestop` checks.
pub(crate) const ONE: [&str; 2] = ["--policy", "missing-prestop"];
