//! The module of the policy `missing-priority-class`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::scheduling::missing_priority_class::MissingPriorityClass);
