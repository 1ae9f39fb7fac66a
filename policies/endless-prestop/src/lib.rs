//! The module of the policy `endless-prestop`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::lifecycle::endless_prestop::EndlessPrestop);
