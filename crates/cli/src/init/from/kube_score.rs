//! kube-score has no configuration: its command line has, in a script or a pipeline.

use std::collections::BTreeSet;

use plimsoll_peers::Peer;
use serde_json::json;

use super::wanted::Wanted;

pub(super) const NAME: &str = "kube-score";

/// What the flags say.
#[derive(Default)]
struct Flags {
    ignored: BTreeSet<String>,
    enabled: BTreeSet<String>,
    all: bool,
    no_cpu_limit: bool,
    no_memory_limit: bool,
    kubernetes_version: Option<String>,
    min_replicas: Vec<u64>,
}

/// Takes over the command lines in a text, or what is on without flags.
pub(super) fn take(text: Option<&str>, peer: &Peer, wanted: &mut Wanted) {
    let mut flags = Flags::default();
    for words in text.into_iter().flat_map(command_lines) {
        flags.read(&words);
    }
    let is_on = |id: &str, optional: bool| match optional {
        true => flags.all || flags.enabled.contains(id),
        false => !flags.ignored.contains(id),
    };
    for (id, answer) in peer.answers() {
        if is_on(id, answer.is_optional()) {
            wanted.take(peer, id, None);
        }
    }
    for id in flags.ignored.iter().chain(&flags.enabled).filter(|id| peer.answer(id).is_none()) {
        wanted.take(peer, id, None);
    }
    if flags.no_cpu_limit {
        wanted.without("missing-cpu-limit");
    }
    if flags.no_memory_limit {
        wanted.without("missing-memory-limit");
    }
    if let Some(min) = flags.min_replicas.iter().max() {
        wanted.set("single-replica", "min", json!(min));
        if flags.min_replicas.iter().any(|other| other != min) {
            wanted.note("--min-replicas-*", "One number counts for Deployments and autoscalers: the larger one.");
        }
    }
    wanted.kubernetes_version = flags.kubernetes_version;
}

impl Flags {
    fn read(&mut self, words: &[String]) {
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let (flag, value) = match word.split_once('=') {
                Some((flag, value)) => (flag, Some(value)),
                None => (word.as_str(), None),
            };
            let is_true = value.is_none_or(|value| value == "true");
            match flag {
                "--all-default-optional" => self.all = is_true,
                "--ignore-container-cpu-limit" => self.no_cpu_limit = is_true,
                "--ignore-container-memory-limit" => self.no_memory_limit = is_true,
                "--ignore-test"
                | "--enable-optional-test"
                | "--kubernetes-version"
                | "--min-replicas-deployment"
                | "--min-replicas-hpa" => {
                    let value = value.or_else(|| words.next().map(String::as_str)).unwrap_or_default();
                    self.with_value(flag, value);
                }
                _ => {}
            }
        }
    }

    fn with_value(&mut self, flag: &str, value: &str) {
        let tests = value.split(',').map(str::to_owned).filter(|test| !test.is_empty());
        match flag {
            "--ignore-test" => self.ignored.extend(tests),
            "--enable-optional-test" => self.enabled.extend(tests),
            "--kubernetes-version" => {
                let version = value.trim_start_matches('v').to_owned();
                self.kubernetes_version = plimsoll::kube::version::KubernetesVersion::parse(&version).map(|_| version);
            }
            _ => self.min_replicas.extend(value.parse::<u64>().ok()),
        }
    }
}

/// The words after `kube-score score`, of each place where it is.
pub(super) fn command_lines(text: &str) -> impl Iterator<Item = Vec<String>> {
    // A line that goes on.
    let joined = text.replace("\\\r\n", " ").replace("\\\n", " ");
    let lines: Vec<Vec<String>> = joined
        .lines()
        .map(str::trim)
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| {
            let (_, rest) = line.split_once(NAME)?;
            let words: Vec<String> =
                rest.split_whitespace().map(|word| word.trim_matches(['"', '\'', ',', '[', ']']).to_owned()).collect();
            words.iter().any(|word| word == "score").then_some(words)
        })
        .collect();
    lines.into_iter()
}
