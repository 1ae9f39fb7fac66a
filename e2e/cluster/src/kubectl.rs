//! kubectl, as people use it.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::Context;

use crate::process::command;

/// kubectl with a cluster's configuration.
#[derive(Clone)]
pub struct Kubectl {
    /// Where it may write.
    pub folder: PathBuf,
    /// Its configuration.
    pub config: PathBuf,
}

/// What it printed.
#[derive(Debug)]
pub struct Printed {
    /// What was asked.
    pub command: String,
    /// Whether it says that it succeeded.
    pub success: bool,
    /// The exit code.
    pub code: Option<i32>,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Printed {
    /// The warnings of policies, which begin with an id, beside those of Kubernetes' own.
    pub fn warnings(&self) -> Vec<&str> {
        self.err.lines().filter(|line| line.starts_with("Warning: [")).collect()
    }

    /// A success.
    ///
    /// # Errors
    /// When it was none.
    pub fn ok(self) -> anyhow::Result<Printed> {
        anyhow::ensure!(self.success, "kubectl {}\n{}{}", self.command, self.out, self.err);
        Ok(self)
    }

    /// A success without a policy's warning.
    ///
    /// # Errors
    /// When it was none.
    pub fn silent(self) -> anyhow::Result<Printed> {
        let printed = self.ok()?;
        let warnings = printed.warnings().join("\n");
        anyhow::ensure!(warnings.is_empty(), "kubectl {}\n{warnings}", printed.command);
        Ok(printed)
    }

    /// What a webhook said when it refused.
    ///
    /// # Errors
    /// When it didn't.
    pub fn refused(self) -> anyhow::Result<String> {
        let refused = !self.success && self.err.contains("denied the request");
        anyhow::ensure!(refused, "kubectl {} was not refused\n{}{}", self.command, self.out, self.err);
        Ok(self.err)
    }
}

impl Kubectl {
    /// Runs `kubectl` with arguments that are separated by spaces.
    ///
    /// # Errors
    /// When it can't be started.
    pub fn run(&self, arguments: &str) -> anyhow::Result<Printed> {
        self.with(&arguments.split_whitespace().collect::<Vec<_>>(), "")
    }

    /// Runs `kubectl` with arguments and standard input.
    ///
    /// # Errors
    /// When it can't be started.
    pub fn with(&self, arguments: &[&str], input: &str) -> anyhow::Result<Printed> {
        let mut command = command("kubectl", &self.folder)?;
        command.env("KUBECONFIG", &self.config).args(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().context("kubectl")?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(input.as_bytes())?;
        }
        let output = child.wait_with_output()?;
        Ok(Printed {
            command: arguments.join(" "),
            success: output.status.success(),
            code: output.status.code(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }

    /// Applies a manifest.
    ///
    /// # Errors
    /// When kubectl can't be started.
    pub fn apply(&self, manifest: &str) -> anyhow::Result<Printed> {
        self.with(&["apply", "-f", "-"], manifest)
    }

    /// Applies a file.
    ///
    /// # Errors
    /// When kubectl can't be started.
    pub fn apply_file(&self, file: &Path) -> anyhow::Result<Printed> {
        self.with(&["apply", "-f", &file.display().to_string()], "")
    }
}
