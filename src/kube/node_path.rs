//! Paths on a node, as in `hostPath` volumes.

/// An absolute path on a node, normalised: different spellings of one path are equal. `/var/run` is a link to `/run`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodePath<'a> {
    /// Whether it is a Windows path, which is case-insensitive.
    windows: bool,
    parts: Vec<&'a str>,
}

impl<'a> NodePath<'a> {
    /// Reads `/a/b`, `C:\a\b` (also with slashes) or `\\.\pipe\a`; `None` when the path is not absolute.
    pub fn parse(path: &'a str) -> Option<NodePath<'a>> {
        let drive = matches!(path.as_bytes(), [letter, b':', b'\\' | b'/', ..] if letter.is_ascii_alphabetic());
        let windows = drive || path.starts_with(r"\\");
        if !windows && !path.starts_with('/') {
            return None;
        }
        let mut parts = Vec::new();
        for part in path.split(|c| c == '/' || windows && c == '\\') {
            match part {
                "" => {}
                // In the name of a pipe, `.` is the machine.
                "." if !windows => {}
                ".." => drop(parts.pop()),
                part => parts.push(part),
            }
        }
        if !windows {
            // The root of a process of the node is the node's own.
            while matches!(parts.as_slice(), ["proc", _, "root", ..]) {
                parts.drain(..3);
            }
            if matches!(parts.as_slice(), ["var", "run", ..]) {
                parts.remove(0);
            }
        }
        // A path without a drive or machine would contain all others.
        (!windows || !parts.is_empty()).then_some(NodePath { windows, parts })
    }

    /// True for `/var`.
    pub fn is_var(&self) -> bool {
        self.parts == ["var"]
    }

    /// True when `other` is this path or below it.
    pub fn contains(&self, other: &NodePath<'_>) -> bool {
        let same = |(one, other): (&&str, &&str)| {
            if self.windows { one.eq_ignore_ascii_case(other) } else { one == other }
        };
        self.windows == other.windows
            && self.parts.len() <= other.parts.len()
            && self.parts.iter().zip(&other.parts).all(same)
    }
}

#[cfg(test)]
mod tests {
    use super::NodePath;

    #[test]
    fn different_spellings_of_a_path_are_equal() {
        for (parent, path, expected) in [
            ("/run", "/run/docker.sock", true),
            ("/run", "/var/run/docker.sock", true),
            ("/var/run//docker.sock/", "/run/./docker.sock", true),
            ("/", "/run/docker.sock", true),
            ("/", "/", true),
            ("/run/docker", "/run/docker.sock", false),
            ("/run/docker.sock", "/run", false),
            ("/var", "/var/run/docker.sock", false),
            ("/srv/../run", "/run/docker.sock", true),
            ("/proc/1/root/var/run", "/run/docker.sock", true),
            ("/proc", "/proc/1/root/etc", false),
            ("/Run", "/run/docker.sock", false),
            (r"C:\data", r"c:/Data/x", true),
            (r"C:\", r"D:\x", false),
            (r"\\.\pipe", r"\\.\PIPE\docker_engine", true),
            ("/", r"\\.\pipe\docker_engine", false),
        ] {
            let contains = NodePath::parse(parent).unwrap().contains(&NodePath::parse(path).unwrap());
            assert_eq!(contains, expected, "{path} in {parent}");
        }
        for relative in ["", "run", "./run", "C:", r"\run", r"\\"] {
            assert_eq!(NodePath::parse(relative), None, "{relative}");
        }
    }
}
