//! The module of the policy `endless-job-retries`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::workload::endless_job_retries::EndlessJobRetries);
