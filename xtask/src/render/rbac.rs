//! rbac.yaml: the permissions that PolicyServer needs for a policy's look-ups.

use anyhow::Result;
use plimsoll::policy::metadata::Metadata;

use crate::render::metadata::look_ups;

/// rbac.yaml; `None` for a policy without look-ups.
pub(crate) fn render(metadata: &Metadata) -> Result<Option<String>> {
    let Some([role, binding]) = plimsoll_kubewarden::rbac(&format!("plimsoll-{}", metadata.id), look_ups(metadata))
    else {
        return Ok(None);
    };
    Ok(Some(format!(
        "# Made by `make gen`. Apply this before the policy: without it, requests time out and are rejected.\n\
         # The service account is that of the default PolicyServer, in the default namespace.\n{}---\n{}",
        super::yaml(&role)?,
        super::yaml(&binding)?
    )))
}
