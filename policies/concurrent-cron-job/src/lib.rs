//! The module of the policy `concurrent-cron-job`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::workload::concurrent_cron_job::ConcurrentCronJob);
