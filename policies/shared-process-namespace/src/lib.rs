//! The module of the policy `shared-process-namespace`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::security::shared_process_namespace::SharedProcessNamespace);
