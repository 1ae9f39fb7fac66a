//! The module of the policy `host-namespaces`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::security::host_namespaces::HostNamespaces);
