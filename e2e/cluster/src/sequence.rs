//! What a sequence of steps found: all of it, not only the first.

use crate::kubectl::{Kubectl, Printed};

/// Steps that are taken one after the other, whatever comes of them.
#[derive(Default)]
pub struct Sequence {
    failures: Vec<String>,
}

impl Sequence {
    /// A step that should succeed.
    pub fn step<T>(&mut self, name: &str, result: anyhow::Result<T>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                self.failures.push(format!("{name}: {error:#}"));
                None
            }
        }
    }

    /// Something that should not be.
    pub fn fail(&mut self, what: &str) {
        self.failures.push(what.to_owned());
    }

    /// A command that should be accepted without a warning.
    pub fn silent(&mut self, kubectl: &Kubectl, arguments: &str) {
        let result = kubectl.run(arguments).and_then(Printed::silent);
        self.step("not silent", result);
    }

    /// The result of all steps.
    ///
    /// # Errors
    /// When one failed: with what all of them found.
    pub fn end(self) -> anyhow::Result<()> {
        anyhow::ensure!(self.failures.is_empty(), "{}", self.failures.join("\n\n"));
        Ok(())
    }
}
