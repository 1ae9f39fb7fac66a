//! The module of the policy `secret-in-env`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::secret_in_env::SecretInEnv);
