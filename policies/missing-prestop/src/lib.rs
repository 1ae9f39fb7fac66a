//! The module of the policy `missing-prestop`.
plimsoll_guest::export!(plimsoll::policies::missing_prestop::MissingPrestop);
