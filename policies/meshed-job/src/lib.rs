//! The module of the policy `meshed-job`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::lifecycle::meshed_job::MeshedJob);
