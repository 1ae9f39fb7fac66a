//! The module of the policy `unevictable-pod`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::disruption::unevictable_pod::UnevictablePod);
