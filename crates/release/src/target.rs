//! What is held against which registry.

use std::path::PathBuf;

use anyhow::Result;

use crate::artifact::{self, Artifact};
use crate::registry::Registry;

#[derive(clap::Args)]
pub(crate) struct Target {
    /// The registry: `ghcr.io/owner/policies` has `ghcr.io/owner/policies/<id>:v<version>`.
    #[arg(long, value_name = "HOST/PREFIX")]
    pub(crate) registry: String,
    /// The folder that `cargo xtask dist` made.
    #[arg(long, value_name = "FOLDER", default_value = "dist")]
    pub(crate) dist: PathBuf,
}

impl Target {
    /// The modules of the folder, and the registry.
    pub(crate) fn open(&self) -> Result<(Vec<Artifact>, Registry)> {
        Ok((artifact::read_all(&self.dist)?, Registry::new(&self.registry)?))
    }
}
