//! A bill of materials for each module, as CycloneDX has it: what is in it, and what took part in building it. Nothing has a
//! date: the same commit gives the same bytes.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail};
use plimsoll_kubewarden::Shipped;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::modules::{TARGET, hex};
use crate::render::module;
use crate::workspace::{VERSION, Workspace, output};

const REPOSITORY: &str = env!("CARGO_PKG_REPOSITORY");

/// What cargo says of the crates of all modules.
pub(crate) struct Crates {
    /// The tree of each module's package.
    trees: BTreeMap<String, Vec<Node>>,
    /// The checksums of crates from a registry, by name and version.
    checksums: BTreeMap<(String, String), String>,
}

/// A crate in a tree.
struct Node {
    depth: usize,
    name: String,
    version: String,
    license: String,
    repository: String,
    /// It runs in the compiler, and so does what it depends on.
    is_macro: bool,
}

impl Crates {
    /// Reads the trees of modules.
    pub(crate) fn read<'s>(workspace: &Workspace, modules: impl Iterator<Item = &'s Shipped>) -> Result<Self> {
        let mut cargo = workspace.cargo();
        cargo.args(["tree", "--locked", "--target", TARGET, "--edges", "normal,build", "--no-dedupe"]);
        cargo.args(["--prefix", "depth", "--format", "|{p}|{l}|{r}"]);
        cargo.args(modules.flat_map(|shipped| ["--package".to_owned(), module::package(shipped.metadata().id)]));
        let trees = trees(&output(&mut cargo)?)?;
        Ok(Self { trees, checksums: checksums(&workspace.read("Cargo.lock")?) })
    }

    /// The bill of materials of a module.
    pub(crate) fn sbom(&self, shipped: &Shipped, wasm: &[u8]) -> Result<String> {
        let id = shipped.metadata().id;
        let tree = self.trees.get(&module::package(id)).with_context(|| format!("cargo knows no tree of {id}"))?;
        let root = tree.first().with_context(|| format!("the tree of {id} is empty"))?;
        let (mut required, mut excluded) = (BTreeSet::new(), BTreeSet::new());
        let mut nodes = BTreeMap::new();
        let mut depends: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        // The way down to a node: its names, and whether it runs in the compiler.
        let mut way: Vec<(String, bool)> = Vec::new();
        for node in tree {
            let name = self.name(node);
            way.truncate(node.depth);
            let in_compiler = node.is_macro || way.last().is_some_and(|(_, in_compiler)| *in_compiler);
            if let Some((parent, _)) = way.last() {
                depends.entry(parent.clone()).or_default().insert(name.clone());
                if in_compiler { &mut excluded } else { &mut required }.insert(name.clone());
                nodes.insert(name.clone(), node);
            }
            depends.entry(name.clone()).or_default();
            way.push((name, in_compiler));
        }
        let components: Vec<Value> =
            nodes.iter().map(|(name, node)| self.component(name, node, required.contains(name))).collect();
        let depends: Vec<Value> = depends.iter().map(|(name, on)| json!({"ref": name, "dependsOn": on})).collect();
        let mut sbom = json!({
            "bomFormat": "CycloneDX",
            "specVersion": "1.6",
            "version": 1,
            "metadata": {
                "tools": {"components": [{"type": "application", "name": "cargo xtask dist", "version": VERSION}]},
                "component": {
                    "type": "application",
                    "bom-ref": self.name(root),
                    "name": id,
                    "version": VERSION,
                    "licenses": licenses(&root.license),
                    "hashes": [{"alg": "SHA-256", "content": hex(&Sha256::digest(wasm))}],
                    "externalReferences": [{"type": "vcs", "url": REPOSITORY}],
                },
            },
            "components": components,
            "dependencies": depends,
        });
        let serial = serial(&hex(&Sha256::digest(sbom.to_string())));
        if let Value::Object(sbom) = &mut sbom {
            sbom.insert("serialNumber".to_owned(), serial.into());
        }
        Ok(serde_json::to_string_pretty(&sbom)? + "\n")
    }

    fn component(&self, name: &str, node: &Node, required: bool) -> Value {
        let mut component = json!({
            "type": "library",
            "bom-ref": name,
            "name": node.name,
            "version": node.version,
            // What only the compiler runs is not in the module.
            "scope": if required { "required" } else { "excluded" },
            "licenses": licenses(&node.license),
        });
        if let (Some(checksum), Value::Object(component)) = (self.checksum(node), &mut component) {
            component.insert("purl".to_owned(), name.into());
            component.insert("hashes".to_owned(), json!([{"alg": "SHA-256", "content": checksum}]));
        }
        if let (false, Value::Object(component)) = (node.repository.is_empty(), &mut component) {
            component.insert("externalReferences".to_owned(), json!([{"type": "vcs", "url": node.repository}]));
        }
        component
    }

    fn checksum(&self, node: &Node) -> Option<&String> {
        self.checksums.get(&(node.name.clone(), node.version.clone()))
    }

    /// The address of a crate from a registry; a crate of this repository has none.
    fn name(&self, node: &Node) -> String {
        let name = format!("{}@{}", node.name, node.version);
        if self.checksum(node).is_some() { format!("pkg:cargo/{name}") } else { name }
    }
}

