//! The module of the policy `vacuous-probe`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::health::vacuous_probe::VacuousProbe);
