//! The module of the policy `fail-open-webhook`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::access::fail_open_webhook::FailOpenWebhook);
