use crate::kube::exclusive::uses_devices;
use crate::kube::jvm::{HeapSize, MaxHeap};
use crate::kube::quantity::Quantity;
use crate::kube::resources::{Resources, containers_request, title};
use crate::policies::prelude::*;

/// ## What it does
/// Reports requests and limits with which a pod is rejected or can't run, in app containers, native sidecars and init
/// containers:
///
/// - a request above its limit, and extended resources (`example.com/gpu`) and huge pages whose request and limit
///   differ;
/// - a container's limit above the pod-level limit (`spec.resources`), and containers' requests that add up to more
///   than the pod-level request or limit;
/// - memory in thousandths of a byte (`128m`) or in single bytes (`256`), and a memory limit under 4Mi, with which no
///   container starts;
/// - 100 CPUs or more, without a unit, where `m` was probably meant: `2000` is two thousand CPUs;
/// - requests that hardly any machine can meet, whatever their unit: 900 CPUs, 32Ti of memory;
/// - a JVM whose heap may grow to the memory limit: `-Xmx` of its size or more, or `-XX:MaxRAMPercentage` of 95 or more, in a
///   variable or an argument.
///
/// ## Why
/// The API server rejects the first two kinds: a Deployment is accepted, its ReplicaSet creates no pod, and the rollout
/// hangs. With the next two, the container can't be started or the pod stays `Pending` forever. A JVM needs memory beside its heap
/// for threads, classes and buffers: the kernel kills it as soon as the heap has grown.
///
/// ## What to write
/// ```yaml
/// resources:
///   requests:
///     cpu: 200m
///     memory: 128Mi
///   limits:
///     memory: 128Mi
/// ```
///
/// ## Limits
/// Whether any node is large enough is not checked. The fix adds the unit that was probably meant; requests above
/// limits have no fix.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "catalogue", derive(serde::Serialize, schemars::JsonSchema))]
pub struct ImpossibleResources {}

impl Policy for ImpossibleResources {
    const METADATA: Metadata = Metadata {
        id: "impossible-resources",
        title: "Requests and limits are valid and plausible",
        why: "the pod is rejected, or never starts",
        help: "correct the amount",
        category: Category::Resources,
        severity: Severity::High,
        profile: Profile::Production,
        targets: POD_KINDS,
        ephemeral: false,
        fix: FixAvailability::Unsafe,
        since: "0.1.0",
        sources: &[sources::CONTAINER_RESOURCES],
        ..Metadata::DEFAULT
    };

    fn check_pod(&self, pod: &Pod<'_>, cx: &Context<'_>, out: &mut Findings) -> Result<(), CheckError> {
        let whole = Resources::pod_level(pod, cx.kubernetes())?;
        for container in pod.containers().iter().filter(|container| container.role() != Role::Ephemeral) {
            let resources = Resources::of_container(container)?;
            for resource in resources.names()? {
                let amounts = Amounts::read(&resources, resource)?;
                let of_pod = whole.map(|whole| Amount::read(whole.limit_node(resource))).transpose()?.flatten();
                if amounts.report_unit(&container.title(), Some(container), whole.is_none(), out)? {
                    continue;
                }
                amounts.report_order(&container.title(), Some(container), out);
                if let (Some(own), Some(bound)) = (&amounts.limit, &of_pod)
                    && own.quantity > bound.quantity
                {
                    let above = text![" above the pod's limit (", bound.text(), "); the API server rejects the pod"];
                    let message =
                        text![container.title(), " has a ", title(resource), " limit (", own.text(), ")", above];
                    out.report(own.node, message)
                        .container(container)
                        .help("lower the container's limit, or raise the pod's");
                }
            }
        }
        report_heaps(pod, whole.as_ref(), out)?;
        let Some(whole) = whole else { return Ok(()) };
        for resource in whole.names()? {
            let amounts = Amounts::read(&whole, resource)?;
            if amounts.report_unit("the pod", None, false, out)? {
                continue;
            }
            amounts.report_order("the pod", None, out);
            let (half, bound) = match (&amounts.request, &amounts.limit) {
                (Some(request), _) => ("request", request),
                (None, Some(limit)) => ("limit", limit),
                (None, None) => continue,
            };
            if containers_request(pod, resource)?.is_some_and(|sum| sum > bound.quantity) {
                let name = title(resource);
                let pods = text!["the pod's ", half, " (", bound.text(), ")"];
                let message = text![
                    "the containers together request more ",
                    name,
                    " than ",
                    pods,
                    "; the API server rejects the pod"
                ];
                let help = text!["raise the pod's ", name, " ", half, ", or lower the containers' requests"];
                out.report(bound.node, message).help(help);
            }
        }
        Ok(())
    }
}

