//! The module of the policy `mutable-image-tag`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::images::mutable_image_tag::MutableImageTag);
