//! The imports of most rules.

pub(crate) use serde::Deserialize;
pub(crate) use serde_json::Value;

pub(crate) use crate::inventory::{Filter, Found, InventoryError};
pub(crate) use crate::json::edit::Edit;
pub(crate) use crate::json::json;
pub(crate) use crate::json::node::{Malformed, Node};
pub(crate) use crate::kube::container::{Container, Role};
pub(crate) use crate::kube::kinds::{self, Kind, LONG_RUNNING, POD_KINDS};
pub(crate) use crate::kube::pod::Pod;
pub(crate) use crate::policies::sources;
pub(crate) use crate::policy::context::{Context, Operation};
pub(crate) use crate::policy::error::CheckError;
pub(crate) use crate::policy::finding::{FindingBuilder, Findings, Related};
pub(crate) use crate::policy::metadata::{Category, FixAvailability, Metadata, PodScope, Profile, Severity};
pub(crate) use crate::policy::rule::Policy;
pub(crate) use crate::text::text;
