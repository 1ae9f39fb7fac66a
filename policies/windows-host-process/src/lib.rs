//! The module of the policy `windows-host-process`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::security::windows_host_process::WindowsHostProcess);
