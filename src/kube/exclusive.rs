//! Why the pods of a workload can't run side by side.

use crate::json::node::Malformed;
use crate::kube::container::{Container, Role};
use crate::kube::image::ImageReference;
use crate::kube::kinds;
use crate::kube::mesh::is_injected;
use crate::kube::pod::Pod;
use crate::kube::scheduling::{Means, rules};
use crate::kube::selector::Labels;
use crate::kube::volume::{mounts, volumes};
use crate::kube::workload::{RollingUpdate, Workload};
use crate::text::shell::words_of;
use crate::text::table::Table;

/// The label of a workload that must run as a single pod, unless settings name another.
pub const SINGLETON_LABEL: &str = "plimsoll.dev/singleton";

/// Why another pod of a workload can't, or must not, run beside the existing ones: neither as an additional replica nor
/// during a rollout before an old pod is removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exclusive {
    /// It is labelled as a singleton.
    Singleton,
    /// Its pods share a claim that a single node or pod can mount.
    Claim,
    /// Its pods bind ports of their node.
    HostPort,
    /// Its pods must not share a node, zone or the like, and there may not be another one.
    AntiAffinity,
    /// Its pods use devices of a node, which are limited.
    Device,
    /// Each pod has a claim of its own from a template: another pod starts without data.
    OwnClaim,
    /// It is a database or the like: another pod doesn't have the first one's data, or does the same again.
    DataStore,
    /// Its pods share a claim, which may be for a single node or pod: access modes are not in the workload.
    SharedClaim,
    /// Its strategy is `Recreate`: its author wants all old pods removed first.
    Recreate,
    /// Its rolling update has no surge: its author wants an old pod removed first.
    NoSurge,
}

/// True when the container uses devices of its node, such as GPUs.
///
/// # Errors
/// When its limits are malformed.
pub fn uses_devices(container: &Container<'_>) -> Result<bool, Malformed> {
    let mut limits = container.get("resources").get("limits").entries()?;
    // Kubernetes' own resources have no domain.
    Ok(limits.any(|(resource, _)| resource.contains('/')))
}

/// Images of programs that store data, by the last segment of their name: they replicate by themselves, not by a copied
/// pod.
const DATA_STORES: &str = "\
    activemq activemq-artemis activemq-classic aerospike-server arangodb azure-sql-edge bookkeeper cassandra chroma \
    clickhouse clickhouse-keeper clickhouse-server cockroach consul couchbase couchdb cp-kafka cp-server \
    cp-zookeeper crate dgraph dragonfly eclipse-mosquitto elasticsearch elasticsearch-oss emqx etcd foundationdb \
    hivemq-ce immudb influxdb kafka keydb kvrocks mariadb mariadb-galera meilisearch milvus minio mongo mongodb \
    mongodb-community-server mongodb-enterprise-server mssql-server mysql mysql-server nats nats-streaming neo4j \
    openbao openldap opensearch orientdb percona-server percona-server-mongodb percona-xtradb-cluster pgvector \
    postgis postgres postgresql postgresql-repmgr prometheus pulsar pulsar-all qdrant questdb rabbitmq ravendb \
    redis redis-cluster redis-stack redis-stack-server redpanda rethinkdb scylla seaweedfs solr surrealdb tarantool \
    tikv timescaledb timescaledb-ha typesense valkey valkey-cluster vault vespa victoria-metrics weaviate yugabyte \
    zookeeper";

/// True for the image of a database or another program that keeps its data in the pod.
pub fn is_data_store(image: &str) -> bool {
    let repository = ImageReference::parse(image).repository;
    let name = repository.rsplit('/').next().unwrap_or(repository);
    let name = without_version(name);
    DATA_STORES.split(' ').any(|store| store == name)
}

/// The name of an image without a version in it: `postgresql-16`, `mysql-80-centos7`.
pub fn without_version(name: &str) -> &str {
    let version = name.as_bytes().windows(2).position(|pair| matches!(pair, [b'-', b'0'..=b'9']));
    version.and_then(|at| name.get(..at)).unwrap_or(name)
}

/// Images of programs of which two tell two stories: they keep what they know in a file or in memory, or count the same twice.
const UNSHARED: [&str; 9] = [
    "gitea",
    "grafana",
    "grafana-oss",
    "jenkins",
    "kube-state-metrics",
    "nexus3",
    "pushgateway",
    "sonarqube",
    "zipkin",
];

