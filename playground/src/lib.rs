//! The policies in a browser: the same core and the same manifest parser as on the command line, for text that is being
//! edited.
//!
//! JavaScript uses [`Playground`]. Its methods take and return JSON, which a browser parses faster than it builds
//! values one by one; the types are in [`transfer`], from which `web/src/transfer.ts` is generated. Positions in the
//! text are UTF-16 units from its beginning, as in editors.

mod catalogue;
mod checked;
mod config;
mod configuration;
mod offsets;
mod pictures;
mod review;
pub mod transfer;

use plimsoll::policy::fix::Applicability;
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::prelude::wasm_bindgen;

use plimsoll_fields::Table;

use crate::checked::CheckedText;
use crate::transfer::pictures::{Graph, Termination};
use crate::transfer::{
    Checked, Config, Configuration, Descriptions, Fixed, Policy, ReviewRequest, Reviewed, SchemaNote, TextChange,
    TextRange,
};

/// A text and everything known about it. Each [`check`](Playground::check) replaces both.
#[wasm_bindgen]
#[derive(Default)]
pub struct Playground {
    checked: Option<CheckedText>,
    /// The fields of Kubernetes' kinds, once the page has loaded them.
    table: Option<Table>,
}

/// The methods for JavaScript. A result that doesn't exist is `null`.
#[wasm_bindgen]
impl Playground {
    /// A playground without a text.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Playground {
        Playground::default()
    }

    /// The version, the profiles, and every policy in a few words: [`transfer::Catalogue`].
    pub fn catalogue() -> String {
        write(&catalogue::catalogue())
    }

    /// Checks a text: [`transfer::Checked`]. `config` is a [`transfer::Config`].
    pub fn check(&mut self, text: &str, config: &str) -> String {
        write(&self.checked(text, &config::read(config)))
    }

    /// Loads the fields of Kubernetes' kinds, a table made by `playground/schema`, and returns its notes about the last
    /// checked text: a list of [`transfer::SchemaNote`]. Later checks include them.
    pub fn learn(&mut self, table: &str) -> String {
        write(&self.learned(table))
    }

    /// The text edits of the fix of a finding of the last check: [`transfer::TextChange`].
    pub fn fix(&self, finding: usize) -> String {
        write(&self.fixed_one(finding))
    }

    /// The text with all safe fixes, or all fixes: [`transfer::Fixed`].
    pub fn fix_all(&self, risky: bool) -> String {
        write(&self.fixed(risky))
    }

    /// The text edits that exempt a finding of the last check: [`transfer::TextChange`].
    pub fn suppress(&self, finding: usize, reason: &str) -> String {
        write(&self.suppressed(finding, reason))
    }

    /// The text edits that remove the annotations which exempt a finding of the last check, by its number among the
    /// suppressed: [`transfer::TextChange`].
    pub fn restore(&self, suppressed: usize) -> String {
        write(&self.restored(suppressed))
    }

    /// The credentials in the text of the last check: a list of [`transfer::TextRange`].
    pub fn credentials(&self) -> String {
        write(&self.confidential())
    }

    /// The policies' answers in a cluster: [`transfer::Reviewed`]. `request` is a [`transfer::ReviewRequest`].
    pub fn review(&self, request: &str) -> String {
        write(&read::<Option<ReviewRequest>>(request).and_then(|request| self.reviewed(&request)))
    }

    /// An object of the last check as JSON, after the defaults of lists.
    pub fn object(&self, object: usize) -> String {
        write(&self.checked.as_ref().and_then(|checked| checked.object(object)))
    }

    /// The file that the command prints about the text of the last check with `--format json`, as a string.
    pub fn report(&self) -> String {
        write(&self.reported())
    }

    /// Which objects target which in the text of the last check: [`transfer::pictures::Graph`].
    pub fn graph(&self) -> String {
        write(&self.targets())
    }

    /// How the pods of an object of the last check terminate: [`transfer::pictures::Termination`].
    pub fn timeline(&self, object: usize) -> String {
        write(&self.termination(object))
    }

    /// The enabled policies as files and commands: [`transfer::Configuration`]. `config` is a [`transfer::Config`]. Without
    /// `descriptions`, the file [`transfer::Descriptions`], settings are written even if they are the default.
    pub fn configuration(config: &str, descriptions: Option<String>) -> String {
        let descriptions = descriptions.map(|text| read(&text)).unwrap_or_default();
        write(&Self::configured(&config::read(config), &descriptions))
    }

    /// The problems of a policy's settings: a list of [`transfer::WrongSetting`].
    pub fn wrong_settings(id: &str, settings: &str) -> String {
        write(&config::wrong_settings(id, &read(settings)))
    }
}

/// The same methods for Rust.
impl Playground {
    /// Every policy in a few words.
    pub fn policies() -> Vec<Policy> {
        catalogue::catalogue().policies
    }

    /// The enabled policies as files and commands, without settings that are described as the default.
    pub fn configured(config: &Config, descriptions: &Descriptions) -> Configuration {
        configuration::configuration(config, descriptions)
    }

    /// Checks a text.
    pub fn checked(&mut self, text: &str, config: &Config) -> Checked {
        let text = CheckedText::new(text, config);
        let mut checked = text.checked();
        checked.notes = self.table.as_ref().map(|table| text.notes(table)).unwrap_or_default();
        self.checked = Some(text);
        checked
    }

    /// Loads the fields of Kubernetes' kinds.
    pub fn learned(&mut self, table: &str) -> Vec<SchemaNote> {
        self.table = Table::read(table);
        let (Some(table), Some(checked)) = (&self.table, &self.checked) else { return Vec::new() };
        checked.notes(table)
    }

    /// The text edits of a finding's fix.
    pub fn fixed_one(&self, finding: usize) -> Option<TextChange> {
        self.checked.as_ref()?.fix(finding)
    }

    /// The text after fixes.
    pub fn fixed(&self, risky: bool) -> Option<Fixed> {
        let trust = if risky { Applicability::Unsafe } else { Applicability::Safe };
        Some(self.checked.as_ref()?.fixed(trust))
    }

    /// The text edits that exempt a finding.
    pub fn suppressed(&self, finding: usize, reason: &str) -> Option<TextChange> {
        self.checked.as_ref()?.suppress(finding, reason)
    }

    /// The text edits that remove an exemption.
    pub fn restored(&self, suppressed: usize) -> Option<TextChange> {
        self.checked.as_ref()?.restore(suppressed)
    }

    /// The credentials in the text.
    pub fn confidential(&self) -> Vec<TextRange> {
        self.checked.as_ref().map(CheckedText::credentials).unwrap_or_default()
    }

    /// What the command prints with `--format json`.
    pub fn reported(&self) -> Option<String> {
        self.checked.as_ref()?.report(self.table.as_ref())
    }

    /// Which objects target which.
    pub fn targets(&self) -> Option<Graph> {
        Some(pictures::graph(self.checked.as_ref()?))
    }

    /// How the pods of an object terminate.
    pub fn termination(&self, object: usize) -> Option<Termination> {
        pictures::termination(self.checked.as_ref()?, object)
    }

    /// The policies' answers in a cluster.
    pub fn reviewed(&self, request: &ReviewRequest) -> Option<Reviewed> {
        review::review(self.checked.as_ref()?, request)
    }
}

fn write(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned())
}

/// Parses what the page sent; the default if it is invalid, which only a bug in the page can cause.
fn read<T: DeserializeOwned + Default>(text: &str) -> T {
    serde_json::from_str(text).unwrap_or_default()
}
