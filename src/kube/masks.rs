//! What a policy may read of an object that it looks up: the rest doesn't cross into the module.

use crate::kube::kinds::{self, Kind};

/// The field masks for objects of a kind, as Kubewarden has them: dot paths, lists implicit.
pub fn masks_of(kind: &Kind) -> &'static [&'static str] {
    if *kind == kinds::NAMESPACE {
        return &["apiVersion", "kind", "metadata.name", "metadata.labels", "metadata.annotations"];
    }
    if *kind == kinds::SERVICE_ACCOUNT {
        // The names of the tokens' Secrets are nobody's business.
        return &["apiVersion", "kind", "metadata", "imagePullSecrets", "automountServiceAccountToken"];
    }
    if kind.template.is_none() || *kind == kinds::POD {
        // Small objects, read in many places. A Pod's status is the larger part of it.
        return &["apiVersion", "kind", "metadata", "spec"];
    }
    if *kind == kinds::CRON_JOB {
        return &["apiVersion", "kind", "metadata", "spec.jobTemplate"];
    }
    &[
        "apiVersion",
        "kind",
        "metadata",
        "spec.replicas",
        "spec.strategy",
        "spec.updateStrategy",
        "spec.template.metadata",
        "spec.template.spec",
    ]
}
