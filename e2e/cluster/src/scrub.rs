//! What differs from one cluster to the next is made the same, so that a recording changes only when the requests do.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde_json::{Value, json};

/// Remembers what stands for what.
#[derive(Default)]
pub struct Scrub {
    ids: BTreeMap<String, String>,
}

/// What no policy reads, and most of an object's size.
const DROPPED: [&str; 1] = ["managedFields"];
const UUID: usize = 36;

impl Scrub {
    /// The same value, of no particular cluster.
    pub fn value(&mut self, value: Value) -> Value {
        match value {
            Value::Object(fields) => fields
                .into_iter()
                .filter(|(key, _)| !DROPPED.contains(&key.as_str()))
                .map(|(key, value)| {
                    let value = match key.as_str() {
                        "resourceVersion" => json!("1"),
                        // Which certificate or token it was.
                        "extra" => json!({}),
                        _ => self.value(value),
                    };
                    (key, value)
                })
                .collect(),
            Value::Array(values) => values.into_iter().map(|value| self.value(value)).collect(),
            Value::String(text) => Value::String(self.text(text)),
            other => other,
        }
    }

    fn text(&mut self, text: String) -> String {
        if text.parse::<IpAddr>().is_ok_and(|address| !address.is_unspecified() && !address.is_loopback()) {
            return "192.0.2.1".to_owned();
        }
        if is_time(&text) {
            return "2026-01-01T00:00:00Z".to_owned();
        }
        let Some(at) = (0..text.len()).find(|at| text.get(*at..at + UUID).is_some_and(is_uuid)) else { return text };
        let (before, rest) = text.split_at(at);
        let (id, after) = rest.split_at(UUID);
        let next = format!("00000000-0000-4000-8000-{:012}", self.ids.len() + 1);
        let known = self.ids.entry(id.to_owned()).or_insert(next).clone();
        [before, &known, after].concat()
    }
}

/// True for a date with a time of day, in UTC.
fn is_time(text: &str) -> bool {
    let shape: String = text.chars().map(|letter| if letter.is_ascii_digit() { '0' } else { letter }).collect();
    shape == "0000-00-00T00:00:00Z" || shape == "0000-00-00T00:00:00.000000Z"
}

fn is_uuid(text: &str) -> bool {
    text.bytes().enumerate().all(|(index, byte)| match index {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_recordings_are_the_same() {
        let of = |uid: &str, address: &str, time: &str| {
            json!({"uid": uid, "volume": format!("pvc-{uid}"), "clusterIP": address, "none": "None", "startTime": time,
                "resourceVersion": uid, "managedFields": [uid], "keep": "4711", "user": {"extra": {"id": [uid]}}})
        };
        let one = of("0a1b2c3d-0000-4000-8000-0123456789ab", "10.96.0.7", "2026-11-28T04:05:06Z");
        let other = of("ffffffff-0000-4000-8000-0123456789ab", "10.96.3.9", "2027-01-28T14:05:06Z");
        let scrubbed = Scrub::default().value(one);
        assert_eq!(scrubbed, Scrub::default().value(other));
        let id = "00000000-0000-4000-8000-000000000001";
        assert_eq!(
            scrubbed,
            json!({"uid": id, "volume": format!("pvc-{id}"), "clusterIP": "192.0.2.1", "none": "None",
                "startTime": "2026-01-01T00:00:00Z", "resourceVersion": "1", "keep": "4711", "user": {"extra": {}}})
        );
    }

    #[test]
    fn different_objects_stay_different() {
        let ids = json!(["0a1b2c3d-0000-4000-8000-0123456789ab", "ffffffff-0000-4000-8000-0123456789ab"]);
        let Value::Array(scrubbed) = Scrub::default().value(ids) else { unreachable!("a list stays one") };
        assert_ne!(scrubbed.first(), scrubbed.last());
    }
}