/// An identifier made of a digest, in the form that is left to whoever makes it.
fn serial(digest: &str) -> String {
    let part = |from: usize, to: usize| digest.get(from..to).unwrap_or_default();
    format!("urn:uuid:{}-{}-8{}-a{}-{}", part(0, 8), part(8, 12), part(13, 16), part(17, 20), part(20, 32))
}

/// An expression of SPDX. Older crates have a slash for "or".
fn licenses(expression: &str) -> Value {
    if expression.is_empty() { json!([]) } else { json!([{"expression": expression.replace('/', " OR ")}]) }
}

/// What `cargo tree` prints, by the packages at its roots.
fn trees(printed: &str) -> Result<BTreeMap<String, Vec<Node>>> {
    let mut trees = BTreeMap::new();
    let mut tree = Vec::new();
    for line in printed.lines().filter(|line| !line.is_empty()) {
        let node = node(line).with_context(|| format!("not a line of cargo tree: {line}"))?;
        if node.depth == 0 {
            keep(&mut trees, std::mem::take(&mut tree));
        }
        tree.push(node);
    }
    keep(&mut trees, tree);
    if trees.is_empty() {
        bail!("cargo tree printed nothing");
    }
    Ok(trees)
}

fn keep(trees: &mut BTreeMap<String, Vec<Node>>, tree: Vec<Node>) {
    if let Some(root) = tree.first() {
        trees.insert(root.name.clone(), tree);
    }
}

/// A line such as `2|serde_derive v1.0.229 (proc-macro)|MIT OR Apache-2.0|https://…`.
fn node(line: &str) -> Option<Node> {
    let mut parts = line.splitn(4, '|');
    let depth = parts.next()?.parse().ok()?;
    let mut package = parts.next()?.split(' ');
    let (name, version) = (package.next()?.to_owned(), package.next()?.strip_prefix('v')?.to_owned());
    let is_macro = package.any(|word| word == "(proc-macro)");
    let (license, repository) = (parts.next()?.to_owned(), parts.next()?.to_owned());
    Some(Node { depth, name, version, license, repository, is_macro })
}

/// The checksums of a lock file.
fn checksums(lock: &str) -> BTreeMap<(String, String), String> {
    let mut checksums = BTreeMap::new();
    for package in lock.split("[[package]]\n") {
        let value = |key: &str| {
            let line = package.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(" = "));
            line.map(|value| value.trim_matches('"').to_owned())
        };
        if let (Some(name), Some(version), Some(checksum)) = (value("name"), value("version"), value("checksum")) {
            checksums.insert((name, version), checksum);
        }
    }
    checksums
}

#[cfg(test)]
mod tests {
    use plimsoll_kubewarden::Shipped;
    use serde_json::{Value, json};

    use super::{Crates, checksums, trees};

