//! The script that starts a container.

use crate::json::node::{Malformed, Node};
use crate::kube::container::Container;
use crate::text::shell::{Init, Invocation, invocation, launched, program};

/// A script that starts a container.
pub struct Entrypoint<'a> {
    /// The argument that holds it.
    pub node: Node<'a>,
    /// Its text.
    pub script: &'a str,
    /// The name of the shell that runs it.
    pub shell: &'a str,
    /// The init that starts the shell, if any.
    pub init: Option<Init>,
}

impl<'a> Entrypoint<'a> {
    /// The script that `command` and `args` together pass to one of the shells. `None` when they start something else, or
    /// without a `command`: then `args` go to the image's entrypoint.
    ///
    /// # Errors
    /// When either is not a list of strings.
    pub fn of(container: &Container<'a>, shells: &[impl AsRef<str>]) -> Result<Option<Entrypoint<'a>>, Malformed> {
        let mut nodes: Vec<Node<'a>> = container.get("command").items()?.collect();
        if nodes.is_empty() {
            return Ok(None);
        }
        nodes.extend(container.get("args").items()?);
        let mut words = Vec::new();
        for node in &nodes {
            words.push(node.str()?.unwrap_or_default());
        }
        let command = launched(&words);
        let Invocation::Script(script, _) = invocation(command.words, shells) else { return Ok(None) };
        if command.limit_millis.is_some() {
            // `timeout` is PID 1, and forwards signals to the process group.
            return Ok(None);
        }
        let is_shell = |word: &&&str| shells.iter().any(|shell| shell.as_ref() == program(word));
        let skipped = words.len() - command.words.len();
        let shell = words.iter().skip(skipped).find(is_shell).map_or("", |word| program(word));
        // The invocation borrows from these words.
        let found = words.iter().zip(&nodes).find(|(word, _)| std::ptr::eq(**word, script));
        Ok(found.map(|(&script, &node)| Entrypoint { node, script, shell, init: command.init }))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::json::node::PathArena;
    use crate::kube::kinds::POD;
    use crate::kube::pod::Pod;
    use crate::text::shell::SHELLS;

    #[test]
    fn entrypoint_script_is_found_in_command_and_args() {
        for (command, args, expected) in [
            (json!(["/bin/sh", "-c"]), json!(["app"]), Some(("app", "sh", "/spec/containers/0/args/0"))),
            (json!(["sh", "-c", "app", "app"]), json!(null), Some(("app", "sh", "/spec/containers/0/command/2"))),
            (json!(["busybox", "ash", "-ec", "x"]), json!(null), Some(("x", "ash", "/spec/containers/0/command/3"))),
            (json!(null), json!(["sh", "-c", "app"]), None),
            (json!([]), json!(["sh", "-c", "app"]), None),
            (json!(["sh", "-c", "--"]), json!(["app"]), Some(("app", "sh", "/spec/containers/0/args/0"))),
            (
                json!(["tini", "--", "sh", "-c", "app"]),
                json!(null),
                Some(("app", "sh", "/spec/containers/0/command/4")),
            ),
            (json!(["/usr/bin/env", "bash", "-c"]), json!(["app"]), Some(("app", "bash", "/spec/containers/0/args/0"))),
            (json!(["timeout", "9", "sh", "-c", "app"]), json!(null), None),
            (json!(["sh", "/run.sh"]), json!(null), None),
        ] {
            let object = json!({"spec": {"containers": [{"command": command, "args": args}]}});
            let arena = PathArena::new();
            let pod = Pod::of(Node::root(&object, &arena), &POD).unwrap().unwrap();
            let found = Entrypoint::of(&pod.containers()[0], SHELLS).unwrap();
            let found = found.map(|found| (found.script, found.shell, found.node.path().to_string()));
            assert_eq!(found, expected.map(|(script, shell, path)| (script, shell, path.to_owned())), "{object}");
        }
    }
}
