//! The module of the policy `overlapping-selectors`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::workload::overlapping_selectors::OverlappingSelectors);
