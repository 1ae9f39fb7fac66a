//! The module of the policy `required-image-properties`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::images::required_image_properties::RequiredImageProperties);
