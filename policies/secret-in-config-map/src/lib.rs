//! The module of the policy `secret-in-config-map`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::configuration::secret_in_config_map::SecretInConfigMap);
