//! The module of the policy `bare-pod`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::workload::bare_pod::BarePod);
