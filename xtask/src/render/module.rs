//! The package that builds a policy as a module.

use plimsoll::policy::metadata::Category;

use crate::render::metadata::HostCall;

/// The package's name, which is also its crate's with underscores for dashes.
pub(crate) fn package(id: &str) -> String {
    format!("plimsoll-policy-{id}")
}

/// `MissingPrestop` for `missing-prestop`.
pub(crate) fn struct_name(id: &str) -> String {
    let capitalised = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect::<String>()
    };
    id.split('-').map(capitalised).collect()
}

/// Its Cargo.toml. The guest's features are the host calls that the module makes.
pub(crate) fn manifest(id: &str, host_calls: &[HostCall]) -> String {
    let package = package(id);
    let features: Vec<String> = host_calls.iter().map(|call| format!("\"{}\"", call.feature())).collect();
    let guest = if features.is_empty() {
        "plimsoll-guest.workspace = true".to_owned()
    } else {
        format!("plimsoll-guest = {{ workspace = true, features = [{}] }}", features.join(", "))
    };
    format!(
        r#"# Made by `make gen`.
[package]
name = "{package}"
version.workspace = true
edition.workspace = true
rust-version.workspace = true
license.workspace = true
authors.workspace = true
repository.workspace = true
publish.workspace = true

[lib]
crate-type = ["cdylib"]

[dependencies]
plimsoll.workspace = true
{guest}

[lints]
workspace = true
"#
    )
}

/// The only source file of the module of all policies.
pub(crate) fn suite_source() -> &'static str {
    "//! The module of all policies. Made by `make gen`.\nplimsoll_guest::export_all!(&plimsoll::engine::config::configure);\n"
}

/// Its only source file.
pub(crate) fn source(id: &str, category: Category) -> String {
    let category = category.name();
    let module = id.replace('-', "_");
    let name = struct_name(id);
    format!(
        "//! The module of the policy `{id}`. Made by `make gen`.\nplimsoll_guest::export!(plimsoll::policies::{category}::{module}::{name});\n"
    )
}

#[cfg(test)]
mod tests {
    use super::{HostCall, manifest};

    #[test]
    fn manifest_enables_the_host_calls_that_the_policy_makes() {
        let guest = |calls: &[HostCall]| {
            let manifest = manifest("some-violation", calls);
            manifest.lines().find(|line| line.starts_with("plimsoll-guest")).map(str::to_owned).unwrap()
        };
        assert_eq!(guest(&[]), "plimsoll-guest.workspace = true");
        assert_eq!(
            guest(&[HostCall::Get, HostCall::List]),
            r#"plimsoll-guest = { workspace = true, features = ["get-resource", "inventory"] }"#
        );
    }
}
