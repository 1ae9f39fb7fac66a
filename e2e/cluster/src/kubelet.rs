//! A stand-in for what runs on nodes: pods that were scheduled become ready, those of Jobs succeed, those that are deleted
//! go, and claims get volumes.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::api::Api;

/// The names of the nodes, each in a zone of its own.
pub const NODES: [&str; 3] = ["worker-1", "worker-2", "worker-3"];
/// The class of the volumes that it makes.
pub const STORAGE_CLASS: &str = "stand-in";

const LEASES: &str = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases";
const HEARTBEAT: Duration = Duration::from_secs(8);

/// The stand-in; it stops when this is dropped.
pub struct Kubelet {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Kubelet {
    /// Registers the nodes and begins; what goes wrong later is in `kubelet.log`.
    ///
    /// # Errors
    /// When the nodes can't be registered.
    pub fn start(api: Api, folder: &Path) -> anyhow::Result<Kubelet> {
        register(&api)?;
        let mut log = File::create(folder.join("kubelet.log"))?;
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let thread = std::thread::spawn(move || {
            let mut work = Work { api, beat: Instant::now(), addresses: 0 };
            while !stopped.load(Ordering::Relaxed) {
                for error in work.round() {
                    // The next round tries again; a log that can't be written is no reason to stop.
                    let _ = writeln!(log, "{} {error:#}", now());
                }
                std::thread::sleep(Duration::from_millis(200));
            }
        });
        Ok(Kubelet { stop, thread: Some(thread) })
    }
}

impl Drop for Kubelet {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // If it has panicked, the test has noticed.
            let _ = thread.join();
        }
    }
}

fn now() -> String {
    let now = OffsetDateTime::now_utc().replace_nanosecond(0).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    now.format(&Rfc3339).unwrap_or_default()
}

fn register(api: &Api) -> anyhow::Result<()> {
    for (node, zone) in NODES.iter().zip(["a", "b", "c"]) {
        let labels = json!({
            "kubernetes.io/hostname": node, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64",
            "topology.kubernetes.io/region": "here", "topology.kubernetes.io/zone": format!("here-{zone}"),
        });
        api.create(
            "/api/v1/nodes",
            &json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": node, "labels": labels}}),
        )?;
        let lease = json!({
            "apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": node},
            "spec": {"holderIdentity": node, "leaseDurationSeconds": 40},
        });
        api.create(LEASES, &lease)?;
        beat(api, node)?;
    }
    // As a storage driver's chart has it.
    let class = json!({
        "apiVersion": "storage.k8s.io/v1", "kind": "StorageClass",
        "metadata": {"name": STORAGE_CLASS, "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}},
        "provisioner": "stand-in.example.com", "volumeBindingMode": "Immediate", "allowVolumeExpansion": true,
    });
    api.create("/apis/storage.k8s.io/v1/storageclasses", &class)
}

fn beat(api: &Api, node: &str) -> anyhow::Result<()> {
    let now = now();
    let condition = |kind: &str, status: &str| json!({"type": kind, "status": status, "reason": "StandIn", "lastHeartbeatTime": now, "lastTransitionTime": now});
    let amounts = json!({"cpu": "64", "memory": "256Gi", "pods": "250", "ephemeral-storage": "1Ti"});
    let status = json!({"status": {
        "capacity": amounts, "allocatable": amounts,
        "conditions": [condition("Ready", "True"), condition("MemoryPressure", "False"), condition("DiskPressure", "False"),
            condition("PIDPressure", "False")],
        "nodeInfo": {"kubeletVersion": "v1.36.0", "operatingSystem": "linux", "architecture": "amd64", "machineID": node,
            "systemUUID": node, "bootID": node, "kernelVersion": "6.1", "osImage": "stand-in",
            "containerRuntimeVersion": "stand-in://1", "kubeProxyVersion": ""},
    }});
    api.merge(&format!("/api/v1/nodes/{node}/status"), &status)?;
    // A MicroTime.
    let renewed = now.replace('Z', ".000000Z");
    api.merge(&format!("{LEASES}/{node}"), &json!({"spec": {"renewTime": renewed}}))?;
    Ok(())
}

struct Work {
    api: Api,
    beat: Instant,
    addresses: u32,
}

