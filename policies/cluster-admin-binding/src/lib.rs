//! The module of the policy `cluster-admin-binding`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::access::cluster_admin_binding::ClusterAdminBinding);
