//! Why a policy could not check an object.

use crate::inventory::InventoryError;
use crate::json::node::Malformed;

/// Why a policy could not check an object.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckError {
    /// The object doesn't follow the API.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// Other objects that the result depends on could not be read.
    #[error(transparent)]
    Inventory(#[from] InventoryError),
}
