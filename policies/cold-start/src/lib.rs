//! The module of the policy `cold-start`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::autoscaling::cold_start::ColdStart);
