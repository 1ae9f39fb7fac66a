//! The module of the policy `undeclared-target-port`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::networking::undeclared_target_port::UndeclaredTargetPort);
