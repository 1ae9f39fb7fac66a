//! The module of the policy `missing-job-deadline`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::workload::missing_job_deadline::MissingJobDeadline);
