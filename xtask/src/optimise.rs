//! The optimiser of Wasm modules: one process optimises many.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use serde_json::json;

use crate::workspace::Workspace;

const SCRIPT: &str = "xtask/src/optimise.mjs";
const PACKAGE: &str = "node_modules/binaryen/package.json";

/// A running optimiser.
pub(crate) struct Optimiser {
    process: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Optimiser {
    /// Starts one.
    pub(crate) fn start(workspace: &Workspace) -> Result<Optimiser> {
        ensure!(workspace.path(PACKAGE).exists(), "{PACKAGE} is missing: run `make setup`");
        let mut node = Command::new("node");
        node.arg(workspace.path(SCRIPT)).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = node.spawn().context("cannot run node")?;
        let (Some(questions), Some(answers)) = (process.stdin.take(), process.stdout.take()) else {
            bail!("the optimiser's process has no pipes");
        };
        Ok(Optimiser { process, questions, answers: BufReader::new(answers) })
    }

    /// Optimises `from` into `to`, which may be the same file.
    pub(crate) fn optimise(&mut self, from: &Path, to: &Path) -> Result<()> {
        let failed = || format!("cannot optimise {}", from.display());
        writeln!(self.questions, "{}", json!({ "from": from, "to": to })).with_context(failed)?;
        let mut answer = String::new();
        let read = self.answers.read_line(&mut answer).with_context(failed)?;
        ensure!(read > 0, "{}: the optimiser exited", failed());
        let error = answer.trim_end();
        ensure!(error.is_empty(), "{}: {error}", failed());
        Ok(())
    }
}

impl Drop for Optimiser {
    fn drop(&mut self) {
        // Nothing is lost: it has answered every request.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What the optimised bytes depend on besides the module.
pub(crate) fn version(workspace: &Workspace) -> String {
    [SCRIPT, PACKAGE].iter().map(|file| workspace.read(file).unwrap_or_default()).collect()
}

#[cfg(test)]
mod tests {
    use super::Optimiser;
    use crate::workspace::Workspace;

    #[test]
    fn one_process_handles_many_modules_and_bad_ones() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from.wasm"), folder.path().join("to.wasm"));
        let mut optimiser = Optimiser::start(&Workspace::here()).unwrap();

        // A custom section "producers" of one empty list.
        let module = b"\0asm\x01\0\0\0\0\x0b\x09producers\0";
        std::fs::write(&from, module).unwrap();
        optimiser.optimise(&from, &to).unwrap();
        assert_eq!(std::fs::read(&to).unwrap(), b"\0asm\x01\0\0\0");

        std::fs::write(&from, "no module").unwrap();
        let error = format!("{:#}", optimiser.optimise(&from, &to).unwrap_err());
        assert!(error.contains("from.wasm"), "{error}");

        std::fs::write(&from, module).unwrap();
        optimiser.optimise(&from, &from).unwrap();
        assert_eq!(std::fs::read(&from).unwrap(), b"\0asm\x01\0\0\0");
    }
}
