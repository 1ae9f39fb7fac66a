//! The module of the policy `legacy-controller`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::workload::legacy_controller::LegacyController);
