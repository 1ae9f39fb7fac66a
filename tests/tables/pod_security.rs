//! The Pod Security Standards as a table, written from their text: every control, at each place where its field may stand,
//! for every version of Kubernetes from 1.25 to 1.36.

use serde_json::{Value, json};

/// The versions, by their minor number.
pub(crate) const VERSIONS: std::ops::RangeInclusive<u16> = 25..=36;

/// A pod that has one value at one place, and what the standard says of it.
pub(crate) struct Entry {
    /// Names it in failures.
    pub(crate) title: String,
    /// The pod.
    pub(crate) pod: Value,
    /// The container with the value; `None` if the pod has it.
    pub(crate) container: Option<&'static str>,
    /// The minor version of Kubernetes.
    pub(crate) version: u16,
    /// The control of the baseline level that it violates.
    pub(crate) baseline: Option<&'static str>,
    /// The control of the restricted level that it violates.
    pub(crate) restricted: Option<&'static str>,
}

/// In which versions a value is forbidden: from the first up to, but without, the second.
type Versions = (u16, u16);

const ALWAYS: Versions = (0, u16::MAX);
const NEVER: Versions = (0, 0);

/// Where a field stands.
#[derive(Clone, Copy)]
enum Place {
    /// In the pod.
    Pod,
    /// In each container.
    Container,
    /// In the security context of the pod and of each container.
    Context,
}

/// One row: values of one field that the standard treats alike.
struct Row {
    control: &'static str,
    place: Place,
    field: &'static str,
    values: Vec<Value>,
    baseline: Versions,
    restricted: Versions,
    /// The control's name on the restricted level, if it has another one there.
    restricted_control: Option<&'static str>,
    /// Other fields of the pod.
    with: Value,
}

fn row(
    control: &'static str,
    place: Place,
    field: &'static str,
    values: Vec<Value>,
    baseline: Versions,
    restricted: Versions,
) -> Row {
    Row { control, place, field, values, baseline, restricted, restricted_control: None, with: json!({}) }
}