impl Work {
    /// One look at everything. Whatever fails doesn't hold the rest up.
    fn round(&mut self) -> Vec<anyhow::Error> {
        let mut errors = Vec::new();
        if self.beat.elapsed() > HEARTBEAT {
            self.beat = Instant::now();
            errors.extend(NODES.iter().filter_map(|node| beat(&self.api, node).err()));
        }
        match self.api.list("/api/v1/pods?resourceVersion=0") {
            Ok(pods) => errors.extend(pods.iter().filter_map(|pod| self.run(pod).err())),
            Err(error) => errors.push(error),
        }
        match self.api.list("/api/v1/persistentvolumeclaims?resourceVersion=0") {
            Ok(claims) => errors.extend(claims.iter().filter_map(|claim| self.provision(claim).err())),
            Err(error) => errors.push(error),
        }
        errors
    }

    fn run(&mut self, pod: &Value) -> anyhow::Result<()> {
        let text = |path: &str| pod.pointer(path).and_then(Value::as_str).unwrap_or_default();
        if text("/spec/nodeName").is_empty() {
            return Ok(());
        }
        let path = format!("/api/v1/namespaces/{}/pods/{}", text("/metadata/namespace"), text("/metadata/name"));
        if pod.pointer("/metadata/deletionTimestamp").is_some() {
            let options = json!({"apiVersion": "v1", "kind": "DeleteOptions", "gracePeriodSeconds": 0,
                "preconditions": {"uid": text("/metadata/uid")}});
            return self.api.delete(&path, Some(&options));
        }
        let of_job = pod
            .pointer("/metadata/ownerReferences")
            .and_then(Value::as_array)
            .is_some_and(|owners| owners.iter().any(|owner| owner.get("kind") == Some(&json!("Job"))));
        let status = match text("/status/phase") {
            "Pending" => self.running(pod),
            "Running" if of_job => succeeded(pod),
            _ => return Ok(()),
        };
        self.api.merge(&format!("{path}/status"), &json!({ "status": status }))?;
        Ok(())
    }

    fn running(&mut self, pod: &Value) -> Value {
        self.addresses += 1;
        let address = format!("10.244.{}.{}", self.addresses / 250, self.addresses % 250 + 1);
        let now = now();
        let conditions: Vec<Value> = ["PodScheduled", "Initialized", "ContainersReady", "Ready"]
            .iter()
            .map(|kind| json!({"type": kind, "status": "True", "lastTransitionTime": now}))
            .collect();
        json!({
            "phase": "Running", "startTime": now, "hostIP": "192.0.2.1", "podIP": address, "podIPs": [{"ip": address}],
            "conditions": conditions,
            "containerStatuses": containers(pod, true, &json!({"running": {"startedAt": now}})),
        })
    }

    fn provision(&self, claim: &Value) -> anyhow::Result<()> {
        let text = |path: &str| claim.pointer(path).and_then(Value::as_str).unwrap_or_default();
        let bound = !text("/spec/volumeName").is_empty() || claim.pointer("/metadata/deletionTimestamp").is_some();
        if bound || text("/spec/storageClassName") != STORAGE_CLASS {
            return Ok(());
        }
        let name = format!("pvc-{}", text("/metadata/uid"));
        let volume = json!({
            "apiVersion": "v1", "kind": "PersistentVolume",
            "metadata": {"name": name, "annotations": {"pv.kubernetes.io/provisioned-by": "stand-in.example.com"}},
            "spec": {
                "capacity": {"storage": claim.pointer("/spec/resources/requests/storage")},
                "accessModes": claim.pointer("/spec/accessModes"),
                "persistentVolumeReclaimPolicy": "Delete", "storageClassName": STORAGE_CLASS,
                "csi": {"driver": "stand-in.example.com", "volumeHandle": name},
                "claimRef": {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "name": text("/metadata/name"),
                    "namespace": text("/metadata/namespace"), "uid": text("/metadata/uid")},
            },
        });
        self.api.create("/api/v1/persistentvolumes", &volume)
    }
}

fn succeeded(pod: &Value) -> Value {
    let now = now();
    let end = json!({"terminated": {"exitCode": 0, "reason": "Completed", "startedAt": now, "finishedAt": now}});
    json!({"phase": "Succeeded", "containerStatuses": containers(pod, false, &end)})
}

fn containers(pod: &Value, ready: bool, state: &Value) -> Value {
    let containers = pod.pointer("/spec/containers").and_then(Value::as_array).into_iter().flatten();
    containers
        .map(|container| {
            json!({
                "name": container.get("name"), "image": container.get("image"), "imageID": "stand-in",
                "ready": ready, "started": ready, "restartCount": 0, "state": state,
            })
        })
        .collect()
}
