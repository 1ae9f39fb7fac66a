//! The module of the policy `job-restart-policy`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::workload::job_restart_policy::JobRestartPolicy);
