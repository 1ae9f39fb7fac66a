//! The module of the policy `control-plane-toleration`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::scheduling::control_plane_toleration::ControlPlaneToleration);