/// Reports JVMs whose heap may fill the whole memory limit.
fn report_heaps(pod: &Pod<'_>, whole: Option<&Resources<'_>>, out: &mut Findings) -> Result<(), Malformed> {
    for container in pod.containers().iter().filter(|container| container.role() != Role::Ephemeral) {
        let own = Resources::of_container(container)?.limit_node("memory");
        let written = if own.exists() { Some(own) } else { whole.map(|whole| whole.limit_node("memory")) };
        let Some(limit) = written.map(Amount::read).transpose()?.flatten() else { continue };
        let Some(heap) = MaxHeap::of(container)? else { continue };
        let fills = match heap.size {
            HeapSize::Bytes(size) => size >= limit.quantity,
            HeapSize::Percent(percent) => percent >= FULL,
        };
        if fills {
            let leaves = text![" leaves nothing of the memory limit (", limit.text(), ") beside the heap"];
            out.report(heap.node, text![container.title(), ": ", heap.option, leaves])
                .container(container)
                .severity(Severity::Medium)
                .why("the JVM needs memory beside its heap, and the kernel kills it once the heap has grown")
                .help("let the heap have three quarters of the limit at most, or raise the limit");
        }
    }
    Ok(())
}

/// The percentage of the memory limit from which on a heap leaves too little for threads, classes and buffers.
const FULL: u16 = 95;

/// The CPUs of the largest machines that clouds rent out, but for a few.
const MOST_CPUS: &str = "900";

/// Their memory.
const MOST_MEMORY: &str = "32Ti";

/// An amount that is written.
struct Amount<'a> {
    node: Node<'a>,
    quantity: Quantity,
}

impl<'a> Amount<'a> {
    /// Reads it; `None` if it is absent or 0.
    fn read(node: Node<'a>) -> Result<Option<Amount<'a>>, Malformed> {
        let quantity = Quantity::read(node)?.filter(|quantity| *quantity > Quantity::ZERO);
        Ok(quantity.map(|quantity| Amount { node, quantity }))
    }

    /// The amount as written.
    fn text(&self) -> String {
        let value = self.node.value();
        value.and_then(Value::as_str).map_or_else(|| value.map(Value::to_string).unwrap_or_default(), str::to_owned)
    }

    fn is_below(&self, bound: &str) -> bool {
        Quantity::parse(bound).is_some_and(|bound| self.quantity < bound)
    }

    /// Why the amount can't be meant so, and the one that probably is.
    fn mistake(&self, resource: &str, is_limit: bool, is_large: bool) -> Option<(&'static str, Option<String>)> {
        let text = self.text();
        let has_unit = !text.ends_with(|last: char| last.is_ascii_digit());
        // People forget a unit of small numbers.
        let number: Option<u16> = text.trim_end_matches('m').parse().ok();
        let with_unit = |unit: &str| number.map(|number| text![number.to_string(), unit]);
        match resource {
            "cpu" if !has_unit && !self.is_below(if is_large { "1000" } else { "100" }) => {
                Some((": without a unit, these are whole CPUs", with_unit("m")))
            }
            "cpu" | "memory"
                if !is_limit && !self.is_below(if resource == "cpu" { MOST_CPUS } else { MOST_MEMORY }) =>
            {
                Some((": hardly any machine has that much", None))
            }
            "memory" | "ephemeral-storage" if self.is_below("1Mi") && text.ends_with('m') => {
                Some((": m means thousandths of a byte", with_unit("Mi")))
            }
            "memory" | "ephemeral-storage" if self.is_below("1Mi") && !has_unit => {
                Some((": without a unit, these are bytes", with_unit("Mi")))
            }
            "memory" if is_limit && self.is_below("4Mi") => Some((": no container starts with less than 4Mi", None)),
            _ => None,
        }
    }
}

/// The request and the limit for a resource.
struct Amounts<'a, 'r> {
    resource: &'r str,
    request_node: Node<'a>,
    request: Option<Amount<'a>>,
    limit: Option<Amount<'a>>,
}

impl<'a, 'r> Amounts<'a, 'r> {
    fn read(resources: &Resources<'a>, resource: &'r str) -> Result<Amounts<'a, 'r>, Malformed> {
        let request_node = resources.request_node(resource);
        let limit = Amount::read(resources.limit_node(resource))?;
        Ok(Amounts { resource, request_node, request: Amount::read(request_node)?, limit })
    }

