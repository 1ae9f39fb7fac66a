//! The module of the policy `dangling-service-monitor`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::networking::dangling_service_monitor::DanglingServiceMonitor);
