//! The module of the policy `legacy-autoscaler-annotations`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::autoscaling::legacy_autoscaler_annotations::LegacyAutoscalerAnnotations);
