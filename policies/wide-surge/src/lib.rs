//! The module of the policy `wide-surge`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::rollout::wide_surge::WideSurge);
