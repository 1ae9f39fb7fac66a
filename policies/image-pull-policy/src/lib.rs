//! The module of the policy `image-pull-policy`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::images::image_pull_policy::ImagePullPolicy);
