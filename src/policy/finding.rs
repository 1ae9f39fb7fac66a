//! What a policy reports.

use serde_json::Value;

use crate::json::edit::Edit;
use crate::json::node::Node;
use crate::json::path::Path;
use crate::kube::container::Container;
use crate::kube::image::UsedImage;
use crate::kube::kinds::Kind;
use crate::policy::fix::{Applicability, Fix};
use crate::policy::metadata::{Metadata, Severity};

/// One fault at one place of the checked object.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The policy that found it.
    pub metadata: &'static Metadata,
    /// How bad it is: the policy's severity, unless this case is milder.
    pub severity: Severity,
    /// What is wrong, without a full stop. Names the container or field, never a Secret's content.
    pub message: String,
    /// Why this case hurts, where that differs from the policy's general reason.
    pub why: Option<&'static str>,
    /// What to do here, where that is more exact than the policy's general help.
    pub help: Option<String>,
    /// Where. May name a field that is missing.
    pub path: Path,
    /// The container that is at fault, by name.
    pub container: Option<String>,
    /// The image that is at fault, where no container runs it.
    pub image: Option<String>,
    /// Other objects that take part in it.
    pub related: Vec<Related>,
    /// What would fix it.
    pub fix: Option<Fix>,
    /// An object that, added to the others, would fix it.
    pub new_object: Option<Value>,
    /// The place of a text that is secret, so that no report quotes it, nor the finding's own place.
    pub confidential: Option<Path>,
    /// Whether another object, which ordinarily arrives later, may still set it right: then it warns on CREATE instead
    /// of denying, unless settings say otherwise.
    pub warn_on_create: bool,
}

impl Finding {
    /// Why it hurts: the finding's own reason, or else the policy's.
    pub fn why(&self) -> &'static str {
        self.why.unwrap_or(self.metadata.why)
    }

    /// What to do: the finding's own words, or else what its fix does, or else the policy's general help.
    pub fn help(&self) -> &str {
        let of_fix = || self.fix.as_ref().map(|fix| fix.title.as_str());
        self.help.as_deref().or_else(of_fix).unwrap_or(self.metadata.help)
    }
}

/// Another object that takes part in a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// Its kind.
    pub kind: String,
    /// Its namespace; empty for `default` or none.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The place in it that matters.
    pub path: Path,
    /// What it has to do with the finding.
    pub message: String,
}

impl Related {
    /// Points at a place in another object, or in the whole of it.
    pub fn to(kind: &Kind, place: Node<'_>, object: Node<'_>, message: impl Into<String>) -> Related {
        let metadata = object.get("metadata");
        let text = |key| metadata.get(key).str().ok().flatten().unwrap_or_default();
        let namespace = Some(text("namespace")).filter(|&namespace| namespace != "default").unwrap_or_default();
        Related {
            kind: kind.name.to_owned(),
            namespace: namespace.to_owned(),
            name: text("name").to_owned(),
            path: place.path(),
            message: message.into(),
        }
    }
}

/// The findings of one policy on one object, in the making.
pub struct Findings {
    metadata: &'static Metadata,
    findings: Vec<Finding>,
}

impl Findings {
    /// None yet.
    pub fn new(metadata: &'static Metadata) -> Findings {
        Findings { metadata, findings: Vec::new() }
    }

    /// Reports a fault at `node`; the answer takes what else there is to say of it.
    pub fn report(&mut self, node: Node<'_>, message: impl Into<String>) -> FindingBuilder<'_> {
        let finding = Finding {
            metadata: self.metadata,
            severity: self.metadata.severity,
            message: message.into(),
            why: None,
            help: None,
            path: node.path(),
            container: None,
            image: None,
            related: Vec::new(),
            fix: None,
            new_object: None,
            confidential: None,
            warn_on_create: self.metadata.expects_later_object,
        };
        let index = self.findings.len();
        self.findings.push(finding);
        FindingBuilder(self.findings.get_mut(index))
    }

    /// What was reported, in the order in which it was.
    pub fn into_vec(self) -> Vec<Finding> {
        self.findings
    }
}

/// A finding that can still be told more.
pub struct FindingBuilder<'f>(Option<&'f mut Finding>);

impl FindingBuilder<'_> {
    fn with(mut self, change: impl FnOnce(&mut Finding)) -> Self {
        if let Some(finding) = self.0.as_deref_mut() {
            change(finding);
        }
        self
    }

    /// Names the container at fault.
    pub fn container(self, container: &Container<'_>) -> Self {
        let name = container.name().to_owned();
        self.with(|finding| finding.container = Some(name))
    }

    /// Names the container whose image is at fault, or the image itself where a volume mounts it.
    pub fn used_image(self, image: &UsedImage<'_, '_>) -> Self {
        match image.container() {
            Some(container) => self.container(container),
            None => self.with(|finding| finding.image = Some(image.reference.to_owned())),
        }
    }

    /// Makes this case milder or worse than the policy's others.
    pub fn severity(self, severity: Severity) -> Self {
        self.with(|finding| finding.severity = severity)
    }

    /// Says what to do here, more exactly than the policy's general help.
    pub fn help(self, help: impl Into<String>) -> Self {
        let help = help.into();
        self.with(|finding| finding.help = Some(help))
    }

    /// Says why this case hurts, where the policy's general reason doesn't apply.
    pub fn why(self, why: &'static str) -> Self {
        self.with(|finding| finding.why = Some(why))
    }

    /// Points at another object that takes part.
    pub fn related(self, related: Related) -> Self {
        self.with(|finding| finding.related.push(related))
    }

    /// Offers edits that a healthy workload doesn't notice. `title` is an order: "set replicas to 2".
    pub fn safe_fix(self, title: impl Into<String>, edits: Vec<Edit>) -> Self {
        self.fix(Fix { title: title.into(), applicability: Applicability::Safe, edits })
    }

    /// Offers edits that may change how the workload behaves. `title` is an order: "set replicas to 2".
    pub fn unsafe_fix(self, title: impl Into<String>, edits: Vec<Edit>) -> Self {
        self.fix(Fix { title: title.into(), applicability: Applicability::Unsafe, edits })
    }

    /// Offers a fix.
    pub fn fix(self, fix: Fix) -> Self {
        self.with(|finding| finding.fix = Some(fix))
    }

    /// Offers an object to add.
    pub fn new_object(self, object: Value) -> Self {
        self.with(|finding| finding.new_object = Some(object))
    }

    /// Says which text is secret.
    pub fn confidential(self, secret: Node<'_>) -> Self {
        self.with(|finding| finding.confidential = Some(secret.path()))
    }

    /// Says that an object which ordinarily arrives later may still set it right.
    pub fn warn_on_create(self) -> Self {
        self.with(|finding| finding.warn_on_create = true)
    }
}
