//! Every policy. This list is the only file that policies share.

#![allow(missing_docs, reason = "a policy is documented on its struct, which is its settings")]

pub(crate) mod budget_rules;
mod catalogue;
mod credential_rules;
mod metadata_rules;
mod prestop_rules;
mod probe_rules;
mod resource_rules;
mod retry_rules;
mod scaling_rules;
mod sources;

pub mod added_capabilities;
pub mod automounted_token;
pub mod autoscaler_replica_range;
pub mod autoscaler_target_above_limit;
pub mod autoscaler_target_range;
pub mod autoscaler_without_requests;
pub mod bare_pod;
pub mod best_effort_pod;
pub mod canary_without_retries;
pub mod capacity_drop_on_rollout;
pub mod cold_start;
pub mod colocated_replicas;
pub mod contradictory_node_affinity;
pub mod control_plane_toleration;
pub mod crowded_pod;
pub mod dangling_autoscaler;
pub mod dangling_ingress;
pub mod dangling_network_policy;
pub mod dangling_service;
pub mod default_namespace;
pub mod default_service_account;
pub mod delayed_probe;
pub mod deleted_volume_data;
pub mod drain_deadlock;
pub mod duplicate_autoscaler;
pub mod duplicate_env;
pub mod early_proxy_shutdown;
pub mod endless_prestop;
pub mod far_reaching_liveness;
pub mod frozen_config_mount;
pub mod git_repo_volume;
pub mod host_namespaces;
pub mod host_path_volume;
pub mod host_port;
pub mod identical_probes;
pub mod image_pull_policy;
pub mod instant_ready;
pub mod invalid_env_name;
pub mod job_restart_policy;
pub mod legacy_autoscaler_annotations;
pub mod legacy_controller;
pub mod local_traffic_policy;
pub mod lost_termination_message;
pub mod malformed_toleration;
pub mod memory_only_autoscaler;
pub mod mesh_blocked_probe;
pub mod mismatched_selector;
pub mod missing_annotations;
pub mod missing_autoscaler;
pub mod missing_change_cause;
pub mod missing_config_reference;
pub mod missing_cpu_limit;
pub mod missing_disruption_budget;
pub mod missing_headless_service;
pub mod missing_labels;
pub mod missing_liveness_probe;
pub mod missing_memory_limit;
pub mod missing_pod_security_level;
pub mod missing_prestop;
pub mod missing_pull_secret;
pub mod missing_quota;
pub mod missing_readiness_probe;
pub mod missing_requests;
pub mod missing_seccomp_profile;
pub mod missing_service_account;
pub mod missing_startup_probe;
pub mod mixed_node_types;
pub mod mutable_image_tag;
pub mod numeric_target_port;
pub mod open_egress;
pub mod overlapping_disruption_budgets;
pub mod privilege_escalation;
pub mod privileged_container;
pub mod probe_client_timeout;
pub mod probe_timing;
pub mod recreate_strategy;
pub mod removed_api;
pub mod replicas_fight_autoscaler;
pub mod request_limit_ratio;
pub mod retained_capabilities;
pub mod root_user;
pub mod rounded_disruption_budget;
pub mod route_without_retries;
pub mod runtime_socket_mount;
pub mod secret_in_config_map;
pub mod secret_in_env;
pub mod shared_process_namespace;
pub mod shared_stateful_storage;
pub mod shell_entrypoint;
pub mod short_grace_period;
pub mod sidecar_skewed_autoscaler;
pub mod single_replica;
pub mod slow_rollout_failure;
pub mod stale_node_label;
pub mod startup_window;
pub mod stuck_unhealthy_pods;
pub mod thin_disruption_budget;
pub mod unbounded_empty_dir;
pub mod undamped_autoscaler;
pub mod undeclared_probe_port;
pub mod unisolated_pod;
pub mod unlogged_hook;
pub mod unmasked_proc;
pub mod unnamed_port;
pub mod unpinned_node_group;
pub mod unpinned_user;
pub mod unrolled_config;
pub mod unsafe_sysctls;
pub mod unschedulable_anti_affinity;
pub mod untrusted_registry;
pub mod unusable_rollback_history;
pub mod wide_surge;
pub mod writable_config_mount;
pub mod writable_root_filesystem;

pub use catalogue::Entry;

