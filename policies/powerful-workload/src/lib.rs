//! The module of the policy `powerful-workload`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::access::powerful_workload::PowerfulWorkload);
