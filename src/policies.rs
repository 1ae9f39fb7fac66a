//! Every policy. This list is the only file that policies share.

#![allow(missing_docs, reason = "a policy is documented on its struct, which is its settings")]

mod catalogue;
mod metadata_rules;
mod probe_rules;
mod retry_rules;
mod sources;

pub mod added_capabilities;
pub mod autoscaler_without_requests;
pub mod bare_pod;
pub mod best_effort_pod;
pub mod canary_without_retries;
pub mod capacity_drop_on_rollout;
pub mod colocated_replicas;
pub mod contradictory_node_affinity;
pub mod control_plane_toleration;
pub mod crowded_pod;
pub mod default_namespace;
pub mod default_service_account;
pub mod delayed_probe;
pub mod deleted_volume_data;
pub mod drain_deadlock;
pub mod duplicate_env;
pub mod endless_prestop;
pub mod far_reaching_liveness;
pub mod git_repo_volume;
pub mod host_namespaces;
pub mod host_path_volume;
pub mod host_port;
pub mod identical_probes;
pub mod image_pull_policy;
pub mod instant_ready;
pub mod job_restart_policy;
pub mod legacy_autoscaler_annotations;
pub mod legacy_controller;
pub mod lost_termination_message;
pub mod malformed_toleration;
pub mod memory_only_autoscaler;
pub mod mismatched_selector;
pub mod missing_annotations;
pub mod missing_change_cause;
pub mod missing_cpu_limit;
pub mod missing_disruption_budget;
pub mod missing_labels;
pub mod missing_liveness_probe;
pub mod missing_memory_limit;
pub mod missing_pod_security_level;
pub mod missing_prestop;
pub mod missing_readiness_probe;
pub mod missing_requests;
pub mod missing_seccomp_profile;
pub mod missing_startup_probe;
pub mod mixed_node_types;
pub mod mutable_image_tag;
pub mod open_egress;
pub mod privilege_escalation;
pub mod privileged_container;
pub mod probe_client_timeout;
pub mod probe_timing;
pub mod removed_api;
pub mod request_limit_ratio;
pub mod retained_capabilities;
pub mod root_user;
pub mod route_without_retries;
pub mod runtime_socket_mount;
pub mod secret_in_config_map;
pub mod secret_in_env;
pub mod shared_process_namespace;
pub mod shell_entrypoint;
pub mod short_grace_period;
pub mod slow_rollout_failure;
pub mod stale_node_label;
pub mod startup_window;
pub mod stuck_unhealthy_pods;
pub mod unbounded_empty_dir;
pub mod undeclared_probe_port;
pub mod unlogged_hook;
pub mod unmasked_proc;
pub mod unnamed_port;
pub mod unpinned_node_group;
pub mod unpinned_user;
pub mod unsafe_sysctls;
pub mod untrusted_registry;
pub mod unusable_rollback_history;
pub mod wide_surge;
pub mod writable_config_mount;
pub mod writable_root_filesystem;

pub use catalogue::Entry;

