//! Turns the playground's Wasm into a module for the web, with its JavaScript bindings.
//!
//! It does the same as the command `wasm-bindgen --target web`. As a library it has the same version as the crate that
//! the playground is built with, and needs no installation.

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

fn main() -> Result<()> {
    let mut arguments = std::env::args_os().skip(1);
    let module = arguments.next().context("the first argument is the module")?;
    let folder = arguments.next().context("the second argument is the folder to write to")?;
    Bindgen::new().input_path(module).web(true)?.typescript(true).generate(folder)
}
