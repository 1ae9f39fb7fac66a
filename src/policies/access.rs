//! Who may do what in the API: roles, their bindings, tokens, admission webhooks.

pub mod power_rules;

pub mod anonymous_access;
pub mod cluster_admin_binding;
pub mod dangling_binding;
pub mod default_account_binding;
pub mod escalation_verbs;
pub mod fail_open_webhook;
pub mod powerful_workload;
pub mod secret_access;
pub mod token_secret;
pub mod wildcard_access;
