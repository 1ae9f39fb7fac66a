//! The table of kinds and fields, as `playground/schema` writes it: with documentation for the page, or without.

use serde_json::Value;

/// All kinds and their types. The documentation is for the page.
#[derive(Clone, Default)]
pub struct Table {
    version: String,
    kinds: Vec<Kind>,
    /// The fields of each type, sorted by name.
    types: Vec<Vec<(String, Type)>>,
    /// How many of the kinds and types are Kubernetes' own; those of custom resources follow.
    own: (usize, usize),
    /// Fields that have to be there, by the number of their type.
    required: Vec<Vec<String>>,
    /// Those of them that nobody should be told to add, by the number of their type.
    not_needed: Vec<(usize, String)>,
    /// Lists of all values that a field takes, by their number.
    values: Vec<Vec<String>>,
    /// Fields by the number of their type, and the minor version of Kubernetes that they came with.
    since: Vec<(usize, String, u16)>,
    /// Fields that are gone, and the last version that had them.
    until: Vec<(usize, String, u16)>,
}

#[derive(Clone)]
struct Kind {
    api_version: String,
    name: String,
    /// The number of its type.
    number: usize,
    /// The minor version of Kubernetes that it came with; 0 if that is long ago.
    since: u16,
}

/// The type of a field.
#[derive(Clone)]
pub(crate) enum Type {
    /// Any string.
    Text,
    /// One of the strings in the list of this number.
    OneOf(usize),
    Integer,
    Number,
    Boolean,
    IntegerOrText,
    Quantity,
    Anything,
    /// A mapping with the fields of the type of this number.
    Fields(usize),
    /// The same, and any others.
    Open(usize),
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
            Type::Text | Type::OneOf(_) => value.is_string(),
            Type::Integer => is_whole(value),
            Type::Number => value.is_number(),
            Type::Boolean => value.is_boolean(),
            Type::IntegerOrText => value.is_string() || is_whole(value),
            Type::Quantity => value.is_string() || value.is_number(),
            Type::Anything => true,
            Type::Fields(_) | Type::Open(_) | Type::List(_) | Type::Mapping(_) => false,
        }
    }

    /// The type in words.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Type::Text | Type::OneOf(_) => "a string",
            Type::Integer => "an integer",
            Type::Number => "a number",
            Type::Boolean => "a boolean",
            Type::IntegerOrText => "an integer or a string",
            Type::Quantity => "a quantity",
            Type::Anything => "anything",
            Type::List(_) => "a list",
            Type::Fields(_) | Type::Open(_) | Type::Mapping(_) => "a mapping",
        }
    }

    /// The type of the value's fields, or of those of the list's elements.
    pub(crate) fn fields(&self) -> Option<usize> {
        match self {
            Type::Fields(number) | Type::Open(number) => Some(*number),
            Type::List(of) => of.fields(),
            _ => None,
        }
    }
}

/// `1.0` and `1e3` are integers to the decoder, too.
fn is_whole(value: &Value) -> bool {
    value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|number| number.fract() == 0.0)
}

impl Table {
    /// Parses the table. By hand, because derived code would be a third of this module.
    pub fn read(text: &str) -> Option<Table> {
        let table: Value = serde_json::from_str(text).ok()?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let list = |name: &str| table.get(name).and_then(Value::as_array);
        let minor = |value: Option<&Value>| value.and_then(Value::as_u64).and_then(|minor| u16::try_from(minor).ok());
        let number = |value: &Value| usize::try_from(value.as_u64()?).ok();
        let changes = |name: &str| {
            let changes = list(name).into_iter().flatten();
            let change = |change: &Value| Some((number(change.get(0)?)?, text(change.get(1)?), minor(change.get(2))?));
            changes.filter_map(change).collect()
        };
        let kinds_since = list("kindsSince");
        let kinds = list("kinds")?.iter().filter_map(|kind| {
            let (api_version, name) = (text(kind.get(0)?), text(kind.get(1)?));
            let is_its = |since: &&Value| since.get(0) == kind.get(0) && since.get(1) == kind.get(1);
            let since = kinds_since.into_iter().flatten().find(is_its).and_then(|since| minor(since.get(2)));
            Some(Kind { api_version, name, number: number(kind.get(2)?)?, since: since.unwrap_or_default() })
        });
        let mut all_required = Vec::new();
        let types = list("types")?.iter().map(|fields| {
            let mut required = Vec::new();
            let fields = fields.as_object().into_iter().flatten();
            let of = |(name, field): (&String, &Value)| {
                // With documentation the code is the first of several texts.
                let code = field.get(0).unwrap_or(field).as_str().unwrap_or_default();
                if code.starts_with('!') {
                    required.push(name.clone());
                }
                (name.clone(), Type::of(code))
            };
            let fields = fields.map(of).collect();
            all_required.push(required);
            fields
        });
        let (kinds, types): (Vec<Kind>, Vec<Vec<(String, Type)>>) = (kinds.collect(), types.collect());
        let not_needed = list("notNeeded").into_iter().flatten();
        let mut read = Table {
            version: text(table.get("version")?),
            own: (kinds.len(), types.len()),
            kinds,
            types,
            required: all_required,
            not_needed: not_needed.filter_map(|field| Some((number(field.get(0)?)?, text(field.get(1)?)))).collect(),
            values: Vec::new(),
            since: changes("since"),
            until: changes("until"),
        };
        for listed in list("values").into_iter().flatten() {
            if let Some((of, field)) = listed.get(0).and_then(number).zip(listed.get(1).and_then(Value::as_str)) {
                let values = listed.get(2).and_then(Value::as_array);
                let one = read.add_values(values.into_iter().flatten().map(text).collect());
                let is_list = matches!(read.field(of, field), Some(Type::List(_)));
                read.set_field(of, field, if is_list { Type::List(Box::new(one)) } else { one });
            }
        }
        Some(read)
    }

