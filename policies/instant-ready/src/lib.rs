//! The module of the policy `instant-ready`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::instant_ready::InstantReady);
