//! The table of kinds and fields, as `playground/schema` writes it.

use serde_json::Value;

/// All kinds and their types. The documentation is for the page.
pub(crate) struct Table {
    version: String,
    kinds: Vec<Kind>,
    /// The fields of each type, sorted by name.
    types: Vec<Vec<(String, Type)>>,
}

struct Kind {
    api_version: String,
    name: String,
    /// The number of its type.
    number: usize,
}

/// The type of a field.
pub(crate) enum Type {
    /// Any string.
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

    /// Whether a value that is neither mapping nor list has this type.
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

    /// The type in words.
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

    /// The type of the value's fields, or of those of the list's elements.
    pub(crate) fn fields(&self) -> Option<usize> {
        match self {
            Type::Fields(number) => Some(*number),
            Type::List(of) => of.fields(),
            _ => None,
        }
    }
}

impl Table {
    /// Parses the table. By hand, because derived code would be a third of this module.
    pub(crate) fn read(text: &str) -> Option<Table> {
        let table: Value = serde_json::from_str(text).ok()?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let list = |name: &str| table.get(name).and_then(Value::as_array);
        let kinds = list("kinds")?.iter().filter_map(|kind| {
            let number = usize::try_from(kind.get(2)?.as_u64()?).ok()?;
            Some(Kind { api_version: text(kind.get(0)?), name: text(kind.get(1)?), number })
        });
        let types = list("types")?.iter().map(|fields| {
            let fields = fields.as_object().into_iter().flatten();
            let of = |field: &Value| Type::of(field.get(0).and_then(Value::as_str).unwrap_or_default());
            fields.map(|(name, field)| (name.clone(), of(field))).collect()
        });
        Some(Table { version: text(table.get("version")?), kinds: kinds.collect(), types: types.collect() })
    }

    /// The version of Kubernetes, as in `1.36`.
    pub(crate) fn version(&self) -> &str {
        &self.version
    }

    /// The type of a kind.
    pub(crate) fn kind(&self, api_version: &str, kind: &str) -> Option<usize> {
        self.kinds.iter().find(|known| known.api_version == api_version && known.name == kind).map(|known| known.number)
    }

    /// The type of a field.
    pub(crate) fn field(&self, number: usize, name: &str) -> Option<&Type> {
        let fields = self.types.get(number)?;
        let at = fields.binary_search_by(|(known, _)| known.as_str().cmp(name)).ok()?;
        fields.get(at).map(|(_, of)| of)
    }

    /// All fields of a type.
    pub(crate) fn fields(&self, number: usize) -> impl Iterator<Item = (&str, &Type)> {
        self.types.get(number).into_iter().flatten().map(|(name, of)| (name.as_str(), of))
    }
}
