//! The module of the policy `unnamed-port`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::unnamed_port::UnnamedPort);