    const TREE: &str = "\
0|plimsoll-policy-suite v0.1.0 (/src/plimsoll/policies/suite)|Apache-2.0|https://github.com/plimsoll-dev/plimsoll
1|serde v1.0.229|MIT/Apache-2.0|https://github.com/serde-rs/serde
2|serde_core v1.0.229|MIT OR Apache-2.0|
2|serde_derive v1.0.229 (proc-macro)|MIT OR Apache-2.0|
3|quote v1.0.47|MIT|
1|plimsoll v0.1.0 (/work)|Apache-2.0|
";
    const LOCK: &str = "version = 4\n
[[package]]\nname = \"plimsoll\"\nversion = \"0.1.0\"\n
[[package]]\nname = \"serde\"\nversion = \"1.0.229\"\nsource = \"registry\"\nchecksum = \"aa\"\n
[[package]]\nname = \"quote\"\nversion = \"1.0.47\"\nsource = \"registry\"\nchecksum = \"bb\"\ndependencies = [\n \"x\",\n]\n";

    fn sbom(wasm: &[u8]) -> Value {
        let crates = Crates { trees: trees(TREE).unwrap(), checksums: checksums(LOCK) };
        let shipped = Shipped::named("suite").unwrap();
        serde_json::from_str(&crates.sbom(&shipped, wasm).unwrap()).unwrap()
    }

    #[test]
    fn a_bill_of_materials_has_what_cyclonedx_requires() {
        let sbom = sbom(b"wasm");
        assert_eq!(
            (&sbom["bomFormat"], &sbom["specVersion"], &sbom["version"]),
            (&json!("CycloneDX"), &json!("1.6"), &json!(1))
        );
        let serial = sbom["serialNumber"].as_str().unwrap();
        let groups: Vec<usize> = serial.trim_start_matches("urn:uuid:").split('-').map(str::len).collect();
        assert_eq!(groups, [8, 4, 4, 4, 12], "{serial}");
        let components = sbom["components"].as_array().unwrap();
        let names: Vec<_> = components.iter().map(|component| component["bom-ref"].as_str().unwrap()).collect();
        let expected = ["pkg:cargo/quote@1.0.47", "pkg:cargo/serde@1.0.229", "plimsoll@0.1.0"];
        assert!(expected.iter().all(|name| names.contains(name)), "{names:?}");
        // Every reference is of something that is there, and named once.
        let root = sbom["metadata"]["component"]["bom-ref"].as_str().unwrap();
        for entry in sbom["dependencies"].as_array().unwrap() {
            let on = entry["dependsOn"].as_array().unwrap().iter();
            for reference in on.chain([&entry["ref"]]).map(|reference| reference.as_str().unwrap()) {
                assert!(reference == root || names.contains(&reference), "{reference}");
            }
        }
        let count = sbom["dependencies"].as_array().unwrap().len();
        assert_eq!(count, names.len() + 1);
    }

    #[test]
    fn what_only_the_compiler_runs_is_excluded() {
        let sbom = sbom(b"wasm");
        let component = |name: &str| {
            let components = sbom["components"].as_array().unwrap();
            components.iter().find(|component| component["name"] == name).unwrap()
        };
        for (name, scope) in
            [("serde", "required"), ("serde_core", "required"), ("serde_derive", "excluded"), ("quote", "excluded")]
        {
            assert_eq!(component(name)["scope"], scope, "{name}");
        }
        assert_eq!(component("serde")["licenses"], json!([{"expression": "MIT OR Apache-2.0"}]));
        assert_eq!(component("serde")["hashes"], json!([{"alg": "SHA-256", "content": "aa"}]));
        assert_eq!(component("plimsoll").get("hashes"), None);
    }

    #[test]
    fn a_bill_of_materials_is_of_one_module_and_always_the_same() {
        assert_eq!(sbom(b"wasm"), sbom(b"wasm"));
        assert_ne!(sbom(b"wasm")["serialNumber"], sbom(b"another")["serialNumber"]);
        assert!(trees("no tree").is_err());
        assert!(trees("").is_err());
    }
}
