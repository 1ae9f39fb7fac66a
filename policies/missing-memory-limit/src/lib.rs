//! The module of the policy `missing-memory-limit`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::resources::missing_memory_limit::MissingMemoryLimit);
