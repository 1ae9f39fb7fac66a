//! The module of the policy `missing-annotations`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::metadata::missing_annotations::MissingAnnotations);