    /// The fields of Kubernetes' own kinds.
    #[cfg(feature = "kubernetes")]
    pub fn kubernetes() -> &'static Table {
        use std::sync::LazyLock;

        static TABLE: LazyLock<Table> = LazyLock::new(|| Table::read(include_str!("fields.json")).unwrap_or_default());
        &TABLE
    }

    /// The API versions and names of Kubernetes' own kinds.
    pub(crate) fn own_kinds(&self) -> impl Iterator<Item = (&str, &str)> {
        self.kinds.iter().take(self.own.0).map(|kind| (kind.api_version.as_str(), kind.name.as_str()))
    }

    /// Whether a type is that of a custom resource.
    pub(crate) fn is_custom(&self, number: usize) -> bool {
        number >= self.own.1
    }

    /// The type of the metadata of objects.
    pub(crate) fn metadata(&self) -> Type {
        let any = self.kinds.first().and_then(|kind| self.field(kind.number, "metadata"));
        any.cloned().unwrap_or(Type::Anything)
    }

    /// Adds a kind; Kubernetes' own are what they are.
    pub(crate) fn add_kind(&mut self, api_version: &str, name: &str, number: usize) {
        if self.kind(api_version, name).is_none() {
            let (api_version, name) = (api_version.to_owned(), name.to_owned());
            self.kinds.push(Kind { api_version, name, number, since: 0 });
        }
    }

    /// Adds a type with the fields that have to be there, and returns its number.
    pub(crate) fn add_type(&mut self, mut fields: Vec<(String, Type)>, required: Vec<String>) -> usize {
        fields.sort_by(|(one, _), (other, _)| one.cmp(other));
        self.types.push(fields);
        self.required.push(required);
        self.types.len() - 1
    }

    /// Adds a list of all values that a field takes, and returns its type.
    pub(crate) fn add_values(&mut self, values: Vec<String>) -> Type {
        self.values.push(values);
        Type::OneOf(self.values.len() - 1)
    }

    /// All values of a list.
    pub(crate) fn values(&self, number: usize) -> &[String] {
        self.values.get(number).map(Vec::as_slice).unwrap_or_default()
    }

    /// Sets a field of a type.
    pub(crate) fn set_field(&mut self, number: usize, name: &str, of: Type) {
        let Some(fields) = self.types.get_mut(number) else { return };
        match fields.binary_search_by(|(known, _)| known.as_str().cmp(name)) {
            Ok(at) => {
                if let Some(field) = fields.get_mut(at) {
                    field.1 = of;
                }
            }
            Err(at) => fields.insert(at, (name.to_owned(), of)),
        }
    }

    /// The version of Kubernetes, as in `1.36`.
    pub(crate) fn version(&self) -> &str {
        &self.version
    }

    /// Whether the fields of such an object are known.
    pub fn has_kind(&self, object: &Value) -> bool {
        let text = |field: &str| object.get(field).and_then(Value::as_str).unwrap_or_default();
        self.kind(text("apiVersion"), text("kind")).is_some()
    }

    /// What follows `1.` in the version.
    pub(crate) fn minor(&self) -> u16 {
        self.version.rsplit('.').next().and_then(|minor| minor.parse().ok()).unwrap_or_default()
    }

    /// The minor version of Kubernetes that a field came with, unless that is long ago.
    pub(crate) fn since(&self, number: usize, name: &str) -> Option<u16> {
        change(&self.since, number, name)
    }

    /// The last minor version of Kubernetes that had a field.
    pub(crate) fn until(&self, number: usize, name: &str) -> Option<u16> {
        change(&self.until, number, name)
    }

    /// The minor version of Kubernetes that a kind came with; 0 if that is long ago.
    pub(crate) fn kind_since(&self, api_version: &str, kind: &str) -> u16 {
        self.kinds
            .iter()
            .find(|known| known.api_version == api_version && known.name == kind)
            .map_or(0, |kind| kind.since)
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

    /// The other API versions of a kind in the same group, with the numbers of their types.
    pub(crate) fn other_versions(&self, api_version: &str, kind: &str) -> impl Iterator<Item = (&str, usize)> {
        let group = |version: &str| version.split_once('/').map(|(group, _)| group.to_owned());
        let is_other = move |known: &&Kind| {
            known.name == kind && known.api_version != api_version && group(&known.api_version) == group(api_version)
        };
        self.kinds.iter().filter(is_other).map(|known| (known.api_version.as_str(), known.number))
    }

    /// The fields that a type requires.
    pub(crate) fn required(&self, number: usize) -> impl Iterator<Item = &str> + Clone {
        self.required.get(number).into_iter().flatten().map(String::as_str)
    }

    /// Whether a field that its type requires is one that nobody should be told to add.
    pub(crate) fn is_not_needed(&self, number: usize, name: &str) -> bool {
        self.not_needed.iter().any(|(of, field)| *of == number && field == name)
    }

    /// All fields of a type.
    pub(crate) fn fields(&self, number: usize) -> impl Iterator<Item = (&str, &Type)> {
        self.types.get(number).into_iter().flatten().map(|(name, of)| (name.as_str(), of))
    }
}

fn change(changes: &[(usize, String, u16)], number: usize, name: &str) -> Option<u16> {
    changes.iter().find(|(of, field, _)| *of == number && field == name).map(|(_, _, minor)| *minor)
}
