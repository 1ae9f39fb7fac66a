//! The table of kinds and fields, as `playground/schema` writes it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

/// All kinds, and what they are made of.
#[derive(Deserialize)]
pub(crate) struct Table {
    version: String,
    kinds: Vec<Kind>,
    types: Vec<BTreeMap<String, Field>>,
}

/// API version, name, number of the type, documentation.
#[derive(Deserialize)]
struct Kind(String, String, usize, IgnoredAny);

/// The type; documentation and values are for the page.
#[derive(Deserialize)]
struct Field(Type, IgnoredAny, #[serde(default)] IgnoredAny);

/// What a field takes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub(crate) enum Type {
    /// A string, whatever it means.
    Text,
    Integer,
    Number,
    Boolean,
    IntegerOrText,
    Quantity,
    Anything,
    /// A mapping with the fields of the type of this number.
    Fields(usize),
    List(Box<Type>),
    /// A mapping with any keys.
    Mapping(Box<Type>),
}

impl From<String> for Type {
    fn from(code: String) -> Type {
        Type::of(&code)
    }
}

impl Type {
    fn of(code: &str) -> Type {
        let code = code.trim_start_matches('!');
        if let Some(inner) = code.strip_prefix('[') {
            return Type::List(Box::new(Type::of(inner)));
        }
        if let Some(inner) = code.strip_prefix('{') {
            return Type::Mapping(Box::new(Type::of(inner)));
        }
        match code {
            "s" | "t" | "e" => Type::Text,
            "i" => Type::Integer,
            "n" => Type::Number,
            "b" => Type::Boolean,
            "x" => Type::IntegerOrText,
            "q" => Type::Quantity,
            code => code.parse().map_or(Type::Anything, Type::Fields),
        }
    }

    /// Whether a value that is neither mapping nor list is of this type.
    pub(crate) fn takes(&self, value: &Value) -> bool {
        match self {
            Type::Text => value.is_string(),
            Type::Integer => value.is_i64() || value.is_u64(),
            Type::Number => value.is_number(),
            Type::Boolean => value.is_boolean(),
            Type::IntegerOrText => value.is_string() || value.is_i64() || value.is_u64(),
            Type::Quantity => value.is_string() || value.is_number(),
            Type::Anything => true,
            Type::Fields(_) | Type::List(_) | Type::Mapping(_) => false,
        }
    }

    /// What it is, in words.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Type::Text => "a string",
            Type::Integer => "an integer",
            Type::Number => "a number",
            Type::Boolean => "a boolean",
            Type::IntegerOrText => "an integer or a string",
            Type::Quantity => "a quantity",
            Type::Anything => "anything",
            Type::List(_) => "a list",
            Type::Fields(_) | Type::Mapping(_) => "a mapping",
        }
    }

    /// The type whose fields are those of the value, or of the elements of the list.
    pub(crate) fn fields(&self) -> Option<usize> {
        match self {
            Type::Fields(number) => Some(*number),
            Type::List(of) => of.fields(),
            _ => None,
        }
    }
}

impl Table {
    /// The version of Kubernetes, as in `1.36`.
    pub(crate) fn version(&self) -> &str {
        &self.version
    }

    /// The type of a kind.
    pub(crate) fn kind(&self, api_version: &str, kind: &str) -> Option<usize> {
        self.kinds.iter().find(|known| known.0 == api_version && known.1 == kind).map(|known| known.2)
    }

    /// The type of a field.
    pub(crate) fn field(&self, number: usize, name: &str) -> Option<&Type> {
        Some(&self.types.get(number)?.get(name)?.0)
    }

    /// All fields of a type.
    pub(crate) fn fields(&self, number: usize) -> impl Iterator<Item = (&str, &Type)> {
        self.types.get(number).into_iter().flatten().map(|(name, field)| (name.as_str(), &field.0))
    }
}
