//! Native evaluation: one typical Deployment by all policies, by those without look-ups, and by each.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a benchmark that cannot run should say so"
)]

use divan::Bencher;
use plimsoll::inventory::Objects;
use plimsoll::policies::POLICIES;
use plimsoll_bench::{DEPLOYMENT, check_one, parse, policies, policies_with_needs};
use serde_json::Value;

fn main() {
    divan::main();
}

#[divan::bench]
fn deployment_by_all_policies(bencher: Bencher<'_, '_>) {
    let objects = parse(DEPLOYMENT);
    let inventory = Objects::new(objects.clone(), true);
    let policies = policies();
    bencher.bench(|| check_one(&policies, &objects[0], &inventory));
}

#[divan::bench]
fn deployment_by_policies_of_one_object(bencher: Bencher<'_, '_>) {
    let objects = parse(DEPLOYMENT);
    let inventory = Objects::new(objects.clone(), true);
    let policies = policies_with_needs(false);
    bencher.bench(|| check_one(&policies, &objects[0], &inventory));
}

#[divan::bench(args = POLICIES.iter().map(|entry| entry.metadata.id))]
fn deployment_by_one_policy(bencher: Bencher<'_, '_>, id: &str) {
    let objects = parse(DEPLOYMENT);
    let inventory = Objects::new(objects.clone(), true);
    let entry = POLICIES.iter().find(|entry| entry.metadata.id == id).unwrap();
    let policy = [(entry.configure)(&Value::Null).unwrap()];
    bencher.bench(|| check_one(&policy, &objects[0], &inventory));
}

#[divan::bench]
fn parse_deployment(bencher: Bencher<'_, '_>) {
    bencher.bench(|| parse(DEPLOYMENT));
}
