//! The module of the policy `escalation-verbs`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::access::escalation_verbs::EscalationVerbs);
