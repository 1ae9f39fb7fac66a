//! Through an object, with the types of its fields.

use plimsoll::json::path::Path;
use serde_json::{Map, Value};

use crate::meant::{self, Meant, nearest};
use crate::missing::{Beside, is_whole};
use crate::table::{Table, Type};
use crate::{Fault, Note, NoteFix};

/// A step from a value to one inside it.
#[derive(Clone, Copy)]
enum Step<'v> {
    Field(&'v str),
    Element(usize),
}

/// A kind or any, a field, a field that people write in it, and what is written instead.
const INSTEAD: &[(&str, &str, &str, &str)] = &[
    ("", "resources", "cpu", "`requests.cpu` or `limits.cpu`"),
    ("", "resources", "memory", "`requests.memory` or `limits.memory`"),
    ("CustomResourceDefinition", "conversion", "webhookClientConfig", "`webhook.clientConfig`"),
    ("CustomResourceDefinition", "spec", "additionalPrinterColumns", "`versions[].additionalPrinterColumns`"),
    ("CustomResourceDefinition", "spec", "subresources", "`versions[].subresources`"),
    ("CustomResourceDefinition", "spec", "validation", "`versions[].schema`"),
    ("CustomResourceDefinition", "spec", "version", "`versions[].name`"),
    ("Ingress", "backend", "serviceName", "`service.name`"),
    ("Ingress", "backend", "servicePort", "`service.port.number` or `service.port.name`"),
    ("Ingress", "defaultBackend", "serviceName", "`service.name`"),
    ("Ingress", "defaultBackend", "servicePort", "`service.port.number` or `service.port.name`"),
    ("Ingress", "spec", "backend", "`defaultBackend`"),
    ("PersistentVolumeClaim", "spec", "storage", "`resources.requests.storage`"),
    ("Service", "ports", "containerPort", "`targetPort`"),
];

/// More values are not named.
const MOST_VALUES: usize = 12;

pub(crate) struct Walk<'v> {
    table: &'v Table,
    kind: &'v str,
    way: Vec<Step<'v>>,
    /// The types of the enclosing mappings, each with the length of the path to it.
    around: Vec<(usize, usize)>,
    /// These mappings.
    mappings: Vec<&'v Map<String, Value>>,
    pub(crate) notes: Vec<Note>,
    /// Mappings, by path and in words, and a field that each has to have and doesn't.
    missing: Vec<(Path, String, &'v str)>,
    most: usize,
    /// Whether the kind is that of a custom resource.
    custom: bool,
    /// What follows `1.` in the version of Kubernetes.
    minor: u16,
}

