//! The scaffold of a policy.

use anyhow::{Context, Result, bail, ensure};

use plimsoll::policy::metadata::Category;

use crate::render::module;
use crate::workspace::{VERSION, Workspace, succeed};

/// A rule that works, with its fixtures.
struct Template {
    rule: &'static str,
    /// By file name.
    fixtures: [(&'static str, &'static str); 3],
    /// What the rule of the scaffold reports.
    reports: &'static str,
}

const POD: Template = Template {
    rule: include_str!("../templates/pod/rule.rs.txt"),
    fixtures: [
        ("pass.yaml", include_str!("../templates/pod/pass.yaml.txt")),
        ("fail.yaml", include_str!("../templates/pod/fail.yaml.txt")),
        ("settings.yaml", include_str!("../templates/pod/settings.yaml.txt")),
    ],
    reports: "containers named \"placeholder\"",
};
const CROSS_OBJECT: Template = Template {
    rule: include_str!("../templates/cross-object/rule.rs.txt"),
    fixtures: [
        ("pass.yaml", include_str!("../templates/cross-object/pass.yaml.txt")),
        ("fail.yaml", include_str!("../templates/cross-object/fail.yaml.txt")),
        ("settings.yaml", include_str!("../templates/cross-object/settings.yaml.txt")),
    ],
    reports: "Deployments named \"placeholder\" that no Service selects",
};
const LIST: &str = "src/policies.rs";
const CATEGORIES: &str = "src/policies";

/// What to scaffold.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The policy's id: the violation in kebab-case, such as `drain-deadlock`
    #[arg(value_parser = read_id)]
    id: String,
    /// The category, which is the folder of the rule
    #[arg(long, value_parser = read_category, default_value = "workload")]
    category: Category,
    /// What the rule reads: a pod, or other objects too
    #[arg(long, value_enum, default_value = "pod")]
    kind: RuleKind,
}

/// Reads `drain-deadlock` or `id=drain-deadlock`.
fn read_id(argument: &str) -> Result<String, String> {
    let id = argument.strip_prefix("id=").unwrap_or(argument);
    let is_word = |word: &str| {
        word.starts_with(|first: char| first.is_ascii_lowercase())
            && word.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit())
    };
    // The id becomes a Kubernetes name and a label.
    if id.len() <= 50 && id.split('-').all(is_word) {
        Ok(id.to_owned())
    } else {
        Err("an id is lower-case words with dashes between them, at most 50 characters".to_owned())
    }
}

/// What a rule reads.
#[derive(Clone, Copy, clap::ValueEnum)]
enum RuleKind {
    /// The pod of one object.
    Pod,
    /// Other objects too.
    CrossObject,
}

fn read_category(argument: &str) -> Result<Category, String> {
    Category::named(argument)
        .ok_or_else(|| format!("a category is one of {}", Category::ALL.map(Category::name).join(", ")))
}

pub(crate) fn run(workspace: &Workspace, args: &Args) -> Result<()> {
    let id = &args.id;
    let template = match args.kind {
        RuleKind::Pod => POD,
        RuleKind::CrossObject => CROSS_OBJECT,
    };
    let module = id.replace('-', "_");
    let category = args.category.name();
    let rule = format!("{CATEGORIES}/{category}/{module}.rs");
    let siblings = format!("{CATEGORIES}/{category}.rs");
    ensure!(!workspace.path(&rule).exists(), "policy {id} exists already: {rule}");

    let registered = register(&workspace.read(LIST)?, &format!("{category}::{module}"), &module::struct_name(id))?;
    let declared = insert_sorted(&workspace.read(&siblings)?, "pub mod ", &format!("pub mod {module};"))?;
    let fill = |text: &str| {
        text.replace("{id}", id)
            .replace("{category}", &format!("{:?}", args.category))
            .replace("{struct}", &module::struct_name(id))
            .replace("{version}", VERSION)
    };
    workspace.write(&rule, fill(template.rule))?;
    workspace.write(LIST, registered)?;
    workspace.write(&siblings, declared)?;
    for (name, fixture) in template.fixtures {
        workspace.write(format!("policies/{id}/fixtures/{name}"), fill(fixture))?;
    }
    // Cargo runs nothing, `make gen` included, while a folder of the workspace has no package.
    workspace.write(format!("policies/{id}/Cargo.toml"), module::manifest(id, &[]))?;
    workspace.write(format!("policies/{id}/src/lib.rs"), module::source(id, args.category))?;
    succeed(workspace.cargo().args(["fmt", "--package", "plimsoll"]))?;

    println!(
        "Scaffolded {id}, which reports {}. Now\n\
         \n\
         1. write the rule and its documentation in {rule}\n\
         2. write objects into policies/{id}/fixtures/: pass.yaml, fail.yaml with a marker `#~ {id}` on every offending\n\
         \x20  line, and a case for every setting in settings.yaml\n\
         3. POLICY={id} BLESS=1 cargo nextest run --package plimsoll --test fixtures, and read the messages in the *.snap files\n\
         4. make gen, for everything that is made of the rule\n\
         5. make test",
        template.reports
    );
    Ok(())
}