/// The ports of databases, by which a container of an image such as `orders-db` is one, and not a client.
const DATABASE_PORTS: [i64; 5] = [3306, 5432, 5984, 6379, 27017];

/// True for a program of which two tell two stories, and for somebody's own build of a database: `orders-db`, with the port of
/// one.
fn is_own_database(container: &Container<'_>, image: &str) -> Result<bool, Malformed> {
    let repository = ImageReference::parse(image).repository;
    let name = repository.rsplit('/').next().unwrap_or(repository);
    if UNSHARED.contains(&name) {
        return Ok(true);
    }
    if !name.ends_with("-db") && !name.ends_with("-database") {
        return Ok(false);
    }
    for port in container.get("ports").items()? {
        if port.get("containerPort").int()?.is_some_and(|port| DATABASE_PORTS.contains(&port)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Where databases and the like keep their data.
const DATA_DIRECTORIES: [&str; 15] = [
    "/bitnami",
    "/data/db",
    "/nexus-data",
    "/qdrant/storage",
    "/usr/share/elasticsearch/data",
    "/usr/share/opensearch/data",
    "/var/jenkins_home",
    "/var/lib/cassandra",
    "/var/lib/clickhouse",
    "/var/lib/etcd",
    "/var/lib/influxdb",
    "/var/lib/mysql",
    "/var/lib/postgresql",
    "/var/lib/rabbitmq",
    "/var/opt/mssql",
];

/// Directories of nodes in which no program keeps data of its own.
const OF_THE_NODE: [&str; 10] = ["/bin", "/boot", "/dev", "/etc", "/lib", "/proc", "/run", "/sys", "/usr", "/var/run"];

/// True for a directory in which a database keeps its data.
pub fn is_data_directory(path: &str) -> bool {
    DATA_DIRECTORIES.iter().any(|data| is_within(path, data))
}

/// True for a path that is the directory or below it.
pub fn is_within(path: &str, directory: &str) -> bool {
    path.strip_prefix(directory).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// True when the pod mounts a device of its node, such as a serial port.
fn mounts_device(pod: &Pod<'_>) -> Result<bool, Malformed> {
    for volume in volumes(pod)? {
        let source = volume.source("hostPath")?;
        let path = source.get("path").str()?.unwrap_or_default();
        let is_typed = matches!(source.get("type").str()?, Some("CharDevice" | "BlockDevice"));
        if is_typed
            || ["/dev/tty", "/dev/serial", "/dev/hidraw", "/dev/video"].iter().any(|device| path.starts_with(device))
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The volumes that are directories of the node, but not those that are the node's own.
fn node_volumes(pod: &Pod<'_>) -> Result<Table<()>, Malformed> {
    let mut names = Table::default();
    for volume in volumes(pod)? {
        let path = volume.source("hostPath")?.get("path").str()?.unwrap_or_default();
        if !path.is_empty() && !OF_THE_NODE.iter().any(|own| is_within(path, own)) {
            names.insert(volume.name, ());
        }
    }
    Ok(names)
}

/// True when the container keeps data that another pod doesn't have: it is a database by its image or by what it mounts, or
/// it writes to its node.
fn keeps_data(container: &Container<'_>, on_node: &Table<()>) -> Result<bool, Malformed> {
    if let Some(image) = container.image()?
        && (is_data_store(image) || is_own_database(container, image)?)
    {
        return Ok(true);
    }
    for mount in mounts(container)? {
        if is_data_directory(mount.path) || !mount.read_only && on_node.contains(mount.volume) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// True for a program that does one job for all, if it is the pod's own and no sidecar: an exporter of metrics, since two would
/// count the same twice, and Thanos's compactor, which must run alone.
fn tells_once(container: &Container<'_>) -> Result<bool, Malformed> {
    let repository = ImageReference::parse(container.image()?.unwrap_or_default()).repository;
    let name = repository.rsplit('/').next().unwrap_or(repository);
    let is_compactor = || Ok(words_of(container.get("args"))?.first().is_some_and(|first| *first == "compact"));
    Ok(name.ends_with("exporter") || name == "thanos" && is_compactor()?)
}

impl Exclusive {
    /// The first reason that the workload itself shows, in the order of [`Exclusive`]; its claims are not looked up.
    ///
    /// # Errors
    /// When one of the fields has the wrong type.
    pub fn of(workload: &Workload<'_>, pod: &Pod<'_>, namespace: &str) -> Result<Option<Exclusive>, Malformed> {
        let spec = pod.spec();
        if is_singleton(workload, SINGLETON_LABEL) {
            return Ok(Some(Exclusive::Singleton));
        }
        if binds_host_port(pod)? {
            return Ok(Some(Exclusive::HostPort));
        }
        for rule in rules(spec, workload.labels(), namespace)? {
            if rule.own && rule.means == Means::RequiredAntiAffinity && !rule.is_per_revision()? {
                return Ok(Some(Exclusive::AntiAffinity));
            }
        }
        let (mut device, mut data_store) = (mounts_device(pod)?, false);
        let on_node = node_volumes(pod)?;
        let apps = pod.app_containers().filter(|container| !is_injected(container)).count();
        let alone = apps == 1 && *workload.kind() != kinds::DAEMON_SET;
        for container in pod.containers().iter().filter(|container| container.role() != Role::Ephemeral) {
            device |= uses_devices(container)?;
            let is_store = keeps_data(container, &on_node)? || alone && tells_once(container)?;
            data_store |= container.is_long_running() && is_store;
        }
        if device {
            return Ok(Some(Exclusive::Device));
        }
        let object = workload.object().get("spec");
        if *workload.kind() == kinds::STATEFUL_SET && object.get("volumeClaimTemplates").items()?.len() > 0 {
            return Ok(Some(Exclusive::OwnClaim));
        }
        if data_store {
            return Ok(Some(Exclusive::DataStore));
        }
        for volume in volumes(pod)? {
            if volume.source("persistentVolumeClaim")?.exists() {
                return Ok(Some(Exclusive::SharedClaim));
            }
        }
        Exclusive::of_strategy(workload)
    }

    /// What a Deployment's strategy shows: its author wants old pods removed before new ones start.
    ///
    /// # Errors
    /// When one of its fields has the wrong type.
    pub fn of_strategy(workload: &Workload<'_>) -> Result<Option<Exclusive>, Malformed> {
        if *workload.kind() != kinds::DEPLOYMENT {
            return Ok(None);
        }
        Ok(match RollingUpdate::of(workload.object())? {
            None => Some(Exclusive::Recreate),
            Some(update) => update.max_surge.is_zero().then_some(Exclusive::NoSurge),
        })
    }

    /// True when it is certain that a new pod can't, or must not, start before an old one is removed.
    pub fn forbids_surge(self) -> bool {
        matches!(self, Exclusive::Singleton | Exclusive::Claim | Exclusive::HostPort | Exclusive::AntiAffinity)
    }
}

/// True when the workload, or its pods, have the label `key` with the value `true`.
pub fn is_singleton(workload: &Workload<'_>, key: &str) -> bool {
    let own = Labels::of(workload.object().get("metadata"));
    [own, workload.labels()].iter().any(|labels| labels.get(key) == Some("true"))
}

/// True when the pod binds ports of its node: no two of them fit on one node.
///
/// # Errors
/// When a field has the wrong type.
pub fn binds_host_port(pod: &Pod<'_>) -> Result<bool, Malformed> {
    let shares_network = pod.spec().get("hostNetwork").bool()? == Some(true);
    for container in pod.long_running_containers() {
        for port in container.get("ports").items()? {
            if shares_network || port.get("hostPort").int()?.is_some_and(|port| port > 0) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::json::node::{Node, PathArena};

    fn of(spec: Value, pod: Value) -> Option<Exclusive> {
        let mut object = json!({"metadata": {"name": "web"}, "spec": spec});
        object["spec"]["template"] = json!({"metadata": {"labels": {"app": "web"}}, "spec": pod});
        let arena = PathArena::new();
        let root = Node::root(&object, &arena);
        let kind = if object["spec"]["serviceName"].is_null() { &kinds::DEPLOYMENT } else { &kinds::STATEFUL_SET };
        let pod = Pod::of(root, kind).unwrap().unwrap();
        Exclusive::of(&Workload::of(root, kind).unwrap(), &pod, "shop").unwrap()
    }

    #[test]
    fn data_stores_are_known_by_the_name_of_their_image() {
        for image in [
            "postgres:17",
            "docker.io/bitnami/postgresql:16",
            "quay.io/sclorg/postgresql-16-c9s",
            "mysql-80-centos7:1",
            "clickhouse/clickhouse-keeper:25.3",
            "qdrant/qdrant",
            "registry.k8s.io/etcd:3.5.16-0",
            "apache/activemq-artemis",
        ] {
            assert!(is_data_store(image), "{image}");
        }
        for image in
            ["postgres-exporter:0.16", "shop/mysql-client", "redis_exporter", "postgresql-operator-2", "16", "-1"]
        {
            assert!(!is_data_store(image), "{image}");
        }
    }

    #[test]
    fn reasons_against_a_second_pod_are_found() {
        let pod = |container: Value| json!({"containers": [container]});
        let apart = |term: Value| json!({"affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}});
        let web = json!({"matchLabels": {"app": "web"}});
        let on_node = |path: &str, read_only: bool| {
            let mount = json!({"name": "node", "mountPath": "/exports", "readOnly": read_only});
            json!({"containers": [{"volumeMounts": [mount]}], "volumes": [{"name": "node", "hostPath": {"path": path}}]})
        };
        for (spec, pod, expected) in [
            (json!({}), pod(json!({"name": "a"})), None),
            (json!({"strategy": {"type": "Recreate"}}), pod(json!({})), Some(Exclusive::Recreate)),
            (json!({"strategy": {"rollingUpdate": {"maxSurge": 0}}}), pod(json!({})), Some(Exclusive::NoSurge)),
            (json!({}), pod(json!({"ports": [{"hostPort": 80}]})), Some(Exclusive::HostPort)),
            (json!({}), pod(json!({"ports": [{"hostPort": 0, "containerPort": 80}]})), None),
            (json!({}), json!({"hostNetwork": true, "containers": [{"ports": [{}]}]}), Some(Exclusive::HostPort)),
            (json!({}), json!({"hostNetwork": true, "containers": [{}]}), None),
            (json!({}), apart(json!({"labelSelector": web})), Some(Exclusive::AntiAffinity)),
            (json!({}), json!({"containers": [{"image": "web"}, {"image": "nginx-exporter"}]}), None),
            (
                json!({}),
                pod(json!({"image": "thanosio/thanos", "args": ["compact", "--wait"]})),
                Some(Exclusive::DataStore),
            ),
            (json!({}), pod(json!({"image": "thanosio/thanos", "args": ["query"]})), None),
            (json!({}), apart(json!({"labelSelector": web, "matchLabelKeys": ["pod-template-hash"]})), None),
            (json!({}), apart(json!({"labelSelector": {"matchLabels": {"app": "api"}}})), None),
            (json!({}), pod(json!({"resources": {"limits": {"nvidia.com/gpu": 1}}})), Some(Exclusive::Device)),
            (json!({}), pod(json!({"resources": {"limits": {"cpu": 1}}})), None),
            (json!({}), on_node("/dev/ttyUSB0", false), Some(Exclusive::Device)),
            (json!({}), on_node("/dev/shm", false), None),
            (json!({}), pod(json!({"image": "docker.io/bitnami/postgresql:17"})), Some(Exclusive::DataStore)),
            (
                json!({}),
                pod(json!({"volumeMounts": [{"name": "data", "mountPath": "/var/lib/postgresql/data"}]})),
                Some(Exclusive::DataStore),
            ),
            (json!({}), on_node("/srv/exports", false), Some(Exclusive::DataStore)),
            (json!({}), on_node("/srv/exports", true), None),
            (json!({}), on_node("/etc/localtime", false), None),
            (
                json!({}),
                pod(json!({"image": "registry.example.com/shop/postgres-exporter:1"})),
                Some(Exclusive::DataStore),
            ),
            (
                json!({}),
                json!({"containers": [], "volumes": [{"persistentVolumeClaim": {"claimName": "data"}}]}),
                Some(Exclusive::SharedClaim),
            ),
            (json!({"serviceName": "db", "volumeClaimTemplates": [{}]}), pod(json!({})), Some(Exclusive::OwnClaim)),
        ] {
            assert_eq!(of(spec.clone(), pod.clone()), expected, "{spec} {pod}");
        }
    }
}
