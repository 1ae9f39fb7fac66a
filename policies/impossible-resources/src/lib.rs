//! The module of the policy `impossible-resources`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::resources::impossible_resources::ImpossibleResources);
