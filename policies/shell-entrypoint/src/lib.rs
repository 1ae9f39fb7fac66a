//! The module of the policy `shell-entrypoint`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::lifecycle::shell_entrypoint::ShellEntrypoint);