    /// Reports amounts whose unit is wrong, in one finding, and returns true if there are any.
    fn report_unit(
        &self,
        owner: &str,
        container: Option<&Container<'_>>,
        fixable: bool,
        out: &mut Findings,
    ) -> Result<bool, Malformed> {
        // Machines with many devices have hundreds of CPUs.
        let is_large = container.map_or(Ok(false), uses_devices)?;
        let name = title(self.resource);
        let mut parts = Vec::new();
        let mut first = None;
        let mut fixes = Some((Vec::new(), Vec::new()));
        // The amounts after the fix.
        let mut quantities = Vec::new();
        for (amount, half) in [(&self.request, "requests"), (&self.limit, "limits")] {
            let Some(amount) = amount else { continue };
            let Some((why, meant)) = amount.mistake(self.resource, half == "limits", is_large) else {
                quantities.push(amount.quantity);
                continue;
            };
            let text = amount.text();
            parts.push(match half {
                "requests" if name == "CPU" => text![" requests ", text, " CPUs"],
                "requests" => text![" requests ", text, " of ", name],
                _ if parts.is_empty() => text![" has a ", name, " limit of ", text],
                _ => text![" with a limit of ", text],
            });
            first = first.or(Some((amount.node, why)));
            quantities.extend(meant.as_deref().and_then(Quantity::parse));
            fixes = fixes.zip(meant).map(|((mut titles, mut edits), meant)| {
                titles.push(text!["resources.", half, ".", self.resource, " to ", meant]);
                edits.push(Edit::set(amount.node, meant));
                (titles, edits)
            });
        }
        let Some((place, why)) = first else { return Ok(false) };
        let mut finding =
            out.report(place, text![owner, parts.concat(), why]).help("write the amount with the unit that is meant");
        if let Some(container) = container {
            finding = finding.container(container);
        }
        // A fix must not raise the request above the limit.
        let in_order = !matches!(quantities.as_slice(), [request, limit] if request > limit);
        if let Some((titles, edits)) = fixes.filter(|_| fixable && in_order) {
            finding.unsafe_fix(text!["set ", titles.join(" and ")], edits);
        }
        Ok(true)
    }

    /// Reports a request that the limit doesn't allow.
    fn report_order(&self, owner: &str, container: Option<&Container<'_>>, out: &mut Findings) {
        let name = title(self.resource);
        let is_whole = self.resource.contains('/') || self.resource.starts_with("hugepages-");
        let Some(request) = &self.request else { return };
        let (message, help) = match &self.limit {
            Some(limit) if request.quantity > limit.quantity => {
                let than = text![" (", request.text(), ") than its limit (", limit.text(), ")"];
                (
                    text![owner, " requests more ", name, than, "; the API server rejects the pod"],
                    "lower the request, or raise the limit",
                )
            }
            Some(limit) if is_whole && request.quantity < limit.quantity => {
                let than = text![" (", request.text(), ") than its limit (", limit.text(), ")"];
                (
                    text![owner, " requests less ", name, than, "; the API server requires them to be equal"],
                    "set the request to the limit",
                )
            }
            None if is_whole => (
                text![owner, " requests ", name, " without a limit; the API server rejects the pod"],
                "set the limit to the request",
            ),
            _ => return,
        };
        let finding = out.report(self.request_node, message).help(help);
        if let Some(container) = container {
            finding.container(container);
        }
    }
}