impl<'v> Walk<'v> {
    pub(crate) fn new(table: &'v Table, object: &'v Value, number: usize, minor: u16, most: usize) -> Walk<'v> {
        let kind = object.get("kind").and_then(Value::as_str).unwrap_or_default();
        let custom = table.is_custom(number);
        let (way, around, mappings) = (Vec::new(), Vec::new(), Vec::new());
        let (notes, missing) = (Vec::new(), Vec::new());
        Walk { table, kind, way, around, mappings, notes, missing, most, custom, minor }
    }

    pub(crate) fn value(&mut self, value: &'v Value, wanted: &Type) {
        match (value, wanted) {
            // The API server ignores null.
            (Value::Null, _) | (_, Type::Anything) => {}
            (Value::Object(fields), Type::Fields(number)) => self.fields(fields, *number, false),
            (Value::Object(fields), Type::Open(number)) => self.fields(fields, *number, true),
            (Value::Object(fields), Type::Mapping(of)) => {
                for (name, value) in fields {
                    self.step(Step::Field(name), value, of);
                }
            }
            (Value::Array(items), Type::List(of)) => {
                for (index, item) in items.iter().enumerate() {
                    self.step(Step::Element(index), item, of);
                }
            }
            (Value::String(text), Type::OneOf(number)) => self.one_of(text, *number),
            _ if wanted.takes(value) || value.as_str().is_some_and(is_placeholder) => {}
            _ => self.wrong_type(value, wanted),
        }
    }

    fn step(&mut self, step: Step<'v>, value: &'v Value, wanted: &Type) {
        if self.notes.len() < self.most {
            self.way.push(step);
            self.value(value, wanted);
            self.way.pop();
        }
    }

    fn fields(&mut self, fields: &'v Map<String, Value>, number: usize, open: bool) {
        self.around.push((number, self.way.len()));
        self.mappings.push(fields);
        let table = self.table;
        for (name, value) in fields {
            if self.notes.len() >= self.most {
                break;
            }
            match table.field(number, name) {
                Some(_)
                    if self.minor < table.minor()
                        && table.since(number, name).is_some_and(|since| since > self.minor) =>
                {
                    self.too_new(name, table.since(number, name).unwrap_or_default());
                }
                Some(wanted) => self.step(Step::Field(name), value, wanted),
                // A null says nothing, and placeholders become other keys.
                None if open || value.is_null() || is_template(name) || self.is_sops(name) => {}
                None => self.unknown(name, value, number),
            }
        }
        self.missing(fields, number);
        self.around.pop();
        self.mappings.pop();
    }

    /// Keeps in mind which fields a mapping has to have and doesn't.
    fn missing(&mut self, fields: &'v Map<String, Value>, number: usize) {
        let table = self.table;
        let is_there = |name: &str| fields.get(name).is_some_and(|value| !value.is_null());
        let mut absent = table.required(number).filter(|name| !is_there(name)).peekable();
        if absent.peek().is_none() || fields.keys().any(|name| is_template(name) || name == "<<") {
            return;
        }
        let missing = absent.clone().count();
        let beside = Beside {
            kind: self.kind,
            is_object: self.way.is_empty(),
            is_spec: matches!(self.way.as_slice(), [Step::Field("spec")]),
            fields,
            lacks_one: missing == 1 && table.required(number).count() > missing,
        };
        for name in absent.filter(|name| !table.is_not_needed(number, name) && beside.should_have(name)) {
            if self.missing.len() < self.most {
                self.missing.push((self.path(), self.place(), name));
            }
        }
    }

    /// Adds notes on missing fields: of a whole object, and where no other note is on the same slip.
    pub(crate) fn add_missing(&mut self, object: &Value) {
        if self.missing.is_empty() || !self.custom && !is_whole(self.kind, object) {
            return;
        }
        let unknown: Vec<(Option<Path>, String)> = self
            .notes
            .iter()
            .filter(|note| note.fault == Fault::Field)
            .filter_map(|note| Some((note.path.parent(), note.path.last()?.into_owned())))
            .collect();
        for (path, place, name) in std::mem::take(&mut self.missing) {
            let is_other = |(parent, other): &(Option<Path>, String)| {
                parent.as_ref() == Some(&path) || other == name || meant::is_like(other, name)
            };
            if self.notes.len() < self.most && !unknown.iter().any(is_other) {
                let message = format!("{place} has no `{name}`, which is required");
                self.notes.push(Note { path: path.key(name), fault: Fault::Missing, message, fix: None });
            }
        }
    }

    /// Checks a string against all that the field takes.
    fn one_of(&mut self, text: &str, number: usize) {
        let known: Vec<&str> = match self.narrower() {
            Some(narrower) => narrower.to_vec(),
            None => self.table.values(number).iter().map(String::as_str).collect(),
        };
        // An empty string is as good as absent.
        let is_absent = text.is_empty() && !self.custom;
        // What has such a character another tool replaces.
        let is_written = text.contains(['$', '#', '@', '%', '{', '}', '<', '>']);
        if is_absent || known.contains(&text) || is_written {
            return;
        }
        let is_newer = self.minor > self.table.minor() && !self.custom;
        let (message, fix) = match nearest(text, known.iter().copied()) {
            Some(meant) => {
                let fix = NoteFix::Replace { with: meant.to_owned(), sure: meant.eq_ignore_ascii_case(text) };
                (format!("{} can't be `{text}`, did you mean `{meant}`?", self.place()), Some(fix))
            }
            // Kubernetes may take it by then.
            None if is_newer => return,
            None if known.len() > MOST_VALUES => {
                (format!("{} has to be one of {} values", self.place(), known.len()), None)
            }
            None => {
                let named: Vec<&str> = known.into_iter().filter(|value| !value.is_empty()).collect();
                let Some((last, others)) = named.split_last() else { return };
                let others = others.join("`, `");
                let others = if others.is_empty() { others } else { format!("`{others}` or ") };
                (format!("{} has to be {others}`{last}`", self.place()), None)
            }
        };
        self.notes.push(Note { path: self.path(), fault: Fault::Value, message, fix });
    }

    /// The values that a field takes in objects of this kind, if they are not all that it takes elsewhere.
    fn narrower(&self) -> Option<&'static [&'static str]> {
        let [Step::Field("spec"), Step::Field("template"), Step::Field("spec"), Step::Field("restartPolicy")] =
            self.way.as_slice()
        else {
            return None;
        };
        let restarts = ["Deployment", "DaemonSet", "ReplicaSet", "ReplicationController", "StatefulSet"];
        (!self.custom && restarts.contains(&self.kind)).then_some(&["Always"])
    }

    fn too_new(&mut self, name: &str, since: u16) {
        let (here, minor) = (self.place(), self.minor);
        self.note_on(
            name,
            format!("{here} has no field `{name}` in Kubernetes 1.{minor}, it came with 1.{since}"),
            None,
        );
    }

    /// Whether the object has nothing of what its kind requires, as a patch has not.
    pub(crate) fn is_partial(&self, object: &Value, number: usize) -> bool {
        let Some((spec, Value::Object(fields))) = self.table.field(number, "spec").zip(object.get("spec")) else {
            return false;
        };
        let Some(number) = spec.fields().filter(|_| !self.custom) else { return false };
        let required = self.table.required(number);
        let is_meant =
            |name: &String| required.clone().any(|required| required == name || meant::is_like(name, required));
        required.clone().next().is_some() && !fields.keys().any(is_meant)
    }

    /// Whether a field is what SOPS adds to an object that it has encrypted, and takes away again.
    fn is_sops(&self, name: &str) -> bool {
        self.way.is_empty() && name == "sops"
    }

    fn unknown(&mut self, name: &str, value: &'v Value, number: usize) {
        let here = self.place();
        if let Some(last) = self.table.until(number, name) {
            if self.minor > last {
                let gone = last + 1;
                self.note_on(name, format!("{here} has no field `{name}` since Kubernetes 1.{gone}"), None);
            }
            return;
        }
        if let Some(instead) = self.instead(name) {
            self.note_on(name, format!("{here} has no field `{name}`, write {instead}"), None);
            return;
        }
        if let Some(other) = self.other_version(name) {
            let message = format!("{here} has no field `{name}` in `{}`, only in `{other}`", self.api_version());
            self.note_on(name, message, None);
            return;
        }
        let is_newer = self.minor > self.table.minor() && !self.custom;
        let depths = self.around.iter().map(|(_, depth)| *depth).zip(&self.mappings);
        let is_there =
            |depth, field: &str| depths.clone().any(|(length, mapping)| length == depth && mapping.contains_key(field));
        let (message, fix) = match meant::meant(self.table, name, &self.around, is_there) {
            Some(Meant::Here { name: other, alone }) => {
                let is_free = !self.mappings.last().is_some_and(|beside| beside.contains_key(other));
                let fix = (is_free && self.fits(number, other, value))
                    .then(|| NoteFix::Rename { name: other.to_owned(), sure: alone && !is_newer });
                (format!("{here} has no field `{name}`, did you mean `{other}`?"), fix)
            }
            Some(Meant::Around(depth)) => {
                let there = self.words(self.way.get(..depth).unwrap_or_default());
                (format!("`{name}` belongs to {there}, not to {here}"), None)
            }
            Some(Meant::Below(places)) => {
                let places: Vec<String> = places
                    .iter()
                    .map(|(depth, fields)| {
                        let way = self.way.get(..*depth).unwrap_or_default();
                        let start = if depth == &0 { String::new() } else { self.dotted(way) + "." };
                        format!("`{start}{fields}`")
                    })
                    .collect();
                (format!("`{name}` belongs to {}, not to {here}", places.join(" or ")), None)
            }
            None if value.is_string() && self.table.field(number, "matchLabels").is_some() => {
                (format!("{here} has no field `{name}`, write `matchLabels.{name}`"), None)
            }
            // Kubernetes may have it by then.
            None if is_newer => return,
            None if self.custom => (format!("{here} has no field `{name}` in its CustomResourceDefinition"), None),
            None => (format!("{here} has no field `{name}` in Kubernetes {}", self.table.version()), None),
        };
        self.note_on(name, message, fix);
    }

    /// What is written instead of a field that everybody knows from somewhere else.
    fn instead(&self, name: &str) -> Option<&'static str> {
        let last = self.way.iter().rev().find_map(|step| match step {
            Step::Field(field) => Some(*field),
            Step::Element(_) => None,
        });
        let is_its = |(kind, parent, field, _): &&(&str, &str, &str, &str)| {
            (kind.is_empty() || *kind == self.kind) && Some(*parent) == last && *field == name
        };
        (!self.custom).then(|| INSTEAD.iter().find(is_its).map(|(_, _, _, instead)| *instead))?
    }

    /// Another API version in which the kind has the field.
    fn other_version(&self, name: &str) -> Option<&'v str> {
        let mut others = self.table.other_versions(self.api_version(), self.kind);
        others.find_map(|(version, number)| {
            let of = self.way.iter().try_fold(number, |number, step| match step {
                Step::Field(field) => self.table.field(number, field)?.fields(),
                Step::Element(_) => Some(number),
            })?;
            self.table.field(of, name).map(|_| version)
        })
    }

    fn api_version(&self) -> &'v str {
        let object = self.mappings.first().copied();
        object.and_then(|object| object.get("apiVersion")).and_then(Value::as_str).unwrap_or_default()
    }

    /// Whether the field of a type takes the value.
    fn fits(&self, number: usize, name: &str, value: &'v Value) -> bool {
        let Some(wanted) = self.table.field(number, name) else { return false };
        let mut walk = Walk::new(self.table, value, number, self.minor, 1);
        walk.shallow(value, wanted);
        walk.notes.is_empty()
    }

    /// Checks a value and what is right below it: a mapping of other fields is another thing.
    fn shallow(&mut self, value: &'v Value, wanted: &Type) {
        match (value, wanted) {
            (Value::Object(fields), Type::Fields(number)) => {
                let known = fields.keys().filter(|name| self.table.field(*number, name).is_some()).count();
                if known * 2 < fields.len() {
                    self.wrong_type(value, wanted);
                }
            }
            (Value::Array(items), Type::List(of)) => items.iter().for_each(|item| self.shallow(item, of)),
            _ => self.value(value, wanted),
        }
    }

    fn note_on(&mut self, name: &str, message: String, fix: Option<NoteFix>) {
        let mut path = self.path();
        path.push_key(name);
        self.notes.push(Note { path, fault: Fault::Field, message, fix });
    }

    fn wrong_type(&mut self, value: &Value, wanted: &Type) {
        let fix = match (wanted, value) {
            (Type::Text, Value::Bool(_) | Value::Number(_)) => Some(NoteFix::Quote),
            (Type::Integer, Value::String(text)) => {
                text.parse::<i32>().ok().map(|number| NoteFix::Unquote(number.to_string()))
            }
            (Type::Boolean, Value::String(text)) if text == "true" || text == "false" => {
                Some(NoteFix::Unquote(text.clone()))
            }
            _ => None,
        };
        let message = format!("{} has to be {}, not {}", self.place(), wanted.name(), name_of(value));
        self.notes.push(Note { path: self.path(), fault: Fault::Type, message, fix });
    }

    fn path(&self) -> Path {
        let mut path = Path::ROOT;
        for step in &self.way {
            match step {
                Step::Field(name) => path.push_key(name),
                Step::Element(index) => path.push_index(*index),
            }
        }
        path
    }

    /// The current place, in words.
    fn place(&self) -> String {
        self.words(&self.way)
    }

    fn words(&self, way: &[Step]) -> String {
        if way.is_empty() { self.kind.to_owned() } else { format!("`{}`", self.dotted(way)) }
    }

    fn dotted(&self, way: &[Step]) -> String {
        let mut text = String::new();
        for step in way {
            match step {
                Step::Field(name) if name.contains(['.', '/', '[']) => text.push_str(&format!("[\"{name}\"]")),
                Step::Field(name) if text.is_empty() => text.push_str(name),
                Step::Field(name) => {
                    text.push('.');
                    text.push_str(name);
                }
                Step::Element(index) => text.push_str(&format!("[{index}]")),
            }
        }
        text
    }
}

/// Text that another tool replaces.
pub(crate) fn is_template(text: &str) -> bool {
    ["{{", "${", "$(", "<%", "[["].iter().any(|mark| text.contains(mark))
}

/// A placeholder of another tool or for a person, which becomes a value of any type.
fn is_placeholder(text: &str) -> bool {
    let is_between = |start, end| text.len() > 2 && text.starts_with(start) && text.ends_with(end);
    is_template(text) || is_between('<', '>') || is_between('@', '@') || is_between('%', '%')
}

fn name_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(number) if number.is_f64() => "a fraction",
        Value::Number(_) => "an integer",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "a mapping",
    }
}
