//! Every policy. This list is the only file that all policies share.

#![allow(missing_docs, reason = "a policy is documented on its struct, which is its settings")]

mod entry;
mod prelude;
pub(crate) mod sources;

pub mod access;
pub mod autoscaling;
pub mod configuration;
pub mod disruption;
pub mod health;
pub mod images;
pub mod lifecycle;
pub mod metadata;
pub mod networking;
pub mod resources;
pub mod rollout;
pub mod scheduling;
pub mod security;
pub mod storage;
pub mod workload;

pub use entry::PolicyEntry;

/// Every policy, in the order of their ids.
pub static POLICIES: &[PolicyEntry] = &[
    PolicyEntry::of::<security::added_capabilities::AddedCapabilities>(),
    PolicyEntry::of::<access::anonymous_access::AnonymousAccess>(),
    PolicyEntry::of::<security::automounted_token::AutomountedToken>(),
    PolicyEntry::of::<autoscaling::autoscaler_replica_range::AutoscalerReplicaRange>(),
    PolicyEntry::of::<autoscaling::autoscaler_target_above_limit::AutoscalerTargetAboveLimit>(),
    PolicyEntry::of::<autoscaling::autoscaler_target_range::AutoscalerTargetRange>(),
    PolicyEntry::of::<autoscaling::autoscaler_without_requests::AutoscalerWithoutRequests>(),
    PolicyEntry::of::<workload::bare_pod::BarePod>(),
    PolicyEntry::of::<resources::best_effort_pod::BestEffortPod>(),
    PolicyEntry::of::<networking::canary_without_retries::CanaryWithoutRetries>(),
    PolicyEntry::of::<rollout::capacity_drop_on_rollout::CapacityDropOnRollout>(),
    PolicyEntry::of::<access::cluster_admin_binding::ClusterAdminBinding>(),
    PolicyEntry::of::<autoscaling::cold_start::ColdStart>(),
    PolicyEntry::of::<scheduling::colocated_replicas::ColocatedReplicas>(),
    PolicyEntry::of::<scheduling::contradictory_node_affinity::ContradictoryNodeAffinity>(),
    PolicyEntry::of::<scheduling::control_plane_toleration::ControlPlaneToleration>(),
    PolicyEntry::of::<workload::crowded_pod::CrowdedPod>(),
    PolicyEntry::of::<autoscaling::dangling_autoscaler::DanglingAutoscaler>(),
    PolicyEntry::of::<access::dangling_binding::DanglingBinding>(),
    PolicyEntry::of::<storage::dangling_claim::DanglingClaim>(),
    PolicyEntry::of::<networking::dangling_ingress::DanglingIngress>(),
    PolicyEntry::of::<storage::dangling_mount::DanglingMount>(),
    PolicyEntry::of::<networking::dangling_network_policy::DanglingNetworkPolicy>(),
    PolicyEntry::of::<networking::dangling_service::DanglingService>(),
    PolicyEntry::of::<access::default_account_binding::DefaultAccountBinding>(),
    PolicyEntry::of::<metadata::default_namespace::DefaultNamespace>(),
    PolicyEntry::of::<security::default_service_account::DefaultServiceAccount>(),
    PolicyEntry::of::<health::delayed_probe::DelayedProbe>(),
    PolicyEntry::of::<storage::deleted_volume_data::DeletedVolumeData>(),
    PolicyEntry::of::<disruption::drain_deadlock::DrainDeadlock>(),
    PolicyEntry::of::<autoscaling::duplicate_autoscaler::DuplicateAutoscaler>(),
    PolicyEntry::of::<configuration::duplicate_env::DuplicateEnv>(),
    PolicyEntry::of::<lifecycle::early_proxy_shutdown::EarlyProxyShutdown>(),
    PolicyEntry::of::<lifecycle::endless_prestop::EndlessPrestop>(),
    PolicyEntry::of::<access::escalation_verbs::EscalationVerbs>(),
    PolicyEntry::of::<storage::exclusive_volume::ExclusiveVolume>(),
    PolicyEntry::of::<access::fail_open_webhook::FailOpenWebhook>(),
    PolicyEntry::of::<health::far_reaching_liveness::FarReachingLiveness>(),
    PolicyEntry::of::<configuration::frozen_config_mount::FrozenConfigMount>(),
    PolicyEntry::of::<storage::git_repo_volume::GitRepoVolume>(),
    PolicyEntry::of::<security::host_namespaces::HostNamespaces>(),
    PolicyEntry::of::<security::host_path_volume::HostPathVolume>(),
    PolicyEntry::of::<security::host_port::HostPort>(),
    PolicyEntry::of::<health::identical_probes::IdenticalProbes>(),
    PolicyEntry::of::<images::image_pull_policy::ImagePullPolicy>(),
    PolicyEntry::of::<resources::impossible_resources::ImpossibleResources>(),
    PolicyEntry::of::<rollout::instant_ready::InstantReady>(),
    PolicyEntry::of::<configuration::invalid_env_name::InvalidEnvName>(),
    PolicyEntry::of::<workload::job_restart_policy::JobRestartPolicy>(),
    PolicyEntry::of::<autoscaling::legacy_autoscaler_annotations::LegacyAutoscalerAnnotations>(),
    PolicyEntry::of::<workload::legacy_controller::LegacyController>(),
    PolicyEntry::of::<networking::local_traffic_policy::LocalTrafficPolicy>(),
    PolicyEntry::of::<lifecycle::lost_termination_message::LostTerminationMessage>(),
    PolicyEntry::of::<scheduling::malformed_toleration::MalformedToleration>(),
    PolicyEntry::of::<autoscaling::memory_only_autoscaler::MemoryOnlyAutoscaler>(),
    PolicyEntry::of::<health::mesh_blocked_probe::MeshBlockedProbe>(),
    PolicyEntry::of::<rollout::mismatched_selector::MismatchedSelector>(),
    PolicyEntry::of::<metadata::missing_annotations::MissingAnnotations>(),
    PolicyEntry::of::<autoscaling::missing_autoscaler::MissingAutoscaler>(),
    PolicyEntry::of::<rollout::missing_change_cause::MissingChangeCause>(),
    PolicyEntry::of::<configuration::missing_config_reference::MissingConfigReference>(),
    PolicyEntry::of::<resources::missing_cpu_limit::MissingCpuLimit>(),
    PolicyEntry::of::<disruption::missing_disruption_budget::MissingDisruptionBudget>(),
    PolicyEntry::of::<networking::missing_headless_service::MissingHeadlessService>(),
    PolicyEntry::of::<metadata::missing_labels::MissingLabels>(),
    PolicyEntry::of::<health::missing_liveness_probe::MissingLivenessProbe>(),
    PolicyEntry::of::<resources::missing_memory_limit::MissingMemoryLimit>(),
    PolicyEntry::of::<security::missing_pod_security_level::MissingPodSecurityLevel>(),
    PolicyEntry::of::<lifecycle::missing_prestop::MissingPrestop>(),
    PolicyEntry::of::<images::missing_pull_secret::MissingPullSecret>(),
    PolicyEntry::of::<resources::missing_quota::MissingQuota>(),
    PolicyEntry::of::<health::missing_readiness_probe::MissingReadinessProbe>(),
    PolicyEntry::of::<resources::missing_requests::MissingRequests>(),
    PolicyEntry::of::<security::missing_seccomp_profile::MissingSeccompProfile>(),
    PolicyEntry::of::<security::missing_service_account::MissingServiceAccount>(),
    PolicyEntry::of::<health::missing_startup_probe::MissingStartupProbe>(),
    PolicyEntry::of::<scheduling::mixed_node_types::MixedNodeTypes>(),
    PolicyEntry::of::<images::mutable_image_tag::MutableImageTag>(),
    PolicyEntry::of::<networking::numeric_target_port::NumericTargetPort>(),
    PolicyEntry::of::<networking::open_egress::OpenEgress>(),
    PolicyEntry::of::<disruption::overlapping_disruption_budgets::OverlappingDisruptionBudgets>(),
    PolicyEntry::of::<workload::overlapping_selectors::OverlappingSelectors>(),
    PolicyEntry::of::<access::powerful_workload::PowerfulWorkload>(),
    PolicyEntry::of::<security::privilege_escalation::PrivilegeEscalation>(),
    PolicyEntry::of::<security::privileged_container::PrivilegedContainer>(),
    PolicyEntry::of::<health::probe_client_timeout::ProbeClientTimeout>(),
    PolicyEntry::of::<health::probe_timing::ProbeTiming>(),
    PolicyEntry::of::<rollout::recreate_strategy::RecreateStrategy>(),
    PolicyEntry::of::<workload::removed_api::RemovedApi>(),
    PolicyEntry::of::<autoscaling::replicas_fight_autoscaler::ReplicasFightAutoscaler>(),
    PolicyEntry::of::<resources::request_limit_ratio::RequestLimitRatio>(),
    PolicyEntry::of::<security::retained_capabilities::RetainedCapabilities>(),
    PolicyEntry::of::<security::root_user::RootUser>(),
    PolicyEntry::of::<disruption::rounded_disruption_budget::RoundedDisruptionBudget>(),
    PolicyEntry::of::<networking::route_without_retries::RouteWithoutRetries>(),
    PolicyEntry::of::<security::runtime_socket_mount::RuntimeSocketMount>(),
    PolicyEntry::of::<access::secret_access::SecretAccess>(),
    PolicyEntry::of::<configuration::secret_in_config_map::SecretInConfigMap>(),
    PolicyEntry::of::<configuration::secret_in_env::SecretInEnv>(),
    PolicyEntry::of::<security::shared_process_namespace::SharedProcessNamespace>(),
    PolicyEntry::of::<storage::shared_stateful_storage::SharedStatefulStorage>(),
    PolicyEntry::of::<lifecycle::shell_entrypoint::ShellEntrypoint>(),
    PolicyEntry::of::<lifecycle::short_grace_period::ShortGracePeriod>(),
    PolicyEntry::of::<autoscaling::sidecar_skewed_autoscaler::SidecarSkewedAutoscaler>(),
    PolicyEntry::of::<rollout::single_replica::SingleReplica>(),
    PolicyEntry::of::<rollout::slow_rollout_failure::SlowRolloutFailure>(),
    PolicyEntry::of::<scheduling::stale_node_label::StaleNodeLabel>(),
    PolicyEntry::of::<health::startup_window::StartupWindow>(),
    PolicyEntry::of::<disruption::stuck_unhealthy_pods::StuckUnhealthyPods>(),
    PolicyEntry::of::<disruption::thin_disruption_budget::ThinDisruptionBudget>(),
    PolicyEntry::of::<access::token_secret::TokenSecret>(),
    PolicyEntry::of::<storage::unbounded_empty_dir::UnboundedEmptyDir>(),
    PolicyEntry::of::<autoscaling::undamped_autoscaler::UndampedAutoscaler>(),
    PolicyEntry::of::<health::undeclared_probe_port::UndeclaredProbePort>(),
    PolicyEntry::of::<networking::undeclared_target_port::UndeclaredTargetPort>(),
    PolicyEntry::of::<networking::unisolated_pod::UnisolatedPod>(),
    PolicyEntry::of::<lifecycle::unlogged_hook::UnloggedHook>(),
    PolicyEntry::of::<security::unmasked_proc::UnmaskedProc>(),
    PolicyEntry::of::<networking::unnamed_port::UnnamedPort>(),
    PolicyEntry::of::<scheduling::unpinned_node_group::UnpinnedNodeGroup>(),
    PolicyEntry::of::<security::unpinned_user::UnpinnedUser>(),
    PolicyEntry::of::<configuration::unrolled_config::UnrolledConfig>(),
    PolicyEntry::of::<security::unsafe_sysctls::UnsafeSysctls>(),
    PolicyEntry::of::<scheduling::unschedulable_anti_affinity::UnschedulableAntiAffinity>(),
    PolicyEntry::of::<images::untrusted_registry::UntrustedRegistry>(),
    PolicyEntry::of::<rollout::unusable_rollback_history::UnusableRollbackHistory>(),
    PolicyEntry::of::<health::vacuous_probe::VacuousProbe>(),
    PolicyEntry::of::<rollout::wide_surge::WideSurge>(),
    PolicyEntry::of::<access::wildcard_access::WildcardAccess>(),
    PolicyEntry::of::<security::writable_config_mount::WritableConfigMount>(),
    PolicyEntry::of::<security::writable_root_filesystem::WritableRootFilesystem>(),
];

/// The policy with that id.
pub fn find(id: &str) -> Option<&'static PolicyEntry> {
    POLICIES.iter().find(|entry| entry.metadata.id == id)
}
