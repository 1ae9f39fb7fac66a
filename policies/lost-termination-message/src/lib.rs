//! The module of the policy `lost-termination-message`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::lifecycle::lost_termination_message::LostTerminationMessage);
