//! JSON with places: a cursor that knows its path, and edits at paths.

pub mod edit;
pub mod node;
pub mod path;
