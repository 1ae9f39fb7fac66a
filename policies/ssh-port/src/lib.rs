//! The module of the policy `ssh-port`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::networking::ssh_port::SshPort);
