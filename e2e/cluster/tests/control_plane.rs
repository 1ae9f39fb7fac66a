//! The cluster that the other tests use.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what is wrong by failing")]

use plimsoll_e2e_cluster::cluster::Cluster;

#[test]
#[ignore = "needs a control plane"]
fn workloads_run() {
    let cluster = Cluster::start().unwrap();
    let kubectl = &cluster.kubectl;
    kubectl.run("create deployment web --image=web --replicas=3").unwrap().ok().unwrap();
    kubectl.run("rollout status deployment web --timeout=300s").unwrap().ok().unwrap();
}
