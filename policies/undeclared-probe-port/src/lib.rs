//! The module of the policy `undeclared-probe-port`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::health::undeclared_probe_port::UndeclaredProbePort);
