//! The service class of the checked workload, or of the one that an autoscaler scales.

use crate::json::node::Malformed;
use crate::kube::autoscaler::Autoscaler;
use crate::kube::service_class::ServiceClass;
use crate::kube::workload::Workload;
use crate::lookup::autoscaler::target_of;
use crate::policy::context::Context;
use crate::policy::error::CheckError;
use crate::policy::finding::Related;
use crate::settings::ServiceClassLabel;

impl ServiceClassLabel {
    /// The class of the checked workload: see [`ServiceClass::of`].
    ///
    /// # Errors
    /// When the label's value, or an owner, is malformed, or the pod can't be read.
    pub fn own_class(&self, cx: &Context<'_>) -> Result<Option<ServiceClass>, Malformed> {
        let object = cx.object();
        let pod_metadata = cx.pod()?.map_or(object.get("metadata"), |pod| pod.metadata());
        self.class(object, pod_metadata)
    }

    /// The class of the workload that the autoscaler scales, and the place that sets it; `None` when the workload doesn't
    /// exist or its class is unknown.
    ///
    /// # Errors
    /// When the workload can't be looked up, or has malformed labels.
    pub fn class_of_target(
        &self,
        cx: &Context<'_>,
        autoscaler: &Autoscaler<'_>,
    ) -> Result<Option<(ServiceClass, Related)>, CheckError> {
        let Some(found) = target_of(cx, autoscaler)? else { return Ok(None) };
        let object = found.root(cx.arena());
        let Some(workload) = Workload::of(object, found.kind) else { return Ok(None) };
        let class = self.class(object, workload.pod_metadata()).map_err(|malformed| found.unreadable(&malformed))?;
        let related = |class: ServiceClass| {
            let labels = [workload.pod_metadata(), object.get("metadata")].map(|metadata| metadata.get("labels"));
            let written = labels.map(|labels| labels.entry(&self.0)).into_iter().find(|label| label.exists());
            let message = match written {
                Some(_) => ["its class is ", class.name()],
                None => ["its class defaults to ", class.name()],
            };
            let [labels, _] = labels;
            Related::to(found.kind, written.unwrap_or(labels), object, message.concat())
        };
        Ok(class.map(|class| (class, related(class))))
    }
}
