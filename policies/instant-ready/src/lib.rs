//! The module of the policy `instant-ready`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::rollout::instant_ready::InstantReady);
