//! Judging and fixing manifests, as the command line and the playground do: files are read into objects, all objects are
//! judged together, and what is found gets its place in the text.
//!
//! Nothing here does any input or output, and nothing asks for the date.

pub mod adding;
mod each;
pub mod judge;
pub mod manifests;
pub mod mending;
pub mod places;
pub mod problem;
pub mod source;
pub mod surroundings;
pub mod words;
