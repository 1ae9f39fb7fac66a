//! The module of the policy `numeric-target-port`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::networking::numeric_target_port::NumericTargetPort);
