//! The module of the policy `capacity-drop-on-rollout`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::rollout::capacity_drop_on_rollout::CapacityDropOnRollout);
