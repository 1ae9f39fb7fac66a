//! The module of the policy `secret-access`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::access::secret_access::SecretAccess);
