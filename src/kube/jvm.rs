//! How much memory a container lets its JVM use.

use crate::json::node::{Malformed, Node};
use crate::kube::container::Container;
use crate::kube::quantity::Quantity;

/// The greatest size of a JVM's heap, as an option sets it.
#[derive(Clone, Copy)]
pub struct MaxHeap<'a> {
    /// The variable or argument that holds the option.
    pub node: Node<'a>,
    /// The option as written.
    pub option: &'a str,
    /// The size.
    pub size: HeapSize,
}

/// A size of a heap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeapSize {
    /// `-Xmx512m`
    Bytes(Quantity),
    /// `-XX:MaxRAMPercentage=75.0`, in whole percent of the memory limit.
    Percent(u16),
}

impl<'a> MaxHeap<'a> {
    /// The option in the environment or the arguments of the container. Of several on one line the last one counts, as for the
    /// JVM; arguments override the environment.
    ///
    /// # Errors
    /// When a field has the wrong type.
    pub fn of(container: &Container<'a>) -> Result<Option<MaxHeap<'a>>, Malformed> {
        let mut nodes: Vec<Node<'a>> = Vec::new();
        for variable in container.get("env").items()? {
            nodes.push(variable.get("value"));
        }
        nodes.extend(container.get("command").items()?);
        nodes.extend(container.get("args").items()?);
        let mut found = None;
        for node in nodes {
            for option in node.str()?.unwrap_or_default().split_ascii_whitespace() {
                let option = option.trim_matches(['"', '\'']);
                if let Some(size) = size(option) {
                    found = Some(MaxHeap { node, option, size });
                }
            }
        }
        Ok(found)
    }
}

fn size(option: &str) -> Option<HeapSize> {
    if let Some(percent) = option.strip_prefix("-XX:MaxRAMPercentage=") {
        let whole = percent.split('.').next()?;
        return whole.parse().ok().map(HeapSize::Percent);
    }
    let text = option.strip_prefix("-Xmx").or_else(|| option.strip_prefix("-XX:MaxHeapSize="))?;
    let (number, unit) = match text.char_indices().next_back()? {
        (_, '0'..='9') => (text, ""),
        (at, 'k' | 'K') => (text.get(..at)?, "Ki"),
        (at, 'm' | 'M') => (text.get(..at)?, "Mi"),
        (at, 'g' | 'G') => (text.get(..at)?, "Gi"),
        (at, 't' | 'T') => (text.get(..at)?, "Ti"),
        _ => return None,
    };
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    Quantity::parse(&[number, unit].concat()).filter(|_| is_number).map(HeapSize::Bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heaps_are_read_as_the_jvm_reads_them() {
        let bytes = |text: &str| Quantity::parse(text).map(HeapSize::Bytes);
        for (option, expected) in [
            ("-Xmx512m", bytes("512Mi")),
            ("-Xmx2G", bytes("2Gi")),
            ("-Xmx1048576", bytes("1Mi")),
            ("-XX:MaxHeapSize=64k", bytes("64Ki")),
            ("-XX:MaxRAMPercentage=75.0", Some(HeapSize::Percent(75))),
            ("-XX:MaxRAMPercentage=100", Some(HeapSize::Percent(100))),
            ("-Xmx$(HEAP)", None),
            ("-Xmx", None),
            ("-Xmxm", None),
            ("-Xms512m", None),
        ] {
            assert_eq!(size(option), expected, "{option}");
        }
    }
}
