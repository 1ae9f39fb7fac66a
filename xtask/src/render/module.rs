//! The package that makes a policy a module.

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

/// Its Cargo.toml. Only a module that looks things up in the cluster has the guest's host calls in it.
pub(crate) fn manifest(id: &str, looks_up: bool) -> String {
    let package = package(id);
    let guest = if looks_up {
        r#"plimsoll-guest = { workspace = true, features = ["inventory"] }"#
    } else {
        "plimsoll-guest.workspace = true"
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
    "//! The module of all policies. Made by `make gen`.\nplimsoll_guest::export_all!(&plimsoll::suite::configure);\n"
}

/// Its only source file.
pub(crate) fn source(id: &str) -> String {
    let module = id.replace('-', "_");
    let name = struct_name(id);
    format!(
        "//! The module of the policy `{id}`. Made by `make gen`.\nplimsoll_guest::export!(plimsoll::policies::{module}::{name});\n"
    )
}
