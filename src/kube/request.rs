//! What containers and pods ask the scheduler for.

use crate::kube::node::{Malformed, Node};
use crate::kube::quantity::Quantity;

/// What `owner`, a container or a pod's `spec`, requests of `resource`. A limit alone becomes the request, as the API
/// server has it; nothing, or zero, is `None`.
///
/// # Errors
/// When it is no quantity.
pub fn request(owner: Node<'_>, resource: &str) -> Result<Option<Quantity>, Malformed> {
    let resources = owner.get("resources");
    let requested = match Quantity::read(resources.get("requests").entry(resource))? {
        None => Quantity::read(resources.get("limits").entry(resource))?,
        requested => requested,
    };
    Ok(requested.filter(|amount| !amount.is_zero()))
}