/// Adds a policy to the list of policies, whose lines are in the order of their ids.
fn register(list: &str, module: &str, name: &str) -> Result<String> {
    let (head, entries) = list.split_once("&[PolicyEntry] = &[").context("src/policies.rs has no list of entries")?;
    let (entries, tail) = entries.split_once("];").context("the list of entries in src/policies.rs has no end")?;
    let mut entries: Vec<&str> = entries.split(',').map(str::trim).filter(|entry| !entry.is_empty()).collect();
    let entry = format!("PolicyEntry::of::<{module}::{name}>()");
    if entries.contains(&entry.as_str()) {
        bail!("src/policies.rs lists {module} already");
    }
    entries.push(&entry);
    // By id, ignoring the category.
    entries.sort_unstable_by_key(|entry| entry.rsplit("::").nth(1).map(str::to_owned));
    Ok(format!("{head}&[PolicyEntry] = &[\n    {},\n];{tail}", entries.join(",\n    ")))
}

/// Inserts a line in order among those that begin with `prefix`.
fn insert_sorted(text: &str, prefix: &str, line: &str) -> Result<String> {
    let mut lines: Vec<&str> = text.lines().collect();
    let is_peer = |peer: &&str| peer.starts_with(prefix);
    let after = lines.iter().rposition(|peer| is_peer(peer) && *peer < line);
    let first = lines.iter().position(is_peer);
    let at = match (after, first) {
        (Some(after), _) => after + 1,
        (None, Some(first)) => first,
        (None, None) => bail!("no line begins with {prefix:?}"),
    };
    lines.insert(at, line);
    Ok(lines.join("\n") + "\n")
}

#[cfg(test)]
mod tests {
    use super::{insert_sorted, read_id, register};

    #[test]
    fn registers_in_the_order_of_ids_across_categories() {
        let list = "mod sources;\n\npub static POLICIES: &[PolicyEntry] = \
            &[PolicyEntry::of::<z::b_b::BB>(), PolicyEntry::of::<a::d::D>()];\n";
        for (module, place) in [("m::a", 0), ("m::c", 1), ("a::e", 2)] {
            let registered = register(list, module, "X").unwrap();
            let prefix = "    PolicyEntry::of::<";
            let lines: Vec<_> = registered.lines().filter(|line| line.starts_with(prefix)).collect();
            assert_eq!(lines.len(), 3, "{registered}");
            assert!(lines[place].starts_with(&format!("{prefix}{module}::X")), "{registered}");
        }
        assert!(register(list, "a::d", "D").is_err());
    }

    #[test]
    fn modules_are_declared_in_the_order_of_names() {
        let declared = insert_sorted("//! Probes.\n\npub mod b;\npub mod d;\n", "pub mod ", "pub mod c;").unwrap();
        assert_eq!(declared, "//! Probes.\n\npub mod b;\npub mod c;\npub mod d;\n");
    }

    #[test]
    fn ids_are_words_with_dashes() {
        assert_eq!(read_id("id=drain-deadlock").as_deref(), Ok("drain-deadlock"));
        assert_eq!(read_id("a1-b").as_deref(), Ok("a1-b"));
        for id in ["", "Drain", "drain_deadlock", "-drain", "drain-", "drain--deadlock", "1-drain", "../x"] {
            assert!(read_id(id).is_err(), "{id}");
        }
    }
}
