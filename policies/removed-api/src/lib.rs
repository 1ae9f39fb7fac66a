//! The module of the policy `removed-api`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::workload::removed_api::RemovedApi);
