//! What other projects check, and which policies do it: `docs/peers/*.yaml`, as a part of the program.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use plimsoll_manifest::Limits;
use serde::Deserialize;
use serde_json::{Map, Value};

/// The files, by the peer's name.
const FILES: [(&str, &str); 8] = [
    ("kube-linter", include_str!("../../../docs/peers/kube-linter.yaml")),
    ("kube-score", include_str!("../../../docs/peers/kube-score.yaml")),
    ("polaris", include_str!("../../../docs/peers/polaris.yaml")),
    ("kyverno", include_str!("../../../docs/peers/kyverno.yaml")),
    ("gatekeeper", include_str!("../../../docs/peers/gatekeeper.yaml")),
    ("kubewarden", include_str!("../../../docs/peers/kubewarden.yaml")),
    ("popeye", include_str!("../../../docs/peers/popeye.yaml")),
    ("kubescape", include_str!("../../../docs/peers/kubescape.yaml")),
];

/// Another project that checks Kubernetes objects.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Peer {
    /// What it is called in commands: `kube-linter`.
    pub peer: String,
    /// What it calls itself.
    pub name: String,
    /// Where its sources are.
    pub repository: String,
    /// The commit that was read.
    pub commit: String,
    /// The day of that commit, as `YYYY-MM-DD`.
    pub date: String,
    /// What of it was read.
    pub read: String,
    /// Its checks that policies do.
    pub checks: BTreeMap<String, Check>,
    /// Its other checks.
    pub out_of_scope: Vec<OutOfScope>,
    /// What its users make checks of their own from.
    #[serde(default)]
    pub templates: BTreeMap<String, Check>,
}

/// A check of a peer that policies do.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// The ids of the policies. A template may have none.
    pub ours: Vec<String>,
    /// What has to be set for the policies to check alike, by policy.
    #[serde(default)]
    pub settings: BTreeMap<String, Map<String, Value>>,
    /// What the policies check differently all the same.
    #[serde(default)]
    pub differs: Option<String>,
    /// Whether the peer checks it only when it is told to.
    #[serde(default)]
    pub optional: bool,
}

/// Checks of a peer that no policy does.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutOfScope {
    /// Why.
    pub reason: String,
    /// Their ids.
    pub checks: Vec<String>,
    /// Whether the peer checks them only when it is told to.
    #[serde(default)]
    pub optional: bool,
}

/// What is known of a peer's check.
#[derive(Clone, Copy, Debug)]
pub enum Answer<'p> {
    /// Policies do it.
    Ours(&'p Check),
    /// No policy does.
    Out(&'p OutOfScope),
}

impl Answer<'_> {
    /// Whether the peer checks it only when it is told to.
    pub fn is_optional(self) -> bool {
        match self {
            Answer::Ours(check) => check.optional,
            Answer::Out(group) => group.optional,
        }
    }
}

impl Peer {
    fn read(text: &str) -> Result<Peer, String> {
        let mut file = plimsoll_manifest::read(text.as_bytes(), &Limits::default());
        if let Some(error) = file.errors.first() {
            return Err(error.kind.to_string());
        }
        let document = file.documents.pop().ok_or("is empty")?;
        serde_json::from_value(document.value).map_err(|error| error.to_string())
    }

    /// The check of that id, whatever its case, as the peer writes it, and what is known of it.
    pub fn answer(&self, id: &str) -> Option<(&str, Answer<'_>)> {
        self.answers().find(|(known, _)| known.eq_ignore_ascii_case(id))
    }

    /// All checks, by their ids.
    pub fn answers(&self) -> impl Iterator<Item = (&str, Answer<'_>)> {
        let ours = self.checks.iter().map(|(id, check)| (id.as_str(), Answer::Ours(check)));
        let out = self
            .out_of_scope
            .iter()
            .flat_map(|group| group.checks.iter().map(move |id| (id.as_str(), Answer::Out(group))));
        let mut all: Vec<_> = ours.chain(out).collect();
        all.sort_by(|(one, _), (other, _)| by_number(one, other));
        all.into_iter()
    }
}

/// The peers' names in commands.
pub fn names() -> impl Iterator<Item = &'static str> {
    FILES.into_iter().map(|(name, _)| name)
}

/// The peer of that name.
pub fn named(name: &str) -> Option<Peer> {
    let (_, text) = FILES.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name))?;
    // Tests read every file.
    Peer::read(text).ok()
}

/// All peers.
///
/// # Errors
/// The first file that can't be read, and why.
pub fn all() -> Result<Vec<Peer>, String> {
    FILES
        .into_iter()
        .map(|(name, text)| Peer::read(text).map_err(|reason| format!("docs/peers/{name}.yaml: {reason}")))
        .collect()
}

/// As texts, but by the number at the end where the rest is the same: `POP-200` before `POP-1000`.
fn by_number(one: &str, other: &str) -> Ordering {
    let parts = |text: &str| {
        let words = text.trim_end_matches(|letter: char| letter.is_ascii_digit()).len();
        let (words, number) = text.split_at(words);
        (words.to_ascii_lowercase(), number.parse::<u64>().unwrap_or_default())
    };
    parts(one).cmp(&parts(other))
}
