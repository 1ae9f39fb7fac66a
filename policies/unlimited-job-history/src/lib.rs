//! The module of the policy `unlimited-job-history`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::workload::unlimited_job_history::UnlimitedJobHistory);
