//! The module of the policy `mesh-blocked-probe`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::health::mesh_blocked_probe::MeshBlockedProbe);
