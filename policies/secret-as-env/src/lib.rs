//! The module of the policy `secret-as-env`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::configuration::secret_as_env::SecretAsEnv);
