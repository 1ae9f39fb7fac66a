//! The module of the policy `unnamed-port`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::networking::unnamed_port::UnnamedPort);