/// Every policy, in the order of their ids.
pub static POLICIES: &[Entry] = &[
    Entry::of::<added_capabilities::AddedCapabilities>(),
    Entry::of::<autoscaler_without_requests::AutoscalerWithoutRequests>(),
    Entry::of::<bare_pod::BarePod>(),
    Entry::of::<best_effort_pod::BestEffortPod>(),
    Entry::of::<canary_without_retries::CanaryWithoutRetries>(),
    Entry::of::<capacity_drop_on_rollout::CapacityDropOnRollout>(),
    Entry::of::<colocated_replicas::ColocatedReplicas>(),
    Entry::of::<contradictory_node_affinity::ContradictoryNodeAffinity>(),
    Entry::of::<control_plane_toleration::ControlPlaneToleration>(),
    Entry::of::<crowded_pod::CrowdedPod>(),
    Entry::of::<default_namespace::DefaultNamespace>(),
    Entry::of::<default_service_account::DefaultServiceAccount>(),
    Entry::of::<delayed_probe::DelayedProbe>(),
    Entry::of::<deleted_volume_data::DeletedVolumeData>(),
    Entry::of::<drain_deadlock::DrainDeadlock>(),
    Entry::of::<duplicate_env::DuplicateEnv>(),
    Entry::of::<endless_prestop::EndlessPrestop>(),
    Entry::of::<far_reaching_liveness::FarReachingLiveness>(),
    Entry::of::<git_repo_volume::GitRepoVolume>(),
    Entry::of::<host_namespaces::HostNamespaces>(),
    Entry::of::<host_path_volume::HostPathVolume>(),
    Entry::of::<host_port::HostPort>(),
    Entry::of::<identical_probes::IdenticalProbes>(),
    Entry::of::<image_pull_policy::ImagePullPolicy>(),
    Entry::of::<instant_ready::InstantReady>(),
    Entry::of::<job_restart_policy::JobRestartPolicy>(),
    Entry::of::<legacy_autoscaler_annotations::LegacyAutoscalerAnnotations>(),
    Entry::of::<legacy_controller::LegacyController>(),
    Entry::of::<lost_termination_message::LostTerminationMessage>(),
    Entry::of::<malformed_toleration::MalformedToleration>(),
    Entry::of::<memory_only_autoscaler::MemoryOnlyAutoscaler>(),
    Entry::of::<mismatched_selector::MismatchedSelector>(),
    Entry::of::<missing_annotations::MissingAnnotations>(),
    Entry::of::<missing_change_cause::MissingChangeCause>(),
    Entry::of::<missing_cpu_limit::MissingCpuLimit>(),
    Entry::of::<missing_disruption_budget::MissingDisruptionBudget>(),
    Entry::of::<missing_labels::MissingLabels>(),
    Entry::of::<missing_liveness_probe::MissingLivenessProbe>(),
    Entry::of::<missing_memory_limit::MissingMemoryLimit>(),
    Entry::of::<missing_pod_security_level::MissingPodSecurityLevel>(),
    Entry::of::<missing_prestop::MissingPrestop>(),
    Entry::of::<missing_readiness_probe::MissingReadinessProbe>(),
    Entry::of::<missing_requests::MissingRequests>(),
    Entry::of::<missing_seccomp_profile::MissingSeccompProfile>(),
    Entry::of::<missing_startup_probe::MissingStartupProbe>(),
    Entry::of::<mixed_node_types::MixedNodeTypes>(),
    Entry::of::<mutable_image_tag::MutableImageTag>(),
    Entry::of::<open_egress::OpenEgress>(),
    Entry::of::<privilege_escalation::PrivilegeEscalation>(),
    Entry::of::<privileged_container::PrivilegedContainer>(),
    Entry::of::<probe_client_timeout::ProbeClientTimeout>(),
    Entry::of::<probe_timing::ProbeTiming>(),
    Entry::of::<removed_api::RemovedApi>(),
    Entry::of::<request_limit_ratio::RequestLimitRatio>(),
    Entry::of::<retained_capabilities::RetainedCapabilities>(),
    Entry::of::<root_user::RootUser>(),
    Entry::of::<route_without_retries::RouteWithoutRetries>(),
    Entry::of::<runtime_socket_mount::RuntimeSocketMount>(),
    Entry::of::<secret_in_config_map::SecretInConfigMap>(),
    Entry::of::<secret_in_env::SecretInEnv>(),
    Entry::of::<shared_process_namespace::SharedProcessNamespace>(),
    Entry::of::<shell_entrypoint::ShellEntrypoint>(),
    Entry::of::<short_grace_period::ShortGracePeriod>(),
    Entry::of::<slow_rollout_failure::SlowRolloutFailure>(),
    Entry::of::<stale_node_label::StaleNodeLabel>(),
    Entry::of::<startup_window::StartupWindow>(),
    Entry::of::<stuck_unhealthy_pods::StuckUnhealthyPods>(),
    Entry::of::<unbounded_empty_dir::UnboundedEmptyDir>(),
    Entry::of::<undeclared_probe_port::UndeclaredProbePort>(),
    Entry::of::<unlogged_hook::UnloggedHook>(),
    Entry::of::<unmasked_proc::UnmaskedProc>(),
    Entry::of::<unnamed_port::UnnamedPort>(),
    Entry::of::<unpinned_node_group::UnpinnedNodeGroup>(),
    Entry::of::<unpinned_user::UnpinnedUser>(),
    Entry::of::<unsafe_sysctls::UnsafeSysctls>(),
    Entry::of::<untrusted_registry::UntrustedRegistry>(),
    Entry::of::<unusable_rollback_history::UnusableRollbackHistory>(),
    Entry::of::<wide_surge::WideSurge>(),
    Entry::of::<writable_config_mount::WritableConfigMount>(),
    Entry::of::<writable_root_filesystem::WritableRootFilesystem>(),
];
