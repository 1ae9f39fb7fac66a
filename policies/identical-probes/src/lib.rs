//! The module of the policy `identical-probes`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::health::identical_probes::IdenticalProbes);
