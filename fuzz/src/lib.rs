//! What both fuzz targets do with objects.

use std::sync::{Arc, LazyLock};

use plimsoll::engine::evaluate::Review;
use plimsoll::engine::fix::fix;
use plimsoll::inventory::Objects;
use plimsoll::policies::POLICIES;
use plimsoll::policy::configured::Configured;
use plimsoll::policy::context::Operation;
use plimsoll::policy::fix::Applicability;
use plimsoll::settings::Date;
use serde_json::Value;

static ALL: LazyLock<Vec<Configured>> =
    LazyLock::new(|| POLICIES.iter().filter_map(|entry| (entry.configure)(&Value::Null).ok()).collect());

/// Checks and fixes every object among all of them, by all policies.
pub fn check(objects: &[Arc<Value>]) {
    let inventory = Objects::new(objects.to_vec(), true);
    for object in objects {
        let review = Review {
            object,
            old_object: None,
            operation: Operation::Create,
            namespace: None,
            sent_as: None,
            requested_by: None,
            inventory: &inventory,
            today: Date::LAST,
            honor_annotations: true,
        };
        fix(&ALL, &review, &|_| Some(Applicability::Unsafe));
    }
}
