//! What pods and containers may do.

mod pod_security_rules;

pub mod added_capabilities;
pub mod automounted_token;
pub mod baseline_level;
pub mod custom_selinux;
pub mod default_service_account;
pub mod host_namespaces;
pub mod host_path_volume;
pub mod host_port;
pub mod missing_pod_security_level;
pub mod missing_seccomp_profile;
pub mod missing_service_account;
pub mod privilege_escalation;
pub mod privileged_container;
pub mod privileged_group;
pub mod restricted_level;
pub mod retained_capabilities;
pub mod root_user;
pub mod runtime_socket_mount;
pub mod shared_process_namespace;
pub mod unconfined_apparmor;
pub mod unmasked_proc;
pub mod unpinned_user;
pub mod unsafe_sysctls;
pub mod windows_host_process;
pub mod writable_config_mount;
pub mod writable_root_filesystem;
