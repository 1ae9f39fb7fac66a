//! Findings: what a policy reports.

use serde_json::Value;

use crate::json::edit::Edit;
use crate::json::node::Node;
use crate::json::path::Path;
use crate::kube::container::Container;
use crate::kube::image::UsedImage;
use crate::kube::kinds::Kind;
use crate::policy::fix::{Applicability, Fix};
use crate::policy::metadata::{Metadata, Severity};

/// One violation at one place of the checked object.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The policy that reports it.
    pub metadata: &'static Metadata,
    /// Its severity: the policy's, unless this case is milder.
    pub severity: Severity,
    /// What is wrong, without a full stop. Names the container or field, never a Secret's content.
    pub message: String,
    /// What it is recognised by when the object is updated, if the message names what any release may change: a version, a
    /// generated name, an amount.
    pub recognised_by: Option<String>,
    /// Why this case hurts, if the policy's general reason doesn't apply.
    pub why: Option<&'static str>,
    /// What to do here, if that is more specific than the policy's general help.
    pub help: Option<String>,
    /// The place to edit. It may be missing.
    pub path: Path,
    /// The name of the container with the violation.
    pub container: Option<String>,
    /// The image with the violation, if no container runs it.
    pub image: Option<String>,
    /// Other objects that are involved.
    pub related: Vec<Related>,
    /// A fix.
    pub fix: Option<Fix>,
    /// An object whose addition would fix it.
    pub new_object: Option<Value>,
    /// The place of a secret text: reports quote neither that nor the finding's own place.
    pub confidential: Option<Path>,
    /// Whether another object that is usually applied later may resolve it: then it warns on CREATE instead of denying,
    /// unless settings say otherwise.
    pub warn_on_create: bool,
}

impl Finding {
    /// Why it hurts: the finding's own reason, or the policy's.
    pub fn why(&self) -> &'static str {
        self.why.unwrap_or(self.metadata.why)
    }

    /// What to do: the finding's own help, or the title of its fix, or the policy's help.
    pub fn help(&self) -> &str {
        let of_fix = || self.fix.as_ref().map(|fix| fix.title.as_str());
        self.help.as_deref().or_else(of_fix).unwrap_or(self.metadata.help)
    }

    /// How safe it is to add the new object; `None` without one. Only a headless Service changes nothing for what runs: it
    /// names pods that had no names before.
    pub fn addition(&self) -> Option<Applicability> {
        let object = self.new_object.as_ref()?;
        let is_headless = object.pointer("/spec/clusterIP").and_then(Value::as_str) == Some("None");
        Some(if is_headless { Applicability::Safe } else { Applicability::Unsafe })
    }
}

/// Another object that is involved in a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// Its kind.
    pub kind: String,
    /// Its namespace; empty for `default` or none.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The relevant place in it.
    pub path: Path,
    /// Its relation to the finding.
    pub message: String,
}

impl Related {
    /// A reference to a place in another object, or to the whole object.
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

/// Collects the findings of one policy on one object.
pub struct Findings {
    metadata: &'static Metadata,
    findings: Vec<Finding>,
}

impl Findings {
    /// No findings.
    pub fn new(metadata: &'static Metadata) -> Findings {
        Findings { metadata, findings: Vec::new() }
    }

    /// Reports a violation at `node`; the returned builder adds details.
    pub fn report(&mut self, node: Node<'_>, message: impl Into<String>) -> FindingBuilder<'_> {
        let finding = Finding {
            metadata: self.metadata,
            severity: self.metadata.severity,
            message: message.into(),
            recognised_by: None,
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

    /// The findings, in the order in which they were reported.
    pub fn into_vec(self) -> Vec<Finding> {
        self.findings
    }
}

/// Adds details to a finding.
pub struct FindingBuilder<'f>(Option<&'f mut Finding>);

impl FindingBuilder<'_> {
    fn with(mut self, change: impl FnOnce(&mut Finding)) -> Self {
        if let Some(finding) = self.0.as_deref_mut() {
            change(finding);
        }
        self
    }

    /// Names the container with the violation.
    pub fn container(self, container: &Container<'_>) -> Self {
        let name = container.name().to_owned();
        self.with(|finding| finding.container = Some(name))
    }

    /// Names the container whose image violates the policy, or the image if a volume mounts it.
    pub fn used_image(self, image: &UsedImage<'_, '_>) -> Self {
        match image.container() {
            Some(container) => self.container(container),
            None => self.with(|finding| finding.image = Some(image.reference.to_owned())),
        }
    }

    /// Sets what the finding is recognised by in another version of the object, where its message names what any release
    /// may change. Of one container, findings that are recognised by the same text are one as good as another.
    pub fn recognised_by(self, cause: impl Into<String>) -> Self {
        let cause = cause.into();
        self.with(|finding| finding.recognised_by = Some(cause))
    }

    /// Sets the severity of this case if it differs from the policy's.
    pub fn severity(self, severity: Severity) -> Self {
        self.with(|finding| finding.severity = severity)
    }

    /// Sets what to do here, if that is more specific than the policy's general help.
    pub fn help(self, help: impl Into<String>) -> Self {
        let help = help.into();
        self.with(|finding| finding.help = Some(help))
    }

    /// Sets why this case hurts, if the policy's general reason doesn't apply.
    pub fn why(self, why: &'static str) -> Self {
        self.with(|finding| finding.why = Some(why))
    }

    /// Adds another object that is involved.
    pub fn related(self, related: Related) -> Self {
        self.with(|finding| finding.related.push(related))
    }

    /// Adds a fix that a healthy workload doesn't notice. `title` is an imperative: "set replicas to 2".
    pub fn safe_fix(self, title: impl Into<String>, edits: Vec<Edit>) -> Self {
        self.fix(Fix { title: title.into(), applicability: Applicability::Safe, edits })
    }

    /// Adds a fix that may change how the workload behaves. `title` is an imperative: "set replicas to 2".
    pub fn unsafe_fix(self, title: impl Into<String>, edits: Vec<Edit>) -> Self {
        self.fix(Fix { title: title.into(), applicability: Applicability::Unsafe, edits })
    }

    /// Adds a fix.
    pub fn fix(self, fix: Fix) -> Self {
        self.with(|finding| finding.fix = Some(fix))
    }

    /// Proposes an object to add.
    pub fn new_object(self, object: Value) -> Self {
        self.with(|finding| finding.new_object = Some(object))
    }

    /// Sets which text is secret.
    pub fn confidential(self, secret: Node<'_>) -> Self {
        self.with(|finding| finding.confidential = Some(secret.path()))
    }

    /// Marks the finding as one that an object applied later may resolve.
    pub fn warn_on_create(self) -> Self {
        self.with(|finding| finding.warn_on_create = true)
    }
}
