//! Checks a text against Kubernetes' own definitions: unknown fields, and values of a wrong type.
//!
//! The definitions are a table that the page loads after showing the first findings; `playground/schema` makes it.
//! Until then, and for unknown kinds, there are no notes.

mod meant;
mod table;

use plimsoll::json::path::Path;
use plimsoll_lint::manifests::Object;
use serde_json::{Map, Value};

use crate::schema::meant::Meant;
pub(crate) use crate::schema::table::Table;
use crate::schema::table::Type;

/// The maximum of notes: more help nobody, and each unknown field costs a search for the intended one.
const MOST: usize = 500;

/// A problem that the definitions show in an object.
pub(crate) struct Note {
    pub(crate) path: Path,
    /// Whether it is about the field and not its value.
    pub(crate) unknown: bool,
    pub(crate) message: String,
    pub(crate) fix: Option<NoteFix>,
}

/// The fix of a note.
pub(crate) enum NoteFix {
    /// Rename the key.
    Rename(String),
    /// Turn the value into a string.
    Quote,
    /// Turn the string into this number or boolean.
    Unquote(String),
}

/// The notes about the objects of a text, each with the number of its object.
pub(crate) fn notes(table: &Table, objects: &[Object]) -> Vec<(usize, Note)> {
    let mut all = Vec::new();
    for (number, object) in objects.iter().enumerate() {
        let kind = object.text("/kind");
        let Some(number_of_type) = table.kind(object.text("/apiVersion"), kind) else { continue };
        let mut walk = Walk {
            table,
            kind,
            way: Vec::new(),
            around: Vec::new(),
            notes: Vec::new(),
            left: MOST.saturating_sub(all.len()),
        };
        walk.value(&object.value, &Type::Fields(number_of_type));
        all.extend(walk.notes.into_iter().map(|note| (number, note)));
    }
    all
}

/// A step from a value to one inside it.
#[derive(Clone, Copy)]
enum Step<'v> {
    Field(&'v str),
    Element(usize),
}

struct Walk<'v> {
    table: &'v Table,
    kind: &'v str,
    way: Vec<Step<'v>>,
    /// The types of the enclosing mappings, each with the length of the path to it.
    around: Vec<(usize, usize)>,
    notes: Vec<Note>,
    left: usize,
}

impl<'v> Walk<'v> {
    fn value(&mut self, value: &'v Value, wanted: &Type) {
        match (value, wanted) {
            // The API server ignores null.
            (Value::Null, _) | (_, Type::Anything) => {}
            (Value::Object(fields), Type::Fields(number)) => self.fields(fields, *number),
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
            _ if wanted.takes(value) || is_template(value) => {}
            _ => self.wrong_type(value, wanted),
        }
    }

    fn step(&mut self, step: Step<'v>, value: &'v Value, wanted: &Type) {
        if self.notes.len() < self.left {
            self.way.push(step);
            self.value(value, wanted);
            self.way.pop();
        }
    }

    fn fields(&mut self, fields: &'v Map<String, Value>, number: usize) {
        self.around.push((number, self.way.len()));
        let table = self.table;
        for (name, value) in fields {
            match table.field(number, name) {
                Some(wanted) => self.step(Step::Field(name), value, wanted),
                None if self.notes.len() < self.left => self.unknown(name, fields),
                None => break,
            }
        }
        self.around.pop();
    }

    fn unknown(&mut self, name: &str, beside: &Map<String, Value>) {
        let here = self.place();
        let (message, fix) = match meant::meant(self.table, name, &self.around) {
            Some(Meant::Here(other)) => {
                let fix = (!beside.contains_key(other)).then(|| NoteFix::Rename(other.to_owned()));
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
            None => (format!("{here} has no field `{name}` in Kubernetes {}", self.table.version()), None),
        };
        let mut path = self.path();
        path.push_key(name);
        self.notes.push(Note { path, unknown: true, message, fix });
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
        self.notes.push(Note { path: self.path(), unknown: false, message, fix });
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

/// A placeholder of another tool, which may become a value of any type.
fn is_template(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.contains("{{") || text.contains("${"))
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
