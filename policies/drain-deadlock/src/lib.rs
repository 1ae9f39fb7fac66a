//! The module of the policy `drain-deadlock`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::disruption::drain_deadlock::DrainDeadlock);