const CAPABILITIES: [&str; 13] = [
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

const SYSCTLS: [(&str, u16); 14] = [
    ("kernel.shm_rmid_forced", 0),
    ("net.ipv4.ip_local_port_range", 0),
    ("net.ipv4.ip_unprivileged_port_start", 0),
    ("net.ipv4.tcp_syncookies", 0),
    ("net.ipv4.ping_group_range", 0),
    ("net.ipv4.ip_local_reserved_ports", 27),
    ("net.ipv4.tcp_keepalive_time", 29),
    ("net.ipv4.tcp_fin_timeout", 29),
    ("net.ipv4.tcp_keepalive_intvl", 29),
    ("net.ipv4.tcp_keepalive_probes", 29),
    ("net.ipv4.tcp_rmem", 32),
    ("net.ipv4.tcp_wmem", 32),
    ("net.core.somaxconn", u16::MAX),
    ("kernel/shm_rmid_forced", u16::MAX),
];

const RESTRICTED_VOLUMES: [&str; 20] = [
    "gcePersistentDisk",
    "awsElasticBlockStore",
    "gitRepo",
    "nfs",
    "iscsi",
    "glusterfs",
    "rbd",
    "flexVolume",
    "cinder",
    "cephfs",
    "flocker",
    "fc",
    "azureFile",
    "vsphereVolume",
    "quobyte",
    "azureDisk",
    "portworxVolume",
    "photonPersistentDisk",
    "scaleIO",
    "storageos",
];

const VOLUMES: [&str; 9] = [
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "image",
    "persistentVolumeClaim",
    "projected",
    "secret",
];

fn volumes(kinds: &[&str]) -> Vec<Value> {
    kinds.iter().map(|kind| json!([{"name": "data", (*kind): {}}])).collect()
}

fn baseline_rows() -> Vec<Row> {
    use Place::{Container, Context, Pod};
    let mut rows = vec![
        row("HostProcess", Context, "windowsOptions", vec![json!({"hostProcess": true})], ALWAYS, ALWAYS),
        row("HostProcess", Context, "windowsOptions", vec![json!({"hostProcess": false}), json!({})], NEVER, NEVER),
        row("Privileged Containers", Container, "/securityContext/privileged", vec![json!(true)], ALWAYS, ALWAYS),
        row("Privileged Containers", Container, "/securityContext/privileged", vec![json!(false)], NEVER, NEVER),
        Row {
            restricted_control: Some("Volume Types"),
            ..row("HostPath Volumes", Pod, "/spec/volumes", volumes(&["hostPath"]), ALWAYS, ALWAYS)
        },
        row("Volume Types", Pod, "/spec/volumes", volumes(&RESTRICTED_VOLUMES), NEVER, ALWAYS),
        row("Volume Types", Pod, "/spec/volumes", volumes(&VOLUMES), NEVER, NEVER),
        row("Volume Types", Pod, "/spec/volumes", vec![json!([{"name": "data"}])], NEVER, NEVER),
        row("Host Ports", Container, "/ports", vec![json!([{"containerPort": 80, "hostPort": 8080}])], ALWAYS, ALWAYS),
        row("Host Ports", Container, "/ports", vec![json!([{"containerPort": 80, "hostPort": 0}])], NEVER, NEVER),
        row(
            "AppArmor",
            Context,
            "appArmorProfile",
            vec![json!({"type": "Unconfined"})],
            (30, u16::MAX),
            (30, u16::MAX),
        ),
        row(
            "AppArmor",
            Context,
            "appArmorProfile",
            vec![json!({"type": "RuntimeDefault"}), json!({"type": "Localhost", "localhostProfile": "app"})],
            NEVER,
            NEVER,
        ),
        row("SELinux", Context, "seLinuxOptions", vec![json!({"type": "container_engine_t"})], (0, 31), (0, 31)),
        row("/proc Mount Type", Container, "/securityContext/procMount", vec![json!("Unmasked")], ALWAYS, ALWAYS),
        row("/proc Mount Type", Container, "/securityContext/procMount", vec![json!("Default")], NEVER, NEVER),
        Row {
            with: json!({"hostUsers": false}),
            ..row("/proc Mount Type", Container, "/securityContext/procMount", vec![json!("Unmasked")], (0, 35), ALWAYS)
        },
        Row {
            with: json!({"hostUsers": true}),
            ..row("/proc Mount Type", Container, "/securityContext/procMount", vec![json!("Unmasked")], ALWAYS, ALWAYS)
        },
        row("Seccomp", Context, "seccompProfile", vec![json!({"type": "Unconfined"})], ALWAYS, ALWAYS),
        row(
            "Seccomp",
            Context,
            "seccompProfile",
            vec![json!({"type": "RuntimeDefault"}), json!({"type": "Localhost", "localhostProfile": "app.json"})],
            NEVER,
            NEVER,
        ),
    ];
    for field in ["/spec/hostNetwork", "/spec/hostPID", "/spec/hostIPC"] {
        rows.push(row("Host Namespaces", Pod, field, vec![json!(true)], ALWAYS, ALWAYS));
        rows.push(row("Host Namespaces", Pod, field, vec![json!(false)], NEVER, NEVER));
    }
    for options in [json!({"type": "spc_t"}), json!({"user": "system_u"}), json!({"role": "system_r"})] {
        rows.push(row("SELinux", Context, "seLinuxOptions", vec![options], ALWAYS, ALWAYS));
    }
    for options in [json!({"type": "container_t"}), json!({"type": "container_init_t", "user": "", "role": ""})] {
        rows.push(row("SELinux", Context, "seLinuxOptions", vec![options], NEVER, NEVER));
    }
    for options in [json!({"type": "container_kvm_t"}), json!({"type": ""}), json!({"level": "s0:c123,c456"})] {
        rows.push(row("SELinux", Context, "seLinuxOptions", vec![options], NEVER, NEVER));
    }
    for container in ["init", "sidecar", "app", "debug", "gone"] {
        let annotation = |profile: &str| {
            json!({"name": "pod", "namespace": "shop", "annotations": {
                format!("container.apparmor.security.beta.kubernetes.io/{container}"): profile}})
        };
        let bad = ["unconfined", "unknown"].map(annotation).to_vec();
        let good = ["runtime/default", "localhost/app", ""].map(annotation).to_vec();
        rows.push(row("AppArmor", Pod, "/metadata", bad, ALWAYS, ALWAYS));
        rows.push(row("AppArmor", Pod, "/metadata", good, NEVER, NEVER));
    }
    for (name, since) in SYSCTLS {
        let sysctls = json!([{"name": name, "value": "1"}]);
        rows.push(row("Sysctls", Pod, "/spec/securityContext/sysctls", vec![sysctls], (0, since), (0, since)));
    }
    for action in ["httpGet", "tcpSocket"] {
        for probe in ["/livenessProbe", "/readinessProbe", "/startupProbe"] {
            let with_host = |host: &str| vec![json!({action: {"port": 80, "host": host}})];
            let control = "Host Probes / Lifecycle Hooks";
            let bad = [with_host("example.com"), with_host("127.0.0.1")].concat();
            rows.push(row(control, Container, probe, bad, (34, u16::MAX), (34, u16::MAX)));
            rows.push(row(control, Container, probe, with_host(""), NEVER, NEVER));
        }
        for hook in ["postStart", "preStop"] {
            let with_host = |host: &str| vec![json!({hook: {action: {"port": 80, "host": host}}})];
            let control = "Host Probes / Lifecycle Hooks";
            rows.push(row(control, Container, "/lifecycle", with_host("::1"), (34, u16::MAX), (34, u16::MAX)));
            rows.push(row(control, Container, "/lifecycle", with_host(""), NEVER, NEVER));
        }
    }
    let adds = |name: &str| json!({"drop": ["ALL"], "add": [name]});
    let capabilities = "/securityContext/capabilities";
    for name in CAPABILITIES {
        let restricted = if name == "NET_BIND_SERVICE" { NEVER } else { ALWAYS };
        rows.push(row("Capabilities", Container, capabilities, vec![adds(name)], NEVER, restricted));
    }
    for name in ["NET_RAW", "SYS_ADMIN", "ALL", "CAP_CHOWN", "chown", "net_bind_service", "CAP_NET_BIND_SERVICE"] {
        rows.push(row("Capabilities", Container, capabilities, vec![adds(name)], ALWAYS, ALWAYS));
    }
    rows
}

fn restricted_rows() -> Vec<Row> {
    use Place::{Container, Context, Pod};
    let windows = || json!({"os": {"name": "windows"}});
    let user_namespace = || json!({"hostUsers": false});
    let drops = [json!({"drop": ["all"]}), json!({"drop": ["NET_RAW"]}), json!({"drop": []}), json!({}), json!(null)];
    let escalation = "/securityContext/allowPrivilegeEscalation";
    let capabilities = "/securityContext/capabilities";
    vec![
        row("Capabilities", Container, capabilities, drops.to_vec(), NEVER, ALWAYS),
        row("Capabilities", Container, capabilities, vec![json!({"drop": ["NET_RAW", "ALL"]})], NEVER, NEVER),
        Row { with: windows(), ..row("Capabilities", Container, capabilities, drops.to_vec(), NEVER, NEVER) },
        row("Privilege Escalation", Container, escalation, vec![json!(true), json!(null)], NEVER, ALWAYS),
        Row {
            with: windows(),
            ..row("Privilege Escalation", Container, escalation, vec![json!(true), json!(null)], NEVER, NEVER)
        },
        row("Seccomp", Pod, "/spec/securityContext/seccompProfile", vec![json!(null)], NEVER, ALWAYS),
        row("Seccomp", Container, "/securityContext/seccompProfile", vec![json!(null)], NEVER, NEVER),
        Row {
            with: windows(),
            ..row("Seccomp", Pod, "/spec/securityContext/seccompProfile", vec![json!(null)], NEVER, NEVER)
        },
        row("Running as Non-root", Context, "runAsNonRoot", vec![json!(false)], NEVER, ALWAYS),
        row("Running as Non-root", Pod, "/spec/securityContext/runAsNonRoot", vec![json!(null)], NEVER, ALWAYS),
        row("Running as Non-root", Container, "/securityContext/runAsNonRoot", vec![json!(true)], NEVER, NEVER),
        Row {
            with: windows(),
            ..row("Running as Non-root", Pod, "/spec/securityContext/runAsNonRoot", vec![json!(null)], NEVER, ALWAYS)
        },
        Row {
            with: user_namespace(),
            ..row("Running as Non-root", Context, "runAsNonRoot", vec![json!(false)], NEVER, (0, 35))
        },
        Row {
            with: user_namespace(),
            ..row("Running as Non-root", Pod, "/spec/securityContext/runAsNonRoot", vec![json!(null)], NEVER, (0, 35))
        },
        row("Running as Non-root user", Context, "runAsUser", vec![json!(0)], NEVER, ALWAYS),
        row("Running as Non-root user", Context, "runAsUser", vec![json!(1)], NEVER, NEVER),
        Row {
            with: user_namespace(),
            ..row("Running as Non-root user", Context, "runAsUser", vec![json!(0)], NEVER, (0, 35))
        },
    ]
}

/// The lists of containers and the containers in them.
const CONTAINERS: [(&str, &str); 4] = [
    ("/spec/initContainers/0", "init"),
    ("/spec/initContainers/1", "sidecar"),
    ("/spec/containers/0", "app"),
    ("/spec/ephemeralContainers/0", "debug"),
];

/// A pod on the restricted level, with a container of each role.
fn hardened() -> Value {
    let container = |name: &str| {
        json!({"name": name, "image": "registry.example.com/app:1.0.0",
            "securityContext": {"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}}})
    };
    let mut sidecar = container("sidecar");
    sidecar["restartPolicy"] = json!("Always");
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "pod", "namespace": "shop"},
        "spec": {
            "securityContext": {"runAsNonRoot": true, "seccompProfile": {"type": "RuntimeDefault"}},
            "initContainers": [container("init"), sidecar],
            "containers": [container("app")],
            "ephemeralContainers": [container("debug")],
        },
    })
}

/// Sets the value at a pointer whose last key may be missing.
fn set(pod: &mut Value, pointer: &str, value: &Value) {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    pod.pointer_mut(parent).unwrap()[key] = value.clone();
}

/// Every entry of the table.
pub(crate) fn entries() -> Vec<Entry> {
    let mut entries = Vec::new();
    for row in baseline_rows().into_iter().chain(restricted_rows()) {
        let of_containers = |below: &str| CONTAINERS.map(|(at, name)| (format!("{at}{below}"), Some(name))).to_vec();
        let context = format!("/securityContext/{}", row.field);
        let places = match row.place {
            Place::Pod => vec![(row.field.to_owned(), None)],
            Place::Container => of_containers(row.field),
            Place::Context => [vec![(format!("/spec{context}"), None)], of_containers(&context)].concat(),
        };
        for (pointer, container) in &places {
            for value in &row.values {
                let mut pod = hardened();
                for (key, other) in row.with.as_object().unwrap() {
                    pod["spec"][key] = other.clone();
                }
                set(&mut pod, pointer, value);
                for version in VERSIONS {
                    let forbidden = |(from, until): Versions| from <= version && version < until;
                    let restricted = row.restricted_control.unwrap_or(row.control);
                    entries.push(Entry {
                        title: format!("1.{version}: {pointer} is {value}, with {}", row.with),
                        pod: pod.clone(),
                        container: *container,
                        version,
                        baseline: forbidden(row.baseline).then_some(row.control),
                        restricted: forbidden(row.restricted).then_some(restricted),
                    });
                }
            }
        }
    }
    entries
}
