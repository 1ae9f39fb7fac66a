//! The module of the policy `bare-pod`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::bare_pod::BarePod);
