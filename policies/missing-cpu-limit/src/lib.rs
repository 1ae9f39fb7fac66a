//! The module of the policy `missing-cpu-limit`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::resources::missing_cpu_limit::MissingCpuLimit);
