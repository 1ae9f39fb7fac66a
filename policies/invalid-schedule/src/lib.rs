//! The module of the policy `invalid-schedule`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::workload::invalid_schedule::InvalidSchedule);
