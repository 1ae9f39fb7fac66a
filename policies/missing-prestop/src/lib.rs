//! The module of the policy `missing-prestop`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::lifecycle::missing_prestop::MissingPrestop);