/// Every policy, in the order of their ids.
pub static POLICIES: &[Entry] = &[
    Entry::of::<added_capabilities::AddedCapabilities>(),
    Entry::of::<automounted_token::AutomountedToken>(),
    Entry::of::<autoscaler_replica_range::AutoscalerReplicaRange>(),
    Entry::of::<autoscaler_target_above_limit::AutoscalerTargetAboveLimit>(),
    Entry::of::<autoscaler_target_range::AutoscalerTargetRange>(),
    Entry::of::<autoscaler_without_requests::AutoscalerWithoutRequests>(),
    Entry::of::<bare_pod::BarePod>(),
    Entry::of::<best_effort_pod::BestEffortPod>(),
    Entry::of::<canary_without_retries::CanaryWithoutRetries>(),
    Entry::of::<capacity_drop_on_rollout::CapacityDropOnRollout>(),
    Entry::of::<cold_start::ColdStart>(),
    Entry::of::<colocated_replicas::ColocatedReplicas>(),
    Entry::of::<contradictory_node_affinity::ContradictoryNodeAffinity>(),
    Entry::of::<control_plane_toleration::ControlPlaneToleration>(),
    Entry::of::<crowded_pod::CrowdedPod>(),
    Entry::of::<dangling_autoscaler::DanglingAutoscaler>(),
    Entry::of::<dangling_ingress::DanglingIngress>(),
    Entry::of::<dangling_network_policy::DanglingNetworkPolicy>(),
    Entry::of::<dangling_service::DanglingService>(),
    Entry::of::<default_namespace::DefaultNamespace>(),
    Entry::of::<default_service_account::DefaultServiceAccount>(),
    Entry::of::<delayed_probe::DelayedProbe>(),
    Entry::of::<deleted_volume_data::DeletedVolumeData>(),
    Entry::of::<drain_deadlock::DrainDeadlock>(),
    Entry::of::<duplicate_autoscaler::DuplicateAutoscaler>(),
    Entry::of::<duplicate_env::DuplicateEnv>(),
    Entry::of::<early_proxy_shutdown::EarlyProxyShutdown>(),
    Entry::of::<endless_prestop::EndlessPrestop>(),
    Entry::of::<far_reaching_liveness::FarReachingLiveness>(),
    Entry::of::<frozen_config_mount::FrozenConfigMount>(),
    Entry::of::<git_repo_volume::GitRepoVolume>(),
    Entry::of::<host_namespaces::HostNamespaces>(),
    Entry::of::<host_path_volume::HostPathVolume>(),
    Entry::of::<host_port::HostPort>(),
    Entry::of::<identical_probes::IdenticalProbes>(),
    Entry::of::<image_pull_policy::ImagePullPolicy>(),
    Entry::of::<instant_ready::InstantReady>(),
    Entry::of::<invalid_env_name::InvalidEnvName>(),
    Entry::of::<job_restart_policy::JobRestartPolicy>(),
    Entry::of::<legacy_autoscaler_annotations::LegacyAutoscalerAnnotations>(),
    Entry::of::<legacy_controller::LegacyController>(),
    Entry::of::<local_traffic_policy::LocalTrafficPolicy>(),
    Entry::of::<lost_termination_message::LostTerminationMessage>(),
    Entry::of::<malformed_toleration::MalformedToleration>(),
    Entry::of::<memory_only_autoscaler::MemoryOnlyAutoscaler>(),
    Entry::of::<mesh_blocked_probe::MeshBlockedProbe>(),
    Entry::of::<mismatched_selector::MismatchedSelector>(),
    Entry::of::<missing_annotations::MissingAnnotations>(),
    Entry::of::<missing_autoscaler::MissingAutoscaler>(),
    Entry::of::<missing_change_cause::MissingChangeCause>(),
    Entry::of::<missing_config_reference::MissingConfigReference>(),
    Entry::of::<missing_cpu_limit::MissingCpuLimit>(),
    Entry::of::<missing_disruption_budget::MissingDisruptionBudget>(),
    Entry::of::<missing_headless_service::MissingHeadlessService>(),
    Entry::of::<missing_labels::MissingLabels>(),
    Entry::of::<missing_liveness_probe::MissingLivenessProbe>(),
    Entry::of::<missing_memory_limit::MissingMemoryLimit>(),
    Entry::of::<missing_pod_security_level::MissingPodSecurityLevel>(),
    Entry::of::<missing_prestop::MissingPrestop>(),
    Entry::of::<missing_pull_secret::MissingPullSecret>(),
    Entry::of::<missing_quota::MissingQuota>(),
    Entry::of::<missing_readiness_probe::MissingReadinessProbe>(),
    Entry::of::<missing_requests::MissingRequests>(),
    Entry::of::<missing_seccomp_profile::MissingSeccompProfile>(),
    Entry::of::<missing_service_account::MissingServiceAccount>(),
    Entry::of::<missing_startup_probe::MissingStartupProbe>(),
    Entry::of::<mixed_node_types::MixedNodeTypes>(),
    Entry::of::<mutable_image_tag::MutableImageTag>(),
    Entry::of::<numeric_target_port::NumericTargetPort>(),
    Entry::of::<open_egress::OpenEgress>(),
    Entry::of::<overlapping_disruption_budgets::OverlappingDisruptionBudgets>(),
    Entry::of::<privilege_escalation::PrivilegeEscalation>(),
    Entry::of::<privileged_container::PrivilegedContainer>(),
    Entry::of::<probe_client_timeout::ProbeClientTimeout>(),
    Entry::of::<probe_timing::ProbeTiming>(),
    Entry::of::<recreate_strategy::RecreateStrategy>(),
    Entry::of::<removed_api::RemovedApi>(),
    Entry::of::<replicas_fight_autoscaler::ReplicasFightAutoscaler>(),
    Entry::of::<request_limit_ratio::RequestLimitRatio>(),
    Entry::of::<retained_capabilities::RetainedCapabilities>(),
    Entry::of::<root_user::RootUser>(),
    Entry::of::<rounded_disruption_budget::RoundedDisruptionBudget>(),
    Entry::of::<route_without_retries::RouteWithoutRetries>(),
    Entry::of::<runtime_socket_mount::RuntimeSocketMount>(),
    Entry::of::<secret_in_config_map::SecretInConfigMap>(),
    Entry::of::<secret_in_env::SecretInEnv>(),
    Entry::of::<shared_process_namespace::SharedProcessNamespace>(),
    Entry::of::<shared_stateful_storage::SharedStatefulStorage>(),
    Entry::of::<shell_entrypoint::ShellEntrypoint>(),
    Entry::of::<short_grace_period::ShortGracePeriod>(),
    Entry::of::<sidecar_skewed_autoscaler::SidecarSkewedAutoscaler>(),
    Entry::of::<single_replica::SingleReplica>(),
    Entry::of::<slow_rollout_failure::SlowRolloutFailure>(),
    Entry::of::<stale_node_label::StaleNodeLabel>(),
    Entry::of::<startup_window::StartupWindow>(),
    Entry::of::<stuck_unhealthy_pods::StuckUnhealthyPods>(),
    Entry::of::<thin_disruption_budget::ThinDisruptionBudget>(),
    Entry::of::<unbounded_empty_dir::UnboundedEmptyDir>(),
    Entry::of::<undamped_autoscaler::UndampedAutoscaler>(),
    Entry::of::<undeclared_probe_port::UndeclaredProbePort>(),
    Entry::of::<unisolated_pod::UnisolatedPod>(),
    Entry::of::<unlogged_hook::UnloggedHook>(),
    Entry::of::<unmasked_proc::UnmaskedProc>(),
    Entry::of::<unnamed_port::UnnamedPort>(),
    Entry::of::<unpinned_node_group::UnpinnedNodeGroup>(),
    Entry::of::<unpinned_user::UnpinnedUser>(),
    Entry::of::<unrolled_config::UnrolledConfig>(),
    Entry::of::<unsafe_sysctls::UnsafeSysctls>(),
    Entry::of::<unschedulable_anti_affinity::UnschedulableAntiAffinity>(),
    Entry::of::<untrusted_registry::UntrustedRegistry>(),
    Entry::of::<unusable_rollback_history::UnusableRollbackHistory>(),
    Entry::of::<wide_surge::WideSurge>(),
    Entry::of::<writable_config_mount::WritableConfigMount>(),
    Entry::of::<writable_root_filesystem::WritableRootFilesystem>(),
];
