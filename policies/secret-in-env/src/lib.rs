//! The module of the policy `secret-in-env`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::configuration::secret_in_env::SecretInEnv);
