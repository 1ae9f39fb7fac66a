//! The module of the policy `privilege-escalation`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::security::privilege_escalation::PrivilegeEscalation);
