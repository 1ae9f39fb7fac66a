//! docs/comparison.md: what other projects check, and which policies do it.

use std::fmt::Write;

use anyhow::{Context, Result, anyhow};
use plimsoll_lint::unknown_field::ONLY_FILES;
use plimsoll_peers::{Check, Peer};
use serde_json::Value;

/// The page.
pub(crate) fn render() -> Result<String> {
    let peers = plimsoll_peers::all().map_err(|reason| anyhow!(reason))?;
    let mut text = String::from(
        "<!-- Made by `make gen`. -->\n# Check by check\n\n\
         What other projects check, and which policies do it. What each of them is for, and when to take which, is said in the \
         [comparison](guides/comparison.md).\n\n\
         - `plimsoll explain --peer kube-linter/no-read-only-root-fs` answers for one check, `plimsoll explain --peer kube-linter` \
         lists them.\n\
         - `plimsoll init --from kube-linter` writes a configuration that checks the same, and says what it can't take over. It \
         knows kube-linter, Polaris and kube-score: see [in a repository](in-a-repository.md#coming-from-another-linter).\n\n\
         Where nothing stands in the last column, the policies report what the check reports, with the settings that are shown; \
         they may report more kinds of workload and containers. Where something does, they do *partly*. Each list is as of a \
         commit; where a project has changed since, it is right and this page isn't. \
         [Say so](https://github.com/plimsoll-dev/plimsoll/issues): the data is in `docs/peers`.\n\n\
         | | read at | checks | the same | partly | out of scope |\n|---|---|---|---|---|---|\n",
    );
    for peer in &peers {
        let partly = peer.checks.values().filter(|check| check.differs.is_some()).count();
        let out: usize = peer.out_of_scope.iter().map(|group| group.checks.len()).sum();
        writeln!(
            text,
            "| [{}](#{}) | `{}`, {} | {} | {} | {partly} | {out} |",
            peer.name,
            peer.name.to_lowercase(),
            commit(peer)?,
            peer.date,
            peer.answers().count(),
            peer.checks.len() - partly,
        )?;
    }
    for peer in &peers {
        section(peer, &mut text)?;
    }
    Ok(text)
}

fn commit(peer: &Peer) -> Result<&str> {
    peer.commit.get(..7).with_context(|| format!("{}: a commit has seven digits", peer.peer))
}

fn section(peer: &Peer, text: &mut String) -> Result<()> {
    write!(text, "\n## {}\n\nOf [{}]({}): {}.\n\n", peer.name, peer.name, peer.repository, peer.read)?;
    text.push_str("| check | policies | what differs |\n|---|---|---|\n");
    for (id, answer) in peer.answers() {
        if let plimsoll_peers::Answer::Ours(check) = answer {
            row(id, check, text)?;
        }
    }
    text.push_str("\nOut of scope:\n\n");
    for group in &peer.out_of_scope {
        let ids: Vec<String> = group.checks.iter().map(|id| format!("`{id}`")).collect();
        writeln!(text, "- {} {}", group.reason, ids.join(", "))?;
    }
    Ok(())
}

fn row(id: &str, check: &Check, text: &mut String) -> Result<()> {
    let policies: Vec<String> = check.ours.iter().map(|ours| policy(ours, check)).collect();
    writeln!(text, "| {id} | {} | {} |", policies.join("; "), check.differs.as_deref().unwrap_or_default())?;
    Ok(())
}

/// A policy with a link and the settings that matter.
fn policy(id: &str, check: &Check) -> String {
    let page = match ONLY_FILES.iter().any(|only| only.metadata.id == id) {
        true => format!("{id}.md"),
        false => format!("../policies/{id}/README.md"),
    };
    let settings = check.settings.get(id).map(|settings| format!(" `{}`", flow(&Value::Object(settings.clone()))));
    format!("[{id}]({page}){}", settings.unwrap_or_default())
}

/// A value as YAML in one line.
fn flow(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let fields: Vec<String> = fields.iter().map(|(key, value)| format!("{key}: {}", flow(value))).collect();
            format!("{{{}}}", fields.join(", "))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<String>>().join(", ")),
        Value::String(text) if text.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_./".contains(letter)) => {
            text.clone()
        }
        value => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{flow, render};

    #[test]
    fn every_check_has_its_place() {
        let text = render().unwrap();
        for peer in plimsoll_peers::all().unwrap() {
            assert_eq!(text.matches(&format!("\n## {}\n", peer.name)).count(), 1);
            for (id, _) in peer.answers() {
                assert!(text.contains(&format!("| {id} |")) || text.contains(&format!("`{id}`")), "{}/{id}", peer.peer);
            }
        }
        let row = "| minimum-three-replicas | [single-replica](../policies/single-replica/README.md) `{min: 3}` |";
        assert!(text.contains(row) && text.contains("[unknown-field](unknown-field.md)"), "{text}");
    }

    #[test]
    fn settings_are_yaml_in_one_line() {
        let value = json!({"a": [1, "k8s.gcr.io"], "b": {"c": true, "d": "x: y"}});
        assert_eq!(flow(&value), "{a: [1, k8s.gcr.io], b: {c: true, d: \"x: y\"}}");
        assert_eq!(yaml_serde::from_str::<serde_json::Value>(&flow(&value)).unwrap(), value);
    }
}
