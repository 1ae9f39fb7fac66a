//! HorizontalPodAutoscaler and KEDA.

mod scaling_rules;

pub mod autoscaler_replica_range;
pub mod autoscaler_target_above_limit;
pub mod autoscaler_target_range;
pub mod autoscaler_without_requests;
pub mod cold_start;
pub mod conflicting_autoscalers;
pub mod dangling_autoscaler;
pub mod duplicate_autoscaler;
pub mod frozen_autoscaler;
pub mod legacy_autoscaler_annotations;
pub mod memory_only_autoscaler;
pub mod missing_autoscaler;
pub mod replicas_fight_autoscaler;
pub mod sidecar_skewed_autoscaler;
pub mod undamped_autoscaler;
