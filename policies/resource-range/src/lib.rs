//! The module of the policy `resource-range`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::resources::resource_range::ResourceRange);
