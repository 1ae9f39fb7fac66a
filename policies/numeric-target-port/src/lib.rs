//! The module of the policy `numeric-target-port`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::numeric_target_port::NumericTargetPort);
