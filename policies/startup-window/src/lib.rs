//! The module of the policy `startup-window`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::health::startup_window::StartupWindow);
