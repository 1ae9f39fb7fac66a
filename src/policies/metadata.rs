//! Names, labels, annotations.

mod metadata_rules;

pub mod allowed_values;
pub mod default_namespace;
pub mod missing_annotations;
pub mod missing_labels;
pub mod system_namespace;
